"""Says in a sentence what the records show of a canary, and line by line what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Optional

from kdoctor.records import Basis, History, Record, Track, where
from kdoctor.records.table import Table, shipped
from kdoctor.words import Implementation, Outcome, listed

_SEEN = {
    Outcome.WORKS: "right",
    Outcome.WRONG: "seen wrong",
    Outcome.RAISES: "seen to raise an error",
    Outcome.CRASHES: "seen to crash",
    Outcome.TIMES_OUT: "no answer in time",
    Outcome.NOT_APPLICABLE: "does not exist",
}
_DEPENDS = "seen both right and broken, depending on what it runs with,"


def sentence(history: History) -> str:
    """What was seen of Keras 3: ``seen wrong on Keras 3.0 to 3.11, right from 3.12 (checked on ...)``.

    Empty where nothing was recorded.
    """
    keras_3 = [track for track in history.tracks if _is_keras_3(track) and track.backend == "tensorflow"]
    said = _of_tracks(keras_3, "Keras") or "; ".join(_of_older(history))
    return f"{said} ({_checked(history)})" if said else ""


def sentences(history: History) -> tuple[str, ...]:
    """The sentence about Keras 3, and one about the Kerases before it."""
    first, older = sentence(history), _of_older(history)
    if not first:
        return ()
    has_keras_3 = any(_is_keras_3(track) and _applies(track) for track in history.tracks)
    return (first, "; ".join(older)) if older and has_keras_3 else (first,)


def details(history: History, table: Optional[Table] = None) -> tuple[str, ...]:
    """Every observation behind the sentences, one a line."""
    table = table or shipped()
    lines = []
    for track in history.tracks:
        for seen in track.releases:
            for row in seen.rows:
                place = row.place
                numpy = place.environment.versions.get("numpy", "")
                about = f"as {track.namespace}, Python {place.environment.python}, NumPy {numpy}"
                message = table.message(history.slug, place.column, place.number)
                date = table.date(history.slug, place.number)
                said = f"{row.outcome.value}: {message}" if message else row.outcome.value
                lines.append(f"{where(place)} ({about}; {date}): {said}")
    return tuple(lines)


def basis(record: Record) -> str:
    """How a verdict is known: ``recorded on Keras 3.8.0 under TensorFlow 2.18.1``."""
    releases = listed(record.releases)
    if record.basis is Basis.BETWEEN:
        return f"not recorded on this release; the recorded ones before and after it agree: {releases}"
    return f"recorded on {releases}"


def _is_keras_3(track: Track) -> bool:
    return track.implementation is Implementation.KERAS_3


def _applies(track: Track) -> bool:
    return any(seen.outcomes != {Outcome.NOT_APPLICABLE} for seen in track.releases)


def _checked(history: History) -> str:
    counts: list[str] = []
    for number, name in ((history.keras_releases, "Keras"), (history.tensorflow_releases, "TensorFlow")):
        if number:
            what = "" if counts else " release" if number == 1 else " releases"
            counts.append(f"{number}{what} of {name}")
    return f"checked on {', '.join(counts)}"


def _of_older(history: History) -> list[str]:
    """What was seen of Keras 2 and tf-keras."""
    said = []
    for implementation, name in ((Implementation.KERAS_2, "Keras"), (Implementation.TF_KERAS, "tf-keras")):
        found = _of_tracks([track for track in history.tracks if track.implementation is implementation], name)
        if found:
            said.append(found)
    whole = [clause.partition(" on ") for clause in said if not re.search("[,;:]", clause)]
    if len(whole) == 2 and whole[0][0] == whole[1][0]:
        return [f"{said[0]} and {whole[1][2]}"]
    return said


def _of_tracks(tracks: Sequence[Track], name: str) -> str:
    """One clause where every way to the implementation shows the same, else one for each way."""
    clauses = {track.namespace: _of_track(track, name) for track in tracks if _applies(track)}
    if len(set(clauses.values())) <= 1:
        return next(iter(clauses.values()), "")
    return "; ".join(f"as {namespace}: {clause}" for namespace, clause in clauses.items())


def _of_track(track: Track, name: str) -> str:
    """``seen wrong on Keras 3.0 to 3.11, right from 3.12``."""
    segments = [list(segment) for _, segment in groupby(track.releases, key=lambda seen: seen.outcomes)]
    clauses = []
    for position, segment in enumerate(segments):
        outcomes = segment[0].outcomes
        what = _SEEN[next(iter(outcomes))] if len(outcomes) == 1 else _DEPENDS
        if position and position == len(segments) - 1:
            clauses.append(f"{what} from {segment[0].minor}")
        else:
            subject = "" if position else f"{name} "
            clauses.append(f"{what} on {subject}{_range([seen.minor for seen in segment])}")
    return ", ".join(clauses)


def _range(minors: Sequence[str]) -> str:
    if len(minors) == 1:
        return minors[0]
    return f"{minors[0]} {'and' if len(minors) == 2 else 'to'} {minors[-1]}"
