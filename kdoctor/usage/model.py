"""What reading code yields: frozen data, handed to the diagnosis.

Words used here: a *use* is a dotted name under tensorflow, keras or tf_keras that code refers to; a *hit* is a place
that matches a pattern of a rule; a *problem* is something that could not be read.

``stack`` says through which name the code reaches Keras, as text: ``tf.keras``, ``keras``, ``tf_keras``; or
``tf.keras+legacy`` and ``tf.keras+keras3`` where the code itself sets ``TF_USE_LEGACY_KERAS`` before it imports
TensorFlow; ``tensorflow`` for names of TensorFlow that are not Keras; empty where it is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional

from kdoctor.model import Certainty, Lost, StackId

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from kdoctor.frozen import dataclass

TF_KERAS = "tf.keras"
LEGACY = "tf.keras+legacy"
KERAS_3 = "tf.keras+keras3"
KERAS = "keras"
TF_KERAS_PACKAGE = "tf_keras"
TENSORFLOW = "tensorflow"


class Place(NamedTuple):
    """Where in a file. Lines and columns count from 1."""

    line: int
    column: int
    cell: int = 0
    """In a notebook, the position of the cell among all cells, from 1; the line is then the line in that cell."""
    text: str = ""
    """The line as it stands in the file, without indentation."""


@dataclass(frozen=True)
class Use:
    """One dotted name that a file refers to, in one way of calling it."""

    path: str
    name: str
    """As the stack spells it: ``tf.keras.layers.LSTM``, ``keras.layers.LSTM``, ``tf_keras.Model``, ``tf.one_hot``."""
    stack: str
    places: tuple[Place, ...]
    called: bool = False
    positional: Optional[int] = None
    """How many positional arguments the call has; None where ``*args`` hides it, or it is no call."""
    keywords: tuple[str, ...] = ()
    """The keyword arguments that are written out; what ``**kwargs`` holds is not known."""
    member: bool = False
    """Whether it is a method that was called on an object of that class, rather than a name that was written."""
    certainty: Certainty = Certainty.CERTAIN


@dataclass(frozen=True)
class Hit:
    """A place that matches a pattern of a rule."""

    code: str
    slug: str
    path: str
    line: int
    column: int
    end_line: int
    """The last line of the expression."""
    cell: int
    """0 outside notebooks; see :class:`Place`."""
    stack: str
    certainty: Certainty
    what: str
    """What the code does there, in its own words: ``tf.keras.layers.LSTM(stateful=...)``."""
    text: str
    """The line as it stands in the file, without indentation."""
    suppressed: str = ""
    """The reason given in a suppression comment; such a hit is in ``Usage.suppressed``."""


@dataclass(frozen=True)
class Problem:
    """Something that could not be read, and why; the rest was read all the same."""

    path: str
    reason: str
    line: int = 0
    cell: int = 0
    lost: Lost = Lost.PART


@dataclass(frozen=True)
class Suppression:
    """A comment ``# kdoctor: ignore[KD201] reason``."""

    path: str
    line: int
    codes: tuple[str, ...]
    """Codes or slugs."""
    reason: str
    cell: int = 0


@dataclass(frozen=True)
class FileUsage:
    """What one file holds."""

    path: str
    uses: tuple[Use, ...] = ()
    hits: tuple[Hit, ...] = ()
    suppressed: tuple[Hit, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    problems: tuple[Problem, ...] = ()
    legacy: Optional[bool] = None
    """What the file sets ``TF_USE_LEGACY_KERAS`` to before it imports TensorFlow; None where it does not."""


@dataclass(frozen=True)
class Usage:
    """What the code uses, ordered by path and place."""

    files: int = 0
    """How many files were opened, those without any mention of TensorFlow or Keras included."""
    uses: tuple[Use, ...] = ()
    hits: tuple[Hit, ...] = ()
    suppressed: tuple[Hit, ...] = ()
    """Hits that a comment in the line suppresses."""
    suppressions: tuple[Suppression, ...] = ()
    problems: tuple[Problem, ...] = ()
    read: int = 0
    """How many of the files were read, in part at least."""


def judged_on(stack: str) -> tuple[StackId, ...]:
    """The stacks of the report on which code that reaches Keras in this way is judged, in order of preference.

    ``tf_keras`` is judged by the tf-keras implementation, which is what ``tf.keras+legacy`` reaches. What is not known
    to be on a stack is judged on the default one.
    """
    return {
        LEGACY: (StackId.LEGACY,),
        KERAS_3: (StackId.KERAS_3, StackId.TF_KERAS),
        KERAS: (StackId.KERAS,),
        TF_KERAS_PACKAGE: (StackId.LEGACY,),
    }.get(stack, (StackId.TF_KERAS, StackId.KERAS))
