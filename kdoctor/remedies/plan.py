"""Remedies that are right for one environment: its versions, its installer, and what the run itself has proved."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from kdoctor.observe.model import Observation
from kdoctor.records import lookup
from kdoctor.report import Examination, Finding
from kdoctor.rules import all_rules
from kdoctor.rules.rule import CodeChange, Install, RemedySpec, Rule, SetVariable, Upgrade, UseLegacyKeras
from kdoctor.versions import allows, is_version, minor
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
"""A requirement that any later TensorFlow meets."""
_OTHER_TENSORFLOW = re.compile(r"tensorflow((?:[<>~]=?)[\d.,<>=]+)")
WITH_TF_KERAS = ("tensorflow",)
"""Those that tf-keras's own requirement accepts; with any other it would install full TensorFlow."""


UPGRADE, SET, UNSET = "Upgrade {package} to {versions}", "Set {name}={value}", "Unset {name}"
"""Titles of remedies that declare none."""


@dataclass(frozen=True)
class Plan:
    """Findings that name their remedies, and the remedies, each once."""

    findings: tuple[Finding, ...]
    remedies: tuple[Remedy, ...]


def plan(
    environment: Environment,
    diagnosis: Diagnosis,
    observations: Sequence[Observation],
    example: Callable[[str, str], str],
    proofs: Mapping[str, Proof] = {},
) -> Plan:
    """Say for each finding what fixes it here, least invasive first, and how that is known.

    Args:
        environment: where the remedies are to be taken.
        diagnosis: what was found.
        observations: what the canaries did; the proof of a remedy that changes the stack.
        example: gives the text of a rule's example file, by slug and name.
        proofs: what remedies did in a copy of this environment, by their steps.
    """
    planner = _Planner(environment, diagnosis, observations, example)
    findings = tuple(planner.with_remedies(finding) for finding in diagnosis.findings)
    known = (replace(one, proof=proofs.get(str(one.steps), one.proof)) for one in planner.remedies.values())
    return Plan(findings, tuple(known))


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
    now = environment.stack(StackId.TF_KERAS)
    package, _, version = remedy.id.partition(">=")
    if package == "upgrade:keras" and is_version(version) and now is not None:
        return replace(now, version=version)
    tensorflow = _brought(remedy)
    known = usual(lambda slug, name: "", {"tensorflow": tensorflow}).environment if tensorflow else None
    return known.stack(StackId.TF_KERAS) if known else None


def _brought(remedy: Remedy) -> str:
    """The newest TensorFlow on record that a remedy's requirements allow, whose Keras comes with it; else empty."""
    from kdoctor.records.table import shipped

    required = [Requirement(one) for step in remedy.steps if isinstance(step, InstallStep) for one in step.requirements]
    wanted = next((one.specifier for one in required if canonicalize_name(one.name) in TENSORFLOW_NAMES), None)
    recorded = [one.versions["tensorflow"] for one in shipped().environments if "tensorflow" in one.versions]
    return max((one for one in recorded if wanted is not None and one in wanted), key=Version, default="")


def _newest(remedies: Sequence[Remedy]) -> dict[str, Remedy]:
    """Remedies by identifier; of several upgrades of one package the one to the newest release stands for all."""
    found = {remedy.id: remedy for remedy in remedies}
    upgrades: dict[str, list[Remedy]] = {}
    for remedy in remedies:
        package, at_least, version = remedy.id.partition(">=")
        if package.startswith("upgrade:") and at_least and is_version(version):
            upgrades.setdefault(package, []).append(remedy)
    for several in upgrades.values():
        newest = max(several, key=lambda remedy: Version(remedy.id.partition(">=")[2]))
        found.update({remedy.id: newest for remedy in several})
    return found


def concerns(finding: Finding) -> bool:
    """Whether this reader has to do something about it."""
    is_fault = not finding.stacks and finding.severity is not Severity.INFO
    return bool(finding.locations) or finding.relevance is Relevance.REQUIRED or is_fault


def _doubt(remedy: Remedy) -> bool:
    """Whether it was seen to leave something broken, or to break something."""
    return remedy.proof is not None and remedy.proof.copied and bool(remedy.proof.left or remedy.proof.worse)


def depth(remedy: Remedy) -> int:
    """How much a remedy changes: 0 a line, 1 a variable, 2 a package next to TensorFlow, 3 another version."""
    names = [one for step in remedy.steps if isinstance(step, InstallStep) for one in step.requirements]
    if remedy.installs:
        return 2 if names and all(name.startswith(COMPANIONS) for name in names) else 3
    return int(any(isinstance(step, VariableStep) for step in remedy.steps))


class _Planner:
    """Collects each remedy once, however many findings share it."""

    def __init__(
        self,
        environment: Environment,
        diagnosis: Diagnosis,
        observations: Sequence[Observation],
        example: Callable[[str, str], str],
    ) -> None:
        self._environment = environment
        self._diagnosis = diagnosis
        self._seen = {(row.slug, row.stack): row for row in observations}
        self._example = example
        self._proof = self._proof_of(environment.stack(StackId.LEGACY))
        self.remedies: dict[str, Remedy] = {}

    def with_remedies(self, finding: Finding) -> Finding:
        rule = self._diagnosis.rules[finding.code]
        if rule.area == "code":
            return finding  # its title says what may be meant, and nothing more is known
        found = [self._remedy(spec, position, finding, rule) for position, spec in enumerate(rule.remedies)]
        here = [remedy for remedy in found if remedy]
        for remedy in here:
            self.remedies.setdefault(remedy.id, remedy)
        return replace(finding, remedies=tuple(remedy.id for remedy in here))

    def _remedy(self, spec: RemedySpec, position: int, finding: Finding, rule: Rule) -> Optional[Remedy]:
        """The remedy as it is taken here; None where it does not serve."""
        if not self._serves(spec, finding):
            return None
        fault = self._diagnosis.faults.get(finding.code)
        remedy = remedy_for(spec, position, rule, self._environment, self._example, fault.values if fault else {})
        if remedy and rule.canary and isinstance(spec, Install) and self._has(spec):
            code = tuple(step for step in remedy.steps if isinstance(step, TextStep))
            return replace(remedy, steps=code) if code else None
        return replace(remedy, proof=self._proof) if remedy and isinstance(spec, UseLegacyKeras) else remedy

    def _has(self, spec: Install) -> bool:
        """Whether all that it installs is installed, so that it is no way out."""
        wanted = [Requirement(one) for one in spec.requirements if "{" not in one]
        found = [(self._environment.find(canonicalize_name(one.name)), one.specifier) for one in wanted]
        return bool(found) and all(one and allows(str(versions), one.version) for one, versions in found)

    def _serves(self, spec: RemedySpec, finding: Finding) -> bool:
        """Whether it is a way out for these versions and stacks."""
        if isinstance(spec, CodeChange):
            stacks = [self._environment.stack(stack) for stack in finding.stacks if stack in spec.stacks]
            return any(stacks) and _concerns(spec.versions, stacks)
        if isinstance(spec, Upgrade):
            installed = self._environment.find(spec.package)
            if installed is None or allows(spec.versions, installed.version):
                return installed is None
            # Keras 3 in place of Keras 2 is no upgrade: an older TensorFlow cannot even be imported with it.
            return Version(installed.version).major == min(
                Version(one.version).major for one in SpecifierSet(spec.versions)
            )
        if isinstance(spec, Install):
            return _concerns(spec.versions, [self._environment.stack(stack) for stack in finding.stacks])
        return not isinstance(spec, UseLegacyKeras) or self._legacy_serves(finding)

    def _legacy_serves(self, finding: Finding) -> bool:
        """Legacy Keras serves code that says ``tf.keras``, where it is not in force and was not seen to fail."""
        legacy = self._environment.stack(StackId.LEGACY)
        default = self._environment.stack(default_stack(self._environment))
        if StackId.TF_KERAS not in finding.stacks or legacy is None or default is None:
            return False
        if default.implementation is not Implementation.KERAS_3:
            return False  # Keras 2 answers already
        row = self._seen.get((finding.slug, StackId.LEGACY))
        return not (row and (row.outcome.is_broken or row.outcome is Outcome.NOT_APPLICABLE))

    def _proof_of(self, legacy: Optional[Stack]) -> Optional[Proof]:
        """What the run observed under the variable of all that is broken without it."""
        if legacy is None or not legacy.available:
            return None
        broken = [
            slug for (slug, stack), row in self._seen.items() if stack is StackId.TF_KERAS and row.outcome.is_broken
        ]
        outcomes = {
            slug: self._seen[slug, StackId.LEGACY].outcome for slug in broken if (slug, StackId.LEGACY) in self._seen
        }
        if not outcomes:
            return None
        return Proof(
            stack=StackId.LEGACY,
            fixed=tuple(slug for slug, outcome in outcomes.items() if outcome is Outcome.WORKS),
            left=tuple(slug for slug, outcome in outcomes.items() if outcome.is_broken),
            unknown=tuple(slug for slug, outcome in outcomes.items() if outcome.is_unknown),
        )


def remedy_for(
    spec: RemedySpec,
    position: int,
    rule: Rule,
    environment: Environment,
    example: Callable[[str, str], str],
    values: Mapping[str, str],
) -> Optional[Remedy]:
    """One remedy of a rule as steps for an environment; None where something that it names is not known there.

    Args:
        spec: the remedy as the rule declares it.
        position: its place among the rule's remedies, from 0.
        rule: the rule.
        environment: gives the versions that a remedy may name.
        example: gives the text of a rule's example file, by slug and name.
        values: what else a remedy may name: what the fault saw, or what is usual.
    """
    fill = _Filler({**_versions(environment), **values})
    identifier = f"{rule.slug}:{position + 1}"
    steps: tuple[Optional[Step], ...]
    if isinstance(spec, CodeChange):
        code = CodeStep(example(rule.slug, spec.after), example(rule.slug, spec.before))
        return Remedy(f"{rule.slug}:{spec.after}", spec.title, (code,), spec.cost)
    if isinstance(spec, UseLegacyKeras):
        return _use_legacy_keras(spec, environment)
    if isinstance(spec, Upgrade):
        requirement = f"{spec.package}{spec.versions}"
        identifier = f"upgrade:{requirement}"
        title: Optional[str] = UPGRADE.format(package=spec.package, versions=spec.versions)
        steps = (InstallStep((requirement,)), RestartStep())
    elif isinstance(spec, Install):
        title = fill(spec.title)
        requirements, uninstall = fill.all(spec.requirements), fill.all(spec.uninstall)
        whole = len(requirements) == len(spec.requirements) and len(uninstall) == len(spec.uninstall)
        step = install_step(environment, requirements, uninstall) if whole else None
        steps = (step, RestartStep(), *((TextStep(spec.code),) if spec.code else ()))
    elif isinstance(spec, SetVariable):
        value = None if spec.value is None else fill(spec.value)
        title = fill(spec.title or (UNSET if value is None else SET).format(name=spec.name, value=value))
        is_filled = spec.value is None or value is not None
        steps = (RestartStep(), VariableStep(spec.name, value) if is_filled else None)
    else:
        title, text = fill(spec.title), fill(spec.text)
        steps = () if not spec.text else (TextStep(text) if text is not None else None,)
    known = tuple(step for step in steps if step is not None)
    if title is None or len(known) < len(steps):
        return None
    return Remedy(identifier, title, known, getattr(spec, "cost", ""))


class Usual(NamedTuple):
    """Fills the steps of rules in where there is no environment: on a rule's own page."""

    environment: Environment  # the newest recorded releases
    release: str  # their name: `tensorflow==2.21 keras==3.15`
    example: Callable[[str, str], str]
    is_shown: bool = False
    """Whether a text showed these releases; else they are the newest recorded ones."""

    def remedies(self, rule: Rule) -> list[tuple[RemedySpec, Remedy]]:
        """Every remedy that can be filled in, with its declaration."""
        found = (
            (spec, remedy_for(spec, position, rule, self.environment, self.example, dict(rule.usual)))
            for position, spec in enumerate(rule.remedies)
        )
        return [(spec, remedy) for spec, remedy in found if remedy is not None]

    def fix_of(self, rule: Rule, line: str, message: str) -> Optional[Fix]:
        """How to rewrite the line of a traceback, where the rule has an edit that fits it."""
        from kdoctor.remedies.line import fix_of

        return fix_of(rule, line, message) if rule.edits and line else None


def usual(example: Callable[[str, str], str], versions: Mapping[str, str] = {}) -> Usual:
    """Remedies for the releases that a text shows, else for the newest recorded ones.

    Args:
        example: gives the text of a rule's example file, by slug and name.
        versions: what is known of the releases, by distribution.
    """
    from kdoctor.records.hypothetical import targets
    from kdoctor.records.table import shipped

    shown = [f"{name}=={versions[name]}" for name in ("tensorflow", "keras", "tf-keras") if name in versions]
    try:
        [known] = targets(shown, shipped().environments)
    except UsageError:  # of such a release nothing is recorded
        shown, [known] = [], targets((), shipped().environments)
    return Usual(known.environment, known.name, example, bool(shown))


class _Filler:
    """Puts values in the place of ``{names}``."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __call__(self, text: str) -> Optional[str]:
        """The text with its values; None where one of them is not known."""
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return text.format_map(self._values) if all(self._values.get(name) for name in names) else None

    def all(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Those whose values are all known."""
        return tuple(text for text in map(self, texts) if text is not None)


def _concerns(versions: str, stacks: Iterable[Optional[Stack]]) -> bool:
    """Whether a remedy for some versions is one for a stack that the finding is about."""
    return not versions or any(stack and allows(versions, stack.version) for stack in stacks)


def _use_legacy_keras(spec: UseLegacyKeras, environment: Environment) -> Optional[Remedy]:
    legacy = environment.stack(StackId.LEGACY)
    is_there = legacy is not None and legacy.available and environment.interpreter.executable
    requirement = matching_tf_keras(environment)
    if not is_there and not requirement:
        return None
    return Remedy(
        id=_LEGACY,
        title="Use Keras 2 (tf-keras)",
        steps=(
            *(() if is_there else (install_step(environment, [requirement]),)),
            RestartStep(),
            VariableStep(LEGACY_VARIABLE, "1"),
            TextStep(
                "Set the variable before TensorFlow or Keras is imported for the first time; code that says "
                "`import keras` still gets Keras 3."
            ),
        ),
        cost=spec.cost,
    )


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
    other = environment.find(*TENSORFLOW_NAMES) and not environment.find(*WITH_TF_KERAS)
    return InstallStep(tuple(requirements), tuple(uninstall), dependencies=not (brings_tensorflow and other))


def _versions(environment: Environment) -> dict[str, str]:
    """What every remedy's text may name."""
    tensorflow = environment.find(*TENSORFLOW_NAMES)
    keras = environment.find(*KERAS_NAMES)
    tf_keras = environment.find(*TF_KERAS_NAMES)
    return {
        "tensorflow": tensorflow.version if tensorflow else "",
        "tensorflow_minor": minor(tensorflow.version) if tensorflow else "",
        "tensorflow_name": tensorflow.name if tensorflow else "tensorflow",
        "keras": keras.version if keras else "",
        "tf_keras": tf_keras.version if tf_keras else "",
        "python": environment.interpreter.version,
    }
