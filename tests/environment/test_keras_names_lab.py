"""What kdoctor derives, against what happens when a real environment imports it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import pytest

from kdoctor.environment import examine
from kdoctor.rules.environment import RULES
from kdoctor.words import Implementation, StackId

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="each way of importing has a forked process of its own"),
]

VARIABLE = "TF_USE_LEGACY_KERAS"

TF_213 = "tensorflow-2.13.1"
TF_215 = "tensorflow-2.15.1"
TF_215_KERAS_3 = "tensorflow-2.15.1-keras-3.0.5"
TF_216_ALONE = "tensorflow-2.16.1-keras-3.0.5-without-tf-keras"
TF_217 = "tensorflow-2.17.0-keras-3.4.1"
TF_217_NUMPY_2 = "tensorflow-2.17.0-numpy-2.2"
TF_218_KERAS_2 = "tensorflow-2.18.0-keras-2.15.0"
TF_218_SKEWED = "tensorflow-2.18.0-tf-keras-2.16.0"
TF_221 = "tensorflow-2.21.0-keras-3.15.1"
JAX = "keras-jax"
PYTHON_39 = "python-3.9-tensorflow-2.12.1"
EMPTY = "empty"

# Runs in the environment: imports TensorFlow once, then tries each sequence of steps in a child of its own.
SCRIPT = r"""
import json, os, sys
del sys.path[0]
try:
    import tensorflow as tf
except Exception:
    tf = None

def attribute():
    return tf.keras.layers.Dense.__module__
def module():
    from tensorflow.keras.layers import Dense
    return Dense.__module__
def from_tensorflow():
    from tensorflow import keras
    return keras.layers.Dense.__module__
def keras():
    import keras
    return keras.layers.Dense.__module__ + " " + keras.__version__
def tf_keras():
    import tf_keras
    return tf_keras.layers.Dense.__module__ + " " + tf_keras.__version__

STEPS = {"tf.keras": attribute, "tensorflow.keras": module, "from tensorflow": from_tensorflow, "keras": keras,
         "tf_keras": tf_keras}

def tried(names):
    answers = []
    for name in names:
        if "=" in name:
            key, value = name.split("=")
            os.environ[key] = value
            continue
        try:
            answers.append(STEPS[name]())
        except Exception as error:
            answers.append("%s: %s" % (type(error).__name__, error))
    return answers

for sequence in json.loads(sys.argv[1]):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, json.dumps(tried(sequence)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    print("ANSWER" + answer)
"""


@pytest.fixture
def really(tmp_path: Path) -> Callable[..., list[list[str]]]:
    """Runs sequences of imports in a real environment."""

    def run(python: str, sequences: list[list[str]], **variables: str) -> list[list[str]]:
        environ = {**os.environ, **variables, "KERAS_HOME": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
        if VARIABLE not in variables:
            environ.pop(VARIABLE, None)
        done = subprocess.run(
            [python, "-c", SCRIPT, json.dumps(sequences)],
            env=environ,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=300,
            check=True,
        )
        answers: list[list[str]] = [json.loads(line[6:]) for line in done.stdout.splitlines() if line[:6] == "ANSWER"]
        return answers

    return run


def implementation(answer: str, keras_version: str) -> Optional[Implementation]:
    """Which Keras a module's name belongs to; None for an error."""
    if answer.startswith("tf_keras."):
        return Implementation.TF_KERAS
    if answer.startswith("keras."):
        return Implementation.KERAS_3 if keras_version.startswith("3") else Implementation.KERAS_2
    return None


CASES: list[tuple[str, dict[str, str]]] = [
    (PYTHON_39, {}),
    (TF_213, {VARIABLE: "1"}),
    (TF_215, {}),
    (TF_215, {VARIABLE: "1"}),
    (TF_215_KERAS_3, {}),
    (TF_215_KERAS_3, {VARIABLE: "true"}),
    (TF_216_ALONE, {}),
    (TF_216_ALONE, {VARIABLE: "1"}),
    (TF_217, {VARIABLE: "1"}),
    (TF_217, {VARIABLE: "yes"}),
    (TF_217, {VARIABLE: "TRUE"}),
    (TF_217_NUMPY_2, {}),
    (TF_218_KERAS_2, {}),
    (TF_218_KERAS_2, {VARIABLE: "1"}),
    (TF_218_SKEWED, {VARIABLE: "True"}),
    (TF_221, {}),
    (TF_221, {VARIABLE: "1"}),
    (TF_221, {"KERAS_BACKEND": "jax"}),
    (TF_221, {"KERAS_BACKEND": "jax", VARIABLE: "1"}),
    (TF_221, {"KERAS_BACKEND": "foo"}),
    (JAX, {}),
    (JAX, {"KERAS_BACKEND": "jax"}),
    (EMPTY, {}),
]


@pytest.mark.parametrize(("name", "variables"), CASES, ids=str)
def test_names_are_what_really_happens(
    name: str,
    variables: dict[str, str],
    environment_python: Callable[[str], str],
    really: Callable[..., list[list[str]]],
    tmp_path: Path,
) -> None:
    python = environment_python(name)
    environ = {key: value for key, value in os.environ.items() if key != VARIABLE}
    environ.update(variables, KERAS_HOME=str(tmp_path))
    environment = examine(python, working_folder=str(tmp_path), environ=environ)
    package = environment.package("keras")
    keras_version = package.version if package else ""
    names = [found.name for found in environment.names]
    happened = really(python, [[name] for name in names], **variables)
    derived = {found.name: found.implementation for found in environment.names}
    assert derived == {name: implementation(answers[0], keras_version) for name, answers in zip(names, happened)}, (
        happened
    )


SEQUENCES = {
    "untouched, then the attribute": [f"{VARIABLE}=1", "tf.keras", "tensorflow.keras"],
    "untouched, then from tensorflow import keras": [f"{VARIABLE}=1", "from tensorflow", "tensorflow.keras"],
    "untouched, then an import statement": [f"{VARIABLE}=1", "tensorflow.keras", "tf.keras"],
    "touched already": ["tf.keras", f"{VARIABLE}=1", "tf.keras", "tensorflow.keras"],
}
TK, K3 = "tf_keras.src.layers.core.dense", "keras.src.layers.core.dense"
FAILS = "ImportError: Keras cannot be imported. Check that it is installed."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (TF_217, [[TK, K3], [TK, K3], [K3, K3], [K3, K3, K3]]),
        (TF_221, [[TK, K3], [TK, K3], [K3, K3], [K3, K3, K3]]),
        (TF_218_SKEWED, [[TK, K3], [TK, K3], [K3, K3], [K3, K3, K3]]),
        (TF_216_ALONE, [[FAILS, K3], [FAILS, K3], [K3, K3], [K3, K3, K3]]),
    ],
)
def test_the_variable_is_read_twice(
    name: str,
    expected: list[list[str]],
    environment_python: Callable[[str], str],
    really: Callable[..., list[list[str]]],
) -> None:
    """As the rules legacy-variable-set-after-import and legacy-variable-set-too-late say."""
    assert really(environment_python(name), list(SEQUENCES.values())) == expected


FAULTS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (TF_213, {}, {}),
    (TF_215, {}, {}),
    (TF_217, {}, {}),
    (TF_221, {}, {}),
    (PYTHON_39, {}, {}),
    (EMPTY, {}, {}),
    (TF_216_ALONE, {}, {}),
    (TF_215_KERAS_3, {}, {"keras-3-over-older-tensorflow": "warning"}),
    (TF_217_NUMPY_2, {}, {"numpy-2-under-older-tensorflow": "error"}),
    (TF_218_KERAS_2, {}, {"keras-2-under-newer-tensorflow": "error"}),
    (TF_218_SKEWED, {}, {"tf-keras-of-another-release": "warning"}),
    (TF_216_ALONE, {VARIABLE: "1"}, {"legacy-keras-without-tf-keras": "error"}),
    (TF_217, {VARIABLE: "TRUE"}, {"legacy-value-ignored": "error"}),
    (TF_213, {VARIABLE: "1"}, {"legacy-variable-not-read": "warning"}),
    (JAX, {}, {"keras-backend-missing": "error"}),
    (JAX, {"KERAS_BACKEND": "jax"}, {}),
]


@pytest.mark.parametrize(("name", "variables", "expected"), FAULTS, ids=str)
def test_faults_of_real_environments(
    name: str,
    variables: dict[str, str],
    expected: dict[str, str],
    environment_python: Callable[[str], str],
    tmp_path: Path,
) -> None:
    environ = {key: value for key, value in os.environ.items() if key not in (VARIABLE, "KERAS_BACKEND")}
    environ.update(variables, KERAS_HOME=str(tmp_path))
    environment = examine(environment_python(name), working_folder=str(tmp_path), environ=environ)
    found: dict[str, Any] = {rule.slug: rule.detect(environment) for rule in RULES if rule.detect}
    assert {slug: fault.severity.value for slug, fault in found.items() if fault} == expected


def test_a_stack_of_the_jax_environment_runs_on_jax(environment_python: Callable[[str], str], tmp_path: Path) -> None:
    environ = {**os.environ, "KERAS_BACKEND": "jax", "KERAS_HOME": str(tmp_path)}
    environment = examine(environment_python(JAX), working_folder=str(tmp_path), environ=environ)
    stack = environment.stack(StackId.KERAS)
    assert stack is not None
    assert (stack.available, stack.backend) == (True, "jax")


def test_an_examination_imports_nothing(environment_python: Callable[[str], str], tmp_path: Path) -> None:
    """Seen from within: after it, none of what is watched has been imported."""
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from kdoctor.environment import examine\n"
        "environment = examine()\n"
        "assert environment.stacks\n"
        "print([name for name in ('tensorflow', 'keras', 'tf_keras', 'numpy', 'jax') if name in sys.modules])\n"
    )
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [environment_python(TF_217), "-c", code, here], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
