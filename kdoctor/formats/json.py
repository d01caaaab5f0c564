"""The report as JSON: ``kdoctor.report/1``, described by ``report.schema.json`` beside this file.

Everything that a report holds is in it, under the names that the model gives it. Within version 1 fields are only
added.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

from kdoctor.environment.installers import spell
from kdoctor.environment.model import Environment
from kdoctor.report import Examination, Remedy, Report

SCHEMA = "kdoctor.report/1"


def render(report: Report, context: object = None) -> str:
    """The document, in characters that any encoding can write."""
    return json.dumps(document(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as dictionaries, lists, strings and numbers."""
    return {
        "schema": SCHEMA,
        "kdoctor": report.version,
        "created": report.created,
        "status": report.status.value,
        "exit_code": report.status.exit_code,
        "fail_on": report.fail_on.value if report.fail_on is not None else "never",
        "strict": report.strict,
        "code": as_plain(report.code),
        "kernel": as_plain(report.kernel),
        "environments": [_examination(examination) for examination in report.environments],
    }


def _examination(examination: Examination) -> dict[str, Any]:
    """One environment: its facts and what was seen of it side by side."""
    plain: dict[str, Any] = as_plain(examination)
    for remedy, fields in zip(examination.remedies, plain["remedies"]):
        fields.update(_spelled(remedy, examination.environment))
    return {**plain.pop("environment"), **plain}


def _spelled(remedy: Remedy, environment: Environment) -> dict[str, Any]:
    """The steps once more as words, for whoever shows them: lines for the shell of this environment, code and text."""
    parts = spell(remedy.steps, environment)
    return {
        "commands": [part.text for part in parts if part.is_code],
        "before": remedy.code.before if remedy.code else "",
        "after": remedy.code.after if remedy.code else "",
        "text": "\n".join(part.text for part in parts if not part.is_code),
    }


def as_plain(value: Any) -> Any:
    """What JSON can say of a value of the model: an enumeration its value, a dataclass its fields."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(as_plain(key)): as_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [as_plain(item) for item in value]
    if inspect.isfunction(value):  # the check of a pattern
        return value.__name__.strip("_")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
