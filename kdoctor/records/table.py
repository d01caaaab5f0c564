"""The table that ships with kdoctor: what every canary did on every recorded environment.

The file (schema ``kdoctor.records/1``) holds one environment a line and one canary a line. A canary has, for each
column, a string with one letter for each environment, in the order of the environments.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, Optional

from kdoctor.versions import minor
from kdoctor.words import TENSORFLOW_NAMES, Implementation, Outcome, StackId

SCHEMA = "kdoctor.records/1"
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "observations.json")

COLUMNS = (StackId.TF_KERAS, StackId.LEGACY, StackId.KERAS)
"""The stacks that are recorded. ``tf.keras+keras3`` is ``tf.keras`` where the variable is not set, as it is not when
an environment is recorded."""

OUTCOMES = {
    "w": Outcome.WORKS,
    "x": Outcome.WRONG,
    "r": Outcome.RAISES,
    "c": Outcome.CRASHES,
    "t": Outcome.TIMES_OUT,
    "n": Outcome.NOT_APPLICABLE,
    "p": Outcome.NOT_APPLICABLE,
}
PACKAGE_MISSING = "p"
"""Not applicable for want of an optional package: it proves nothing of an environment that has the package."""
NO_STACK = "-"  # the environment has no such stack; its entry says why
NOT_RECORDED = "?"  # the canary is newer than the record, or has not run in that environment yet


_NOTHING: Mapping[Any, Any] = MappingProxyType({})

# Named tuples: they are made in a fraction of the time that a data class takes, and a run has milliseconds.


class RecordedStack(NamedTuple):
    """A stack of a recorded environment; without an implementation it was not there, and the reason says why."""

    implementation: Optional[Implementation] = None
    version: str = ""
    backend: str = ""
    reason: str = ""


class RecordedEnvironment(NamedTuple):
    """What was installed where a record was made."""

    id: str
    python: str = ""
    versions: Mapping[str, str] = _NOTHING
    """By distribution: ``tensorflow``, ``keras``, ``tf-keras``, ``numpy``, ``protobuf``, ``h5py``, ``jax``."""
    stacks: Mapping[StackId, RecordedStack] = _NOTHING
    problem: str = ""  # why there is nothing in it: the installation failed, and how
    date: str = ""  # when that failed; what a canary did carries a date of its own

    @property
    def tensorflow(self) -> str:
        """The version of TensorFlow; empty without it."""
        return next((version for name, version in self.versions.items() if name in TENSORFLOW_NAMES), "")


class Place(NamedTuple):
    """A stack of a recorded environment that was there: where canaries ran."""

    number: int  # of the environment, which is that of its letter
    column: StackId
    environment: RecordedEnvironment
    stack: RecordedStack
    key: str  # the column's name in the file
    minors: tuple[str, ...]
    """The minor releases of the implementation, TensorFlow, NumPy and Python; empty where there is none."""


class Row(NamedTuple):
    """What a canary did in one place."""

    outcome: Outcome
    place: Place


class Table:
    """The environments and what the canaries did there."""

    def __init__(self, environments: Iterable[RecordedEnvironment], canaries: Mapping[str, Any]) -> None:
        self.environments = tuple(environments)
        self._canaries = canaries  # as they stand in the file: a run asks for a few cells of each
        self.places = tuple(
            Place(number, column, environment, stack, column.value, _minors(environment, stack))
            for number, environment in enumerate(self.environments)
            for column, stack in environment.stacks.items()
            if stack.implementation
        )
        self._families: dict[tuple[str, Optional[Implementation], str], list[Place]] = {}
        for place in self.places:
            key = namespace_of(place.column), place.stack.implementation, place.stack.backend
            self._families.setdefault(key, []).append(place)

    def family(self, namespace: str, implementation: Implementation, backend: str) -> Sequence[Place]:
        """The places where one implementation was reached in one way."""
        return self._families.get((namespace, implementation, backend), ())

    @property
    def slugs(self) -> tuple[str, ...]:
        """The canaries of which anything was recorded."""
        return tuple(self._canaries)

    def fingerprint(self, slug: str) -> str:
        """Of the version of the canary that was recorded; empty where none was."""
        return str(self._canaries[slug]["canary"]) if slug in self._canaries else ""

    def letter(self, slug: str, column: StackId, index: int) -> str:
        """The letter of a cell."""
        return str(self._canaries[slug][column.value][index]) if slug in self._canaries else NOT_RECORDED

    def rows(self, slug: str, places: Optional[Iterable[Place]] = None) -> list[Row]:
        """What a canary did, in these places or in all; the cells that prove nothing of it are left out."""
        if slug not in self._canaries:
            return []
        canary, found = self._canaries[slug], []
        for place in self.places if places is None else places:
            letter = canary[place.key][place.number]
            if letter in OUTCOMES and letter != PACKAGE_MISSING:
                found.append(Row(OUTCOMES[letter], place))
        return found

    def message(self, slug: str, column: StackId, index: int) -> str:
        """What was said in a cell; nothing is kept of what works."""
        for message, where in self._canaries[slug]["messages"].items():
            if index in positions(where.get(column.value, "")):
                return str(message)
        return ""

    def messages(self, slug: str) -> tuple[str, ...]:
        """Everything that was said by one canary, in any cell."""
        return tuple(self._canaries[slug]["messages"]) if slug in self._canaries else ()

    def date(self, slug: str, index: int) -> str:
        """When a canary ran in an environment."""
        dates = self._canaries[slug]["dates"].items()
        return next((date for date, ranges in dates if index in positions(ranges)), "")


def namespace_of(stack: StackId) -> str:
    """How code reaches Keras on a stack; the variable decides which Keras answers, not which names it has."""
    return "keras" if stack is StackId.KERAS else "tf.keras"


def _minors(environment: RecordedEnvironment, stack: RecordedStack) -> tuple[str, ...]:
    versions = stack.version, environment.tensorflow, environment.versions.get("numpy", ""), environment.python
    return tuple(minor(version) if version else "" for version in versions)


@cache
def positions(ranges: str) -> tuple[int, ...]:
    """``0-2,5`` is 0, 1, 2 and 5."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", ranges):
        found.extend(range(int(first), int(last or first) + 1))
    return tuple(found)


def of_schema(data: dict[str, Any], schema: str) -> dict[str, Any]:
    """The data, unless another kdoctor wrote it."""
    if data["schema"] != schema:
        raise ValueError(f"This is a table of schema {data['schema']!r}; this kdoctor reads {schema!r}.")
    return data


def read(text: str) -> Table:
    """The table in the text of a data file."""
    data = of_schema(json.loads(text), SCHEMA)
    return Table([_environment(raw) for raw in data["environments"]], data["canaries"])


def _environment(raw: Mapping[str, Any]) -> RecordedEnvironment:
    stacks = {}
    for column in COLUMNS:
        stack = dict(raw["stacks"].get(column.value, {"reason": raw.get("problem", "")}))
        implementation = stack.pop("implementation", None)
        stacks[column] = RecordedStack(Implementation(implementation) if implementation else None, **stack)
    return RecordedEnvironment(
        id=raw["id"],
        python=raw.get("python", ""),
        versions=raw.get("versions", {}),
        stacks=stacks,
        problem=raw.get("problem", ""),
        date=raw.get("date", ""),
    )


@cache
def shipped() -> Table:
    """The table that ships with kdoctor."""
    with open(PATH, encoding="utf-8") as file:
        return read(file.read())
