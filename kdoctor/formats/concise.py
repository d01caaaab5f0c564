"""The report as one line a place, as editors and grep read it: ``path:line:col: CODE message``."""

from __future__ import annotations

from kdoctor.code.places import Location
from kdoctor.formats.annotations import Annotation, collect, troubles
from kdoctor.formats.context import Context
from kdoctor.formats.document import verdicts
from kdoctor.formats.text import one_line
from kdoctor.report import Report
from kdoctor.words import Certainty


def render(report: Report, context: Context) -> str:
    """What was found by file and line, then what could not be read, then the verdicts."""
    found = [entry for entry in collect(report, context) if not entry.ignored]
    found.sort(key=lambda one: (one.is_code, one.where.path, one.where.cell, one.where.line, one.where.column))
    lines = [f"{_place(entry.where) if entry.is_code else 'environment'}: {_said(entry)}" for entry in found]
    lines += [
        f"{_place(one.where) if one.where else 'kdoctor'}: {one.severity.value}: {one.text}"
        for one in troubles(report, context)
    ]
    return "".join(f"{line}\n" for line in (*lines, *map(one_line, verdicts(report))))


def _said(entry: Annotation) -> str:
    likely = "possibly: " if entry.is_code and entry.where.certainty is Certainty.LIKELY else ""
    several = f" [{'; '.join(entry.environments)}]" if entry.environments else ""
    return f"{entry.code} {likely}{entry.title}{several}"


def _place(where: Location) -> str:
    """``lesson.ipynb:cell 3:2:5`` for a place in a notebook."""
    cell = f"cell {where.cell}:" if where.cell else ""
    return f"{one_line(where.path)}:{cell}{where.line}:{where.column}"
