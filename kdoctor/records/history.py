"""Says in a sentence what the records show of a canary, and line by line what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Optional

from kdoctor.records.table import Row, Table, Way, shipped
from kdoctor.versions import release
from kdoctor.words import Implementation, Outcome

_SEEN = {
    Outcome.WORKS: "right",
    Outcome.WRONG: "seen wrong",
    Outcome.RAISES: "seen to raise an error",
    Outcome.CRASHES: "seen to crash",
    Outcome.TIMES_OUT: "no answer in time",
    Outcome.NOT_APPLICABLE: "does not exist",
}
_DEPENDS = "seen both right and broken, depending on what it runs with,"


Track = Mapping[str, Sequence[Row]]
"""What a canary did on the releases of one implementation, reached in one way: by minor release, in their order."""


def tracks(slug: str, table: Optional[Table] = None) -> dict[Way, Track]:
    """What a canary did on every recorded release."""
    groups: dict[Way, dict[str, list[Row]]] = {}
    for row in (table or shipped()).rows(slug):
        groups.setdefault(row.place.way, {}).setdefault(row.place.minors[0], []).append(row)
    return {way: {key: group[key] for key in sorted(group, key=release)} for way, group in groups.items()}


def sentences(slug: str, table: Optional[Table] = None) -> list[str]:
    """What was seen of Keras 3, and of the Kerases before it; none where nothing was recorded.

    ``seen wrong on Keras 3.0 to 3.11, right from 3.12 (checked on ...)``
    """
    applying = {way: track for way, track in tracks(slug, table).items() if _outcomes(track) != _NEVER}
    keras_3 = _clause(applying, Implementation.KERAS_3, "Keras")
    older = [
        _clause(applying, Implementation.KERAS_2, "Keras"),
        _clause(applying, Implementation.TF_KERAS, "tf-keras"),
    ]
    (what, _, where), (other, _, there) = (clause.partition(" on ") for clause in older)
    if what == other and where and not re.search("[,;:]", "".join(older)):
        older = [f"{older[0]} and {there}"]
    said = list(filter(None, (keras_3, "; ".join(filter(None, older)))))
    return [f"{said[0]} (checked on {_checked(slug, table)})", *said[1:]] if said else []


def details(slug: str, table: Optional[Table] = None) -> Iterator[str]:
    """Every observation behind the sentences, one a line."""
    table = table or shipped()
    for way, track in tracks(slug, table).items():
        for outcome, place in (row for rows in track.values() for row in rows):
            numpy = place.environment.versions.get("numpy", "")
            about = f"as {way.namespace}, Python {place.environment.python}, NumPy {numpy}"
            said = ": ".join(filter(None, (outcome.value, table.message(slug, place))))
            yield f"{place} ({about}; {table.date(slug, place)}): {said}"


_NEVER = {Outcome.NOT_APPLICABLE}


def _outcomes(track: Track) -> set[Outcome]:
    return {row.outcome for rows in track.values() for row in rows}


def _checked(slug: str, table: Optional[Table]) -> str:
    """On how many releases it has run: ``14 releases of Keras, 2 of TensorFlow``."""
    rows = (table or shipped()).rows(slug)
    ran = [row.place for row in rows if not row.outcome.is_unknown and row.outcome is not Outcome.NOT_APPLICABLE]
    keras = {place.minors[0] for place in ran if place.way.implementation is Implementation.KERAS_3}
    tensorflow = {place.minors[1] for place in ran} - {""}
    said: list[str] = []
    for found, name in ((keras, "Keras"), (tensorflow, "TensorFlow")):
        if found:
            what = "" if said else " release" if len(found) == 1 else " releases"
            said.append(f"{len(found)}{what} of {name}")
    return ", ".join(said)


def _clause(known: Mapping[Way, Track], implementation: Implementation, name: str) -> str:
    """One clause where every way to an implementation shows the same, else one for each way."""
    clauses = {
        way.namespace: _of_track(track, name)
        for way, track in known.items()
        if way.implementation is implementation and way.backend == "tensorflow"
    }
    if len(set(clauses.values())) <= 1:
        return next(iter(clauses.values()), "")
    return "; ".join(f"as {namespace}: {clause}" for namespace, clause in clauses.items())


def _of_track(track: Track, name: str) -> str:
    """``seen wrong on Keras 3.0 to 3.11, right from 3.12``."""
    groups = groupby(track, key=lambda minor: {row.outcome for row in track[minor]})
    segments = [(outcomes, list(minors)) for outcomes, minors in groups]
    clauses = []
    for position, (outcomes, minors) in enumerate(segments):
        what = _SEEN[next(iter(outcomes))] if len(outcomes) == 1 else _DEPENDS
        if position and position == len(segments) - 1:
            clauses.append(f"{what} from {minors[0]}")
        else:
            span = minors[0] if len(minors) == 1 else f"{minors[0]} {'and' if len(minors) == 2 else 'to'} {minors[-1]}"
            clauses.append(f"{what} on {span}" if position else f"{what} on {name} {span}")
    return ", ".join(clauses)
