"""Every feature on every way to Keras: the one table of a report, as data."""

from __future__ import annotations

from typing import NamedTuple

from kdoctor.environment.model import Stack
from kdoctor.report import Examination, Finding
from kdoctor.words import Outcome, StackId

BROKEN = "broken"  # the state of a cell where a feature is known to be broken and nothing says how
LEFT_OUT = "left out"  # the state of a cell that was not run by choice, which is no gap
BROKEN_STATES = frozenset((BROKEN, *(outcome.value for outcome in Outcome if outcome.is_broken)))


class Row(NamedTuple):
    """One feature."""

    slug: str
    area: str
    states: tuple[str, ...]  # for each column the value of an Outcome, or `broken`; empty where nothing is known


class Features(NamedTuple):
    """The table; the first column is what code reaches as things stand."""

    columns: tuple[Stack, ...]
    rows: tuple[Row, ...]


def is_feature(finding: Finding) -> bool:
    """Whether it is a feature with a row in the table, rather than a fault or a name that code uses."""
    return bool(finding.stacks) and finding.area != "code"


def features(examination: Examination) -> Features:
    """The rows by area. A stack that is the same as another, is missing or was not asked for has no column."""
    stacks = examination.environment.stacks
    same = {stack.id: stack.same_as or stack.id for stack in stacks}
    states: dict[tuple[str, StackId], str] = {}
    areas: dict[str, str] = {}
    for row in examination.canaries:
        areas.setdefault(row.slug, row.area)
        if same.get(row.stack, row.stack) is row.stack or (row.slug, same[row.stack]) not in states:
            states[row.slug, same.get(row.stack, row.stack)] = LEFT_OUT if row.by_choice else row.outcome.value
    for finding in filter(is_feature, examination.findings):
        areas[finding.slug] = areas.get(finding.slug) or finding.area
        known = {**dict.fromkeys(finding.stacks, BROKEN), **{one: it.value for one, it in finding.outcomes.items()}}
        for stack, state in known.items():
            where = (finding.slug, same.get(stack, stack))
            if states.get(where, LEFT_OUT) in (Outcome.NOT_RUN.value, LEFT_OUT):
                states[where] = state
    columns = tuple(
        stack
        for stack in stacks
        if stack.available and stack.same_as is None and any((slug, stack.id) in states for slug in areas)
    )
    order = list(dict.fromkeys(areas.values()))
    slugs = sorted(areas, key=lambda slug: order.index(areas[slug]))
    states_of = {slug: tuple(states.get((slug, stack.id), "") for stack in columns) for slug in slugs}
    return Features(columns, tuple(Row(slug, areas[slug], states_of[slug]) for slug in slugs))
