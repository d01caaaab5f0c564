"""Python out of files: scripts whole, notebooks cell by cell, and the comments that ignore findings."""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
import tokenize
import warnings
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, Optional

from kdoctor.code.files import SUFFIXES
from kdoctor.code.places import Location, Remark
from kdoctor.environment.model import Lost, Unread
from kdoctor.files import MIB
from kdoctor.words import Severity

MOST_MEMORY = 512 * MIB
"""Bytes that reading one file may take."""
MOST_TOKENS = 700_000
"""Of a file: its syntax tree takes up to 730 bytes for each."""
_PYTHON_2 = re.compile(
    r"""\s*(print\s+[^\s(=]|print\s*$|exec\s+["'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,)"""
)
_SHEBANG = re.compile(rb"#![^\n]*\bpython")


class Ignore(NamedTuple):
    """A comment ``# kdoctor: ignore[KD201] reason``, for one of its codes."""

    code: str
    """Code or slug of a rule."""
    reason: str
    line: int
    cell: int = 0


class Cell(NamedTuple):
    """A piece of Python: a whole script, or one cell of a notebook."""

    number: int
    """0 for a script, else the position of the cell among all cells, from 1."""
    text: str
    """As it stands in the file, with one character for each end of a line."""
    tree: ast.Module
    python: str
    """The text that the tree was made from: of a cell, without magics, line for line."""


class Cells(NamedTuple):
    """What is in a file."""

    cells: Sequence[Cell] = ()
    unread: Sequence[Unread] = ()


class NotPythonError(Exception):
    """Text that is not Python; the message says why, in the user's words."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def read_cells(path: str, data: bytes) -> Cells:
    """The Python in a file; what is not to be read is named, and costs itself only.

    Args:
        path: the name of the file, as it stands in the report; ``-`` is Python or a notebook.
        data: what is in the file.
    """
    try:
        if is_notebook(path, data):
            return _notebook(path, data)
        text = decode(data)
        return Cells((Cell(0, text, parse(text), text),))
    except NotPythonError as error:
        return Cells(unread=(Unread(path, error.reason, error.line, lost=Lost.ALL),))


def is_notebook(path: str, data: bytes) -> bool:
    """Whether a file is a notebook, by its name or, where that says nothing, by its first character."""
    return path.endswith(".ipynb") or (not path.endswith(SUFFIXES) and data.lstrip()[:1] == b"{")


def is_code(path: str, data: bytes) -> bool:
    """Whether a file is Python or a notebook: by its name, its first line, or because it imports something.

    ``requirements.txt`` and many a line of prose are valid Python too, and would be found without fault.
    """
    if path == "-" or path.endswith(SUFFIXES) or _SHEBANG.match(data):
        return True
    if is_notebook(path, data):
        return b'"cells"' in data or b'"worksheets"' in data
    try:
        tree = parse(decode(data))
    except NotPythonError:
        return False
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(tree))


# --------------------------------------------------------------------------------------------------------- Python


def encoding_of(data: bytes) -> str:
    """The encoding that a script says it is in (PEP 263); ``utf-8-sig`` with a mark at its beginning.

    Raises:
        NotPythonError: it is UTF-16, or says one that does not exist.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotPythonError("saved as UTF-16, which Python does not read; save it as UTF-8")
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        # It decodes the first two lines to find the encoding; where that fails, the lines themselves are at fault.
        if "unknown encoding" in str(error):
            raise NotPythonError(f"says an encoding that does not exist: {error}", 1) from error
        return "utf-8"


def decode(data: bytes) -> str:
    """The text of a script, as Python itself decodes it, with one character for each end of a line.

    Raises:
        NotPythonError: it is not in the encoding that it says, or says one that does not exist.
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotPythonError(f"not {encoding}: byte 0x{data[error.start]:02x}; save it as UTF-8", line) from error
    except LookupError as error:  # hex, rot13: encodings, but none of text
        raise NotPythonError(f"says it is encoded in {encoding!r}, which is no text encoding", 1) from error


def parse(text: str) -> ast.Module:
    """The syntax tree.

    Raises:
        NotPythonError: it is not Python as this Python reads it, or is too large.
    """
    if "\0" in text:
        raise NotPythonError("holds null bytes", text.count("\n", 0, text.index("\0")) + 1)
    if tokens_in(text) > MOST_TOKENS:
        raise NotPythonError(f"too large: more than {MOST_TOKENS:,} words and signs; that is data")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        lines = text.splitlines()
        line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
        why = "this is Python 2" if _PYTHON_2.match(line) else error.msg
        raise NotPythonError(f"not valid Python: {why}", error.lineno or 0) from error
    except (ValueError, OverflowError) as error:
        raise NotPythonError(f"not valid Python: {error}") from error
    except (RecursionError, MemoryError) as error:  # the parser's words for the same, by release
        raise NotPythonError("nested too deeply to be parsed") from error


def tokens_in(text: str) -> int:
    """About how many words and signs there are in a text; a bound from above."""
    if len(text) <= MOST_TOKENS:
        return len(text)
    return sum(1 for _ in re.finditer(r"\w+|[^\w \t]", text))


# ------------------------------------------------------------------------------------------------------ notebooks


def _notebook(path: str, data: bytes) -> Cells:
    """The code cells of nbformat 3 (``worksheets``) to 5; one whose kernel is not Python has none."""
    if _memory_of(data) > MOST_MEMORY:
        raise NotPythonError(f"too large: it takes more than {MOST_MEMORY // MIB} MiB of memory to read")
    try:
        # Nothing here needs numbers; their length takes no memory, and no minute for a million digits.
        book: Any = json.loads(data.decode("utf-8-sig"), strict=False, parse_int=len, parse_float=len)
    except UnicodeDecodeError as error:
        raise NotPythonError("not a notebook: it is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise NotPythonError(f"not a notebook: not valid JSON ({error.msg})", error.lineno) from error
    except RecursionError as error:
        raise NotPythonError("not a notebook: nested too deeply") from error
    raw = _raw_cells(book)
    if raw is None:
        raise NotPythonError("not a notebook: it is JSON without `cells`")
    cells: list[Cell] = []
    unread: list[Unread] = []
    size = 0
    for number, one in enumerate(raw if _is_python(_language(book)) else (), 1):
        if not isinstance(one, dict):
            unread.append(Unread(path, "not a cell", cell=number))
            continue
        if one.get("cell_type") != "code" or not _is_python(_language(one)):
            continue
        try:
            text = _source(one)
            size += tokens_in(text)
            if size > MOST_TOKENS:
                raise NotPythonError(f"too large: more than {MOST_TOKENS:,} words and signs so far; that is data")
            parsed = _parse_cell(text)
        except NotPythonError as error:
            unread.append(Unread(path, error.reason, error.line, number))
            continue
        if parsed is not None:
            cells.append(Cell(number, text, *parsed))
    if unread and not cells:
        unread = [Unread(one.path, one.reason, one.line, one.cell, Lost.ALL) for one in unread]
    return Cells(cells, unread)


def _memory_of(data: bytes) -> int:
    """About how many bytes the objects in a JSON text take; a bound from above."""
    containers = data.count(b"[") + data.count(b"{")
    return 5 * len(data) + 72 * containers + 120 * data.count(b'":') + 60 * data.count(b'",')


def _raw_cells(book: Any) -> Optional[list[Any]]:
    if not isinstance(book, dict):
        return None
    if isinstance(book.get("cells"), list):
        return list(book["cells"])
    sheets = book.get("worksheets")
    if not isinstance(sheets, list):
        return None
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


def _language(thing: dict[str, Any]) -> str:
    """The language that a notebook, or a cell of a polyglot notebook, says it is in; empty where it says nothing."""
    metadata = thing.get("metadata")
    places = [thing, metadata]
    if isinstance(metadata, dict):
        places += [metadata.get(key) for key in ("kernelspec", "vscode", "polyglot_notebook", "dotnet_interactive")]
        places.append({"language": _text_of(metadata.get("language_info"), "name")})
    said = [
        _text_of(place, key)
        for place in places
        for key in ("language", "languageId", "kernelName")
        if _text_of(place, key)
    ]
    return said[-1] if said else ""


def _text_of(place: Any, key: str) -> str:
    value = place.get(key) if isinstance(place, dict) else None
    return value if isinstance(value, str) else ""


def _is_python(language: str) -> bool:
    return not language or language.lower().startswith(("python", "ipython", "pypy", "xpython", "sage", "conda-env"))


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotPythonError("its source is not text")
    # A lone surrogate is text to JSON, but not to a parser.
    return "".join(lines).encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


# --------------------------------------------------------------------------------------------------------- magics

PYTHON_CELLS = frozenset(
    {"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug", "memit", "mprun", "lprun"}
)
"""Cell magics whose body is Python in this very session (or reads as if it were)."""
_PYTHON_LINES = frozenset({"time", "timeit", "prun", "memit", "debug"})
_LONGEST_LINE = 5000
"""Beyond it, nobody wrote the line, and expressions over it could take long."""
_MOST_ROUNDS = 20
_CELL_MAGIC = re.compile(r"[ \t]*%%([\w.:!]+)")
_LINE_MAGIC = re.compile(r"%{1,2}(\w+)[ \t]*(.*)", re.DOTALL)
_OPTIONS = re.compile(r"(?:-[a-z]\s*\d*[ \t]+)*")
_ASSIGNED = re.compile(r"([ \t]*[\w., \t\[\]\"']+?=[ \t]*)[!%](?!=)")
_HELP = re.compile(r"[ \t]*(?:\?{1,2}[%\w.*]+|%{0,2}[\w.*\[\]]+\?{1,2})[ \t]*;?[ \t]*$")


def _parse_cell(text: str) -> Optional[tuple[ast.Module, str]]:
    """The tree of a cell, and the Python that it was made from, line for line; None where it is another language.

    It is taken as Python first, for a line that begins with ``%`` can be that too. Where the parser stops at a line
    that only IPython understands, that line is replaced by what IPython makes of it, and the parser is asked again.
    """
    lines = text.split("\n")
    magic = _first_magic(lines)
    for rounds in itertools.count():
        python = "\n".join(lines)
        try:
            return parse(python), python
        except NotPythonError as error:
            if magic is not None:
                if magic not in PYTHON_CELLS:
                    return None
                magic = _first_magic(lines, drop=True)
                continue
            # Beyond a few lines, and where the error stands elsewhere (in what a shell's quotes did), all are replaced.
            only = error.line - 1 if 0 < error.line <= len(lines) and rounds < _MOST_ROUNDS else None
            if not (_replace(lines, only) or _replace(lines, None)):
                raise
    raise AssertionError  # the loop above has no end


def _first_magic(lines: list[str], drop: bool = False) -> Optional[str]:
    """The magic in the first line that is not empty; with ``drop``, that line is emptied, and the next is asked."""
    for number, line in enumerate(lines):
        if line.strip():
            magic = _CELL_MAGIC.match(line)
            if magic is None or not drop:
                return magic[1] if magic else None
            lines[number], drop = "", False
    return None


def _replace(lines: list[str], only: Optional[int]) -> bool:
    """Replace a line (or all) that only IPython understands, in place; whether there was one."""
    changed = False
    number = 0
    while number < len(lines):
        replaced = _as_python(lines[number]) if only in (None, number) else None
        if replaced is not None and replaced != lines[number]:
            changed = True
            # It goes on behind a backslash at its end; those lines are not Python either.
            goes_on = lines[number].rstrip().endswith("\\")
            lines[number] = replaced
            while goes_on and number + 1 < len(lines):
                number += 1
                goes_on = lines[number].rstrip().endswith("\\")
                lines[number] = ""
        number += 1
    return changed


def _as_python(line: str) -> Optional[str]:
    """The Python that stands for a line that is none; None for a line of Python.

    What sets a variable keeps the form that IPython gives it, which scripts exported from notebooks contain as well.
    """
    body = line.lstrip()
    indentation = line[: len(line) - len(body)]
    if not body or len(line) > _LONGEST_LINE:
        return None
    if body[0] == "!":
        return f"{indentation}get_ipython().system({body[1:].rstrip()!r})"
    if body[0] == "%":
        magic = _LINE_MAGIC.match(body)
        if magic is None:
            return f"{indentation}pass"
        if magic[1] in _PYTHON_LINES and magic[2].strip():
            options = _OPTIONS.match(magic[2])
            code = magic[2][options.end() :] if options else magic[2]
            # The code keeps its column.
            return f"{indentation}0;{' ' * (len(body) - len(code) - 2)}{code}"
        return f"{indentation}get_ipython().run_line_magic({magic[1]!r}, {magic[2].strip()!r})"
    if "?" in body and _HELP.match(line):
        return f"{indentation}pass"
    assigned = _ASSIGNED.match(line)
    if assigned is not None and "(" not in assigned[1]:
        return f"{assigned[1]}None"
    if body[0] in ",;/" and len(body) > 1 and (body[1].isalpha() or body[1] == "_"):
        return f"{indentation}pass"
    return None


# -------------------------------------------------------------------------------------------------------- ignores

_MARK = "kdoctor:"
_IGNORE = re.compile(r"#\s*kdoctor:\s*ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?(?P<reason>[^#]*)")


def read_ignores(path: str, cell: Cell, known: Collection[str]) -> tuple[list[Ignore], list[Remark]]:
    """The comments in a piece of Python that ignore a finding of their line, and what is wrong with such comments.

    Args:
        path: the name of the file.
        cell: the piece.
        known: the codes and slugs of all rules.
    """
    ignores: list[Ignore] = []
    wrong: list[Remark] = []

    def note(line: int, said: str) -> None:
        wrong.append(Remark(Severity.WARNING, said, Location(path, line, cell=cell.number)))

    for line, comment in _comments(cell.python) if _MARK in cell.python else ():
        found = _IGNORE.search(comment[:1000])
        if found is None:
            continue
        codes = [code.strip() for code in (found["codes"] or "").split(",") if code.strip()]
        reason = found["reason"].strip(" \t:-\u2013\u2014")
        if not codes:
            note(line, "this comment ignores nothing: it names no rule; write `# kdoctor: ignore[KD201] reason`")
        elif not reason:
            note(line, f"this comment ignores nothing: it gives no reason behind [{', '.join(codes)}]")
        for code in codes if reason else ():
            if code in known:
                ignores.append(Ignore(code, reason, line, cell.number))
            else:
                near = get_close_matches(code, known, 1, 0.6)
                hint = f"; did you mean {near[0]}?" if near else ""
                note(line, f"this comment ignores {code}, which is no rule{hint}")
    return ignores, wrong


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Every comment that holds the mark, with its line; what only looks like one, in a string, does not count."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _MARK in token.string:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
