"""The ground floor: the words that every part of kdoctor, the JSON and the documentation share, each defined once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import NamedTuple, Optional

LEGACY_VARIABLE = "TF_USE_LEGACY_KERAS"
"""TensorFlow reads it when it is imported, and once more when ``tf.keras`` is first used."""
LEGACY_VALUES = ("true", "True", "1")
"""What it takes for yes, from the first release that reads the variable (2.15) to the last that is recorded."""
CANARY_SECONDS = 30.0  # how long one check may take by default

TENSORFLOW_NAMES = (
    "tensorflow",
    *(f"tensorflow-{kind}" for kind in ("cpu", "gpu", "intel", "macos", "rocm", "cpu-aws", "aarch64")),
    "intel-tensorflow",
    "intel-tensorflow-avx512",
    "tf-nightly",
    *(f"tf-nightly-{kind}" for kind in ("cpu", "gpu", "intel", "macos", "cpu-aws", "rocm")),
)
"""Every distribution that is TensorFlow itself, and no plug-in."""
KERAS_NAMES = ("keras", "keras-nightly", "keras-preview")
TF_KERAS_NAMES = ("tf-keras", "tf-keras-nightly")


class Outcome(str, Enum):
    """What a canary did on one stack."""

    WORKS = "works"  # it ran, and the numbers are right
    WRONG = "wrong"  # it ran, and the numbers are not right
    RAISES = "raises"  # an exception; the idiom worked in an earlier release that the same import reaches
    CRASHES = "crashes"  # the process died (a signal, an abort, out of memory)
    TIMES_OUT = "times-out"  # no answer by the deadline, tried once more alone. Unknown, never `works`.
    NOT_APPLICABLE = "not-applicable"  # this implementation never had the idiom, or an optional package is missing
    NOT_RUN = "not-run"  # skipped, the whole run's deadline, or the stack is not available

    @property
    def is_broken(self) -> bool:
        """Whether this outcome was seen to be a breakage."""
        return self in (Outcome.WRONG, Outcome.RAISES, Outcome.CRASHES)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known: shown as unknown, never as healthy."""
        return self in (Outcome.TIMES_OUT, Outcome.NOT_RUN)


class Severity(str, Enum):
    """How much a finding matters; ``--fail-on`` compares it."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Evidence(str, Enum):
    """How a finding is known."""

    OBSERVED = "observed"  # a canary, or the environment's own facts, showed it in this run
    RECORDED = "recorded"  # a canary showed it on these very versions elsewhere
    KNOWN = "known"  # it follows from a range of versions only


class Implementation(str, Enum):
    """The Keras that answers on a stack."""

    KERAS_2 = "keras2"
    TF_KERAS = "tf-keras"
    KERAS_3 = "keras3"

    @property
    def label(self) -> str:
        """The name that people use."""
        return {"keras2": "Keras 2", "tf-keras": "tf-keras", "keras3": "Keras 3"}[self.value]


class Shown(NamedTuple):
    """What a text that holds an error shows of where it was raised."""

    versions: Mapping[str, str] = {}  # by distribution, `python` included
    implementation: Optional[Implementation] = None
    line: str = ""  # of code, which called Keras or TensorFlow, where the text has it
    raised: str = ""  # the line of code that raised


class StackId(str, Enum):
    """One way for code to reach Keras."""

    TF_KERAS = "tf.keras"  # `tf.keras` and `tensorflow.keras`, with the variables exactly as found
    LEGACY = "tf.keras+legacy"  # the same with `TF_USE_LEGACY_KERAS` forced to 1
    KERAS_3 = "tf.keras+keras3"  # the same with it forced to 0; only where the variable is in effect as found
    KERAS = "keras"  # `import keras`


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The nearest of some names, in a sentence; empty where none is near."""
    import difflib

    known = sorted(names)
    digits = name.upper().translate(str.maketrans("OIL", "011"))  # a code whose digits were read as letters
    if digits in known:
        return f" Did you mean {digits}?"
    near = difflib.get_close_matches(name, known, n=3) or difflib.get_close_matches(name.upper(), known, n=3)
    return f" Did you mean {' or '.join(near)}?" if near else ""


AND, COMMA, MORE = "{first} and {last}", ", ", "{n} more"


def listed(items: Iterable[str], most: int = 0, say: Callable[..., str] = str.format) -> str:
    """``a``, ``a and b``, ``a, b and c``; of more than ``most``, if given, the first and the number of the others."""
    words = list(items)
    if most and len(words) > most:
        words = [*words[:most], say(MORE, n=len(words) - most)]
    return say(AND, first=say(COMMA).join(words[:-1]), last=words[-1]) if len(words) > 1 else "".join(words)


class Relevance(str, Enum):
    """Why a finding matters to whoever asked."""

    USED = "used"  # code that was read uses it
    REQUIRED = "required"  # `require` names it
    KNOWN = "known"  # nothing says that it is used


class Certainty(str, Enum):
    """How surely code does what a finding says; by default only ``certain`` fails a gate."""

    CERTAIN = "certain"  # resolved: every name on the way to it was followed
    LIKELY = "likely"
    """Inferred: from a variable's name, from a star import, or in a branch that is guarded by a version check."""
