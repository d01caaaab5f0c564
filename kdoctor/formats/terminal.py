"""A document as text for a terminal, a pipe or a log; rich does the wrapping, the tables and the colours."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text as RichText

from kdoctor.formats import blocks as made
from kdoctor.formats.context import Context, Look
from kdoctor.formats.document import document, labels, verdicts
from kdoctor.formats.text import MOST, clean, page, quoted
from kdoctor.language import _
from kdoctor.report import Report

_STYLES = {"strong": "bold", "faint": "dim", "good": "green", "bad": "red", "doubt": "yellow", "code": "cyan"}
_KINDS = {"error": "bold red", "warning": "bold yellow", "possible": "bold yellow", "info": "bold"}
_DIFF = {"-": "red", "+": "green"}
# What the signs become where the terminal's encoding has no room for them.
_PLAIN = str.maketrans(
    dict(zip("✓✗\u2013—─│·•\u00d7≈\u2018\u2019“”", "+x---|-*x~''\"\""))
    | {"…": "...", "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "≠": "!="}
)
_UNBREAKABLE = "\ue000"  # stands for a no-break space while rich wraps, which breaks lines at any space
_NARROWEST = 20
_ROOMY = 60  # from so many columns on the cells of a row stand side by side
_LEAST_LAST = 20  # so many columns are enough for the last cell of a row, which is wrapped


def render(report: Report, context: Context) -> str:
    """The whole report, or with ``quiet`` its verdicts alone."""
    if context.quiet:
        said = verdicts(report) or [_("Nothing was examined.")]
        lines = [f"{name}: {one}" for name, one in zip(labels(report), said)] if len(said) > 1 else said
        return write(map(made.paragraph, lines), context.look)
    made_of = document(report, full=context.verbose, view=context.view, most=context.most)
    return write(made_of.blocks, context.look, opened=context.verbose)


def opening(report: Report, look: Look) -> str:
    """What is shown while checks run."""
    from kdoctor.formats.document import opening as blocks

    return write(blocks(report), look)


def write(blocks: Iterable[made.Block], look: Look, *, opened: bool = False) -> str:
    """The blocks as text; folds only where they are ``opened``."""
    writer = _Writer(look, opened)
    for block in blocks:
        writer.block(block)
    return writer.text()


class _Writer:
    def __init__(self, look: Look, opened: bool) -> None:
        self._look, self._opened = look, opened
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=max(look.width, _NARROWEST),
            force_terminal=look.colour,
            force_jupyter=False,  # in a kernel it would show each line as an output of its own
            color_system="standard" if look.colour else None,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
        )
        self._last: object = None

    def text(self) -> str:
        lines = [line.rstrip() for line in self._out.getvalue().replace(_UNBREAKABLE, " ").splitlines()]
        return "".join(f"{line}\n" for line in lines).strip("\n") + "\n" if any(lines) else ""

    def block(self, block: made.Block, indent: int = 0) -> None:
        """Write one block; a blank line stands between sections, not between the lines of one."""
        if isinstance(block, made.Fold):
            if self._opened:
                self._out.write("\n" if indent <= 2 else "")
                self._line(self._text(block.title, "bold"), indent)
                for inner in block.blocks:
                    self.block(inner, indent + 2)
            return
        if indent == 0 and self._last is not None and not self._follows(block):
            self._out.write("\n")
        self._last = block
        if isinstance(block, made.Heading):
            self._line(self._text(block.title, "bold"), indent)
        elif isinstance(block, made.Paragraph):
            style = "bold" if block.is_verdict else ""
            self._line(self._rich(block.text, style), indent + block.indent)
            for span in block.text:
                if span.url:
                    self._verbatim(self._text(span.url, "dim"), indent + block.indent + 2)
        elif isinstance(block, made.Table):
            self._table(block, indent)
        elif isinstance(block, made.Code):
            self._code(block, indent)
        elif isinstance(block, made.Steps):
            self._line(self._text(block.label + _(": "), "bold") + self._text(block.title), indent + block.indent)
            for step in block.blocks:
                self.block(step, indent + block.indent + 2)
        else:
            self._problem(block, indent)

    def _follows(self, block: made.Block) -> bool:
        if isinstance(self._last, made.Heading):
            return not isinstance(block, made.Heading)
        is_next = isinstance(block, made.Paragraph) and not block.is_verdict and not block.begins
        return is_next and isinstance(self._last, made.Paragraph) and not self._last.is_verdict

    def _problem(self, block: made.Problem, indent: int) -> None:
        head = self._text(f"{_(block.kind)}[{block.code}]", _KINDS[block.kind])
        for link in (page(block.code), block.url):
            if link.startswith("https://") and self._look.colour:
                head.stylize(f"link {link}")
        self._line(head + self._text(f": {block.title}", "bold"), indent)
        for place in block.places:
            where = self._text(place.where, "bold")
            if place.path and self._look.colour:
                where.stylize(f"link file://{quoted(os.path.abspath(place.path))}")
            self._verbatim(where + self._text(f"  {place.note}" if place.note else "", "yellow"), indent + 2)
            if place.diff:
                self._code(made.Code(place.diff, "diff"), indent + 2)
            elif place.line:
                self._verbatim(self._text(place.line), indent + 6)
        for inner in block.blocks:
            self.block(inner, indent + 2)
        if indent:
            self._out.write("\n")

    def _table(self, block: made.Table, indent: int) -> None:
        indent += block.indent
        if block.is_of_commands:
            first = [self._rich(row[0]) for row in block.rows]
            widest = max(label.cell_len for label in first)
            for label, row in zip(first, block.rows):
                label.pad_right(widest + 2 - label.cell_len)
                self._verbatim(label + self._rich(row[-1]), indent)
            return
        if not self._has_room(block, self._console.width - indent):
            self._stacked(block, indent)
            return
        grid = Grid(box=None, show_header=bool(block.head), pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        columns = len(block.rows[0]) if block.rows else 0
        for number, title in enumerate(block.head or ("",) * columns, 1):
            grid.add_column(self._written(title), overflow="fold", no_wrap=number < columns)
        for row in block.rows:
            grid.add_row(*(self._rich(cell) for cell in row))
        self._console.print(Padding(grid, (0, 0, 0, indent), expand=False))

    def _has_room(self, block: made.Table, width: int) -> bool:
        """Whether every column but the last can stand whole: a cell is never cut."""
        if self._console.width < _ROOMY:
            return False
        rows = [list(map(self._rich, row)) for row in block.rows]
        rows += [list(map(self._text, block.head))] if block.head else []
        widths = [max(cell.cell_len for cell in column) + 2 for column in zip(*rows)]
        return not widths or sum(widths[:-1]) + min(widths[-1], _LEAST_LAST) <= width

    def _stacked(self, block: made.Table, indent: int) -> None:
        """A row's cells under one another, where the window is too narrow for columns."""
        for row in block.rows:
            for number, (title, cell) in enumerate(zip(block.head or ("",) * len(row), row)):
                if any(span.text for span in cell):
                    label = self._text(f"{title}: " if title else "")
                    self._line(label + self._rich(cell), indent + (2 if number else 0))

    def _code(self, block: made.Code, indent: int) -> None:
        style = {"shell": "cyan", "python": "cyan"}.get(block.language, "")
        for line in clean(block.lines).expandtabs(4).splitlines():
            colour = _DIFF.get(line[:1], "") if block.language == "diff" else style
            self._verbatim(self._text(line, colour), indent + 2)

    def _line(self, text: RichText, indent: int) -> None:
        indent = min(indent, self._console.width - 10)
        self._console.print(Padding(text, (0, 0, 0, indent), expand=False), overflow="fold")

    def _verbatim(self, text: RichText, indent: int) -> None:
        """A line to copy or to click: never wrapped, whatever the width."""
        self._console.print(RichText(" " * indent) + text, soft_wrap=True)

    def _rich(self, text: made.Text, style: str = "") -> RichText:
        pieces = RichText(style=style)
        for span in text:
            link = f" link {span.url}" if span.url.startswith("https://") and self._look.colour else ""
            pieces.append(self._written(span.text), (_STYLES.get(span.style, "") + link).strip() or None)
        return pieces

    def _text(self, text: str, style: str = "") -> RichText:
        return RichText(self._written(text), style)

    def _written(self, text: str) -> str:
        if "\u00a0" in text:
            return _UNBREAKABLE.join(map(self._written, text.split("\u00a0")))
        text = clean(text if len(text) <= MOST else text[:MOST] + " ...")
        if text.isascii():
            return text
        if not self._look.has_signs:
            text = text.translate(_PLAIN)
        try:
            return text.encode(self._look.encoding, "backslashreplace").decode(self._look.encoding)
        except LookupError:
            return text.encode("ascii", "backslashreplace").decode("ascii")
