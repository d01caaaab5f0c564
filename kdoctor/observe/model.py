"""What is to be learned inside an examined interpreter, and what was learned there: plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, Optional

from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment, Stack
from kdoctor.environment.steps import Proof
from kdoctor.words import Outcome, StackId


@dataclass(frozen=True)
class Observation:
    """What one canary did on one stack."""

    slug: str
    stack: StackId
    outcome: Outcome
    message: str = ""  # for `works` the numbers that were compared; else the error, or the reason
    seconds: float = 0.0
    output: str = ""  # the end of what it printed, kept only where the outcome needs explaining
    via: Optional[StackId] = None  # where it really ran, if the implementation is shared and the namespace is no matter
    area: str = ""  # the area of the canary
    observed: str = ""  # when (UTC, ISO 8601), where that was in an earlier run
    by_choice: bool = False  # it was not run because nothing asked for it there, which is no gap


@dataclass(frozen=True)
class Progress:
    """How far a run is, for a display while it runs."""

    done: int = 0  # canaries that have answered
    total: int = 0  # 0 while that is not known
    stack: Optional[StackId] = None
    slug: str = ""  # the canary that runs now
    phase: str = ""  # what is done where no canary runs: `importing TensorFlow`
    row: Optional[Observation] = None  # what has just been seen


class Opened(NamedTuple):
    """What the import of one stack showed."""

    available: bool
    reason: str = ""
    output: str = ""
    implementation: str = ""
    version: str = ""
    tensorflow: str = ""
    backend: str = ""


class Names(NamedTuple):
    """Names to look up in the examined interpreter, in one batch."""

    spelling: str  # how the code reaches them: tf.keras, tf_keras, tensorflow
    stack: StackId  # the stack on which such code is judged
    names: tuple[str, ...]  # tf.keras.layers.LSTM, keras.Model.fit, tf.one_hot


class LookedUp(NamedTuple):
    """The answer to a batch of names."""

    names: tuple[str, ...]
    found: Mapping[str, Any] = {}  # what look_up.py answered; empty where there is no answer
    reason: str = ""  # why there is none
    observed: str = ""  # when (UTC, ISO 8601), where that was in an earlier run


class Observations(NamedTuple):
    """Everything that was learned of one environment."""

    rows: tuple[Observation, ...]
    opened: Mapping[StackId, Opened] = {}
    pinned: tuple[str, ...] = ()  # settings of keras.json that were not used: floatx=float16
    failures: tuple[str, ...] = ()  # what kdoctor itself could not do
    names: Mapping[str, LookedUp] = {}  # by spelling
    interrupted: bool = False  # a Ctrl-C ended it
    notes: tuple[str, ...] = ()  # what a reader must know: how old it is, why it could not be cached
    proofs: Mapping[str, Proof] = {}  # what remedies did in a copy of this environment, by their steps


@dataclass(frozen=True)
class Request:
    """What is to be learned of an environment."""

    environment: Environment  # decides which stacks there are and what they share
    canaries: Sequence[Canary]  # in this order
    timeout: float  # seconds for one canary; the whole run may take ten times that
    environ: Mapping[str, str]  # the variables as found
    names: Sequence[Names] = ()  # to look up; on any stack, whatever `stacks` says
    stacks: Collection[StackId] = ()  # only these; all where empty
    on_legacy: Optional[Collection[str]] = None
    """Slugs to run on ``tf.keras+legacy`` in any case, where else only those run that do not work without it; None for
    all."""
    expected: Callable[[str, Stack], Optional[Outcome]] = lambda slug, stack: None
    """What is on record of a canary on a stack of these very releases. A failure that is not expected is confirmed
    with the user's own ``TF_ENABLE_ONEDNN_OPTS``."""
    progress: Optional[Callable[[Progress], None]] = None  # called at each step
    isolation: str = ""  # `fork` or `sequence`; by default what this system can do

    @property
    def wanted(self) -> list[Stack]:
        """The stacks to examine."""
        return [stack for stack in self.environment.stacks if not self.stacks or stack.id in self.stacks]

    def leaves_out(self, slug: str, stack: StackId, elsewhere: Sequence[Outcome]) -> bool:
        """Whether a canary need not run on a stack: legacy Keras is there for what does not work without it.

        Args:
            slug: the canary.
            stack: where.
            elsewhere: what the canary did on the other stacks.
        """
        if stack is not StackId.LEGACY or self.on_legacy is None or slug in self.on_legacy:
            return False
        return bool(elsewhere) and all(one in (Outcome.WORKS, Outcome.NOT_APPLICABLE) for one in elsewhere)


def left_out(slug: str, area: str) -> Observation:
    """The row of a canary that need not run under legacy Keras."""
    reason = "it does not fail without legacy Keras; --all runs it here too"
    return Observation(slug, StackId.LEGACY, Outcome.NOT_RUN, reason, area=area, by_choice=True)
