"""What canaries and the opening of stacks have shown: what the laboratory hands on, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kdoctor.model import Observation, StackId


class Sighting(NamedTuple):
    """What was learned about one stack when it was opened."""

    available: bool
    reason: str = ""
    output: str = ""
    implementation: str = ""
    version: str = ""
    tensorflow: str = ""
    backend: str = ""


class Observations(NamedTuple):
    """Everything that was seen of one environment."""

    rows: tuple[Observation, ...]
    sightings: Mapping[StackId, Sighting] = {}
    pinned: tuple[str, ...] = ()
    """Settings of ``keras.json`` that were not used: ``floatx=float16``."""
    import_seconds: float = 0.0
    """The longest import."""
    failures: tuple[str, ...] = ()
    """What the laboratory itself could not do."""
    interrupted: bool = False
    """Whether a Ctrl-C ended it."""
    notes: tuple[str, ...] = ()
    """What a reader must know of it: how old it is, why it could not be kept."""
