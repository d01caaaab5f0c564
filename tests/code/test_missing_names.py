"""Names that nobody wrote a rule for, against a table of what a release has."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from kdoctor.code import Use, scan
from kdoctor.code.missing_names import Answers, Missing, Signature, answers_of_interpreter, find_missing, questions
from kdoctor.code.places import Location
from kdoctor.words import Certainty

API = Answers(
    there={
        "tf": None,
        "tf.keras": None,
        "tf.keras.losses": None,
        "tf.keras.losses.MSE": Signature(("y_true", "y_pred"), 2),
        "tf.keras.losses.kl_divergence": Signature(("y_true", "y_pred"), 2),
        "tf.keras.optimizers.Adam": Signature(("learning_rate",), 1, open=True),
        "tf.keras.optimizers.SGD": Signature(("learning_rate", "momentum"), 2),
        "tf.keras.Sequential": Signature(("layers",), 1),
        "tf.keras.Sequential.fit": Signature(("x", "y", "epochs"), 3),
        "tf.keras.applications.VGG16": Signature((), 0, open=True),
    },
    classes=frozenset({"tf.keras.Sequential", "tf.keras.optimizers.SGD"}),
    missing=frozenset(
        {
            "tf.keras.layers.advanced",
            "tf.keras.losses.kld",
            "tf.keras.losses.KL_Divergence",
            "tf.keras.Sequential.fit_generator",
        }
        | {"tf.keras.applications.VGG16.fit_generator"}
    ),
    members={"tf.keras.losses": ("MSE", "kl_divergence", "kld_"), "tf.keras.Sequential": ("fit", "evaluate")},
    elsewhere={
        "kld": ("tf.keras.metrics.kld",),
        "LeakyReLU": ("tf.keras.layers.LeakyReLU", "tf.raw_ops.LeakyReLU"),
        "advanced": ("tf.advanced",),
    },
)


def uses_of(text: str) -> tuple[Use, ...]:
    return scan(["-"], rules=(), stdin=("import tensorflow as tf\n" + text).encode()).uses


def missing(text: str, told: Sequence[Location] = ()) -> tuple[Missing, ...]:
    return find_missing(uses_of(text), {"tf.keras": API, "tensorflow": API}, told)


def said(text: str) -> list[str]:
    return [str(one) for one in missing(text)]


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
    assert said("tf.keras.Sequential(1, 2)") == ["tf.keras.Sequential takes 1 positional argument, 2 are given"]
    assert said("tf.keras.optimizers.SGD(*a)\ntf.keras.optimizers.SGD(**a)\ntf.keras.optimizers.Adam(lr=1)") == []


def test_methods_of_objects_are_looked_up_in_their_class() -> None:
    found = missing("m = tf.keras.Sequential()\nm.fit(1, workers=2)\nm.fit_generator(3)")
    assert [(unknown.name, unknown.keywords, unknown.certainty) for unknown in found] == [
        ("tf.keras.Sequential.fit", ("workers",), Certainty.CERTAIN),
        ("tf.keras.Sequential.fit_generator", (), Certainty.CERTAIN),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "m = tf.keras.applications.VGG16()\nm.fit_generator(3)",
        "tf.keras.Sequential.fit(tf.keras.Sequential(), 1, 2, 3)",
    ],
    ids=["made by a function", "called through its class"],
)
def test_what_objects_may_have_although_no_class_shows_it(code: str) -> None:
    assert said(code) == []


GUARDED = {
    "a fallback": "try:\n    tf.keras.losses.kld\nexcept AttributeError:\n    pass",
    "the fallback itself": "try:\n    import keras\nexcept ImportError:\n    tf.keras.losses.kld",
    "a name that one of two imports bound": (
        "try:\n    from tensorflow.keras.losses import kld\nexcept ImportError:\n"
        "    from tensorflow.keras.losses import MSE as kld\nkld(1)"
    ),
    "hasattr": "if hasattr(tf.keras.losses, 'kld'):\n    tf.keras.losses.kld",
    "hasattr in the same test": "if hasattr(tf.keras.losses, 'kld') and tf.keras.losses.kld(1):\n    pass",
    "getattr": "getattr(tf.keras.losses, 'kld', None)",
    "what getattr gave": "f = getattr(tf.keras.losses, 'kld', None)\nif f and f():\n    pass",
    "a version": "if tf.__version__ < '2.16':\n    tf.keras.losses.kld",
    "the rest behind a version": (
        "def f():\n    if tf.__version__ > '2.15':\n        return 1\n    return tf.keras.losses.kld"
    ),
    "a test by its name": "from compat import keras_3\nif not keras_3():\n    tf.keras.losses.kld",
    "a constant by its name": "from compat import IS_TF_1\nx = tf.keras.losses.kld if IS_TF_1 else 1",
    "a function in a guarded block": "if tf.__version__ < '2.16':\n    def f():\n        return tf.keras.losses.kld",
    "a decorated test": "@skip_if(tf.__version__ > '2.15')\ndef test():\n    tf.keras.losses.kld",
    "for the type checker": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tensorflow.keras.losses import kld"
    ),
    "a star import of who knows what": "from tensorflow.keras.losses import *\nfrom mine import *\nkld(1)",
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_name_that_the_code_has_a_way_around_is_not_told(name: str) -> None:
    assert said(GUARDED[name]) == []


def test_what_a_finding_tells_of_already_is_not_told_twice() -> None:
    text = "tf.keras.losses.kld(1)\ntf.keras.losses.kld(2)"
    (unknown,) = missing(text, [Location("-", 2, stack="tf.keras")])
    assert unknown.use.location.line == 3


def test_of_a_call_the_arguments_of_which_no_finding_tells_are_told() -> None:
    text = "tf.keras.optimizers.SGD(odd=1, lr=0.1)\ntf.keras.optimizers.SGD(lr=0.1)"
    what = "tf.keras.optimizers.SGD(lr=...)"
    (unknown,) = missing(text, [Location("-", line, stack="tf.keras", what=what) for line in (2, 3)])
    assert (unknown.keywords, unknown.use.location.line) == (("odd",), 2)


def test_what_was_in_a_module_that_is_gone_is_looked_for_elsewhere_in_its_package() -> None:
    wanted = "tf.keras.layers.advanced does not exist"
    assert said("from tensorflow.keras.layers.advanced import LeakyReLU") == [
        f"{wanted}; did you mean tf.keras.layers.LeakyReLU?"
    ]
    assert said("from tensorflow.keras.layers.advanced import Odd") == [wanted]
    assert said("tf.keras.layers.advanced") == [wanted]
    assert set(said("from tensorflow.keras.layers import advanced\nadvanced.LeakyReLU()")) == {wanted}
    both = "from tensorflow.keras.layers.advanced import LeakyReLU, kld"
    assert set(said(both)) == {f"{wanted}; did you mean tf.keras.layers.LeakyReLU or tf.keras.metrics.kld?"}


def test_where_a_finding_tells_of_an_import_what_came_from_it_is_not_told() -> None:
    text = "from tensorflow.keras.layers.advanced import LeakyReLU\nLeakyReLU(0.1)\ntf.keras.losses.kld(1)"
    (unknown,) = missing(text, [Location("-", 2, stack="tf.keras")])
    assert (unknown.name, unknown.use.location.line) == ("tf.keras.losses.kld", 4)


def test_the_import_and_the_call_on_one_line_are_told_once() -> None:
    assert len(said("from tensorflow.keras.losses import kld; kld(1)")) == 1


def test_questions_are_asked_once_by_stack() -> None:
    uses = scan(
        ["-"], rules=(), stdin=b"import keras, tensorflow as tf\nkeras.Input(1)\nkeras.Input(2)\ntf.one_hot"
    ).uses
    assert questions(uses) == {"keras": ("keras", "keras.Input"), "tensorflow": ("tf", "tf.one_hot")}


def test_many_missing_names_take_no_minutes() -> None:
    members = tuple(f"name_{number}" for number in range(3000))
    names = [f"tf.keras.name{number}" for number in range(3000)]
    answers = Answers({"tf.keras": None}, missing=set(names), members={"tf.keras": members})
    started = time.process_time()
    found = find_missing(uses_of("\n".join(names)), {"tf.keras": answers})
    assert len(found) == 3000
    assert found[0].suggestions
    assert time.process_time() - started < 10


@pytest.mark.parametrize("raw", [{}, {"names": 3}, {"names": {"a": 1}, "siblings": {}, "elsewhere": {}}, []])
def test_an_answer_of_an_interpreter_that_is_none(raw: object) -> None:
    assert answers_of_interpreter(raw) is None  # type: ignore[arg-type]


def test_what_no_recorded_release_had_may_be_an_attribute_that_objects_are_given() -> None:
    gone = {"exists": False}
    names = {"keras.Sequential": {"exists": True, "class": True}, "keras.Sequential.fit_generator": gone}
    names |= {"keras.Sequential.set_by_its_constructor": gone, "keras.nothing": gone}
    answers = answers_of_interpreter({"names": names, "siblings": {}, "elsewhere": {}})
    assert answers is not None
    assert answers.missing == {"keras.nothing", "keras.Sequential.fit_generator"}
