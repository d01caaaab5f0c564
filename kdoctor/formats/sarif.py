"""The report as SARIF 2.1.0, for code scanning and editors: one run, whatever the number of environments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from kdoctor.code.places import Fix, Location
from kdoctor.formats.annotations import REQUIRED, Annotation, Trouble, collect, left_out, troubles
from kdoctor.formats.blocks import Fold
from kdoctor.formats.context import Context, Look
from kdoctor.formats.document import is_silent, labels, problem
from kdoctor.formats.markdown import about
from kdoctor.formats.pages import page
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, one_line, safe
from kdoctor.report import Report, Status
from kdoctor.words import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://pypi.org/project/keras-doctor/"
FINGERPRINT = "kdoctor/v1"
ROOT = "%SRCROOT%"
_MOST_RESULTS = 25_000  # GitHub refuses a run with more

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WEIGHTS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_EXITS = {
    Status.OK: "no problem at or above --fail-on",
    Status.FINDINGS: "problems at or above --fail-on",
    Status.USAGE: "wrong usage or configuration",
    Status.NOTHING_CHECKED: "nothing was examined",
    Status.INCOMPLETE: "something was not examined to its end",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", re.A)
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?", re.A)


def render(report: Report, context: Context) -> str:
    """The document, in characters that any encoding can write."""
    return json.dumps(document(report, context), indent=2, ensure_ascii=True) + "\n"


def document(report: Report, context: Context) -> dict[str, Any]:
    """The log as dictionaries and lists."""
    found = collect(report, context)[:_MOST_RESULTS]
    rules = _rules(report, found)
    positions = {rule["id"]: position for position, rule in enumerate(rules)}
    driver = {
        "name": "kdoctor",
        "fullName": "keras-doctor",
        "version": one_line(report.version) or "unknown",
        "informationUri": HOME,
        "rules": rules,
    }
    base: dict[str, Any] = {"description": {"text": "The root of the repository."}}
    if context.root and not context.root.startswith("~"):
        base["uri"] = _uri(context.root).rstrip("/") + "/"
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {ROOT: base},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, context)],
        "results": [_result(entry, positions) for entry in found],
        "properties": {"environments": list(labels(report))},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


# ---------------------------------------------------------------------------------------------------- rules


def _rules(report: Report, found: Sequence[Annotation]) -> list[dict[str, Any]]:
    """One for each code that has a result, in the order of the codes."""
    codes = sorted({entry.code for entry in found})
    return [_rule(code, [entry for entry in found if entry.code == code], report) for code in codes]


def _rule(code: str, found: Sequence[Annotation], report: Report) -> dict[str, Any]:
    finding = next((entry.finding for entry in found if entry.finding is not None), None)
    worst = min((entry.severity for entry in found), key=lambda severity: severity.rank)
    is_one = len({entry.slug for entry in found}) == 1
    title = found[0].title if is_one and code != REQUIRED else _GENERAL.get(code, found[0].title)
    explained = one_line(finding.explanation, 1000) if finding is not None else ""
    rule: dict[str, Any] = {
        "id": code,
        "name": found[0].slug if is_one else code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": explained or title},
        "help": {"text": title, "markdown": title},
        "helpUri": HOME,
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {"tags": ["tensorflow", "keras"], "precision": "high", "problem.severity": _WEIGHTS[worst]},
    }
    if finding is not None:
        where = next(one for one in report.environments if finding in one.findings)
        shown = problem(report, where, finding)
        opened = [inner for one in shown.blocks for inner in (one.blocks if isinstance(one, Fold) else (one,))]
        more = f"More: kdoctor explain {one_line(finding.slug)}"
        plain = safe(write(opened, Look(_HELP_WIDTH)))
        rule["help"] = {"text": f"{plain}\n{more}", "markdown": f"{about(shown)}\n\n{more}"}
        read = next((one.url for one in finding.references if _WEB.fullmatch(one.url)), HOME)
        rule["helpUri"] = page(code) or read
        area = one_line(finding.area, 60)
        rule["properties"]["tags"] += [area] if area and area not in ("tensorflow", "keras") else []
    return rule


_GENERAL = {REQUIRED: "What the project requires works"}
_HELP_WIDTH = 100


# -------------------------------------------------------------------------------------------------- results


def _result(entry: Annotation, positions: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": entry.code,
        "ruleIndex": positions[entry.code],
        "level": _LEVELS[entry.severity],
        "message": {"text": entry.message},
        "locations": [_location(entry.where)],
        "partialFingerprints": {FINGERPRINT: entry.fingerprint},
        "properties": _properties(entry),
    }
    if entry.where.fix is not None and not entry.where.cell:
        result["fixes"] = [_fix(entry.where.path, entry.where.fix)]
    if entry.ignored:
        kind = "inSource" if entry.ignored_in_source else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": entry.ignored}]
    return result


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    """The changes of a script; a notebook's cells have no lines of their own in the file."""
    replacements = [
        {
            "deletedRegion": {
                "startLine": one.line,
                "startColumn": one.column + 1,
                "endLine": one.end_line,
                "endColumn": one.end_column + 1,
            },
            "insertedContent": {"text": one.text},
        }
        for one in fix.changes
    ]
    said = f"Check the result: {fix.unsafe}" if fix.unsafe else "The program does what it did on Keras 2."
    changes = [{"artifactLocation": _artifact(path), "replacements": replacements}]
    return {"description": {"text": said}, "artifactChanges": changes}


def _properties(entry: Annotation) -> dict[str, Any]:
    said: dict[str, Any] = {"slug": entry.slug, "failsGate": entry.fails}
    if entry.finding is not None:
        said |= {
            "evidence": entry.finding.evidence.value,
            "relevance": entry.finding.relevance.value,
            "silent": is_silent(entry.finding),
            "stacks": list(dict.fromkeys(stack.value for stack in entry.finding.stacks)),
        }
    if entry.is_code:
        said["certainty"] = entry.where.certainty.value
    if entry.environments:
        said["environments"] = list(entry.environments)
    return said


def _location(where: Location) -> dict[str, Any]:
    """The place in the file. That of a notebook is its first line, for its cells have no lines of their own in it."""
    physical: dict[str, Any] = {"artifactLocation": _artifact(where.path)}
    if where.cell:
        physical["region"] = {"startLine": 1}
        name = f"cell {where.cell}"
        logical = {"name": name, "fullyQualifiedName": f"{one_line(where.path)}, {name}, line {where.line}"}
        return {"physicalLocation": physical, "logicalLocations": [{**logical, "kind": "module"}]}
    if not where.line:  # the environment, which no line of a file is to blame for
        return {"physicalLocation": physical}
    region: dict[str, Any] = {"startLine": where.line}
    if where.column > 1:
        region["startColumn"] = where.column
    if where.end_line > where.line:
        region["endLine"] = where.end_line
    if where.text:
        region["snippet"] = {"text": safe(where.text, 1000)}
    physical["region"] = region
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, str]:
    if path.startswith("/") or path[1:3] == ":/":
        return {"uri": _uri(path)}
    # Of a user's folder nothing more is said.
    return {"uri": _quoted(path), **({} if path.startswith("~/") else {"uriBaseId": ROOT})}


def _uri(path: str) -> str:
    path = path.replace("\\", "/")
    if path.startswith("//"):  # a share of Windows: the host is part of the address
        return "file:" + _quoted(path)
    return "file://" + ("" if path.startswith("/") else "/") + _quoted(path, ":")


def _quoted(path: str, also: str = "") -> str:
    try:
        data = path.encode("utf-8", "surrogateescape")  # the bytes of a file's name, where they are no UTF-8
    except UnicodeEncodeError:
        data = path.encode("utf-8", "replace")
    return quote(data, safe="/" + also)


# ---------------------------------------------------------------------------------------------- how it went


def _invocation(report: Report, context: Context) -> dict[str, Any]:
    said = [_notification(one) for one in troubles(report, context)]
    notes = [note for examination in report.environments for note in examination.notes]
    said += [_notification(Trouble(Severity.INFO, one_line(note))) for note in dict.fromkeys(notes) if note.strip()]
    number = left_out(report, context)
    if number:
        text = f"{count(number, 'known difference')} that this code does not use; with --verbose they are results too."
        said.append(_notification(Trouble(Severity.INFO, text)))
    invocation: dict[str, Any] = {
        "executionSuccessful": report.status in (Status.OK, Status.FINDINGS),
        "exitCode": report.status.exit_code,
        "exitCodeDescription": _EXITS[report.status],
        "toolExecutionNotifications": [one for one in said if one["message"]["text"]],
    }
    if _DATE.fullmatch(report.created):
        invocation["endTimeUtc"] = report.created.replace("+00:00", "Z")
    return invocation


def _notification(trouble: Trouble) -> dict[str, Any]:
    told: dict[str, Any] = {"level": _LEVELS[trouble.severity], "message": {"text": trouble.text}}
    if trouble.where is not None:
        told["locations"] = [_location(trouble.where)]
    return told
