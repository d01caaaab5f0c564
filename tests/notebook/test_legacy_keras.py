"""The switch, on folders of packages without a single real one, each time in a Python of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

import pytest

from tests.environment.sites import Site

ROOT = Path(__file__).parent.parent
VARIABLE = "TF_USE_LEGACY_KERAS"

CALL = """
import json, os, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
before = sys.argv[4]
exec(before)
import kdoctor
loaded = set(sys.modules)
answer = {"error": None, "text": ""}
try:
    getattr(kdoctor, sys.argv[3])()
    getattr(kdoctor, sys.argv[3])()
except kdoctor.SwitchError as error:
    answer = {"error": type(error).__name__, "text": str(error)}
answer["variable"] = os.environ.get("TF_USE_LEGACY_KERAS")
answer["loaded"] = sorted(set(sys.modules) - loaded)
print(json.dumps(answer))
"""

# What is left in sys.modules by an import, as far as it is looked at: where import statements go, and what tf.keras is.
IMPORTED = """
import types
class KerasLazyLoader(types.ModuleType):
    pass
def imported(path, keras, **names):
    module = sys.modules["tensorflow"] = types.ModuleType("tensorflow")
    module.__path__ = [path]
    module.__file__ = sys.argv[1] + "/tensorflow/__init__.py"
    module.keras = keras
    vars(keras).update(names)
LOADER = KerasLazyLoader("keras")
MODULE = types.ModuleType("keras")
KERAS, TF_KERAS = "/site/keras/_tf_keras", "/site/tf_keras/api/_v2"
"""


@pytest.fixture(scope="module")
def dependencies() -> list[Path]:
    """The top-level modules, of those that are installed, which packaging and importlib_metadata import."""
    code = (
        "import sys; before = set(sys.modules); import importlib_metadata, packaging.requirements\n"
        "for name in set(sys.modules) - before:\n"
        "    file = getattr(sys.modules[name], '__file__', None) or ''\n"
        "    if '.' not in name and 'site-packages' in file: print(file)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines()]


@pytest.fixture
def site(tmp_path: Path, dependencies: list[Path]) -> Site:
    site = Site(tmp_path / "site")
    # Of what kdoctor depends on, it takes no more than this.
    for needed in dependencies:
        if needed.name == "__init__.py":
            shutil.copytree(needed.parent, site.folder / needed.parent.name)
        else:
            shutil.copy(needed, site.folder)
    return site


def call(site: Site, function: str, variable: Optional[str] = None, before: str = "") -> dict[str, Any]:
    """Call it twice in a new Python that sees these packages alone."""
    environ = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "PYTHONPATH")}
    if variable is not None:
        environ[VARIABLE] = variable
    # -S keeps what is installed beside the tests out.
    command = [sys.executable, "-S", "-c", CALL, str(site.folder), str(ROOT), function, before]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def put(site: Site, tensorflow: str = "", keras: str = "", tf_keras: str = "", name: str = "tensorflow") -> Site:
    if tensorflow:
        site.tensorflow(tensorflow, name=name)
    if keras:
        site.keras(keras)
    if tf_keras:
        site.tf_keras(tf_keras)
    return site


@pytest.mark.parametrize("found", [None, "0", "yes", "True", "1"])
def test_legacy_is_set_where_the_matching_tf_keras_stands(site: Site, found: Optional[str]) -> None:
    answer = call(put(site, "2.18.0", "3.8.0", "2.18.1"), "use_legacy_keras", found)
    assert (answer["error"], answer["variable"]) == (None, "1")


@pytest.mark.parametrize("found", [None, "0", "1"])
def test_keras_3_is_set_where_it_stands(site: Site, found: Optional[str]) -> None:
    answer = call(put(site, "2.18.0", "3.8.0"), "use_keras3", found)
    assert (answer["error"], answer["variable"]) == (None, "0")


@pytest.mark.parametrize("function", ["use_legacy_keras", "use_keras3"])
def test_nothing_heavy_is_imported(site: Site, function: str) -> None:
    loaded = call(put(site, "2.18.0", "3.8.0", "2.18.0"), function)["loaded"]
    heavy = {"tensorflow", "keras", "tf_keras", "kdoctor.report", "rich", "typer"}
    assert not heavy.intersection(loaded)


@pytest.mark.parametrize(("tensorflow", "keras"), [("2.13.1", "2.13.1"), ("2.15.1", "2.15.0")])
def test_where_keras_2_answers_anyway_nothing_is_set(site: Site, tensorflow: str, keras: str) -> None:
    answer = call(put(site, tensorflow, keras), "use_legacy_keras")
    assert (answer["error"], answer["variable"]) == (None, None)


def test_a_tensorflow_whose_files_say_no_version_is_known_by_its_metadata(site: Site) -> None:
    put(site, "2.21.0", "3.15.1", "2.21.0", name="tensorflow-cpu")
    (site.folder / "tensorflow/include/tensorflow/core/public/version.h").unlink()
    site.distribution("tensorflow-metadata", "1.2.3")
    answer = call(site, "use_legacy_keras")
    assert (answer["error"], answer["variable"]) == (None, "1")


def test_without_tf_keras_it_says_which(site: Site) -> None:
    answer = call(put(site, "2.19.0", "3.10.0"), "use_legacy_keras")
    assert (answer["error"], answer["variable"]) == ("SwitchError", None)
    assert "-m pip install 'tf-keras~=2.19.0'" in answer["text"]


def test_beside_another_tensorflow_tf_keras_brings_none(site: Site) -> None:
    answer = call(put(site, "2.19.0", "3.10.0", name="tensorflow-cpu"), "use_legacy_keras")
    assert "-m pip install --no-deps 'tf-keras~=2.19.0'" in answer["text"]


def test_tf_keras_of_another_minor_is_refused(site: Site) -> None:
    answer = call(put(site, "2.18.0", "3.8.0", "2.16.0"), "use_legacy_keras", "1")
    assert answer["error"] == "SwitchError"
    assert "tf-keras 2.16.0 is installed with TensorFlow 2.18.0" in answer["text"]
    assert "tf-keras~=2.18.0" in answer["text"]


def test_keras_2_alone_does_not_serve_a_newer_tensorflow(site: Site) -> None:
    answer = call(put(site, "2.18.0", "2.15.0"), "use_legacy_keras")
    assert (answer["error"], answer["variable"]) == ("SwitchError", None)


def test_a_variable_that_breaks_tensorflow_2_15_is_not_called_well(site: Site) -> None:
    answer = call(put(site, "2.15.1", "2.15.0"), "use_legacy_keras", "1")
    assert "tf-keras~=2.15.0" in answer["text"]


def test_keras_3_over_a_tensorflow_that_knows_none(site: Site) -> None:
    answer = call(put(site, "2.14.0", "3.3.3"), "use_legacy_keras")
    assert "keras~=2.14.0" in answer["text"]


def test_without_tensorflow_there_is_no_keras_2(site: Site) -> None:
    answer = call(put(site, keras="3.8.0"), "use_legacy_keras")
    assert answer["error"] == "SwitchError"
    assert "TensorFlow is not installed" in answer["text"]
    assert "install tensorflow tf-keras" in answer["text"]


def test_without_tensorflow_keras_is_keras_3_already(site: Site) -> None:
    answer = call(put(site, keras="3.8.0"), "use_keras3")
    assert (answer["error"], answer["variable"]) == (None, None)


@pytest.mark.parametrize(
    ("tensorflow", "keras", "needed"),
    [
        ("2.13.1", "2.13.1", "tensorflow>=2.16"),
        ("2.15.1", "2.15.0", "tensorflow>=2.16"),
        ("2.18.0", "2.15.0", "keras>=3"),
        ("2.18.0", "", "keras>=3"),
        ("", "", "keras>=3"),
    ],
)
def test_without_keras_3_it_says_what_to_install(site: Site, tensorflow: str, keras: str, needed: str) -> None:
    answer = call(put(site, tensorflow, keras), "use_keras3")
    assert answer["error"] == "SwitchError"
    assert f"install '{needed}'" in answer["text"]


BOUND = [
    # path that import statements take, what tf.keras is, names in it, serves legacy, serves Keras 3
    ("KERAS", "LOADER", {}, False, True),
    ("TF_KERAS", "LOADER", {}, True, False),
    ("KERAS", "LOADER", {"_tfll_keras_version": "keras_3"}, False, True),
    ("TF_KERAS", "LOADER", {"_tfll_keras_version": "tf_keras"}, True, False),
    ("TF_KERAS", "LOADER", {"_keras_version": "tf_keras"}, True, False),
    ("KERAS", "LOADER", {"_tfll_keras_version": "tf_keras"}, False, False),
    ("KERAS", "MODULE", {"__file__": "/site/keras/_tf_keras/keras/__init__.py"}, False, True),
    ("TF_KERAS", "MODULE", {"__file__": "C:\\site\\tf_keras\\api\\_v2\\keras\\__init__.py"}, True, False),
    ("TF_KERAS", "MODULE", {"__file__": "/site/keras/_tf_keras/keras/__init__.py"}, False, False),
]


@pytest.mark.parametrize(("path", "keras", "names", "legacy", "keras3"), BOUND)
def test_an_imported_tensorflow_is_looked_at(
    site: Site, path: str, keras: str, names: dict[str, str], legacy: bool, keras3: bool
) -> None:
    put(site, "2.18.0", "3.8.0", "2.18.0")
    before = f"{IMPORTED}\nimported({path}, {keras}, **{names!r})"
    for function, serves, value in (("use_legacy_keras", legacy, "1"), ("use_keras3", keras3, "0")):
        answer = call(site, function, before=before)
        assert answer["error"] == (None if serves else "TooLate")
        assert answer["variable"] == (value if serves else None)


def test_too_late_says_what_to_do(site: Site) -> None:
    put(site, "2.18.0", "3.8.0", "2.18.0")
    before = f"{IMPORTED}\nimported(KERAS, LOADER)"
    script = call(site, "use_legacy_keras", before=before)["text"]
    assert "TensorFlow 2.18.0 was imported already" in script
    assert "would split it" in script
    assert "Move this line up" in script
    kernel = call(site, "use_legacy_keras", before=f"{before}\nsys.modules['ipykernel'] = MODULE")["text"]
    assert "Restart the kernel" in kernel
    assert "import kdoctor; kdoctor.use_legacy_keras()" in kernel


def test_keras_that_was_imported_alone_is_too_late_too(site: Site) -> None:
    put(site, "2.18.0", "3.8.0", "2.18.0")
    answer = call(site, "use_legacy_keras", before="import keras")
    assert (answer["error"], answer["variable"]) == ("TooLate", None)
    assert "Keras was imported already" in answer["text"]
    again = call(site, "use_legacy_keras", variable="1", before="import keras")
    assert again["error"] is None, "the cell that is run again has nothing left to do"


def test_a_wish_that_was_too_late_for_keras_3_is_none_on_keras_2(site: Site) -> None:
    put(site, "2.15.1", "2.15.0")
    answer = call(site, "use_legacy_keras", before=f"{IMPORTED}\nimported('/site/keras/api/_v2', LOADER)")
    assert (answer["error"], answer["variable"]) == (None, None)


STRANGE = """
import sys, types
class Raises:
    def __getattribute__(self, name):
        raise RuntimeError(name)
def put(value, **names):
    sys.modules["tensorflow"] = value
    vars(value).update(names) if names else None
"""


@pytest.mark.parametrize(
    ("before", "legacy"),
    [
        ("put(None)", "1"),
        ("put(3)", "1"),
        ("put(Raises())", "1"),
        # With these the import statements of a TensorFlow that is there find Keras 3, so it is too late for Keras 2.
        ("put(types.ModuleType('tensorflow'), __path__=[None, '/site/keras/_tf_keras'])", None),
        ("put(types.ModuleType('tensorflow'), __path__=None, keras=None)", None),
        ("put(types.ModuleType('tensorflow'), __path__=[Raises()], keras=Raises())", None),
    ],
)
def test_what_an_import_left_behind_stops_nothing(site: Site, before: str, legacy: Optional[str]) -> None:
    put(site, "2.17.1", "3.5.0", "2.17.0")
    for function, expected in (("use_keras3", "0"), ("use_legacy_keras", legacy)):
        answer = call(site, function, before=STRANGE + before)
        assert (answer["variable"], answer["error"]) == (expected, None if expected else "TooLate")
