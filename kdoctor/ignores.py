"""Findings that the configuration or the baseline sets aside.

What is set aside stays in the report, with the reason; it fails no gate.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from typing import Optional

from kdoctor.config import Ignore
from kdoctor.model import Examination, Finding, Location, Outcome, Relevance, Report, Severity


def apply(report: Report, ignores: Sequence[Ignore], today: date) -> Report:
    """The report with what the configuration ignores set aside; it tells of ignores that are over, or idle.

    The status is as it was: see :func:`kdoctor.gate.settle`.
    """
    if not ignores:
        return report
    return replace(report, environments=tuple(_of(one, ignores, today) for one in report.environments))


def _of(examination: Examination, ignores: Sequence[Ignore], today: date) -> Examination:
    findings = list(examination.findings)
    notes = []
    for ignore in ignores:
        concerned = [finding for finding in findings if ignore.rule in (finding.code, finding.slug)]
        if ignore.until is not None and today > ignore.until:
            if concerned:
                notes.append(f"The ignore of {ignore.rule} ended on {ignore.until}, so it counts again.")
            continue
        if not concerned:
            if not examination.target:  # where only code is judged, it may be one file of many
                notes.append(_idle(ignore, examination))
            continue
        findings = [
            part
            for finding in findings
            for part in (_split(finding, ignore) if finding in concerned and not finding.ignored else (finding,))
        ]
    return replace(examination, findings=tuple(findings), notes=(*examination.notes, *notes))


def _idle(ignore: Ignore, examination: Examination) -> str:
    """Why an ignore that sets nothing aside is there no more for anything."""
    rows = [row for row in examination.canaries if ignore.rule == row.slug or _has_code(ignore.rule, row.slug)]
    if any(row.outcome is Outcome.WORKS for row in rows) and not any(row.outcome.is_broken for row in rows):
        return f"The canary of {ignore.rule} passes here, so the ignore of it can go."
    return f"Nothing here needs the ignore of {ignore.rule}."


def _has_code(code: str, slug: str) -> bool:
    from kdoctor import rules

    rule = rules.find(code)
    return rule is not None and rule.slug == slug


def _split(finding: Finding, ignore: Ignore) -> Iterable[Finding]:
    """The finding set aside; where the ignore is for some files only, what is in them apart from the rest."""
    if not ignore.paths:
        return (replace(finding, ignored=ignore.reason),)
    inside = [place for place in finding.locations if _is_in(place, ignore)]
    outside = [place for place in finding.locations if place not in inside]
    return parted(finding, inside, outside, ignore.reason)


def _is_in(place: Location, ignore: Ignore) -> bool:
    path = path_from(ignore.folder, place.path)
    patterns = [pattern[2:] if pattern.startswith("./") else pattern for pattern in ignore.paths]
    return any(fnmatch(path, pattern) or path.startswith(pattern.rstrip("/") + "/") for pattern in patterns)


def path_from(folder: str, path: str) -> str:
    """A file as it is reached from a folder, with slashes on every system, wherever the reader of the code stood."""
    if folder and path != "-":
        with contextlib.suppress(ValueError):  # another drive
            path = os.path.relpath(path, folder)
    path = path.replace("\\", "/")
    return path[2:] if path.startswith("./") else path


def parted(finding: Finding, inside: Sequence[Location], outside: Sequence[Location], reason: str) -> list[Finding]:
    """A finding in two: the places that are set aside, and the others; just the one where a side is empty.

    What made it an error may be among those that are set aside: a likely use alone is a warning.
    """
    aside: Optional[Finding] = replace(finding, locations=tuple(inside), ignored=reason) if inside else None
    rest = replace(finding, locations=tuple(outside)) if outside or not inside else None
    if rest and finding.stacks and finding.relevance is Relevance.USED and rest.certainty is not finding.certainty:
        rest = replace(rest, severity=Severity.WARNING)
    return [part for part in (rest, aside) if part is not None]
