"""The report as SARIF 2.1.0, for code scanning and editors: one run, whatever the number of environments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from kdoctor.code.places import Fix, Location
from kdoctor.formats.annotations import REQUIRED, Annotation, Trouble, collect, left_out, troubles
from kdoctor.formats.blocks import Fold
from kdoctor.formats.context import Context, Look
from kdoctor.formats.document import is_silent, labels, problem
from kdoctor.formats.markdown import about
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, one_line, page, quoted, safe
from kdoctor.report import Report, Status
from kdoctor.words import Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://pypi.org/project/keras-doctor/"
FINGERPRINT = "kdoctor/v1"
ROOT = "%SRCROOT%"
_HELP_WIDTH = 100
_MOST_RESULTS = 25_000  # GitHub refuses a run with more

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WEIGHTS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_EXITS = (
    "no problem at or above --fail-on",
    "problems at or above --fail-on",
    "wrong usage or configuration",
    "nothing was examined",
    "something was not examined to its end",
)
"""What each exit code means."""
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", re.A)
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?", re.A)


def render(report: Report, context: Context) -> str:
    """The document, in characters that any encoding can write."""
    found = collect(report, context)[:_MOST_RESULTS]
    codes = sorted({entry.code for entry in found})
    driver = {
        "name": "kdoctor",
        "fullName": "keras-doctor",
        "version": one_line(report.version) or "unknown",
        "informationUri": HOME,
        "rules": [_rule(code, [entry for entry in found if entry.code == code], report) for code in codes],
    }
    base: dict[str, Any] = {"description": {"text": "The root of the repository."}}
    if context.root and not context.root.startswith("~"):
        base["uri"] = _uri(context.root).rstrip("/") + "/"
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {ROOT: base},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, context)],
        "results": [_result(entry, codes.index(entry.code)) for entry in found],
        "properties": {"environments": list(labels(report))},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _rule(code: str, found: Sequence[Annotation], report: Report) -> dict[str, Any]:
    finding = next((entry.finding for entry in found if entry.finding is not None), None)
    worst = min((entry.severity for entry in found), key=lambda severity: severity.rank)
    is_one = len({entry.slug for entry in found}) == 1
    title = "What the project requires works" if code == REQUIRED else found[0].title
    rule: dict[str, Any] = {
        "id": code,
        "name": found[0].slug if is_one else code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": (one_line(finding.explanation, 1000) if finding else "") or title},
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
        tags = ("tensorflow", "keras", one_line(finding.area, 60))
        rule["properties"]["tags"] = list(dict.fromkeys(filter(None, tags)))
    return rule


def _result(entry: Annotation, position: int) -> dict[str, Any]:
    said: dict[str, Any] = {"slug": entry.slug, "failsGate": entry.fails}
    if entry.finding is not None:
        said |= {
            "evidence": entry.finding.evidence.value,
            "relevance": entry.finding.relevance.value,
            "silent": is_silent(entry.finding),
            "stacks": list(dict.fromkeys(stack.value for stack in entry.finding.stacks)),
        }
    said |= {"certainty": entry.where.certainty.value} if entry.is_code else {}
    said |= {"environments": list(entry.environments)} if entry.environments else {}
    result: dict[str, Any] = {
        "ruleId": entry.code,
        "ruleIndex": position,
        "level": _LEVELS[entry.severity],
        "message": {"text": entry.message},
        "locations": [_location(entry.where)],
        "partialFingerprints": {FINGERPRINT: entry.fingerprint},
        "properties": said,
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


def _location(where: Location) -> dict[str, Any]:
    """The place in the file. That of a notebook is its first line, for its cells have no lines of their own in it."""
    physical: dict[str, Any] = {"artifactLocation": _artifact(where.path)}
    found: dict[str, Any] = {"physicalLocation": physical}
    if where.cell:
        physical["region"] = {"startLine": 1}
        name = f"cell {where.cell}"
        whole = f"{one_line(where.path)}, {name}, line {where.line}"
        found["logicalLocations"] = [{"name": name, "fullyQualifiedName": whole, "kind": "module"}]
    elif where.line:  # else it is the environment, which no line of a file is to blame for
        physical["region"] = {
            "startLine": where.line,
            **({"startColumn": where.column} if where.column > 1 else {}),
            **({"endLine": where.end_line} if where.end_line > where.line else {}),
            **({"snippet": {"text": safe(where.text, 1000)}} if where.text else {}),
        }
    return found


def _artifact(path: str) -> dict[str, str]:
    if path.startswith("/") or path[1:3] == ":/":
        return {"uri": _uri(path)}
    # Of a user's folder nothing more is said.
    return {"uri": quoted(path), **({} if path.startswith("~/") else {"uriBaseId": ROOT})}


def _uri(path: str) -> str:
    path = path.replace("\\", "/")
    if path.startswith("//"):  # a share of Windows: the host is part of the address
        return "file:" + quoted(path)
    return "file://" + ("" if path.startswith("/") else "/") + quoted(path, ":")


def _invocation(report: Report, context: Context) -> dict[str, Any]:
    notes = dict.fromkeys(note for examination in report.environments for note in examination.notes)
    said = [*troubles(report, context), *(Trouble(Severity.INFO, one_line(note)) for note in notes)]
    number = left_out(report, context)
    if number:
        text = f"{count(number, 'known difference')} that this code does not use; with --verbose they are results too."
        said.append(Trouble(Severity.INFO, text))
    invocation: dict[str, Any] = {
        "executionSuccessful": report.status in (Status.OK, Status.FINDINGS),
        "exitCode": report.status.exit_code,
        "exitCodeDescription": _EXITS[report.status.exit_code],
        "toolExecutionNotifications": [
            {"level": _LEVELS[one.severity], "message": {"text": one.text}}
            | ({"locations": [_location(one.where)]} if one.where is not None else {})
            for one in said
            if one.text
        ],
    }
    if _DATE.fullmatch(report.created):
        invocation["endTimeUtc"] = report.created.replace("+00:00", "Z")
    return invocation
