"""What fails a gate: one predicate for the exit code and for every format. Pure."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Optional

from kdoctor.environment.model import Lost, Unread
from kdoctor.observe.model import Observation
from kdoctor.report import CodeRead, Examination, Finding, Report, Requirement, Status
from kdoctor.words import Outcome, Relevance, Severity, StackId

GAPS = ("{n} check was not run: {reason}", "{n} checks were not run: {reason}")


def fails(finding: Finding, fail_on: Optional[Severity], strict: bool = False) -> bool:
    """Whether a finding fails the gate.

    What is ignored never does, nor does anything where ``fail_on`` is None. With ``strict`` a likely use does too,
    whatever ``fail_on`` says.
    """
    if finding.ignored or fail_on is None:
        return False
    return finding.severity.rank <= fail_on.rank or (strict and finding.relevance is Relevance.USED)


def is_noise(finding: Finding, report: Report) -> bool:
    """Whether it is merely known to differ, and nothing says that it matters to this reader."""
    return (
        finding.severity is Severity.INFO
        and finding.relevance is Relevance.KNOWN
        and not finding.locations
        and not finding.ignored
        and not fails(finding, report.fail_on, report.strict)
    )


def failing(report: Report) -> tuple[Finding, ...]:
    """The findings that fail the gate of this report, in its order."""
    return tuple(finding for finding in report.findings if fails(finding, report.fail_on, report.strict))


def unknown(examination: Examination) -> tuple[Observation, ...]:
    """The canaries that were to answer and did not; on a stack that is not there none was to."""
    available = {stack.id for stack in examination.environment.stacks if stack.available}
    return tuple(row for row in examination.canaries if row.outcome is Outcome.TIMES_OUT or _is_gap(row, available))


def gaps(examination: Examination) -> tuple[str, ...]:
    """What was to run on a stack that is there, and did not: one sentence a reason.

    A check that reached its own deadline ran; it is unknown, and no gap.
    """
    available = {stack.id for stack in examination.environment.stacks if stack.available}
    reasons: dict[str, dict[str, None]] = {}
    for row in examination.canaries:
        if _is_gap(row, available):
            reasons.setdefault(row.message, {})[row.slug] = None
    return tuple(GAPS[len(slugs) > 1].format(n=len(slugs), reason=reason) for reason, slugs in reasons.items())


def _is_gap(row: Observation, available: Collection[StackId]) -> bool:
    return row.outcome is Outcome.NOT_RUN and row.stack in available and not row.by_choice


def is_examined(examination: Examination) -> bool:
    """Whether there was a Keras to examine, or a release to judge by."""
    return bool(examination.environment.stacks)


def unread(code: Optional[CodeRead]) -> tuple[Unread, ...]:
    """What was named to be read and was not, or not to its end: files, and folders of which nothing was."""
    if code is None:
        return ()
    named = {os.path.normpath(path) for path in code.paths}
    return tuple(
        one for one in code.unread if one.lost in (Lost.ALL, Lost.REST) and os.path.normpath(one.path) in named
    )


def unmet(examination: Examination) -> tuple[Requirement, ...]:
    """What is required and was seen not to work, or not to exist."""
    return tuple(one for one in examination.requirements if not one.is_met and not one.outcome.is_unknown)


def status(
    examinations: Sequence[Examination],
    fail_on: Optional[Severity],
    strict: bool = False,
    code: Optional[CodeRead] = None,
) -> Status:
    """How a run ended: the worst that is true of any environment, and of the code that was read.

    What was asked for and not examined to its end goes before that nothing was examined, and that before findings:
    they are still there when the rest is known.
    """
    examined = [examination for examination in examinations if is_examined(examination)]
    # Of code alone something was examined only if some of it was read; an environment is examined in itself.
    is_something = any(not examination.target for examination in examined) or (code is not None and code.read > 0)
    if any(examination.failures or gaps(examination) for examination in examinations):
        return Status.INCOMPLETE
    if unread(code) or len(examined) < len(examinations):
        return Status.INCOMPLETE if examined and is_something else Status.NOTHING_CHECKED
    if not examined:
        return Status.NOTHING_CHECKED
    if any(
        one.outcome.is_unknown and _is_available(examination, one.stack)
        for examination in examinations
        for one in examination.requirements
    ):
        return Status.INCOMPLETE
    is_unsure = any(unknown(examination) for examination in examinations) or lost_in_part(code)
    if strict and fail_on is not None and is_unsure:
        return Status.INCOMPLETE
    findings = [finding for examination in examinations for finding in examination.findings]
    if any(fails(finding, fail_on, strict) for finding in findings):
        return Status.FINDINGS
    if fail_on is not None and any(held_against(examination) for examination in examinations):
        return Status.FINDINGS
    if fail_on is not None and code and any(one.severity.rank <= fail_on.rank for one in code.remarks):
        return Status.FINDINGS
    if any(one.outcome.is_unknown for examination in examinations for one in examination.requirements):
        return Status.INCOMPLETE
    return Status.OK


def lost_in_part(code: Optional[CodeRead]) -> bool:
    """Whether a part of the code, however small, could not be read."""
    return code is not None and bool(code.unread)


def _is_available(examination: Examination, identifier: StackId) -> bool:
    stack = examination.environment.stack(identifier)
    return stack is not None and stack.available


def held_against(examination: Examination) -> tuple[Requirement, ...]:
    """What is required and does not work, where no ignored finding is about it."""
    ignored = {(finding.slug, stack) for finding in examination.findings if finding.ignored for stack in finding.stacks}
    return tuple(one for one in unmet(examination) if (one.slug, one.stack) not in ignored)


def settle(report: Report) -> Report:
    """The same report with the status that follows from its findings as they are now."""
    return replace(report, status=status(report.environments, report.fail_on, report.strict, report.code))
