"""Remedies that are right for one environment: its versions, its installer, and what the run itself has proved."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Optional

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from kdoctor.code.places import Fix
from kdoctor.diagnosis.findings import Diagnosis, default_stack
from kdoctor.environment.model import Environment, Stack
from kdoctor.environment.steps import CodeStep, InstallStep, Proof, Remedy, RestartStep, Step, TextStep, VariableStep
from kdoctor.errors import UsageError
from kdoctor.language import fill
from kdoctor.observe.model import Observation
from kdoctor.records import lookup
from kdoctor.report import Examination, Finding
from kdoctor.rules import all_rules, example
from kdoctor.rules.rule import Advice, CodeChange, Install, RemedySpec, Rule, SetVariable, Upgrade, UseLegacyKeras
from kdoctor.versions import allows, minor
from kdoctor.words import (
    KERAS_NAMES,
    LEGACY_VARIABLE,
    TENSORFLOW_NAMES,
    TF_KERAS_NAMES,
    Implementation,
    Outcome,
    Relevance,
    Severity,
    StackId,
)

_LEGACY = "use-legacy-keras"
_OTHER_TENSORFLOW = re.compile(r"tensorflow((?:[<>~]=?)[\d.,<>=]+)")
"""A requirement that any later TensorFlow meets."""
_WITH_TF_KERAS = "tensorflow"
"""The one that tf-keras's own requirement accepts; with any other it would install full TensorFlow."""
UPGRADE = "Upgrade {package} to {versions}"
_PROGRAM = (
    "Set the variable before TensorFlow or Keras is imported for the first time; code that says `import keras` still "
    "gets Keras 3."
)


class Plan(NamedTuple):
    """Findings that name their remedies, and the remedies, each once."""

    findings: tuple[Finding, ...]
    remedies: tuple[Remedy, ...]


def plan(
    environment: Environment,
    diagnosis: Diagnosis,
    observations: Sequence[Observation],
    proofs: Mapping[str, Proof] = {},
) -> Plan:
    """Say for each finding what fixes it here, least invasive first, and how that is known.

    Args:
        environment: where the remedies are to be taken.
        diagnosis: what was found.
        observations: what the canaries did; the proof of a remedy that changes the stack.
        proofs: what remedies did in a copy of this environment, by their steps.
    """
    outcomes = {(row.slug, row.stack): row.outcome for row in observations}
    known: dict[str, Remedy] = {}
    findings = []
    for finding in diagnosis.findings:
        rule, fault = diagnosis.rules[finding.code], diagnosis.faults.get(finding.code)
        here = []
        # Of a name that no rule is about the title says what may be meant, and nothing more is known.
        for spec in rule.remedies if rule.area != "code" else ():
            if _serves(spec, finding, environment, outcomes):
                remedy = remedy_for(spec, rule, environment, fault.values if fault else {})
                if remedy and rule.canary and isinstance(spec, Install) and _has(environment, spec):
                    code = tuple(step for step in remedy.steps if isinstance(step, TextStep))
                    remedy = replace(remedy, steps=code) if code else None
                here += [remedy] if remedy else []
        for remedy in here:
            known.setdefault(remedy.id, remedy)
        findings.append(replace(finding, remedies=tuple(remedy.id for remedy in here)) if here else finding)
    if _LEGACY in known:
        known[_LEGACY] = replace(known[_LEGACY], proof=_proof(environment, outcomes))
    remedies = (replace(one, proof=proofs.get(str(one.steps), one.proof)) for one in known.values())
    return Plan(tuple(findings), tuple(remedies))


Outcomes = Mapping[tuple[str, StackId], Outcome]


def _has(environment: Environment, spec: Install) -> bool:
    """Whether all that it installs is installed, so that it is no way out."""
    wanted = [Requirement(one) for one in spec.requirements if "{" not in one]
    found = [(environment.find(canonicalize_name(one.name)), one.specifier) for one in wanted]
    return bool(found) and all(one and allows(str(versions), one.version) for one, versions in found)


def _serves(spec: RemedySpec, finding: Finding, environment: Environment, outcomes: Outcomes) -> bool:
    """Whether it is a way out for these versions and stacks."""
    if isinstance(spec, (CodeChange, Install)):
        stacks = [stack for each in finding.stacks if (stack := environment.stack(each))]
        if isinstance(spec, CodeChange):
            stacks = [stack for stack in stacks if stack.id in spec.stacks]
            if not stacks:
                return False
        return not spec.versions or any(allows(spec.versions, stack.version) for stack in stacks)
    if isinstance(spec, Upgrade):
        installed = environment.find(spec.package)
        if installed is None or allows(spec.versions, installed.version):
            return installed is None
        # Keras 3 in place of Keras 2 is no upgrade: an older TensorFlow cannot even be imported with it.
        oldest = min(Version(one.version).major for one in SpecifierSet(spec.versions))
        return Version(installed.version).major == oldest
    if isinstance(spec, UseLegacyKeras):  # it serves `tf.keras`, where it is not in force and was not seen to fail
        default = environment.stack(default_stack(environment))
        is_keras_3 = default is not None and default.implementation is Implementation.KERAS_3
        seen = outcomes.get((finding.slug, StackId.LEGACY))
        fails = seen is not None and (seen.is_broken or seen is Outcome.NOT_APPLICABLE)
        is_offered = StackId.TF_KERAS in finding.stacks and environment.stack(StackId.LEGACY) is not None
        return is_offered and is_keras_3 and not fails
    return True


def _proof(environment: Environment, outcomes: Outcomes) -> Optional[Proof]:
    """What the run observed under the variable of all that is broken without it."""
    legacy = environment.stack(StackId.LEGACY)
    broken = [slug for (slug, stack), seen in outcomes.items() if stack is StackId.TF_KERAS and seen.is_broken]
    under = {slug: outcomes[slug, StackId.LEGACY] for slug in broken if (slug, StackId.LEGACY) in outcomes}
    if legacy is None or not legacy.available or not under:
        return None
    return Proof(
        stack=StackId.LEGACY,
        fixed=tuple(slug for slug, outcome in under.items() if outcome is Outcome.WORKS),
        left=tuple(slug for slug, outcome in under.items() if outcome.is_broken),
        unknown=tuple(slug for slug, outcome in under.items() if outcome.is_unknown),
    )


# ------------------------------------------------------------------------------------------------ what to do of it all

COMPANIONS = ("tf-keras", "tf_keras", "scikeras", "tensorflow-hub", "tensorflow-text", "setuptools")
"""Packages that are installed next to TensorFlow and Keras and change neither."""


class Way(NamedTuple):
    """A remedy, and the findings that it is one for."""

    remedy: Remedy
    fixes: tuple[Finding, ...]
    breaks: tuple[str, ...] = ()  # slugs of what works now, and on record does not under it


class Steps(NamedTuple):
    """What a reader does, and what could be done instead."""

    concerning: tuple[Finding, ...]
    taken: tuple[Way, ...]  # together they fix what code does not, those that change least first
    instead: tuple[Way, ...]
    by_hand: tuple[Finding, ...]  # left to whoever writes the code


def smallest(examination: Examination, edited: Collection[str] = ()) -> Steps:
    """The fewest and smallest steps that fix what concerns the reader.

    Args:
        examination: the findings, with their remedies.
        edited: the codes of findings that are rewritten in the code at each of their places.
    """
    found = [one for one in examination.findings if not one.ignored and concerns(one)]
    named = {each for one in found for each in one.remedies}
    remedies = _newest([remedy for remedy in examination.remedies if remedy.id in named])
    ways = {one.code: [remedies[each] for each in one.remedies if each in remedies] for one in found}
    steps = {code: sorted((way for way in known if not way.code), key=_doubt) for code, known in ways.items()}
    in_code = {*edited, *(code for code, known in ways.items() if any(way.code for way in known))}
    left = [code for code, known in steps.items() if known and code not in in_code]
    taken: dict[str, Remedy] = {}

    def is_served(code: str, *, without: str = "") -> bool:
        return any(way.id in taken and way.id != without for way in steps[code])

    for code in sorted(left, key=lambda code: len(steps[code])):  # what has one way only first: others may share it
        if not is_served(code):
            taken[steps[code][0].id] = steps[code][0]
    for identifier in list(taken):
        if all(is_served(code, without=identifier) for code in left):
            del taken[identifier]
    offered = sorted({way.id: way for known in steps.values() for way in known}.values(), key=depth)
    whole = [
        Way(way, tuple(one for one in found if way in steps[one.code]), _breaks(way, examination.environment))
        for way in offered
    ]
    return Steps(
        tuple(found),
        tuple(way for way in whole if way.remedy.id in taken),
        tuple(way for way in whole if way.remedy.id not in taken),
        tuple(one for one in found if one.code not in edited and not is_served(one.code)),
    )


def _breaks(remedy: Remedy, environment: Environment) -> tuple[str, ...]:
    """What leads into another finding: what works on these releases, and on those that the remedy brings does not."""
    now, then = environment.stack(StackId.TF_KERAS), _stack_after(remedy, environment)
    if now is None or then is None:
        return ()
    pairs = ((one.slug, lookup(one.slug, now, environment), lookup(one.slug, then, environment)) for one in all_rules())
    works = Outcome.WORKS
    return tuple(slug for slug, old, new in pairs if old and new and old.outcome is works and new.outcome.is_broken)


def _stack_after(remedy: Remedy, environment: Environment) -> Optional[Stack]:
    """What ``tf.keras`` is once the remedy is carried out; None where it stays as it is."""
    if remedy.id == _LEGACY:
        return environment.stack(StackId.LEGACY)
    now, (package, version) = environment.stack(StackId.TF_KERAS), _upgrade(remedy)
    if package == "keras" and now is not None:
        return replace(now, version=version)
    tensorflow = _brought(remedy)
    known = usual({"tensorflow": tensorflow}).environment if tensorflow else None
    return known.stack(StackId.TF_KERAS) if known else None


def _requirements(remedy: Remedy) -> list[Requirement]:
    steps = (step for step in remedy.steps if isinstance(step, InstallStep))
    return [Requirement(one) for step in steps for one in step.requirements]


def _upgrade(remedy: Remedy) -> tuple[str, str]:
    """The package that a remedy upgrades, and its first release that will do; empty for any other remedy."""
    for one in _requirements(remedy) if remedy.id.startswith("upgrade:") else ():
        first = [each.version for each in one.specifier if each.operator == ">="]
        return (one.name, first[0]) if first else ("", "")
    return "", ""


def _brought(remedy: Remedy) -> str:
    """The newest TensorFlow on record that a remedy's requirements allow, whose Keras comes with it; else empty."""
    from kdoctor.records.table import shipped

    names = ((canonicalize_name(one.name), one.specifier) for one in _requirements(remedy))
    wanted = next((versions for name, versions in names if name in TENSORFLOW_NAMES), None)
    recorded = [one.versions["tensorflow"] for one in shipped().environments if "tensorflow" in one.versions]
    return max((one for one in recorded if wanted is not None and one in wanted), key=Version, default="")


def _newest(remedies: Sequence[Remedy]) -> dict[str, Remedy]:
    """Remedies by identifier; of several upgrades of one package the one to the newest release stands for all."""
    upgrades = [(*_upgrade(remedy), remedy) for remedy in remedies]
    upgrades = sorted((one for one in upgrades if one[0]), key=lambda one: Version(one[1]))
    newest = {package: remedy for package, _, remedy in upgrades}
    return {remedy.id: newest.get(_upgrade(remedy)[0], remedy) for remedy in remedies}


def concerns(finding: Finding) -> bool:
    """Whether this reader has to do something about it."""
    return bool(finding.locations) or finding.relevance is Relevance.REQUIRED or is_fault(finding)


def is_fault(finding: Finding) -> bool:
    """Whether it is a fault of the installation itself."""
    return not finding.stacks and finding.severity is not Severity.INFO


def _doubt(remedy: Remedy) -> bool:
    """Whether it was seen to leave something broken, or to break something."""
    return remedy.proof is not None and remedy.proof.copied and bool(remedy.proof.left or remedy.proof.worse)


def depth(remedy: Remedy) -> int:
    """How much a remedy changes: 0 a line, 1 a variable, 2 a package next to TensorFlow, 3 another version."""
    if remedy.installs:
        names = _requirements(remedy)
        return 2 if names and all(one.name.startswith(COMPANIONS) for one in names) else 3
    return int(any(isinstance(step, VariableStep) for step in remedy.steps))


# -------------------------------------------------------------------------------------------------- one remedy as steps


def remedy_for(spec: RemedySpec, rule: Rule, environment: Environment, values: Mapping[str, str]) -> Optional[Remedy]:
    """One remedy of a rule as steps for an environment; None where something that it names is not known there.

    Args:
        spec: the remedy as the rule declares it.
        rule: the rule.
        environment: gives the versions that a remedy may name.
        values: what else a remedy may name: what the fault saw, or what is usual.
    """
    if isinstance(spec, CodeChange):
        code = CodeStep(example(rule.slug, spec.after), example(rule.slug, spec.before))
        return Remedy(f"{rule.slug}:{spec.after}", spec.title, (code,), spec.cost)
    if isinstance(spec, UseLegacyKeras):
        return _use_legacy_keras(spec, environment)
    if isinstance(spec, Upgrade):
        requirement = f"{spec.package}{spec.versions}"
        title = fill(UPGRADE, {"package": spec.package, "versions": spec.versions})
        return Remedy(f"upgrade:{requirement}", title, (InstallStep((requirement,)), RestartStep()), spec.cost)
    known = {name: value for name, value in {**_versions(environment), **values}.items() if value}
    steps: tuple[Step, ...]
    try:
        if isinstance(spec, Install):
            names = ([one.format_map(known) for one in texts] for texts in (spec.requirements, spec.uninstall))
            steps = (install_step(environment, *names), RestartStep())
        elif isinstance(spec, SetVariable):
            value = None if spec.value is None else spec.value.format_map(known)
            steps = (RestartStep(), VariableStep(spec.name, value))
        else:
            steps = (TextStep(fill(spec.text, known)),) if spec.text else ()
        if isinstance(spec, Install) and spec.code:
            steps = (*steps, TextStep(spec.code))
        cost = "" if isinstance(spec, Advice) else spec.cost
        return Remedy(f"{rule.slug}:{rule.remedies.index(spec) + 1}", fill(spec.title, known), steps, cost)
    except KeyError:  # something that it names is not known
        return None


class Usual(NamedTuple):
    """Fills the steps of rules in where there is no environment: on a rule's own page."""

    environment: Environment  # the newest recorded releases
    release: str  # their name: `tensorflow==2.21 keras==3.15`
    is_shown: bool = False
    """Whether a text showed these releases; else they are the newest recorded ones."""

    def remedies(self, rule: Rule) -> list[tuple[RemedySpec, Remedy]]:
        """Every remedy that can be filled in, with its declaration."""
        values = dict(rule.usual)
        found = ((spec, remedy_for(spec, rule, self.environment, values)) for spec in rule.remedies)
        return [(spec, remedy) for spec, remedy in found if remedy is not None]

    def fix_of(self, rule: Rule, line: str, message: str) -> Optional[Fix]:
        """How to rewrite the line of a traceback, where the rule has an edit that fits it."""
        from kdoctor.remedies.edits import fix_of

        return fix_of(rule, line, message) if rule.edits and line else None


def usual(versions: Mapping[str, str] = {}) -> Usual:
    """Remedies for the releases that a text shows, by distribution, else for the newest recorded ones."""
    from kdoctor.records.hypothetical import targets
    from kdoctor.records.table import shipped

    shown = [f"{name}=={versions[name]}" for name in ("tensorflow", "keras", "tf-keras") if name in versions]
    try:
        [known] = targets(shown, shipped().environments)
    except UsageError:  # of such a release nothing is recorded
        shown, [known] = [], targets((), shipped().environments)
    return Usual(known.environment, known.name, bool(shown))


def _use_legacy_keras(spec: UseLegacyKeras, environment: Environment) -> Optional[Remedy]:
    legacy = environment.stack(StackId.LEGACY)
    is_there = legacy is not None and legacy.available and environment.interpreter.executable
    requirement = matching_tf_keras(environment)
    if not is_there and not requirement:
        return None
    install = () if is_there else (install_step(environment, [requirement]),)
    steps = (*install, RestartStep(), VariableStep(LEGACY_VARIABLE, "1"), TextStep(_PROGRAM))
    return Remedy(_LEGACY, "Use Keras 2 (tf-keras)", steps, spec.cost)


def matching_tf_keras(environment: Environment) -> str:
    """The requirement for the tf-keras of TensorFlow's own minor: ``tf-keras~=2.19.0``; empty without TensorFlow.

    Never a bare ``tf-keras``: the newest one requires the newest TensorFlow and brings it.
    """
    tensorflow = environment.find(*TENSORFLOW_NAMES)
    if not tensorflow or not allows(">=2.14", tensorflow.version):
        return ""  # the first tf-keras is 2.14
    return f"tf-keras~={minor(tensorflow.version)}.0"


def install_step(environment: Environment, requirements: Sequence[str], uninstall: Sequence[str] = ()) -> InstallStep:
    """A step that changes no TensorFlow: next to ``tensorflow-cpu``, tf-keras comes without its requirement.

    With another TensorFlow, which is asked for, goes the tf-keras of its release.
    """
    if environment.find(*TF_KERAS_NAMES):
        others = filter(None, (_OTHER_TENSORFLOW.fullmatch(one) for one in requirements))
        requirements = (*requirements, *(f"tf-keras{one[1]}" for one in others))
    brings_tensorflow = any(requirement.startswith(("tf-keras", "tensorflow-text")) for requirement in requirements)
    other = environment.find(*TENSORFLOW_NAMES) and not environment.find(_WITH_TF_KERAS)
    return InstallStep(tuple(requirements), tuple(uninstall), dependencies=not (brings_tensorflow and other))


def _versions(environment: Environment) -> dict[str, str]:
    """What every remedy's text may name."""
    names = {"tensorflow": TENSORFLOW_NAMES, "keras": KERAS_NAMES, "tf_keras": TF_KERAS_NAMES}
    found = {name: distribution for name, known in names.items() if (distribution := environment.find(*known))}
    versions = {name: distribution.version for name, distribution in found.items()}
    versions["python"] = environment.interpreter.version
    versions["tensorflow_minor"] = minor(versions.get("tensorflow", ""))
    versions["tensorflow_name"] = found["tensorflow"].name if "tensorflow" in found else "tensorflow"
    return versions
