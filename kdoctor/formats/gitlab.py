"""The report as Code Quality of GitLab: an array of what is at which line. What is ignored has no place in it."""

from __future__ import annotations

import json

from kdoctor.formats.annotations import collect
from kdoctor.formats.context import Context
from kdoctor.formats.text import safe
from kdoctor.report import Report
from kdoctor.words import Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report, context: Context) -> str:
    """The document; an empty array where there is nothing, so that GitLab shows what was fixed."""
    issues = [
        {
            "description": entry.message,
            "check_name": entry.code,
            "fingerprint": entry.fingerprint,
            "severity": "critical" if entry.fails else _SEVERITIES[entry.severity],
            "location": {
                "path": safe(entry.where.path).replace("\\", "/") or context.manifest,
                "lines": {"begin": 1 if entry.where.cell else max(entry.where.line, 1)},
            },
        }
        for entry in collect(report, context)
        if not entry.ignored and (entry.is_code or entry.fails)  # no line is to blame for the environment
    ]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"
