"""The vocabulary in which a rule says what code it concerns: six patterns, and a check for what they cannot say.

Names are written in one canonical namespace: ``keras.layers.LSTM`` is matched through ``tf.keras``, ``keras`` and
``tf_keras`` alike; ``tf.keras.layers.LSTM`` and ``tf_keras.layers.LSTM`` only through that name; ``tf.one_hot`` is
TensorFlow's own. ``{LSTM,GRU}`` stands for either, ``*`` for any characters within one part of a name, ``**`` for any
number of parts. What a program does in other words is written as the call that it comes to: a subscript is the method
``__getitem__``, and setting a variable of the environment is ``os.environ.__setitem__(name, value)``.

Kinds of values: ``model``, ``layer``, ``optimizer``, ``metric``, ``loss``, ``callback``, ``history`` (what ``fit``
returns), ``history-dict``, ``weight``, ``module`` (a tf.Module), ``tensor`` (symbolic: it came out of ``Input`` or of
a layer that was called on such a tensor), ``tensor-shape``, ``static-shape`` (a tf.TensorShape), ``learning-rate``
(the attribute of an optimizer); ``string``, ``number``, ``list``, ``dict``, ``function``, ``lambda``, ``class``. Where
a pattern says ``on``, several can be given as ``{layer,model}``.

Everything here is data that costs next to nothing to import. :mod:`kdoctor.code.match` compares code with it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Optional, Union

from kdoctor.words import Certainty


class Anything(Enum):
    """Stands where a value may be any."""

    ANY = "any"


ANY = Anything.ANY
LIKELY = Certainty.LIKELY


class NoEffect(str):
    """A check's answer where the code does it and nothing comes of it here: why, as a clause."""

    __slots__ = ()


Answer = Union[bool, Certainty, NoEffect]
"""What a check says: no, yes, ``LIKELY``, or why there is no effect."""


@dataclass(frozen=True)
class Argument:
    """One argument of a call, by its keyword or its position (or either), and what it must be."""

    keyword: str = ""
    position: Optional[int] = None
    value: object = ANY
    """A constant that it must equal, or several of which one will do. What is not a known constant never matches."""
    kind: str = ""  # a kind of value (see above), or `ragged` for a ragged batch
    suffix: tuple[str, ...] = ()  # it is a string whose end is known and is one of these
    other_suffix: tuple[str, ...] = ()  # it is a string whose end is known and is none of these
    absent: bool = False  # it is not given (a call with `**kwargs` never matches)


@dataclass(frozen=True)
class Name:
    """The name, or anything under it, is imported or written out."""

    name: str
    stacks: tuple[str, ...] = ()  # only through these (`tf.keras`, `keras`, `tf_keras`); empty for all
    inside: str = ""  # only in the body of a class that is of this kind
    imported: Optional[bool] = None  # True for import statements only, False for everything else only
    when: Optional[Check] = None  # what else must hold; here and in every pattern


@dataclass(frozen=True)
class Call:
    """The name is called. The place is that of the last argument that the pattern wants, else that of the name."""

    name: str
    arguments: tuple[Argument, ...] = ()
    to: str = ""  # only on something `masked` or `ragged`, or on a symbolic `tensor`
    stacks: tuple[str, ...] = ()
    inside: str = ""
    when: Optional[Check] = None


@dataclass(frozen=True)
class Method:
    """A method is called on an object of this kind; ``super().name(...)`` in a class of this kind counts too."""

    on: str
    name: str
    arguments: tuple[Argument, ...] = ()
    having: str = ""  # only on objects that are `masked` or `ragged`: their layers are given, or begin, such tensors
    distinctive: bool = False
    """Nothing but Keras has a method of this name, so that a call on an unknown object is a likely use. Otherwise an
    unknown object counts, as likely, only if it is called what such an object is usually called."""
    stacks: tuple[str, ...] = ()
    inside: str = ""
    when: Optional[Check] = None


@dataclass(frozen=True)
class Attribute:
    """An attribute of an object of this kind is read, written, or defined by the object's own class."""

    on: str
    name: str
    how: str = ""
    """``read``, ``written`` (from outside), or ``defined``: a method or attribute in the text of a class of this kind,
    and what its methods assign to ``self``. Empty for the first two."""
    distinctive: bool = False
    stacks: tuple[str, ...] = ()
    inside: str = ""
    when: Optional[Check] = None


@dataclass(frozen=True)
class Applied:
    """A layer (or model) of this class is called on something."""

    layer: str
    arguments: tuple[Argument, ...] = ()
    to: str = ""
    stacks: tuple[str, ...] = ()
    inside: str = ""
    when: Optional[Check] = None


@dataclass(frozen=True)
class Together:
    """Both occur in one function, or one of them outside of functions; the place is that of ``then``.

    Certain only where both are, in the same scope.
    """

    first: Pattern
    then: Pattern
    when: Optional[Callable[[Site, Site], Answer]] = None


Pattern = Union[Name, Call, Method, Attribute, Applied, Together]

# ------------------------------------------------------------------------------------- what a check is given


class Value:
    """What is known of a value in the code. Of a value of which nothing is known, everything here is empty."""

    __slots__ = ()
    kind: str = ""
    constant: object = ANY  # the constant that it is; ANY where it is not a known one
    items: tuple[Value, ...] = ()  # what is in a list or tuple that is written out
    made_by: str = ""  # the canonical name of the class or function that made it: `keras.layers.LSTM`
    name: str = ""  # the canonical name that it is: `keras.layers.LSTM` where the class itself is given
    is_tuple: bool = False
    each: Optional[Value] = None  # what all items of a list, or all that a generator yields, are
    result: Optional[Value] = None  # what a function returns
    is_own: bool = False  # whether its class, or the function itself, is defined in the code that is read
    node: Optional[ast.AST] = None  # the text of a function, class or dictionary
    events: Sequence[Event] = ()  # what was done with an object so far
    made_at: tuple[int, int] = (0, 0)
    """In which run of a function, and inside how many of its loops, an object was made."""
    arguments: Optional[Arguments] = None  # what an object was made with

    def end(self) -> tuple[str, bool]:
        """The known end of a string, and whether that is all of it."""
        return "", False

    def method(self, name: str) -> Optional[Value]:
        """The method that the object's own class defines or inherits within the code."""
        return None

    def texts(self) -> Sequence[ast.AST]:
        """The text of a class of the code, and of the classes and functions of the code that it names."""
        return ()


UNKNOWN = Value()


class Event(NamedTuple):
    """Something that was done with an object: a method was called, or it was given to one."""

    name: str  # the method, `()` where the object itself was called, `kept` where it became an attribute, else `given`
    receiver: Value  # whose method the object was given to; the object itself where its own method was called
    arguments: Optional[Arguments]
    branches: tuple[int, ...]
    """The branches of the code in which it was done, outermost first, each with a number of its own."""


class Arguments(NamedTuple):
    """What a call is given."""

    nodes: Sequence[ast.expr] = ()
    values: Sequence[Value] = ()
    keywords: Mapping[str, tuple[Value, ast.keyword]] = {}
    starred: bool = False  # whether `*args` hides how many there are
    open: bool = False  # whether `**kwargs` hides what there is

    def find(self, keyword: str = "", position: Optional[int] = None) -> Optional[tuple[Value, ast.AST, ast.expr]]:
        """The argument's value, where it stands, and its expression; None if it is not given."""
        if keyword:
            found = self.keywords.get(keyword)
            if found is not None:
                return found[0], found[1], found[1].value
        if position is not None and position < len(self.nodes):
            before = self.nodes[: position + 1]
            if not self.starred or not any(isinstance(node, ast.Starred) for node in before):
                return self.values[position], self.nodes[position], self.nodes[position]
        return None

    def value(self, keyword: str = "", position: Optional[int] = None) -> Value:
        """The argument's value; UNKNOWN if it is not given."""
        found = self.find(keyword, position)
        return UNKNOWN if found is None else found[0]

    def expression(self, keyword: str = "", position: Optional[int] = None) -> Optional[ast.expr]:
        """The argument as it is written."""
        found = self.find(keyword, position)
        return None if found is None else found[2]

    def everything(self) -> Sequence[Value]:
        """The values of all of them."""
        if not self.keywords:
            return self.values
        return [*self.values, *[value for value, _ in self.keywords.values()]]


class Site(NamedTuple):
    """A place in the code that a pattern fits so far: what a check is given."""

    name: str  # the canonical name that is used or called, or the name of the method or attribute
    node: ast.AST
    receiver: Value = UNKNOWN  # the object whose method or attribute it is, or the layer that is applied
    arguments: Arguments = Arguments()
    given: Value = UNKNOWN  # what an attribute is set to
    scope: int = 0  # the run of a function in which it is; 0 outside of functions
    branches: tuple[int, ...] = ()
    imported: str = ""  # how sure it is that TensorFlow was imported by then: `certain`, `likely` or empty
    stacks: tuple[str, ...] = ()  # through which names Keras was used by then
    events: Sequence[Event] = ()  # what was done with any object of the code by then
    dropped: bool = False  # nothing is done with what the call gives


def holds_numbers(value: Value) -> bool:
    """Whether it is a list of numbers, or a list of such lists."""
    items = value.items or ((value.each,) if value.kind == "list" and value.each is not None else ())
    return bool(items) and all(item.kind == "number" or holds_numbers(item) for item in items)


def penalises(site: Site) -> bool:
    """The outputs of a layer are penalised."""
    return site.arguments.value("activity_regularizer").constant is not None


def likely(site: Site) -> Answer:
    """The code surely does it; that it matters is only likely."""
    return LIKELY


Check = Callable[[Site], Answer]
