"""What real releases have signed: pure lookups in the table of recorded observations.

Nothing is guessed. A lookup goes by the minor release of the implementation first; by TensorFlow, NumPy and Python only
for a canary whose rows differ by them. Where an installed release was not recorded, the recorded ones on both sides of
it speak for it if they agree; beyond the newest recorded release nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Optional

from kdoctor.environment.model import Environment, Stack
from kdoctor.records.table import Row, Table, Way, namespace_of, shipped
from kdoctor.versions import is_version, minor, release
from kdoctor.words import Outcome, listed

_IMPLEMENTATION, _TENSORFLOW = 0, 1
"""Where they stand among the releases that an outcome may depend on; NumPy and Python come after them."""


class Record(NamedTuple):
    """What was recorded of a canary on releases like the installed ones."""

    outcome: Outcome
    message: str
    releases: Sequence[str]  # where it was seen: `Keras 3.8.0 under TensorFlow 2.18.1`
    between: bool = False
    """Whether the minor release that is installed was not recorded: the nearest ones before and after it agree."""

    @property
    def basis(self) -> str:
        """How it is known: ``recorded on Keras 3.8.0 under TensorFlow 2.18.1``."""
        how = "not recorded on this release; the recorded ones before and after it agree:" if self.between else ""
        return f"{how or 'recorded on'} {listed(self.releases)}"


def lookup(slug: str, stack: Stack, environment: Environment, table: Optional[Table] = None) -> Optional[Record]:
    """What was recorded of a canary on releases like those of a stack; None where nothing was, or it is not clear.

    Args:
        slug: of the canary.
        stack: with its implementation and versions, as they were derived or seen.
        environment: of which the versions of NumPy and Python are asked.
        table: the one that ships with kdoctor by default.
    """
    table = table or shipped()
    backend = stack.backend or "tensorflow"
    if not stack.available or stack.implementation is None or not is_version(stack.version):
        return None
    if backend == "tensorflow" and not is_version(stack.tensorflow):
        return None  # whatever TensorFlow it is, nothing was recorded of it
    way = Way(stack.implementation, namespace_of(stack.id), backend)
    rows = [row for row in table.rows(slug, way) if not row.outcome.is_unknown]
    numpy = environment.find("numpy")
    versions = stack.version, stack.tensorflow, numpy.version if numpy else "", environment.interpreter.version
    here = [minor(version) for version in versions]
    depends = not _agree(rows)
    narrowed, between = rows, False
    for coordinate, version in enumerate(here):
        if coordinate == _IMPLEMENTATION or (depends and _depends_on(coordinate, rows)):
            same = [row for row in narrowed if row.place.minors[coordinate] == version]
            if not same:
                same, between = _on_both_sides(narrowed, coordinate, version), True
                if not _agree(same):
                    return None
            narrowed = same
    if not _agree(narrowed):
        return None
    # Those under the TensorFlow that is asked about, where there are any.
    seen = [row for row in narrowed if row.place.minors[_TENSORFLOW] == here[_TENSORFLOW]] or narrowed
    releases = list(dict.fromkeys(str(row.place) for row in seen))
    return Record(seen[-1].outcome, table.message(slug, seen[-1].place), releases, between)


def _on_both_sides(rows: Sequence[Row], coordinate: int, here: str) -> list[Row]:
    """The rows of the nearest recorded releases before and after this one; none where one side is missing."""
    values = {row.place.minors[coordinate] for row in rows} - {""}
    before = max((value for value in values if release(value) < release(here)), key=release, default="")
    after = min((value for value in values if release(value) > release(here)), key=release, default="")
    are_known = here and before and after
    return [row for row in rows if row.place.minors[coordinate] in (before, after)] if are_known else []


def _depends_on(coordinate: int, rows: Iterable[Row]) -> bool:
    """Whether rows that are alike in the coordinates before this one differ by it."""
    groups: dict[tuple[str, ...], dict[str, set[Outcome]]] = {}
    for outcome, place in rows:
        group = groups.setdefault(place.minors[:coordinate], {})
        group.setdefault(place.minors[coordinate], set()).add(outcome)
    return any(len({frozenset(outcomes) for outcomes in group.values()}) > 1 for group in groups.values())


def _agree(rows: Sequence[Row]) -> bool:
    return len({row.outcome for row in rows}) == 1
