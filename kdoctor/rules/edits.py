"""The vocabulary in which a rule says how to rewrite code that it concerns, and what carries it out.

An edit replaces exact ranges of the source, so that comments, quotes and layout stay as they are. A rule lists edits;
the first that applies to a place is used. Names are written as in :mod:`kdoctor.rules.patterns`: ``keras.ops.mean``
becomes ``tf.keras.ops.mean`` where the code reaches Keras through ``tf.keras``; what begins with ``tf.`` stays so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Callable, NamedTuple, Optional, Union

from kdoctor.rules.patterns import ANY, Site

Range = tuple[int, int]
"""Offsets in a text, in characters."""
Make = Callable[["Editor"], bool]
"""Rewrites a place; False where it does not apply."""


@dataclass(frozen=True)
class Edit:
    """One way to rewrite the code."""

    make: Make
    unsafe: str = ""
    """What may change besides: numbers, names, file formats. Empty where the program does what it did on Keras 2."""


class Bound(NamedTuple):
    """A name that one import (or assignment) of the module binds, and nothing else."""

    dotted: str
    """What it is: ``tf.keras.layers``."""
    node: ast.AST
    """The statement."""
    source: Source
    """The piece of Python in which it is bound."""


class Source:
    """A piece of Python, with the positions of the syntax tree as offsets in its text."""

    def __init__(self, number: int, text: str, tree: ast.Module) -> None:
        self.number = number
        self.text = text
        self.tree = tree
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a place that the parser gives: a line from 1, a column in bytes."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        return self._starts[line - 1] + column

    def of(self, node: ast.AST) -> Range:
        """The range of an expression, argument or statement."""
        where = vars(node)
        return self.offset(where["lineno"], where["col_offset"]), self.offset(
            where["end_lineno"], where["end_col_offset"]
        )

    def said(self, node: ast.AST) -> str:
        """An expression as it is written."""
        start, end = self.of(node)
        return self.text[start:end]


class Module:
    """All pieces of Python of one file, and what their names stand for."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = {source.number: source for source in sources}
        self.parents: dict[ast.AST, ast.AST] = {}
        self._bound: dict[str, list[Optional[Bound]]] = {}
        """By name all that binds it; None for what is neither an import nor another name for one."""
        self._values: dict[str, ast.expr] = {}
        for source in sources:
            nodes: list[ast.AST] = [source.tree]
            for node in nodes:
                children = list(ast.iter_child_nodes(node))
                self.parents.update(dict.fromkeys(children, node))
                nodes += children
                for name, dotted in _bindings(node):
                    is_import = isinstance(node, (ast.Import, ast.ImportFrom))
                    self._bound.setdefault(name, []).append(Bound(dotted, node, source) if is_import else None)
                self._values.update(_set_by(node))
        for source in sources:
            for statement in source.tree.body:
                for name, value in _set_by(statement):
                    if self.dotted(value):
                        self._bound[name].remove(None)
                        self._bound[name].append(Bound(self.dotted(value), statement, source))

    def bound(self, name: str) -> Optional[Bound]:
        """What a name stands for in the whole file; None where that is not one thing."""
        bindings = self._bound.get(name, [])
        found = [bound for bound in bindings if bound and bound.dotted]
        if len(found) < len(bindings) or len({bound.dotted for bound in found}) > 1:
            return None
        return next((bound for bound in found if self.parents[bound.node] is bound.source.tree), None)

    def assigned(self, node: Optional[ast.AST]) -> Optional[ast.AST]:
        """What a name was set to, where that happens once in the file; anything else as it is."""
        is_once = isinstance(node, ast.Name) and len(self._bound.get(node.id, ())) == 1
        return self._values.get(node.id, node) if is_once and isinstance(node, ast.Name) else node

    def is_free(self, name: str) -> bool:
        """Whether nothing in the file is called that."""
        return name not in self._bound

    def names(self) -> Iterator[tuple[str, Bound]]:
        """Every name that stands for one thing in the whole file."""
        known = ((name, self.bound(name)) for name in self._bound)
        return ((name, bound) for name, bound in known if bound)

    def dotted(self, node: ast.AST) -> str:
        """What a dotted name stands for: ``tf.keras.layers.LSTM``; empty where that is not known."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        bound = self.bound(node.id) if isinstance(node, ast.Name) else None
        return ".".join([bound.dotted, *reversed(parts)]) if bound else ""


def _bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that a node binds, each with the dotted name that it stands for, if it does."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        known = dict(aliases(node))
        yield from ((one.asname or one.name.partition(".")[0], known.get(one, "")) for one in node.names)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, ""
    elif isinstance(node, ast.arg):
        yield node.arg, ""
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)) and node.name:
        yield node.name, ""


def _set_by(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The one name that an assignment sets, and its value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, node.value


def aliases(statement: Union[ast.Import, ast.ImportFrom]) -> Iterator[tuple[ast.alias, str]]:
    """What an import binds, each with the dotted name that it stands for."""
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            if not statement.level:
                yield alias, _short(f"{statement.module}.{alias.name}")
        else:
            yield alias, _short(alias.name if alias.asname else alias.name.partition(".")[0])


def _short(dotted: str) -> str:
    return re.sub(r"^tensorflow\b", "tf", dotted)


def _long(dotted: str) -> str:
    return re.sub(r"^tf\b", "tensorflow", dotted)


_DOORS = ("tf.keras", "keras", "tf_keras")
_IMPORTS = {
    "tf.keras": ("keras", "from tensorflow import keras"),
    "tf": ("tf", "import tensorflow as tf"),
    "keras": ("keras", "import keras"),
    "tf_keras": ("tf_keras", "import tf_keras"),
    "numpy": ("np", "import numpy as np"),
}
"""By what begins a name, the name that an import binds it to, and the import."""


def through(dotted: str) -> tuple[str, str]:
    """``tf.keras.layers.LSTM`` as the door ``tf.keras`` and the canonical ``keras.layers.LSTM``."""
    for door in _DOORS:
        if dotted == door or dotted.startswith(f"{door}."):
            return door, f"keras{dotted[len(door) :]}"
    return "", dotted


class Editor:
    """One place that is rewritten: what is known of it, and the changes so far."""

    def __init__(self, module: Module, source: Source, site: Site, place: ast.AST, door: str) -> None:
        self.module, self.source, self.site, self.door = module, source, site, door
        self.place = place
        """What the finding points at: a name, a call, an argument."""
        self.changes: list[tuple[Source, int, int, str]] = []
        """In which piece, from where to where, by what."""
        self.call = self._call()
        self.arguments = site.arguments

    def _call(self) -> Optional[ast.Call]:
        if isinstance(self.site.node, ast.Call):
            return self.site.node
        parent = self.module.parents.get(self.site.node)
        return parent if isinstance(parent, ast.Call) and parent.func is self.site.node else None

    # -- changes

    def replace(self, what: Union[ast.AST, Range], text: str, source: Optional[Source] = None) -> bool:
        """Write a text in the place of a node or range."""
        source = source or self.source
        start, end = what if isinstance(what, tuple) else source.of(what)
        self.changes.append((source, start, end, text))
        return True

    def said(self, node: ast.AST) -> str:
        """An expression as it is written."""
        return self.source.said(node)

    def rename_attribute(self, node: ast.AST, name: str) -> bool:
        """Another name behind the last dot."""
        if not isinstance(node, ast.Attribute):
            return False
        end = self.source.of(node)[1]
        return self.replace((end - len(node.attr), end), name)

    def drop(self, arguments: Sequence[ast.AST], siblings: Sequence[ast.AST]) -> bool:
        """Take arguments out, with their commas; those that stand on lines of their own, with the lines."""
        ranges = sorted((self.source.of(one), one in arguments) for one in siblings)
        runs = [list(run) for is_dropped, run in groupby(ranges, key=lambda each: each[1]) if is_dropped]
        for run in runs:
            start, end = run[0][0][0], run[-1][0][1]
            before = max((one[1] for one, is_dropped in ranges if one[1] <= start and not is_dropped), default=None)
            follows = any(one[0] >= end for one, _ in ranges)
            self.replace(self._with_comma(start, end, before, follows), "")
        return bool(runs)

    def _with_comma(self, start: int, end: int, before: Optional[int], follows: bool) -> Range:
        text = self.source.text
        line = text.rfind("\n", 0, start) + 1
        rest = _match(r"[ \t]*,?[ \t]*(#[^\n]*)?\n", text, end)
        if not text[line:start].strip() and rest > end:
            return line, rest
        after = _match(r"\s*,", text, end)
        if follows and after > end:
            return start, _match(r"[ \t]*", text, after)
        if before is not None and "#" not in text[before:start]:
            return before, end
        return start, max(after, end)

    def drop_keywords(self, *names: str) -> bool:
        """Take keyword arguments out of the call; False where it has none of them."""
        given = [self.arguments.keywords[name][1] for name in names if name in self.arguments.keywords]
        return self.call is not None and self.drop(given, [*self.call.args, *self.call.keywords])

    def add_keyword(self, name: str, value: str) -> bool:
        """Give one more argument, behind the last."""
        call = self.call
        if call is None or self.arguments.open or name in self.arguments.keywords:
            return False
        given = [*call.args, *call.keywords]
        end = self.source.of(call)[1] - 1
        if given:
            end = _match(
                r"[\s)]*(?=\s*,?\s*(#[^\n]*)?\s*\))", self.source.text, max(self.source.of(one)[1] for one in given)
            )
        return self.replace((end, end), f"{', ' if given else ''}{name}={value}")

    def wrap(self, node: ast.AST, before: str, after: str) -> bool:
        """Write something around an expression."""
        start, end = self.source.of(node)
        return self.replace((start, start), before) and self.replace((end, end), after)

    def statement(self) -> Optional[ast.stmt]:
        """The statement that is nothing but this call, alone on its lines."""
        parent = self.module.parents.get(self.call) if self.call is not None else None
        return parent if isinstance(parent, ast.Expr) and self.margin(parent) is not None else None

    def name_arguments(self, *parameters: str) -> bool:
        """Write the names of positional arguments before them; an empty one stays without.

        Args:
            parameters: how the arguments are called, in order.
        """
        nodes = self.arguments.nodes
        if self.arguments.starred or len(nodes) > len(parameters):
            return False
        for node, name in zip(nodes, parameters):
            start = self.source.of(node)[0]
            if name:
                if name in self.arguments.keywords or self.source.text[:start].rstrip()[-1:] not in ("(", ","):
                    return False
                self.replace((start, start), f"{name}=")
        return True

    def margin(self, statement: ast.AST) -> Optional[str]:
        """The indentation of a statement; None where it is not alone on its lines."""
        start, end = self.source.of(statement)
        text = self.source.text
        before = text[text.rfind("\n", 0, start) + 1 : start]
        return None if before.strip() or _match(r"[ \t]*(#[^\n]*)?(\n|$)", text, end) == end < len(text) else before

    # -- names

    def name(self, *wanted: str) -> str:
        """How to write a name at this place, with a new import where it needs one; empty where there is no way.

        Args:
            wanted: ``keras.ops.mean`` through the door of this place, or a name under ``tf.``; several that are the
                same.
        """
        names = [self._spelled(one) for one in wanted]
        # Where another door is meant than that of the place, its whole name says so.
        weight = -1 if wanted[0].startswith("tf.keras.") else 1
        known = [
            (weight * len(bound.dotted), name + dotted[len(bound.dotted) :])
            for name, bound in self.module.names()
            for dotted in names
            if f"{dotted}.".startswith(f"{bound.dotted}.") and self._comes_before(bound.source, bound.node)
        ]
        if known:
            return max(known, key=lambda one: one[0])[1]
        for root, (name, statement) in _IMPORTS.items():
            is_meant = names[0].startswith(f"{root}.") and (root != "tf.keras" or self.door == root)
            if is_meant and self.module.is_free(name) and self._import(statement):
                return name + names[0][len(root) :]
        return ""

    def _spelled(self, wanted: str) -> str:
        return self.door + wanted[len("keras") :] if wanted.split(".")[0] == "keras" else wanted

    def _comes_before(self, source: Source, node: ast.AST) -> bool:
        line = getattr(node, "lineno", 1)
        return (source.number, line) < (self.source.number, getattr(self.place, "lineno", 1))

    def _import(self, statement: str) -> bool:
        """Add an import behind the last one of TensorFlow or Keras that stands above the place."""
        above = [
            (source, one)
            for source in self.module.sources.values()
            for one in source.tree.body
            if isinstance(one, (ast.Import, ast.ImportFrom)) and self._comes_before(source, one)
            if any(re.match(r"(tf|keras|tf_keras)\b", dotted) for _, dotted in aliases(one))
        ]
        if not above:
            return False
        source, one = above[-1]
        end = source.text.find("\n", source.of(one)[1])
        end = len(source.text) if end < 0 else end
        return self.replace((end, end), f"\n{statement}", source)

    def rename(self, node: ast.AST, names: Mapping[str, str]) -> bool:
        """Write another name, by the longest beginning that is among ``names``; in an import it stays bound as before.

        Args:
            node: an import (or one name in it), or a dotted name.
            names: canonical names, or beginnings of such, with what takes their place.
        """
        if isinstance(node, ast.alias):
            node = self.module.parents.get(node, node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._rename_import(node, names, self.source)
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return False
        new = self._renamed(self.module.dotted(node), names)
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        bound = self.module.bound(root.id) if new and isinstance(root, ast.Name) else None
        if bound is None:
            return False
        if self._renamed(bound.dotted, names) and isinstance(bound.node, (ast.Import, ast.ImportFrom)):
            return self._rename_import(bound.node, names, bound.source)
        if not new.startswith(f"{bound.dotted}."):
            said = self.name(new)
            return bool(said) and self.replace(node, said)
        start, end = self.source.of(root)[1], self.source.of(node)[1]
        return "#" not in self.source.text[start:end] and self.replace((start, end), new[len(bound.dotted) :])

    def _renamed(self, dotted: str, names: Mapping[str, str]) -> str:
        """The name that takes the place of a dotted one; empty where none does."""
        door, name = through(dotted)
        for old in sorted(names, key=len, reverse=True):
            if name == old or name.startswith(f"{old}."):
                new = names[old] + name[len(old) :]
                return door + new[len("keras") :] if door and new.split(".")[0] == "keras" else new
        return ""

    def _rename_import(
        self, statement: Union[ast.Import, ast.ImportFrom], names: Mapping[str, str], source: Source
    ) -> bool:
        if isinstance(statement, ast.Import):
            alias = next((one for one in statement.names if self._renamed(_short(one.name), names)), None)
            if alias is None or len(statement.names) > 1:
                return False
            new = _long(self._renamed(_short(alias.name), names))
            return self.replace(statement, f"import {new}" + (f" as {alias.asname}" if alias.asname else ""), source)
        new_names = {alias: self._renamed(dotted, names) for alias, dotted in aliases(statement)}
        modules = {new.rpartition(".")[0] for new in new_names.values()}
        kept = all(alias.name == new.rpartition(".")[2] for alias, new in new_names.items())
        if len(modules) == 1 and "" not in modules and kept and len(new_names) == len(statement.names):
            start = source.of(statement)[0]
            found = re.compile(r"from\s+([\w.]+)").match(source.text, start)
            return found is not None and self.replace(found.span(1), _long(modules.pop()), source)
        moved = [(alias, new) for alias, new in new_names.items() if new]
        lines = [_import_line(new, alias.asname or alias.name) for alias, new in moved]
        if not moved or not all(lines):
            return False
        start, end = source.of(statement)
        if len(moved) == len(statement.names):
            return self.replace((start, end), self._joined(lines, start, source), source)
        if len(moved) > 1 or not hasattr(moved[0][0], "lineno"):
            # The names that stay are written anew; comments between them would be lost.
            if "#" in source.text[start:end]:
                return False
            stay = [alias for alias in statement.names if not new_names.get(alias)]
            said = ", ".join(f"{one.name} as {one.asname}" if one.asname else one.name for one in stay)
            lines.append(f"from {statement.module} import {said}")
            return self.replace((start, end), self._joined(lines, start, source), source)
        outer, self.source = self.source, source
        done = self.drop([moved[0][0]], list(statement.names))
        self.source = outer
        return done and self.replace((start, start), self._joined([*lines, ""], start, source), source)

    def _joined(self, lines: Sequence[str], start: int, source: Source) -> str:
        """Statements under one another, indented as the place is; behind a semicolon, in its line."""
        indentation = source.text[source.text.rfind("\n", 0, start) + 1 : start]
        return (f"\n{indentation}" if not indentation.strip() else "; ").join(lines)


def _import_line(dotted: str, bound: str) -> str:
    module, _, name = _long(dotted).rpartition(".")
    end = "" if name == bound else f" as {bound}"
    return f"from {module} import {name}{end}" if module else f"import {name}{end}"


def _match(pattern: str, text: str, start: int) -> int:
    """Where what matches at this offset ends; the offset itself where nothing does."""
    found = re.compile(pattern).match(text, start)
    return found.end() if found else start


# ------------------------------------------------------------------------------------------------- the vocabulary


def rename_keyword(old: str, new: str) -> Make:
    """``old=`` becomes ``new=``."""

    def make(editor: Editor) -> bool:
        found = editor.arguments.keywords.get(old)
        if found is None or new in editor.arguments.keywords:
            return False
        start = editor.source.of(found[1])[0]
        return editor.replace((start, start + len(old)), new)

    return make


def drop_keyword(*names: str, value: object = ANY) -> Make:
    """The keyword arguments are left out; with ``value`` only where they are that constant, or one of
    these.
    """

    def make(editor: Editor) -> bool:
        given = [editor.arguments.value(name) for name in names if name in editor.arguments.keywords]
        wanted = value if isinstance(value, tuple) else (value,)
        return (value is ANY or all(one.constant in wanted for one in given)) and editor.drop_keywords(*names)

    return make


def add_keyword(name: str, value: str) -> Make:
    """One more keyword argument."""
    return lambda editor: editor.add_keyword(name, value)


def rename_member(names: Mapping[str, str]) -> Make:
    """Another method or attribute of the same object."""

    def make(editor: Editor) -> bool:
        node = editor.call.func if editor.call is not None else editor.site.node
        return (
            isinstance(node, ast.Attribute) and node.attr in names and editor.rename_attribute(node, names[node.attr])
        )

    return make


def rename(names: Mapping[str, str]) -> Make:
    """A name moved, or is called otherwise; what is under it goes along."""

    def make(editor: Editor) -> bool:
        return editor.rename(editor.site.node, names)

    return make


def replace_call(functions: Mapping[str, tuple[str, str]]) -> Make:
    """Another function with the same arguments.

    Args:
        functions: by canonical name the new name, and the parameters in order: ``x axis keepdims``. One that is called
            otherwise there is written ``input_tensor=x``, one that must be given ``axis!``; those behind ``*`` are
            given by keyword only. A call with any other argument is left as it is.
    """

    def make(editor: Editor) -> bool:
        call = editor.call
        new, parameters = functions.get(through(editor.module.dotted(call.func))[1] if call else "", ("", ""))
        if call is None or not new or editor.arguments.open or editor.arguments.starred:
            return False
        positional = parameters.partition("*")[0]
        needed = [one.strip("!").partition("=")[0] for one in parameters.split() if one.endswith("!")]
        names = {one.partition("=")[0]: one.rpartition("=")[2] for one in parameters.replace("!", "").split()}
        order = [one.strip("!").partition("=")[0] for one in positional.split()]
        given = [keyword.arg or "" for keyword in call.keywords]
        if len(call.args) > len(order) or not set(given) <= set(names):
            return False
        if not set(needed) <= {*given, *order[: len(call.args)]}:
            return False
        for keyword, name in zip(call.keywords, given):
            start = editor.source.of(keyword)[0]
            if names[name] != name:
                editor.replace((start, start + len(name)), names[name])
        said = editor.name(new)
        return bool(said) and editor.replace(call.func, said)

    return make


def changed_by(edits: Iterable[Edit], editor: Editor) -> Optional[Edit]:
    """Makes the changes of the first edit that applies; None where none does."""
    for edit in edits:
        if edit.make(editor) and editor.changes:
            return edit
        editor.changes.clear()
    return None
