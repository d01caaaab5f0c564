"""On which line of a TOML text each value stands, which the standard library's parser does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Optional, Union

Path = tuple[Union[str, int], ...]
"""The keys and positions that lead to a value: ``("tool", "kdoctor", "ignore", 0, "rule")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""(?!")' + r"|'''.*?'''(?!')" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.S)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_DEEPEST = 64
"""Longer paths have no line of their own: every beginning of a path is kept, which would take gigabytes."""


def find_lines(text: str, below: Path = ()) -> Mapping[Path, int]:
    """The line, from 1, of every table, key and item of an array. The text must be valid TOML.

    Args:
        text: the text.
        below: only what is in this table; other files' millions of items cost neither memory nor much time.
    """
    return _Scanner(text, below).scan()


class _Scanner:
    """Goes over the text once; ``self.at`` is where it stands."""

    def __init__(self, text: str, below: Path) -> None:
        self.text = text
        self._below = below
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._counted = (0, 1)
        self._tables: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        while self._skip():
            line = self._line()
            if self.text.startswith("[[", self.at):
                self.at += 2
                name = self._inside_arrays(self._key())
                self.at += 2
                self._tables[name] = self._tables.get(name, -1) + 1
                table = (*name, self._tables[name])
                self._note(name, line)
            elif self.text[self.at] == "[":
                self.at += 1
                table = self._inside_arrays(self._key())
                self.at += 1
            else:
                self._pair(table)
                continue
            self._note(table, line)
        return self.lines

    def _note(self, path: Path, line: Optional[int] = None) -> None:
        """The first line that speaks of a path is its line; what leads to it is there too if it is nowhere before."""
        if path[: len(self._below)] != self._below[: len(path)]:
            return
        here = self._line() if line is None else line
        for length in range(1, min(len(path), _DEEPEST) + 1):
            self.lines.setdefault(path[:length], here)

    def _skip(self) -> bool:
        """Go over blanks, ends of lines and comments; False at the end of the text."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def _line(self) -> int:
        counted, line = self._counted
        self._counted = (self.at, line + self.text.count("\n", counted, self.at))
        return self._counted[1]

    def _key(self) -> Path:
        parts: list[str] = []
        found = _KEY.match(self.text, self.at)
        while found:
            self.at = found.end()
            parts.append(_unquoted(found[1]))
            found = _KEY.match(self.text, self.at) if found[2] else None
        return tuple(parts)

    def _inside_arrays(self, name: Path) -> Path:
        """The path of a table below arrays of tables, of which the last item is meant."""
        path: Path = ()
        for position, part in enumerate(name):
            path = (*path, part)
            if position < len(name) - 1 and path in self._tables:
                path = (*path, self._tables[path])
        return path

    def _pair(self, table: Path) -> None:
        self._skip()
        line = self._line()
        path = (*table, *self._key())
        self._note(path, line)
        self.at = self.text.index("=", self.at) + 1
        self._skip()
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening in "[{":
            self.at += 1
            position = 0
            while self._skip() and self.text[self.at] not in "]}":
                if opening == "{":
                    self._pair(path)
                else:
                    item = (*path, position)
                    self._note(item)
                    self._value(item)
                    position += 1
                self._skip()
                if self.text.startswith(",", self.at):
                    self.at += 1
            self.at += 1
            return
        found = _STRING.match(self.text, self.at) or _PLAIN.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        import json

        return str(json.loads(re.sub(r"\\U([0-9A-Fa-f]{8})", lambda found: chr(int(found[1], 16)), key)))
    return key
