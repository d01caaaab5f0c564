"""What fails a gate: one predicate for the exit code and for every format. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from kdoctor.model import (
    CodeRead,
    Examination,
    Finding,
    Observation,
    Outcome,
    Relevance,
    Report,
    Requirement,
    Severity,
    Status,
)


def fails(finding: Finding, fail_on: Optional[Severity], strict: bool = False) -> bool:
    """Whether a finding fails the gate.

    What is set aside never does, nor does anything where ``fail_on`` is None. With ``strict`` a likely use does too,
    whatever ``fail_on`` says.
    """
    if finding.ignored or fail_on is None:
        return False
    return finding.severity.rank <= fail_on.rank or (strict and finding.relevance is Relevance.USED)


def failing(report: Report) -> tuple[Finding, ...]:
    """The findings that fail the gate of this report, in its order."""
    return tuple(finding for finding in report.findings if fails(finding, report.fail_on, report.strict))


def unknown(examination: Examination) -> tuple[Observation, ...]:
    """The canaries that were to answer and did not; on a stack that is not there none was to."""
    available = {stack.id for stack in examination.environment.stacks if stack.available}
    return tuple(
        row
        for row in examination.canaries
        if row.outcome is Outcome.TIMES_OUT or (row.outcome is Outcome.NOT_RUN and row.stack in available)
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
    """How a visit ended: the worst that is true of any environment, and of the code that was read.

    That kdoctor could not finish is worse than any finding; a finding is worse than a requirement of which nothing is
    known, for it will still be there when that is.
    """
    if any(examination.failures for examination in examinations):
        return Status.INCOMPLETE
    if not examinations or any(not examination.environment.stacks for examination in examinations):
        return Status.NOTHING_CHECKED
    findings = [finding for examination in examinations for finding in examination.findings]
    if any(fails(finding, fail_on, strict) for finding in findings):
        return Status.FINDINGS
    if fail_on is not None and any(held_against(examination) for examination in examinations):
        return Status.FINDINGS
    if any(one.outcome.is_unknown for examination in examinations for one in examination.requirements):
        return Status.INCOMPLETE
    is_unsure = any(unknown(examination) for examination in examinations) or (code is not None and bool(code.unread))
    return Status.FINDINGS if strict and fail_on is not None and is_unsure else Status.OK


def held_against(examination: Examination) -> tuple[Requirement, ...]:
    """What is required and does not work, where no finding that is set aside speaks of it."""
    ignored = {(finding.slug, stack) for finding in examination.findings if finding.ignored for stack in finding.stacks}
    return tuple(one for one in unmet(examination) if (one.slug, one.stack) not in ignored)


def settle(report: Report) -> Report:
    """The same report with the status that follows from its findings as they are now."""
    return replace(report, status=status(report.environments, report.fail_on, report.strict, report.code))
