"""How an example is run, and how its message is compared with what its rule says."""

from __future__ import annotations

import pytest

from tests.lab.comparison import of_examples
from tests.lab.examples import matches, namespace_of

SYMPTOM = "TypeError: ... got an unexpected keyword argument 'states'"


@pytest.mark.parametrize(
    ("message", "same"),
    [
        ("TypeError: RNN.reset_states() got an unexpected keyword argument 'states'", True),
        ("TypeError: RNN() got an  unexpected\nkeyword argument 'states'", True),
        ("TypeError: RNN.reset_states() got an unexpected keyword argument 'state'", False),
        ("ValueError: RNN.reset_states() got an unexpected keyword argument 'states'", False),
    ],
)
def test_dots_stand_for_what_varies(message: str, same: bool) -> None:
    assert matches(SYMPTOM, message) is same


@pytest.mark.parametrize(
    ("source", "namespace"),
    [
        ("import tensorflow as tf\ntf.keras.Input((1,))", "tf.keras"),
        ("import keras\nkeras.Input((1,))", "keras"),
        ("import keras\nimport tensorflow as tf\ntf.ones(1)", "keras"),
        ("import keras\nfrom tensorflow.keras import layers", "tf.keras"),
        ("from keras import layers\nfrom tensorflow import keras as k", "tf.keras"),
        ("from tensorflow import keras", "tf.keras"),
        ("import keras_tuner", "tf.keras"),
    ],
)
def test_a_program_is_run_on_the_keras_that_it_is_about(source: str, namespace: str) -> None:
    assert namespace_of(source) == namespace


def test_a_comparison_names_the_examples_that_fail() -> None:
    passed = of_examples("keras-3.15", ["== keras-3.15: 9 runs, 8 judged, 0 wrong"])
    assert not passed.changed
    failed = of_examples("keras-3.15", ["== keras-3.15: 9 runs, 8 judged, 1 wrong", "  a-rule/after as keras: raises"])
    assert failed.changed
    assert "\n- a-rule/after as keras: raises" in failed.text
