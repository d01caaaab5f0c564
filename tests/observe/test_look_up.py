"""Looking names up in an interpreter: whatever it does, an answer or a reason comes back."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from kdoctor.code import missing_names, scan
from kdoctor.code.missing_names import Signature, answers_of_interpreter, find_missing, questions
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe import run
from kdoctor.observe.model import Names, Request
from kdoctor.words import Implementation, StackId
from tests import builders

PATIENT = Path(__file__).parent / "patient" / "keras"
KERAS = """
import os
__version__ = "3.99.0"
class Model:
    def __init__(self, *args, **kwargs): pass
    def fit(self, x, *, epochs=1): pass
    @staticmethod
    def load(path, /, mode="r"): pass
    @classmethod
    def make(cls, config): pass
def Input(a, /, b, **kw): pass
version = os.environ.get("TF_USE_LEGACY_KERAS", "unset")
if version == "1":
    def only_under_legacy(): pass
def __getattr__(name):
    if name == "broken": raise ImportError("its library is not there")
    raise AttributeError(name)
from . import backend, layers
"""
LAYERS = "class Dense:\n    def __init__(self, units, *more): pass\nN = 1\ndef kld(x): pass\n"
LOSSES = "def get(name):\n    if name == 'odd': raise OSError\n    if name != 'a.b': raise ValueError(name)\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a small keras."""
    package = tmp_path / "site" / "keras"
    (package / "layers").mkdir(parents=True)
    (package / "__init__.py").write_text(KERAS)
    (package / "layers" / "__init__.py").write_text(LAYERS)
    (package / "losses.py").write_text(LOSSES)
    shutil.copy(PATIENT / "backend.py", package)
    (package / "unloaded.py").write_text("x = 1\n")
    (package / "failing.py").write_text("import numpie\n")
    return package.parent


class Answers(NamedTuple):
    apis: dict[str, missing_names.Answers]
    reasons: dict[str, str]


STACKS = {"keras": StackId.KERAS, "tf_keras": StackId.KERAS, "tf.keras+legacy": StackId.LEGACY}
TENSORFLOW = "import keras\n__version__ = '2.99.0'\n"


def asked(site: Path, names: dict[str, list[str]], executable: str = sys.executable) -> Answers:
    environ = {**os.environ, "PYTHONPATH": str(site)}
    environ.pop("TF_USE_LEGACY_KERAS", None)
    batches = [Names(spelling, STACKS[spelling], tuple(batch)) for spelling, batch in names.items()]
    seen = run.observe(Request(environment(executable), (), 30, environ, names=batches))
    apis = {}
    for spelling, one in seen.names.items():
        read = None if one.reason else answers_of_interpreter(one.found)
        if read is not None:
            apis[spelling] = read
    return Answers(apis, {spelling: one.reason for spelling, one in seen.names.items() if one.reason})


def environment(executable: str = sys.executable) -> Environment:
    stacks = (
        Stack(StackId.LEGACY, True, implementation=Implementation.TF_KERAS, version="2.99.0"),
        Stack(StackId.KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0"),
    )
    return builders.environment(interpreter=builders.interpreter(executable=executable), stacks=stacks)


def test_what_is_there_and_what_it_accepts(site: Path) -> None:
    names = ["keras.Model.fit", "keras.Model.load", "keras.Model.make", "keras.Input", "keras.layers.Dense"]
    names += ["keras.layers.N", "keras.unloaded.x", "keras.layers.Dens.x", "keras.kld", "keras.gone.Dense"]
    answers = asked(site, {"keras": names})
    assert answers.reasons == {}
    api = answers.apis["keras"]
    assert api.there["keras.Model.fit"] == Signature(("x", "epochs"), 1)
    assert api.there["keras.Model.load"] == Signature(("mode",), 2)
    assert api.there["keras.Model.make"] == Signature(("config",), 1)
    assert api.there["keras.Input"] == Signature(("b",), 2, open=True)
    assert api.there["keras.layers.Dense"] == Signature(("units",), None)
    assert api.there["keras.layers.N"] is None
    assert api.there["keras.unloaded.x"] is None
    assert api.missing == {"keras.layers.Dens", "keras.kld", "keras.gone"}
    assert api.classes == {"keras.Model", "keras.layers.Dense"}
    assert "Dense" in api.members["keras.layers"]
    assert api.elsewhere["kld"] == ["keras.layers.kld"]
    assert api.elsewhere["Dense"] == ["keras.layers.Dense"]


def test_what_keras_finds_by_a_string_is_asked_of_keras(site: Path) -> None:
    names = [f"keras.losses.get('{given}')" for given in ("a.b", "huber_loss", "odd")]
    found = asked(site, {"keras": [*names, "keras.layers.get('x')"]}).apis["keras"]
    assert names[0] in found.there
    assert found.missing == {names[1]}


def test_what_cannot_be_told_is_not_missing(site: Path) -> None:
    names = ["keras.broken", "keras.failing.x", "keras.layers.N.real", "keras.layers.N.nothing"]
    api = asked(site, {"keras": names}).apis["keras"]
    assert api.missing == set()
    assert "keras.broken" not in api.there


def test_the_variable_is_what_the_stack_demands(site: Path) -> None:
    (site / "tensorflow.py").write_text(TENSORFLOW)
    names = ["keras.only_under_legacy"]
    answers = asked(site, {"keras": names, "tf.keras+legacy": names})
    assert {stack: not api.missing for stack, api in answers.apis.items()} == {"keras": False, "tf.keras+legacy": True}


def test_a_package_that_is_not_there_is_a_reason(site: Path) -> None:
    # Beside the tests there may be one that is.
    (site / "tf_keras.py").write_text("raise ModuleNotFoundError(\"No module named 'tf_keras'\")\n")
    answers = asked(site, {"keras": ["keras.Model"], "tf_keras": ["tf_keras.Model"]})
    assert set(answers.apis) == {"keras"}
    assert answers.reasons == {"tf_keras": "ModuleNotFoundError: No module named 'tf_keras'"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os._exit(7)", "the process died while importing: exit code 7"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import time; time.sleep(60)", "the import did not end within 1.5 s"),
    ],
    ids=["exit", "system exit", "hang"],
)
def test_an_import_that_ends_the_process_or_never_ends(
    site: Path, code: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "IMPORT_SECONDS", 1.5 if "sleep" in code else 30)
    (site / "keras" / "__init__.py").write_text(code)
    answers = asked(site, {"keras": ["keras.Model"]})
    assert answers.apis == {}
    assert answers.reasons == {"keras": f"cannot be imported: {reason}"}


def test_a_look_up_that_ends_the_process_is_a_reason(site: Path) -> None:
    (site / "keras" / "fatal.py").write_text("import os; os._exit(9)")
    answers = asked(site, {"keras": ["keras.fatal.x"], "tf_keras": ["keras.Model"]})
    assert set(answers.reasons) == {"keras"}
    assert "process" in answers.reasons["keras"]


def test_an_interpreter_that_cannot_be_run(site: Path) -> None:
    answers = asked(site, {"keras": ["keras"]}, executable=str(site))
    assert answers.reasons["keras"].startswith(f"{site} cannot be run: ")


def test_what_the_package_prints_or_writes_harms_nothing(site: Path, tmp_path: Path) -> None:
    (site / "keras" / "__init__.py").write_text("print('{noise}' * 1000)\nopen('written', 'w')\n" + KERAS)
    before = set(os.listdir(tmp_path)) | set(os.listdir(os.getcwd()))
    assert asked(site, {"keras": ["keras.Model"]}).apis["keras"].classes == {"keras.Model"}
    assert set(os.listdir(tmp_path)) | set(os.listdir(os.getcwd())) == before
    assert not list(site.rglob("__pycache__"))


def test_nothing_is_asked_of_nobody(site: Path) -> None:
    assert asked(site, {}) == Answers({}, {})


def test_from_code_to_words(site: Path) -> None:
    uses = scan(["-"], rules=(), stdin=b"import keras\nkeras.Input(1, 2)\nkeras.Inpt(1)\nkeras.Model.fit(1)").uses
    answers = asked(site, {stack: list(names) for stack, names in questions(uses).items()})
    assert [str(one) for one in find_missing(uses, answers.apis)] == [
        "keras.Inpt does not exist; did you mean keras.Input?"
    ]
