"""Packages that stayed with Keras 2 are found where they do not fit, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kdoctor.environment.model import Distribution, Environment
from kdoctor.rules.ecosystem import RULES
from kdoctor.rules.rule import Rule
from kdoctor.words import Severity
from tests.environment.worlds import LEGACY, world

ERROR, WARNING = Severity.ERROR, Severity.WARNING
ASKED = {LEGACY: "1"}

BARE = world("2.18.0", "3.8.0", numpy="2.0.2")
BESIDE = world("2.18.0", "3.8.0", "2.18.0", "2.0.2")
UNDER_LEGACY = world("2.18.0", "3.8.0", "2.18.0", "2.0.2", variables=ASKED)
KERAS_2 = world("2.15.1", "2.15.0")


def severities(environment: Environment, **packages: str) -> dict[str, Severity]:
    """What is found where these are installed too."""
    more = tuple(Distribution(name.replace("_", "-"), version, "/site") for name, version in packages.items())
    everything = environment.distributions + more
    environment = replace(
        environment, distributions=everything, installed=tuple(sorted({found.name for found in everything}))
    )
    looked = ((rule.slug, rule.detect(environment)) for rule in RULES if rule.detect)
    return {slug: fault.severity for slug, fault in looked if fault}


@pytest.mark.parametrize(
    ("slug", "name", "version", "bare", "beside"),
    [
        ("ecosystem-probability", "tensorflow_probability", "0.25.0", ERROR, WARNING),
        ("ecosystem-decision-forests", "tensorflow_decision_forests", "1.11.0", ERROR, WARNING),
        ("ecosystem-transformers-4", "transformers", "4.57.6", WARNING, WARNING),
        ("ecosystem-tf2onnx-keras-3", "tf2onnx", "1.17.0", WARNING, WARNING),
        ("ecosystem-tensorflowjs-keras-3", "tensorflowjs", "4.22.0", WARNING, WARNING),
        ("ecosystem-addons-keras-3", "tensorflow_addons", "0.23.0", ERROR, ERROR),
    ],
)
def test_a_package_for_keras_2_meets_keras_3(
    slug: str, name: str, version: str, bare: Severity, beside: Severity
) -> None:
    assert severities(BARE, **{name: version}) == {slug: bare}
    assert severities(BESIDE, **{name: version}) == {slug: beside}
    assert severities(KERAS_2, **{name: version}) == {}


def test_under_the_legacy_keras_only_addons_is_still_lost() -> None:
    """It imports the package keras, which the variable does not change."""
    found = severities(
        UNDER_LEGACY,
        tensorflow_probability="0.25.0",
        tensorflow_decision_forests="1.11.0",
        tensorflow_addons="0.23.0",
        tf2onnx="1.17.0",
        transformers="4.57.6",
    )
    assert found == {"ecosystem-addons-keras-3": ERROR}


def test_what_needs_tensorflow_is_no_matter_where_there_is_none() -> None:
    alone = world("", "3.15.1", others=("jax",), variables={"KERAS_BACKEND": "jax"})
    assert severities(alone, tensorflow_probability="0.25.0", transformers="4.57.6", tensorflow_addons="0.23.0") == {}


def test_transformers_5_has_no_tensorflow_models() -> None:
    assert severities(BARE, transformers="5.0.0") == {}


@pytest.mark.parametrize(
    ("setuptools", "expected"), [("", ERROR), ("84.2.1", ERROR), ("82.0.0", ERROR), ("81.0.0", None), ("69.5", None)]
)
def test_hub_needs_an_older_setuptools(setuptools: str, expected: Severity | None) -> None:
    beside = {"setuptools": setuptools} if setuptools else {}
    found = severities(BESIDE, tensorflow_hub="0.16.1", **beside)
    assert found == ({"ecosystem-hub-pkg-resources": expected} if expected else {})


def test_text_goes_with_its_own_tensorflow() -> None:
    assert severities(BESIDE, tensorflow_text="2.17.0") == {"ecosystem-text-other-release": ERROR}
    assert severities(BESIDE, tensorflow_text="2.18.1") == {}
    assert severities(world(), tensorflow_text="2.17.0") == {}


def test_the_tuner_and_the_legacy_keras_do_not_meet() -> None:
    assert severities(UNDER_LEGACY, keras_tuner="1.4.8") == {"ecosystem-tuner-legacy": WARNING}
    assert severities(BESIDE, keras_tuner="1.4.8") == {}
    assert severities(KERAS_2, keras_tuner="1.4.8") == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_of_the_ecosystem_is_whole(rule: Rule) -> None:
    assert "KD711" <= rule.code <= "KD739"
    assert rule.detect or rule.where
    assert rule.measured.startswith("Measured: ")
