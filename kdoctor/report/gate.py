"""What fails a gate: one predicate for the exit code and for every format. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from kdoctor.environment.model import Environment, Lost, Unread
from kdoctor.observe.model import Observation
from kdoctor.report import CodeRead, Examination, Finding, Report, Requirement, Status
from kdoctor.words import Outcome, Relevance, Severity, StackId

# What may be said of how an environment was examined; the catalogues have it with its `{names}`.
NOTHING_RAN = "No test models were run; results are based on the installed versions and on recorded tests."
ON_CPU = "Test models ran on the CPU."
WITHOUT_ONEDNN = (
    "They ran with TF_ENABLE_ONEDNN_OPTS=0, which is faster. A failure that is not on record for these releases was "
    "confirmed without that."
)
PINNED = (
    "keras.json sets {names}; the test models ran with float32 and channels_last, for which their reference numbers "
    "hold."
)
ABSENT = "Imported by the code and not installed here: {names}."
ENDED = "The ignore of {rule} ended on {date}, so it counts again."
PASSES = "The check of {rule} passes here, so the ignore of it can go."
NEEDLESS = "Nothing here needs the ignore of {rule}."
BASELINE = "Findings that are in the baseline {path} are ignored; --no-config shows them."
NOTES = (NOTHING_RAN, ON_CPU, WITHOUT_ONEDNN, PINNED, ABSENT, ENDED, PASSES, NEEDLESS, BASELINE)
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


def unknown(examination: Examination) -> tuple[Observation, ...]:
    """The canaries that were to answer and did not; on a stack that is not there none was to."""
    return tuple(
        row for row in examination.canaries if row.outcome is Outcome.TIMES_OUT or _is_gap(row, examination.environment)
    )


def gaps(examination: Examination) -> tuple[str, ...]:
    """What was to run on a stack that is there, and did not: one sentence a reason.

    A check that reached its own deadline ran; it is unknown, and no gap.
    """
    reasons: dict[str, set[str]] = {}
    for row in examination.canaries:
        if _is_gap(row, examination.environment):
            reasons.setdefault(row.message, set()).add(row.slug)
    return tuple(GAPS[len(slugs) > 1].format(n=len(slugs), reason=reason) for reason, slugs in reasons.items())


def _is_gap(row: Observation, environment: Environment) -> bool:
    return row.outcome is Outcome.NOT_RUN and not row.by_choice and _is_available(environment, row.stack)


def _is_available(environment: Environment, identifier: StackId) -> bool:
    stack = environment.stack(identifier)
    return stack is not None and stack.available


def unread(code: Optional[CodeRead]) -> tuple[Unread, ...]:
    """What was named to be read and was not, or not to its end: files, and folders of which nothing was."""
    if code is None:
        return ()
    named = {os.path.normpath(path) for path in code.paths}
    return tuple(
        one for one in code.unread if one.lost in (Lost.ALL, Lost.REST) and os.path.normpath(one.path) in named
    )


def held_against(examination: Examination) -> tuple[Requirement, ...]:
    """What is required and was seen not to work, or not to exist, where no ignored finding is about it."""
    ignored = {(finding.slug, stack) for finding in examination.findings if finding.ignored for stack in finding.stacks}
    unmet = (one for one in examination.requirements if not one.is_met and not one.outcome.is_unknown)
    return tuple(one for one in unmet if (one.slug, one.stack) not in ignored)


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
    if any(examination.failures or gaps(examination) for examination in examinations):
        return Status.INCOMPLETE
    # There was a Keras to examine, or a release to judge by.
    examined = [examination for examination in examinations if examination.environment.stacks]
    # Of code alone something was examined only if some of it was read; an environment is examined in itself.
    is_something = any(not examination.target for examination in examined) or (code is not None and code.read > 0)
    if unread(code) or len(examined) < len(examinations):
        return Status.INCOMPLETE if examined and is_something else Status.NOTHING_CHECKED
    if not examined:
        return Status.NOTHING_CHECKED
    wanted = [(one.environment, each) for one in examinations for each in one.requirements if each.outcome.is_unknown]
    if any(_is_available(environment, one.stack) for environment, one in wanted):
        return Status.INCOMPLETE
    if fail_on is not None:
        is_unsure = any(unknown(examination) for examination in examinations) or (code is not None and code.unread)
        if strict and is_unsure:
            return Status.INCOMPLETE
        findings = (finding for examination in examinations for finding in examination.findings)
        remarks = code.remarks if code is not None else ()
        if (
            any(fails(finding, fail_on, strict) for finding in findings)
            or any(held_against(examination) for examination in examinations)
            or any(one.severity.rank <= fail_on.rank for one in remarks)
        ):
            return Status.FINDINGS
    return Status.INCOMPLETE if wanted else Status.OK


def settle(report: Report) -> Report:
    """The same report with the status that follows from its findings as they are now."""
    return replace(report, status=status(report.environments, report.fail_on, report.strict, report.code))
