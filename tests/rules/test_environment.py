"""Each fault of the environment is found where it is, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import pytest

from kdoctor.environment.distributions import no_version
from kdoctor.environment.model import Distribution, Environment, KerasConfig, Package, Shadow
from kdoctor.rules.environment import RULES
from kdoctor.rules.native import ML_DTYPES
from kdoctor.rules.rule import Fault, Install, Rule
from kdoctor.words import Severity
from tests.environment.worlds import LEGACY, world

ERROR, WARNING = Severity.ERROR, Severity.WARNING
CONFIG = "/home/me/.keras/keras.json"
REQUIRES_OPTREE = ("absl-py", "numpy", "optree", "ml-dtypes (>=0.3)")


def faults(environment: Environment) -> dict[str, Fault]:
    return {rule.slug: fault for rule in RULES if rule.detect for fault in [rule.detect(environment)] if fault}


def with_distribution(environment: Environment, *more: Distribution) -> Environment:
    return replace(environment, distributions=environment.distributions + more)


def without_package(environment: Environment, name: str) -> Environment:
    return replace(environment, packages=tuple(found for found in environment.packages if found.name != name))


def with_protobuf(environment: Environment, installed: str, demanded: str, package: str) -> Environment:
    changed = tuple(
        replace(found, protobuf=demanded) if found.name == package else found for found in environment.packages
    )
    return replace(with_distribution(environment, Distribution("protobuf", installed, "/site")), packages=changed)


def healthy() -> dict[str, Environment]:
    return {
        "nothing": world(),
        "2.12": world("2.12.1", "2.12.0", numpy="1.24.3", python="3.9.18"),
        "2.15": world("2.15.1", "2.15.0"),
        "2.16 without tf-keras": world("2.16.1", "3.0.5"),
        "2.17": world("2.17.0", "3.4.1", "2.17.0"),
        "2.18 with NumPy 2": world("2.18.0", "3.8.0", "2.18.0", "2.0.2"),
        "2.20, tf-keras 2.20.1": world("2.20.0", "3.12.0", "2.20.1", "2.4.6"),
        "2.21": world("2.21.0", "3.15.1", "2.21.0", "2.4.6"),
        "2.21 under legacy Keras": world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={LEGACY: "True"}),
        "the variable says no": world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={LEGACY: "False"}),
        "the variable says no, off": world("2.16.1", "3.0.5", variables={LEGACY: "off"}),
        "Keras on JAX": world("", "3.15.1", others=("jax",), variables={"KERAS_BACKEND": "jax"}),
        "a plain keras.json": world(
            "2.17.0", "3.4.1", config=KerasConfig(CONFIG, True, floatx="float32", epsilon=1e-7)
        ),
        "newer protobuf": with_protobuf(world("2.20.0", "3.12.0", "", "2.4.6"), "7.36.2", "5.28.3", "tensorflow"),
        "NumPy alone": world(numpy="2.4.6"),
        "a nightly": world("2.22.0.dev20260101", "3.15.1", numpy="2.4.6"),
    }


@pytest.mark.parametrize("name", list(healthy()))
def test_a_healthy_environment_has_no_fault(name: str) -> None:
    assert faults(healthy()[name]) == {}


def ill() -> dict[str, tuple[Environment, dict[str, Severity]]]:
    modern = world("2.19.0", "3.10.0", "2.19.0", "2.1.3")
    plain = world("2.17.0", "3.4.1", "2.17.0")
    jax = {"KERAS_BACKEND": "jax"}
    return {
        "tensorflow.py in the folder": (
            replace(modern, shadows=(Shadow("tensorflow", "/work/tensorflow.py", False),)),
            {"shadowed-package": ERROR},
        ),
        "keras/ on PYTHONPATH": (
            replace(modern, shadows=(Shadow("keras", "/src/keras", True),)),
            {"shadowed-package": ERROR},
        ),
        "a checkout of Keras": (
            replace(modern, shadows=(Shadow("keras", "/src/keras", False, checkout=True),)),
            {"shadowed-package": WARNING},
        ),
        "tensorflow and an older tensorflow-cpu": (
            with_distribution(modern, Distribution("tensorflow-cpu", "2.18.0", "/site", owns=("tensorflow",))),
            {"two-distributions-one-package": ERROR},
        ),
        "tensorflow and tensorflow-cpu alike": (
            with_distribution(modern, Distribution("tensorflow-cpu", "2.19.0", "/site", owns=("tensorflow",))),
            {"two-distributions-one-package": WARNING},
        ),
        "keras and keras-nightly": (
            with_distribution(modern, Distribution("keras-nightly", "3.11.0.dev1", "/site", owns=("keras",))),
            {"two-distributions-one-package": ERROR},
        ),
        "what pip left over": (
            with_distribution(modern, Distribution("tensorflow", "2.18.0", "/site", problem="left over")),
            {"broken-install": WARNING},
        ),
        "metadata without its package": (without_package(plain, "tf_keras"), {"broken-install": ERROR}),
        "a package without __init__": (
            replace(world(), packages=(Package("tensorflow", "/site/tensorflow", namespace=True),)),
            {"broken-install": ERROR},
        ),
        "a wheel for another Python": (
            replace(
                plain,
                distributions=tuple(
                    replace(found, python_tag="cp310") if found.name == "tensorflow" else found
                    for found in plain.distributions
                ),
            ),
            {"python-without-build": ERROR},
        ),
        "a Python that is not served": (replace(plain, tensorflow_python=">=3.12"), {"python-without-build": WARNING}),
        "NumPy 2 under 2.17": (world("2.17.0", "3.15.1", "", "2.2.6"), {"numpy-2-under-older-tensorflow": ERROR}),
        "protobuf older than TensorFlow's code": (
            with_protobuf(world("2.21.0", "3.15.1", "", "2.4.6"), "5.29.6", "6.31.1", "tensorflow"),
            {"protobuf-too-old": ERROR},
        ),
        "protobuf older than tf-keras's code": (
            with_protobuf(plain, "4.25.9", "6.31.1", "tf_keras"),
            {"protobuf-too-old": ERROR},
        ),
        "a version that is none": (
            with_distribution(modern, Distribution("tf-keras", "HEAD", "/site", problem=no_version("HEAD"))),
            {"version-is-none": WARNING},
        ),
        "a foreign kdoctor": (
            with_distribution(modern, Distribution("kdoctor", "1.0", "/site", owns=("kdoctor",))),
            {"foreign-kdoctor": WARNING},
        ),
        "Keras 2 under 2.18": (world("2.18.0", "2.15.0", numpy="2.0.2"), {"keras-2-under-newer-tensorflow": ERROR}),
        "Keras 3 over 2.15": (world("2.15.1", "3.0.5"), {"keras-3-over-older-tensorflow": WARNING}),
        "Keras 3 over 2.13": (world("2.13.1", "3.0.5", numpy="1.24.3"), {"keras-3-over-older-tensorflow": ERROR}),
        "an older Keras 2": (world("2.15.1", "2.13.1"), {"keras-2-of-another-release": WARNING}),
        "a newer Keras 2": (world("2.13.1", "2.15.0", numpy="1.24.3"), {"keras-2-of-another-release": ERROR}),
        "an older Keras 3": (world("2.18.0", "3.0.5", numpy="2.0.2"), {"keras-3-older-than-tensorflow-asks": WARNING}),
        "tf-keras 2.16 under 2.18": (
            world("2.18.0", "3.15.1", "2.16.0", "2.0.2"),
            {"tf-keras-of-another-release": WARNING},
        ),
        "tf-keras alone": (world("", "", "2.19.0"), {"tf-keras-without-tensorflow": ERROR}),
        "TensorFlow without Keras": (world("2.17.0"), {"tensorflow-without-keras": ERROR}),
        "Keras without optree": (
            replace(
                plain,
                installed=("absl-py", "numpy", "ml-dtypes"),
                distributions=tuple(
                    replace(found, requires=REQUIRES_OPTREE) if found.name == "keras" else found
                    for found in plain.distributions
                ),
            ),
            {"keras-requirement-missing": ERROR},
        ),
        "legacy without tf-keras": (
            world("2.16.1", "3.0.5", variables={LEGACY: "1"}),
            {"legacy-keras-without-tf-keras": ERROR},
        ),
        "legacy without tf-keras on 2.15": (
            world("2.15.1", "2.15.0", variables={LEGACY: "1"}),
            {"legacy-keras-without-tf-keras": ERROR},
        ),
        **{
            f"ignored value {value!r}": (
                world("2.17.0", "3.4.1", "2.17.0", variables={LEGACY: value}),
                {"legacy-value-ignored": ERROR},
            )
            for value in ("yes", "TRUE", "1 ", "on", "2", "tRue")
        },
        "ignored value, Keras 2 anyway": (
            world("2.15.1", "2.15.0", variables={LEGACY: "yes"}),
            {"legacy-value-ignored": WARNING},
        ),
        "a variable that is not read": (
            world("2.13.1", "2.13.1", numpy="1.24.3", variables={LEGACY: "1"}),
            {"legacy-variable-not-read": WARNING},
        ),
        "a backend that is not installed": (
            world("2.21.0", "3.15.1", "", "2.4.6", variables=jax),
            {"keras-backend-missing": ERROR},
        ),
        "a backend in keras.json that is not installed": (
            world("2.17.0", "3.4.1", config=KerasConfig(CONFIG, True, backend="torch")),
            {"keras-backend-missing": ERROR},
        ),
        "a backend that nobody knows": (
            world("2.21.0", "3.15.1", "", "2.4.6", variables={"KERAS_BACKEND": "theano"}),
            {"keras-backend-missing": ERROR},
        ),
        "Keras without any backend": (world("", "3.15.1"), {"keras-backend-missing": ERROR}),
        "JAX under tf.keras": (
            world("2.21.0", "3.15.1", "", "2.4.6", others=("jax",), variables=jax),
            {"keras-backend-not-tensorflow": WARNING},
        ),
        "a keras.json that Keras refuses": (
            world("2.17.0", "3.4.1", config=KerasConfig(CONFIG, True, problem="epsilon is 0", refused=True)),
            {"keras-json-refused": ERROR},
        ),
        "a keras.json that is no JSON": (
            world("2.17.0", "3.4.1", config=KerasConfig(CONFIG, True, problem="it is not JSON")),
            {"keras-json-ignored": WARNING},
        ),
        "float16 in keras.json": (
            world("2.17.0", "3.4.1", config=KerasConfig(CONFIG, True, floatx="float16")),
            {"keras-json-float16": WARNING},
        ),
    }


@pytest.mark.parametrize("name", list(ill()))
def test_a_fault_is_found_alone_and_with_its_severity(name: str) -> None:
    environment, expected = ill()[name]
    found = faults(environment)
    assert {slug: fault.severity for slug, fault in found.items()} == expected
    assert all(fault.detail for fault in found.values())


def test_every_rule_that_looks_is_tried_here() -> None:
    tried = {slug for _, expected in ill().values() for slug in expected}
    assert tried == {rule.slug for rule in RULES if rule.detect}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_what_how_and_whence(rule: Rule) -> None:
    assert rule.symptoms
    assert rule.remedies
    assert rule.references or rule.measured
    assert not rule.canary
    assert rule.area == "environment"
    assert rule.code.startswith("KD0")


def test_codes_and_slugs_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.slug for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("name", list(ill()))
def test_remedies_can_be_filled_in(name: str) -> None:
    """No install line is left with a gap, or asks for a bare tf-keras."""
    environment, expected = ill()[name]
    everywhere = {
        "tensorflow_minor": "2.19",
        "tensorflow_name": "tensorflow",
        "tensorflow": "2.19.0",
        "keras": "3.10.0",
    }
    for rule in RULES:
        fault: Optional[Fault] = faults(environment).get(rule.slug) if rule.slug in expected else None
        if fault is None:
            continue
        for spec in rule.remedies:
            if isinstance(spec, Install):
                for requirement in spec.requirements:
                    text = requirement.format_map({**everywhere, **fault.values})
                    assert text
                    assert not text.endswith(("=", "<", ">"))
                    assert text != "tf-keras"


def test_the_misleading_message_is_quoted_and_explained() -> None:
    rule = next(rule for rule in RULES if rule.slug == "legacy-keras-without-tf-keras")
    assert "ImportError: Keras cannot be imported. Check that it is installed." in rule.symptoms
    assert "not about tf-keras" in rule.explanation


@pytest.mark.parametrize(
    ("tensorflow", "installed", "is_fault"),
    [
        ("2.14.1", "0.3.2", True),
        ("2.14.0", "0.5.1", True),
        ("2.14.1", "0.2.0", False),
        ("2.15.1", "0.1.0", True),
        ("2.15.1", "0.3.2", False),
        ("2.16.2", "0.5.1", False),
    ],
)
def test_an_ml_dtypes_with_which_tensorflow_was_seen_to_fail(tensorflow: str, installed: str, is_fault: bool) -> None:
    requires = Distribution("tensorflow", tensorflow, "/site", owns=("tensorflow",), requires=("ml-dtypes==0.2.0",))
    found = with_distribution(Environment(world().interpreter), requires, Distribution("ml-dtypes", installed, "/site"))
    fault = ML_DTYPES.detect(found) if ML_DTYPES.detect else None
    assert (fault is not None) is is_fault
    if fault:
        assert fault.severity is ERROR
        assert fault.values == {"ml_dtypes_range": "==0.2.0"}
