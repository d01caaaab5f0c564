"""What real releases have signed: pure lookups in the table of recorded observations.

Nothing is guessed. A lookup goes by the minor release of the implementation first; by TensorFlow, NumPy and Python only
for a canary whose rows differ by them. Where an installed release was not recorded, the recorded ones on both sides of
it speak for it if they agree; beyond the newest recorded release nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, Optional

from kdoctor.environment.model import Environment, Stack
from kdoctor.records.table import Place, Row, Table, namespace_of, shipped
from kdoctor.versions import is_version, minor, release
from kdoctor.words import Implementation, Outcome

__all__ = ["Basis", "History", "Record", "ReleaseSeen", "Track", "history", "lookup"]

_IMPLEMENTATION, _TENSORFLOW = 0, 1
"""Where they stand among the releases that an outcome may depend on; NumPy and Python come after them."""


class Basis(str, Enum):
    """How near the recorded environments are to the one that is asked about."""

    SAME_RELEASE = "same release"  # the minor release that is installed was recorded
    BETWEEN = "between"  # it was not; the nearest recorded ones before and after it agree


class Record(NamedTuple):
    """What was recorded of a canary on releases like the installed ones."""

    outcome: Outcome
    message: str
    basis: Basis
    releases: tuple[str, ...]  # where it was seen: `Keras 3.8.0 under TensorFlow 2.18.1`
    date: str  # when it was seen last: ISO 8601


class ReleaseSeen(NamedTuple):
    """What a canary did on one minor release of an implementation."""

    minor: str
    rows: tuple[Row, ...]

    @property
    def outcomes(self) -> frozenset[Outcome]:
        """More than one where it depends on TensorFlow or NumPy as well."""
        return frozenset(row.outcome for row in self.rows)


class Track(NamedTuple):
    """What a canary did on the releases of one implementation, reached in one way, in their order."""

    implementation: Implementation
    namespace: str  # `tf.keras` or `keras`
    backend: str
    releases: tuple[ReleaseSeen, ...]


class History(NamedTuple):
    """What a canary did on every recorded release."""

    slug: str
    tracks: tuple[Track, ...]
    keras_releases: int  # minor releases of Keras 3 on which it has run
    tensorflow_releases: int  # minor releases of TensorFlow on which it has run


def lookup(slug: str, stack: Stack, environment: Environment, table: Optional[Table] = None) -> Optional[Record]:
    """What was recorded of a canary on releases like those of a stack; None where nothing was, or it is not clear.

    Args:
        slug: of the canary.
        stack: with its implementation and versions, as they were derived or seen.
        environment: of which the versions of NumPy and Python are asked.
        table: the one that ships with kdoctor by default.
    """
    table = table or shipped()
    if not stack.available or stack.implementation is None or not is_version(stack.version):
        return None
    if (stack.backend or "tensorflow") == "tensorflow" and not is_version(stack.tensorflow):
        return None  # whatever TensorFlow it is, nothing was recorded of it
    places = table.family(namespace_of(stack.id), stack.implementation, stack.backend or "tensorflow")
    rows = [row for row in table.rows(slug, places) if not row.outcome.is_unknown]
    numpy = environment.find("numpy")
    versions = (
        stack.version,
        stack.tensorflow,
        numpy.version if numpy else "",
        environment.interpreter.version,
    )
    return _nearest(slug, table, rows, [minor(version) if version else "" for version in versions])


def history(slug: str, table: Optional[Table] = None) -> History:
    """What a canary did on every recorded release; without tracks where nothing was recorded of it."""
    table = table or shipped()
    groups: dict[tuple[Implementation, str, str], dict[str, list[Row]]] = {}
    rows = table.rows(slug)
    for row in rows:
        stack = row.place.stack
        assert stack.implementation  # a place without one has no row
        key = stack.implementation, namespace_of(row.place.column), stack.backend
        groups.setdefault(key, {}).setdefault(row.place.minors[_IMPLEMENTATION], []).append(row)
    tracks = [
        Track(*key, tuple(ReleaseSeen(number, tuple(releases[number])) for number in sorted(releases, key=release)))
        for key, releases in groups.items()
    ]
    ran = [row.place for row in rows if not row.outcome.is_unknown and row.outcome is not Outcome.NOT_APPLICABLE]
    keras_3 = {place.minors[_IMPLEMENTATION] for place in ran if place.stack.implementation is Implementation.KERAS_3}
    tensorflow = {place.minors[_TENSORFLOW] for place in ran} - {""}
    return History(slug, tuple(tracks), keras_releases=len(keras_3), tensorflow_releases=len(tensorflow))


def _nearest(slug: str, table: Table, rows: Sequence[Row], here: Sequence[str]) -> Optional[Record]:
    """Narrow the rows by the implementation's release, and by those of what else the outcome depends on."""
    basis = Basis.SAME_RELEASE
    narrowed = rows
    alike = _agree(rows)
    for coordinate, version in enumerate(here):
        if coordinate != _IMPLEMENTATION and (alike or not _depends_on(coordinate, rows)):
            continue
        same = [row for row in narrowed if row.place.minors[coordinate] == version]
        if not same:
            basis = Basis.BETWEEN
            same = _on_both_sides(narrowed, coordinate, version)
            if not _agree(same):
                return None
        narrowed = same
    if not _agree(narrowed):
        return None
    return _record(slug, table, _preferred(narrowed, here[_TENSORFLOW]), basis)


def _preferred(rows: Sequence[Row], tensorflow: str) -> Sequence[Row]:
    """Of rows that agree, those under the TensorFlow that is asked about, where there are any."""
    return [row for row in rows if row.place.minors[_TENSORFLOW] == tensorflow] or rows


def _on_both_sides(rows: Sequence[Row], coordinate: int, here: str) -> list[Row]:
    """The rows of the nearest recorded releases before and after this one; none where one side is missing."""
    if not here:
        return []
    values = {row.place.minors[coordinate] for row in rows} - {""}
    before = max((value for value in values if release(value) < release(here)), key=release, default="")
    after = min((value for value in values if release(value) > release(here)), key=release, default="")
    if not before or not after:
        return []
    return [row for row in rows if row.place.minors[coordinate] in (before, after)]


def _depends_on(coordinate: int, rows: Iterable[Row]) -> bool:
    """Whether rows that are alike in the coordinates before this one differ by it."""
    groups: dict[tuple[str, ...], dict[str, set[Outcome]]] = {}
    for outcome, place in rows:
        group = groups.setdefault(place.minors[:coordinate], {})
        group.setdefault(place.minors[coordinate], set()).add(outcome)
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
