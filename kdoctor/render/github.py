"""The report for the log of GitHub Actions: workflow commands, which become annotations, and the summary of a run."""

from __future__ import annotations

from kdoctor.model import Report, Severity
from kdoctor.render import digest, entries, markdown
from kdoctor.render.context import Context
from kdoctor.render.entries import Entry, Trouble
from kdoctor.render.text import harmless, one_line

SHOWN = 10
"""So many annotations of each kind GitHub shows of one step."""
SUMMARY_BYTES = 1024 * 1024 - 1024
"""GitHub refuses a summary of more than a MiB as a whole; a step before may have left a line there."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, context: Context) -> str:
    """One command a line, the worst first, and the verdicts, which are no commands."""
    found = [entry for entry in entries.collect(report, context) if not entry.aside]
    troubles = entries.troubles(report, context)
    lines = [_of_trouble(trouble) for trouble in troubles if trouble.severity is Severity.ERROR]
    lines += [_of_entry(entry) for entry in found]
    lines += [_of_trouble(trouble) for trouble in troubles if trouble.severity is not Severity.ERROR]
    lines += [
        _harmless(f"kdoctor: {name}: {digest.verdict(examination, report.code).text}")
        for name, examination in zip(entries.labels(report), report.environments)
    ]
    if any(sum(line.startswith(f"::{kind} ") for line in lines) > SHOWN for kind in _COMMANDS.values()):
        lines.append(f"kdoctor: GitHub shows {SHOWN} annotations of a kind; all of them are in this log.")
    return "".join(line + "\n" for line in lines)


def summary(report: Report, context: Context) -> str:
    """The Markdown for the file that ``GITHUB_STEP_SUMMARY`` names."""
    return markdown.render(report, context, SUMMARY_BYTES)


def _of_entry(entry: Entry) -> str:
    where = entry.where
    properties = {"file": where.path, "line": "1" if where.cell else str(where.line)}
    if not where.cell:
        if where.end_line > where.line:
            properties["endLine"] = str(where.end_line)
        if where.column > 1:
            properties["col"] = str(where.column)
    properties["title"] = f"{entry.code} {entry.slug}"
    # What fails the gate is red there whatever its severity, so that a red step has a red line.
    name = "error" if entry.fails else "warning" if entry.severity is Severity.ERROR else _COMMANDS[entry.severity]
    return _command(name, properties, entry.message)


def _of_trouble(trouble: Trouble) -> str:
    properties = {"title": "kdoctor"}
    if trouble.where is not None:
        properties = {"file": trouble.where.path, "line": str(max(trouble.where.line, 1)), **properties}
    return _command(_COMMANDS[trouble.severity], properties, trouble.text)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(_harmless(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(_harmless(text)).replace(":", "%3A").replace(",", "%2C")


def _harmless(text: str) -> str:
    """One line in which the runner finds no command of its older language, which may stand anywhere in a line."""
    return harmless(one_line(text, 4000))
