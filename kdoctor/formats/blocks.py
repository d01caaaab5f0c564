"""What a document is made of. Each format writes these; none of them knows what a report is."""

from __future__ import annotations

from typing import NamedTuple, Union


class Span(NamedTuple):
    """A piece of text."""

    text: str
    style: str = ""  # `strong`, `faint`, `good`, `bad`, `doubt`, `code`; plain where empty
    url: str = ""


Text = tuple[Span, ...]
Piece = Union[str, Span, tuple[str, str], tuple[str, str, str]]


def text(*pieces: Piece) -> Text:
    """Pieces with their styles as one text."""
    return tuple(Span(piece) if isinstance(piece, str) else Span(*piece) for piece in pieces)


class Heading(NamedTuple):
    """The title of a section."""

    title: str


class Paragraph(NamedTuple):
    """Sentences."""

    text: Text
    indent: int = 0  # in columns of a terminal
    begins: bool = False  # whether something else begins here, so that a terminal leaves a line free above it
    is_verdict: bool = False  # whether it is the verdict, which a card has in its title already


def paragraph(*pieces: Piece, indent: int = 0, begins: bool = False, is_verdict: bool = False) -> Paragraph:
    """Pieces as a block."""
    return Paragraph(text(*pieces), indent, begins, is_verdict)


class Table(NamedTuple):
    """Rows of cells; the rows of one table have equally many."""

    rows: tuple[tuple[Text, ...], ...]
    head: tuple[str, ...] = ()
    indent: int = 2

    @property
    def is_of_commands(self) -> bool:
        """Whether it is for who sits at the terminal: the last cells are commands."""
        return bool(self.rows) and all(span.style == "code" for row in self.rows for span in row[-1])


class Code(NamedTuple):
    """Lines to paste or to compare, never wrapped."""

    lines: str
    language: str = "shell"  # `shell`, `python`, `diff` (lines that begin with `-`, `+` or a blank), or `text`


Line = Union[Paragraph, Code]
"""What the steps of a remedy are made of."""


class Place(NamedTuple):
    """Where something is in the user's code."""

    where: str
    line: str = ""  # the line as it stands there
    note: str = ""
    path: str = ""  # the file, for a link
    diff: str = ""  # in the place of the line: the lines as they stand, marked `-`, and as they should be, marked `+`


class Steps(NamedTuple):
    """One way to fix something."""

    label: str
    title: str
    blocks: tuple[Line, ...] = ()
    indent: int = 0


class Problem(NamedTuple):
    """Something that concerns this reader."""

    kind: str  # `error`, `warning`, `possible`
    code: str
    title: str
    places: tuple[Place, ...] = ()
    blocks: tuple[Block, ...] = ()
    url: str = ""  # a page about it


class Fold(NamedTuple):
    """What is shown on request."""

    title: str
    blocks: tuple[Block, ...] = ()


Block = Union[Heading, Paragraph, Table, Code, Steps, Problem, Fold]


class Document(NamedTuple):
    """What people read of a report."""

    mood: str  # `good`, `bad`, `doubt`
    verdict: str  # one sentence
    blocks: tuple[Block, ...]
