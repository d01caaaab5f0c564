"""What the names resolve to, against what was seen of real releases, each in a process of its own."""

from __future__ import annotations

from typing import Optional

import pytest

from kdoctor.environment.model import Environment, KerasConfig
from kdoctor.words import Implementation, StackId
from tests.environment.worlds import LEGACY, world

K2, TK, K3 = Implementation.KERAS_2, Implementation.TF_KERAS, Implementation.KERAS_3

# TensorFlow, Keras, tf-keras, the variable; then what tf.keras, `import tensorflow.keras`, `import keras` were.
SEEN = [
    ("2.12.1", "2.12.0", "", None, K2, K2, K2),
    ("2.12.1", "2.12.0", "", "1", K2, K2, K2),
    ("2.13.1", "2.13.1", "", None, K2, K2, K2),
    ("2.13.1", "2.13.1", "", "1", K2, K2, K2),
    ("2.15.1", "2.15.0", "", None, K2, K2, K2),
    ("2.15.1", "2.15.0", "", "1", None, None, K2),
    ("2.15.1", "3.0.5", "", None, K3, K3, K3),
    ("2.15.1", "3.0.5", "", "1", None, K3, K3),
    ("2.16.1", "3.0.5", "", None, K3, K3, K3),
    ("2.16.1", "3.0.5", "", "1", None, K3, K3),
    ("2.16.2", "3.3.3", "2.16.0", None, K3, K3, K3),
    ("2.17.0", "3.4.1", "2.17.0", None, K3, K3, K3),
    ("2.17.0", "3.4.1", "2.17.0", "1", TK, TK, K3),
    ("2.17.0", "3.4.1", "2.17.0", "yes", K3, K3, K3),
    ("2.18.0", "2.15.0", "", None, None, None, None),
    ("2.18.0", "2.15.0", "", "1", None, None, None),
    ("2.18.0", "3.15.1", "2.16.0", None, K3, K3, K3),
    ("2.18.0", "3.15.1", "2.16.0", "1", TK, TK, K3),
    ("2.21.0", "3.15.1", "2.21.0", None, K3, K3, K3),
    ("2.21.0", "3.15.1", "2.21.0", "1", TK, TK, K3),
]


def answers(environment: Environment) -> dict[str, Optional[Implementation]]:
    return {name.name: name.implementation for name in environment.names}


@pytest.mark.parametrize(("tensorflow", "keras", "tf_keras", "value", "attribute", "module", "standalone"), SEEN)
def test_names_are_what_was_seen(
    tensorflow: str,
    keras: str,
    tf_keras: str,
    value: Optional[str],
    attribute: Optional[Implementation],
    module: Optional[Implementation],
    standalone: Optional[Implementation],
) -> None:
    numpy = "1.24.3" if tensorflow < "2.14" else "2.0.2" if tensorflow >= "2.18" else "1.26.4"
    environment = world(tensorflow, keras, tf_keras, numpy, variables={} if value is None else {LEGACY: value})
    assert answers(environment) == {
        "tf.keras": attribute,
        "tensorflow.keras": module,
        "keras": standalone,
        "tf_keras": TK if tf_keras else None,
    }


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_these_values_count(value: str) -> None:
    environment = world("2.19.0", "3.10.0", "2.19.0", "2.1.3", variables={LEGACY: value})
    assert answers(environment)["tf.keras"] is TK


@pytest.mark.parametrize("value", ["", "0", "TRUE", "yes", "1 ", " 1", "on", "2", "false"])
def test_these_values_do_not(value: str) -> None:
    environment = world("2.19.0", "3.10.0", "2.19.0", "2.1.3", variables={LEGACY: value})
    assert answers(environment)["tf.keras"] is K3


def test_missing_tf_keras_is_named_and_the_silent_way_is_pointed_out() -> None:
    environment = world("2.16.1", "3.0.5", variables={LEGACY: "1"})
    attribute, module = environment.names[0], environment.names[1]
    assert "tf-keras is not installed" in attribute.reason
    assert module.available
    assert "another Keras" in module.reason


def test_keras_3_over_tensorflow_2_14_leaves_tf_keras_without_its_insides() -> None:
    environment = world("2.14.1", "3.0.5")
    assert answers(environment) == {"tf.keras": None, "tensorflow.keras": None, "keras": K3, "tf_keras": None}
    assert "keras.api._v2" in environment.names[0].reason


def test_tensorflow_without_keras_has_no_tf_keras() -> None:
    environment = world("2.17.0")
    assert answers(environment) == dict.fromkeys(("tf.keras", "tensorflow.keras", "keras", "tf_keras"))


def test_tf_keras_needs_tensorflow() -> None:
    environment = world("", "", "2.19.0")
    assert answers(environment)["tf_keras"] is None
    assert environment.stacks == ()


@pytest.mark.parametrize(("others", "available"), [((), False), (("jax",), True)])
def test_keras_on_jax_needs_jax_and_nothing_else(others: tuple[str, ...], available: bool) -> None:
    environment = world("", "3.15.1", others=others, variables={"KERAS_BACKEND": "jax"})
    (stack,) = environment.stacks
    assert (stack.id, stack.available) == (StackId.KERAS, available)
    assert stack.backend == ("jax" if available else "")


def test_a_missing_backend_takes_tf_keras_away_but_not_legacy_keras() -> None:
    environment = world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={"KERAS_BACKEND": "jax"})
    found = {stack.id: stack.available for stack in environment.stacks}
    assert found == {StackId.TF_KERAS: False, StackId.LEGACY: True, StackId.KERAS: False}


def test_a_missing_backend_does_not_matter_under_legacy_keras() -> None:
    environment = world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={"KERAS_BACKEND": "jax", LEGACY: "1"})
    assert answers(environment) == {"tf.keras": TK, "tensorflow.keras": TK, "keras": None, "tf_keras": TK}


def test_a_backend_that_keras_does_not_know_stops_tensorflow_itself() -> None:
    environment = world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={"KERAS_BACKEND": "foo"})
    assert set(answers(environment).values()) == {None}


def test_the_backend_is_read_from_the_variable_before_the_file() -> None:
    config = KerasConfig("/k", True, backend="torch")
    assert not world("", "3.15.1", others=("jax",), config=config).stacks[0].available
    assert world("", "3.15.1", others=("jax",), config=config, variables={"KERAS_BACKEND": "jax"}).stacks[0].available


def test_keras_2_has_no_backend_to_choose() -> None:
    environment = world("2.12.1", "2.12.0", numpy="1.24.3", variables={"KERAS_BACKEND": "jax"})
    assert answers(environment)["tf.keras"] is K2


@pytest.mark.parametrize(("numpy", "available"), [("1.26.4", True), ("2.2.6", False)])
def test_numpy_2_takes_everything_away_from_an_older_tensorflow(numpy: str, available: bool) -> None:
    environment = world("2.17.0", "3.15.1", "2.17.0", numpy)
    assert {stack.available for stack in environment.stacks} == {available}


@pytest.mark.parametrize(("others", "available"), [((), False), (("scipy",), True)])
def test_the_numpy_backend_needs_scipy(others: tuple[str, ...], available: bool) -> None:
    assert world("", "3.15.1", others=others, variables={"KERAS_BACKEND": "numpy"}).stacks[0].available is available


def test_a_keras_json_that_keras_refuses_stops_tensorflow_too() -> None:
    config = KerasConfig("/k", True, problem="floatx is 8", refused=True)
    for value in ("0", "1"):
        environment = world("2.21.0", "3.15.1", "2.21.0", "2.4.6", config=config, variables={LEGACY: value})
        assert {stack.available for stack in environment.stacks} == {False}


def test_stacks_say_what_they_share() -> None:
    """`tf.keras` and `keras` are one implementation under two namespaces, so neither stands for the other."""
    environment = world("2.21.0", "3.15.1", "2.21.0", "2.4.6", variables={LEGACY: "1"})
    found = {stack.id: (stack.implementation, stack.same_as) for stack in environment.stacks}
    assert found == {
        StackId.TF_KERAS: (TK, None),
        StackId.LEGACY: (TK, StackId.TF_KERAS),
        StackId.KERAS_3: (K3, None),
        StackId.KERAS: (K3, None),
    }


def test_no_forced_stacks_where_the_variable_is_not_read() -> None:
    environment = world("2.13.1", "2.13.1", numpy="1.24.3")
    assert [stack.id for stack in environment.stacks] == [StackId.TF_KERAS, StackId.KERAS]
