"""One visit: examine interpreters, let the canaries look, diagnose, plan the remedies."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable, Optional

from kdoctor import canaries as canary_files
from kdoctor import environment as environments
from kdoctor import records, remedies, rules
from kdoctor.diagnosis import Diagnosis, diagnose
from kdoctor.model import (
    Canary,
    Environment,
    Examination,
    Implementation,
    Outcome,
    Progress,
    Report,
    Severity,
    Stack,
    StackId,
    Status,
)

if TYPE_CHECKING:
    from kdoctor.laboratory import Observations, Sighting

CANARY_SECONDS = 30.0
"""How long one canary may take by default."""


class UsageError(Exception):
    """What was asked for does not exist; the text is meant for the user."""


def visit(
    pythons: Sequence[Optional[str]] = (None,),
    *,
    canaries: bool = True,
    every: bool = False,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    stacks: Collection[StackId] = (),
    timeout: float = CANARY_SECONDS,
    fail_on: Optional[Severity] = Severity.ERROR,
    environ: Optional[Mapping[str, str]] = None,
    progress: Optional[Callable[[Progress], None]] = None,
) -> Report:
    """Examine one or several interpreters and report what is broken there.

    Args:
        pythons: interpreters, folders of virtual environments or names on ``PATH``; None is the running interpreter.
        canaries: whether to run any; without them the report rests on facts and on what is known.
        every: also the canaries that are not part of a default visit.
        only: areas or slugs of canaries to run; all where empty.
        skip: areas or slugs of canaries not to run.
        stacks: the stacks to look at; all where empty.
        timeout: seconds that one canary may take; the whole visit may take ten times that.
        fail_on: the least severity that makes the status ``findings``; None for never.
        environ: the environment variables as found; those of this process by default.
        progress: told of each step.

    Raises:
        UsageError: an area or a slug does not exist.
        kdoctor.environment.InterpreterError: an interpreter does not exist or does not answer.
    """
    chosen = choose(canary_files.catalogue(), only, skip, every) if canaries or only or skip else ()
    variables = dict(os.environ if environ is None else environ)
    examinations = []
    for python in pythons:
        started = time.monotonic()
        environment = environments.examine(python, environ=variables)
        examination = _examine(environment, chosen if canaries else None, stacks, timeout, variables, progress)
        examinations.append(replace(examination, seconds=round(time.monotonic() - started, 3)))
    return Report(
        version=_version(),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        environments=tuple(examinations),
        status=_status(examinations, fail_on),
        fail_on=fail_on,
    )


def choose(
    catalogue: Sequence[Canary], only: Collection[str], skip: Collection[str], every: bool = False
) -> tuple[Canary, ...]:
    """The canaries that were asked for, by area or slug; what is named runs whatever its tier."""
    areas = {canary.area for canary in catalogue}
    names = areas | {canary.slug for canary in catalogue}
    for name in (*only, *skip):
        if name not in names:
            import difflib

            near = difflib.get_close_matches(name, sorted(names), n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else f" The areas are {', '.join(sorted(areas))}."
            raise UsageError(f"There is no canary and no area of canaries called {name!r}.{hint}")

    def is_chosen(canary: Canary) -> bool:
        if {canary.slug, canary.area} & set(skip):
            return False
        if only:
            return bool({canary.slug, canary.area} & set(only))
        return every or canary.tier == "core"

    return tuple(canary for canary in catalogue if is_chosen(canary))


def _examine(
    environment: Environment,
    canaries: Optional[Sequence[Canary]],
    stacks: Collection[StackId],
    timeout: float,
    environ: Mapping[str, str],
    progress: Optional[Callable[[Progress], None]],
) -> Examination:
    """One environment; ``canaries`` is None where none may run."""
    seen: Optional[Observations] = None
    if canaries is not None and any(stack.available for stack in environment.stacks):
        from kdoctor import laboratory

        seen = laboratory.observe(
            environment, canaries, stacks=stacks, timeout=timeout, environ=environ, progress=progress
        )
        environment = _with_sightings(environment, seen.sightings)
    rows = seen.rows if seen else ()
    diagnosis = diagnose(
        environment,
        rows,
        rules.all_rules(),
        recorded=lambda slug, stack: records.lookup(slug, stack, environment),
        stacks=stacks,
    )
    if seen:
        diagnosis = _with_failed_imports(diagnosis, seen.sightings)
    plan = remedies.plan(environment, diagnosis, rows, rules.example)
    return Examination(
        environment=environment,
        canaries=rows,
        findings=plan.findings,
        remedies=plan.remedies,
        notes=(*_notes(canaries, seen), *(f"Not as recorded: {conflict}." for conflict in diagnosis.conflicts)),
        failures=seen.failures if seen else (),
    )


def _with_sightings(environment: Environment, sightings: Mapping[StackId, Sighting]) -> Environment:
    """What was seen of a stack when it was opened stands above what was derived from the files."""

    def update(stack: Stack) -> Stack:
        seen = sightings.get(stack.id) or (sightings.get(stack.same_as) if stack.same_as else None)
        if not seen:
            return stack
        if not seen.available:
            return replace(stack, available=False, reason=f"cannot be imported: {seen.reason}")
        return replace(
            stack,
            implementation=Implementation(seen.implementation),
            version=seen.version,
            tensorflow=seen.tensorflow,
            backend=seen.backend,
        )

    return replace(environment, stacks=tuple(update(stack) for stack in environment.stacks))


def _with_failed_imports(diagnosis: Diagnosis, sightings: Mapping[StackId, Sighting]) -> Diagnosis:
    """A stack that should open and does not is a fault of the environment, whatever the reason."""
    failed = {stack: seen for stack, seen in sightings.items() if not seen.available}
    if not failed:
        return diagnosis
    from kdoctor.rules import imports

    fault = imports.failure({stack.value: seen.reason for stack, seen in failed.items()})
    return diagnosis.with_fault(imports.DOES_NOT_IMPORT, fault)


def _notes(canaries: Optional[Sequence[Canary]], seen: Optional[Observations]) -> list[str]:
    """What the reader must know about how it was looked at."""
    if canaries is None:
        return ["No canary was run: what is reported follows from facts and from what is known of these versions."]
    if not seen:
        return []
    notes = []
    if any(row.outcome is not Outcome.NOT_RUN for row in seen.rows):
        notes.append("Canaries ran on the CPU.")
    if seen.pinned:
        notes.append(
            f"keras.json sets {' and '.join(seen.pinned)}; the canaries ran with float32 and channels_last, "
            "for which their reference numbers hold."
        )
    return notes


def _status(examinations: Sequence[Examination], fail_on: Optional[Severity]) -> Status:
    """The worst that is true of any of the environments."""
    if any(examination.failures for examination in examinations):
        return Status.INCOMPLETE
    if any(not examination.environment.stacks for examination in examinations):
        return Status.NOTHING_CHECKED
    findings = [finding for examination in examinations for finding in examination.findings]
    if fail_on and any(finding.severity.rank <= fail_on.rank for finding in findings):
        return Status.FINDINGS
    return Status.OK


def _version() -> str:
    from kdoctor import __version__

    return __version__
