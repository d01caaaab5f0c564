"""Reads files and folders: one file at a time, on all cores where that pays."""

from __future__ import annotations

import ast
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Optional, Protocol

from kdoctor.model import Certainty, Lost
from kdoctor.usage.flow import Flow
from kdoctor.usage.folders import find_files
from kdoctor.usage.index import Index, RulePatterns
from kdoctor.usage.magics import to_python
from kdoctor.usage.meeting import RawHit, RawUse
from kdoctor.usage.model import FileUsage, Hit, Place, Problem, Suppression, Usage, Use
from kdoctor.usage.notebook import Notebook, read_notebook
from kdoctor.usage.patterns import Pattern
from kdoctor.usage.source import Cell, UnreadableError, decode_python, parse, read_bytes
from kdoctor.usage.suppressions import read_suppressions

PAYS_FROM_BYTES = 3_000_000
"""The amount of code from which more than one process is quicker than one."""
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
    asked = [os.fspath(path) for path in paths]
    files, problems = find_files(asked)
    workers = _how_many(files, jobs)
    if workers > 1:
        from kdoctor.usage.workers import scan_in_parallel

        results = scan_in_parallel(files, patterns, workers)
    else:
        reader = Reader(patterns)
        results = [reader.scan_path(path, stdin) for path in files]
    results = [_parsed_if_named(result, asked, stdin) for result in results]
    return _gather(results, [*problems, *_unread_folders(asked, results)])


def _parsed_if_named(result: FileUsage, asked: Sequence[str], stdin: Optional[bytes]) -> FileUsage:
    """The same, but for a file that was named and is no Python.

    What never mentions Keras is not parsed, for a folder may hold a million lines of it. Whoever names a file wants to
    know of that one whether it could be examined.
    """
    if result.path not in asked or result.problems or result.uses or result.path.endswith(".ipynb"):
        return result
    try:
        data = stdin if result.path == "-" else read_bytes(result.path)
        if data is not None and data.lstrip()[:1] != b"{":  # standard input may be a notebook
            parse(decode_python(data))
    except UnreadableError as error:
        return _unread(result.path, error)
    return result


def _unread_folders(paths: Sequence[str], results: Sequence[FileUsage]) -> list[Problem]:
    """The folders of which no file could be read, so that nothing is known of what was asked for."""
    lost = {os.path.abspath(result.path) for result in results if _is_lost(result)}
    problems = []
    for path in paths if lost else ():
        if os.path.isdir(path):
            top = os.path.join(os.path.abspath(path), "")
            inside = [file for file in (os.path.abspath(result.path) for result in results) if file.startswith(top)]
            if inside and lost.issuperset(inside):
                number = "its only file" if len(inside) == 1 else f"any of its {len(inside)} files"
                problems.append(Problem(path, f"could not read {number}", lost=Lost.ALL))
    return problems


def _is_lost(result: FileUsage) -> bool:
    return any(problem.lost is Lost.ALL for problem in result.problems)


def _how_many(files: Sequence[str], jobs: Optional[int]) -> int:
    """How many processes to use."""
    if len(files) < 2 or "-" in files or not sys.executable:
        return 1
    if jobs is not None:
        return max(1, min(jobs, len(files)))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        return 1
    size = 0
    for path in files:
        try:
            size += os.stat(path).st_size
        except OSError:
            continue
        if size >= PAYS_FROM_BYTES:
            return min(cores, len(files))
    return 1


def _gather(results: Iterable[FileUsage], problems: Sequence[Problem]) -> Usage:
    uses: list[Use] = []
    hits: list[Hit] = []
    suppressed: list[Hit] = []
    suppressions: list[Suppression] = []
    all_problems = list(problems)
    files = read = 0
    for result in results:
        files += 1
        read += not _is_lost(result)
        uses.extend(result.uses)
        hits.extend(result.hits)
        suppressed.extend(result.suppressed)
        suppressions.extend(result.suppressions)
        all_problems.extend(result.problems)
    return Usage(files, tuple(uses), tuple(hits), tuple(suppressed), tuple(suppressions), tuple(all_problems), read)


class Reader:
    """Reads one file after the other, with the rules' patterns prepared once."""

    def __init__(self, rules: Iterable[RulePatterns]) -> None:
        self.index = Index(rules)

    def scan_path(self, path: str, stdin: Optional[bytes] = None) -> FileUsage:
        """What one file uses; never raises, whatever is in it."""
        try:
            data = read_bytes(path) if path != "-" else sys.stdin.buffer.read() if stdin is None else stdin
        except UnreadableError as error:
            return _unread(path, error)
        return self.scan_bytes(path, data)

    def scan_bytes(self, path: str, data: bytes) -> FileUsage:
        """The same for what was read already."""
        is_notebook = path.endswith(".ipynb") or (not path.endswith(".py") and data.lstrip()[:1] == b"{")
        if not any(word in data for word in _MENTIONS) and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self._look_away(path, data, is_notebook)
        self.index.forget_when_large()
        # A syntax tree has no cycles, so looking for some while it grows is a waste that is easily a third of the time.
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._scan(path, data, is_notebook)
        except Exception as error:  # a fault of the reader must not cost the other files
            return FileUsage(
                path, problems=(Problem(path, f"{READER_FAILED} ({type(error).__name__}: {error})", lost=Lost.ALL),)
            )
        finally:
            if collects:
                gc.enable()

    def _look_away(self, path: str, data: bytes, is_notebook: bool) -> FileUsage:
        """A file that never mentions TensorFlow or Keras: it is not parsed, but what is broken about it is named."""
        try:
            if is_notebook:
                return FileUsage(path, problems=_of_notebook(path, read_notebook(data)))
            text = decode_python(data)
            if "\0" in text:  # UTF-16 without a mark, so that nothing is mentioned
                parse(text)
        except UnreadableError as error:
            return _unread(path, error)
        return FileUsage(path)

    def _scan(self, path: str, data: bytes, is_notebook: bool) -> FileUsage:
        problems: list[Problem] = []
        try:
            if is_notebook:
                notebook = read_notebook(data)
                cells: Sequence[Cell] = notebook.cells
                problems.extend(_of_notebook(path, notebook))
            else:
                cells = (Cell(0, decode_python(data)),)
        except UnreadableError as error:
            return _unread(path, error)

        flow = Flow(self.index)
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
                    lost = Lost.PART if is_notebook else Lost.ALL
                    problems.append(Problem(path, final.reason, final.line, cell.number, lost))
                    continue
            texts[cell.number] = text
            found, incomplete = read_suppressions(path, cell)
            suppressions.extend(found)
            problems.extend(incomplete)
            self._follow(flow, tree, path, cell.number, problems)
        try:
            flow.finish()
        except RecursionError:
            problems.append(Problem(path, "nested too deeply to be followed to its end", lost=Lost.REST))
        usage = _assemble(path, flow, texts, suppressions, problems)
        flow.forget()
        return usage

    def _follow(self, flow: Flow, tree: ast.Module, path: str, cell: int, problems: list[Problem]) -> None:
        try:
            flow.read(tree, cell)
        except RecursionError:
            lost = Lost.PART if cell else Lost.REST
            problems.append(Problem(path, "nested too deeply to be followed to its end", 0, cell, lost))


def _unread(path: str, error: UnreadableError) -> FileUsage:
    return FileUsage(path, problems=(Problem(path, error.reason, error.line, lost=Lost.ALL),))


def _of_notebook(path: str, notebook: Notebook) -> tuple[Problem, ...]:
    return tuple(
        Problem(path, problem.reason, 0, problem.cell, Lost.PART if problem.cell else Lost.REST)
        for problem in notebook.problems
    )


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
    path: str, flow: Flow, texts: dict[int, str], suppressions: Sequence[Suppression], problems: Sequence[Problem]
) -> FileUsage:
    lines = _Lines(texts)
    hits: list[Hit] = []
    suppressed: list[Hit] = []
    by_line: dict[tuple[int, int], list[Suppression]] = {}
    for suppression in suppressions:
        by_line.setdefault((suppression.cell, suppression.line), []).append(suppression)
    for raw, certain in _settle(flow.hits):
        hit = _finished_hit(path, raw, certain, lines, flow)
        reason = _reason_to_suppress(hit, by_line)
        if reason:
            suppressed.append(_with_reason(hit, reason))
        else:
            hits.append(hit)
    return FileUsage(
        path,
        uses=_gather_uses(path, flow, lines),
        hits=tuple(hits),
        suppressed=tuple(suppressed),
        suppressions=tuple(suppressions),
        problems=tuple(problems),
        legacy=flow.legacy,
    )


def _settle(raw_hits: Sequence[RawHit]) -> list[tuple[RawHit, bool]]:
    """One hit for each rule and line, the surest; of patterns that only count together, those that have each other."""
    firsts: dict[int, list[RawHit]] = {}
    for raw in raw_hits:
        if raw.entry.first_of is not None:
            firsts.setdefault(raw.entry.first_of, []).append(raw)
    best: dict[tuple[str, int, int], tuple[RawHit, bool]] = {}
    for raw in raw_hits:
        if raw.entry.first_of is not None:
            continue
        certain = raw.certain
        if raw.entry.then_of is not None:
            partners = [
                first
                for first in firsts.get(raw.entry.then_of, ())
                if first.scope == raw.scope or not ((first.scope and raw.scope) or raw.entry.same_scope)
            ]
            if not partners:
                continue
            certain = certain and any(first.certain and first.scope == raw.scope for first in partners)
        key = (raw.entry.key, raw.cell, raw.line)
        known = best.get(key)
        if known is None or (certain and not known[1]):
            best[key] = (raw, certain)
    return sorted(best.values(), key=lambda one: (one[0].cell, one[0].line, one[0].offset, one[0].entry.key))


def _finished_hit(path: str, raw: RawHit, certain: bool, lines: _Lines, flow: Flow) -> Hit:
    return Hit(
        code=raw.entry.rule.code,
        slug=raw.entry.rule.slug,
        path=path,
        line=raw.line,
        column=lines.column(raw.cell, raw.line, raw.offset),
        end_line=raw.end_line,
        cell=raw.cell,
        stack=raw.stack or flow.stack_name(flow.file_stack()),
        certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        what=raw.what,
        text=lines.shown(raw.cell, raw.line),
    )


def _with_reason(hit: Hit, reason: str) -> Hit:
    import dataclasses

    return dataclasses.replace(hit, suppressed=reason)


def _reason_to_suppress(hit: Hit, by_line: dict[tuple[int, int], list[Suppression]]) -> str:
    for line in (hit.line, hit.end_line):
        for suppression in by_line.get((hit.cell, line), ()):
            if any(code in (hit.code, hit.slug) for code in suppression.codes):
                return suppression.reason
    return ""


def _gather_uses(path: str, flow: Flow, lines: _Lines) -> tuple[Use, ...]:
    """Uses of the same name in the same way, put together, in the order in which they are first met."""
    places: dict[tuple[object, ...], list[Place]] = {}
    for raw in flow.uses:
        places.setdefault(_identity(raw), []).append(
            Place(raw.line, lines.column(raw.cell, raw.line, raw.offset), raw.cell, lines.shown(raw.cell, raw.line))
        )
    uses = []
    for key, found in places.items():
        name, stack, called, positional, keywords, member, likely = key
        uses.append(
            Use(
                path=path,
                name=name,  # type: ignore[arg-type]
                stack=flow.stack_name(stack),  # type: ignore[arg-type]
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
