"""The report as JSON: ``kdoctor.report/2``, described by ``report.schema.json`` beside this file.

Everything that a report holds is in it, under the names that the model gives it; the texts of a rule stand once, and
only if the rule concerns the reader or all is asked for. Within version 2 fields are only added.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, Optional

from kdoctor.environment.installers import spell
from kdoctor.formats.context import Context
from kdoctor.report import Examination, Finding, Report, gate

SCHEMA = "kdoctor.report/2"
TEXTS = ("explanation", "symptoms", "references")
"""Fields of a finding that are its rule's, and stand under ``rules``."""


def render(report: Report, context: Optional[Context] = None) -> str:
    """The document, in characters that any encoding can write."""
    made = document(report, full=context is not None and context.verbose)
    return json.dumps(made, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report, *, full: bool = False) -> dict[str, Any]:
    """The report as dictionaries, lists, strings and numbers; with ``full`` also the texts of what concerns nobody."""
    shown = [one for one in report.findings if full or not gate.is_noise(one, report)]
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
        "rules": {one.slug: {name: as_plain(getattr(one, name)) for name in TEXTS} for one in reversed(shown)},
        "environments": [_examination(examination, shown) for examination in report.environments],
    }


def _examination(examination: Examination, shown: list[Finding]) -> dict[str, Any]:
    """One environment: its facts and what was seen of it side by side, with the remedies of what is shown."""
    needed = {identifier for finding in shown for identifier in finding.remedies}
    remedies = tuple(remedy for remedy in examination.remedies if remedy.id in needed)
    plain: dict[str, Any] = as_plain(dataclasses.replace(examination, remedies=remedies))
    for remedy, fields in zip(remedies, plain["remedies"]):
        # The steps once more as words, for whoever shows them: lines for the shell of this environment, code and text.
        parts = spell(remedy.steps, examination.environment)
        fields["commands"] = [part.text for part in parts if part.is_code]
        fields["before"] = remedy.code.before if remedy.code else ""
        fields["after"] = remedy.code.after if remedy.code else ""
        fields["text"] = "\n".join(part.text for part in parts if not part.is_code)
    for finding in plain["findings"]:
        for name in TEXTS:
            del finding[name]
    return {**plain.pop("environment"), **plain}


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
