"""What the reader knows of a value: the few things that an expression can be known to be."""

from __future__ import annotations

import ast
from typing import Any, Optional, Union

from kdoctor.usage.index import Symbol


class _Mark:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


MISSING = _Mark("MISSING")
"""No value: the name is not bound."""
FOREIGN = _Mark("FOREIGN")
"""Something of another library, so certainly nothing of Keras."""


MOST_ALTERNATIVES = 16
"""Things that a name may stand for; of one that may stand for more, nothing is known."""
MOST_ITEMS = 4096
"""Items of a list that is written out, those of the lists within it included."""


class Alternatives:
    """A name that stands for one of several symbols, as after ``try: import ... except ImportError: import ...``.

    Made by :func:`either`, which bounds how many there are: each branch of the code can double them.
    """

    __slots__ = ("guarded", "likely", "symbols")

    def __init__(self, symbols: tuple[Symbol, ...], likely: bool, guarded: bool = False) -> None:
        self.symbols = symbols
        self.likely = likely
        """Whether the first is only likely; the others always are."""
        self.guarded = guarded or likely or len(symbols) > 1
        """Whether the code has a way around: it may never stand for this where this is not there."""

    def child(self, attribute: str) -> Alternatives:
        """What an attribute of it stands for."""
        return Alternatives(tuple(symbol.child(attribute) for symbol in self.symbols), self.likely, self.guarded)


def either(symbols: tuple[Symbol, ...], likely: bool, guarded: bool = False) -> Value:
    """One of these symbols; unknown where they are too many."""
    return Alternatives(symbols, likely, guarded) if len(symbols) <= MOST_ALTERNATIVES else None


class Text:
    """A string of which the end is known."""

    __slots__ = ("tail",)

    def __init__(self, tail: str) -> None:
        self.tail = tail


class Many:
    """A list or tuple that is written out. Made by :func:`many`."""

    __slots__ = ("items", "size")

    def __init__(self, items: tuple[Value, ...], size: int) -> None:
        self.items = items
        self.size = size
        """How many items it holds, those of the lists within it included."""


def many(items: tuple[Value, ...]) -> Value:
    """A list of these; unknown where it is too large: ``x = [x, x]`` doubles it each time."""
    size = len(items)
    for item in items:
        if item.__class__ is Many:
            size += item.size
    return Many(items, size) if size <= MOST_ITEMS else None


class Arguments:
    """What a call is given."""

    __slots__ = ("keywords", "nodes", "open", "starred", "values")

    def __init__(
        self,
        nodes: list[ast.expr],
        values: list[Value],
        keywords: dict[str, tuple[Value, ast.keyword]],
        starred: bool,
        open_: bool,
    ) -> None:
        self.nodes = nodes
        self.values = values
        self.keywords = keywords
        self.starred = starred
        """Whether ``*args`` hides how many there are."""
        self.open = open_
        """Whether ``**kwargs`` hides what there is."""

    def find(self, position: Optional[int], keyword: str) -> tuple[Value, Optional[ast.AST], Optional[ast.expr]]:
        """The argument's value, where it stands, and its expression; MISSING if it is not given."""
        if keyword:
            found = self.keywords.get(keyword)
            if found is not None:
                return found[0], found[1], found[1].value
        if position is not None and position < len(self.nodes):
            before = self.nodes[: position + 1]
            if not self.starred or not any(node.__class__ is ast.Starred for node in before):
                node = self.nodes[position]
                return self.values[position], node, node
        return MISSING, None, None

    def constant(self, keyword: str, position: Optional[int] = None) -> object:
        """The constant that is given there; None if it is none."""
        value = self.find(position, keyword)[0]
        return value.value if value.__class__ is ast.Constant else None

    def everything(self) -> list[Value]:
        """The values of all of them."""
        return [*self.values, *(value for value, _ in self.keywords.values())]


class Thing:
    """An object of a known kind."""

    __slots__ = (
        "arguments",
        "is_super",
        "kind",
        "likely",
        "local",
        "made",
        "open",
        "stack",
        "symbol",
        "traits",
        "user",
    )

    def __init__(
        self,
        kind: str,
        stack: str,
        symbol: Optional[Symbol] = None,
        arguments: Optional[Arguments] = None,
        traits: int = 0,
        open_: bool = False,
        local: Optional[LocalClass] = None,
        likely: bool = False,
        is_super: bool = False,
    ) -> None:
        self.kind = kind
        self.stack = stack
        self.symbol = symbol
        """What was called to make it."""
        self.arguments = arguments
        self.traits = traits
        self.open = open_
        """Whether its traits are not known."""
        self.local = local
        """Its class, where the file defines that."""
        self.likely = likely
        self.is_super = is_super
        self.made: tuple[int, int] = (0, 0)
        """In which function, and in how many of its loops, it was made."""
        self.user: Optional[tuple[Thing, tuple[int, ...]]] = None
        """Of an optimizer, the model that was compiled with it first, and in which branch of the code."""


class Function:
    """A function that the file defines."""

    __slots__ = (
        "binds_self",
        "cell",
        "done",
        "guards",
        "inside",
        "node",
        "owner",
        "result",
        "running",
        "runs",
        "scopes",
    )

    def __init__(
        self,
        node: Union[ast.FunctionDef, ast.AsyncFunctionDef],
        scopes: tuple[dict[str, Value], ...],
        owner: Optional[LocalClass],
        cell: int,
    ) -> None:
        self.node = node
        self.scopes = scopes
        self.owner = owner
        """The class that it is a method of."""
        self.inside = owner
        """The class in whose text it stands, as a method or within one."""
        self.cell = cell
        self.guards = 0
        """How many version checks stand around it."""
        self.binds_self = True
        self.done = False
        self.running = False
        self.runs = 0
        self.result: Value = None


class LocalClass:
    """A class that the file defines."""

    __slots__ = ("_assigned", "attributes", "bases", "foreign", "kind", "methods", "node", "parents", "stack", "symbol")

    def __init__(self, node: ast.ClassDef) -> None:
        self.node = node
        self.kind = ""
        self.stack = ""
        self.symbol: Optional[Symbol] = None
        """The class of Keras that it descends from."""
        self.foreign = False
        self.parents: list[LocalClass] = []
        self.attributes: dict[str, Value] = {}
        self.methods: dict[str, Function] = {}
        self._assigned: Optional[frozenset[str]] = None

    def lineage(self) -> list[LocalClass]:
        """Itself and the classes of the file that it descends from, nearest first."""
        found: list[LocalClass] = []
        waiting = [self]
        while waiting and len(found) < 50:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting.extend(one.parents)
        return found

    def method(self, name: str) -> Optional[Function]:
        """The method of that name, its own or inherited within the file."""
        for one in self.lineage():
            if name in one.methods:
                return one.methods[name]
        return None

    def attribute(self, name: str) -> Value:
        """What ``self.name`` was seen to be; MISSING if it was not seen."""
        for one in self.lineage():
            if name in one.attributes:
                return one.attributes[name]
        return MISSING

    def is_built_by_a_call(self) -> bool:
        """Whether it has a ``call`` of its own, and a constructor that does not make use of it."""
        constructor = self.method("__init__")
        if self.method("call") is None:
            return False
        for node in ast.walk(constructor.node) if constructor is not None else ():
            if isinstance(node, ast.Call):
                called = node.func
                if isinstance(called, ast.Name) and called.id == "self":
                    return False
                if isinstance(called, ast.Attribute) and called.attr == "build":
                    return False
        return True

    def assigns(self, name: str) -> bool:
        """Whether anything in it gives ``self`` (or the class) a thing of that name."""
        return any(name in one._names() for one in self.lineage())

    def _names(self) -> frozenset[str]:
        if self._assigned is None:
            names: set[str] = set(self.methods)
            for node in ast.walk(self.node):
                if node.__class__ is ast.Attribute and node.ctx.__class__ is ast.Store:
                    names.add(node.attr)
                elif node.__class__ is ast.Name and node.ctx.__class__ is ast.Store:
                    names.add(node.id)
            self._assigned = frozenset(names)
        return self._assigned


Value = Any
"""One of the classes above, a :class:`Symbol`, an ``ast.Constant``, FOREIGN, or None where nothing is known."""


def merge(one: Value, other: Value) -> Value:
    """What is known of a value that is one or the other."""
    if one is other or other is MISSING:
        return one
    if one is MISSING:
        return other
    if is_none(one):
        return other
    if is_none(other):
        return one
    first, second = symbols_of(one), symbols_of(other)
    if first and second:
        both = tuple(dict.fromkeys((*first, *second)))
        guarded = getattr(one, "guarded", False) or getattr(other, "guarded", False)
        return one if both == first else either(both, getattr(one, "likely", False), guarded)
    if first or second:
        return either(first or second, True)
    if one.__class__ is Thing and other.__class__ is Thing and one.kind == other.kind:
        if one.local is not other.local:
            return None
        merged = Thing(one.kind, one.stack, one.symbol, one.arguments, one.traits & other.traits)
        merged.open = one.open or other.open or one.traits != other.traits
        merged.local = one.local
        merged.likely = one.likely or other.likely
        return merged
    if one.__class__ is ast.Constant and other.__class__ is ast.Constant and one.value == other.value:
        return one
    return None


def is_none(value: Value) -> bool:
    """Whether it is None itself (not: unknown)."""
    return value.__class__ is ast.Constant and value.value is None


def symbols_of(value: Value) -> tuple[Symbol, ...]:
    """The symbols that it may stand for."""
    if value.__class__ is Symbol:
        return (value,)
    if value.__class__ is Alternatives:
        return value.symbols
    return ()
