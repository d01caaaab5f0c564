"""Reads one file after the other: cells, names, what matches the rules' patterns, what comments ignore."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Optional, Protocol

from kdoctor.code import Hit, Use
from kdoctor.code.cells import Cell, Ignore, NotPythonError, decode, is_code, is_notebook, read_cells, read_ignores
from kdoctor.code.fixes import Fixer
from kdoctor.code.match import Index, Matcher, RawUse, RulePatterns, position
from kdoctor.code.places import IgnoredUse, Location, Remark
from kdoctor.code.resolve import Resolver
from kdoctor.environment.model import Lost, Unread
from kdoctor.files import MIB, MOST_CODE, Unreadable, read
from kdoctor.rules.code import ARGUMENT_REFUSED, NAME_MISSING
from kdoctor.rules.edits import Edit
from kdoctor.rules.patterns import Pattern
from kdoctor.words import LEGACY_VARIABLE, Certainty, Severity

LOOKED_UP = (NAME_MISSING.code, ARGUMENT_REFUSED.code)
"""Rules whose places are found by a look-up of the names; their patterns say only how a place is rewritten."""
READER_FAILED = "kdoctor failed to read it; please report that"
_FOR_KERAS_3 = (
    re.compile(r"keras(?:>=|==|~=)3"),
    re.compile(r"""KERAS_BACKEND["']\]?\s*[=,:]\s*["'](?:jax|torch)"""),
    re.compile(r"""\.keras["'](?<!tf.keras.)(?<!tensorflow.keras.)(?<!python.keras.)"""),
)
"""What only code for Keras 3 says: its release, another backend, a file in its format. Each begins with a literal, by
which text is searched ten times faster."""
_ONLY_KERAS_3 = ("keras.ops", "keras.random")
_OTHER_WAY = "the code is written for Keras 3, and has another way there for Keras 2"
_MENTIONS = (b"keras", b"tensorflow", LEGACY_VARIABLE.encode())


class HasPatterns(Protocol):
    """What is needed of a rule here; :class:`kdoctor.report.Rule` has it."""

    @property
    def code(self) -> str:
        """``KD201``."""

    @property
    def slug(self) -> str:
        """``ctc-batch-cost``."""

    @property
    def uses(self) -> tuple[Pattern, ...]:
        """What code that it concerns looks like."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """How such code is rewritten."""


class Reader:
    """Gathers what files use. No method raises, whatever is in a file."""

    def __init__(self, rules: Iterable[HasPatterns], ignore_legacy: bool = False) -> None:
        patterns = [RulePatterns(rule.code, rule.slug, tuple(rule.uses), tuple(rule.edits)) for rule in rules]
        self._index = Index(patterns)
        self._known = {name for rule in patterns for name in (rule.code, rule.slug)}
        self._with_patterns = {
            name for rule in patterns if rule.uses and rule.code not in LOOKED_UP for name in (rule.code, rule.slug)
        }
        self.uses: list[Use] = []
        self.hits: list[Hit] = []
        self.moved: list[Hit] = []
        """Names and arguments that have a successor, where the release lacks them."""
        self.sources: dict[str, bytes] = {}
        """What was read of the files in which an edit is known."""
        self.ignored: list[IgnoredUse] = []
        self.ignores: list[tuple[str, Ignore]] = []
        self.unread: list[Unread] = []
        self.for_keras_3: set[str] = set()
        self.remarks: list[Remark] = []
        self.cells = 0
        self.imports: set[str] = set()
        self.on_legacy: list[str] = []
        self._ignore_legacy = ignore_legacy

    def read_file(self, path: str, named: bool = False) -> None:
        """A file; of one that the user named, it is also said where it is not code, or not Python."""
        try:
            data = read(path, MOST_CODE)
        except Unreadable as error:
            self._lose(path, error.reason)
        else:
            self.read_bytes(path, data, named)

    def read_bytes(self, path: str, data: bytes, named: bool = False) -> None:
        """What was read already."""
        if len(data) > MOST_CODE:
            self._lose(path, f"too large: at most {MOST_CODE // MIB} MiB are read")
            return
        # A syntax tree has no cycles, so looking for some while it grows is a waste that is easily a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            if named and not is_code(path, data):
                self._lose(path, "not code: neither Python nor a notebook")
            elif any(word in data for word in _MENTIONS) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
                self._read(path, data)
            elif named or is_notebook(path, data):
                self.unread += read_cells(path, data).unread
            elif b"\0" in data:  # UTF-16 without a mark, so that nothing is mentioned
                self._lose(path, "holds null bytes")
            else:
                decode(data)
        except NotPythonError as error:
            self._lose(path, error.reason, error.line)
        except Exception as error:  # a fault of the reader must not cost the other files
            self._lose(path, f"{READER_FAILED} ({type(error).__name__}: {error})")
        finally:
            if collects:
                gc.enable()

    def _lose(self, path: str, reason: str, line: int = 0) -> None:
        self.unread.append(Unread(path, reason, line, lost=Lost.ALL))

    def _read(self, path: str, data: bytes) -> None:
        read = read_cells(path, data)
        self.unread += read.unread
        matcher = Matcher(self._index, self._ignore_legacy)
        resolver = Resolver(matcher)
        ignores: list[Ignore] = []
        for cell in read.cells:
            found, wrong = read_ignores(path, cell, self._known)
            ignores += found
            self.remarks += wrong
            self.cells += bool(cell.number)
            resolver.read(cell.tree, cell.number)
        resolver.finish()
        self.imports |= resolver.packages
        if matcher.legacy:
            self.on_legacy.append(path)
        self.unread += (Unread(path, one.reason, one.line, one.cell, one.lost) for one in resolver.troubles)
        lines = _Lines(path, read.cells, matcher)
        fixer = Fixer(read.cells)
        uses = (_use(raw, lines) for raw in matcher.uses)
        self.uses += (use for use in uses if not (use.is_string and matcher.registers))
        for_keras_3 = _is_for_keras_3(matcher, read.cells)
        if for_keras_3:
            self.for_keras_3.add(path)
        needed: set[Ignore] = set()
        for raw, certain in matcher.settled():
            rule = raw.entry.rule
            # A look-up finds the name, not its argument.
            node = raw.site.node if rule.code in LOOKED_UP else raw.node
            where = lines.location(node, raw.cell, raw.stack, certain, raw.what)
            if rule.edits:
                where = replace(where, fix=fixer.fix(raw, where))
                if where.fix:
                    self.sources[path] = data
            ignore = None if rule.code in LOOKED_UP else _ignore(ignores, rule, where)
            if rule.code in LOOKED_UP:
                self.moved.append(Hit(rule.code, rule.slug, where))
            elif ignore is None:
                no_effect = raw.no_effect or (_OTHER_WAY if for_keras_3 and raw.guarded else "")
                self.hits.append(Hit(rule.code, rule.slug, where, no_effect, raw.entry.weight))
            else:
                needed.add(ignore)
                self.ignored.append(IgnoredUse(rule.code, rule.slug, where, ignore.reason))
        for ignore in ignores:
            self.ignores.append((path, ignore))
            if ignore not in needed and ignore.code in self._with_patterns:
                said = f"this comment ignores {ignore.code}, which is not found in its line"
                self.remarks.append(Remark(Severity.INFO, said, Location(path, ignore.line, cell=ignore.cell)))
        resolver.forget()


def _is_for_keras_3(matcher: Matcher, cells: Iterable[Cell]) -> bool:
    names = {raw.symbol.name for raw in matcher.uses if not raw.likely}
    if any(name == only or name.startswith(f"{only}.") for name in names for only in _ONLY_KERAS_3):
        return True
    return any(one.search(cell.text) for cell in cells for one in _FOR_KERAS_3)


def _ignore(ignores: Sequence[Ignore], rule: RulePatterns, where: Location) -> Optional[Ignore]:
    """The comment that ignores a hit: in its first line, or its last."""
    lines = (where.line, where.end_line)
    for one in ignores:
        if one.cell == where.cell and one.line in lines and one.code in (rule.code, rule.slug):
            return one
    return None


class _Lines:
    """The lines of a file's cells, and the places in them."""

    def __init__(self, path: str, cells: Sequence[Cell], matcher: Matcher) -> None:
        self._path = path
        self._cells = {cell.number: cell.text for cell in cells}
        self._lines: dict[int, list[str]] = {}
        self._known: dict[tuple[int, int], tuple[str, str, bool]] = {}
        """Of each line that was asked for: the line, what a report shows of it, and whether it is ASCII alone."""
        self._stacks = matcher

    def _line(self, cell: int, number: int) -> tuple[str, str, bool]:
        if cell not in self._lines:
            self._lines[cell] = self._cells[cell].split("\n")
        lines = self._lines[cell]
        text = lines[number - 1] if number <= len(lines) else ""
        known = self._known[cell, number] = (text, text.strip()[:200], text.isascii())
        return known

    def location(self, node: ast.AST, cell: int, stack: str, certain: bool, what: str) -> Location:
        """Where an expression stands. Where its stack is not known, it is the only one of the file, if there is one."""
        line, offset = position(node)
        text, shown, is_ascii = self._known.get((cell, line)) or self._line(cell, line)
        if not is_ascii:  # the parser counts bytes
            offset = len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore"))
        return Location(
            path=self._path,
            line=line,
            column=offset + 1,
            end_line=getattr(node, "end_lineno", None) or line,
            cell=cell,
            stack=self._stacks.stack_name(stack or self._stacks.file_stack()),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
            what=what,
            text=shown,
        )


def _use(raw: RawUse, lines: _Lines) -> Use:
    call = raw.call
    name = f"{raw.symbol.spelled}.{raw.member}" if raw.member else raw.symbol.spelled
    where = lines.location(raw.node, raw.cell, raw.symbol.stack, not raw.likely, name)
    if call is None:
        return Use(name, where, member=bool(raw.member), exact=raw.exact)
    keywords = tuple(keyword.arg for keyword in call.keywords if keyword.arg is not None)
    hidden = any(isinstance(argument, ast.Starred) for argument in call.args)
    positional = None if hidden else len(call.args)
    return Use(name, where, True, positional, keywords, bool(raw.member), raw.exact, call.end_lineno or 0)
