"""Formats with one entry a place: lines that editors read, commands for GitHub, Code Quality of GitLab."""

from __future__ import annotations

import json

from kdoctor.code.places import Location
from kdoctor.formats import markdown
from kdoctor.formats.annotations import Annotation, Trouble, collect, troubles
from kdoctor.formats.context import Context
from kdoctor.formats.document import labels, verdicts
from kdoctor.formats.text import harmless, one_line, safe
from kdoctor.report import Report
from kdoctor.words import Certainty, Severity

SHOWN = 10  # so many annotations of each kind GitHub shows of one step
SUMMARY_CHARACTERS = 250_000  # GitHub refuses a summary of more than a MiB, and a character may take four bytes

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_QUALITY = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def _found(report: Report, context: Context) -> list[Annotation]:
    return [entry for entry in collect(report, context) if not entry.ignored]


def concise(report: Report, context: Context) -> str:
    """``path:line:col: CODE message``: what was found, then what could not be read, then the verdicts."""
    found = _found(report, context)
    found.sort(key=lambda one: (one.is_code, one.where.path, one.where.cell, one.where.line, one.where.column))
    lines = []
    for entry in found:
        likely = "possibly: " if entry.is_code and entry.where.certainty is Certainty.LIKELY else ""
        several = f" [{'; '.join(entry.environments)}]" if entry.environments else ""
        place = _place(entry.where) if entry.is_code else "environment"
        lines.append(f"{place}: {entry.code} {likely}{entry.title}{several}")
    lines += [
        f"{_place(one.where) if one.where else 'kdoctor'}: {one.severity.value}: {one.text}"
        for one in troubles(report, context)
    ]
    return "".join(f"{line}\n" for line in (*lines, *map(one_line, verdicts(report))))


def _place(where: Location) -> str:
    """``lesson.ipynb:cell 3:2:5`` for a place in a notebook."""
    cell = f"cell {where.cell}:" if where.cell else ""
    return f"{one_line(where.path)}:{cell}{where.line}:{where.column}"


def gitlab(report: Report, context: Context) -> str:
    """An array of what is at which line; an empty one where there is nothing, so that GitLab shows what was fixed."""
    issues = [
        {
            "description": entry.message,
            "check_name": entry.code,
            "fingerprint": entry.fingerprint,
            "severity": "critical" if entry.fails else _QUALITY[entry.severity],
            "location": {
                "path": safe(entry.where.path).replace("\\", "/") or context.manifest,
                "lines": {"begin": 1 if entry.where.cell else max(entry.where.line, 1)},
            },
        }
        for entry in _found(report, context)
        if entry.is_code or entry.fails  # no line is to blame for the environment
    ]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"


def github(report: Report, context: Context) -> str:
    """One workflow command a line, the worst first, and the verdicts, which are no commands."""
    missing = [(one.severity is Severity.ERROR, _of_trouble(one)) for one in troubles(report, context)]
    lines = [line for is_error, line in missing if is_error]
    lines += map(_of_entry, _found(report, context))
    lines += [line for is_error, line in missing if not is_error]
    lines += [_harmless(f"kdoctor: {name}: {verdict}") for name, verdict in zip(labels(report), verdicts(report))]
    if any(sum(line.startswith(f"::{kind} ") for line in lines) > SHOWN for kind in _COMMANDS.values()):
        lines.append(f"kdoctor: GitHub shows {SHOWN} annotations of a kind; all of them are in this log.")
    return "".join(line + "\n" for line in lines)


def summary(report: Report, context: Context) -> str:
    """The Markdown for the file that ``GITHUB_STEP_SUMMARY`` names."""
    return markdown.render(report, context, SUMMARY_CHARACTERS, SUMMARY_CHARACTERS, suggests=True)


def _of_entry(entry: Annotation) -> str:
    where = entry.where
    properties = {"file": where.path, "line": "1" if where.cell else str(where.line)} if where.line else {}
    if where.line and not where.cell:
        properties |= {"endLine": str(where.end_line)} if where.end_line > where.line else {}
        properties |= {"col": str(where.column)} if where.column > 1 else {}
    properties["title"] = f"{entry.code} {entry.slug}"
    # What fails the gate is red there whatever its severity, so that a red step has a red line.
    name = "error" if entry.fails else "warning" if entry.severity is Severity.ERROR else _COMMANDS[entry.severity]
    return _command(name, properties, entry.message)


def _of_trouble(trouble: Trouble) -> str:
    where = trouble.where
    properties = {"file": where.path, "line": str(max(where.line, 1))} if where is not None else {}
    return _command(_COMMANDS[trouble.severity], {**properties, "title": "kdoctor"}, trouble.text)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(
        f"{key}={_data(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return _harmless(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _harmless(text: str) -> str:
    """One line in which the runner finds no command of its older language, which may stand anywhere in a line."""
    return harmless(one_line(text, 4000))
