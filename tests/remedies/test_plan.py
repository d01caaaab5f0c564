"""Remedies that are right for the place, and what the run proves of them."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from typing import Any

import pytest
from packaging.requirements import Requirement as PlainRequirement

from kdoctor import formats
from kdoctor.diagnosis.findings import diagnose
from kdoctor.environment.model import Distribution, Environment
from kdoctor.environment.steps import CodeStep, InstallStep, Proof, RestartStep, TextStep, VariableStep
from kdoctor.formats import explain
from kdoctor.formats.context import Context, Look
from kdoctor.observe.model import Observation
from kdoctor.remedies.plan import Plan, matching_tf_keras, plan, usual
from kdoctor.report import Examination, Report, Status
from kdoctor.rules import all_rules
from kdoctor.rules.rule import (
    Advice,
    CodeChange,
    Fault,
    Install,
    RemedySpec,
    Rule,
    SetVariable,
    Upgrade,
    UseLegacyKeras,
)
from kdoctor.words import Implementation, Outcome, Severity, StackId
from tests.builders import environment, interpreter, keras_3, legacy, observation, rule

NAMES = {
    *("tensorflow", "tensorflow-cpu", "keras", "tf-keras", "numpy", "ml-dtypes", "protobuf", "optree", "setuptools"),
    *("tensorflow-text", "tensorflow-addons", "keras-doctor", "kdoctor", "scikeras", "tensorboard"),
}
"""Distributions that remedies may name; a placeholder that was filled with its own name is none of them."""
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
LEGACY = VariableStep("TF_USE_LEGACY_KERAS", "1")


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kdoctor.remedies.plan.example", lambda slug, name: f"# {slug}/{name}\n")


def planned(facts: Environment, rows: list[Observation], *rules: Any) -> Plan:
    return plan(facts, diagnose(facts, rows, rules), rows)


def without_tf_keras(name: str = "tensorflow", **changes: Any) -> Environment:
    plain = environment(name=name)
    missing = legacy(available=False, reason="tf-keras is not installed")
    return environment(
        name=name,
        distributions=tuple(each for each in plain.distributions if each.name != "tf-keras"),
        stacks=(keras_3(), missing, keras_3(StackId.KERAS)),
        **changes,
    )


@pytest.mark.usefixtures("examples")
def test_a_code_change_shows_before_and_after() -> None:
    (remedy,) = planned(environment(), [observation()], rule(remedies=(CodeChange("Reset the layer"),))).remedies
    assert remedy.steps == (CodeStep("# rnn-model-reset-states/after\n", "# rnn-model-reset-states/before\n"),)


def test_a_code_change_for_other_versions_or_stacks_is_not_offered() -> None:
    later = CodeChange("Later", versions=">=3.12")
    elsewhere = CodeChange("Elsewhere", stacks=(StackId.KERAS,))
    result = planned(environment(), [observation()], rule(remedies=(later, elsewhere)))
    assert result.remedies == ()
    assert result.findings[0].remedies == ()


def test_of_installs_for_some_versions_the_one_for_this_is_offered() -> None:
    new, old = Install("New", ("new",), versions=">=3"), Install("Old", ("old",), versions="<3")
    (remedy,) = planned(environment(), [observation()], rule(remedies=(old, new))).remedies
    assert remedy.title == "New"


def test_an_upgrade_is_offered_only_from_below() -> None:
    (remedy,) = planned(environment(), [observation()], rule(remedies=(Upgrade("keras", ">=3.12"),))).remedies
    assert remedy.steps == (InstallStep(("keras>=3.12",)), RestartStep())
    newer = rule(remedies=(Upgrade("keras", ">=3.9"),))
    assert planned(environment(), [observation()], newer).remedies == ()


def test_findings_share_a_remedy_and_it_is_proved_by_the_run() -> None:
    rules = [rule(slug, code, remedies=(UseLegacyKeras(),)) for slug, code in (("rnn-a", "KD101"), ("rnn-b", "KD102"))]
    rules.append(rule("rnn-c", "KD103", remedies=(UseLegacyKeras(),)))
    rows = [
        observation("rnn-a"),
        observation("rnn-b"),
        observation("rnn-c"),
        observation("rnn-d", Outcome.WORKS),
        observation("rnn-a", Outcome.WORKS, StackId.LEGACY),
        observation("rnn-b", Outcome.TIMES_OUT, StackId.LEGACY),
        observation("rnn-c", Outcome.WRONG, StackId.LEGACY),
        observation("rnn-d", Outcome.RAISES, StackId.LEGACY),
    ]
    result = planned(environment(), rows, *rules)
    (remedy,) = result.remedies
    assert remedy.steps[:2] == (RestartStep(), LEGACY)
    assert remedy.proof == Proof(StackId.LEGACY, fixed=("rnn-a",), left=("rnn-c",), unknown=("rnn-b",))
    offered = {finding.slug: finding.remedies for finding in result.findings}
    assert offered == {"rnn-a": ("use-legacy-keras",), "rnn-b": ("use-legacy-keras",), "rnn-c": ()}


def test_legacy_keras_comes_with_the_tf_keras_of_this_tensorflow() -> None:
    (remedy,) = planned(without_tf_keras(), [observation()], rule(remedies=(UseLegacyKeras(),))).remedies
    assert remedy.steps[:3] == (InstallStep(("tf-keras~=2.19.0",)), RestartStep(), LEGACY)
    assert remedy.proof is None


def test_beside_a_tensorflow_of_another_name_tf_keras_comes_without_its_requirement() -> None:
    facts = without_tf_keras("tensorflow-cpu")
    (remedy,) = planned(facts, [observation()], rule(remedies=(UseLegacyKeras(),))).remedies
    assert remedy.steps[0] == InstallStep(("tf-keras~=2.19.0",), dependencies=False)


def test_with_another_tensorflow_goes_its_tf_keras() -> None:
    another = rule(remedies=(Install("Another", ("{tensorflow_name}>=2.20",)),))
    (remedy,) = planned(environment(), [observation()], another).remedies
    assert remedy.steps[0] == InstallStep(("tensorflow>=2.20", "tf-keras>=2.20"))
    (remedy,) = planned(without_tf_keras(), [observation()], another).remedies
    assert remedy.steps[0] == InstallStep(("tensorflow>=2.20",))


def test_legacy_keras_is_not_offered_for_import_keras_nor_where_it_is_in_force() -> None:
    cure = rule(remedies=(UseLegacyKeras(),))
    assert planned(environment(), [observation(stack=StackId.KERAS)], cure).remedies == ()
    in_force = keras_3(implementation=Implementation.TF_KERAS, version="2.19.0")
    facts = environment(stacks=(in_force, legacy(same_as=StackId.TF_KERAS)))
    assert planned(facts, [observation()], cure).remedies == ()
    keras_2 = environment("2.15.1", stacks=(keras_3(implementation=Implementation.KERAS_2, version="2.15.0"),))
    assert planned(keras_2, [observation()], cure).remedies == ()


def test_remedies_of_a_fault_are_filled_in() -> None:
    fault = Fault("tf-keras 2.16.0 under TensorFlow 2.18.0", Severity.WARNING, {"path": "/here/keras.py"})
    faulty = rule(
        "environment-skew",
        "KD009",
        canary=False,
        detect=lambda facts: fault,
        remedies=(
            Install("Install the tf-keras of TensorFlow {tensorflow_minor}", ("tf-keras~={tensorflow_minor}.0",)),
            SetVariable("TF_USE_LEGACY_KERAS", None, "Unset it"),
            Advice("Rename {path}"),
        ),
    )
    install, unset, advice = planned(environment(), [], faulty).remedies
    assert install.title == "Install the tf-keras of TensorFlow 2.19"
    assert install.steps == (InstallStep(("tf-keras~=2.19.0",)), RestartStep())
    assert unset.steps == (RestartStep(), VariableStep("TF_USE_LEGACY_KERAS"))
    assert advice.title == "Rename /here/keras.py"


def test_no_tf_keras_is_named_for_a_tensorflow_that_has_none() -> None:
    assert matching_tf_keras(environment("2.19.0+nv25.3")) == "tf-keras~=2.19.0"
    assert matching_tf_keras(environment("2.13.1")) == ""
    assert matching_tf_keras(environment("")) == ""


def test_a_distribution_that_cannot_be_read_is_not_upgraded_past() -> None:
    unreadable = Distribution("keras", "", "/site", problem="unreadable metadata")
    facts = environment(distributions=(unreadable,), interpreter=interpreter(manager="uv"))
    (remedy,) = planned(facts, [observation()], rule(remedies=(Upgrade("keras", ">=3.12"),))).remedies
    assert remedy.steps[0] == InstallStep(("keras>=3.12",))


@pytest.mark.parametrize(
    "spec",
    [
        Install("Install it", ("keras", "tf-keras~={tensorflow_minor}.0")),
        Install("Remove {nothing}", uninstall=("keras",)),
        SetVariable("KERAS_BACKEND", "{nothing}", "Set it"),
        Advice("Rename {nothing}"),
        Advice("Rename it", "It is {nothing}."),
    ],
)
def test_what_cannot_be_filled_in_is_not_offered(spec: RemedySpec) -> None:
    """Not with the placeholder, and not with a hole either: without TensorFlow there is no tf-keras~=.0."""
    fault = Fault("tf-keras alone", Severity.ERROR, {"nothing": ""})
    faulty = rule("environment-skew", "KD009", canary=False, detect=lambda facts: fault, remedies=(spec,))
    assert planned(environment(""), [], faulty).remedies == ()


USUAL = usual()


@pytest.mark.parametrize("known", all_rules(), ids=lambda known: known.slug)
def test_the_page_of_a_rule_has_every_remedy_filled_in(known: Rule) -> None:
    found = USUAL.remedies(known)
    assert [spec for spec, _ in found] == list(known.remedies), "Rule.usual lacks what a remedy names"
    for _, remedy in found:
        assert "{" not in remedy.title
        for step in remedy.steps:
            if isinstance(step, InstallStep):
                assert step.requirements or step.uninstall
                for requirement in step.requirements:
                    assert PlainRequirement(requirement).name in NAMES, requirement
                assert NAMES.issuperset(step.uninstall)
            elif isinstance(step, TextStep):
                assert not PLACEHOLDER.search(step.text)


@pytest.mark.parametrize("known", [known for known in all_rules() if known.usual], ids=lambda known: known.slug)
def test_no_placeholder_reaches_a_user_in_any_format(known: Rule) -> None:
    placeholders = {
        name
        for spec in known.remedies
        for text in vars(spec).values()
        for part in (text if isinstance(text, tuple) else (text,))
        if isinstance(part, str)
        for _, name, _, _ in string.Formatter().parse(part)
        if name
    }
    assert {name for name, _ in known.usual} <= placeholders, "it fills in what no remedy names"
    fault = Fault("seen", Severity.ERROR, {name: f"1.{number}" for number, (name, _) in enumerate(known.usual)})
    facts = environment()
    diagnosis = diagnose(facts, [], [replace(known, detect=lambda facts: fault)])
    result = plan(facts, diagnosis, [])
    assert len(result.remedies) == len(known.remedies)
    examination = Examination(facts, findings=result.findings, remedies=result.remedies)
    report = Report("1", "", (examination,), Status.FINDINGS)
    shown = [
        *(formats.render(name, report, Context()).decode() for name in formats.FORMATS),
        explain.render(known, USUAL, Look()),
        json.dumps(explain.document([known], USUAL)),
    ]
    for text in shown:
        assert not any(f"{{{name}}}" in text or ("_" in name and name.upper() in text) for name in placeholders)
