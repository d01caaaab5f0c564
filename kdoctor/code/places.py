"""Places in code, as everything below the report names them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Optional

from kdoctor.words import Certainty, Severity


@dataclass(frozen=True)
class Change:
    """A range of the source, and what takes its place. Lines count from 1, columns in characters from 0."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    cell: int = 0
    """As in :class:`Location`."""


@dataclass(frozen=True)
class Fix:
    """How to rewrite the code at a place."""

    changes: tuple[Change, ...]
    diff: tuple[str, ...] = ()
    """The lines that change, as they stand behind ``- `` and as they will be behind ``+ ``."""
    unsafe: str = ""
    """What may change besides; empty where the program does what it did on Keras 2."""


@dataclass(frozen=True)
class Location:
    """A place in code that was read. Lines and columns count from 1."""

    path: str
    """As it was reached from what was asked for: ``src/train.py``; ``-`` for standard input."""
    line: int
    column: int = 1
    end_line: int = 0
    """The last line of the expression; 0 where it is the same line."""
    cell: int = 0
    """In a notebook the position of the cell among all cells, from 1; the line is then the line in that cell."""
    stack: str = ""
    """Through which name the code reaches Keras there; see :class:`kdoctor.code.Use`."""
    certainty: Certainty = Certainty.CERTAIN
    what: str = ""
    """What the code does there, in its own words: ``tf.keras.layers.LSTM(stateful=...)``."""
    text: str = ""
    """The line as it stands in the file, without indentation."""
    fix: Optional[Fix] = field(default=None, compare=False)
    """How to rewrite it; None where kdoctor knows no edit."""

    @property
    def called(self) -> str:
        """The name that is used there, without what the call is given."""
        return self.what.partition("(")[0]

    @property
    def statement(self) -> str:
        """By what the place is known again in another run, wherever its line has moved to."""
        return statement(self.text or self.what)


_BEFORE_COMMENT = re.compile(r"""(?:[^#'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*(?=\#)""")


def statement(line: str) -> str:
    """A line of code without the comment at its end, and with each run of blanks as one."""
    before = _BEFORE_COMMENT.match(line)
    return " ".join((before[0] if before else line).split())


@dataclass(frozen=True)
class IgnoredUse:
    """A use that a comment in its line ignores: ``# kdoctor: ignore[KD201] reason``."""

    code: str
    slug: str
    location: Location
    reason: str


@dataclass(frozen=True)
class Remark:
    """Something about a comment that was to ignore a finding, and ignores none."""

    severity: Severity
    """A warning where the comment is wrong; ``info`` where it only matches nothing, for another environment may need
    it."""
    text: str
    location: Location
