"""The switch in real environments: what it promises is what ``tf.keras`` then is, whatever was imported before."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.environments import VISITED, Builder, NoInterpreter

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="each sequence has a forked process of its own"),
]

VARIABLE = "TF_USE_LEGACY_KERAS"
TF_213 = "tensorflow-2.13.1"
TF_215 = "tensorflow-2.15.1"
TF_215_KERAS_3 = "tensorflow-2.15.1-keras-3.0.5"
TF_216 = "tensorflow-2.16.2-keras-3.3.3"
TF_216_ALONE = "tensorflow-2.16.1-keras-3.0.5-without-tf-keras"
TF_217 = "tensorflow-2.17.0-keras-3.4.1"
TF_218_SKEWED = "tensorflow-2.18.0-tf-keras-2.16.0"
TF_221 = "tensorflow-2.21.0-keras-3.15.1"
JAX = "keras-jax"
EMPTY = "empty"

# Takes each sequence of steps in a child of its own; prints what a switch raised, and which Keras the two names are.
SCRIPT = r"""
import json, os, sys, time
sys.path[0] = sys.argv[1]
import kdoctor

def where(dense):
    package = dense.__module__.split(".")[0]
    return package + sys.modules[package].__version__[0]

def take(step):
    if step.startswith("use_"):
        began = time.perf_counter()
        try:
            getattr(kdoctor, step)()
        except kdoctor.SwitchError as error:
            return type(error).__name__ + " " + str(error).replace(sys.executable, "python")
        return (time.perf_counter() - began) * 1000
    if step == "tf.keras":
        import tensorflow
        return where(tensorflow.keras.layers.Dense)
    if step == "tensorflow.keras":
        from tensorflow.keras.layers import Dense
        return where(Dense)
    __import__(step)

for sequence in json.loads(sys.argv[2]):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, json.dumps([take(step) for step in sequence]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        print("ANSWER" + (stream.read() or "null"))
    os.waitpid(child, 0)
"""

Tried = Callable[..., list[list[Any]]]


@pytest.fixture
def tried(builder: Builder, tmp_path: Path) -> Tried:
    """Takes sequences of steps in a real environment."""

    def run(identifier: str, *sequences: str, **variables: str) -> list[list[Any]]:
        try:
            python = builder.python(next(found for found in VISITED if found.id == identifier))
        except NoInterpreter as reason:
            pytest.skip(str(reason))
        environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
        environ.update(variables, KERAS_HOME=str(tmp_path), CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are compiled
        environ["PYTHONPYCACHEPREFIX"] = str(tmp_path / "compiled")
        root = str(Path(__file__).parents[2])
        done = subprocess.run(
            [str(python), "-c", SCRIPT, root, json.dumps([sequence.split() for sequence in sequences])],
            env=environ,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
        return [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("ANSWER")]

    return run


@pytest.mark.parametrize("identifier", [TF_216, TF_217, TF_221])
def test_legacy_before_the_import_is_legacy_by_both_names(tried: Tried, identifier: str) -> None:
    (first, second, again) = tried(
        identifier,
        "use_legacy_keras tf.keras tensorflow.keras",
        "use_legacy_keras tensorflow.keras tf.keras use_legacy_keras",
        "use_legacy_keras tensorflow use_legacy_keras tf.keras tensorflow.keras",
    )
    assert first[1:] == ["tf_keras2", "tf_keras2"]
    assert second[1:3] == ["tf_keras2", "tf_keras2"]
    assert isinstance(second[3], float), "the cell that is run again raises nothing"
    assert again[3:] == ["tf_keras2", "tf_keras2"]


@pytest.mark.parametrize("identifier", [TF_216, TF_217, TF_221])
def test_keras_3_before_the_import_overrules_the_variable(tried: Tried, identifier: str) -> None:
    ((_, attribute, module, again),) = tried(
        identifier, "use_keras3 tf.keras tensorflow.keras use_keras3", **{VARIABLE: "1"}
    )
    assert (attribute, module) == ("keras3", "keras3")
    assert isinstance(again, float)


@pytest.mark.parametrize("identifier", [TF_216, TF_217, TF_221])
def test_after_any_import_it_is_too_late_and_nothing_is_split(tried: Tried, identifier: str) -> None:
    answers = tried(
        identifier,
        "tensorflow use_legacy_keras tf.keras tensorflow.keras",
        "keras use_legacy_keras tf.keras tensorflow.keras",
        "tf_keras use_legacy_keras tf.keras tensorflow.keras",
        "tf.keras use_legacy_keras tf.keras tensorflow.keras",
        "tensorflow.keras use_legacy_keras tf.keras tensorflow.keras",
    )
    for _, refused, attribute, module in answers:
        assert refused.startswith("TooLate TensorFlow")
        assert (attribute, module) == ("keras3", "keras3")
    assert "would split it" in answers[0][1]
    assert "has no effect any more" in answers[3][1]


@pytest.mark.parametrize("identifier", [TF_217, TF_221])
def test_after_an_import_of_legacy_it_is_too_late_for_keras_3(tried: Tried, identifier: str) -> None:
    answers = tried(
        identifier,
        "tensorflow use_keras3 tf.keras tensorflow.keras",
        "tf.keras use_keras3 tf.keras tensorflow.keras",
        **{VARIABLE: "True"},
    )
    for _, refused, attribute, module in answers:
        assert refused.startswith("TooLate TensorFlow")
        assert (attribute, module) == ("tf_keras2", "tf_keras2")


@pytest.mark.parametrize("identifier", [TF_213, TF_215])
def test_keras_2_that_answers_anyway_is_left_as_it_is(tried: Tried, identifier: str) -> None:
    (before, after) = tried(
        identifier, "use_legacy_keras tf.keras tensorflow.keras", "tensorflow use_legacy_keras tf.keras"
    )
    assert before[1:] == ["keras2", "keras2"]
    assert isinstance(after[1], float)
    assert after[2] == "keras2"


@pytest.mark.parametrize(
    ("identifier", "step", "said"),
    [
        (TF_216_ALONE, "use_legacy_keras", "tf-keras~=2.16.0"),
        (TF_215_KERAS_3, "use_legacy_keras", "tf-keras~=2.15.0"),
        (TF_218_SKEWED, "use_legacy_keras", "tf-keras~=2.18.0"),
        (JAX, "use_legacy_keras", "tensorflow tf-keras"),
        (EMPTY, "use_legacy_keras", "tensorflow tf-keras"),
        (EMPTY, "use_keras3", "keras>=3"),
        (TF_213, "use_keras3", "tensorflow>=2.16"),
        (TF_215, "use_keras3", "tensorflow>=2.16"),
    ],
)
def test_what_cannot_succeed_says_what_to_install(tried: Tried, identifier: str, step: str, said: str) -> None:
    ((refused,),) = tried(identifier, step)
    assert refused.startswith("SwitchError")
    assert "install" in refused
    assert said in refused


def test_keras_3_without_tensorflow_needs_nothing(tried: Tried) -> None:
    ((took, _, late),) = tried(JAX, "use_keras3 keras use_keras3", KERAS_BACKEND="jax")
    assert isinstance(took, float)
    assert isinstance(late, float)


@pytest.mark.parametrize("identifier", [TF_215, TF_217, TF_221])
def test_it_takes_less_than_50_milliseconds(tried: Tried, identifier: str) -> None:
    """The quickest of five, the imports of kdoctor included; another test may be running beside."""
    step = "use_legacy_keras"
    took = min(answer for (answer,) in tried(identifier, *[step] * 5))
    assert took < 50
