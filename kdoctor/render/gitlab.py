"""The report as Code Quality of GitLab: an array of what is at which line. What is set aside has no place in it."""

from __future__ import annotations

import json

from kdoctor.model import Report, Severity
from kdoctor.pins import FALLBACK
from kdoctor.render import entries
from kdoctor.render.context import Context
from kdoctor.render.text import safe

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report, context: Context) -> str:
    """The document; an empty array where there is nothing, so that GitLab shows what was mended."""
    issues = [
        {
            "description": entry.message,
            "check_name": entry.code,
            "fingerprint": entry.fingerprint,
            "severity": "critical" if entry.fails else _SEVERITIES[entry.severity],
            "location": {
                "path": safe(entry.where.path).replace("\\", "/") or FALLBACK,
                "lines": {"begin": 1 if entry.where.cell else entry.where.line},
            },
        }
        for entry in entries.collect(report, context)
        if not entry.aside
    ]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"
