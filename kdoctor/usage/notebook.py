"""Python out of notebooks: the file is walked without being loaded, so that outputs cost next to nothing.

Notebooks of nbformat 3 (``worksheets``) to 5 are read. Of each cell only its type, its language and its source are
looked at; everything else is stepped over as bytes, however large.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, Optional

from kdoctor.usage.source import LARGEST_SOURCE, Cell, UnreadableError

_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"[-+.\w]+")
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*){0,40}"|["{}\[\]]', re.DOTALL)
"""A string, or a bracket; a quote alone is the beginning of a string with many escapes, which takes another way."""
_QUOTE = ord('"')
_OPENING = b"[{"
MOST_PROBLEMS = 20
"""Of cells that cannot be read; a notebook with more is no notebook that someone wrote."""


class NotebookProblem(NamedTuple):
    """Something in a notebook that cannot be read."""

    reason: str
    cell: int = 0


class Notebook(NamedTuple):
    """The Python cells of a notebook, and what could not be read of it."""

    cells: tuple[Cell, ...]
    problems: tuple[NotebookProblem, ...]


class _Draft:
    """A cell while it is being read."""

    __slots__ = ("kind", "language", "source")

    def __init__(self) -> None:
        self.kind = ""
        self.source: Optional[str] = None
        self.language = ""


def read_notebook(data: bytes) -> Notebook:
    """The code cells, in order, numbered by their position among all cells.

    A notebook whose kernel is not Python has none. One that breaks off yields the cells before the break.

    Raises:
        UnreadableError: it is no notebook at all.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    reader = _Reader(data)
    try:
        reader.read()
    except UnreadableError as error:
        if not reader.cells:
            raise
        reader.problems.append(NotebookProblem(error.reason))
    if not reader.is_notebook:
        raise UnreadableError("not a notebook: it is JSON without `cells`")
    if not is_python(reader.language):
        return Notebook((), ())
    return Notebook(tuple(reader.cells), tuple(reader.problems))


def is_python(language: str) -> bool:
    """Whether a kernel, or a cell's language, is Python; nothing said means yes."""
    return not language or language.lower().startswith(("python", "ipython", "pypy", "xpython", "sage", "conda-env"))


class _Reader:
    """Walks the JSON of one notebook."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.cells: list[Cell] = []
        self.problems: list[NotebookProblem] = []
        self.language = ""
        self.is_notebook = False
        self._number = 0

    def read(self) -> None:
        self._space()
        if self._peek() != b"{":
            raise UnreadableError("not a notebook: it does not begin with `{`")
        for key in self._keys():
            if key == "cells":
                self.is_notebook = True
                self._cells()
            elif key == "worksheets":
                self.is_notebook = True
                self._worksheets()
            elif key == "metadata":
                self._notebook_metadata()
            else:
                self._skip()
        self._space()
        if self.position < len(self.data):
            raise UnreadableError("not a notebook: something follows the end of its JSON", self._line())

    # -- what a notebook is made of

    def _worksheets(self) -> None:
        for _ in self._items():
            if self._peek() != b"{":
                self._skip()
                continue
            for key in self._keys():
                if key == "cells":
                    self._cells()
                else:
                    self._skip()

    def _cells(self) -> None:
        for _ in self._items():
            self._number += 1
            if self._peek() != b"{":
                self._skip()
                self._note("not a cell")
                continue
            draft = _Draft()
            try:
                self._cell(draft)
            except _SourceError as error:
                self._note(error.reason)
                for _ in self._keys(opened=True):
                    self._skip()
                continue
            if draft.kind == "code" and draft.source is not None and is_python(draft.language):
                self.cells.append(Cell(self._number, draft.source))

    def _note(self, reason: str) -> None:
        """Names what is wrong with this cell; of very many the first will do."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(NotebookProblem(reason, self._number))

    def _cell(self, draft: _Draft) -> None:
        for key in self._keys():
            if key == "cell_type":
                draft.kind = self._short_string()
            elif key in ("source", "input"):
                draft.source = self._source()
            elif key == "language":
                draft.language = self._short_string()
            elif key == "metadata":
                draft.language = self._cell_language() or draft.language
            else:
                self._skip()

    def _cell_language(self) -> str:
        """The language that polyglot notebooks and editors note in a cell's metadata."""
        language = ""
        if self._peek() != b"{":
            self._skip()
            return language
        for key in self._keys():
            if key in ("vscode", "polyglot_notebook", "dotnet_interactive") and self._peek() == b"{":
                for inner in self._keys():
                    if inner in ("languageId", "kernelName", "language"):
                        language = self._short_string()
                    else:
                        self._skip()
            else:
                self._skip()
        return language

    def _notebook_metadata(self) -> None:
        if self._peek() != b"{":
            self._skip()
            return
        kernel = language = ""
        for key in self._keys():
            if key in ("kernelspec", "language_info") and self._peek() == b"{":
                for inner in self._keys():
                    if key == "kernelspec" and inner == "language":
                        kernel = self._short_string()
                    elif key == "language_info" and inner == "name":
                        language = self._short_string()
                    else:
                        self._skip()
            else:
                self._skip()
        self.language = language or kernel

    def _source(self) -> str:
        """A string, or a list of strings."""
        opening = self._peek()
        if opening == b'"':
            return self._string()
        if opening != b"[":
            self._skip()
            return ""
        pieces: list[str] = []
        size = 0
        for _ in self._items():
            if self._peek() != b'"':
                # The rest of this cell is stepped over by the caller, from the next key on.
                self._close_list()
                raise _SourceError("its source is not text")
            try:
                pieces.append(self._string())
            except _SourceError:
                self._close_list()
                raise
            size += len(pieces[-1]) + 50
            if size > LARGEST_SOURCE:
                self._close_list()
                raise _SourceError("too large to be a cell that someone wrote")
        return "".join(pieces)

    def _close_list(self) -> None:
        """Steps over the rest of the list whose items are being read."""
        depth = 1
        position = self.position
        while position >= 0:
            position, depth = self._step_over(position, depth)

    def _step_over(self, position: int, depth: int) -> tuple[int, int]:
        """On to the end of the list, and -1; or behind the next string that needs more than the expression can do."""
        data = self.data
        for match in _TOKEN.finditer(data, position):
            first = data[match.start()]
            if first == _QUOTE:
                if match.end() - match.start() == 1:
                    self.position = match.start()
                    self._skip_string()
                    return self.position, depth
            elif first in _OPENING:
                depth += 1
            else:
                depth -= 1
                if not depth:
                    self.position = match.end()
                    return -1, 0
        raise self._truncated()

    # -- JSON

    def _keys(self, opened: bool = False) -> Iterator[str]:
        """Steps through an object: yields each key, and stands at its value then."""
        if not opened:
            self.position += 1
        first = not opened
        while True:
            self._space()
            character = self._peek()
            if character == b"}":
                self.position += 1
                return
            if not first:
                if character != b",":
                    raise self._broken()
                self.position += 1
                self._space()
                character = self._peek()
            first = False
            if character != b'"':
                raise self._broken()
            key = self._short_string()
            self._space()
            if self._peek() != b":":
                raise self._broken()
            self.position += 1
            self._space()
            yield key

    def _items(self) -> Iterator[None]:
        """Steps through a list: stands at each item in turn."""
        if self._peek() != b"[":
            self._skip()
            return
        self.position += 1
        first = True
        while True:
            self._space()
            character = self._peek()
            if character == b"]":
                self.position += 1
                return
            if not first:
                if character != b",":
                    raise self._broken()
                self.position += 1
                self._space()
            first = False
            yield

    def _skip(self) -> None:
        """Steps over a value of any kind, without keeping anything of it."""
        character = self._peek()
        if character == b'"':
            self._skip_string()
        elif character in (b"{", b"["):
            self.position += 1
            self._close_list()
        else:
            match = _SCALAR.match(self.data, self.position)
            if match is None:
                raise self._broken()
            self.position = match.end()

    def _skip_string(self) -> None:
        """From the opening quote to behind the closing one."""
        find = self.data.find
        position = self.position + 1
        quote = find(b'"', position)
        while quote >= 0:
            backslash = find(b"\\", position, quote)
            if backslash < 0:
                self.position = quote + 1
                return
            position = backslash + 2
            if position > quote:
                quote = find(b'"', position)
        raise self._truncated()

    def _string(self) -> str:
        start = self.position
        self._skip_string()
        if self.position - start > LARGEST_SOURCE:
            raise _SourceError("too large to be a cell that someone wrote")
        try:
            text = json.loads(self.data[start : self.position].decode("utf-8"), strict=False)
        except UnicodeDecodeError as error:
            raise _SourceError("its source is not UTF-8") from error
        except ValueError as error:
            raise _SourceError(f"its source is not valid JSON: {error}") from error
        # A lone surrogate is text to JSON, but not to a parser.
        return str(text).encode("utf-8", "replace").decode("utf-8")

    def _short_string(self) -> str:
        """A key, or a value that names something; empty if it is no string or implausibly long."""
        start = self.position
        if self._peek() != b'"':
            self._skip()
            return ""
        self._skip_string()
        if self.position - start > 300:
            return ""
        piece = self.data[start + 1 : self.position - 1]
        return piece.decode("utf-8", "replace")

    def _space(self) -> None:
        match = _SPACE.match(self.data, self.position)
        if match is not None:
            self.position = match.end()

    def _peek(self) -> bytes:
        character = self.data[self.position : self.position + 1]
        if not character:
            raise self._truncated()
        return character

    def _line(self) -> int:
        return self.data.count(b"\n", 0, self.position) + 1

    def _truncated(self) -> UnreadableError:
        return UnreadableError("truncated: the notebook ends in the middle of its JSON")

    def _broken(self) -> UnreadableError:
        return UnreadableError(f"not valid JSON at line {self._line()}", self._line())


class _SourceError(Exception):
    """The source of a cell cannot be read; the reader stands inside the cell's object."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
