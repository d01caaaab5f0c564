"""Facts, observations, records and rules in; findings out. Pure: no file, no process, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Callable, Optional

from kdoctor.model import (
    Environment,
    Evidence,
    Fault,
    Finding,
    Observation,
    Outcome,
    Rule,
    Severity,
    Stack,
    StackId,
)
from kdoctor.records import Record
from kdoctor.records.words import basis
from kdoctor.rules.imports import UNEXPECTED
from kdoctor.versions import allows

Recorded = Callable[[str, Stack], Optional[Record]]
"""What was recorded of a canary, by slug, on releases like those of a stack."""

AS_FOUND = (StackId.TF_KERAS, StackId.KERAS)
"""The stacks that code reaches as things stand; the others show what a remedy would do."""


@dataclass(frozen=True)
class Diagnosis:
    """The findings, each with the rule and the facts that its remedies are made from."""

    findings: tuple[Finding, ...]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """By code."""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """What the rules about the environment itself saw, by code."""
    conflicts: tuple[str, ...] = ()
    """Where something works here that is recorded as broken: the record is wrong, or this environment is special."""

    def with_fault(self, rule: Rule, fault: Fault) -> Diagnosis:
        """The same with a fault that no fact foretold."""
        finding = _environment_finding(rule, fault)
        findings = sorted((*self.findings, finding), key=_weight)
        return replace(
            self,
            findings=tuple(findings),
            rules={**self.rules, rule.code: rule},
            faults={**self.faults, rule.code: fault},
        )


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
    required: Collection[str] = (),
) -> Diagnosis:
    """Which rules apply here, and how that is known.

    Args:
        environment: the facts.
        observations: what the canaries did; empty where none ran.
        rules: what is known.
        recorded: what the canaries did elsewhere; speaks where they were not observed here.
        stacks: the stacks that were asked for; by default those that code reaches as things stand.
        required: slugs that must work; broken, they are errors.

    Returns:
        The findings, worst first; within a severity in the order of their codes.
    """
    judge = _Judge(environment, observations, recorded, stacks or AS_FOUND, required)
    findings, by_code, faults = [], {}, {}
    for rule in rules:
        finding = None
        if rule.detect:
            fault = rule.detect(environment)
            if fault:
                faults[rule.code] = fault
                finding = _environment_finding(rule, fault)
        else:
            finding = judge.finding(rule)
        if finding:
            findings.append(finding)
            by_code[rule.code] = rule
    surprises = judge.surprises()
    if surprises:
        by_code[UNEXPECTED.code] = UNEXPECTED
    return Diagnosis(tuple(sorted((*findings, *surprises), key=_weight)), by_code, faults, tuple(judge.conflicts))


def _weight(finding: Finding) -> tuple[int, str]:
    return finding.severity.rank, finding.code


def _environment_finding(rule: Rule, fault: Fault) -> Finding:
    return Finding(
        code=rule.code,
        slug=rule.slug,
        area=rule.area,
        title=rule.title,
        severity=fault.severity,
        evidence=Evidence.OBSERVED,
        detail=fault.detail,
        explanation=rule.explanation,
        symptoms=rule.symptoms,
        references=rule.references,
        silent=rule.silent,
    )


@dataclass(frozen=True)
class _Verdict:
    outcome: Outcome
    evidence: Evidence
    detail: str
    conflict: str = ""


class _Judge:
    """Weighs, feature by feature, what was observed here against what is recorded and known."""

    def __init__(
        self,
        environment: Environment,
        observations: Sequence[Observation],
        recorded: Recorded,
        concerned: Collection[StackId],
        required: Collection[str],
    ) -> None:
        self._stacks = environment.stacks
        self._concerned = [stack.id for stack in environment.stacks if stack.id in concerned]
        self._seen = {(row.slug, row.stack): row for row in observations}
        self._recorded = recorded
        self._required = required
        self._judged: set[str] = set()
        self.conflicts: list[str] = []

    def finding(self, rule: Rule) -> Optional[Finding]:
        """The finding of a rule about a feature, if the feature is broken on a stack that matters."""
        self._judged.add(rule.slug)
        found = {stack.id: self._verdict(rule, stack) for stack in self._stacks}
        verdicts = {stack: verdict for stack, verdict in found.items() if verdict}
        broken = [stack for stack in self._concerned if stack in verdicts and verdicts[stack].outcome.is_broken]
        if not broken:
            self.conflicts += [verdict.conflict for verdict in verdicts.values() if verdict.conflict]
            return None
        first = verdicts[broken[0]]
        outcomes = [verdicts[stack].outcome for stack in broken]
        return Finding(
            code=rule.code,
            slug=rule.slug,
            area=rule.area,
            title=rule.title,
            severity=self._severity(rule.slug, outcomes),
            evidence=first.evidence,
            detail=first.detail,
            stacks=tuple(broken),
            outcomes={stack: verdict.outcome for stack, verdict in verdicts.items()},
            explanation=rule.explanation,
            symptoms=rule.symptoms,
            references=rule.references,
            silent=Outcome.WRONG in outcomes,
            conflict=first.conflict,
        )

    def surprises(self) -> list[Finding]:
        """Features that are broken here although no rule says that they ever are."""
        slugs = dict.fromkeys(slug for slug, _ in self._seen if slug not in self._judged)
        return [finding for finding in map(self._surprise, slugs) if finding]

    def _surprise(self, slug: str) -> Optional[Finding]:
        rows = {stack.id: self._seen[slug, stack.id] for stack in self._stacks if (slug, stack.id) in self._seen}
        broken = [stack for stack in self._concerned if stack in rows and rows[stack].outcome.is_broken]
        if not broken:
            return None
        row = rows[broken[0]]
        return Finding(
            code=UNEXPECTED.code,
            slug=slug,
            area=row.area,
            title=f"{slug} is broken here, and no rule knows of it",
            severity=self._severity(slug, [rows[stack].outcome for stack in broken]),
            evidence=Evidence.OBSERVED,
            detail=row.message,
            stacks=tuple(broken),
            outcomes={stack: row.outcome for stack, row in rows.items()},
            explanation=UNEXPECTED.explanation,
            silent=row.outcome is Outcome.WRONG,
            conflict="nothing is known to break this feature on any recorded release",
        )

    def _severity(self, slug: str, outcomes: Collection[Outcome]) -> Severity:
        """A feature that nothing says is used is information, but for numbers that go wrong in silence."""
        if slug in self._required:
            return Severity.ERROR
        return Severity.WARNING if Outcome.WRONG in outcomes else Severity.INFO

    def _verdict(self, rule: Rule, stack: Stack) -> Optional[_Verdict]:
        """What holds of a rule on a stack: an observation beats a record, and a record a range; None where none is."""
        row = self._seen.get((rule.slug, stack.id))
        record = self._recorded(rule.slug, stack) if rule.canary else None
        if row and not row.outcome.is_unknown:
            return _Verdict(row.outcome, Evidence.OBSERVED, row.message, _conflict(row, record))
        if not stack.available:
            return None
        if record:
            detail = f"{record.message} ({basis(record)})" if record.message else basis(record)
            return _Verdict(record.outcome, Evidence.RECORDED, detail)
        return _known(rule, stack)


def _conflict(row: Observation, record: Optional[Record]) -> str:
    """Where what was seen here is not what was recorded of these releases, in words."""
    if not record or record.outcome is row.outcome or Outcome.NOT_APPLICABLE in (row.outcome, record.outcome):
        return ""
    return f"{row.slug} on {row.stack.value} {_DID[row.outcome]} here and {_DID[record.outcome]} as {basis(record)}"


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
            what = f"known of {affected.implementation.label} {affected.versions}; not looked at here"
            return _Verdict(outcome, Evidence.KNOWN, what)
    return None
