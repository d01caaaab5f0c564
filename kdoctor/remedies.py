"""Remedies that are right for one environment: its versions, its installer, and what the visit itself has proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from string import Formatter
from typing import TYPE_CHECKING, Optional

from kdoctor import installers
from kdoctor.diagnosis import Diagnosis, default_stack
from kdoctor.model import (
    Advice,
    CodeChange,
    Environment,
    Finding,
    Implementation,
    Install,
    Observation,
    Outcome,
    Proof,
    Remedy,
    RemedySpec,
    Rule,
    SetVariable,
    Stack,
    StackId,
    Upgrade,
    UseLegacyKeras,
)
from kdoctor.versions import allows, minor
from kdoctor.words import KERAS_NAMES, LEGACY_VARIABLE, TENSORFLOW_NAMES, TF_KERAS_NAMES

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from kdoctor.frozen import dataclass

WITH_TF_KERAS = ("tensorflow",)
"""Those that tf-keras's own requirement accepts; beside any other it would install full TensorFlow."""


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
) -> Plan:
    """Say for each finding what mends it here, least invasive first, and how that is known.

    Args:
        environment: where the remedies are to be taken.
        diagnosis: what was found.
        observations: what the canaries did; the proof of a remedy that changes the stack.
        example: gives the text of a rule's example file, by slug and name.
    """
    planner = _Planner(environment, diagnosis, observations, example)
    findings = tuple(planner.with_remedies(finding) for finding in diagnosis.findings)
    return Plan(findings, tuple(planner.remedies.values()))


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
        self._proofs: dict[StackId, Optional[Proof]] = {}
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
        if isinstance(spec, CodeChange):
            return self._code_change(spec, finding)
        if isinstance(spec, Upgrade):
            return self._upgrade(spec)
        if isinstance(spec, UseLegacyKeras):
            return self._legacy(spec, finding)
        identifier = f"{rule.slug}:{position + 1}"
        versions = _versions(self._environment)
        values = {**versions, **self._fault_values(finding)}
        if any(name in versions and not values[name] for name in _fields(spec)):
            return None  # it needs a version that is not known here
        if isinstance(spec, Install):
            serves = self._serves(spec.versions, [self._environment.stack(stack) for stack in finding.stacks])
            return self._install(spec, identifier, values) if serves else None
        if isinstance(spec, SetVariable):
            return self._variable(spec, identifier, values)
        assert isinstance(spec, Advice)
        return Remedy(identifier, spec.title.format_map(values), text=spec.text.format_map(values))

    def _fault_values(self, finding: Finding) -> Mapping[str, str]:
        fault = self._diagnosis.faults.get(finding.code)
        return fault.values if fault else {}

    def _serves(self, versions: str, stacks: Iterable[Optional[Stack]]) -> bool:
        """Whether a remedy for some versions is one for a stack that the finding is about."""
        return not versions or any(stack and allows(versions, stack.version) for stack in stacks)

    def _code_change(self, spec: CodeChange, finding: Finding) -> Optional[Remedy]:
        stacks = [self._environment.stack(stack) for stack in finding.stacks if stack in spec.stacks]
        if not any(stacks) or not self._serves(spec.versions, stacks):
            return None
        return Remedy(
            id=f"{finding.slug}:{spec.after}",
            title=spec.title,
            before=self._example(finding.slug, spec.before),
            after=self._example(finding.slug, spec.after),
            cost=spec.cost,
        )

    def _upgrade(self, spec: Upgrade) -> Optional[Remedy]:
        installed = self._environment.find(spec.package)
        if installed and allows(spec.versions, installed.version):
            return None
        requirement = f"{spec.package}{spec.versions}"
        return Remedy(
            id=f"upgrade:{requirement}",
            title=f"Upgrade {spec.package} to {spec.versions}",
            commands=(installers.install(self._environment, [requirement]),),
            cost=spec.cost,
        )

    def _install(self, spec: Install, identifier: str, values: Mapping[str, str]) -> Remedy:
        commands = []
        if spec.uninstall:
            names = [name.format_map(values) for name in spec.uninstall]
            commands.append(installers.uninstall(self._environment, names))
        if spec.requirements:
            requirements = [requirement.format_map(values) for requirement in spec.requirements]
            commands.append(install_line(self._environment, requirements))
        return Remedy(identifier, spec.title.format_map(values), tuple(commands), cost=spec.cost)

    def _variable(self, spec: SetVariable, identifier: str, values: Mapping[str, str]) -> Remedy:
        if spec.value is None:
            commands = installers.unset_variable(self._environment, spec.name)
            title = spec.title or f"Unset {spec.name}"
        else:
            commands = installers.set_variable(self._environment, spec.name, spec.value.format_map(values))
            title = spec.title or f"Set {spec.name}={spec.value}"
        return Remedy(identifier, title.format_map(values), commands, cost=spec.cost)

    def _legacy(self, spec: UseLegacyKeras, finding: Finding) -> Optional[Remedy]:
        """Legacy Keras serves code that says ``tf.keras``, where it is not in force and was not seen to fail."""
        legacy = self._environment.stack(StackId.LEGACY)
        default = self._environment.stack(default_stack(self._environment))
        if StackId.TF_KERAS not in finding.stacks or legacy is None or default is None:
            return None
        if default.implementation is not Implementation.KERAS_3:
            return None  # Keras 2 answers already
        row = self._seen.get((finding.slug, StackId.LEGACY))
        if row and (row.outcome.is_broken or row.outcome is Outcome.NOT_APPLICABLE):
            return None
        requirement = matching_tf_keras(self._environment)
        if not legacy.available and not requirement:
            return None
        commands = installers.set_variable(self._environment, LEGACY_VARIABLE, "1")
        if not legacy.available:
            commands = (install_line(self._environment, [requirement]), *commands)
        return Remedy(
            id="use-legacy-keras",
            title="Run the program under Keras 2 (tf-keras)",
            commands=commands,
            text="Set the variable before TensorFlow or Keras is imported for the first time; "
            "code that says `import keras` still gets Keras 3.",
            cost=spec.cost,
            proof=self._proof(legacy),
        )

    def _proof(self, legacy: Stack) -> Optional[Proof]:
        """What the visit saw under the variable of all that is broken without it; the same for every finding."""
        if legacy.id not in self._proofs:
            self._proofs[legacy.id] = self._proof_of(legacy)
        return self._proofs[legacy.id]

    def _proof_of(self, legacy: Stack) -> Optional[Proof]:
        if not legacy.available:
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
            mended=tuple(slug for slug, outcome in outcomes.items() if outcome is Outcome.WORKS),
            left=tuple(slug for slug, outcome in outcomes.items() if outcome.is_broken),
            unknown=tuple(slug for slug, outcome in outcomes.items() if outcome.is_unknown),
        )


def matching_tf_keras(environment: Environment) -> str:
    """The requirement for the tf-keras of TensorFlow's own minor: ``tf-keras~=2.19.0``; empty without TensorFlow.

    Never a bare ``tf-keras``: the newest one requires the newest TensorFlow and brings it.
    """
    tensorflow = environment.find(*TENSORFLOW_NAMES)
    if not tensorflow or not allows(">=2.14", tensorflow.version):
        return ""  # the first tf-keras is 2.14
    return f"tf-keras~={minor(tensorflow.version)}.0"


def install_line(environment: Environment, requirements: Sequence[str]) -> str:
    """An install line that changes no TensorFlow: beside ``tensorflow-cpu``, tf-keras comes without its requirement."""
    brings_tensorflow = any(requirement.startswith("tf-keras") for requirement in requirements)
    other = environment.find(*TENSORFLOW_NAMES) and not environment.find(*WITH_TF_KERAS)
    return installers.install(environment, requirements, dependencies=not (brings_tensorflow and other))


def _fields(spec: RemedySpec) -> Iterator[str]:
    """What the texts of a remedy name in braces."""
    for text in astuple(spec):
        for template in (text,) if isinstance(text, str) else text if isinstance(text, tuple) else ():
            yield from (field for _, field, _, _ in Formatter().parse(template) if field)


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
