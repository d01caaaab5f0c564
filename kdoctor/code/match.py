"""Compares what the resolver meets in the code with the rules' patterns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Optional, Union

from kdoctor.code import keras_kinds as kinds
from kdoctor.code.values import Class, Function, Object, Symbol, Table, tensor_among
from kdoctor.rules.edits import Edit
from kdoctor.rules.patterns import (
    ANY,
    UNKNOWN,
    Answer,
    Applied,
    Argument,
    Arguments,
    Attribute,
    Call,
    Event,
    Method,
    Name,
    NoEffect,
    Pattern,
    Site,
    Together,
    Value,
)
from kdoctor.words import Certainty

_MOST_NAMES = 100_000
"""Of how many names it is remembered which patterns they match."""

_MOST_PARTNERS = 16
"""How many places are tried that a place may occur together with, the certain ones first."""
_ANYWHERE = -1


_REGISTER = frozenset({"get_custom_objects", "custom_object_scope", "CustomObjectScope", "register_keras_serializable"})
BASES = {
    kinds.MODEL: "Model",
    kinds.LAYER: "layers.Layer",
    kinds.OPTIMIZER: "optimizers.Optimizer",
    kinds.METRIC: "metrics.Metric",
    kinds.LOSS: "losses.Loss",
    kinds.CALLBACK: "callbacks.Callback",
    kinds.HISTORY: "callbacks.History",
    kinds.WEIGHT: "Variable",
    kinds.TENSOR: "KerasTensor",
    kinds.TENSOR_SHAPE: "KerasTensor.shape",
    kinds.DTYPE: "KerasTensor.dtype",
}
"""The class that all objects of a kind descend from: whose members are looked up in the API."""
_OF_ONE_CLASS = frozenset({kinds.HISTORY, kinds.WEIGHT, kinds.TENSOR, kinds.TENSOR_SHAPE, kinds.DTYPE})
COMPILE: Mapping[str, tuple[str, Optional[int]]] = {
    "optimizer": ("optimizers", 0),
    "loss": ("losses", 1),
    "metrics": ("metrics", 2),
    "weighted_metrics": ("metrics", None),
}
"""By its argument, and where that stands, the module in which ``compile`` looks a string up."""


class RulePatterns(NamedTuple):
    """What is needed of a rule here."""

    code: str
    slug: str
    uses: tuple[Pattern, ...]
    edits: tuple[Edit, ...] = ()


class Entry(NamedTuple):
    """One pattern of one rule; of a Together, one of its halves."""

    rule: RulePatterns
    pattern: Union[Name, Call, Method, Attribute, Applied]
    stacks: tuple[str, ...]
    on: tuple[str, ...] = ()
    whole: Optional[Together] = None
    is_first: bool = False

    @property
    def weight(self) -> int:
        """How much it asks for: of two rules about one cause, the one that asks for more knows more of it."""
        pattern = self.pattern
        conditions = [*getattr(pattern, "arguments", ()), pattern.inside, pattern.when, getattr(pattern, "to", "")]
        conditions += [getattr(pattern, "having", ""), "" if isinstance(pattern, Name) else "call", self.whole]
        return sum(map(bool, conditions))


class _OfName(NamedTuple):
    """The patterns that a canonical name matches."""

    named: tuple[Entry, ...]
    called: tuple[Entry, ...]
    applied: tuple[Entry, ...]


class Index:
    """Every pattern of every rule, by what in the code leads to it."""

    def __init__(self, rules: Iterable[RulePatterns]) -> None:
        self.methods: dict[str, list[Entry]] = {}
        self.attributes: dict[str, list[Entry]] = {}
        """By the name that is read or written."""
        self.defined: dict[str, list[Entry]] = {}
        """By the name that a class defines; ``*`` for any."""
        self.distinctive: dict[str, str] = {}
        """The kind of what alone has an attribute or method of this name."""
        self._named: dict[str, list[Entry]] = {}
        """By a name that stands for everything under it."""
        self._called: dict[str, list[Entry]] = {}
        self._wild: list[tuple[re.Pattern[str], Entry]] = []
        self._known: dict[str, _OfName] = {}
        for rule in rules:
            for pattern in rule.uses:
                if isinstance(pattern, Together):
                    self._add(rule, pattern.first, pattern, True)
                    self._add(rule, pattern.then, pattern)
                else:
                    self._add(rule, pattern)

    def _add(self, rule: RulePatterns, pattern: Pattern, whole: Optional[Together] = None, first: bool = False) -> None:
        assert not isinstance(pattern, Together)
        entry = Entry(rule, pattern, pattern.stacks, whole=whole, is_first=first)
        if isinstance(pattern, (Method, Attribute)):
            entry = entry._replace(on=tuple(expand(pattern.on)))
            by_name = self.methods
            if isinstance(pattern, Attribute):
                by_name = self.defined if pattern.how == "defined" else self.attributes
            for name in expand(pattern.name):
                by_name.setdefault(name, []).append(entry)
                if pattern.distinctive:
                    self.distinctive[name] = entry.on[0]
            return
        for name in expand(pattern.layer if isinstance(pattern, Applied) else pattern.name):
            single, stacks = kinds.canonical_pattern(name)
            entry = entry._replace(stacks=stacks or pattern.stacks)
            if "*" in single:
                text = re.escape(single).replace(r"\*\*", ".+").replace(r"\*", r"[^.]*")
                below = r"(?:\..*)?" if isinstance(pattern, Name) else ""
                self._wild.append((re.compile(text + below), entry))
            else:
                by_name = self._named if isinstance(pattern, Name) else self._called
                by_name.setdefault(single, []).append(entry)

    def of(self, name: str) -> _OfName:
        """The patterns that this canonical name matches."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            wild = [entry for expression, entry in self._wild if expression.fullmatch(name)]
            calls = [*self._called.get(name, ()), *(entry for entry in wild if not isinstance(entry.pattern, Name))]
            named = [entry for entry in wild if isinstance(entry.pattern, Name)]
            parts = name.split(".")
            for count in range(1, len(parts) + 1):
                named += self._named.get(".".join(parts[:count]), ())
            applied = tuple(entry for entry in calls if isinstance(entry.pattern, Applied))
            called = tuple(entry for entry in calls if isinstance(entry.pattern, Call))
            known = self._known[name] = _OfName(tuple(named), called, applied)
        return known


def base_of(kind: str, stack: str) -> Optional[Symbol]:
    """The class of Keras that all objects of a kind descend from; None where it is not known which Keras's."""
    name = BASES[kind]
    return Symbol(f"keras.{name}", f"{stack}.{name}", stack) if stack in kinds.STACKS_OF_KERAS else None


def _strings_in(value: Value) -> Iterator[str]:
    """The strings of an argument, also of a list or a dictionary; the configuration of an object is none of those."""
    if isinstance(value.constant, str):
        yield value.constant
    entries = value.entries if isinstance(value, Table) and "class_name" not in value.entries else {}
    for item in (*value.items, *entries.values()):
        yield from _strings_in(item)


def expand(name: str) -> Iterator[str]:
    """``{a,b}_c`` as ``a_c`` and ``b_c``."""
    found = re.search(r"\{([^{}]*)\}", name)
    if found is None:
        yield name
        return
    for choice in found[1].split(","):
        yield from expand(name[: found.start()] + choice.strip() + name[found.end() :])


class Frame:
    """Where the resolver stands: one run of the body of the module, of a function or of a class."""

    __slots__ = (
        *("blocks", "branches", "cell", "globals", "guards", "later", "loops", "named", "names", "number"),
        *("outer", "owner", "quiet", "returns", "unused"),
    )

    def __init__(self, outer: tuple[dict[str, Value], ...] = ()) -> None:
        self.names: dict[str, Value] = {}
        self.outer = outer
        """The names of the scopes around, nearest first."""
        self.owner: Optional[Class] = None
        """The class in whose text it stands."""
        self.cell = 0
        self.number = 0
        """Of the run of a function; 0 outside of functions."""
        self.loops = 0
        """How many loops of this body stand around."""
        self.branches: tuple[int, ...] = ()
        self.guards = 0
        """How many version checks, and ``try`` blocks with a fallback, stand around."""
        self.quiet = False
        """Whether this was read before, so that its uses are known."""
        self.unused = 0
        """How many blocks that are to fail stand around, or annotations that are never read."""
        self.named = 0
        """How many annotations and type checks stand around: these only name things."""
        self.globals: set[str] = set()
        self.blocks = 0
        """How many of the outer names are of this body, around a block in it."""
        self.later: list[Function] = []
        """The functions that are defined in it."""
        self.returns: list[Value] = []


class RawUse(NamedTuple):
    """A name that was met, before uses of the same name are put together."""

    symbol: Symbol
    member: str
    cell: int
    node: ast.AST
    call: Optional[ast.Call]
    likely: bool
    exact: bool = False


class RawHit(NamedTuple):
    """A place that fits a pattern."""

    entry: Entry
    stack: str
    certain: bool
    cell: int
    node: ast.AST
    what: str
    site: Site
    no_effect: str = ""
    """Why nothing comes of it; empty where something does."""
    guarded: bool = False
    """Whether the code asks for a release, or has another way, before it gets there."""


class Matcher:
    """What was met in one file."""

    def __init__(self, index: Index, ignore_legacy: bool = False) -> None:
        self.index = index
        self.ignore_legacy = ignore_legacy
        self.at = Frame()
        """Where the resolver stands."""
        self.uses: list[RawUse] = []
        self.hits: list[RawHit] = []
        self.stacks: dict[str, None] = {}
        """Through which names Keras was used so far, in order."""
        self.legacy: Optional[bool] = None
        """What the file sets TF_USE_LEGACY_KERAS to before it imports TensorFlow."""
        self.imported = ""
        """How sure it is that TensorFlow was imported by now: ``certain``, ``likely`` or empty."""
        self.seen: frozenset[str] = frozenset()
        """The traits that anything in the file has."""
        self.events: list[Event] = []
        """What was done with objects so far."""
        self.given: set[str] = set()
        """The attributes that the code gives to objects."""
        self.registers = False
        """Whether the code makes things of its own known to Keras by a string."""
        self.dropped: Optional[ast.expr] = None
        """The call that is the whole of the statement in which the resolver stands."""
        self._pending: list[tuple[str, RawHit]] = []
        """Hits on objects whose traits are not known; they count, as likely, if anything in the file has the trait."""

    # -- names

    def name(
        self,
        symbol: Symbol,
        node: ast.AST,
        imported: bool = False,
        call: Optional[ast.Call] = None,
        written: bool = True,
    ) -> None:
        """A name is imported, written out or called; ``written`` where it stands there, and was not imported or kept
        before.
        """
        self.registers = self.registers or symbol.last in _REGISTER
        if symbol.stack not in ("", kinds.TENSORFLOW) and not self.at.quiet:
            self.stacks.setdefault(symbol.stack)
        if (symbol.stack or imported) and not self.at.quiet:
            self._use(symbol, "", node, call, symbol.guarded)
        for entry in self.index.of(symbol.name).named if written and not self.at.named else ():
            wanted = entry.pattern.imported if isinstance(entry.pattern, Name) else None
            if wanted is None or wanted is imported:
                site = Site(symbol.name, node)
                self._fits(entry, node, site, symbol.stack, not symbol.likely, symbol.spelled)

    def _use(
        self, symbol: Symbol, member: str, node: ast.AST, call: Optional[ast.Call], likely: bool, exact: bool = False
    ) -> None:
        if not self.at.unused:
            self.uses.append(RawUse(symbol, member, self.at.cell, node, call, likely or self.at.guards > 0, exact))

    # -- calls

    def call(self, symbol: Symbol, arguments: Arguments, place: ast.AST, what: str = "") -> None:
        """A name is called, or something is as good as a call: ``partial(name, ...)``, a variable that is set."""
        for entry in self.index.of(symbol.name).called:
            pattern = entry.pattern
            if not isinstance(pattern, Call):
                continue
            stack, said, likely = symbol.stack, symbol.spelled, symbol.likely
            if pattern.to:
                if symbol.stack == kinds.TENSORFLOW and symbol.makes != kinds.TF_FUNCTION:
                    continue
                given = tensor_among(arguments.everything())
                if given is None or not _is(given, pattern.to):
                    continue
                likely, stack = likely or given.likely, given.stack if stack == kinds.TENSORFLOW else stack
                said = f"{symbol.spelled}(symbolic tensor)"
            matched = _match(pattern.arguments, arguments)
            if matched is not None:
                site = Site(symbol.name, place, arguments=arguments)
                said = what or _wording(said, matched[1])
                self._fits(entry, matched[0] or place, site, stack, not likely, said)

    def applied(self, layer: Object, given: Optional[Object], node: ast.Call, arguments: Arguments) -> None:
        """A layer or a model is called."""
        assert layer.symbol is not None
        for entry in self.index.of(layer.made_by).applied:
            pattern = entry.pattern
            assert isinstance(pattern, Applied)
            waits = ""
            if pattern.to and (given is None or not _is(given, pattern.to)):
                if pattern.to != kinds.MASKED or not (given is None or given.open):
                    continue
                waits = pattern.to
            matched = _match(pattern.arguments, arguments)
            if matched is not None:
                site = Site(layer.made_by, node, layer, arguments)
                what = _wording(f"{layer.symbol.spelled}(...)", matched[1])
                self._fits(entry, matched[0] or node.func, site, layer.stack, not layer.likely, what, waits)

    # -- objects

    def method(self, owner: Object, name: str, node: Union[ast.Call, ast.Subscript], arguments: Arguments) -> None:
        """A method of an object is called."""
        entries = self.index.methods.get(name, ())
        for entry in entries if entries and not owner.hides(name) else ():
            pattern = entry.pattern
            if owner.kind not in entry.on or not isinstance(pattern, Method):
                continue
            waits = pattern.having if pattern.having and pattern.having not in owner.traits else ""
            matched = _match(pattern.arguments, arguments) if owner.open or not waits else None
            if matched is not None:
                site = Site(name, node, owner, arguments)
                place = matched[0] or (node.func if isinstance(node, ast.Call) else node)
                what = _wording(f"{owner.kind}.{name}", matched[1])
                self._fits(entry, place, site, owner.stack, not owner.likely, what, waits)

    def member(self, owner: Object, name: str, node: ast.AST, call: Optional[ast.Call] = None) -> None:
        """Something of an object is read or called that the object's class in Keras should have."""
        symbol, around, local = owner.symbol, self.at.owner, owner.local
        is_one = owner.kind in _OF_ONE_CLASS
        if (
            (self.at.quiet and not is_one)
            or name in self.given
            or not (owner.kind in BASES or owner.kind == kinds.HELPER)
            or (local is not None and local.may_have(name))
        ):
            return
        if owner.is_super and around is not None and around.is_mixed():
            return
        is_class = is_one or (symbol is not None and symbol.last[:1].isupper())
        symbol = symbol if not is_one and (is_class or owner.kind == kinds.HELPER) else base_of(owner.kind, owner.stack)
        if symbol is None or not symbol.stack:
            return
        if name == "__init__" and owner.is_super:
            self._use(symbol, "", node, call, owner.likely)
        else:
            self._use(symbol, name, node, call, owner.likely, is_class and not owner.is_super)

    def passed_on(self, symbol: Symbol, keywords: Sequence[ast.keyword], node: ast.Call) -> None:
        """Keywords that a class of the code hands on to the constructor of Keras below it."""
        if keywords and symbol.stack and not self.at.quiet:
            call = ast.copy_location(ast.Call(node.func, [], list(keywords)), node)
            self._use(symbol, "", node.func, call, symbol.guarded)

    def strings(self, stack: str, arguments: Arguments, areas: Mapping[str, tuple[str, Optional[int]]]) -> None:
        """Losses, metrics and the like are named by strings; ``areas`` says by which arguments, of which module."""
        stack = self.file_stack() if stack in ("", kinds.TENSORFLOW) else stack
        for keyword, (area, place) in areas.items() if stack and not self.at.quiet else ():
            found = arguments.find(keyword, place)
            for given in _strings_in(found[0]) if found is not None else ():
                symbol = Symbol(f"keras.{area}", f"{stack}.{area}", stack)
                self._use(symbol, f"get({given!r})", found[1] if found else arguments.nodes[0], None, False, True)

    def attribute(self, owner: Object, node: ast.Attribute, how: str, given: Value = UNKNOWN) -> None:
        """An attribute of an object is read or written."""
        entries = self.index.attributes.get(node.attr, ())
        for entry in entries if entries and not owner.hides(node.attr) else ():
            if owner.kind in entry.on and isinstance(entry.pattern, Attribute) and entry.pattern.how in ("", how):
                what = f"{owner.kind}.{node.attr}" + (" = ..." if how == "written" else "")
                site = Site(node.attr, node, owner, given=given)
                self._fits(entry, node, site, owner.stack, not owner.likely, what)

    def definition(self, local: Class, name: str, node: ast.AST, given: Value) -> None:
        """A class of the code defines a method, or gives itself an attribute."""
        defined = self.index.defined
        for entry in (*defined.get(name, ()), *defined.get("*", ())):
            if local.makes in entry.on:
                is_method = given.kind == "function"
                what = f"{local.makes} defines {name}" if is_method else f"{local.makes}.{name} = ..."
                self._fits(entry, node, Site(name, node, local, given=given), local.stack, True, what)

    # -- hits

    def stack_name(self, stack: str) -> str:
        """The stack with what the file itself does to it."""
        if stack == kinds.TF_KERAS and self.legacy is not None:
            return kinds.LEGACY if self.legacy else kinds.KERAS_3
        return stack

    def file_stack(self) -> str:
        """The stack of what is not known to be on one: the only one of the file, if there is only one."""
        return next(iter(self.stacks)) if len(self.stacks) == 1 else ""

    def _fits(
        self, entry: Entry, place: ast.AST, site: Site, stack: str, certain: bool, what: str, waits: str = ""
    ) -> None:
        """The place fits but for what all patterns have: stacks, the class around, and the rule's own check."""
        pattern = entry.pattern
        if self.at.unused or (self.at.quiet and isinstance(pattern, Name)):
            return
        if stack in ("", kinds.TENSORFLOW):
            file_stack = self.file_stack()
            stack = stack or file_stack
            if entry.stacks and file_stack and file_stack not in entry.stacks:
                return
        elif entry.stacks and stack not in entry.stacks:
            return
        if pattern.inside and (self.at.owner is None or self.at.owner.makes != pattern.inside):
            return
        site = site._replace(
            scope=self.at.number,
            branches=self.at.branches,
            imported=self.imported,
            stacks=tuple(self.stacks),
            events=self.events,
            dropped=site.node is self.dropped,
        )
        answer: Answer = pattern.when is None or pattern.when(site)
        if answer is False:
            return
        certain = certain and answer is True and not self.at.guards and not waits
        no_effect = str(answer) if isinstance(answer, NoEffect) else ""
        guarded = self.at.guards > 0
        hit = RawHit(entry, self.stack_name(stack), certain, self.at.cell, place, what, site, no_effect, guarded)
        if waits:
            self._pending.append((waits, hit))
        else:
            self.hits.append(hit)

    def settled(self) -> list[tuple[RawHit, bool]]:
        """One hit for each rule and line, the surest, and whether it is certain; in order."""
        hits = [*self.hits, *(hit for trait, hit in self._pending if trait in self.seen)]
        best: dict[tuple[str, int, int], tuple[RawHit, bool]] = {}
        firsts: dict[tuple[int, int], list[RawHit]] = {}
        for hit in sorted(hits, key=lambda hit: not hit.certain):
            if hit.entry.is_first:
                firsts.setdefault((id(hit.entry.whole), hit.site.scope), []).append(hit)
                firsts.setdefault((id(hit.entry.whole), _ANYWHERE), []).append(hit)
        for hit in hits:
            answer = _with_partner(hit, firsts)
            key = (hit.entry.rule.slug, hit.cell, position(hit.node)[0])
            known = best.get(key)
            if answer and (known is None or (not hit.no_effect, answer is True) > (not known[0].no_effect, known[1])):
                best[key] = (hit, answer is True)
        return sorted(best.values(), key=lambda one: (one[0].cell, *position(one[0].node), one[0].entry.rule.slug))


def _with_partner(hit: RawHit, firsts: Mapping[tuple[int, int], Sequence[RawHit]]) -> Answer:
    """Whether a hit counts by itself, or has what it must occur together with."""
    whole = hit.entry.whole
    if whole is None:
        return True if hit.certain else Certainty.LIKELY
    answer: Answer = False
    scope = hit.site.scope
    near = firsts.get((id(whole), scope), ())[:_MOST_PARTNERS]
    far = firsts.get((id(whole), 0 if scope else _ANYWHERE), ())[:_MOST_PARTNERS]
    for first in () if hit.entry.is_first else (*near, *far):
        fits: Answer = whole.when is None or whole.when(first.site, hit.site)
        if fits is True and hit.certain and first.certain and first.site.scope == scope:
            return True
        answer = Certainty.LIKELY if fits else answer
    return answer


def _is(given: Object, wanted: str) -> bool:
    return given.kind == wanted or wanted in given.traits


_Matched = tuple[Optional[ast.AST], list[str]]
"""The argument that makes a call fit (None for the call itself), and the keywords that the pattern names."""


def _match(wanted: Sequence[Argument], arguments: Arguments) -> Optional[_Matched]:
    """Whether the arguments are what the pattern wants; what is not known never is."""
    place: Optional[ast.AST] = None
    said: list[str] = []
    for argument in wanted:
        found = arguments.find(argument.keyword, argument.position)
        if argument.absent:
            if found is not None or arguments.open:
                return None
            continue
        if found is None or not _fits(argument, found[0]):
            return None
        place = found[1]
        if isinstance(place, ast.keyword):
            said.append(argument.keyword)
    return place, said


def _fits(wanted: Argument, value: Value) -> bool:
    if wanted.value is not ANY:
        choices = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
        constant = value.constant
        if not any(constant.__class__ is choice.__class__ and constant == choice for choice in choices):
            return False
    if wanted.kind and value.kind != wanted.kind and not (isinstance(value, Object) and wanted.kind in value.traits):
        return False
    if not (wanted.suffix or wanted.other_suffix):
        return True
    end, whole = value.end()
    if not end or (wanted.suffix and not end.endswith(wanted.suffix)):
        return False
    # What stands before the part that is known could complete a suffix: `name + "h5"`.
    others = wanted.other_suffix
    return not end.endswith(others) and (whole or not any(suffix.endswith(end) for suffix in others))


def called(node: ast.expr) -> str:
    """What an object is called, in lower case: the last part of ``self.model``."""
    if isinstance(node, ast.Name):
        return node.id.lower()
    return node.attr.lower() if isinstance(node, ast.Attribute) else ""


def _wording(name: str, said: Sequence[str]) -> str:
    """What the code does, in its own words."""
    if said:
        return f"{name[:-5] if name.endswith('(...)') else name}({', '.join(f'{keyword}=...' for keyword in said)})"
    return name if name.endswith(")") else f"{name}(...)"


def position(node: ast.AST) -> tuple[int, int]:
    """Where to point at, from line 1 and byte 0: for a dotted name that goes over several lines, at its last part."""
    line: int = getattr(node, "lineno", 1)
    offset: int = getattr(node, "col_offset", 0)
    if isinstance(node, ast.Attribute) and node.end_lineno is not None and node.end_lineno != line:
        return node.end_lineno, (node.end_col_offset or 0) - len(node.attr)
    return line, offset
