"""What the resolver knows of a value: the few things that an expression can be known to be."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Optional, TypeVar, Union

from kdoctor.code import keras_kinds as kinds
from kdoctor.rules.patterns import ANY, UNKNOWN, Arguments, Event, Value

_MOST_ITEMS = 5000
"""How many values a list may hold, lists in it included; it may hold the same one often."""
_MOST_EVENTS = 64
_MOST_TEXTS = 50
"""How many classes and functions are followed from the text of one class."""
_LONGEST_END = 300
_LONGEST_NAME = 1000
"""Characters of a dotted name that can be one of Keras: ``x = x.a`` in a thousand lines makes longer ones."""

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]
_V = TypeVar("_V", bound=Value)
NO_TRAITS: frozenset[str] = frozenset()
_ANY_NAME = frozenset({"setattr", "__dict__", "__getattr__", "__getattribute__"})
"""By these a class may have attributes whose names are not written out."""


class _Mark(Value):
    __slots__ = ()


MISSING = _Mark()
"""No value: the name is not bound."""


class Foreign(Value):
    """Something of another library, so certainly nothing of Keras."""

    __slots__ = ("kind",)

    def __init__(self, kind: str = "") -> None:
        self.kind = kind

    def part(self, name: str) -> Foreign:
        """What an attribute or an index gives."""
        return self if self is FRAME and name in ("", "loc", "iloc") else FOREIGN

    def answer(self, name: str, arguments: Arguments) -> Value:
        """What its method or function of this name gives."""
        if name == "tolist":
            return Series(NUMBER)
        first, several = arguments.value("", 0), len(arguments.values) + len(arguments.keywords) > 1
        if name in _MAKES_FRAMES or (self is FRAME and name in _KEEPS_FRAMES):
            return FRAME
        if name in ("array", "asarray") and not several and _holds_strings(first):
            return STRINGS
        return NUMPY_NUMBER if name in _GIVES_NUMBERS and not several else FOREIGN


def _holds_strings(value: Value) -> bool:
    return any(item.kind == "string" or _holds_strings(item) for item in value.items)


FOREIGN = Foreign()
FRAME = Foreign("data-frame")
STRINGS = Foreign("numpy-strings")
NUMPY_NUMBER = Foreign("numpy-number")
_GIVES_NUMBERS = frozenset(
    {"amax", "amin", "argmax", "argmin", "ceil", "floor", "int32", "int64", "max", "min", "nanmax", "prod", "sum"}
)
"""What gives a number of NumPy where no axis is given."""
_MAKES_FRAMES = frozenset({"read_csv", "read_excel", "read_parquet", "DataFrame", "Series"})
_KEEPS_FRAMES = frozenset(
    {"astype", "copy", "drop", "dropna", "fillna", "head", "pop", "reset_index", "sample", "tail"}
)


class Constant(Value):
    """A constant; or a string of which only the end is known."""

    __slots__ = ("_end", "constant", "kind")

    def __init__(self, constant: object) -> None:
        self.constant = constant
        self.kind = kind = _KINDS.get(constant.__class__, "")
        self._end = str(constant) if kind in ("string", "number") else ""

    @classmethod
    def ending(cls, end: str) -> Constant:
        """A string that ends so."""
        text = cls("")
        text.constant, text._end = ANY, end[-_LONGEST_END:]
        return text

    def end(self) -> tuple[str, bool]:  # noqa: D102  inherited
        return self._end, self.constant is not ANY


_KINDS: dict[type, str] = {str: "string", int: "number", float: "number", complex: "number"}


class Number(Value):
    """A number that is not known."""

    __slots__ = ()
    kind = "number"

    def end(self) -> tuple[str, bool]:  # noqa: D102  inherited
        return "0", False


class Quotient(Number):
    """What ``/`` gives."""

    __slots__ = ()
    made_by = "/"


NUMBER, QUOTIENT = Number(), Quotient()


class Symbol(Value):
    """A dotted name of a package that is followed, reached through one stack."""

    __slots__ = ("children", "guarded", "kind", "likely", "makes", "name", "spelled", "stack")

    def __init__(self, name: str, spelled: str, stack: str, likely: bool = False, guarded: bool = False) -> None:
        self.name = name
        """In the canonical namespace: ``keras.layers.LSTM``, ``tensorflow.one_hot``."""
        self.spelled = spelled
        """As the stack spells it: ``tf.keras.layers.LSTM``."""
        self.stack = stack
        """Empty for packages that are neither TensorFlow nor a Keras, and where it may be one or another."""
        self.likely = likely
        """Whether the code may mean something else by the name."""
        self.guarded = guarded or likely
        """Whether the code has a way around: it may never stand for this where this is not there."""
        self.makes = kinds.made_by_calling(name)
        self.kind = kinds.VERSION if self.makes == kinds.VERSION else ""
        self.children: dict[str, Symbol] = {}

    @classmethod
    def root(cls, package: str) -> Symbol:
        """The name of a package."""
        spelled = "tf" if package == "tensorflow" else package
        return cls("keras" if package == "tf_keras" else package, spelled, kinds.STACKS.get(package, ""))

    def child(self, attribute: str) -> Symbol:
        """The name with this attribute."""
        known = self.children.get(attribute)
        if known is None:
            if len(self.name) > _LONGEST_NAME:
                return self
            name, stack = kinds.canonical(f"{self.name}.{attribute}", self.stack)
            known = Symbol(name, f"{self.spelled}.{attribute}", stack, self.likely, self.guarded)
            if self.kind == kinds.VERSION:  # `tf.__version__.split`
                known.kind = known.makes = kinds.VERSION
            self.children[attribute] = known
        return known

    def sibling(self, last: str) -> Symbol:
        """The name that stands next to it."""
        before, spelled = self.name.rpartition(".")[0], self.spelled.rpartition(".")[0]
        return Symbol(f"{before}.{last}", f"{spelled}.{last}", self.stack, self.likely, self.guarded)

    def set_child(self, attribute: str, value: Value) -> None:
        """The code sets this attribute: from here on the name is what the code says, and none of the package."""
        self.children[attribute] = value if isinstance(value, Symbol) else Symbol("", f"{self.spelled}.{attribute}", "")

    @property
    def last(self) -> str:
        """Its last part: ``LSTM``."""
        return self.name.rpartition(".")[2]

    def doubted(self, likely: bool) -> Symbol:
        """The same where the code has a way around, or may mean something else."""
        return Symbol(self.name, self.spelled, self.stack, self.likely or likely, True)


class Many(Value):
    """A list or tuple that is written out."""

    __slots__ = ("is_tuple", "items", "owner", "weight")
    kind = "list"

    def __init__(self, items: Sequence[Value], is_tuple: bool = False, owner: Optional[Object] = None) -> None:
        self.items = ()
        self.is_tuple = is_tuple
        self.owner = owner
        """What stands for it where it is a list on Keras 3 alone."""
        self.weight = 0
        self.extend(items)

    def extend(self, items: Iterable[Value]) -> None:
        """What ``append``, ``insert`` and ``extend`` do; beyond a size, what is in it is no longer known."""
        items = tuple(items)
        self.items = (*self.items, *items)
        self.weight += sum(item.weight + 1 if isinstance(item, Many) else 1 for item in items)
        if self.weight > _MOST_ITEMS:
            self.items, self.weight = (), 0


class Series(Value):
    """A list of which only is known what all its items are, or what is at which index."""

    __slots__ = ("at", "each", "kind")

    def __init__(self, each: Value, kind: str = "list", at: Mapping[int, Value] = {}) -> None:
        self.each: Value = each
        self.kind = kind
        self.at = at


class Table(Value):
    """A dictionary that is written out."""

    __slots__ = ("entries", "node")
    kind = "dict"

    def __init__(self, entries: dict[object, Value], node: ast.expr) -> None:
        self.entries = entries
        self.node = node


class Object(Value):
    """An object of a known kind."""

    __slots__ = (
        *("arguments", "events", "is_own", "is_super", "kind", "likely", "local", "made_at", "made_by", "open"),
        *("stack", "symbol", "traits"),
    )

    def __init__(
        self,
        kind: str,
        stack: str,
        symbol: Optional[Symbol] = None,
        arguments: Optional[Arguments] = None,
        traits: frozenset[str] = NO_TRAITS,
        open_: bool = False,
        local: Optional[Class] = None,
        likely: bool = False,
        is_super: bool = False,
        made_at: tuple[int, int] = (0, 0),
    ) -> None:
        self.kind = kind
        self.stack = stack
        self.symbol = symbol
        """What was called to make it."""
        self.made_by = symbol.name if symbol is not None else ""
        self.arguments = arguments
        self.traits = traits
        self.open = open_
        """Whether it may have traits that are not known."""
        self.local = local
        """Its class, where the code defines that."""
        self.is_own = local is not None
        self.likely = likely
        self.is_super = is_super
        self.made_at = made_at
        self.events: list[Event] = []

    def method(self, name: str) -> Optional[Function]:  # noqa: D102  inherited
        return self.local.method(name) if self.local is not None else None

    def texts(self) -> Sequence[ast.AST]:  # noqa: D102  inherited
        return self.local.texts() if self.local is not None else ()

    def hides(self, name: str) -> bool:
        """Whether its class, defined in the code, has something of this name in place of what Keras has."""
        return self.local is not None and self.local.assigns(name)

    def note(self, event: Event) -> None:
        """Remembers what is done with it."""
        if len(self.events) < _MOST_EVENTS:
            self.events.append(event)

    def part(self, kind: str, open_: bool = False) -> Object:
        """Something that it has or gives, on the same stack and as sure."""
        return Object(kind, self.stack, open_=open_, likely=self.likely)

    @property
    def layer(self) -> str:
        """``LSTM`` for an object of ``keras.layers.LSTM``."""
        return self.symbol.last if self.symbol is not None else ""


class Function(Value):
    """A function that the code defines."""

    __slots__ = (
        "binds_self",
        "cell",
        "guards",
        "inside",
        "kind",
        "name",
        "node",
        "owner",
        "result",
        "running",
        "runs",
        "scopes",
    )
    is_own = True

    def __init__(self, node: FunctionNode, scopes: tuple[dict[str, Value], ...], inside: Optional[Class]) -> None:
        self.kind = "lambda" if isinstance(node, ast.Lambda) else "function"
        self.node: FunctionNode = node
        self.name = getattr(node, "name", "")
        self.scopes = scopes
        self.owner: Optional[Class] = None
        """The class that it is a method of."""
        self.inside = inside
        """The class in whose text it stands, as a method or within one."""
        self.cell = 0
        self.guards = 0
        """How many version checks stand around it."""
        self.binds_self = False
        self.running = False
        self.runs = 0
        self.result: Value = UNKNOWN


class Class(Value):
    """A class that the code defines."""

    __slots__ = (
        "_assigned",
        "attributes",
        "foreign",
        "made_by",
        "makes",
        "methods",
        "node",
        "parents",
        "stack",
        "symbol",
    )
    kind = "class"
    is_own = True

    def __init__(self, node: ast.ClassDef) -> None:
        self.node: ast.ClassDef = node
        self.makes = ""
        self.made_by = ""
        """The canonical name of the class of Keras that it descends from."""
        self.stack = ""
        self.symbol: Optional[Symbol] = None
        """That class."""
        self.foreign = False
        self.parents: list[Class] = []
        self.attributes: dict[str, Value] = {}
        self.methods: dict[str, Function] = {}
        self._assigned: Optional[frozenset[str]] = None

    def lineage(self) -> list[Class]:
        """Itself and the classes of the code that it descends from, nearest first."""
        found: list[Class] = []
        waiting = [self]
        while waiting and len(found) < 50:
            nearest = waiting.pop(0)
            if nearest not in found:
                found.append(nearest)
                waiting.extend(nearest.parents)
        return found

    def method(self, name: str) -> Optional[Function]:
        """The method of that name, its own or inherited within the code."""
        return next((parent.methods[name] for parent in self.lineage() if name in parent.methods), None)

    def attribute(self, name: str) -> Value:
        """What ``self.name`` was seen to be; MISSING if it was not seen."""
        return next((parent.attributes[name] for parent in self.lineage() if name in parent.attributes), MISSING)

    def is_mixed(self) -> bool:
        """Whether it may have more than it and one class of Keras show: it has several bases, or a metaclass."""
        return any(len(one.node.bases) != 1 or one.node.keywords for one in self.lineage())

    def may_have(self, name: str) -> bool:
        """Whether its objects may have something of that name that Keras does not give them."""
        if self.foreign or self.is_mixed():
            return True
        return any(not _ANY_NAME.isdisjoint(one._names()) or name in one._names() for one in self.lineage())

    def texts(self) -> Sequence[ast.AST]:  # noqa: D102  inherited
        found: list[ast.AST] = []
        waiting: list[Value] = [*self.lineage()]
        while waiting and len(found) < _MOST_TEXTS:
            value = waiting.pop(0)
            if value.node is None or value.node in found:
                continue
            found.append(value.node)
            methods = value.methods.values() if isinstance(value, Class) else ()
            function = next(iter(methods), None) if isinstance(value, Class) else value
            scopes = function.scopes if isinstance(function, Function) else ()
            names = {node.id for node in ast.walk(value.node) if isinstance(node, ast.Name)}
            for name in sorted(names):
                named = next((scope[name] for scope in scopes if name in scope), UNKNOWN)
                waiting += named.lineage() if isinstance(named, Class) else [named] if named.is_own else []
        return found

    def assigns(self, name: str) -> bool:
        """Whether anything in it gives ``self`` (or the class) something of that name."""
        return any(name in parent._names() for parent in self.lineage())

    def _names(self) -> frozenset[str]:
        if self._assigned is None:
            names = set(self.methods)
            for node in ast.walk(self.node):
                if isinstance(node, ast.Attribute) and (isinstance(node.ctx, ast.Store) or node.attr in _ANY_NAME):
                    names.add(node.attr)
                elif isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Store) or node.id in _ANY_NAME):
                    names.add(node.id)
            self._assigned = frozenset(names)
        return self._assigned


def merge(first: Value, second: Value) -> Value:
    """What is known of a value that is one or the other."""
    if first is second or second is MISSING or second.constant is None:
        return first
    if first is MISSING or first.constant is None:
        return second
    if isinstance(first, Symbol) or isinstance(second, Symbol):
        return _merge_names(first, second)
    if isinstance(first, Object) and isinstance(second, Object):
        return _merge_objects(first, second)
    if isinstance(first, Series) and isinstance(second, Series):
        return Series(merge(first.each, second.each), first.kind)
    same = first.constant is not ANY and first.constant.__class__ is second.constant.__class__
    return first if same and first.constant == second.constant else UNKNOWN


def _merge_names(first: Value, second: Value) -> Value:
    """The first that is a name of a package; it is only likely where the other is no such name, or another."""
    if not isinstance(first, Symbol):
        return second.doubted(True) if isinstance(second, Symbol) else UNKNOWN
    if not isinstance(second, Symbol):
        return first.doubted(True)
    if first.spelled == second.spelled:
        return second if first.guarded else first
    return first.doubted(first.name != second.name)


def _merge_objects(first: Object, second: Object) -> Value:
    if first.kind != second.kind or first.local is not second.local:
        return UNKNOWN
    merged = again(first)
    merged.traits &= second.traits
    merged.open = first.open or second.open or first.traits != second.traits
    merged.likely = first.likely or second.likely
    merged.events += second.events
    return merged


def again(value: _V) -> _V:
    """The same for another call of the function that makes it: what is done with one is not done with the other."""
    value = copy.copy(value) if isinstance(value, Object) else value
    if isinstance(value, Object):
        value.events = value.events[:_MOST_EVENTS]
    return value


def item_of(value: Value) -> Value:
    """What a loop over it, or an index into it, gives."""
    if isinstance(value, Many):
        result: Value = MISSING
        for item in value.items:
            result = merge(result, item)
        return UNKNOWN if result is MISSING or isinstance(result, Constant) else result
    if isinstance(value, Series):
        return value.each
    if isinstance(value, Object) and value.kind in (kinds.TENSOR, kinds.OUTPUT):
        return value
    return FOREIGN if isinstance(value, Foreign) else UNKNOWN


def joined(values: Iterable[Value]) -> Value:
    """What an operation over these gives: a version if any is one, else one tensor for all tensors among them,
    symbolic if any is, with the traits of all.
    """
    found: Optional[Object] = None
    for value in values:
        if isinstance(value, Many):
            value = joined(value.items)
        elif isinstance(value, Series):
            value = value.each
        if value.kind == kinds.VERSION:
            return value
        if not isinstance(value, Object) or value.kind not in (kinds.TENSOR, kinds.OUTPUT):
            continue
        if found is None:
            found = Object(value.kind, value.stack, None, None, value.traits, value.open, likely=value.likely)
        else:
            found.kind = kinds.TENSOR if value.kind == kinds.TENSOR else found.kind
            found.traits |= value.traits
            found.open = found.open or value.open
    return UNKNOWN if found is None else found


def tensor_among(values: Iterable[Value]) -> Optional[Object]:
    """The tensors among them as one."""
    found = joined(values)
    return found if isinstance(found, Object) and found.kind != kinds.VERSION else None
