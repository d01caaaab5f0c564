"""Rewrites files by the edits of their findings: exact ranges, and nothing else of a script or notebook."""

from __future__ import annotations

import ast
import json
import json.scanner
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Callable, NamedTuple, Optional, Union

from kdoctor.code import Hit, Usage, judged_on
from kdoctor.code.cells import encoding_of, is_notebook, read_cells
from kdoctor.code.fixes import spliced
from kdoctor.code.places import Change, Fix
from kdoctor.code.reading import LOOKED_UP, HasPatterns, Reader
from kdoctor.records.whereabouts import places
from kdoctor.report import Finding
from kdoctor.rules.native import TENSORFLOW_1
from kdoctor.rules.rule import Rule
from kdoctor.words import StackId

_MOST_ROUNDS = 20
"""Edits that touch one another are made one after the other, so often at most."""


class Rewritten(NamedTuple):
    """A file before and after."""

    path: str
    before: bytes
    after: bytes
    made: tuple[Hit, ...] = ()
    """The places that were rewritten, each as it was found."""
    unsafe: tuple[Hit, ...] = ()
    """Places with an edit that is only made when unsafe edits are asked for."""
    failed: bool = False
    """Whether an edit would have left what is not Python, so that nothing was changed."""


class Rewriter:
    """Rewrites files, one after the other; it writes nothing."""

    def __init__(self, rules: Iterable[HasPatterns], wanted: Callable[[Hit], bool], *, unsafe: bool = False) -> None:
        """Makes the edits of these rules at the places that are wanted; ``unsafe`` also those that may change more."""
        self._reader = Reader(rules)
        self._wanted = wanted
        self._unsafe = unsafe

    def rewrite(self, path: str, data: bytes, hits: Optional[Sequence[Hit]] = None) -> Rewritten:
        """What becomes of a file, until nothing is left to do in it; ``hits`` are its places where they are known."""
        made: list[Hit] = []
        after = data
        hits = self._hits(path, after) if hits is None else hits
        for _ in range(_MOST_ROUNDS):
            chosen = [hit for hit in hits if hit.location.fix and (self._unsafe or not hit.location.fix.unsafe)]
            taken, changes = _apart(chosen)
            if not taken:
                break
            changed = apply(path, after, changes)
            hits = self._hits(path, changed)
            if self._reader.unread and not read_cells(path, after).unread:
                return Rewritten(path, data, data, failed=True)
            made += taken
            after = changed
        left = tuple(hit for hit in hits if hit.location.fix and hit.location.fix.unsafe and not self._unsafe)
        return Rewritten(path, data, after, tuple(made), left)

    def _hits(self, path: str, data: bytes) -> list[Hit]:
        self._reader.hits.clear()
        self._reader.moved.clear()
        self._reader.unread.clear()
        self._reader.read_bytes(path, data, True)
        return [hit for hit in (*self._reader.hits, *self._reader.moved) if self._wanted(hit)]


def is_wanted(findings: Iterable[Finding]) -> Callable[[Hit], bool]:
    """Whether a place in code is one of what is broken here, and is not ignored."""
    broken: set[tuple[str, Union[StackId, str, None]]] = set()
    old: set[str] = set()  # files that were written for TensorFlow 1
    ignored: set[tuple[str, str, str]] = set()
    for finding in findings:
        if finding.ignored:
            ignored |= {(finding.code, place.path, place.statement) for place in finding.locations}
        elif finding.code == TENSORFLOW_1.code:
            old |= {place.path for place in finding.locations}
        elif finding.code in LOOKED_UP:
            broken |= {(finding.code, place.called) for place in finding.locations}
        elif finding.stacks:
            broken |= {(finding.code, stack) for stack, outcome in finding.outcomes.items() if outcome.is_broken}
        elif finding.locations:
            broken.add((finding.code, None))

    def wanted(hit: Hit) -> bool:
        where = hit.location
        is_broken = any((hit.code, stack) in broken for stack in (None, where.called, *judged_on(where.stack)))
        is_broken = is_broken or (hit.code in LOOKED_UP and where.path in old)
        return is_broken and (hit.code, where.path, where.statement) not in ignored

    return wanted


def rewritten(
    findings: Iterable[Finding], usage: Usage, rules: Iterable[HasPatterns], *, unsafe: bool = False
) -> list[Rewritten]:
    """Every file in which something is to be rewritten, in memory; ``rules`` are those whose edits are made."""
    wanted = is_wanted(findings)
    rewriter = Rewriter(rules, wanted, unsafe=unsafe)
    found: dict[str, list[Hit]] = {}
    for hit in filter(wanted, (*usage.hits, *usage.moved)):
        if hit.location.fix:
            found.setdefault(hit.location.path, []).append(hit)
    return [rewriter.rewrite(path, usage.sources[path], hits) for path, hits in found.items()]


def edited_cells(findings: Iterable[Finding], usage: Usage, rules: Iterable[HasPatterns]) -> dict[int, str]:
    """The cells of a notebook that are to be rewritten as they should be, by position; unsafe edits are made too."""
    found: dict[int, str] = {}
    for one in rewritten(findings, usage, rules, unsafe=True):
        before = texts(one.path, one.before)
        found.update({cell: text for cell, text in texts(one.path, one.after).items() if cell and text != before[cell]})
    return found


def texts(path: str, data: bytes) -> dict[int, str]:
    """The source of each cell of a notebook by its number; of a script all of it, by 0."""
    if not is_notebook(path, data):
        return {0: data.decode(encoding_of(data))}
    return {number: "".join(parts) for number, parts in enumerate(_sources(data.decode("utf-8-sig")), 1)}


def _apart(hits: Sequence[Hit]) -> tuple[list[Hit], set[Change]]:
    """The edits that can be made at once: two that touch one another wait for one another, equal ones are one."""
    taken: list[Hit] = []
    changes: set[Change] = set()
    for hit in hits:
        own = hit.location.fix.changes if hit.location.fix else ()
        if all(change in changes or not any(_touch(change, other) for other in changes) for change in own):
            taken.append(hit)
            changes.update(own)
    return taken, changes


def _touch(one: Change, other: Change) -> bool:
    first_end = min((one.end_line, one.end_column), (other.end_line, other.end_column))
    return one.cell == other.cell and max((one.line, one.column), (other.line, other.column)) <= first_end


def apply(path: str, data: bytes, changes: Collection[Change]) -> bytes:
    """A file with these changes; all else of it stays byte for byte."""
    if is_notebook(path, data):
        text = _in_notebook(data.decode("utf-8-sig"), changes)
        return text.encode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    encoding = encoding_of(data)
    return spliced(data.decode(encoding), changes).encode(encoding)


# ------------------------------------------------------------------------------------------------------ notebooks


class _Placed(str):
    """A string of a document, and where it stands there."""

    span: tuple[int, int]


class _Decoder(json.JSONDecoder):
    """Reads JSON with the place of each string; the scanner in C would not say it."""

    def __init__(self) -> None:
        super().__init__(strict=False, parse_int=len, parse_float=len)  # numbers may have more digits than Python reads
        self.parse_string = _placed
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _placed(text: str, start: int, strict: bool) -> tuple[_Placed, int]:
    value, end = json.decoder.scanstring(text, start, strict)  # type: ignore[attr-defined]
    placed = _Placed(value)
    placed.span = start - 1, end
    return placed, end


def _sources(text: str) -> list[list[_Placed]]:
    """The source of each cell, in one string or in several."""
    book: dict[str, Any] = _Decoder().decode(text)
    cells = [cell for sheet in (book, *book.get("worksheets", ())) for cell in sheet.get("cells", ())]
    found: list[Any] = [cell.get("source", cell.get("input", [])) if isinstance(cell, dict) else [] for cell in cells]
    return [[source] if isinstance(source, _Placed) else source for source in found]


def _in_notebook(text: str, changes: Collection[Change]) -> str:
    """The JSON of a notebook with changes in the sources of its cells; lines that stay the same stay as written."""
    sources = _sources(text)
    for number in sorted({change.cell for change in changes}, reverse=True):
        parts = sources[number - 1]
        start, end = parts[0].span[0], parts[-1].span[1]
        opening = text.rfind("[", 0, start) + 1
        is_list = not text[opening:start].strip()
        between = text[parts[0].span[1] : parts[1].span[0]] if len(parts) > 1 else "," + text[opening:start]
        new = spliced("".join(parts), [change for change in changes if change.cell == number])
        written = {str(part): text[slice(*part.span)] for part in parts}
        is_ascii = text[start:end].isascii()
        lines = new.splitlines(keepends=True) if is_list else [new]
        said = between.join(written.get(line) or json.dumps(line, ensure_ascii=is_ascii) for line in lines)
        text = text[:start] + said + text[end:]
    return text


# ------------------------------------------------------------------------------------------------ a line of a traceback

_AROUND = """\
import numpy as np
import tensorflow as tf
{first}
from {keras} import callbacks, layers, losses, metrics, models, optimizers, utils
from {keras} import backend as K
{names}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
tokens = inputs = keras.Input((4,))
"""
"""What programs usually have around a line; a line alone does not say what its names are."""
_MODULES = ("layers", "optimizers", "losses", "metrics", "models", "callbacks", "initializers", "regularizers", "utils")


def fix_of(rule: Rule, line: str, message: str = "") -> Optional[Fix]:
    """How to rewrite a line; None where no edit of the rule fits it.

    Args:
        rule: what the line met.
        line: of code, as a traceback shows it.
        message: of the error, which may show that the line reaches Keras through TensorFlow.
    """
    through = "_tf_keras" in message or "tf.keras" in line or "tensorflow.keras" in message
    for keras in ("tensorflow.keras", "keras") if through else ("keras", "tensorflow.keras"):
        first = "import keras" if keras == "keras" else "from tensorflow import keras"
        around = _AROUND.format(keras=keras, first=first, names="\n".join(_imports(line, keras)))
        found = Rewriter([rule], lambda hit: True, unsafe=True).rewrite("line.py", f"{around}{line}\n".encode())
        fix = found.made[0].location.fix if found.made else None
        if fix and [one[2:] for one in fix.diff if one.startswith("- ")] == [line]:
            return fix
    return None


def _imports(line: str, keras: str) -> Iterator[str]:
    """Imports of the classes that a line names without their module."""
    try:
        tree = ast.parse(line)
    except SyntaxError:  # `with x:`, the first of several lines
        return
    for name in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id[:1].isupper()}:
        for module in _MODULES:
            if any(place.have for place in places(f"keras.{module}.{name}")):
                yield f"from {keras}.{module} import {name}"
                break
