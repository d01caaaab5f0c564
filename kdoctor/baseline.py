"""What was broken already: findings that are written down so that only new ones fail. Schema ``kdoctor.baseline/1``.

A use is known again by its rule, its file and the text of its line, never by the line's number, so that code may move.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from kdoctor import files, fingerprints
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
        return parse(files.read(path), os.path.dirname(os.path.abspath(path)))
    except files.Unreadable as reason:
        raise UsageError(f"The baseline {path} could not be read: {reason}. kdoctor baseline writes one.") from None
    except NotABaselineError as reason:
        raise UsageError(
            f"{path} is not a baseline of kdoctor ({reason}). Remove it, and kdoctor baseline writes a new one."
        ) from None


def check_replaceable(path: str) -> None:
    """Stop where a file would be lost that is not a baseline, or where a link leads elsewhere.

    Raises:
        UsageError: what is there is neither a baseline nor empty.
    """
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return  # nothing is there to lose; writing says what is wrong
    instead = "Remove it, or name another file with --file."
    if stat.S_ISLNK(status.st_mode):
        raise UsageError(f"{path} is a symbolic link, and a baseline is not written through one. {instead}")
    try:
        data = files.read(path)
        if data.strip():
            parse(data, "")
    except files.Unreadable as reason:
        raise UsageError(f"{path} is not replaced, because it could not be read: {reason}. {instead}") from None
    except NotABaselineError as reason:
        raise UsageError(f"{path} is not replaced: it is not a baseline of kdoctor ({reason}). {instead}") from None


class NotABaselineError(Exception):
    """Why a text is not a baseline."""


def parse(data: bytes, folder: str) -> Baseline:
    """The content of a baseline in that folder.

    Raises:
        NotABaselineError: it is something else.
    """
    try:
        return _parsed(json.loads(data.decode("utf-8-sig")), folder)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise NotABaselineError(str(error) or type(error).__name__) from None
    except (RecursionError, MemoryError):
        raise NotABaselineError("its values are nested too deeply") from None


def _parsed(document: Any, folder: str) -> Baseline:
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']!r}, not {SCHEMA!r}")
    known = {
        (str(one["code"]), str(one["slug"]), str(one["path"]), str(one["text"])): int(one["count"])
        for one in document["findings"]
    }
    return Baseline(str(document["created"]), known, folder)


def apply(report: Report, baseline: Baseline) -> Report:
    """The report, in which what was broken already is ignored.

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
