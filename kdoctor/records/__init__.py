"""What real releases have signed: pure lookups in the table of recorded observations.

Nothing is guessed. A lookup goes by the minor release of the implementation first; by TensorFlow, NumPy and Python only
for a canary whose rows differ by them. Where an installed release was not recorded, the recorded ones on both sides of
it speak for it if they agree; beyond the newest recorded release nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Callable, Optional

from kdoctor.model import Environment, Implementation, Outcome, Stack, StackId
from kdoctor.records.table import Place, Row, Table, shipped
from kdoctor.versions import minor, release

__all__ = ["Basis", "History", "Record", "ReleaseSeen", "Track", "history", "lookup"]

_Coordinate = Callable[[Place], str]


class Basis(str, Enum):
    """How near the recorded environments are to the one that is asked about."""

    SAME_RELEASE = "same release"
    """The minor release that is installed was recorded."""
    BETWEEN = "between"
    """It was not; the nearest recorded ones before and after it agree."""


@dataclass(frozen=True)
class Record:
    """What was recorded of a canary on releases like the installed ones."""

    outcome: Outcome
    message: str
    basis: Basis
    releases: tuple[str, ...]
    """Where it was seen: ``Keras 3.8.0 under TensorFlow 2.18.1``."""
    date: str
    """When it was seen last: ISO 8601."""


@dataclass(frozen=True)
class ReleaseSeen:
    """What a canary did on one minor release of an implementation."""

    minor: str
    rows: tuple[Row, ...]

    @property
    def outcomes(self) -> frozenset[Outcome]:
        """More than one where it depends on TensorFlow or NumPy as well."""
        return frozenset(row.outcome for row in self.rows)


@dataclass(frozen=True)
class Track:
    """What a canary did on the releases of one implementation, reached in one way, in their order."""

    implementation: Implementation
    namespace: str
    """``tf.keras`` or ``keras``."""
    backend: str
    releases: tuple[ReleaseSeen, ...]


@dataclass(frozen=True)
class History:
    """What a canary did on every recorded release."""

    slug: str
    tracks: tuple[Track, ...]
    keras_releases: int
    """Minor releases of Keras 3 on which it has run."""
    tensorflow_releases: int
    """Minor releases of TensorFlow on which it has run."""


def lookup(slug: str, stack: Stack, environment: Environment, table: Optional[Table] = None) -> Optional[Record]:
    """What was recorded of a canary on releases like those of a stack; None where nothing was, or it is not clear.

    Args:
        slug: of the canary.
        stack: with its implementation and versions, as they were derived or seen.
        environment: of which the versions of NumPy and Python are asked.
        table: the one that ships with kdoctor by default.
    """
    table = table or shipped()
    if not stack.available or stack.implementation is None:
        return None
    rows = table.rows(slug, _family(table, stack))
    rows = [row for row in rows if not row.outcome.is_unknown]
    numpy = environment.find("numpy")
    coordinates: list[tuple[_Coordinate, str]] = [
        (_implementation_minor, minor(stack.version)),
        (_tensorflow_minor, minor(stack.tensorflow) if stack.tensorflow else ""),
        (_numpy_minor, minor(numpy.version) if numpy else ""),
        (_python_minor, minor(environment.interpreter.version)),
    ]
    return _nearest(slug, table, rows, coordinates)


def history(slug: str, table: Optional[Table] = None) -> History:
    """What a canary did on every recorded release; without tracks where nothing was recorded of it."""
    table = table or shipped()
    groups: dict[tuple[Implementation, str, str], dict[str, list[Row]]] = {}
    for row in table.rows(slug):
        stack = row.place.stack
        assert stack.implementation  # a place without one has no row
        key = stack.implementation, _namespace(row.place.column), stack.backend
        groups.setdefault(key, {}).setdefault(minor(stack.version), []).append(row)
    tracks = [
        Track(*key, tuple(ReleaseSeen(number, tuple(releases[number])) for number in sorted(releases, key=release)))
        for key, releases in groups.items()
    ]
    ran = [
        row.place
        for row in table.rows(slug)
        if not row.outcome.is_unknown and row.outcome is not Outcome.NOT_APPLICABLE
    ]
    return History(
        slug=slug,
        tracks=tuple(tracks),
        keras_releases=len(
            {_implementation_minor(place) for place in ran if place.stack.implementation is Implementation.KERAS_3}
        ),
        tensorflow_releases=len({_tensorflow_minor(place) for place in ran if place.environment.tensorflow}),
    )


def _family(table: Table, stack: Stack) -> list[Place]:
    """The places where the same implementation was reached in the same way."""
    namespace = _namespace(stack.id)
    return [
        place
        for place in table.places
        if place.stack.implementation is stack.implementation
        and _namespace(place.column) == namespace
        and place.stack.backend == (stack.backend or "tensorflow")
    ]


def _namespace(stack: StackId) -> str:
    """How code reaches Keras on a stack; the variable decides which Keras answers, not which names it has."""
    return "keras" if stack is StackId.KERAS else "tf.keras"


def _implementation_minor(place: Place) -> str:
    return minor(place.stack.version)


def _tensorflow_minor(place: Place) -> str:
    return minor(place.environment.tensorflow) if place.environment.tensorflow else ""


def _numpy_minor(place: Place) -> str:
    return minor(place.environment.versions.get("numpy", ""))


def _python_minor(place: Place) -> str:
    return minor(place.environment.python)


def _nearest(
    slug: str, table: Table, rows: Sequence[Row], coordinates: Sequence[tuple[_Coordinate, str]]
) -> Optional[Record]:
    """Narrow the rows by the first coordinate, and by those of the others on which the outcome depends."""
    basis = Basis.SAME_RELEASE
    narrowed = rows
    for position, (coordinate, here) in enumerate(coordinates):
        if position and not _depends_on(coordinate, rows, [earlier for earlier, _ in coordinates[:position]]):
            continue
        same = [row for row in narrowed if coordinate(row.place) == here]
        if not same:
            basis = Basis.BETWEEN
            same = _on_both_sides(narrowed, coordinate, here)
            if not _agree(same):
                return None
        narrowed = same
    return _record(slug, table, narrowed, basis) if _agree(narrowed) else None


def _on_both_sides(rows: Sequence[Row], coordinate: _Coordinate, here: str) -> list[Row]:
    """The rows of the nearest recorded releases before and after this one; none where one side is missing."""
    if not here:
        return []
    values = {coordinate(row.place) for row in rows} - {""}
    before = max((value for value in values if release(value) < release(here)), key=release, default="")
    after = min((value for value in values if release(value) > release(here)), key=release, default="")
    if not before or not after:
        return []
    return [row for row in rows if coordinate(row.place) in (before, after)]


def _depends_on(coordinate: _Coordinate, rows: Iterable[Row], fixed: Sequence[_Coordinate]) -> bool:
    """Whether rows that are alike in the fixed coordinates differ by this one."""
    groups: dict[tuple[str, ...], dict[str, set[Outcome]]] = {}
    for row in rows:
        group = groups.setdefault(tuple(each(row.place) for each in fixed), {})
        group.setdefault(coordinate(row.place), set()).add(row.outcome)
    return any(len({frozenset(outcomes) for outcomes in group.values()}) > 1 for group in groups.values())


def _agree(rows: Sequence[Row]) -> bool:
    return len({row.outcome for row in rows}) == 1


def _record(slug: str, table: Table, rows: Sequence[Row], basis: Basis) -> Record:
    last = rows[-1].place
    return Record(
        outcome=rows[-1].outcome,
        message=table.message(slug, last.column, last.number),
        basis=basis,
        releases=tuple(dict.fromkeys(where(row.place) for row in rows)),
        date=max(table.date(slug, row.place.number) for row in rows),
    )


def where(place: Place) -> str:
    """A place in words: ``Keras 3.8.0 under TensorFlow 2.18.1``."""
    assert place.stack.implementation
    name = f"{place.stack.implementation.label.split(' ')[0]} {place.stack.version}"
    if place.environment.tensorflow:
        return f"{name} under TensorFlow {place.environment.tensorflow}"
    return f"{name} on {place.stack.backend}"
