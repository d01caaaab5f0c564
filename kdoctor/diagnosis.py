"""Facts, observations and rules in; findings out. Pure: no file, no process, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

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
from kdoctor.versions import allows

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

    def with_fault(self, rule: Rule, fault: Fault) -> Diagnosis:
        """The same with a fault that no fact foretold."""
        finding = _environment_finding(rule, fault)
        findings = sorted((*self.findings, finding), key=_weight)
        return Diagnosis(tuple(findings), {**self.rules, rule.code: rule}, {**self.faults, rule.code: fault})


def default_stack(environment: Environment) -> StackId:
    """``tf.keras``, or ``keras`` where there is no TensorFlow."""
    has_tf_keras = any(stack.id is StackId.TF_KERAS for stack in environment.stacks)
    return StackId.TF_KERAS if has_tf_keras else StackId.KERAS


def diagnose(
    environment: Environment,
    observations: Sequence[Observation],
    rules: Iterable[Rule],
    *,
    stacks: Collection[StackId] = (),
    required: Collection[str] = (),
) -> Diagnosis:
    """Which rules apply here, and how that is known.

    Args:
        environment: the facts.
        observations: what the canaries did; empty where none ran.
        rules: what is known.
        stacks: the stacks that were asked for; by default those that code reaches as things stand.
        required: slugs that must work; broken, they are errors.

    Returns:
        The findings, worst first; within a severity in the order of their codes.
    """
    seen = {(row.slug, row.stack): row for row in observations}
    concerned = [stack for stack in environment.stacks if stack.id in (stacks or AS_FOUND)]
    findings, by_code, faults = [], {}, {}
    for rule in rules:
        finding = None
        if rule.detect:
            fault = rule.detect(environment)
            if fault:
                faults[rule.code] = fault
                finding = _environment_finding(rule, fault)
        else:
            finding = _feature_finding(rule, environment.stacks, concerned, seen, rule.slug in required)
        if finding:
            findings.append(finding)
            by_code[rule.code] = rule
    return Diagnosis(tuple(sorted(findings, key=_weight)), by_code, faults)


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


def _feature_finding(
    rule: Rule,
    stacks: Sequence[Stack],
    concerned: Sequence[Stack],
    seen: Mapping[tuple[str, StackId], Observation],
    required: bool,
) -> Optional[Finding]:
    """The finding of a rule about a feature, if the feature is broken on a stack that matters."""
    found = {stack.id: _verdict(rule, stack, seen.get((rule.slug, stack.id))) for stack in stacks}
    verdicts = {stack: verdict for stack, verdict in found.items() if verdict}
    broken = [stack.id for stack in concerned if stack.id in verdicts and verdicts[stack.id].outcome.is_broken]
    if not broken:
        return None
    first = verdicts[broken[0]]
    return Finding(
        code=rule.code,
        slug=rule.slug,
        area=rule.area,
        title=rule.title,
        severity=_severity(required, any(verdicts[stack].outcome is Outcome.WRONG for stack in broken)),
        evidence=first.evidence,
        detail=first.detail,
        stacks=tuple(broken),
        outcomes={stack: verdict.outcome for stack, verdict in verdicts.items()},
        explanation=rule.explanation,
        symptoms=rule.symptoms,
        references=rule.references,
        silent=rule.silent,
    )


def _severity(required: bool, wrong: bool) -> Severity:
    """A feature that nothing says is used is information, but for numbers that go wrong in silence."""
    if required:
        return Severity.ERROR
    return Severity.WARNING if wrong else Severity.INFO


@dataclass(frozen=True)
class _Verdict:
    outcome: Outcome
    evidence: Evidence
    detail: str


def _verdict(rule: Rule, stack: Stack, row: Optional[Observation]) -> Optional[_Verdict]:
    """What holds of a rule on a stack: an observation beats what is known; None where nothing is."""
    if row and not row.outcome.is_unknown:
        return _Verdict(row.outcome, Evidence.OBSERVED, row.message)
    if not stack.available:
        return None
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
