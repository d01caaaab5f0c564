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
}
"""By letter. Another one proves nothing: an optional package was missing (``p``), there is no such stack, whose entry
says why (``-``), or the canary has not run there yet (``?``)."""

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
    versions: Mapping[str, str] = {}
    """By distribution: ``tensorflow``, ``keras``, ``tf-keras``, ``numpy``, ``protobuf``, ``h5py``, ``jax``."""
    stacks: Mapping[StackId, RecordedStack] = {}
    problem: str = ""  # why there is nothing in it: the installation failed, and how
    date: str = ""  # when that failed; what a canary did carries a date of its own

    @property
    def tensorflow(self) -> str:
        """The version of TensorFlow; empty without it."""
        return next((version for name, version in self.versions.items() if name in TENSORFLOW_NAMES), "")


class Way(NamedTuple):
    """An implementation, and how code reaches it."""

    implementation: Implementation
    namespace: str  # `tf.keras` or `keras`
    backend: str


class Place(NamedTuple):
    """A stack of a recorded environment that was there: where canaries ran."""

    number: int  # of the environment, which is that of its letter
    column: StackId
    environment: RecordedEnvironment
    version: str  # of the implementation
    way: Way
    minors: tuple[str, ...]
    """The minor releases of the implementation, TensorFlow, NumPy and Python; empty where there is none."""

    def __str__(self) -> str:
        """``Keras 3.8.0 under TensorFlow 2.18.1``."""
        name = f"{self.way.implementation.label.split(' ')[0]} {self.version}"
        tensorflow = self.environment.tensorflow
        return f"{name} under TensorFlow {tensorflow}" if tensorflow else f"{name} on {self.way.backend}"


class Row(NamedTuple):
    """What a canary did in one place."""

    outcome: Outcome
    place: Place


class Table:
    """The environments and what the canaries did there."""

    def __init__(self, environments: Iterable[RecordedEnvironment], canaries: Mapping[str, Any]) -> None:
        self.environments = tuple(environments)
        self.canaries = canaries  # as they stand in the file: a run asks for a few cells of each
        self.places: list[Place] = []
        self._ways: dict[Way, list[Place]] = {}
        for number, environment in enumerate(self.environments):
            for column, stack in environment.stacks.items():
                if stack.implementation:
                    numpy, python = environment.versions.get("numpy", ""), environment.python
                    minors = tuple(map(minor, (stack.version, environment.tensorflow, numpy, python)))
                    way = Way(stack.implementation, namespace_of(column), stack.backend)
                    self.places.append(Place(number, column, environment, stack.version, way, minors))
                    self._ways.setdefault(way, []).append(self.places[-1])

    def rows(self, slug: str, way: Optional[Way] = None) -> list[Row]:
        """What a canary did, reached in one way or in all; the cells that prove nothing of it are left out."""
        canary = self.canaries.get(slug)
        if canary is None:
            return []
        places = self.places if way is None else self._ways.get(way, ())
        cells = ((canary[place.column.value][place.number], place) for place in places)
        return [Row(OUTCOMES[letter], place) for letter, place in cells if letter in OUTCOMES]

    def message(self, slug: str, place: Place) -> str:
        """What was said in a cell; nothing is kept of what works."""
        messages = self.canaries[slug]["messages"].items()
        cell = place.number, place.column.value
        return next((said for said, where in messages if cell[0] in positions(where.get(cell[1], ""))), "")

    def date(self, slug: str, place: Place) -> str:
        """When a canary ran in an environment."""
        dates = self.canaries[slug]["dates"].items()
        return next((date for date, ranges in dates if place.number in positions(ranges)), "")


def namespace_of(stack: StackId) -> str:
    """How code reaches Keras on a stack; the variable decides which Keras answers, not which names it has."""
    return "keras" if stack is StackId.KERAS else "tf.keras"


@cache
def positions(ranges: str) -> Sequence[int]:
    """``0-2,5`` is 0, 1, 2 and 5."""
    spans = re.findall(r"(\d+)(?:-(\d+))?", ranges)
    return [number for first, last in spans for number in range(int(first), int(last or first) + 1)]


def read(text: str) -> Table:
    """The table in the text of a data file."""
    data = json.loads(text)
    return Table(map(_environment, data["environments"]), data["canaries"])


def _environment(raw: Mapping[str, Any]) -> RecordedEnvironment:
    missing = {"reason": raw.get("problem", "")}
    stacks = {column: _stack(**raw["stacks"].get(column.value, missing)) for column in COLUMNS}
    return RecordedEnvironment(**{**raw, "stacks": stacks})


def _stack(implementation: str = "", **facts: str) -> RecordedStack:
    return RecordedStack(Implementation(implementation) if implementation else None, **facts)


@cache
def shipped() -> Table:
    """The table that ships with kdoctor."""
    with open(PATH, encoding="utf-8") as file:
        return read(file.read())
