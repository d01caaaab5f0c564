"""Lines of styled text: wrapping, indentation, colour and the fallback to plain characters.

This knows nothing of reports. It is here rather than a library's because the whole of ``kdoctor --no-canaries`` has a
quarter of a second, of which importing a full console toolkit would take a fifth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, Union

Piece = Union[str, tuple[str, str]]
"""Text, or text with the name of its style."""

NO_BREAK = "\u00a0"
"""A space at which no line is broken."""

_STYLES = {
    "strong": "1",
    "faint": "2",
    "good": "32",
    "bad": "31",
    "doubt": "33",
    "paste": "36",
}

# What the report's own signs become where the terminal's encoding has no room for them.
_PLAIN = {
    "✓": "+",
    "✗": "x",
    "\u2013": "-",
    "—": "-",
    "─": "-",
    "│": "|",
    "·": "-",
    "•": "*",
    "…": "...",
    "→": "->",
    "←": "<-",
    "\u00d7": "x",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "≈": "~",
    "\u2018": "'",
    "\u2019": "'",
    "“": '"',
    "”": '"',
    NO_BREAK: " ",
}
_ROOM_FOR_LABELS = 56
_SHORTEST_PART = 8
_SIGNS = "✓✗─│·…"

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Controls, line separators, the marks that turn the direction of text, and what is not seen at all: a message must not
# repaint the terminal, and must not read otherwise than it is.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile(r"[ \t\n]+")


class Look(NamedTuple):
    """What the place that shows the text can show."""

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"

    @property
    def has_signs(self) -> bool:
        """Whether the report's signs can be written there."""
        try:
            _SIGNS.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


def clean(text: str) -> str:
    """``text`` without what would move the cursor, colour the screen or hide a part of it."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _CONTROL.sub("\ufffd", text.replace("\r", "\n"))


def cells(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """``text`` in one line of at most ``width`` columns, with an ellipsis where something is left out."""
    text = _BLANKS.sub(" ", clean(text)).strip()
    if cells(text) <= width:
        return text
    kept = ""
    for character in text:
        if cells(kept + character) > width - len(ellipsis):
            break
        kept += character
    return (kept.rstrip() + ellipsis)[: max(width, 0)]


class Page:
    """Text that grows downwards and knows its width."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = max(look.width, 20)
        self._has_signs = look.has_signs
        self._lines: list[str] = []

    def __str__(self) -> str:
        lines = self._lines
        while lines and not lines[-1]:
            lines = lines[:-1]
        return "".join(line + "\n" for line in lines)

    def blank(self) -> None:
        """Leave one line free, unless one is free already."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.blank()
        self.add((text, "strong"))

    def add(self, *pieces: Piece, indent: int = 0, hang: int = 0) -> None:
        """One paragraph, wrapped between words; lines after the first stand ``hang`` further right."""
        words = [[(self._written(text), style) for text, style in word] for word in _words(pieces)]
        first = " " * indent
        rest = " " * min(indent + hang, self.width - 10)
        margin, line, used = first, list[tuple[str, str]](), len(first)
        empty = True
        for word in words:
            length = sum(cells(text) for text, _ in word)
            if not empty and used + 1 + length > self.width:
                self._lines.append(self._paint([(margin, ""), *line]))
                margin, line, used, empty = rest, [], len(rest), True
            if not empty:
                line.append((" ", word[0][1] if line[-1][1] == word[0][1] else ""))
                used += 1
            for text, style in word:
                while text:
                    if cells(text) > self.width - used and used > len(rest):
                        fits_below = cells(text) <= self.width - len(rest)
                        if fits_below or self.width - used < _SHORTEST_PART:
                            if line:
                                self._lines.append(self._paint([(margin, ""), *line]))
                            margin, line, used = rest, [], len(rest)
                    part, text = _cut(text, self.width - used)
                    line.append((part, style))
                    used += cells(part)
            empty = False
        if line:
            self._lines.append(self._paint([(margin, ""), *line]))

    def entry(self, label: str, *pieces: Piece, indent: int = 2) -> None:
        """A paragraph with a faint label in the margin."""
        if self.width >= _ROOM_FOR_LABELS:
            margin = (label.ljust(self.margin).replace(" ", NO_BREAK), "faint")
            self.add(margin, *pieces, indent=indent, hang=self.margin)
        else:
            self.add((label + ": ", "faint"), *pieces, indent=indent, hang=2)

    @property
    def margin(self) -> int:
        """How much further right than its label the text of an entry stands."""
        return 10 if self.width >= _ROOM_FOR_LABELS else 2

    def verbatim(self, text: str, *, indent: int = 0, style: str = "paste") -> None:
        """Lines to copy or to compare: never wrapped, whatever the width."""
        for line in clean(text).expandtabs(4).splitlines():
            self._lines.append(self._paint([(" " * indent, ""), (self._written(line), style)]) if line.strip() else "")

    def row(self, fields: Sequence[Piece], widths: Sequence[int], *, indent: int = 0, gap: int = 2) -> None:
        """One line of a table; the caller sees to it that it fits."""
        pieces: list[tuple[str, str]] = [(" " * indent, "")]
        for field, width in zip(fields, widths):
            text, style = (field, "") if isinstance(field, str) else field
            text = shorten(self._written(clean(text)), width, self._written("…"))
            pieces += [(text, style), (" " * (width - cells(text) + gap), "")]
        self._lines.append(self._paint(pieces))

    def _paint(self, pieces: Sequence[tuple[str, str]]) -> str:
        while pieces and not pieces[-1][0].rstrip(" "):
            pieces = pieces[:-1]
        painted = ""
        for text, style in _merged(pieces):
            code = _STYLES.get(style) if self.look.colour else None
            painted += f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text
        return painted.rstrip(" ")

    def _written(self, text: str) -> str:
        if text.isascii():
            return text
        text = text.replace(NO_BREAK, " ")
        if not self._has_signs:
            text = "".join(_PLAIN.get(character, character) for character in text)
        try:
            return text.encode(self.look.encoding, "backslashreplace").decode(self.look.encoding)
        except LookupError:
            return text.encode("ascii", "backslashreplace").decode("ascii")


def _words(pieces: Sequence[Piece]) -> list[list[tuple[str, str]]]:
    """The words of the pieces; a word whose parts differ in style holds them side by side."""
    words: list[list[tuple[str, str]]] = []
    glued = False
    for piece in pieces:
        text, style = (piece, "") if isinstance(piece, str) else piece
        text = clean(text)
        for position, part in enumerate(_BLANKS.split(text)):
            if position:
                glued = False
            if part and glued:
                words[-1].append((part, style))
            elif part:
                words.append([(part, style)])
                glued = True
    return words


def _merged(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same with neighbours of one style in one piece."""
    merged: list[tuple[str, str]] = []
    for text, style in pieces:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return merged


def _cut(text: str, room: int) -> tuple[str, str]:
    """What of ``text`` fits in ``room`` columns, at least one character, and the rest."""
    if cells(text) <= room:
        return text, ""
    end, used = 0, 0
    for character in text:
        used += _cells(character)
        if used > room and end:
            break
        end += 1
    return text[:end], text[end:]
