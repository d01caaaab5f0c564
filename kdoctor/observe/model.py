"""What is to run inside an examined interpreter, and what was seen there: plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from kdoctor.words import Outcome, StackId


@dataclass(frozen=True)
class Canary:
    """A tiny model that exercises one feature; its code is in ``kdoctor/canaries/<area>.py``."""

    slug: str
    area: str
    title: str
    """The first line of its docstring: the feature in the user's words."""
    tier: str = "core"
    """``core`` runs in every run, ``full`` with ``--all``."""
    per_namespace: bool = False
    """Whether it touches names that differ between ``tf.keras`` and ``keras``, so that it runs on each stack rather
    than once an implementation."""
    kind: str = "capability"
    """``capability``, ``spelling`` or ``trap``: see :func:`kdoctor.canaries.mark.canary`."""


@dataclass(frozen=True)
class Observation:
    """What one canary did on one stack."""

    slug: str
    stack: StackId
    outcome: Outcome
    message: str = ""
    """For ``works`` the numbers that were compared; else what was seen, or the reason."""
    seconds: float = 0.0
    output: str = ""
    """The end of what it printed to stdout and stderr, kept only where the outcome needs explaining."""
    via: Optional[StackId] = None
    """The stack it really ran on, where the implementation is shared and the namespace does not matter."""
    area: str = ""
    """The canary's area, so that a rendering needs nothing but the report."""
    observed: str = ""
    """When it was seen (UTC, ISO 8601), where that was in an earlier run; empty where it was in this one."""
    by_choice: bool = False
    """Whether it was not run because nothing asked for it there, which is no gap."""


@dataclass(frozen=True)
class Progress:
    """How far a run is, for whoever shows it while it runs."""

    done: int = 0
    """Canaries that have answered."""
    total: int = 0
    """Canaries in all; 0 while that is not known."""
    stack: Optional[StackId] = None
    slug: str = ""
    """The canary that answered last, or runs now."""
    phase: str = ""
    """What is being done where no canary runs: ``importing TensorFlow``."""


class Sighting(NamedTuple):
    """What was learned about one stack when it was opened."""

    available: bool
    reason: str = ""
    output: str = ""
    implementation: str = ""
    version: str = ""
    tensorflow: str = ""
    backend: str = ""


class Names(NamedTuple):
    """Names to look up in the examined interpreter, in one batch."""

    spelling: str
    """How the code reaches them: ``tf.keras``, ``tf_keras``, ``tensorflow``."""
    stack: StackId
    """The stack on which such code is judged."""
    names: tuple[str, ...]
    """``tf.keras.layers.LSTM``, ``keras.Model.fit``, ``tf.one_hot``."""


class LookedUp(NamedTuple):
    """What became of a batch of names."""

    names: tuple[str, ...]
    found: Mapping[str, Any] = {}
    """What ``look_up.py`` answered; empty where there is no answer."""
    reason: str = ""
    """Why there is none."""


class Observations(NamedTuple):
    """Everything that was seen of one environment."""

    rows: tuple[Observation, ...]
    sightings: Mapping[StackId, Sighting] = {}
    pinned: tuple[str, ...] = ()
    """Settings of ``keras.json`` that were not used: ``floatx=float16``."""
    import_seconds: float = 0.0
    """The longest import."""
    failures: tuple[str, ...] = ()
    """What kdoctor itself could not do."""
    names: Mapping[str, LookedUp] = {}
    """By spelling, what was looked up."""
    interrupted: bool = False
    """Whether a Ctrl-C ended it."""
    notes: tuple[str, ...] = ()
    """What a reader must know of it: how old it is, why it could not be kept."""


def leaves_out(slug: str, stack: StackId, on_legacy: Optional[Collection[str]], elsewhere: Sequence[Outcome]) -> bool:
    """Whether a canary need not run on a stack: legacy Keras is there for what does not work without it.

    Args:
        slug: the canary.
        stack: where.
        on_legacy: see :func:`kdoctor.observe.run.observe`.
        elsewhere: what the canary did on the other stacks.
    """
    if stack is not StackId.LEGACY or on_legacy is None or slug in on_legacy:
        return False
    return bool(elsewhere) and all(one in (Outcome.WORKS, Outcome.NOT_APPLICABLE) for one in elsewhere)


def left_out(slug: str) -> Observation:
    """The row of a canary that need not run under legacy Keras."""
    reason = "it does not fail without legacy Keras; --all runs it here too"
    return Observation(slug, StackId.LEGACY, Outcome.NOT_RUN, reason, by_choice=True)
