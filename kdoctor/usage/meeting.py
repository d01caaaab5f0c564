"""Meeting the rules' patterns: what is known at a place of the code is held against what the patterns want."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NamedTuple, Optional, Union

from kdoctor.usage import kinds
from kdoctor.usage.index import Entry, Index, Symbol
from kdoctor.usage.matching import Matched, match_arguments, receiver_name, wording
from kdoctor.usage.model import KERAS_3, LEGACY, TENSORFLOW, TF_KERAS
from kdoctor.usage.objects import joined_tensors, made_by, several
from kdoctor.usage.patterns import Applied, Attribute, Call, Environ, Method, TensorFlowOnSymbolic
from kdoctor.usage.values import Arguments, Function, LocalClass, Many, Thing, Value

HINTS = {
    kinds.MODEL: re.compile(r"(?:.*_)?(?:model|autoencoder|network)\d*"),
    kinds.LAYER: re.compile(r"(?:.*_)?(?:layer|lstm|gru|rnn)\d*"),
    kinds.OPTIMIZER: re.compile(r"(?:.*_)?(?:optimizer|optimiser|opt|optim)\d*"),
    kinds.METRIC: re.compile(
        r"(?:.*_)?(?:metric|tracker)|(?:train|test|val|valid|validation|epoch)_(?:loss|acc|accuracy|mae|mse|auc)\w*"
    ),
    kinds.HISTORY: re.compile(r"(?:.*_)?(?:history|hist)\d*"),
}
"""What objects of a kind are usually called."""


class RawUse(NamedTuple):
    """A name that was met, before uses of the same name are put together."""

    symbol: Symbol
    member: str
    cell: int
    line: int
    offset: int
    call: Optional[ast.Call]
    likely: bool


class RawHit(NamedTuple):
    """A pattern that was met."""

    entry: Entry
    stack: str
    certain: bool
    cell: int
    line: int
    offset: int
    end_line: int
    what: str
    scope: int


class Meeting:
    """What a reader has met so far, and where it stands; :class:`kdoctor.usage.flow.Flow` moves it on."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.uses: list[RawUse] = []
        self.hits: list[RawHit] = []
        self.stacks: dict[str, None] = {}
        """Those that were imported, in order."""
        self.legacy: Optional[bool] = None
        """What the file sets TF_USE_LEGACY_KERAS to before it imports TensorFlow."""
        self._owner: Optional[LocalClass] = None
        """The class in whose text the reader is."""
        self._cell = 0
        self._guards = 0
        """How many version checks, and ``try`` blocks with a fallback, stand around."""
        self._doubts = 0
        """How many names around stand for one of several things; what is used is then no question to a release."""
        self._quiet = False
        """Whether this was read before, so that its uses are known."""
        self._scope_number = 0
        self._pending: list[tuple[int, RawHit]] = []
        """Hits on things whose traits are not known; they count, as likely, if anything in the file has the trait."""

    def _met(self, value: Value, node: ast.AST, call: Optional[ast.Call], imported: bool = False) -> None:
        if value.__class__ is Symbol:
            if value.stack or value.on_name:
                self._met_symbol(value, node, call, False, True, imported)
            return
        several = value.likely and len(value.symbols) > 1
        self._doubts += value.guarded
        for number, symbol in enumerate(value.symbols):
            if several and not symbol.on_name:
                continue
            self._met_symbol(symbol, node, call, value.likely or number > 0, True, imported)
        self._doubts -= value.guarded

    def _met_symbol(
        self,
        symbol: Symbol,
        node: ast.AST,
        call: Optional[ast.Call],
        likely: bool,
        written: bool,
        imported: bool = False,
    ) -> None:
        """A name is used; ``written`` says whether it is written out here rather than imported earlier."""
        if self._quiet:
            return
        stack = symbol.stack
        if stack and stack not in self.stacks and stack != TENSORFLOW:
            self.stacks[stack] = None
        likely = likely or self._guards > 0
        if stack:
            line, offset = position(node)
            self.uses.append(RawUse(symbol, "", self._cell, line, offset, call, likely or self._doubts > 0))
        if written:
            for entry in symbol.on_name:
                wanted: Optional[bool] = entry.pattern.imported  # type: ignore[union-attr]
                if wanted is None or wanted is imported:
                    self._emit(entry, node, stack, not likely, symbol.spelled)

    def stack_name(self, stack: str) -> str:
        """The stack with what the file itself does to it."""
        if stack == TF_KERAS and self.legacy is not None:
            return LEGACY if self.legacy else KERAS_3
        return stack

    def file_stack(self) -> str:
        """The stack of what is not known to be on one: the only one of the file, if there is only one."""
        return next(iter(self.stacks)) if len(self.stacks) == 1 else ""

    def _emit(self, entry: Entry, node: ast.AST, stack: str, certain: bool, what: str, trait: int = 0) -> None:
        if not stack or stack == TENSORFLOW:
            file_stack = self.file_stack()
            stack = stack or file_stack
            if entry.stacks and file_stack and file_stack not in entry.stacks:
                return
        elif entry.stacks and stack not in entry.stacks:
            return
        if entry.inside and (self._owner is None or self._owner.kind != entry.inside):
            return
        line, offset = position(node)
        hit = RawHit(
            entry,
            self.stack_name(stack),
            certain and not self._guards and not trait,
            self._cell,
            line,
            offset,
            getattr(node, "end_lineno", None) or line,
            what,
            self._scope_number,
        )
        if trait:
            self._pending.append((trait, hit))
        else:
            self.hits.append(hit)

    def _emit_matched(
        self, entry: Entry, matched: Matched, node: ast.Call, stack: str, likely: bool, name: str, trait: int = 0
    ) -> None:
        place = matched.place if matched.place is not None else node.func
        self._emit(entry, place, stack, not likely, wording(name, matched), trait)

    def _match_call(self, entry: Entry, symbol: Symbol, node: ast.Call, arguments: Arguments, likely: bool) -> None:
        pattern = entry.pattern
        if pattern.__class__ is TensorFlowOnSymbolic:
            self._match_symbolic(entry, symbol, node, arguments)
            return
        if pattern.__class__ is Call:
            matched = match_arguments(pattern, arguments)
            if matched is not None:
                self._emit_matched(entry, matched, node, symbol.stack, likely or pattern.likely, symbol.spelled)

    def _match_symbolic(self, entry: Entry, symbol: Symbol, node: ast.Call, arguments: Arguments) -> None:
        if symbol.kind != kinds.TF_FUNCTION:
            return
        given = joined_tensors(arguments.everything())
        if given is None or given.kind != kinds.TENSOR:
            return
        but: tuple[str, ...] = entry.pattern.but  # type: ignore[union-attr]
        if any(symbol.spelled == name or symbol.spelled.startswith(name + ".") for name in but):
            return
        self._emit(entry, node.func, given.stack, not given.likely, f"{symbol.spelled}(symbolic tensor)")

    def _match_applied(
        self, entry: Entry, thing: Thing, given: Optional[Thing], node: ast.Call, arguments: Arguments
    ) -> None:
        pattern: Applied = entry.pattern  # type: ignore[assignment]
        matched = match_arguments(pattern, arguments)
        if matched is None or (pattern.own_mask and not _has_own_mask(thing)):
            return
        trait = kinds.TRAITS.get(pattern.to, 0)
        waits = 0
        if trait:
            if given is not None and given.traits & trait:
                pass
            elif trait == kinds.MASKED and (given is None or given.open):
                waits = trait
            else:
                return
        elif pattern.to == "tensor":
            if given is None or given.kind != kinds.TENSOR:
                return
        elif pattern.to == "several" and not several(node):
            return
        name = thing.symbol.spelled if thing.symbol is not None else thing.kind
        self._emit_matched(entry, matched, node, thing.stack, thing.likely, f"{name}(...)", waits)

    def _match_method(self, entry: Entry, thing: Thing, node: ast.Call, arguments: Arguments) -> None:
        pattern: Method = entry.pattern  # type: ignore[assignment]
        if thing.kind not in entry.on or (pattern.of and not made_by(thing, pattern.of)):
            return
        matched = match_arguments(pattern, arguments)
        if matched is None or (pattern.fewer and not _names_fewer(pattern.fewer, thing, arguments)):
            return
        waits = 0
        if pattern.having:
            trait = kinds.TRAITS[pattern.having]
            if not thing.traits & trait:
                if not thing.open:
                    return
                waits = trait
        function: ast.Attribute = node.func  # type: ignore[assignment]
        name = f"{thing.kind}.{function.attr}"
        self._emit_matched(entry, matched, node, thing.stack, thing.likely or pattern.likely, name, waits)

    def _match_kept(self, on: str, stack: str, name: str, value: Value, node: ast.AST) -> None:
        """An object is given something to keep."""
        for item in value.items if value.__class__ is Many else (value,):
            if item.__class__ is Thing:
                for entry in self.index.kept.get(item.kind, ()):
                    if on in entry.on and entry.pattern.name in ("", name):  # type: ignore[union-attr]
                        self._emit(entry, node, stack, not item.likely, f"{on}.{name} = {item.kind}")

    def _match_attribute(self, entry: Entry, thing: Thing, node: ast.Attribute, written: bool) -> None:
        pattern: Attribute = entry.pattern  # type: ignore[assignment]
        if thing.kind not in entry.on or (pattern.written is not None and pattern.written is not written):
            return
        if pattern.of and not made_by(thing, pattern.of):
            return
        self._emit(
            entry, node, thing.stack, not thing.likely, f"{thing.kind}.{node.attr}" + (" = ..." if written else "")
        )

    def _match_variable(self, entry: Entry, known: object, when: str, node: ast.AST, certain: bool) -> None:
        pattern: Environ = entry.pattern  # type: ignore[assignment]
        if pattern.when and pattern.when != (when or "first"):
            return
        if pattern.values and known is not None and known not in pattern.values:
            return
        said = {
            "": "",
            "after-import": " after TensorFlow was imported",
            "after-use": " after tf.keras was used",
            "without-effect": " where this process does not see it",
        }[when]
        certain = certain and not (pattern.values and known is None)
        self._emit(entry, node, "", certain, f"{pattern.variable} is set{said}")

    def _match_history(self, thing: Thing, key: Value, node: ast.Subscript) -> None:
        if key.__class__ is not ast.Constant or not isinstance(key.value, str):
            return
        name = key.value[4:] if key.value.startswith("val_") else key.value
        for entry in self.index.history_keys.get(name, ()):
            self._emit(entry, node.slice, thing.stack, not thing.likely, f"history[{key.value!r}]")

    def _match_definition(self, entry: Entry, local: LocalClass, function: Function) -> None:
        pattern = entry.pattern
        if local.kind not in entry.on:
            return
        wanted: Optional[int] = pattern.parameters  # type: ignore[union-attr]
        arguments = function.node.args
        if wanted is not None:
            if arguments.vararg is not None:
                return
            if len(arguments.posonlyargs) + len(arguments.args) - function.binds_self != wanted:
                return
        self._emit(entry, function.node, local.stack, True, f"{local.kind} defines {function.node.name}")

    def _guess(
        self,
        entries: Iterable[Entry],
        node: ast.Attribute,
        call: Optional[tuple[ast.Call, Arguments]],
        written: bool,
    ) -> None:
        """An object of which nothing is known: it counts, as likely, for what its name says it is."""
        if not self.stacks:
            return
        name = receiver_name(node.value)
        for entry in entries:
            pattern: Union[Method, Attribute] = entry.pattern  # type: ignore[assignment]
            hinted = any(kind in HINTS and HINTS[kind].fullmatch(name) for kind in entry.on)
            if pattern.of or getattr(pattern, "fewer", "") or not (pattern.distinctive or hinted):
                continue
            what = f"{name or entry.on[0]}.{node.attr}"
            if call is None:
                wanted = pattern.written  # type: ignore[union-attr]
                if wanted is None or wanted is written:
                    self._emit(entry, node, "", False, what)
                continue
            matched = match_arguments(pattern, call[1])  # type: ignore[arg-type]
            if matched is not None:
                waits = kinds.TRAITS.get(pattern.having, 0)  # type: ignore[union-attr]
                self._emit_matched(entry, matched, call[0], "", True, what, waits)


def _names_fewer(keyword: str, model: Thing, arguments: Arguments) -> bool:
    """Whether the dictionary that is given as this has fewer entries than the model has outputs."""
    given = arguments.find(None, keyword)[2]
    outputs = model.arguments.find(1, "outputs")[0] if model.arguments is not None else None
    if not isinstance(given, ast.Dict) or outputs.__class__ is not Many or None in given.keys:
        return False
    return 0 < len(given.keys) < len(outputs.items)


def _has_own_mask(layer: Thing) -> bool:
    """Whether its class is the code's own, with a ``call`` that takes several inputs and one ``mask``."""
    call = layer.local.method("call") if layer.local is not None else None
    if call is None:
        return False
    arguments = call.node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    return "mask" in names and len(names) - len(arguments.defaults) >= 3


def position(node: ast.AST) -> tuple[int, int]:
    """Where to point at: for a dotted name that goes over several lines, at its last part."""
    line: int = getattr(node, "lineno", 1)
    offset: int = getattr(node, "col_offset", 0)
    if isinstance(node, ast.Attribute) and node.end_lineno is not None and node.end_lineno != line:
        return node.end_lineno, (node.end_col_offset or 0) - len(node.attr)
    return line, offset
