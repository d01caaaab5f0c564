"""Text that may go anywhere, whatever a message holds, and the small words that every format needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 8000
"""So many characters of one message are kept; what a model prints when it fails may be a megabyte."""

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Controls, line separators and the marks that turn the direction of text: a message must not repaint the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# What no XML 1.0 document may hold, lone surrogates among it, in no form of escaping.
_NOWHERE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HOMES = re.compile(r"(?:/home/|/Users/|\b[A-Za-z]:[\\/]+Users[\\/]+)[^\\/\s:'\"]+|/root(?=/)")


def clean(text: str) -> str:
    """``text`` without what would move the cursor, colour the screen or hide a part of it."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _CONTROL.sub("\ufffd", text.replace("\r", "\n"))


def safe(text: str, most: int = MOST) -> str:
    """``text`` with what cannot be written replaced, and cut at ``most`` characters with dots."""
    kept = text if len(text) <= most else text[:most].rstrip() + " ..."
    return _NOWHERE.sub("\ufffd", clean(kept))


def one_line(text: str, most: int = 500) -> str:
    """The same with each run of blanks and ends of lines as one blank."""
    return " ".join(safe(text, most * 2).split())[:most]


def without_homes(text: str) -> str:
    """``text`` with the folders of users, and thus their names, as ``~``."""
    return _HOMES.sub("~", text)


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 check``, ``3 checks``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(words: Sequence[str], most: int = 0) -> str:
    """``a``, ``a and b``, ``a, b and c``; of more than ``most``, if given, the first and the number of the others."""
    if most and len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentence(text: str) -> str:
    """With a full stop at its end."""
    return text if not text or text.endswith((".", "?", "!", ":")) else text + "."


def place(path: str, line: int, cell: int = 0, column: int = 0) -> str:
    """``src/train.py:12:5``, which editors and terminals open; ``lesson.ipynb, cell 3, line 2``."""
    if cell:
        return f"{path}, cell {cell}, line {line}" if line else f"{path}, cell {cell}"
    return ":".join([path, *(str(number) for number in (line, column) if number)])
