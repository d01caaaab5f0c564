"""Code that asks which Keras there is has a plan for the other one; code that asks for anything else has none."""

from __future__ import annotations

import pytest

from tests.code.following import follow

BEFORE = """
import importlib.metadata, importlib.util, os, sys, tensorflow as tf, keras, numpy as np, tensorflow_hub as hub
import pkg_resources
from importlib.metadata import version
from packaging.version import Version, parse
from mine import cfg, tf_version, is_keras_3, decide
def newest():
    return int(keras.__version__.split(".")[0]) >= 3
OLD = Version(tf.__version__) < Version("2.16")
"""
GUARDS = [
    "keras.__version__ < '3'",
    "tf.__version__.startswith('2.1')",
    "not Version(keras.__version__) >= Version('3.0')",
    "parse(tf.keras.__version__).major == 2",
    "int(tf.version.VERSION.split('.')[1]) < 16",
    "keras.version() < '3'",
    "version('keras') < '3'",
    "importlib.metadata.version('tensorflow') < '2.16'",
    "pkg_resources.get_distribution('tensorflow').version < '2.16'",
    "hasattr(tf.keras.optimizers, 'legacy')",
    "os.environ.get('TF_USE_LEGACY_KERAS') == '1'",
    "os.environ['TF_USE_LEGACY_KERAS'] == '1'",
    "'TF_USE_LEGACY_KERAS' in os.environ",
    "os.getenv('TF_USE_LEGACY_KERAS', '0') != '0'",
    "importlib.util.find_spec('tf_keras')",
    "OLD",
    "not OLD and cfg.debug",
    "cfg.debug or keras.__version__ < '3'",
    "newest()",
    "tf_version == 2",
    "is_keras_3",
]
NO_GUARDS = [
    "cfg.model_version == 2",
    "cfg.version.startswith('2')",
    "cfg.legacy",
    "cfg.use_legacy_format",
    "tf.executing_eagerly()",
    "cfg.eager",
    "sys.version_info >= (3, 9)",
    "np.__version__ < '2'",
    "hub.__version__ < '0.16'",
    "version('numpy') < '2'",
    "os.environ.get('MODEL_VERSION') == '2'",
    "hasattr(cfg, 'version')",
    "decide('version')",
    "tf.test.is_gpu_available()",
]
USE = "tf.keras.optimizers.legacy.SGD()"


@pytest.mark.parametrize("test", GUARDS + NO_GUARDS)
def test_a_test_of_which_keras_there_is_makes_what_follows_likely(test: str) -> None:
    certain = test in NO_GUARDS
    for text in (
        f"if {test}:\n    {USE}",
        f"if {test}:\n    pass\nelse:\n    {USE}",
        f"x = {USE} if {test} else None",
        f"def f():\n    if {test}:\n        return 3\n    {USE}",
    ):
        found = follow(f"{BEFORE}\n{text}").hits
        assert [sure for _, sure in found] == [certain], text
    assert all(sure for _, sure in follow(f"{BEFORE}\nif {test}:\n    pass\n{USE}").hits)


@pytest.mark.parametrize(
    ("caught", "ending", "certain"),
    [
        ("except ImportError", "optimizer = None", False),
        ("except (KeyError, AttributeError) as error", "optimizer = str(error)", False),
        ("except Exception", "pass", False),
        ("except", "pass", False),
        ("except AttributeError", "raise", True),
        ("except ImportError as error", "raise RuntimeError('install TensorFlow') from error", True),
        ("except KeyError", "pass", True),
        ("except KeyboardInterrupt", "optimizer = None", True),
    ],
)
def test_a_try_is_a_guard_where_it_goes_on_without_the_name(caught: str, ending: str, certain: bool) -> None:
    text = f"import tensorflow as tf\ntry:\n    {USE}\n{caught}:\n    {ending}\n"
    assert follow(text).hits == [(3, certain)]


def test_neither_branch_of_a_version_check_is_the_sure_one() -> None:
    imports = ("from keras.optimizers import legacy as K", "from tensorflow.keras.optimizers import legacy as K")
    for first, second in (imports, imports[::-1]):
        text = f"import tensorflow as tf\nif tf.__version__ < '2':\n    {first}\nelse:\n    {second}\nK.SGD()\n"
        assert follow(text).hits == [(3, False), (5, False), (6, False)]


def test_what_only_type_checkers_run_is_not_certain() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from keras.optimizers.legacy import SGD\n"
    assert follow(text).hits == [(3, False)]
