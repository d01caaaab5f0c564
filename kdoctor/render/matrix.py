"""Several environments side by side: one row a feature or fault, one column an environment."""

from __future__ import annotations

from kdoctor.model import Examination, Outcome, Report
from kdoctor.render import digest, entries
from kdoctor.render.page import Look, Page, Piece, cells

_MARKS = {
    Outcome.WORKS.value: ("✓", "good"),
    Outcome.WRONG.value: ("✗ wrong", "bad"),
    Outcome.RAISES.value: ("✗ raises", "bad"),
    Outcome.CRASHES.value: ("✗ crashes", "bad"),
    Outcome.TIMES_OUT.value: ("? time", "doubt"),
    Outcome.NOT_APPLICABLE.value: ("- n/a", "faint"),
    Outcome.NOT_RUN.value: ("? not run", "doubt"),
    digest.BROKEN: ("✗ broken", "bad"),
    digest.UNKNOWN: ("?", "doubt"),
    digest.LEFT_OUT: ("- not run", "faint"),
}
_FAULT = ("✗ fault", "bad")
_ABSENT = ("-", "faint")
_COLUMN = 9
_NARROWEST = 3


def render(report: Report, look: Look, *, verbose: bool = False) -> str:
    """The matrix of what differs from "works everywhere", and with ``verbose`` of everything.

    A column is the default stack of its environment: what its code reaches as things stand.
    """
    page = Page(look)
    names = entries.labels(report)
    for name, examination in zip(names, report.environments):
        mood, text = digest.verdict(examination, report.code)
        page.add((name, "strong"), ": ", (text, {"good": "good", "bad": "bad"}.get(mood, "doubt")), hang=4)
    columns = [_column(examination) for examination in report.environments]
    slugs = dict.fromkeys(slug for column in columns for slug in column)
    shown = [slug for slug in slugs if verbose or any(_matters(column.get(slug)) for column in columns)]
    if not shown:
        page.blank()
        page.add("Nothing is broken in any of them." if slugs else "Nothing was looked at in any of them.")
        return str(page)
    page.blank()
    widths, first = _widths(columns, shown, page.width)
    per_row = max(1, (page.width - first) // (max(widths) + 2)) if widths else 1
    for start in range(0, len(columns), per_row):
        part = columns[start : start + per_row]
        page.row(
            [("feature", "faint"), *(f"[{number}]" for number in range(start + 1, start + 1 + len(part)))],
            [first, *widths[start : start + per_row]],
        )
        for slug in shown:
            marks: list[Piece] = [column.get(slug, _ABSENT) for column in part]
            page.row([slug, *marks], [first, *widths[start : start + per_row]])
        page.blank()
    if any(slug not in column for column in columns for slug in shown):
        page.add((f"{_ABSENT[0]} not known to be broken there.", "faint"))
    left = len(slugs) - len(shown)
    if left:
        page.add((f"{digest.count(left, 'feature')} more: nothing broken in any of them.", "faint"))
    return str(page)


def _column(examination: Examination) -> dict[str, tuple[str, str]]:
    """The mark of each feature and fault."""
    table = digest.tabulate(examination)
    marks = {
        finding.slug: _FAULT
        for finding in sorted(examination.findings, key=lambda one: one.severity.rank)
        if digest.is_fault(finding) and not finding.ignored
    }
    marks.update({row.slug: _MARKS[row.states[0]] for row in table.rows if row.states})
    return marks


def _matters(mark: object) -> bool:
    return mark is not None and mark not in (_MARKS[Outcome.WORKS.value], _MARKS[Outcome.NOT_APPLICABLE.value])


def _widths(columns: list[dict[str, tuple[str, str]]], shown: list[str], width: int) -> tuple[list[int], int]:
    """Of each column, and of the names, which get what is left and at least a third of the page."""
    widths = [
        min(_COLUMN, max([_NARROWEST, *(cells(column[slug][0]) for slug in shown if slug in column)]))
        for column in columns
    ]
    wanted = max([len("feature"), *(cells(slug) for slug in shown)])
    room = width - sum(each + 2 for each in widths)
    return widths, min(wanted, max(room, width // 3)) if room < wanted else wanted
