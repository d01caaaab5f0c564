"""What is not as recorded: fresh observations against the table, as Markdown for an issue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from kdoctor.records.table import OUTCOMES, RecordedEnvironment
from kdoctor.versions import minor, release
from kdoctor.words import StackId
from tests.lab.recording import Cell, Recording


@dataclass(frozen=True)
class Comparison:
    """The lines for one environment."""

    text: str
    changed: bool


def of_failure(identifier: str, reason: str) -> Comparison:
    """An environment that could not be built."""
    return Comparison(f"### {identifier}\n\nIt could not be built: {reason}", changed=True)


def of_examples(identifier: str, lines: Iterable[str]) -> Comparison:
    """The programs of the rules: a summary, then one line for each that does not do what its rule says."""
    summary, *wrong = lines
    text = "\n".join(
        [f"### {identifier}: before and after", "", summary.strip("= "), *(f"- {line.strip()}" for line in wrong)]
    )
    return Comparison(text, changed=bool(wrong))


def of(fresh: Recording, recorded: Recording, identifier: str) -> Comparison:
    """Each canary in a freshly examined environment against the recorded one that is nearest to it."""
    environment = fresh.environments[identifier]
    installed = ", ".join(f"{name} {version}" for name, version in environment.versions.items())
    lines, nearest = [], ""
    for column, stack in environment.stacks.items():
        known = _nearest(recorded, environment, column)
        if known is None:
            continue
        nearest = nearest or known.id
        if not stack.implementation:
            lines.append(f"| (all) | `{column.value}` | there | not there: {stack.reason} |")
            continue
        for slug in fresh.fingerprints:
            before = recorded.cells.get((slug, known.id, column))
            now = fresh.cells.get((slug, identifier, column))
            if before and now and before.letter != now.letter:
                lines.append(f"| `{slug}` | `{column.value}` | {_said(before)} | {_said(now)} |")
    heading = f"### {identifier}: {installed}\n\n"
    if not nearest:
        return Comparison(f"{heading}Nothing that is recorded can be compared with it.", changed=True)
    if not lines:
        return Comparison(f"{heading}Every outcome is as recorded ({nearest}).", changed=False)
    table = "\n".join(["| canary | stack | recorded | now |", "| --- | --- | --- | --- |", *lines])
    return Comparison(f"{heading}Compared with {nearest}:\n\n{table}", changed=True)


def _nearest(recorded: Recording, environment: RecordedEnvironment, column: StackId) -> Optional[RecordedEnvironment]:
    """The recorded environment with the same backend whose releases on a stack are the latest that are not later."""
    here = environment.stacks[column]

    def rank(known: RecordedEnvironment) -> tuple[object, ...]:
        same = known.id == environment.id
        return same, release(minor(known.stacks[column].version)), release(minor(known.tensorflow))

    candidates = [
        known
        for known in recorded.environments.values()
        if known.stacks[column].implementation
        and known.stacks[column].backend == (here.backend or "tensorflow")
        and bool(known.tensorflow) == bool(environment.tensorflow)
    ]
    return max(candidates, key=rank, default=None)


def _said(cell: Cell) -> str:
    what = OUTCOMES[cell.letter].value
    message = cell.message.replace("|", "\\|").replace("\n", " ")
    return f"{what}: {message}" if message else what
