"""The vocabulary in which a rule says what code it concerns.

Names are written in one canonical namespace: ``keras.layers.LSTM`` is matched through ``tf.keras``, ``keras`` and
``tf_keras`` alike; ``tf.keras.layers.LSTM`` and ``tf_keras.layers.LSTM`` only through that name; ``tf.one_hot`` is
TensorFlow's own. In a name, ``*`` stands for any characters within one part, and ``{LSTM,GRU}`` for either.

Kinds of objects: ``model``, ``layer``, ``optimizer``, ``metric``, ``loss``, ``callback``, ``history`` (what ``fit``
returns), ``weight``, ``tensor`` (symbolic: it came out of ``Input`` or of a layer that was called on such a tensor),
``tensor-shape`` (the shape of such a tensor), ``learning-rate`` (the attribute of an optimizer). Where a pattern says
``on``, several kinds can be given as ``{layer,model}``.

Everything here is frozen data that costs nothing to import; :mod:`kdoctor.usage.index` prepares it for matching.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Optional, Union

from kdoctor.words import LEGACY_VARIABLE

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from kdoctor.frozen import dataclass


class Anything(Enum):
    """Stands where a value may be any."""

    ANY = "any"


ANY = Anything.ANY


@dataclass(frozen=True)
class Argument:
    """One argument of a call, by its keyword or its position (or either), and what it must be."""

    keyword: str = ""
    position: Optional[int] = None
    value: object = ANY
    """A constant that it must equal. What is not a known constant never matches."""
    is_a: str = ""
    """A kind (see above), or ``string``, ``number``, ``numbers`` (a list of numbers, or of such lists), ``list``,
    ``dict``, ``lambda``, ``flat`` (a string, or a list that holds no list or dict), ``ragged``, ``of-keras`` (metrics
    or losses of which one at least is Keras's own: a string, or an object of a class of Keras), ``own-function`` (a
    function that the code defines, or a list that holds one), ``opaque-function`` (one that calls Python from within
    the graph), ``list-batches`` (a generator whose batches begin with a list of several inputs), ``used`` (an optimizer
    that another model was compiled with)."""
    variable: str = ""
    """It is written as this very name: ``name`` in ``super().__init__(name, ...)``."""
    made_by: Optional[Call] = None
    """It is an object that such a call made, or a list that holds one."""
    with_suffix: tuple[str, ...] = ()
    """It is a file name whose end is known and is one of these."""
    without_suffix: tuple[str, ...] = ()
    """It is a file name whose end is known and is none of these."""
    containing: str = ""
    """It is a string that holds this."""
    absent: bool = False
    """It is not given (a call with ``**kwargs`` never matches)."""


@dataclass(frozen=True)
class Name:
    """The name, or anything under it, is imported or written out."""

    name: str
    stacks: tuple[str, ...] = ()
    """Only through these (``tf.keras``, ``keras``, ``tf_keras``); empty for all."""
    inside: str = ""
    """Only in the body of a class that is of this kind."""
    imported: Optional[bool] = None
    """True for import statements only, False for everything else only."""


@dataclass(frozen=True)
class Call:
    """The name is called."""

    name: str
    keyword: str = ""
    """With this keyword argument; the place is then that of the keyword."""
    value: object = ANY
    """The constant that the keyword must be."""
    positional: int = 0
    """With at least so many positional arguments."""
    where: tuple[Argument, ...] = ()
    """With arguments like these; the place is that of the last of them, unless ``keyword`` says it."""
    likely: bool = False
    """It is only likely to matter, however sure it is that it is done."""
    stacks: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True)
class Method:
    """A method is called on an object of this kind; ``super().name(...)`` in a class of this kind counts too."""

    on: str
    name: str
    """Several as ``{fit_generator,predict_generator}``."""
    keyword: str = ""
    value: object = ANY
    positional: int = 0
    where: tuple[Argument, ...] = ()
    of: str = ""
    """Only objects made by a class or function of this name."""
    having: str = ""
    """Only objects with this trait: ``masked``, ``ragged``, ``several-outputs``, ``unbuilt`` (a model of the code's own
    class on which nothing was called that would build it)."""
    fewer: str = ""
    """The dictionary that is given as this keyword has fewer entries than the model has outputs."""
    likely: bool = False
    """It is only likely to matter, however sure it is that it is done."""
    distinctive: bool = False
    """Nothing but Keras has a method of this name, so that a call on an unknown object is a likely hit. Otherwise an
    unknown object counts, as likely, only if it is called what such an object is usually called."""
    stacks: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True)
class Attribute:
    """An attribute of an object of this kind is read or written."""

    on: str
    name: str
    of: str = ""
    written: Optional[bool] = None
    """True for assignments only, False for reading only."""
    distinctive: bool = False
    stacks: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True)
class Applied:
    """A layer (or model) of this class is called on something."""

    layer: str
    to: str = ""
    """Only on something ``masked``, ``ragged``, a symbolic ``tensor``, or ``several`` things."""
    keyword: str = ""
    value: object = ANY
    where: tuple[Argument, ...] = ()
    own_mask: bool = False
    """Only a layer of the code's own whose ``call`` takes several inputs, and an argument ``mask``."""
    stacks: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True)
class Keeps:
    """An object of this kind keeps one of another kind as an attribute, alone or in a list."""

    on: str
    what: str
    """A kind; also ``module`` (of a class that descends from tf.Module) and ``static-shape`` (a tf.TensorShape)."""
    name: str = ""
    """Only as an attribute of this name."""
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Defines:
    """A class of this kind defines a method of this name."""

    on: str
    name: str
    parameters: Optional[int] = None
    """Only with exactly so many parameters beside ``self``."""
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class TensorFlowOnSymbolic:
    """A function of TensorFlow is called on a symbolic tensor."""

    name: str = "tf"
    """This function, or everything under this name."""
    but: tuple[str, ...] = ()
    """Names under it that are left to other rules."""
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class HistoryKey:
    """``history.history[key]``; ``val_`` before the key counts too."""

    key: str
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environ:
    """The environment variable is set, in the file or in any cell of the notebook."""

    variable: str = LEGACY_VARIABLE
    when: str = ""
    """Only where TensorFlow is not imported by then (``first``); where it is, and nothing of ``tf.keras`` was used
    (``after-import``); where ``tf.keras`` was used already (``after-use``); or where this process does not see it:
    ``!export``, ``os.putenv`` (``without-effect``)."""
    values: tuple[str, ...] = ()
    """Only to one of these; what is not a known constant is likely one of them."""


@dataclass(frozen=True)
class Together:
    """Both occur; the place is that of ``then``. Certain only where both are, in the same scope."""

    first: Pattern
    then: Pattern
    same_scope: bool = False
    """Only in the same function, or both outside of functions; else, one of them outside will do."""


Pattern = Union[
    Name,
    Call,
    Method,
    Attribute,
    Applied,
    Keeps,
    Defines,
    TensorFlowOnSymbolic,
    HistoryKey,
    Environ,
    Together,
]
