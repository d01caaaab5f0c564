"""Findings that a project accepts: the ignores of its configuration, and its baseline (``kdoctor.baseline/1``).

What is accepted stays in the report, with the reason; it fails no gate. A use in the baseline is known again by its
rule, its file and the text of its line, never by the line's number, so that code may move.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from typing import Any, NamedTuple, Optional

from kdoctor import files
from kdoctor.code.places import statement
from kdoctor.errors import UsageError
from kdoctor.report import Examination, Finding, Report, gate
from kdoctor.settings import Ignore, Settings, other_owner
from kdoctor.words import Outcome, Relevance, Severity

SCHEMA = "kdoctor.baseline/1"
FILE = "kdoctor-baseline.json"

Key = tuple[str, str, str, str]
"""Code, slug, file and the text of the line; without file and text for what has no place in code."""


def apply(report: Report, settings: Settings, today: date) -> Report:
    """The report in which what the settings and the baseline accept is ignored, with the status that is left.

    Raises:
        UsageError: the baseline cannot be read.
    """
    baseline = default_file(settings) if settings.baseline is None else settings.baseline
    known = read(baseline) if baseline else None
    if not settings.ignore and known is None:
        return report
    environments = []
    for examination in report.environments:
        after = _ignored(examination, settings.ignore, today)
        environments.append(_known(after, known, baseline or "") if known else after)
    return gate.settle(replace(report, environments=tuple(environments)))


def default_path(settings: Settings) -> str:
    """Where a baseline is written if nobody says where: next to the configuration, else in the working folder."""
    folder = os.path.relpath(os.path.dirname(os.path.abspath(settings.file))) if settings.file else ""
    return os.path.join(folder, FILE)


def default_file(settings: Settings) -> Optional[str]:
    """The baseline that holds although nobody named it; a link, or another user's file, is not used."""
    path = default_path(settings)
    with contextlib.suppress(OSError, ValueError):
        if stat.S_ISREG(os.lstat(path).st_mode) and other_owner(path) is None:
            return path
    return None


def _ignored(examination: Examination, ignores: Sequence[Ignore], today: date) -> Examination:
    findings = list(examination.findings)
    notes = []
    for ignore in ignores:
        concerned = [finding for finding in findings if ignore.rule in (finding.code, finding.slug)]
        if ignore.until is not None and today > ignore.until:
            notes += [gate.ENDED.format(rule=ignore.rule, date=ignore.until)] if concerned else []
        elif concerned:
            findings = [part for one in findings for part in (_split(one, ignore) if one in concerned else [one])]
        elif not examination.target:  # where only code is judged, it may be one file of many
            notes.append(_unused(ignore, examination))
    return replace(examination, findings=tuple(findings), notes=(*examination.notes, *notes))


def _unused(ignore: Ignore, examination: Examination) -> str:
    from kdoctor import rules

    rule = rules.find(ignore.rule)
    slugs = {ignore.rule, rule.slug if rule else ""}
    outcomes = [row.outcome for row in examination.canaries if row.slug in slugs]
    passes = Outcome.WORKS in outcomes and not any(outcome.is_broken for outcome in outcomes)
    return (gate.PASSES if passes else gate.NEEDLESS).format(rule=ignore.rule)


def _split(finding: Finding, ignore: Ignore) -> list[Finding]:
    """The finding, ignored; where the ignore is for some files only, what is in them apart from the rest."""
    patterns = [pattern[2:] if pattern.startswith("./") else pattern for pattern in ignore.paths]
    paths = [_path_from(ignore.folder, place.path) for place in finding.locations]
    are_in = [
        any(fnmatch(path, pattern) or path.startswith(pattern.rstrip("/") + "/") for pattern in patterns)
        for path in paths
    ]
    return _parted(finding, are_in if patterns else [True] * max(len(paths), 1), ignore.reason)


def _path_from(folder: str, path: str) -> str:
    """A file as it is reached from a folder, with slashes on every system, whatever the working folder was."""
    if folder and path != "-":
        with contextlib.suppress(ValueError):  # another drive
            path = os.path.relpath(path, folder)
    path = path.replace("\\", "/")
    return path[2:] if path.startswith("./") else path


def _parted(finding: Finding, are_in: Sequence[bool], reason: str) -> list[Finding]:
    """A finding in two: the places that are accepted, and the others; just the one where a side is empty.

    What made it an error may be among those that are accepted: a likely use alone is a warning.
    """
    if finding.ignored or not finding.locations:
        return [replace(finding, ignored=finding.ignored or reason) if any(are_in) else finding]
    inside = tuple(place for place, is_in in zip(finding.locations, are_in) if is_in)
    outside = tuple(place for place, is_in in zip(finding.locations, are_in) if not is_in)
    parts = [replace(finding, locations=inside, ignored=reason)] if inside else []
    if outside or not inside:
        rest = replace(finding, locations=outside)
        if rest.stacks and rest.relevance is Relevance.USED and rest.certainty is not finding.certainty:
            rest = replace(rest, severity=Severity.WARNING)
        parts.insert(0, rest)
    return parts


class Baseline(NamedTuple):
    """What was broken, and how often."""

    created: str  # the day on which it was written
    known: Mapping[Key, int]
    folder: str  # its folder, from which its files are reached


def write(report: Report, folder: str = os.curdir) -> tuple[bytes, int]:
    """The present findings as the content of a file in that folder, and their number.

    Only what may fail a gate is written down: what is merely known does not, and would make the file change with each
    release of kdoctor. What is ignored has a reason of its own, and an end.
    """
    counts: Counter[Key] = Counter()
    for examination in report.environments:
        found = [one for one in examination.findings if one.severity is not Severity.INFO and not one.ignored]
        counts |= Counter(key for finding in found for key in _keys(finding, folder))
    entries = [
        {"code": code, "slug": slug, "path": path, "text": text, "count": counts[code, slug, path, text]}
        for code, slug, path, text in sorted(counts)
    ]
    document = {"schema": SCHEMA, "created": report.created[:10], "findings": entries}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace"), len(entries)


def read(path: str, otherwise: str = "kdoctor baseline writes one.") -> Baseline:
    """What a file says.

    Args:
        path: the file.
        otherwise: what to do where it is no baseline, in a sentence.

    Raises:
        UsageError: it is not there, or is not a baseline.
    """
    try:
        document: Any = json.loads(files.read(path).decode("utf-8-sig"))
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}, not {SCHEMA!r}")
        known: Counter[Key] = Counter()
        for one in document["findings"]:
            code, slug, place, text = (str(one[name]) for name in ("code", "slug", "path", "text"))
            known[code, slug, place, statement(text)] += int(one["count"])
        return Baseline(str(document["created"]), known, os.path.dirname(os.path.abspath(path)))
    except files.Unreadable as reason:
        raise UsageError(f"The baseline {path} could not be read: {reason}. {otherwise}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        why = str(error) or type(error).__name__
    except (RecursionError, MemoryError):
        why = "its values are nested too deeply"
    raise UsageError(f"{path} is not a baseline of kdoctor ({why}). {otherwise}")


def check_replaceable(path: str) -> None:
    """Stop where a file would be lost that is not a baseline, or where a link leads elsewhere.

    Raises:
        UsageError: what is there is neither a baseline nor empty.
    """
    instead = "Remove it, or name another file with --file."
    if os.path.islink(path):
        raise UsageError(f"{path} is a symbolic link, and a baseline is not written through one. {instead}")
    with contextlib.suppress(files.Unreadable):
        if not files.read(path).strip():
            return
    if os.path.lexists(path):  # else nothing is there to lose; writing says what is wrong
        read(path, f"{path} is not replaced. {instead}")


def _known(examination: Examination, baseline: Baseline, path: str) -> Examination:
    """The examination in which what was broken already is ignored."""
    left = Counter(dict(baseline.known))
    reason = f"in the baseline of {baseline.created}"
    findings: list[Finding] = []
    for finding in examination.findings:
        keys = _keys(finding, baseline.folder)
        if finding.ignored or finding.severity is Severity.INFO:
            findings.append(finding)
        else:
            are_in = []
            for key in keys:
                are_in.append(left[key] > 0)
                left[key] -= 1
            findings += _parted(finding, are_in, reason)
    note = gate.BASELINE.format(path=path)
    return replace(examination, findings=tuple(findings), notes=(*examination.notes, note))


def _keys(finding: Finding, folder: str) -> list[Key]:
    """What a finding is known by, in the order of its places."""
    if not finding.locations:
        return [(finding.code, finding.slug, "", "")]
    return [(finding.code, finding.slug, _path_from(folder, one.path), one.statement) for one in finding.locations]
