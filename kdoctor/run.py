"""One run: examine interpreters, run the canaries, diagnose, plan the remedies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import partial
from threading import Thread
from typing import Any, Callable, Optional

from kdoctor import __version__, accepted, modelfiles, records, rules
from kdoctor import canaries as canary_files
from kdoctor import environment as environments
from kdoctor.canaries import Canary
from kdoctor.code import Usage, judged_on, missing_names
from kdoctor.code.keras_kinds import FOLLOWED
from kdoctor.diagnosis import requirements
from kdoctor.diagnosis.findings import diagnose
from kdoctor.environment.facts import missing
from kdoctor.environment.model import Environment, Interpreter, Stack
from kdoctor.errors import UsageError
from kdoctor.observe.model import Observations, Opened, Progress, Request
from kdoctor.records.hypothetical import Target
from kdoctor.records.table import shipped
from kdoctor.remedies import plan as remedies
from kdoctor.report import CodeRead, Examination, Interrupted, Report, gate
from kdoctor.rules import imports
from kdoctor.rules.rule import Rule
from kdoctor.settings import Settings, level
from kdoctor.words import Implementation, Outcome, StackId, did_you_mean, listed

NOTHING_SEEN = Observations(())


@dataclass(frozen=True)
class Choices(Settings):
    """What is asked of every environment alike: the settings, and what no file can set."""

    canaries: bool = True  # whether to run any; without them the report rests on facts and on what is known
    stacks: Collection[StackId] = ()  # all where empty
    usage: Optional[Usage] = None  # what the code in `paths` uses; the canaries of what it uses run too
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))  # the variables as found
    progress: Optional[Callable[[Progress], None]] = None  # called at each step
    begun: Optional[Callable[[Report], None]] = None
    """Called with what the facts of an environment alone show, once its checks are under way; needs ``progress``."""
    cache: bool = True  # whether to use what an earlier run observed here, and to keep what this one observes
    fresh: bool = False  # run again in any case; what is observed is kept

    @classmethod
    def of(cls, settings: Settings, **more: Any) -> Choices:
        """Settings, and more fields over them."""
        return cls(**{**vars(settings), **more})

    def takes(self, *names: str) -> bool:
        """Whether what goes by these names is among what was chosen."""
        return set(names).isdisjoint(self.skip) and (not self.only or not set(names).isdisjoint(self.only))


def run(pythons: Sequence[Optional[str]] = (None,), choices: Optional[Choices] = None) -> Report:
    """Examine one or several interpreters and report what is broken there.

    Args:
        pythons: interpreters, folders of virtual environments or names on ``PATH``; None is the running interpreter.
        choices: what is asked of them.

    Raises:
        UsageError: an area or a slug does not exist, or nothing is left of them, or no environment has the stacks.
        kdoctor.environment.InterpreterError: no interpreter exists and answers. One of several that does not costs its
            own part of the report only.
        Interrupted: a Ctrl-C while canaries ran; it carries the report of what was seen until then.
    """
    asked = choices or Choices()
    this = _Run.of(asked)
    examinations = []
    refused: list[environments.InterpreterError] = []
    for python in pythons:
        started = time.monotonic()
        interrupted = False
        try:
            with _loading_beside() if python else nullcontext():
                environment = environments.examine(python, environ=asked.environ)
        except environments.InterpreterError as error:
            refused.append(error)
            if len(refused) == len(pythons):  # nothing is left to report on
                raise environments.InterpreterError("\n".join(map(str, refused))) from error
            unknown = Environment(Interpreter(executable=python or sys.executable))
            examination = Examination(unknown, failures=(str(error),))
        else:
            examination, interrupted = this.examine(environment)
        examinations.append(replace(examination, seconds=round(time.monotonic() - started, 3)))
        if interrupted:
            raise Interrupted(_report(examinations, asked))
    here = {stack.id for examination in examinations for stack in examination.environment.stacks}
    if asked.stacks and here and here.isdisjoint(asked.stacks):  # nothing of what was asked for was found right
        wanted = " or ".join(stack.value for stack in asked.stacks)
        known = ", ".join(stack.value for stack in StackId if stack in here)
        raise UsageError(f"There is no stack {wanted} here. The stacks are {known}.")
    return _report(examinations, asked)


@contextmanager
def _loading_beside() -> Iterator[None]:
    """Rules and record are loaded while another interpreter starts: this process would only wait for it."""

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


def assess(targets: Sequence[Target], choices: Choices) -> Report:
    """Judge code by what was recorded of releases that are not here; nothing is examined.

    Args:
        targets: the releases, as :func:`kdoctor.records.hypothetical.targets` makes them.
        choices: what the code uses, and which rules count.

    Raises:
        UsageError: an area, a slug or a code does not exist.
    """
    # What a rule detects is for environments that are here; what it says of code holds anywhere.
    known = [replace(rule, detect=None) for rule in rules.all_rules() if not rule.detect or rule.where]
    names = {name for rule in known for name in (rule.code, rule.slug, rule.area)}
    for name in (*choices.only, *choices.skip):
        reason = name not in names and objection("only", name)
        if reason:
            raise UsageError(reason)
    examinations = []
    for target in targets:
        whole = _Run(choices, known).judge(target.environment)
        findings = tuple(one for one in whole.findings if choices.takes(one.code, one.slug, one.area))
        needed = {identifier for finding in findings for identifier in finding.remedies}
        remedies = tuple(remedy for remedy in whole.remedies if remedy.id in needed)
        notes = (*target.notes, *whole.notes)
        examinations.append(replace(whole, target=target.name, findings=findings, remedies=remedies, notes=notes))
    return _report(examinations, choices)


def _report(examinations: Sequence[Examination], asked: Choices) -> Report:
    code = None
    if asked.usage:
        usage = asked.usage
        code = CodeRead(
            tuple(asked.paths),
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
    fail_on = level(asked.fail_on)
    report = Report(
        version=__version__,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        environments=tuple(examinations),
        status=gate.status(examinations, fail_on, asked.strict, code),
        fail_on=fail_on,
        strict=asked.strict,
        code=code,
    )
    return accepted.apply(report, asked, date.today())


def model_files(usage: Usage) -> Iterator[str]:
    """What is named in the lines that load a model: relative to the working folder, or to the file of the line."""
    seen = set()
    for use in usage.uses:
        if use.called and use.name.endswith(modelfiles.LOADERS):
            for name in modelfiles.quoted(use.location.text):
                beside = os.path.join(os.path.dirname(use.location.path), name)
                found = next((path for path in (name, os.path.normpath(beside)) if os.path.exists(path)), "")
                if found and found not in seen:
                    seen.add(found)
                    yield found


def choose(catalogue: Sequence[Canary], choices: Choices) -> tuple[Canary, ...]:
    """The canaries that were asked for, by area or slug; what is named runs whatever its tier."""
    for name in (*choices.only, *choices.skip):
        reason = objection("only", name, catalogue)
        if reason:
            raise UsageError(reason)
    taken = (one for one in catalogue if choices.takes(one.slug, one.area))
    chosen = tuple(one for one in taken if choices.only or choices.every or one.tier == "core")
    if choices.only and not chosen:
        asked, left_out = ", ".join(choices.only), ", ".join(choices.skip)
        raise UsageError(f"Nothing is left to examine: {asked} was asked for, and {left_out} left out.")
    return chosen


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


@dataclass(frozen=True)
class _Run:
    """What is done with every environment alike."""

    choices: Choices
    rules: Sequence[Rule]  # those that were asked for
    canaries: Sequence[Canary] = ()
    entries: Sequence[requirements.Entry] = ()  # what must work

    @classmethod
    def of(cls, asked: Choices) -> _Run:
        """With the rules and the canaries that were asked for, and those of what is required or used."""
        named = bool(asked.only or asked.skip or asked.require or asked.usage)
        catalogue = canary_files.catalogue() if asked.canaries or named else ()  # reading it takes a while
        entries = requirements.read(asked.require, catalogue)
        chosen = choose(catalogue, asked) if asked.canaries or asked.only or asked.skip else ()
        wanted = {slug for entry in entries for slug in entry.slugs}
        used = {hit.slug for hit in asked.usage.hits} if asked.usage else set()
        if not asked.only:
            wanted |= used.difference(asked.skip)
        extra = tuple(canary for canary in catalogue if canary.slug in wanted and canary not in chosen)
        known = wanted.union(used, (canary.slug for canary in chosen))
        return cls(asked, [rule for rule in rules.all_rules() if _counts(rule, asked, known)], chosen + extra, entries)

    def examine(self, environment: Environment) -> tuple[Examination, bool]:
        """Run the canaries, then judge. Also whether a Ctrl-C ended the canaries."""
        seen = NOTHING_SEEN
        if self.choices.canaries and any(stack.available for stack in environment.stacks):
            seen = self._observe(environment)
            environment = _as_opened(environment, seen.opened)
        examination = self.judge(environment, seen)
        notes = (*self._notes(environment, seen), *examination.notes)
        failures = (*seen.failures, *gate.gaps(examination))
        return replace(examination, notes=notes, failures=failures), seen.interrupted

    def _observe(self, environment: Environment) -> Observations:
        """Run what is asked for in the examined interpreter, but for what is cached."""
        asked = self.choices

        def on_record(slug: str, stack: Stack) -> Optional[Outcome]:
            record = records.lookup(slug, stack, environment)
            return record.outcome if record else None

        # What must be known of legacy Keras itself: what is required there, and what code does that chooses it.
        pairs = requirements.pairs(self.entries, environment)
        hits = asked.usage.hits if asked.usage else ()
        on_legacy = {slug for slug, stack in pairs if stack is StackId.LEGACY}
        on_legacy |= {hit.slug for hit in hits if StackId.LEGACY in judged_on(hit.location.stack)}
        request = Request(
            environment,
            self.canaries,
            asked.timeout,
            asked.environ,
            names=missing_names.unsettled(environment, asked.usage.uses) if asked.usage else (),
            stacks=asked.stacks,
            on_legacy=None if asked.every or StackId.LEGACY in asked.stacks else on_legacy,
            expected=on_record,
            progress=self._progress(environment),
        )
        if asked.cache:
            from kdoctor.observe import cache

            return cache.observe(request, fresh=asked.fresh)
        from kdoctor.observe import run

        return run.observe(request)

    def _progress(self, environment: Environment) -> Optional[Callable[[Progress], None]]:
        """The progress that was asked for; its first step, while TensorFlow is imported, shows the facts."""
        begun, progress = self.choices.begun, self.choices.progress
        if not begun or not progress:
            return progress
        waiting = [begun]

        def step(step: Progress) -> None:
            if waiting:
                facts = replace(self, choices=replace(self.choices, usage=None), entries=()).judge(environment)
                waiting.pop()(_report([facts], Choices(fail_on="never", baseline="")))
            progress(step)

        return step

    def judge(self, environment: Environment, seen: Observations = NOTHING_SEEN) -> Examination:
        """What follows from facts, observations, records, rules and uses."""
        usage, recorded = self.choices.usage, partial(records.lookup, environment=environment)
        diagnosis = diagnose(
            environment,
            seen.rows,
            self.rules,
            recorded=recorded,
            stacks=self.choices.stacks,
            required=requirements.pairs(self.entries, environment),
            usage=usage,
        )
        failed = {stack.value: one.reason for stack, one in seen.opened.items() if not one.available}
        if failed:  # a stack that should open and does not is a fault, whatever the reason
            fault = imports.failure(failed, some_opened=len(failed) < len(seen.opened))
            diagnosis = diagnosis.with_fault(imports.DOES_NOT_IMPORT, fault)
        ran = self.choices.canaries
        required = requirements.judge(self.entries, environment, seen.rows, recorded, ran=ran)
        diagnosis = diagnosis.with_absent(required)
        notes = [f"Not read: {one.path} ({one.reason})." for one in environment.unread]
        notes += [f"Not as recorded: {conflict}." for conflict in diagnosis.conflicts]
        notes += diagnosis.notes
        if usage:
            reported = missing_names.places_of(filter(diagnosis.reports, usage.hits), usage.ignored)
            lookup = missing_names.look_up(environment, usage.uses, reported, seen.names)
            diagnosis = diagnosis.with_missing(lookup, usage)
            notes += lookup.notes
            if usage.on_legacy:
                notes.append(
                    f"TF_USE_LEGACY_KERAS=1 is set in {listed(usage.on_legacy, 3)}: judged as Keras 2. "
                    "kdoctor scan --ignore-legacy-variable judges as if it were not."
                )
            absent = missing(usage.imports, environment)
            diagnosis = diagnosis.with_not_installed(absent, usage.uses)
            absent = [name for name in absent if name not in FOLLOWED]
            if absent:
                notes.append(gate.ABSENT.format(names=", ".join(absent)))
        plan = remedies.plan(environment, diagnosis, seen.rows, seen.proofs)
        return Examination(
            environment=environment,
            canaries=seen.rows,
            findings=plan.findings,
            remedies=plan.remedies,
            requirements=required,
            notes=tuple(notes),
        )

    def _notes(self, environment: Environment, seen: Observations) -> list[str]:
        """What the reader must know about how it was examined."""
        if not self.choices.canaries:
            return [gate.NOTHING_RAN]
        notes = list(seen.notes)
        if any(row.outcome is not Outcome.NOT_RUN for row in seen.rows):
            notes.append(gate.ON_CPU)
            tensorflow = any(stack.tensorflow for stack in environment.stacks)
            if tensorflow and "TF_ENABLE_ONEDNN_OPTS" not in self.choices.environ:
                notes.append(gate.WITHOUT_ONEDNN)
        if seen.pinned:
            notes.append(gate.PINNED.format(names=" and ".join(seen.pinned)))
        return notes


def _counts(rule: Rule, asked: Choices, known: Collection[str]) -> bool:
    """Faults of the environment and of code always do, and what is required or used; else as canaries do."""
    return bool(rule.detect or rule.where or rule.slug in known) or asked.takes(rule.slug, rule.area)


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
