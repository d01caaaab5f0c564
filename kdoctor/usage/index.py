"""Rules' patterns, prepared so that a name of the code finds the ones that concern it without searching.

Dotted names form a tree of :class:`Symbol`. Each symbol knows which patterns its name matches, worked out once, when
the name is first met: a child only carries on the patterns that its parent was still on the way to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Optional, Union

from kdoctor.usage import kinds
from kdoctor.usage.model import KERAS, TENSORFLOW, TF_KERAS, TF_KERAS_PACKAGE
from kdoctor.usage.patterns import (
    Applied,
    Attribute,
    Call,
    Defines,
    Environ,
    HistoryKey,
    Keeps,
    Method,
    Name,
    Pattern,
    TensorFlowOnSymbolic,
    Together,
)

MOST_SYMBOLS = 200_000
"""Names that are remembered before the tree is begun anew."""
_LONGEST_NAME = 1000
"""Characters of a dotted name that can be one of Keras: ``x = x.a`` in a thousand lines makes longer ones."""

_SAME = {
    "keras.models.Sequential": "keras.Sequential",
    "keras.models.Model": "keras.Model",
    "keras.models.Functional": "keras.Functional",
    "keras.layers.Input": "keras.Input",
    "keras.layers.Layer": "keras.Layer",
    "keras.engine.topology.Layer": "keras.Layer",
    "keras.engine.base_layer.Layer": "keras.Layer",
    "keras.saving.load_model": "keras.models.load_model",
    "keras.saving.save_model": "keras.models.save_model",
    "keras.api": "keras",
    "keras._tf_keras.keras": "keras",
    "keras.api._v2.keras": "keras",
}
"""Names of the same thing, brought to one."""
_SAME_IN_TENSORFLOW = {
    "tensorflow.keras": "keras",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2.keras": "keras",
    "tensorflow.losses": "keras.losses",
    "tensorflow.metrics": "keras.metrics",
    "tensorflow.optimizers": "keras.optimizers",
    "tensorflow.initializers": "keras.initializers",
    "tensorflow.compat.v2": "tensorflow",
}
_ROOTS = {"tensorflow": TENSORFLOW, "keras": KERAS, "tf_keras": TF_KERAS_PACKAGE}
OTHER_ROOTS = frozenset(
    {"os", "pathlib", "functools", "tensorflow_hub", "tensorflow_addons", "tensorflow_probability", "transformers"}
    | {"tensorflow_decision_forests", "tensorflow_text", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner"}
    | {"keras_preprocessing", "keras_applications", "scikeras", "tf2onnx", "tensorflowjs", "kerastuner"}
    | {"tensorflow_model_optimization"}
)
"""Packages whose names are followed because rules or the flow of values speak of them."""


class RulePatterns(NamedTuple):
    """What is needed of a rule here."""

    code: str
    slug: str
    uses: tuple[Pattern, ...]


class Entry:
    """One pattern of one rule."""

    __slots__ = ("first_of", "inside", "key", "on", "pattern", "rule", "same_scope", "stacks", "then_of")

    def __init__(self, rule: RulePatterns, pattern: Pattern) -> None:
        self.rule = rule
        self.pattern = pattern
        self.key = rule.slug
        self.stacks: frozenset[str] = frozenset(getattr(pattern, "stacks", ()))
        self.inside: str = getattr(pattern, "inside", "")
        self.on: tuple[str, ...] = tuple(expand(getattr(pattern, "on", "")))
        self.first_of: Optional[int] = None
        """The number of the Together whose first half it is."""
        self.then_of: Optional[int] = None
        self.same_scope = False


Segment = Union[str, frozenset[str], "re.Pattern[str]", None]
"""One part of a dotted pattern; None stands for any."""


class _Route(NamedTuple):
    """A pattern that a name is on its way to."""

    entry: Entry
    segments: tuple[Segment, ...]
    done: int


class Symbol:
    """A dotted name, reached through one stack."""

    __slots__ = ("applied", "children", "index", "kind", "name", "on_call", "on_name", "routes", "spelled", "stack")

    def __init__(self, index: Index, stack: str, name: str, spelled: str, routes: tuple[_Route, ...]) -> None:
        self.index = index
        self.stack = stack
        self.name = name
        """In the canonical namespace: ``keras.layers.LSTM``, ``tensorflow.one_hot``."""
        self.spelled = spelled
        """As the stack spells it: ``tf.keras.layers.LSTM``."""
        self.kind = kinds.kind_of(name)
        self.children: dict[str, Symbol] = {}
        self.routes = routes
        names: list[Entry] = []
        calls: list[Entry] = []
        applied: list[Entry] = []
        for route in routes:
            if route.done >= len(route.segments):
                kind = route.entry.pattern.__class__
                if kind is Name:
                    names.append(route.entry)
                elif route.done == len(route.segments):
                    (applied if kind is Applied else calls).append(route.entry)
                elif kind is TensorFlowOnSymbolic:
                    calls.append(route.entry)
        self.on_name = tuple(names)
        self.on_call = tuple(calls)
        self.applied = tuple(applied)

    def child(self, attribute: str) -> Symbol:
        """The name with this attribute."""
        return self.children.get(attribute) or self.index.grow(self, attribute)

    @property
    def is_tracked(self) -> bool:
        """Whether it is a name of TensorFlow or of a Keras, as opposed to a package that is only followed."""
        return self.stack != ""


class Index:
    """Every pattern of every rule, by what in the code leads to it."""

    def __init__(self, rules: Iterable[RulePatterns]) -> None:
        self.rules = tuple(rules)
        self.methods: dict[str, list[Entry]] = {}
        self.attributes: dict[str, list[Entry]] = {}
        self.defines: dict[str, list[Entry]] = {}
        self.history_keys: dict[str, list[Entry]] = {}
        self.variables: dict[str, list[Entry]] = {}
        self.kept: dict[str, list[Entry]] = {}
        """By the kind of what is kept."""
        self.togethers = 0
        self._routes: list[_Route] = []
        self._roots: dict[str, Symbol] = {}
        self._size = 0
        for rule in self.rules:
            for pattern in rule.uses:
                self._add(rule, pattern)

    def _add(self, rule: RulePatterns, pattern: Pattern) -> Entry:
        if isinstance(pattern, Together):
            number = self.togethers
            self.togethers += 1
            self._add(rule, pattern.first).first_of = number
            entry = self._add(rule, pattern.then)
            entry.then_of = number
            entry.same_scope = pattern.same_scope
            return entry
        entry = Entry(rule, pattern)
        if isinstance(pattern, (Name, Call, TensorFlowOnSymbolic)):
            self._add_route(entry, pattern.name)
        elif isinstance(pattern, Applied):
            self._add_route(entry, pattern.layer)
        elif isinstance(pattern, HistoryKey):
            self.history_keys.setdefault(pattern.key, []).append(entry)
        elif isinstance(pattern, Keeps):
            self.kept.setdefault(pattern.what, []).append(entry)
        elif isinstance(pattern, Environ):
            self.variables.setdefault(pattern.variable, []).append(entry)
        elif isinstance(pattern, (Method, Attribute, Defines)):
            by_name = {Method: self.methods, Attribute: self.attributes, Defines: self.defines}[type(pattern)]
            for name in expand(pattern.name):
                by_name.setdefault(name, []).append(entry)
        else:
            raise TypeError(f"not a pattern: {pattern!r}")
        return entry

    def _add_route(self, entry: Entry, name: str) -> None:
        for single in expand_parts(name):
            canonical, stacks = canonical_pattern(single)
            if stacks:
                entry.stacks = frozenset(stacks)
            self._routes.append(_Route(entry, tuple(map(_segment, canonical.split("."))), 0))

    def root(self, name: str) -> Optional[Symbol]:
        """The symbol of a top-level package, if its names are followed."""
        symbol = self._roots.get(name)
        if symbol is not None:
            return symbol
        stack = _ROOTS.get(name, "")
        if not stack and name not in OTHER_ROOTS:
            return None
        canonical = "keras" if name == "tf_keras" else name
        spelled = "tf" if name == "tensorflow" else name
        symbol = Symbol(self, stack, canonical, spelled, self._start(canonical))
        self._roots[name] = symbol
        return symbol

    def forget_when_large(self) -> None:
        """Begins the tree anew when it holds more names than are worth keeping; to be called between files."""
        if self._size > MOST_SYMBOLS:
            self._roots.clear()
            self._size = 0

    def grow(self, parent: Symbol, attribute: str) -> Symbol:
        """The child that was not there yet."""
        if len(parent.name) > _LONGEST_NAME:
            return parent
        self._size += 1
        name = f"{parent.name}.{attribute}"
        spelled = f"{parent.spelled}.{attribute}"
        stack = parent.stack
        same = _SAME.get(name)
        if parent.stack == TENSORFLOW:
            same = _SAME_IN_TENSORFLOW.get(name)
            if same is not None and same != "tensorflow":
                stack = TF_KERAS
        if same is None:
            routes = _advance(parent.routes, attribute)
        else:
            name = same
            routes = self._start(same)
        symbol = Symbol(self, stack, name, spelled, routes)
        parent.children[attribute] = symbol
        return symbol

    def _start(self, canonical: str) -> tuple[_Route, ...]:
        routes = tuple(self._routes)
        for part in canonical.split("."):
            routes = _advance(routes, part)
        return routes


def _advance(routes: tuple[_Route, ...], part: str) -> tuple[_Route, ...]:
    out = []
    for route in routes:
        done = route.done
        if done >= len(route.segments):
            # Names, and functions of TensorFlow, also stand for everything under them.
            if route.entry.pattern.__class__ in (Name, TensorFlowOnSymbolic):
                out.append(_Route(route.entry, route.segments, done + 1))
            continue
        segment = route.segments[done]
        if (
            segment is None
            or segment == part
            or (segment.__class__ is frozenset and part in segment)
            or (isinstance(segment, re.Pattern) and segment.fullmatch(part) is not None)
        ):
            out.append(_Route(route.entry, route.segments, done + 1))
    return tuple(out)


def _segment(part: str) -> Segment:
    if part == "*":
        return None
    if "{" in part or "*" in part:
        names = tuple(expand(part))
        if any("*" in name for name in names):
            return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names))
        return frozenset(names)
    return part


def canonical_pattern(name: str) -> tuple[str, tuple[str, ...]]:
    """A pattern's name in the canonical namespace, and the stacks that its first part limits it to."""
    for prefix, stack in (("tf.keras", TF_KERAS), ("tensorflow.keras", TF_KERAS), ("tf_keras", TF_KERAS_PACKAGE)):
        if name == prefix or name.startswith(prefix + "."):
            name = "keras" + name[len(prefix) :]
            return _SAME.get(name, name), (stack,)
    if name == "tf" or name.startswith("tf."):
        return "tensorflow" + name[2:], ()
    return _SAME.get(name, name), ()


def expand(name: str) -> Iterator[str]:
    """``{a,b}_c`` as ``a_c`` and ``b_c``."""
    match = re.search(r"\{([^{}]*)\}", name)
    if match is None:
        yield name
        return
    for choice in match[1].split(","):
        yield from expand(name[: match.start()] + choice.strip() + name[match.end() :])


def expand_parts(name: str) -> Iterator[str]:
    """The name, or each of its choices where they differ in more than one part or may have another canonical name."""
    differ = re.search(r"\{[^}]*\.[^}]*\}", name) is not None
    if "{" in name and (differ or "models" in name or "layers" in name):
        yield from expand(name)
    else:
        yield name
