"""Names that nobody wrote a rule for, against a table of what a release has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kdoctor.model import Certainty
from kdoctor.usage import Use, scan
from kdoctor.usage.api import Api, Signature, check, describe, questions, read_answers

PROBE = Path(__file__).parents[2] / "kdoctor" / "usage" / "api_probe.py"
API = Api(
    names={
        "tf": None,
        "tf.keras": None,
        "tf.keras.losses": None,
        "tf.keras.losses.MSE": Signature(("y_true", "y_pred"), 2),
        "tf.keras.losses.kl_divergence": Signature(("y_true", "y_pred"), 2),
        "tf.keras.optimizers.Adam": Signature(("learning_rate",), 1, open=True),
        "tf.keras.optimizers.SGD": Signature(("learning_rate", "momentum"), 2),
        "tf.keras.Sequential": Signature(("layers",), 1),
        "tf.keras.Sequential.fit": Signature(("x", "y", "epochs"), None),
    },
    missing=frozenset({"tf.keras.losses.kld", "tf.keras.losses.KL_Divergence", "tf.keras.Sequential.fit_generator"}),
    siblings={
        "tf.keras.losses": ("MSE", "kl_divergence", "kld_"),
        "tf.keras.metrics": ("kld",),
        "tf.keras.Sequential": ("fit", "evaluate"),
    },
)


def uses_of(text: str) -> tuple[Use, ...]:
    return scan(["-"], rules=(), stdin=("import tensorflow as tf\n" + text).encode()).uses


def said(text: str, api: Api = API) -> list[str]:
    return [describe(unknown) for unknown in check(uses_of(text), api)]


def test_a_name_that_is_missing_and_what_may_be_meant() -> None:
    assert said("tf.keras.losses.kld(1, 2)") == [
        "tf.keras.losses.kld does not exist; did you mean tf.keras.losses.kld_ or tf.keras.metrics.kld?"
    ]
    assert said("tf.keras.losses.KL_Divergence") == [
        "tf.keras.losses.KL_Divergence does not exist; did you mean tf.keras.losses.kl_divergence?"
    ]
    assert said("tf.keras.losses.kld.name.more")[0].startswith("tf.keras.losses.kld does not exist")
    assert said("tf.keras.losses.MSE; tf.keras.losses.MSE.__doc__; tf.never.asked") == []


def test_keywords_and_positions_where_the_signature_is_closed() -> None:
    assert said("tf.keras.optimizers.SGD(learning_rat=0.1)") == [
        "tf.keras.optimizers.SGD does not accept learning_rat=; did you mean learning_rate=?"
    ]
    assert said("tf.keras.optimizers.SGD(0.1, 0.2, 0.3)") == [
        "tf.keras.optimizers.SGD takes 2 positional arguments, 3 are given"
    ]
    assert said("tf.keras.optimizers.SGD(*a)\ntf.keras.optimizers.SGD(**a)\ntf.keras.optimizers.Adam(lr=1)") == []


def test_methods_of_objects_are_looked_up_in_their_class() -> None:
    found = check(uses_of("m = tf.keras.Sequential()\nm.fit(1, workers=2)\nm.fit_generator(3)"), API)
    assert [(unknown.name, unknown.keywords, unknown.certainty) for unknown in found] == [
        ("tf.keras.Sequential.fit", ("workers",), Certainty.CERTAIN),
        ("tf.keras.Sequential.fit_generator", (), Certainty.LIKELY),
    ]


def test_a_recorded_table_that_is_complete_needs_no_question() -> None:
    table = Api({"tf": None, "tf.keras": None}, siblings={"tf": ("keras",), "tf.keras": ("losses",)}, complete=True)
    assert said("tf.keras.loses.x", table) == ["tf.keras.loses does not exist; did you mean tf.keras.losses?"]


def test_questions_are_asked_once_by_stack() -> None:
    uses = scan(
        ["-"], rules=(), stdin=b"import keras, tensorflow as tf\nkeras.Input(1)\nkeras.Input(2)\ntf.one_hot"
    ).uses
    assert questions(uses) == {"keras": ("keras", "keras.Input"), "tensorflow": ("tf", "tf.one_hot")}


def test_the_probe_answers_from_a_package_that_is_really_there(tmp_path: Path) -> None:
    package = tmp_path / "keras"
    (package / "layers").mkdir(parents=True)
    model = "class Model:\n    def fit(self, x, *, epochs=1): pass\n"
    (package / "__init__.py").write_text(model + "def Input(a, /, b, **kw): pass\n")
    (package / "layers" / "__init__.py").write_text("class Dense:\n    def __init__(self, units, *more): pass\nN = 1\n")
    asked = ["keras.Model.fit", "keras.Input", "keras.layers.Dense", "keras.layers.Dens.x", "keras.layers.N", "tf.x"]
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    program = (
        f"import runpy, sys; sys.path.insert(0, {str(tmp_path)!r}); sys.modules['tensorflow'] = None;"
        f"sys.argv[1:] = [{str(tmp_path / 'asked.json')!r}, {str(tmp_path / 'out.json')!r}];"
        f"runpy.run_path({str(PROBE)!r}, run_name='__main__')"
    )
    subprocess.run([sys.executable, "-I", "-c", program], check=True)
    answers = json.loads((tmp_path / "out.json").read_text())
    api = read_answers(answers)
    assert api.names["keras.Model.fit"] == Signature(("x", "epochs"), 1)
    assert api.names["keras.Input"] == Signature(("a", "b"), 2, open=True)
    assert api.names["keras.layers.Dense"] == Signature(("units",), None)
    assert api.names["keras.layers.N"] is None
    assert api.missing == {"keras.layers.Dens"}
    assert "Dense" in api.siblings["keras.layers"]
    assert "tf" in answers["problems"]
    assert "tf" not in api.names
