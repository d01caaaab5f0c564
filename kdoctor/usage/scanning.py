"""Reads files and folders: one file at a time, on all cores where that pays."""

from __future__ import annotations

import ast
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, Optional, Protocol

from kdoctor.code.match import Index, Matcher, RawHit, RawUse, RulePatterns, position
from kdoctor.code.resolve import Resolver
from kdoctor.files import MIB, MOST_CODE, Unreadable, read
from kdoctor.model import Certainty, Location, Lost
from kdoctor.rules.patterns import Pattern
from kdoctor.usage.bounds import TOO_MUCH_MEMORY, Bound
from kdoctor.usage.folders import Found, find_files
from kdoctor.usage.magics import to_python
from kdoctor.usage.model import FileUsage, Hit, Place, Problem, Suppression, Usage, Use
from kdoctor.usage.notebook import Notebook, read_notebook
from kdoctor.usage.source import SUFFIXES, Cell, UnreadableError, decode_python, is_code, parse
from kdoctor.usage.suppressions import read_suppressions

PAYS_FROM_BYTES = 3_000_000
"""The amount of code from which more than one process is quicker than one."""
MOST_BYTES_HERE = 512 * 2**10
"""A file beyond this is read in a process of its own, which is bounded: its syntax tree can take 700 times its size."""
READER_FAILED = "kdoctor failed to read it; please report that"
_MENTIONS = (b"keras", b"tensorflow", b"TF_USE_LEGACY_KERAS")


class HasPatterns(Protocol):
    """What is needed of a rule here; :class:`kdoctor.model.Rule` has it."""

    @property
    def code(self) -> str:
        """``KD201``."""

    @property
    def slug(self) -> str:
        """``ctc-batch-cost``."""

    @property
    def uses(self) -> tuple[Pattern, ...]:
        """What code that it concerns looks like."""


def scan(
    paths: Iterable[str], *, rules: Iterable[HasPatterns], jobs: Optional[int] = None, stdin: Optional[bytes] = None
) -> Usage:
    """What the code in these files and folders uses, and where it meets the patterns of the rules.

    Folders are searched for Python files and notebooks that no ``.gitignore`` ignores. ``-`` stands for what is given
    as ``stdin`` (by default, what can be read from standard input). ``jobs`` is how many processes may be used: all
    cores if it is None, and then only where that is quicker. Nothing of the code is imported or run, and whatever
    cannot be read is named in ``problems``.
    """
    patterns = tuple(RulePatterns(rule.code, rule.slug, tuple(rule.uses)) for rule in rules)
    found = find_files([os.fspath(path) for path in paths])
    workers = _how_many(found.files, jobs)
    if workers:
        from kdoctor.usage.workers import scan_in_parallel

        results = scan_in_parallel(found.files, Task(patterns, found.named), workers)
    else:
        reader = Reader(Task(patterns, found.named))
        results = [reader.scan_path(path, stdin) for path in found.files]
    return _gather(results, found)


def _how_many(files: Sequence[str], jobs: Optional[int]) -> int:
    """How many processes to use besides this one; 0 where this one reads."""
    if not sys.executable or "-" in files:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = min(jobs or cores, len(files))
    total = largest = 0
    for path in files:
        try:
            size = os.stat(path).st_size
        except OSError:
            continue
        total += size
        largest = max(largest, size)
    if largest > MOST_BYTES_HERE:
        return wanted
    return wanted if wanted > 1 and (jobs or total >= PAYS_FROM_BYTES) else 0


def _gather(results: Sequence[FileUsage], found: Found) -> Usage:
    problems = [*found.problems, *(problem for result in results for problem in result.problems)]
    lost = {problem.path for problem in problems if problem.lost is Lost.ALL}
    for folder, files in found.folders.items():
        if files and lost.issuperset(files):
            what = f"any of its {len(files)} files" if len(files) > 1 else "its only file"
            problems.append(Problem(folder, f"could not read {what}", lost=Lost.ALL))
    return Usage(
        files=len(results),
        read=sum(result.path not in lost for result in results),
        uses=tuple(use for result in results for use in result.uses),
        hits=tuple(hit for result in results for hit in result.hits),
        suppressed=tuple(hit for result in results for hit in result.suppressed),
        suppressions=tuple(one for result in results for one in result.suppressions),
        problems=tuple(problems),
    )


class Task(NamedTuple):
    """What a reader, in whatever process, is to do with every file."""

    rules: tuple[RulePatterns, ...]
    named: frozenset[str] = frozenset()
    """The files that the user named: that one of these is not Python is said even where it never mentions Keras."""


class Reader:
    """Reads one file after the other, with the rules' patterns prepared once."""

    def __init__(self, task: Task) -> None:
        self.index = Index(task.rules)
        self._named = task.named

    def scan_path(self, path: str, stdin: Optional[bytes] = None) -> FileUsage:
        """What one file uses; never raises, whatever is in it."""
        try:
            if path != "-":
                data = read(path, MOST_CODE)
                if not is_code(path, data):
                    return _unread(path, "not code: neither Python nor a notebook")
            else:
                data = sys.stdin.buffer.read(MOST_CODE + 1) if stdin is None else stdin
                if len(data) > MOST_CODE:
                    return _unread(path, f"too large: at most {MOST_CODE // MIB} MiB are read")
        except Unreadable as error:
            return _unread(path, error.reason)
        return self.scan_bytes(path, data)

    def scan_bytes(self, path: str, data: bytes) -> FileUsage:
        """The same for what was read already."""
        is_notebook = path.endswith(".ipynb") or (not path.endswith(SUFFIXES) and data.lstrip()[:1] == b"{")
        if not any(word in data for word in _MENTIONS) and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self._look_away(path, data, is_notebook)
        # A syntax tree has no cycles, so looking for some while it grows is a waste that is easily a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._scan(path, data, is_notebook)
        except UnreadableError as error:
            return _unread(path, error.reason, error.line)
        except MemoryError:
            return _unread(path, TOO_MUCH_MEMORY)
        except Exception as error:  # a fault of the reader must not cost the other files
            return _unread(path, f"{READER_FAILED} ({type(error).__name__}: {error})")
        finally:
            if collects:
                gc.enable()

    def _look_away(self, path: str, data: bytes, is_notebook: bool) -> FileUsage:
        """A file that never mentions TensorFlow or Keras: what is broken about it is named all the same."""
        try:
            if is_notebook:
                return FileUsage(path, problems=tuple(_of_notebook(path, read_notebook(data))))
            text = decode_python(data)
            if path in self._named:
                parse(text)
        except UnreadableError as error:
            return _unread(path, error.reason, error.line)
        return FileUsage(path)

    def _scan(self, path: str, data: bytes, is_notebook: bool) -> FileUsage:
        problems: list[Problem] = []
        bound = Bound()
        if is_notebook:
            notebook = read_notebook(data)
            cells: Sequence[Cell] = notebook.cells
            problems.extend(_of_notebook(path, notebook))
        else:
            cells = (Cell(0, decode_python(data)),)

        matcher = Matcher(self.index)
        resolver = Resolver(matcher)
        texts: dict[int, str] = {}
        suppressions: list[Suppression] = []
        for cell in cells:
            text = cell.text
            try:
                tree = parse(text)
            except UnreadableError as error:
                converted = to_python(text) if is_notebook else None
                if is_notebook and converted is None:
                    continue
                try:
                    if converted is None:
                        raise error
                    tree = parse(converted)
                except UnreadableError as final:
                    problems.append(Problem(path, final.reason, final.line, cell.number))
                    continue
            bound.check()
            texts[cell.number] = text
            found, incomplete = read_suppressions(path, cell)
            suppressions.extend(found)
            problems.extend(incomplete)
            resolver.read(tree, cell.number)
        if problems and not texts:  # not one cell
            problems = [replace(problem, lost=Lost.ALL) for problem in problems]
        resolver.finish()
        problems += (Problem(path, trouble.reason, trouble.line, trouble.cell) for trouble in resolver.troubles)
        usage = _assemble(path, matcher, texts, suppressions, problems)
        resolver.forget()
        return usage


def _unread(path: str, reason: str, line: int = 0) -> FileUsage:
    return FileUsage(path, problems=(Problem(path, reason, line, lost=Lost.ALL),))


def _of_notebook(path: str, notebook: Notebook) -> list[Problem]:
    return [
        Problem(path, problem.reason, 0, problem.cell, Lost.PART if problem.cell else Lost.REST)
        for problem in notebook.problems
    ]


# --------------------------------------------------------------------------------------------- putting together


class _Lines:
    """The lines of a file or of a notebook's cells, split when first asked for."""

    def __init__(self, texts: dict[int, str]) -> None:
        self._texts = texts
        self._lines: dict[int, list[str]] = {}
        self._shown: dict[tuple[int, int], str] = {}

    def line(self, cell: int, number: int) -> str:
        lines = self._lines.get(cell)
        if lines is None:
            text = self._texts.get(cell, "").replace("\r\n", "\n").replace("\r", "\n")
            lines = self._lines[cell] = text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def shown(self, cell: int, number: int) -> str:
        """As much of a line as a report shows."""
        key = (cell, number)
        if key not in self._shown:  # a line holds several names, and is kept once
            self._shown[key] = self.line(cell, number).strip()[:200]
        return self._shown[key]

    def column(self, cell: int, number: int, offset: int) -> int:
        """From the parser's offset in bytes to a column that counts characters from 1."""
        if self._texts.get(cell, "").isascii():
            return offset + 1
        return len(self.line(cell, number).encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1


def _assemble(
    path: str, matcher: Matcher, texts: dict[int, str], suppressions: Sequence[Suppression], problems: Sequence[Problem]
) -> FileUsage:
    lines = _Lines(texts)
    hits: list[Hit] = []
    suppressed: list[Hit] = []
    by_line: dict[tuple[int, int], list[Suppression]] = {}
    for suppression in suppressions:
        by_line.setdefault((suppression.cell, suppression.line), []).append(suppression)
    for raw, certain in matcher.settled():
        rule, where = raw.entry.rule, _location(path, raw, certain, lines, matcher)
        reason = _reason_to_suppress(rule, where, by_line)
        (suppressed if reason else hits).append(Hit(rule.code, rule.slug, where, reason))
    return FileUsage(
        path,
        uses=_gather_uses(path, matcher, lines),
        hits=tuple(hits),
        suppressed=tuple(suppressed),
        suppressions=tuple(suppressions),
        problems=tuple(problems),
        legacy=matcher.legacy,
    )


def _location(path: str, raw: RawHit, certain: bool, lines: _Lines, matcher: Matcher) -> Location:
    line, offset = position(raw.node)
    return Location(
        path=path,
        line=line,
        column=lines.column(raw.cell, line, offset),
        end_line=getattr(raw.node, "end_lineno", None) or line,
        cell=raw.cell,
        stack=raw.stack or matcher.stack_name(matcher.file_stack()),
        certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        what=raw.what,
        text=lines.shown(raw.cell, line),
    )


def _reason_to_suppress(rule: RulePatterns, where: Location, by_line: dict[tuple[int, int], list[Suppression]]) -> str:
    for line in (where.line, where.end_line):
        for suppression in by_line.get((where.cell, line), ()):
            if any(code in (rule.code, rule.slug) for code in suppression.codes):
                return suppression.reason
    return ""


def _gather_uses(path: str, matcher: Matcher, lines: _Lines) -> tuple[Use, ...]:
    """Uses of the same name in the same way, put together, in the order in which they are first met."""
    places: dict[tuple[object, ...], list[Place]] = {}
    for raw in matcher.uses:
        line, offset = position(raw.node)
        places.setdefault(_identity(raw), []).append(
            Place(line, lines.column(raw.cell, line, offset), raw.cell, lines.shown(raw.cell, line))
        )
    uses = []
    for key, found in places.items():
        name, stack, called, positional, keywords, member, likely = key
        uses.append(
            Use(
                path=path,
                name=name,  # type: ignore[arg-type]
                stack=matcher.stack_name(stack),  # type: ignore[arg-type]
                places=tuple(dict.fromkeys(found)),
                called=called,  # type: ignore[arg-type]
                positional=positional,  # type: ignore[arg-type]
                keywords=keywords,  # type: ignore[arg-type]
                member=member,  # type: ignore[arg-type]
                certainty=Certainty.LIKELY if likely else Certainty.CERTAIN,
            )
        )
    return tuple(uses)


def _identity(raw: RawUse) -> tuple[object, ...]:
    """What makes two uses the same."""
    symbol, call = raw.symbol, raw.call
    name = f"{symbol.spelled}.{raw.member}" if raw.member else symbol.spelled
    if call is None:
        return name, symbol.stack, False, None, (), False, raw.likely
    keywords = tuple([keyword.arg for keyword in call.keywords if keyword.arg is not None])
    positional: Optional[int] = len(call.args)
    for argument in call.args:
        if argument.__class__ is ast.Starred:
            positional = None
    return name, symbol.stack, True, positional, keywords, bool(raw.member), raw.likely
