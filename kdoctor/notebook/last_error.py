"""The exception that this notebook showed last, and what the rules know of it."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from kdoctor.environment.model import Environment, LastError
from kdoctor.notebook import host
from kdoctor.report import Finding

_MOST = 500


def exception() -> Optional[BaseException]:
    """What the shell or notebook in this process showed last."""
    return getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)


def last_error(
    shell: Any, environment: Environment, findings: Iterable[Finding] = (), runs: Mapping[int, int] = {}
) -> Optional[LastError]:
    """The last exception; None where there is none, or where its cell has run again since.

    Of several rules that know the message, one with a finding in the cells is meant. ``runs`` has by the position of a
    cell the number under which it ran; without it the positions are these numbers.
    """
    error = exception()
    if error is None:
        return None
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    cells = [(_cell(shell, path), path, line) for path, line in frames]
    number, path, line = next((one for one in reversed(cells) if one[0]), (0, "", 0))
    inputs = [text.strip() for text in host.inputs(shell)]
    if 0 < number < len(inputs) and inputs[number] in inputs[number + 1 :]:
        return None
    from kdoctor import messages, rules
    from kdoctor.remedies import plan

    explanation = messages.explain(
        "".join(traceback.format_exception(type(error), error, error.__traceback__)), rules.all_rules()
    )
    spot = (number, line)
    used = {one.code: one.locations for one in findings if one.locations}
    raised = {code for code, places in used.items() for at in places if (runs.get(at.cell, at.cell), at.line) == spot}
    known = [match.rule for one in explanation.errors for match in one.matches]
    known.sort(key=lambda rule: (rule.code not in raised, rule.code not in used))
    found = known[0] if known else next((rule for rule in rules.all_rules() if rule.code in raised), None)
    fill = plan.Usual(environment, "")
    return LastError(
        type=type(error).__name__,
        message=str(error)[:_MOST],
        where=f"In [{number}], line {line}" if number else "",
        line=linecache.getline(path, line).strip() if number else "",
        code=found.code if found else "",
        title=found.title if found else "",
        explanation=found.explanation if found else "",
        remedies=tuple(remedy for _, remedy in fill.remedies(found)) if found else (),
    )


def _cell(shell: Any, path: str) -> int:
    """The number of the cell that was compiled under this name; 0 for a file."""
    name = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = name(path) if callable(name) else None
    digits = "".join(filter(str.isdigit, found[1])) if isinstance(found, tuple) and found[0] == "Cell" else ""
    return int(digits or 0)
