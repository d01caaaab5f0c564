"""The report as SARIF 2.1.0, for code scanning and editors: one run, whatever the number of environments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from kdoctor.model import Finding, Location, Remedy, Report, Severity, Status
from kdoctor.render import digest, entries
from kdoctor.render.context import Context
from kdoctor.render.entries import REQUIRED, Entry, Trouble
from kdoctor.render.markdown import about
from kdoctor.render.text import one_line, safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://pypi.org/project/keras-doctor/"
FINGERPRINT = "kdoctor/v1"
ROOT = "%SRCROOT%"
_MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WEIGHTS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_EXITS = {
    Status.OK: "nothing that fails the gate",
    Status.FINDINGS: "findings that fail the gate",
    Status.USAGE: "wrong usage or configuration",
    Status.NOTHING_CHECKED: "nothing could be checked",
    Status.INCOMPLETE: "kdoctor could not finish looking",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", re.A)
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?", re.A)


def render(report: Report, context: Context) -> str:
    """The document, in characters that any encoding can write."""
    return json.dumps(document(report, context), indent=2, ensure_ascii=True) + "\n"


def document(report: Report, context: Context) -> dict[str, Any]:
    """The log as dictionaries and lists."""
    found = entries.collect(report, context)[:_MOST_RESULTS]
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
        "properties": {"environments": list(entries.labels(report))},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


# ---------------------------------------------------------------------------------------------------- rules


def _rules(report: Report, found: Sequence[Entry]) -> list[dict[str, Any]]:
    """One for each code that has a result, in the order of the codes."""
    remedies = {remedy.id: remedy for examination in report.environments for remedy in examination.remedies}
    of_code: dict[str, list[Entry]] = {}
    for entry in found:
        of_code.setdefault(entry.code, []).append(entry)
    return [_rule(code, of_code[code], remedies) for code in sorted(of_code)]


def _rule(code: str, found: Sequence[Entry], remedies: dict[str, Remedy]) -> dict[str, Any]:
    finding = next((entry.finding for entry in found if entry.finding is not None), None)
    worst = min((entry.severity for entry in found), key=lambda severity: severity.rank)
    is_one = len({entry.slug for entry in found}) == 1
    title = found[0].title if is_one and code != REQUIRED else _GENERAL.get(code, found[0].title)
    rule: dict[str, Any] = {
        "id": code,
        "name": found[0].slug if is_one else code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": one_line(finding.explanation, 1000) if finding is not None else title},
        "help": {"text": title, "markdown": title},
        "helpUri": HOME,
        "defaultConfiguration": {"level": _LEVELS[worst]},
        "properties": {"tags": ["tensorflow", "keras"], "precision": "high", "problem.severity": _WEIGHTS[worst]},
    }
    if not rule["fullDescription"]["text"]:
        rule["fullDescription"]["text"] = title
    if finding is not None:
        ways = [remedies[one] for one in dict.fromkeys(finding.remedies) if one in remedies]
        rule["help"] = {"text": _plain_help(finding, ways) or title, "markdown": about(finding, ways) or title}
        rule["helpUri"] = next((one.url for one in finding.references if _WEB.fullmatch(one.url)), HOME)
        area = one_line(finding.area, 60)
        rule["properties"]["tags"] += [area] if area and area not in ("tensorflow", "keras") else []
    return rule


_GENERAL = {REQUIRED: "What the project requires works"}


def _plain_help(finding: Finding, remedies: Sequence[Remedy]) -> str:
    parts = [safe(finding.explanation)]
    if finding.symptoms:
        parts.append("What you see:\n" + "\n".join(f"- {one_line(symptom)}" for symptom in finding.symptoms))
    for remedy in remedies:
        steps = [*remedy.commands, *([remedy.text] if remedy.text else []), *([remedy.after] if remedy.after else [])]
        costs = [f"Costs: {one_line(remedy.cost)}"] if remedy.cost else []
        parts.append("\n".join([f"Remedy: {one_line(remedy.title)}", *map(safe, steps), *costs]))
    parts += [f"{one_line(reference.says)} {one_line(reference.url)}" for reference in finding.references]
    parts.append(f"All about it: kdoctor explain {one_line(finding.slug)}")
    return "\n\n".join(part for part in parts if part.strip())


# -------------------------------------------------------------------------------------------------- results


def _result(entry: Entry, positions: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": entry.code,
        "ruleIndex": positions[entry.code],
        "level": _LEVELS[entry.severity],
        "message": {"text": entry.message},
        "locations": [_location(entry.where)],
        "partialFingerprints": {FINGERPRINT: entry.fingerprint},
        "properties": _properties(entry),
    }
    if entry.aside:
        kind = "inSource" if entry.aside_in_source else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": entry.aside}]
    return result


def _properties(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {"slug": entry.slug, "failsGate": entry.fails}
    if entry.finding is not None:
        said |= {
            "evidence": entry.finding.evidence.value,
            "relevance": entry.finding.relevance.value,
            "silent": digest.is_silent(entry.finding),
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
    region: dict[str, Any] = {"startLine": max(where.line, 1)}
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
    if path.startswith("~/"):  # a user's folder, of which nothing more is said
        return {"uri": _quoted(path)}
    return {"uri": _quoted(path), "uriBaseId": ROOT}


def _uri(path: str) -> str:
    path = path.replace("\\", "/")
    if path.startswith("//"):  # a share of Windows: the host is part of the address
        return "file:" + _quoted(path)
    return "file://" + ("" if path.startswith("/") else "/") + _quoted(path, ":")


def _quoted(path: str, also: str = "") -> str:
    return quote(path.encode("utf-8", "surrogateescape" if _is_of_os(path) else "replace"), safe="/" + also)


def _is_of_os(path: str) -> bool:
    """Whether the bytes of a file's name can be had back, where they are no UTF-8."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


# ---------------------------------------------------------------------------------------------- how it went


def _invocation(report: Report, context: Context) -> dict[str, Any]:
    told = [_notification(one) for one in entries.troubles(report, context)]
    notes = [note for examination in report.environments for note in examination.notes]
    told += [_notification(Trouble(Severity.INFO, one_line(note))) for note in dict.fromkeys(notes) if note.strip()]
    number = entries.left_out(report, context)
    if number:
        features = "1 feature is" if number == 1 else f"{number} features are"
        text = f"{features} broken here that nothing says are used; with --verbose they are results too."
        told.append(_notification(Trouble(Severity.INFO, text)))
    invocation: dict[str, Any] = {
        "executionSuccessful": report.status in (Status.OK, Status.FINDINGS),
        "exitCode": report.status.exit_code,
        "exitCodeDescription": _EXITS[report.status],
        "toolExecutionNotifications": [one for one in told if one["message"]["text"]],
    }
    if _DATE.fullmatch(report.created):
        invocation["endTimeUtc"] = report.created.replace("+00:00", "Z")
    return invocation


def _notification(trouble: Trouble) -> dict[str, Any]:
    told: dict[str, Any] = {"level": _LEVELS[trouble.severity], "message": {"text": trouble.text}}
    if trouble.where is not None:
        told["locations"] = [_location(trouble.where)]
    return told
