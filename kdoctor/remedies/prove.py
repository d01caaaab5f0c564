"""Tries remedies in a copy of the environment, and compares what was found before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Optional

from kdoctor.environment.steps import Proof, Step, TextStep, VariableStep
from kdoctor.remedies.plan import Way
from kdoctor.remedies.throwaway import InstallError, throwaway
from kdoctor.report import Examination, Finding
from kdoctor.words import Outcome, Severity, StackId

Examine = Callable[[str, Mapping[str, str]], Examination]
"""Examines an interpreter under these variables as the environment itself was examined."""


def prove(
    way: Way, before: Examination, examine: Examine, environ: Mapping[str, str], say: Callable[[str], None]
) -> Proof:
    """What a remedy does in a copy of the environment.

    Args:
        way: the steps of its remedy that install are carried out, and its variables set.
        before: the environment as it is.
        examine: examines the copy.
        environ: the variables as found.
        say: is called with a sentence before a connection is opened.

    Raises:
        InstallError: the steps cannot be carried out.
    """
    steps = way.remedy.steps
    if any(isinstance(step, TextStep) for step in steps) and not any(isinstance(step, VariableStep) for step in steps):
        raise InstallError("the code has to change as well")
    with throwaway(before.environment, steps, environ, say) as python:
        return compared(way.fixes, before, examine(python, under(steps, environ)))


def under(steps: Iterable[Step], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables as they are after these steps."""
    changed: dict[str, Optional[str]] = dict(environ)
    changed.update({step.name: step.value for step in steps if isinstance(step, VariableStep)})
    return {name: value for name, value in changed.items() if value is not None}


def compared(claimed: Iterable[Finding], before: Examination, after: Examination) -> Proof:
    """What became of the findings that a remedy claims to fix, and what is broken only since."""
    rows = {(row.slug, row.stack): row.outcome for row in after.canaries}
    left_codes = {finding.code for finding in after.findings}
    fixed, left, unknown = [], [], []
    for finding in claimed:
        stacks = [StackId.TF_KERAS] if StackId.TF_KERAS in finding.stacks else finding.stacks
        outcomes = [rows[finding.slug, stack] for stack in stacks if (finding.slug, stack) in rows]
        if any(outcome.is_broken for outcome in outcomes) or (not outcomes and finding.code in left_codes):
            left.append(finding.slug)
        elif any(outcome.is_unknown for outcome in outcomes):
            unknown.append(finding.slug)
        else:
            fixed.append(finding.slug)
    return Proof(StackId.TF_KERAS, tuple(fixed), tuple(left), tuple(unknown), worse(before, after), copied=True)


def worse(before: Examination, after: Examination) -> tuple[str, ...]:
    """Slugs of what worked before and is broken after, and of faults of the installation that are new."""
    worked = {(row.slug, row.stack) for row in before.canaries if row.outcome is Outcome.WORKS}
    broken = [
        row.slug
        for row in after.canaries
        if row.outcome.is_broken and row.stack is not StackId.LEGACY and (row.slug, row.stack) in worked
    ]
    had = {finding.code for finding in before.findings}
    new = [one.slug for one in after.findings if _is_fault(one) and one.code not in had]
    return tuple(dict.fromkeys((*new, *broken)))


def _is_fault(finding: Finding) -> bool:
    return not finding.stacks and finding.severity is not Severity.INFO
