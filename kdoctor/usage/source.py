"""Text out of files: encodings, and what Python to read out of it."""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from typing import NamedTuple, Optional, Union

SUFFIXES = (".py", ".pyw", ".ipynb")
LARGEST_SOURCE = 4 * 1024 * 1024
"""Bytes of Python beyond which a file is taken for data: a syntax tree needs a hundred times the size of its text."""
_PYTHON_2 = re.compile(
    r"""\s*(print\s+[^\s(=]|print\s*$|exec\s+["'\w]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,)"""
)
_SHEBANG = re.compile(rb"#![^\n]*\bpython")
_DECLARATION = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class UnreadableError(Exception):
    """Something cannot be read; the message says why, in the user's words."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Cell(NamedTuple):
    """A piece of Python: a whole file, or one cell of a notebook."""

    number: int
    """0 for a file, else the position of the cell in its notebook."""
    text: str


def decode_python(data: bytes) -> str:
    """The text of a Python file: a byte order mark, then the declaration of PEP 263, else UTF-8.

    Raises:
        UnreadableError: it is not in the encoding that it says, or says one that does not exist.
    """
    if len(data) > LARGEST_SOURCE:
        raise UnreadableError(
            f"too large: {len(data) / 1e6:.0f} MB of Python (up to {LARGEST_SOURCE / 1e6:.0f} MB are read; "
            "a file of this size is data)"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableError("saved as UTF-16, which Python does not read; save it as UTF-8")
    encoding = "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    else:
        encoding = _declared_encoding(data) or encoding
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"not {encoding}: byte 0x{data[error.start]:02x}; save it as UTF-8", line) from error
    except (LookupError, ValueError, TypeError) as error:
        raise UnreadableError(f"says it is encoded in {encoding!r}, which Python cannot decode", 1) from error


def _declared_encoding(data: bytes) -> Optional[str]:
    """What a comment in the first two lines says."""
    first, _, rest = data[:1000].partition(b"\n")
    match = _DECLARATION.match(first)
    if match is None and (not first.strip() or first.lstrip().startswith(b"#")):
        match = _DECLARATION.match(rest.partition(b"\n")[0])
    if match is None:
        return None
    name = match[1].decode("ascii", "replace")
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise UnreadableError(f"says it is encoded in {name!r}, which Python cannot decode", 1) from error
    if not getattr(info, "_is_text_encoding", True):
        raise UnreadableError(f"says it is encoded in {name!r}, which is no text encoding", 1)
    return info.name


def parse(text: str) -> ast.Module:
    """The syntax tree.

    Raises:
        UnreadableError: it is not Python as this Python reads it.
    """
    if "\0" in text:
        raise UnreadableError("holds null bytes", text.count("\n", 0, text.index("\0")) + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(f"not valid Python: {_explain(error, text)}", error.lineno or 0) from error
    except (ValueError, OverflowError) as error:
        raise UnreadableError(f"not valid Python: {error}") from error
    except (RecursionError, MemoryError) as error:  # the parser's words for the same, by release
        raise UnreadableError("nested too deeply, or too large, to be parsed") from error


def is_code(path: str, data: bytes) -> bool:
    """Whether a file is Python or a notebook: by its name, its first line, or because it imports something.

    ``requirements.txt`` and many a line of prose are valid Python too, and would be found without fault.
    """
    if path.endswith(SUFFIXES) or _SHEBANG.match(data):
        return True
    if data.lstrip()[:1] == b"{":
        return b'"cells"' in data or b'"worksheets"' in data
    try:
        tree = parse(decode_python(data))
    except UnreadableError:
        return False
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(tree))


def _explain(error: SyntaxError, text: str) -> str:
    """The parser's message, or better where a well-known reason shows."""
    line: Union[str, None] = error.text
    if not line and error.lineno:
        lines = text.splitlines()
        line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    if _PYTHON_2.match(line or ""):
        return "this is Python 2"
    return str(error.msg)
