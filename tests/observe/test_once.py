"""One run imports TensorFlow once an implementation, and a second run says what the first said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.case import KERAS_PACKAGE, TENSORFLOW_PACKAGE, World, fake

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake environment is a POSIX one")

COUNT = """
import os
with open(os.environ["COUNTED"], "a") as file:
    file.write("+")
"""
CODE = """\
import keras, tensorflow as tf
keras.layers.Dens(3)
tf.keras.layers.Dense()
tf.keras.layers.Dens(3)
tf.keras.backend.floatx(1, 2, 3)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """TensorFlow and Keras of releases that are newer than any on record."""
    world = World(tmp_path).make()
    fake("2.95.0", "3.95.0")(world)
    site = world.site
    (site / "tensorflow" / "__init__.py").write_text(COUNT + TENSORFLOW_PACKAGE.replace("2.19.0", "2.95.0"))
    (site / "keras" / "__init__.py").write_text(KERAS_PACKAGE.replace("3.10.0", "3.95.0"))
    (world.work / "code.py").write_text(CODE)
    return world


def check(world: World, *options: str, **variables: str) -> tuple[Any, int]:
    """The report of a run of kdoctor, and how often it imported TensorFlow."""
    counted = world.folder / "counted"
    counted.write_text("")
    python = str(world.folder / "fake" / "bin" / "python")
    command = [sys.executable, "-m", "kdoctor", "check", "code.py", "--python", python, "--format", "json"]
    names = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ = {
        **names,
        "HOME": str(world.home),
        "KDOCTOR_CACHE_DIR": str(world.folder),
        "COUNTED": str(counted),
        **variables,
    }
    done = subprocess.run(
        [*command, *options], env=environ, cwd=world.work, capture_output=True, timeout=100, check=False
    )
    assert done.returncode == 1, done.stderr.decode()
    return json.loads(done.stdout), len(counted.read_text())


def timeless(value: Any) -> Any:
    """A report without times, and without the note that says how old results are."""
    if isinstance(value, dict):
        times = ("seconds", "created", "observed")
        return {name: timeless(inner) for name, inner in value.items() if name not in times}
    if isinstance(value, list):
        return [
            timeless(inner) for inner in value if not (isinstance(inner, str) and "Results from a moment ago" in inner)
        ]
    return value


def missing(report: Any) -> dict[str, str]:
    findings = report["environments"][0]["findings"]
    return {found["title"]: found["evidence"] for found in findings if found["code"] in ("KD093", "KD094")}


AS_CHOSEN = {"TF_ENABLE_ONEDNN_OPTS": "1"}
"""Where the user has chosen, a check that fails need not be confirmed."""
ONLY = ("--only", "rnn-stateful-carry")


def test_look_ups_and_canaries_share_an_import_and_a_second_run_says_the_same(world: World) -> None:
    first, imports = check(world, *ONLY, **AS_CHOSEN)
    assert imports == 1
    assert missing(first) == {
        "keras.layers.Dens does not exist; did you mean keras.layers.Dense?": "observed",
        "tf.keras.layers.Dens does not exist; did you mean tf.keras.layers.Dense?": "observed",
        "tf.keras.backend.floatx takes 0 positional arguments, 3 are given": "observed",
    }
    second, imports = check(world, *ONLY, **AS_CHOSEN)
    assert imports == 0
    assert timeless(second) == timeless(first)


def test_other_names_are_looked_up_and_what_ran_is_not_run_again(world: World) -> None:
    check(world, *ONLY, **AS_CHOSEN)
    (world.work / "code.py").write_text(CODE.replace("Dens(", "Dnse("))
    second, imports = check(world, *ONLY, **AS_CHOSEN)
    assert imports == 1
    assert {"keras.layers.Dnse does not exist; did you mean keras.layers.Dense?"} < set(missing(second))
    ran = [row for row in second["environments"][0]["canaries"] if not row["observed"] and row["outcome"] != "not-run"]
    assert ran == []


def test_two_implementations_are_one_import(world: World) -> None:
    site = world.site
    (site / "tf_keras").mkdir()
    for path in (site / "keras").glob("*.py"):
        (site / "tf_keras" / path.name).write_text(
            path.read_text().replace("keras", "tf_keras").replace("3.95", "2.95")
        )
    metadata = site / "tf_keras-2.95.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tf-keras\nVersion: 2.95.0\n")
    (metadata / "RECORD").write_text("tf_keras/__init__.py,,\n")
    text = COUNT + "import os\nif os.environ.get('TF_USE_LEGACY_KERAS') == '1': import tf_keras as keras\n"
    text += "else: import keras\n__version__ = '2.95.0'\n"
    (site / "tensorflow" / "__init__.py").write_text(text)
    first, imports = check(world, *ONLY, **AS_CHOSEN)
    assert imports == (1 if sys.platform == "linux" else 2)
    stacks = {stack["id"]: stack["implementation"] for stack in first["environments"][0]["stacks"]}
    assert stacks == {"tf.keras": "keras3", "tf.keras+legacy": "tf-keras", "keras": "keras3"}


def test_a_failure_that_is_not_on_record_is_confirmed_as_the_user_would_see_it(world: World) -> None:
    first, imports = check(world, *ONLY)
    assert imports == 2
    assert any("TF_ENABLE_ONEDNN_OPTS=0" in note for note in first["environments"][0]["notes"])
    second, imports = check(world, *ONLY)
    assert imports == 0
    assert timeless(second) == timeless(first)
