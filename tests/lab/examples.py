"""Runs the before and after of every rule in a real environment: ``python -m tests.lab.examples --environment ID``.

A before must fail as its rule says where its feature is recorded as broken, and pass where it is recorded as right; an
after must pass wherever it is offered. Each program is run as a canary is: forked after one import, in a folder of its
own.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from kdoctor import rules
from kdoctor.canaries import Canary
from kdoctor.environment import examine
from kdoctor.environment.model import Environment
from kdoctor.observe.model import Observation, Request
from kdoctor.observe.run import observe
from kdoctor.records import Record, lookup
from kdoctor.rules.rule import CodeChange, Rule
from kdoctor.versions import allows
from kdoctor.words import Outcome, StackId
from tests.lab.environments import RECORDED, VISITED, InstallFailed, NoInterpreter, kept_or_temporary, variables_for

SECONDS = 120.0
USUAL = ("tensorflow-2.15", "keras-3.4", "keras-3.8", "keras-3.12", "keras-3.15")
"""Keras 2, and Keras 3 before and after most of what was fixed in it."""

# Stands for a canary: the program runs in the folder that the canary is given, on the stack it is written for.
HARNESS = """
def {function}(lab):
    import os, runpy
    if lab.name != {namespace!r}:
        lab.skip("written for {namespace}")
    os.chdir(lab.folder)
    runpy.run_path({path!r}, run_name="__main__")
"""


@dataclass(frozen=True)
class Program:
    """One file of a rule's examples."""

    rule: Rule
    name: str
    path: Path

    @property
    def slug(self) -> str:
        """Names it as a canary is named."""
        return f"{self.rule.slug}--{self.name.replace('_', '-')}"

    @property
    def namespace(self) -> str:
        """``keras`` for a program that imports it and has nothing of TensorFlow's Keras, else ``tf.keras``."""
        return namespace_of(self.path.read_text("utf-8"))

    @property
    def is_before(self) -> bool:
        """Whether it shows the breakage."""
        return self.name.startswith("before")

    @property
    def changes(self) -> list[CodeChange]:
        """The remedies that offer it."""
        return [each for each in self.rule.remedies if isinstance(each, CodeChange) and each.after == self.name]


def namespace_of(source: str) -> str:
    """Which Keras a program is about."""
    standalone = re.search(r"^\s*(import|from) keras\b", source, re.M)
    of_tensorflow = re.search(r"\b(tf|tensorflow)\.keras\b|^\s*from tensorflow import .*\bkeras\b", source, re.M)
    return "keras" if standalone and not of_tensorflow else "tf.keras"


@dataclass(frozen=True)
class Verdict:
    """What one program did on one stack, and whether that is right; None where nothing is expected."""

    program: Program
    stack: StackId
    row: Observation
    expected: str
    right: Optional[bool]


def programs(only: Sequence[str] = ()) -> tuple[Program, ...]:
    """Every file of every rule, or of these."""
    return tuple(
        Program(rule, path.stem, path)
        for rule in rules.all_rules()
        if not only or rule.slug in only
        for path in sorted(Path(rules.EXAMPLES, rule.slug).glob("*.py"))
    )


def run(environment: Environment, variables: Mapping[str, str], chosen: Sequence[Program]) -> list[Verdict]:
    """Run programs in an environment and judge what they do."""
    records = _records(environment, {program.rule.slug for program in chosen})
    rows = watch(environment, variables, chosen)
    return [_judged(program, row, environment, records[program.rule.slug]) for program, row in rows]


def watch(
    environment: Environment, variables: Mapping[str, str], chosen: Sequence[Program]
) -> list[tuple[Program, Observation]]:
    """Run programs in an environment, each on the stack that it is written for."""
    by_slug = {program.slug: program for program in chosen}
    with tempfile.TemporaryDirectory(prefix="kdoctor-examples-") as folder:
        harness = Path(folder) / "examples.py"
        harness.write_text("".join(_harness(program) for program in chosen), encoding="utf-8")
        canaries = [
            Canary(program.slug, "examples", program.slug, per_namespace=True, path=str(harness)) for program in chosen
        ]
        seen = observe(Request(environment, canaries, SECONDS, variables))
    ran = [row for row in seen.rows if row.outcome not in (Outcome.NOT_APPLICABLE, Outcome.NOT_RUN)]
    return [(by_slug[row.slug], row) for row in ran]


def _harness(program: Program) -> str:
    function = program.slug.replace("-", "_")
    return HARNESS.format(function=function, namespace=program.namespace, path=str(program.path))


Records = Mapping[StackId, Optional[Record]]


def _records(environment: Environment, slugs: set[str]) -> dict[str, Records]:
    """What is recorded of each canary on each stack of this environment."""
    return {slug: {stack.id: lookup(slug, stack, environment) for stack in environment.stacks} for slug in slugs}


_WANTS_A_PACKAGE = re.compile(
    r"No module named '(tensorflow'|tensorflow_hub|scipy|PIL|pkg_resources)|name 'scipy' is not defined|PIL"
)
"""What programs say that need a package beside Keras which this environment lacks; it tells nothing of Keras."""


def _judged(program: Program, row: Observation, environment: Environment, records: Records) -> Verdict:
    if row.outcome is Outcome.RAISES and _WANTS_A_PACKAGE.search(row.message):
        return Verdict(program, row.stack, row, "nothing: a package is missing", None)
    if program.is_before:
        expected, right = _judge_before(program, row, records.get(row.stack))
    else:
        expected, right = _judge_after(program, row, environment, records)
    return Verdict(program, row.stack, row, expected, right)


def _judge_before(program: Program, row: Observation, record: Optional[Record]) -> tuple[str, Optional[bool]]:
    if record is None or record.outcome is Outcome.NOT_APPLICABLE:
        return "nothing is recorded", None
    if record.outcome is Outcome.WORKS:
        return "right here", row.outcome is Outcome.WORKS
    failed = row.message.startswith("AssertionError")
    said = any(matches(symptom, row.message) for symptom in program.rule.symptoms)
    if record.outcome is Outcome.WRONG:
        return "its check fails, or it raises what the rule says", failed or said
    if record.outcome is Outcome.RAISES:  # what the canary does is in "before"; others may go wrong in their own way
        return "it raises what the rule says", said or (failed and program.name != "before")
    return record.outcome.value, row.outcome is record.outcome


def _judge_after(
    program: Program, row: Observation, environment: Environment, records: Records
) -> tuple[str, Optional[bool]]:
    """It must run on its stack wherever the rule is broken on a stack that it is offered for."""
    for stack in environment.stacks:
        record = records.get(stack.id)
        reaches = stack.id is row.stack or (program.namespace, row.stack) == ("tf.keras", StackId.TF_KERAS)
        if not record or not record.outcome.is_broken or not reaches or (row.stack is StackId.LEGACY is not stack.id):
            continue
        for change in program.changes:
            if stack.id in change.stacks and (not change.versions or allows(change.versions, stack.version)):
                return f"offered for {stack.id.value}", row.outcome is Outcome.WORKS
    return "not offered here", None


def matches(symptom: str, message: str) -> bool:
    """Whether a message is the symptom, of which ``...`` and ``{name}`` stand for what varies."""
    pieces = [" ".join(piece.split()) for piece in re.split(r"\.\.\.|\{\w+\}", symptom)]
    said, position = " ".join(message.split()), 0
    for piece in pieces:
        position = said.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns 1 where a program does not do what its rule says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.examples", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--environment", action="append", default=[], metavar="ID")
    parser.add_argument("--rule", action="append", default=[], metavar="SLUG")
    options = parser.parse_args(arguments)
    known = {each.id: each for each in (*RECORDED, *VISITED)}
    unknown = [name for name in options.environment if name not in known]
    if unknown:
        print(f"No such environment: {', '.join(unknown)}. There are {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen, wrong = programs(options.rule), 0
    with kept_or_temporary(keep=False) as builder, tempfile.TemporaryDirectory(prefix="kdoctor-home-") as home:
        for name in options.environment or USUAL:
            try:
                python = builder.python(known[name])
            except (NoInterpreter, InstallFailed) as reason:
                print(f"{name}: skipped, {reason}")
                continue
            variables = {**variables_for(known[name]), "HOME": home, "USERPROFILE": home}
            verdicts = run(examine(str(python), working_folder=home, environ=variables), variables, chosen)
            wrong += sum(verdict.right is False for verdict in verdicts)
            print("\n".join(lines(name, verdicts)), flush=True)
            builder.remove(known[name])
    return 1 if wrong else 0


def lines(name: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many ran in an environment, and each that did not do what its rule says."""
    judged = [verdict for verdict in verdicts if verdict.right is not None]
    yield f"== {name}: {len(verdicts)} runs, {len(judged)} judged, {sum(not each.right for each in judged)} wrong"
    for each in judged:
        if not each.right:
            yield (
                f"  {each.program.rule.slug}/{each.program.name} as {each.stack.value} ({each.expected}): "
                f"{each.row.outcome.value} {' '.join(each.row.message.split())[:300]}"
            )


if __name__ == "__main__":
    sys.exit(main())
