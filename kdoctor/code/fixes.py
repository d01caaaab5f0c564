"""Makes of a rule's edits the very changes of one place, and shows the lines as they will be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Optional

from kdoctor.code.cells import Cell
from kdoctor.code.keras_kinds import KERAS, TENSORFLOW, TF_KERAS, TF_KERAS_PACKAGE
from kdoctor.code.match import RawHit
from kdoctor.code.places import Change, Fix, Location
from kdoctor.rules.edits import Editor, Module, Source, changed_by
from kdoctor.words import Certainty

UNSURE = "kdoctor is not sure that this is Keras."
_MOST_LINES = 12
"""Of so many lines at most it is shown how they change."""
_LONGEST = 500
"""Characters of a line that are shown."""


class Fixer:
    """The edits of one file."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = {cell.number: cell for cell in cells}

    @cached_property
    def _module(self) -> Module:
        return Module([Source(cell.number, cell.python, cell.tree) for cell in self._cells.values()])

    def fix(self, hit: RawHit, where: Location) -> Optional[Fix]:
        """How to rewrite a place; None where no edit of the rule applies to it.

        Args:
            hit: the place as the matcher found it.
            where: the same for the report.
        """
        stack = where.stack.partition("+")[0]
        door = stack if stack in (KERAS, TF_KERAS_PACKAGE) else TF_KERAS if stack in ("", TENSORFLOW) else stack
        editor = Editor(self._module, self._module.sources[hit.cell], hit.site, hit.node, door)
        edit = changed_by(hit.entry.rule.edits, editor)
        changes = [self._change(*change) for change in editor.changes] if edit else []
        known = [change for change in changes if change is not None]
        if edit is None or len(known) < len(changes):
            return None
        known.sort(key=_order)
        unsafe = edit.unsafe or ("" if where.certainty is Certainty.CERTAIN else UNSURE)
        return Fix(tuple(known), self._shown(known), unsafe)

    def _change(self, source: Source, start: int, end: int, text: str) -> Optional[Change]:
        """The change in lines and columns; None where the line is not Python as it stands, but a magic."""
        cell = self._cells[source.number]
        line, column = _place(source.text, start)
        end_line, end_column = _place(source.text, end)
        written, read = cell.text.split("\n"), source.text.split("\n")
        for number in range(line, end_line + 1):
            first = column if number == line else 0
            last = end_column if number == end_line else len(read[number - 1])
            if written[number - 1][first:last] != read[number - 1][first:last]:
                return None
        return Change(line, column, end_line, end_column, text, source.number)

    def _shown(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """The lines that change, and what they change to."""
        groups: list[list[Change]] = []
        for change in changes:
            last = groups[-1][-1] if groups else None
            if last is None or last.cell != change.cell or change.line > last.end_line:
                groups.append([])
            groups[-1].append(change)
        lines: list[tuple[str, str]] = []
        for group in groups:
            first, last_line = group[0].line, max(change.end_line for change in group)
            old = self._cells[group[0].cell].text.split("\n")[first - 1 : last_line]
            shifted = (replace(one, line=one.line - first + 1, end_line=one.end_line - first + 1) for one in group)
            new = spliced("\n".join(old), shifted).split("\n")
            same = next((at for at, (one, other) in enumerate(zip(old, new)) if one != other), min(len(old), len(new)))
            old, new = old[same:], new[same:]
            while old and new and old[-1] == new[-1]:
                del old[-1], new[-1]
            lines += [*(("-", line) for line in old), *(("+", line) for line in new)]
        depth = min((len(line) - len(line.lstrip()) for _, line in lines if line.strip()), default=0)
        return tuple(f"{sign} {line[depth:].rstrip()[:_LONGEST]}" for sign, line in lines[:_MOST_LINES])


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line, from 1, and column, from 0, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset) - 1


def _order(change: Change) -> tuple[int, int, int, int, int]:
    return change.cell, change.line, change.column, change.end_line, change.end_column


def spliced(text: str, changes: Iterable[Change]) -> str:
    """A text with these changes, whatever its lines end in; new lines end as its first one does."""
    ends = [found.end() for found in re.finditer(r"\r\n|\r|\n", text)]
    starts = [0, *ends]
    found = re.search(r"\r\n|\r|\n", text)
    newline = found[0] if found else "\n"
    for change in sorted(set(changes), key=_order, reverse=True):
        start = starts[change.line - 1] + change.column
        end = starts[change.end_line - 1] + change.end_column
        text = text[:start] + change.text.replace("\n", newline) + text[end:]
    return text
