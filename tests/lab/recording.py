"""The table while it is being recorded: what was seen so far, and the file that it becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kdoctor.records.table import (
    COLUMNS,
    OUTCOMES,
    SCHEMA,
    RecordedEnvironment,
    RecordedStack,
    Table,
    positions,
    read,
)
from kdoctor.words import Outcome, StackId

LETTERS = {outcome: letter for letter, outcome in OUTCOMES.items()}
PACKAGE_MISSING = "p"
"""Not applicable for want of an optional package: it proves nothing of an environment that has the package."""
NO_STACK = "-"  # the environment has no such stack; its entry says why
NOT_RECORDED = "?"  # the canary is newer than the record, or has not run in that environment yet
LONGEST_MESSAGE = 300


class Cell(NamedTuple):
    """What one canary did on one stack of one environment."""

    letter: str
    message: str = ""
    date: str = ""


@dataclass
class Recording:
    """A table that grows; it can be read back from its file and continued."""

    environments: dict[str, RecordedEnvironment] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str, StackId], Cell] = field(default_factory=dict)
    """By canary, environment and column."""

    @classmethod
    def of(cls, table: Table) -> Recording:
        """What is in a table."""
        recording = cls({found.id: found for found in table.environments})
        for slug, canary in table.canaries.items():
            recording.fingerprints[slug] = canary["canary"]
            for index, environment in enumerate(table.environments):
                for column in COLUMNS:
                    letter = canary[column.value][index]
                    if letter not in (NOT_RECORDED, NO_STACK):
                        said = canary["messages"].items()
                        messages = [one for one, where in said if index in positions(where.get(column.value, ""))]
                        dates = [date for date, where in canary["dates"].items() if index in positions(where)]
                        recording.cells[slug, environment.id, column] = Cell(letter, *messages[:1] or [""], *dates[:1])
        return recording

    @classmethod
    def at(cls, path: Path) -> Recording:
        """What is in a file; empty where there is none."""
        return cls.of(read(path.read_text("utf-8"))) if path.exists() else cls()

    def keep_only(self, fingerprints: Mapping[str, str], environments: Iterable[str]) -> None:
        """Forget environments that are no longer recorded and canaries that are gone or have changed since."""
        kept = set(environments)
        self.environments = {name: found for name, found in self.environments.items() if name in kept}
        self.cells = {
            key: cell
            for key, cell in self.cells.items()
            if key[1] in kept and self.fingerprints[key[0]] == fingerprints.get(key[0])
        }
        self.fingerprints = dict(fingerprints)

    def lacks(self, slug: str, environment: str) -> bool:
        """Whether this canary, as it is now, has not run everywhere in an environment."""
        recorded = self.environments.get(environment)
        if recorded is None:
            return True
        there = [column for column in COLUMNS if recorded.stacks[column].implementation]
        return any((slug, environment, column) not in self.cells for column in there)

    def set_environment(self, environment: RecordedEnvironment) -> bool:
        """Take in what is installed; where that is not what was, what the canaries did there is forgotten.

        Returns whether it was.
        """
        before = self.environments.get(environment.id)
        changed = before is not None and _content(before) != _content(environment)
        if changed:
            self.cells = {key: cell for key, cell in self.cells.items() if key[1] != environment.id}
        self.environments[environment.id] = environment
        return changed

    def text(self) -> str:
        """The file: one environment a line, one canary a line, so that a difference can be read."""
        environments = list(self.environments.values())
        lines = [json.dumps(_environment_entry(found), ensure_ascii=False) for found in environments]
        canaries = [
            f"{json.dumps(slug)}: {json.dumps(self._entry(slug, environments), ensure_ascii=False)}"
            for slug in sorted(self.fingerprints)
        ]
        return (
            f'{{"schema": {json.dumps(SCHEMA)},\n"environments": [\n'
            + ",\n".join(lines)
            + '\n],\n"canaries": {\n'
            + ",\n".join(canaries)
            + "\n}}\n"
        )

    def write(self, path: Path) -> None:
        """Write the file in one step: a run that is stopped leaves the last whole one."""
        beside = path.with_suffix(".new")
        beside.write_text(self.text(), encoding="utf-8")
        beside.replace(path)

    def _entry(self, slug: str, environments: Sequence[RecordedEnvironment]) -> dict[str, Any]:
        entry: dict[str, Any] = {"canary": self.fingerprints[slug]}
        messages: dict[str, dict[str, list[int]]] = {}
        dates: dict[str, list[int]] = {}
        for column in COLUMNS:
            letters = []
            for index, environment in enumerate(environments):
                cell = self.cells.get((slug, environment.id, column), Cell(self._without(environment, column)))
                letters.append(cell.letter)
                if cell.message:
                    messages.setdefault(cell.message, {}).setdefault(column.value, []).append(index)
                if cell.date and index not in dates.setdefault(cell.date, []):
                    dates[cell.date].append(index)
            entry[column.value] = "".join(letters)
        entry["dates"] = {date: ranges(dates[date]) for date in sorted(dates)}
        entry["messages"] = {
            message: {column: ranges(indices) for column, indices in where.items()}
            for message, where in messages.items()
        }
        return entry

    @staticmethod
    def _without(environment: RecordedEnvironment, column: StackId) -> str:
        """The letter of an empty cell: a stack that is not there, or a canary that has not run yet."""
        return NOT_RECORDED if environment.stacks[column].implementation else NO_STACK


def _content(environment: RecordedEnvironment) -> tuple[Any, ...]:
    return environment.python, dict(environment.versions), dict(environment.stacks), environment.problem


def _environment_entry(environment: RecordedEnvironment) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": environment.id, "python": environment.python, "date": environment.date}
    if environment.problem:
        return {**entry, "problem": environment.problem, "stacks": {}}
    stacks = {column.value: _stack_entry(environment.stacks[column]) for column in COLUMNS}
    return {**entry, "versions": dict(environment.versions), "stacks": stacks}


def _stack_entry(stack: RecordedStack) -> dict[str, str]:
    if not stack.implementation:
        return {"reason": stack.reason}
    return {"implementation": stack.implementation.value, "version": stack.version, "backend": stack.backend}


def ranges(indices: Iterable[int]) -> str:
    """0, 1, 2 and 5 are ``0-2,5``."""
    pieces: list[list[int]] = []
    for index in sorted(indices):
        if pieces and index == pieces[-1][-1] + 1:
            pieces[-1].append(index)
        else:
            pieces.append([index])
    return ",".join(str(piece[0]) if len(piece) == 1 else f"{piece[0]}-{piece[-1]}" for piece in pieces)


def cell_of(outcome: Outcome, message: str, date: str) -> Cell:
    """An observation as it is recorded; of what works nothing is said."""
    if outcome is Outcome.WORKS:
        return Cell(LETTERS[outcome], "", date)
    missing = outcome is Outcome.NOT_APPLICABLE and message.endswith("which is not installed here")
    return Cell(PACKAGE_MISSING if missing else LETTERS[outcome], _plain(message), date)


def _plain(message: str) -> str:
    """A message without what differs from one run to the next: addresses in memory, temporary folders, counters."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x...", message)
    text = re.sub(r"(/[\w.@+-]+)*/kdoctor-[\w.+-]+(/[\w.@+-]+)*/canary-\w+", "...", text)
    text = re.sub(r"(/[\w.@+-]+)+/site-packages/", ".../site-packages/", text)
    text = re.sub(r"(keras_tensor|Placeholder|input|model|sequential|dense)_\d+", r"\1", text)
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " ..."
