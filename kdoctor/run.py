"""One run: examine interpreters, run the canaries, diagnose, plan the remedies."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

from kdoctor import __version__, records, rules
from kdoctor import canaries as canary_files
from kdoctor import environment as environments
from kdoctor.canaries import Canary
from kdoctor.diagnosis import requirements
from kdoctor.diagnosis.findings import Diagnosis, diagnose
from kdoctor.environment.installed import missing
from kdoctor.environment.model import Environment, Interpreter, Stack
from kdoctor.errors import UsageError
from kdoctor.observe.model import Names, Observation, Observations, Opened, Progress, Request
from kdoctor.records.table import shipped
from kdoctor.remedies import plan as remedies
from kdoctor.report import CodeRead, Examination, Interrupted, Report, gate
from kdoctor.report import notes as sentences
from kdoctor.rules.rule import Rule
from kdoctor.words import CANARY_SECONDS, Implementation, Outcome, Severity, StackId, did_you_mean, listed

if TYPE_CHECKING:
    from kdoctor.code import Usage
    from kdoctor.records.hypothetical import Target


def run(
    pythons: Sequence[Optional[str]] = (None,),
    *,
    canaries: bool = True,
    every: bool = False,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    stacks: Collection[StackId] = (),
    timeout: float = CANARY_SECONDS,
    fail_on: Optional[Severity] = Severity.ERROR,
    strict: bool = False,
    require: Collection[str] = (),
    usage: Optional[Usage] = None,
    paths: Sequence[str] = (),
    environ: Optional[Mapping[str, str]] = None,
    progress: Optional[Callable[[Progress], None]] = None,
    begun: Optional[Callable[[Report], None]] = None,
    cache: bool = True,
    fresh: bool = False,
) -> Report:
    """Examine one or several interpreters and report what is broken there.

    Args:
        pythons: interpreters, folders of virtual environments or names on ``PATH``; None is the running interpreter.
        canaries: whether to run any; without them the report rests on facts and on what is known.
        every: also the canaries that are not part of a default run.
        only: areas or slugs of canaries to run; all where empty.
        skip: areas or slugs of canaries not to run.
        stacks: the stacks to examine; all where empty.
        timeout: seconds that one canary may take; the whole run may take ten times that.
        fail_on: the least severity that makes the status ``findings``; None for never.
        strict: whether likely uses and what is unknown make it so too.
        require: what must work, ``slug[@stack]`` or ``area[@stack]``; their canaries run whatever was chosen.
        usage: what code uses, as :func:`kdoctor.code.scan` reports; the canaries of what it uses run too.
        paths: where that code is.
        environ: the environment variables as found; those of this process by default.
        progress: called at each step.
        begun: called with what the facts of an environment alone show, once its checks are under way; needs
            ``progress``.
        cache: whether to use what an earlier run observed here, and to keep what this one observes.
        fresh: run again in any case; what is observed is kept.

    Raises:
        UsageError: an area or a slug does not exist, or nothing is left of them, or no environment has the stacks.
        kdoctor.environment.InterpreterError: no interpreter exists and answers. One of several that does not costs its
            own part of the report only.
        Interrupted: a Ctrl-C while canaries ran; it carries the report of what was seen until then.
    """
    named = bool(only or skip or require or usage)
    catalogue = canary_files.catalogue() if canaries or named else ()  # reading it takes a while
    entries = requirements.read(require, catalogue)
    chosen = choose(catalogue, only, skip, every) if canaries or only or skip else ()
    wanted = {slug for entry in entries for slug in entry.slugs}
    if usage and not only:
        wanted |= {hit.slug for hit in usage.hits}.difference(skip)
    extra = tuple(canary for canary in catalogue if canary.slug in wanted and canary not in chosen)
    known = wanted.union((hit.slug for hit in usage.hits) if usage else (), (canary.slug for canary in chosen))
    question = _Question(
        canaries=(*chosen, *extra) if canaries else None,
        asked=lambda rule: _is_asked(rule, only, skip, known),
        entries=entries,
        usage=usage,
        stacks=stacks,
        timeout=timeout,
        environ=dict(os.environ if environ is None else environ),
        progress=progress,
        begun=begun,
        cache=cache,
        fresh=fresh,
        every=every,
    )
    examinations = []
    refused: list[environments.InterpreterError] = []
    for python in pythons:
        started = time.monotonic()
        interrupted = False
        try:
            with _loading_beside() if python else nullcontext():
                environment = environments.examine(python, environ=question.environ)
        except environments.InterpreterError as error:
            refused.append(error)
            if len(refused) == len(pythons):  # nothing is left to report on
                raise environments.InterpreterError("\n".join(map(str, refused))) from error
            unknown = Environment(Interpreter(executable=python or sys.executable))
            examination = Examination(unknown, failures=(str(error),))
        else:
            examination, interrupted = _examine(environment, question)
        examinations.append(replace(examination, seconds=round(time.monotonic() - started, 3)))
        if interrupted:
            raise Interrupted(_report(examinations, fail_on, strict, usage, paths))
    _check_stacks(stacks, examinations)
    return _report(examinations, fail_on, strict, usage, paths)


def _check_stacks(asked: Collection[StackId], examinations: Sequence[Examination]) -> None:
    """A run that examined nothing of what was asked for has not found it right."""
    here = {stack.id for examination in examinations for stack in examination.environment.stacks}
    if asked and here and here.isdisjoint(asked):
        wanted = " or ".join(stack.value for stack in asked)
        known = ", ".join(stack.value for stack in StackId if stack in here)
        raise UsageError(f"There is no stack {wanted} here. The stacks are {known}.")


@contextmanager
def _loading_beside() -> Iterator[None]:
    """Rules and record are loaded while another interpreter starts: this process would only wait for it."""
    from threading import Thread

    def load() -> None:
        with suppress(Exception):  # what is wrong with them is reported when they are used
            rules.all_rules()
            shipped()

    thread = Thread(target=load, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def assess(
    targets: Sequence[Target],
    *,
    usage: Usage,
    paths: Sequence[str] = (),
    only: Collection[str] = (),
    skip: Collection[str] = (),
    fail_on: Optional[Severity] = Severity.ERROR,
    strict: bool = False,
) -> Report:
    """Judge code by what was recorded of releases that are not here; nothing is examined.

    Args:
        targets: the releases, as :func:`kdoctor.records.hypothetical.targets` makes them.
        usage: what the code uses.
        paths: where that code is.
        only: areas, slugs or codes of rules that count; all where empty.
        skip: areas, slugs or codes of rules that do not.
        fail_on: the least severity that makes the status ``findings``; None for never.
        strict: whether likely uses make it so too.

    Raises:
        UsageError: an area, a slug or a code does not exist.
    """
    # What a rule detects is for environments that are here; what it says of code holds anywhere.
    known = [replace(rule, detect=None) for rule in rules.all_rules() if not rule.detect or rule.where]
    names = {name for rule in known for name in (rule.code, rule.slug, rule.area)}
    for name in (*only, *skip):
        reason = name not in names and objection("only", name)
        if reason:
            raise UsageError(reason)
    examinations = []
    for target in targets:
        question = _Question(None, lambda rule: True, usage)
        examination = _chosen(_judge(target.environment, question, known), only, skip)
        examinations.append(replace(examination, target=target.name, notes=(*target.notes, *examination.notes)))
    return _report(examinations, fail_on, strict, usage, paths)


def _chosen(examination: Examination, only: Collection[str], skip: Collection[str]) -> Examination:
    """Only the findings that were asked for, and their remedies."""
    findings = tuple(one for one in examination.findings if _takes((one.code, one.slug, one.area), only, skip))
    needed = {identifier for finding in findings for identifier in finding.remedies}
    remedies = tuple(remedy for remedy in examination.remedies if remedy.id in needed)
    return replace(examination, findings=findings, remedies=remedies)


def _report(
    examinations: Sequence[Examination],
    fail_on: Optional[Severity],
    strict: bool,
    usage: Optional[Usage],
    paths: Sequence[str],
) -> Report:
    code = None
    if usage:
        code = CodeRead(
            tuple(paths),
            usage.files,
            tuple(usage.unread),
            tuple(usage.ignored),
            usage.read,
            usage.cells,
            usage.calls,
            usage.remarks,
            usage.unknown,
            tuple(model_files(usage)),
        )
    return Report(
        version=__version__,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        environments=tuple(examinations),
        status=gate.status(examinations, fail_on, strict, code),
        fail_on=fail_on,
        strict=strict,
        code=code,
    )


_LOADERS = ("load_model", "load_weights", "TFSMLayer", "saved_model.load")
_QUOTED = re.compile(r"""(?<!\\)(["'])([^"'\\\n]{1,500})\1""")


def model_files(usage: Usage) -> Iterator[str]:
    """What is named in the lines that load a model: relative to the working folder, or to the file of the line."""
    seen = set()
    for use in usage.uses:
        if use.called and use.name.endswith(_LOADERS):
            for _, name in _QUOTED.findall(use.location.text):
                beside = os.path.join(os.path.dirname(use.location.path), name)
                found = next((path for path in (name, os.path.normpath(beside)) if os.path.exists(path)), "")
                if found and found not in seen:
                    seen.add(found)
                    yield found


class _Question(NamedTuple):
    """What is asked of every environment alike."""

    canaries: Optional[Sequence[Canary]]  # None where none may run
    asked: Callable[[Rule], bool]  # whether a rule is among those that were asked for
    usage: Optional[Usage]
    entries: Sequence[requirements.Entry] = ()
    stacks: Collection[StackId] = ()
    timeout: float = CANARY_SECONDS
    environ: Mapping[str, str] = {}
    progress: Optional[Callable[[Progress], None]] = None
    begun: Optional[Callable[[Report], None]] = None
    cache: bool = False
    fresh: bool = False
    every: bool = False


def choose(
    catalogue: Sequence[Canary], only: Collection[str], skip: Collection[str], every: bool = False
) -> tuple[Canary, ...]:
    """The canaries that were asked for, by area or slug; what is named runs whatever its tier."""
    for name in (*only, *skip):
        reason = objection("only", name, catalogue)
        if reason:
            raise UsageError(reason)

    taken = (one for one in catalogue if _takes((one.slug, one.area), only, skip))
    chosen = tuple(one for one in taken if only or every or one.tier == "core")
    if only and not chosen:
        raise UsageError(
            f"Nothing is left to examine: {', '.join(only)} was asked for, and {', '.join(skip)} left out."
        )
    return chosen


def _takes(names: Collection[str], only: Collection[str], skip: Collection[str]) -> bool:
    return not any(name in skip for name in names) and (not only or any(name in only for name in names))


def _is_asked(rule: Rule, only: Collection[str], skip: Collection[str], known: Collection[str]) -> bool:
    """Faults of the environment and of code always are, and what is required or used; else as canaries are."""
    return bool(rule.detect or rule.where or rule.slug in known) or _takes((rule.slug, rule.area), only, skip)


def objection(key: str, name: str, catalogue: Optional[Sequence[Canary]] = None) -> str:
    """Why an entry of ``only``, ``skip``, ``require`` or ``rule`` names nothing; empty where it names something."""
    catalogue = canary_files.catalogue() if catalogue is None else catalogue
    if key == "require":
        try:
            requirements.read([name], catalogue)
        except UsageError as error:
            return str(error)
        return ""
    if key != "rule":
        return requirements.unknown(name, catalogue)
    known = {canary.slug for canary in catalogue}.union(*((rule.code, rule.slug) for rule in rules.all_rules()))
    if name in known or name.upper() in known:
        return ""
    return f"There is no rule called {name!r}.{did_you_mean(name, known) or ' kdoctor rules lists them all.'}"


def _examine(environment: Environment, question: _Question) -> tuple[Examination, bool]:
    """One environment: run the canaries, then judge. Also whether a Ctrl-C ended the canaries."""
    seen: Optional[Observations] = None
    known = [rule for rule in rules.all_rules() if question.asked(rule)]
    if question.canaries is not None and any(stack.available for stack in environment.stacks):
        seen = _observe(environment, question.canaries, _with_facts(environment, question, known))
        environment = _as_opened(environment, seen.opened)
    examination = _judge(environment, question, known, seen)
    notes = (*_notes(question, environment, seen), *examination.notes)
    failures = (*seen.failures, *gate.gaps(examination)) if seen else ()
    return replace(examination, notes=notes, failures=failures), seen is not None and seen.interrupted


def _with_facts(environment: Environment, question: _Question, known: Sequence[Rule]) -> _Question:
    """The question, with a progress that shows the facts at its first step: while TensorFlow is imported."""
    begun, progress = question.begun, question.progress
    if not begun or not progress:
        return question
    waiting = [begun]

    def step(step: Progress) -> None:
        if waiting:
            examination = _judge(environment, question._replace(usage=None, entries=()), known)
            waiting.pop()(_report([examination], None, False, None, ()))
        progress(step)

    return question._replace(progress=step)


def _observe(environment: Environment, canaries: Sequence[Canary], question: _Question) -> Observations:
    """Run what is asked for in the examined interpreter, but for what is cached."""
    names: Sequence[Names] = ()
    if question.usage:
        from kdoctor.code.missing_names import unsettled

        names = unsettled(environment, question.usage.uses)

    def on_record(slug: str, stack: Stack) -> Optional[Outcome]:
        record = records.lookup(slug, stack, environment)
        return record.outcome if record else None

    request = Request(
        environment,
        canaries,
        question.timeout,
        question.environ,
        names=names,
        stacks=question.stacks,
        on_legacy=None if question.every or StackId.LEGACY in question.stacks else _on_legacy(question, environment),
        expected=on_record,
        progress=question.progress,
    )
    if question.cache:
        from kdoctor.observe import cache

        return cache.observe(request, fresh=question.fresh)
    from kdoctor.observe import run

    return run.observe(request)


def _on_legacy(question: _Question, environment: Environment) -> set[str]:
    """What must be known of legacy Keras itself: what is required there, and what code does that chooses it."""
    from kdoctor.code import judged_on

    required = {slug for slug, stack in requirements.pairs(question.entries, environment) if stack is StackId.LEGACY}
    hits = question.usage.hits if question.usage else ()
    return required | {hit.slug for hit in hits if StackId.LEGACY in judged_on(hit.location.stack)}


def _judge(
    environment: Environment, question: _Question, known: Sequence[Rule], seen: Optional[Observations] = None
) -> Examination:
    """What follows from facts, observations, records, rules and uses."""
    rows: Sequence[Observation] = seen.rows if seen else ()

    def recorded(slug: str, stack: Stack) -> Optional[records.Record]:
        return records.lookup(slug, stack, environment)

    diagnosis = diagnose(
        environment,
        rows,
        known,
        recorded=recorded,
        stacks=question.stacks,
        required=requirements.pairs(question.entries, environment),
        usage=question.usage,
    )
    if seen:
        diagnosis = _with_failed_imports(diagnosis, seen.opened)
    required = requirements.judge(question.entries, environment, rows, recorded, ran=question.canaries is not None)
    diagnosis = diagnosis.with_absent(required)
    notes = [f"Not read: {one.path} ({one.reason})." for one in environment.unread]
    notes += [f"Not as recorded: {conflict}." for conflict in diagnosis.conflicts]
    notes += diagnosis.notes
    if question.usage:
        from kdoctor.code.keras_kinds import FOLLOWED
        from kdoctor.code.missing_names import look_up, places_of

        reported = places_of(filter(diagnosis.reports, question.usage.hits), question.usage.ignored)
        lookup = look_up(environment, question.usage.uses, reported, seen.names if seen else {})
        diagnosis = diagnosis.with_missing(lookup, question.usage)
        notes += lookup.notes
        if question.usage.on_legacy:
            notes.append(
                f"TF_USE_LEGACY_KERAS=1 is set in {listed(question.usage.on_legacy, 3)}: judged as Keras 2. "
                "kdoctor scan --ignore-legacy-variable judges as if it were not."
            )
        absent = missing(question.usage.imports, environment)
        diagnosis = diagnosis.with_not_installed(absent, question.usage.uses)
        absent = [name for name in absent if name not in FOLLOWED]
        if absent:
            notes.append(sentences.ABSENT.format(names=", ".join(absent)))
    plan = remedies.plan(environment, diagnosis, rows, rules.example, seen.proofs if seen else {})
    return Examination(
        environment=environment,
        canaries=tuple(rows),
        findings=plan.findings,
        remedies=plan.remedies,
        requirements=required,
        notes=tuple(notes),
    )


def _as_opened(environment: Environment, opened: Mapping[StackId, Opened]) -> Environment:
    """What the import of a stack showed stands above what was derived from the files."""

    def update(stack: Stack) -> Stack:
        seen = opened.get(stack.id) or (opened.get(stack.same_as) if stack.same_as else None)
        if not seen:
            return stack
        if not seen.available:
            return replace(stack, available=False, reason=f"cannot be imported: {seen.reason}")
        implementation = Implementation(seen.implementation)
        known = replace(stack, implementation=implementation, version=seen.version, tensorflow=seen.tensorflow)
        return replace(known, backend=seen.backend)

    return replace(environment, stacks=tuple(update(stack) for stack in environment.stacks))


def _with_failed_imports(diagnosis: Diagnosis, opened: Mapping[StackId, Opened]) -> Diagnosis:
    """A stack that should open and does not is a fault of the environment, whatever the reason."""
    failed = {stack.value: seen.reason for stack, seen in opened.items() if not seen.available}
    if not failed:
        return diagnosis
    from kdoctor.rules import imports

    fault = imports.failure(failed, some_opened=len(failed) < len(opened))
    return diagnosis.with_fault(imports.DOES_NOT_IMPORT, fault)


def _notes(question: _Question, environment: Environment, seen: Optional[Observations]) -> list[str]:
    """What the reader must know about how it was examined."""
    if question.canaries is None:
        return [sentences.NOTHING_RAN]
    if not seen:
        return []
    notes = list(seen.notes)
    if any(row.outcome is not Outcome.NOT_RUN for row in seen.rows):
        notes.append(sentences.ON_CPU)
        if any(stack.tensorflow for stack in environment.stacks) and "TF_ENABLE_ONEDNN_OPTS" not in question.environ:
            notes.append(sentences.WITHOUT_ONEDNN)
    if seen.pinned:
        notes.append(sentences.PINNED.format(names=" and ".join(seen.pinned)))
    return notes
