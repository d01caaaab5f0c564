"""The report for the log of GitHub Actions: workflow commands, which become annotations, and the summary of a run."""

from __future__ import annotations

from kdoctor.formats import markdown
from kdoctor.formats.annotations import Annotation, Trouble, collect, troubles
from kdoctor.formats.context import Context
from kdoctor.formats.document import labels, verdicts
from kdoctor.formats.text import harmless, one_line
from kdoctor.report import Report
from kdoctor.words import Severity

SHOWN = 10  # so many annotations of each kind GitHub shows of one step
SUMMARY_CHARACTERS = 250_000  # GitHub refuses a summary of more than a MiB, and a character may take four bytes

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, context: Context) -> str:
    """One command a line, the worst first, and the verdicts, which are no commands."""
    found = [entry for entry in collect(report, context) if not entry.ignored]
    missing = troubles(report, context)
    lines = [_of_trouble(trouble) for trouble in missing if trouble.severity is Severity.ERROR]
    lines += [_of_entry(entry) for entry in found]
    lines += [_of_trouble(trouble) for trouble in missing if trouble.severity is not Severity.ERROR]
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
