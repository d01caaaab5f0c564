"""Facts, observations, records and rules in; findings out. Pure: no file, no process, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, Union

from kdoctor.code import Hit, Usage, Use, judged_on
from kdoctor.code.places import Location
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe.model import Observation
from kdoctor.records import Record
from kdoctor.records.api import successor
from kdoctor.report import Finding, Requirement
from kdoctor.rules.code import ARGUMENT_REFUSED, IMPORT_MISSING, NAME_MISSING
from kdoctor.rules.imports import ABSENT, UNEXPECTED
from kdoctor.rules.native import TENSORFLOW_1
from kdoctor.rules.rule import Fault, Rule, plain
from kdoctor.versions import allows
from kdoctor.words import Certainty, Evidence, Outcome, Relevance, Severity, StackId

if TYPE_CHECKING:
    from kdoctor.code.missing_names import Lookup, Missing

Recorded = Callable[[str, Stack], Optional[Record]]
"""What was recorded of a canary, by slug, on releases like those of a stack."""

AS_FOUND = (StackId.TF_KERAS, StackId.KERAS)
"""The stacks that code reaches as things stand; the others show what a remedy would do."""


@dataclass(frozen=True)
class Diagnosis:
    """The findings, each with the rule and the facts that its remedies are made from."""

    findings: tuple[Finding, ...]
    rules: Mapping[str, Rule] = field(default_factory=dict)  # by code
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """What the rules about the environment itself saw, by code."""
    conflicts: tuple[str, ...] = ()
    """Where something works here that is recorded as broken: the record is wrong, or this environment is special."""
    notes: tuple[str, ...] = ()
    """Which uses count for nothing, and why."""

    def reports(self, hit: Hit) -> bool:
        """Whether a finding names this place in the code."""
        places = (place for finding in self.findings if finding.code == hit.code for place in finding.locations)
        return _line_of(hit.location) in map(_line_of, places)

    def with_fault(self, rule: Rule, fault: Fault) -> Diagnosis:
        """The same with a fault that no fact foretold."""
        return replace(self._with([_finding(rule, fault)], rule), faults={**self.faults, rule.code: fault})

    def with_absent(self, requirements: Iterable[Requirement]) -> Diagnosis:
        """The same with an error for each required feature that does not exist here."""
        findings = []
        for one in requirements:
            if one.outcome is Outcome.NOT_APPLICABLE:
                fault, outcomes = Fault(one.message, Severity.ERROR), {one.stack: one.outcome}
                found = _finding(ABSENT, fault, (), True, slug=one.slug, stacks=(one.stack,), outcomes=outcomes)
                findings.append(found)
        return self._with(findings, ABSENT)

    def with_missing(self, lookup: Lookup, usage: Usage) -> Diagnosis:
        """The same with a finding for each name, or argument, that the code uses and the release does not have."""
        fixes = {(hit.code, _line_of(hit.location), hit.location.called): hit.location.fix for hit in usage.moved}
        by_line = {(code, line): fix for (code, line, _called), fix in reversed(fixes.items())}
        reasons = {(path, one.cell, one.line, one.code): one.reason for path, one in usage.ignores}
        groups: dict[tuple[Rule, str, str, str], list[Location]] = {}
        for missing in _in_words_of_tensorflow_1(lookup.missing):
            if isinstance(missing, Location):
                key = (TENSORFLOW_1, TENSORFLOW_1.title, missing.stack, "")
                place = replace(missing, fix=by_line.get((NAME_MISSING.code, _line_of(missing))))
            else:
                rule = NAME_MISSING if missing.is_missing else ARGUMENT_REFUSED
                where = missing.use.location
                line = _line_of(where)
                reason = reasons.get((*line, rule.code)) or reasons.get((*line, rule.slug)) or ""
                key = (rule, str(missing), where.stack, reason)
                place = replace(where, certainty=missing.certainty, fix=fixes.get((rule.code, line, where.what)))
            groups.setdefault(key, []).append(place)
        result = self
        for (rule, said, stack, reason), locations in groups.items():
            finding = _finding(
                rule,
                Fault(f"looked up in {lookup.releases[stack]}", Severity.INFO),
                locations,
                title=said,
                evidence=lookup.evidence[stack],
                stacks=judged_on(stack)[:1],
                ignored=reason,
            )
            result = result._with([finding], rule)
        return result

    def with_not_installed(self, packages: Collection[str], uses: Iterable[Use]) -> Diagnosis:
        """The same with a finding for each package that the code imports and the environment lacks."""
        places: dict[str, list[Location]] = {}
        for use in uses:
            package = use.name.partition(".")[0]
            if package in packages:
                places.setdefault(package, []).append(use.location)
        fault = Fault("nothing on the search path has it", Severity.INFO)
        findings = [
            _finding(IMPORT_MISSING, fault, found, title=f"{package} is not installed here")
            for package, found in places.items()
        ]
        return self._with(findings, IMPORT_MISSING)

    def _with(self, findings: Sequence[Finding], rule: Rule) -> Diagnosis:
        found = tuple(sorted((*self.findings, *findings), key=_weight))
        return replace(self, findings=found, rules={**self.rules, rule.code: rule}) if findings else self


def _in_words_of_tensorflow_1(missing: Sequence[Missing]) -> Iterator[Union[Missing, Location]]:
    """The same, with one place for each file that is written for TensorFlow 1 in place of its many names."""
    old: dict[str, list[Missing]] = {}
    for one in missing:
        if one.is_missing and successor(one.name) is not None:
            old.setdefault(one.use.location.path, []).append(one)
    for one in missing:
        path, moved = one.use.location.path, successor(one.name) if one.is_missing else None
        names = dict.fromkeys(other.name for other in old.get(path, ()))
        if moved is None:
            yield one
        elif len(names) < _NAMES_OF_TENSORFLOW_1 and all(map(successor, names)):
            yield one._replace(suggestions=one.suggestions or ((moved,) if moved else ()))
        elif one is old[path][0]:
            first = min((other.use.location for other in old[path]), key=lambda where: (where.cell, where.line))
            gone = ", ".join(name for name in names if not successor(name))
            there = sum(map(bool, map(successor, names)))
            but = ", but not " if gone else ""
            has = f"{there} names of TensorFlow 1, which tf.compat.v1 has{but}" if there else "of TensorFlow 1: "
            yield replace(first, what=f"{has}{gone}")


_NAMES_OF_TENSORFLOW_1 = 3
"""So many different ones are no slip: the file was written for TensorFlow 1, as it was where one is gone altogether."""


def default_stack(environment: Environment) -> StackId:
    """``tf.keras``, or ``keras`` where there is no TensorFlow."""
    has_tf_keras = any(stack.id is StackId.TF_KERAS for stack in environment.stacks)
    return StackId.TF_KERAS if has_tf_keras else StackId.KERAS


def diagnose(
    environment: Environment,
    observations: Sequence[Observation],
    rules: Iterable[Rule],
    *,
    recorded: Recorded = lambda slug, stack: None,
    stacks: Collection[StackId] = (),
    required: Collection[tuple[str, StackId]] = (),
    usage: Optional[Usage] = None,
) -> Diagnosis:
    """Which rules apply here, and how that is known.

    Args:
        environment: the facts.
        observations: what the canaries did; empty where none ran.
        rules: what is known.
        recorded: what the canaries did elsewhere; speaks where they were not observed here.
        stacks: the stacks that were asked for; by default those that code reaches as things stand.
        required: slugs that must work, each on a stack; broken, they are errors.
        usage: what code uses; None where none was read.

    Returns:
        The findings, worst first; within a severity in the order of their codes.
    """
    judge = _Judge(environment, observations, recorded, stacks or AS_FOUND, required, usage)
    findings, by_code, faults = [], {}, {}
    for rule in rules:
        finding, places = None, judge.locations(rule)
        fault = rule.detect(environment) if rule.detect else None
        if fault:
            faults[rule.code] = fault
            finding = _finding(rule, fault, places)
        elif rule.where and places and rule.where(environment):  # what the environment does not ask for, the code may
            said = Fault(f"{places[0].what} in {places[0].path}", Severity.INFO)
            finding = _finding(rule, said, places, evidence=Evidence.KNOWN)
        elif not rule.detect and not rule.where:
            finding = judge.finding(rule)
        if finding:
            findings.append(finding)
            by_code[rule.code] = rule
    findings = _one_a_cause(findings, usage.hits if usage else ())
    surprises = judge.surprises()
    if surprises:
        by_code[UNEXPECTED.code] = UNEXPECTED
    found = tuple(sorted((*findings, *surprises), key=_weight))
    return Diagnosis(found, by_code, faults, tuple(judge.conflicts), tuple(judge.notes()))


def _one_a_cause(findings: Sequence[Finding], hits: Iterable[Hit]) -> list[Finding]:
    """Where several rules are about the same words at one place, it is left to the rule that asks for most."""
    weights = {(hit.code, _words_at(hit.location)): hit.weight for hit in hits}
    best: dict[tuple[object, ...], tuple[int, str]] = {}
    for finding in findings:
        for words in map(_words_at, finding.locations if finding.stacks else ()):
            best[words] = max(best.get(words, (-1, "")), (weights.get((finding.code, words), 0), finding.code))
    result = []
    for finding in findings:
        its = [one for one in finding.locations if best.get(_words_at(one), (0, finding.code))[1] == finding.code]
        if len(its) < len(finding.locations):
            is_required = finding.relevance is Relevance.REQUIRED
            finding = _concerning(replace(finding, severity=Severity.INFO), its, is_required)
        result.append(finding)
    return result


def _line_of(location: Location) -> tuple[str, int, int]:
    return location.path, location.cell, location.line


def _words_at(location: Location) -> tuple[object, ...]:
    return *_line_of(location), location.column, location.what


def _weight(finding: Finding) -> tuple[int, str]:
    return finding.severity.rank, finding.code


def _finding(
    rule: Rule, fault: Fault, locations: Sequence[Location] = (), required: bool = False, **others: Any
) -> Finding:
    """What a rule says of what was seen, and whom it concerns; ``others`` are fields that the rule does not decide."""
    finding = Finding(
        code=rule.code,
        slug=rule.slug,
        area=rule.area,
        title=rule.title,
        severity=fault.severity,
        evidence=Evidence.OBSERVED,
        detail=fault.detail,
        explanation=rule.explanation,
        symptoms=tuple(dict.fromkeys(map(plain, rule.symptoms))),
        references=rule.references,
        silent=rule.silent,
    )
    return _concerning(replace(finding, **others), locations, required)


class _Verdict(NamedTuple):
    outcome: Outcome
    evidence: Evidence
    detail: str
    conflict: str = ""


class _Judge:
    """Weighs, feature by feature, what was observed here against what is recorded and known, and who uses it."""

    def __init__(
        self,
        environment: Environment,
        observations: Sequence[Observation],
        recorded: Recorded,
        concerned: Collection[StackId],
        required: Collection[tuple[str, StackId]],
        usage: Optional[Usage],
    ) -> None:
        self._stacks, self._recorded, self._required = environment.stacks, recorded, required
        self._concerned = [stack.id for stack in environment.stacks if stack.id in concerned]
        self._seen = {(row.slug, row.stack): row for row in observations}
        self._hits: dict[str, list[Hit]] = {}
        for hit in usage.hits if usage else ():
            self._hits.setdefault(hit.code, []).append(hit)
        self._for_keras_3 = usage.for_keras_3 if usage else ()
        self._without_effect: dict[str, list[Hit]] = {}
        """By the reason why nothing comes of them."""
        self._judged: set[str] = set()
        self.conflicts: list[str] = []

    def finding(self, rule: Rule) -> Optional[Finding]:
        """The finding of a rule about a feature, if the feature is broken on a stack that matters."""
        self._judged.add(rule.slug)
        found = {stack.id: self._verdict(rule, stack) for stack in self._stacks}
        verdicts = {stack: verdict for stack, verdict in found.items() if verdict}
        broken = {stack for stack, verdict in verdicts.items() if verdict.outcome.is_broken}
        required = {stack for stack in broken if (rule.slug, stack) in self._required}
        hits = [(hit, self._judged_on(hit)) for hit in self._hits.get(rule.code, ())]
        hits = [(hit, stack) for hit, stack in hits if stack not in broken or self._has_effect(rule, hit)]
        if rule.ported:
            likely = Certainty.LIKELY
            hits = [(hit._replace(location=replace(hit.location, certainty=likely)), stack) for hit, stack in hits]
        used = {stack for _, stack in hits if stack in broken}
        stacks = [stack for stack in verdicts if stack in broken and stack in {*self._concerned, *required, *used}]
        if not stacks:
            self.conflicts += [verdict.conflict for verdict in verdicts.values() if verdict.conflict]
            return None
        first = verdicts[next((stack for stack in stacks if stack in used or stack in required), stacks[0])]
        return _finding(
            rule,
            Fault(first.detail, Severity.INFO),
            [hit.location for hit, stack in hits if stack in broken],
            bool(required),
            evidence=first.evidence,
            stacks=tuple(stacks),
            outcomes={stack: verdict.outcome for stack, verdict in verdicts.items()},
            silent=any(verdicts[stack].outcome is Outcome.WRONG for stack in stacks),
            conflict=first.conflict,
        )

    def locations(self, rule: Rule) -> list[Location]:
        """The places in the code that a rule concerns."""
        return [hit.location for hit in self._hits.get(rule.code, ())]

    def _has_effect(self, rule: Rule, hit: Hit) -> bool:
        """Whether something comes of a use; why not is kept for :meth:`notes`."""
        is_new = rule.ported and hit.location.path in self._for_keras_3
        why = (
            "the code is written for Keras 3, and the rule is about what comes from Keras 2"
            if is_new
            else hit.no_effect
        )
        if why:
            self._without_effect.setdefault(why, []).append(hit)
        return not why

    def notes(self) -> Iterator[str]:
        """Which uses count for nothing, and why: a line for each reason."""
        for why, hits in self._without_effect.items():
            first = hits[0].location
            cell = f" cell {first.cell}" if first.cell else ""
            more = f" and {len(hits) - 1} more" if len(hits) > 1 else ""
            codes = ", ".join(dict.fromkeys(hit.code for hit in hits))
            yield f"No effect here: {codes} at {first.path}{cell}:{first.line}{more}, because {why}."

    def _judged_on(self, hit: Hit) -> Optional[StackId]:
        """The stack on which a place in the code is judged here."""
        here = {stack.id: stack for stack in self._stacks}
        wanted = [stack for stack in judged_on(hit.location.stack) if stack in here]
        return next((stack for stack in wanted if here[stack].available), wanted[0] if wanted else None)

    def surprises(self) -> list[Finding]:
        """Features that are broken here although no rule says that they ever are."""
        found = []
        for slug in dict.fromkeys(slug for slug, _ in self._seen if slug not in self._judged):
            rows = {stack.id: self._seen[slug, stack.id] for stack in self._stacks if (slug, stack.id) in self._seen}
            required = {stack for stack in rows if (slug, stack) in self._required}
            broken = [one for one in rows if rows[one].outcome.is_broken and one in {*self._concerned, *required}]
            if not broken:
                continue
            row = rows[broken[0]]
            finding = _finding(
                UNEXPECTED,
                Fault(row.message, Severity.INFO),
                required=not required.isdisjoint(broken),
                slug=slug,
                area=row.area,
                title=f"{slug} is broken here, and no rule knows of it",
                symptoms=(),
                stacks=tuple(broken),
                outcomes={stack: one.outcome for stack, one in rows.items()},
                silent=row.outcome is Outcome.WRONG,
                conflict="nothing is known to break this feature on any recorded release",
            )
            found.append(finding)
        return found

    def _verdict(self, rule: Rule, stack: Stack) -> Optional[_Verdict]:
        """What holds of a rule on a stack: an observation beats a record, and a record a range; None where none is."""
        row = self._seen.get((rule.slug, stack.id))
        record = self._recorded(rule.slug, stack) if rule.canary else None
        is_here = row is not None and row.outcome is not Outcome.NOT_APPLICABLE
        if row and not row.outcome.is_unknown and (is_here or not record):
            return _Verdict(row.outcome, Evidence.OBSERVED, row.message, _conflict(row, record))
        if not stack.available:
            return None
        if record:
            detail = f"{record.message} ({record.basis})" if record.message else record.basis
            return _Verdict(record.outcome, Evidence.RECORDED, detail)
        return _known(rule, stack)


def _concerning(finding: Finding, locations: Sequence[Location], required: bool) -> Finding:
    """The finding with those whom it concerns: what is required or certainly used is an error, what is likely used a
    warning.
    """
    relevance = Relevance.REQUIRED if required else Relevance.USED if locations else Relevance.KNOWN
    severity = finding.severity
    if required or any(location.certainty is Certainty.CERTAIN for location in locations):
        severity = Severity.ERROR
    elif locations and severity is Severity.INFO:
        severity = Severity.WARNING
    return replace(finding, severity=severity, relevance=relevance, locations=tuple(locations))


def _conflict(row: Observation, record: Optional[Record]) -> str:
    """Where what was seen here is not what was recorded of these releases, in words."""
    if not record or record.outcome is row.outcome or Outcome.NOT_APPLICABLE in (row.outcome, record.outcome):
        return ""
    return f"{row.slug} on {row.stack.value} {_DID[row.outcome]} here and {_DID[record.outcome]} as {record.basis}"


_DID = {
    Outcome.WORKS: "works",
    Outcome.WRONG: "gives wrong numbers",
    Outcome.RAISES: "raises an error",
    Outcome.CRASHES: "crashes",
    Outcome.TIMES_OUT: "gives no answer",
    Outcome.NOT_RUN: "was not run",
}


def _known(rule: Rule, stack: Stack) -> Optional[_Verdict]:
    """What a range that the rule states by hand says of a stack."""
    for affected in rule.affects:
        if (
            affected.implementation is stack.implementation
            and stack.id in affected.stacks
            and allows(affected.versions, stack.version)
        ):
            outcome = Outcome.WRONG if rule.silent else Outcome.RAISES
            what = f"known of {affected.implementation.label} {affected.versions}; not tested here"
            return _Verdict(outcome, Evidence.KNOWN, what)
    return None
