"""What was broken already: findings that are written down so that only new ones fail. Schema ``kdoctor.baseline/1``.

A use is known again by its rule, its file and the text of its line, never by the line's number, so that code may move.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from kdoctor import fingerprints
from kdoctor.errors import UsageError
from kdoctor.ignores import parted, path_from
from kdoctor.model import Examination, Finding, Location, Report, Severity

SCHEMA = "kdoctor.baseline/1"
FILE = "kdoctor-baseline.json"

Key = tuple[str, str, str, str]
"""Code, slug, file and the text of the line; without file and text for what has no place in code."""


class Baseline(NamedTuple):
    """What was broken, and how often."""

    created: str
    """The day on which it was written."""
    known: Mapping[Key, int]
    folder: str
    """Its folder, from which its files are reached."""


def write(report: Report, folder: str = os.curdir) -> str:
    """The present findings, as text for a file in that folder.

    Only what may fail a gate is written down: what is merely known does not, and would make the file change with each
    release of kdoctor.
    """
    counts: Counter[Key] = Counter()
    for examination in report.environments:
        counts |= Counter(
            key
            for finding in examination.findings
            if finding.severity is not Severity.INFO and not finding.ignored
            for key in _keys(finding, folder)
        )
    entries = [
        {"code": code, "slug": slug, "path": path, "text": text, "count": counts[code, slug, path, text]}
        for code, slug, path, text in sorted(counts)
    ]
    document = {"schema": SCHEMA, "created": report.created[:10], "findings": entries}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read(path: str) -> Baseline:
    """What a file says.

    Raises:
        UsageError: it is not there, or is not a baseline.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return _parsed(json.load(file), os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise UsageError(
            f"The baseline {path} could not be read: {error.strerror or error}. kdoctor baseline writes one."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a baseline of kdoctor ({error or type(error).__name__}). kdoctor baseline writes it anew."
        ) from error


def _parsed(document: Any, folder: str) -> Baseline:
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']!r}, not {SCHEMA!r}")
    known = {
        (str(one["code"]), str(one["slug"]), str(one["path"]), str(one["text"])): int(one["count"])
        for one in document["findings"]
    }
    return Baseline(str(document["created"]), known, folder)


def apply(report: Report, baseline: Baseline) -> Report:
    """The report with what was broken already set aside.

    The status is as it was: see :func:`kdoctor.gate.settle`.
    """
    return replace(report, environments=tuple(_of(one, baseline) for one in report.environments))


def _of(examination: Examination, baseline: Baseline) -> Examination:
    left = Counter(dict(baseline.known))
    reason = f"in the baseline of {baseline.created}"
    findings: list[Finding] = []
    for finding in examination.findings:
        if finding.ignored or finding.severity is Severity.INFO:
            findings.append(finding)
        elif not finding.locations:
            is_known = left[_keys(finding, baseline.folder)[0]] > 0
            findings.append(replace(finding, ignored=reason) if is_known else finding)
        else:
            inside: list[Location] = []
            outside: list[Location] = []
            for place in finding.locations:
                key = _key(finding, place, baseline.folder)
                (inside if left[key] > 0 else outside).append(place)
                left[key] -= 1
            findings += parted(finding, inside, outside, reason)
    return replace(examination, findings=tuple(findings))


def _keys(finding: Finding, folder: str) -> list[Key]:
    if not finding.locations:
        return [(finding.code, finding.slug, "", "")]
    return [_key(finding, place, folder) for place in finding.locations]


def _key(finding: Finding, place: Location, folder: str) -> Key:
    known = fingerprints.place(finding, place)
    return known.code, known.slug, path_from(folder, place.path), known.text
