"""The recorded tables as an answer to what code uses."""

from __future__ import annotations

import pytest

from kdoctor.code import scan
from kdoctor.code.missing_names import Signature, answers_of_record, find_missing, questions, signature_of
from kdoctor.records.api import api


def said(text: str, tensorflow: str = "2.21.0", keras: str = "3.15.1") -> list[str]:
    uses = scan(["-"], rules=(), stdin=("import tensorflow as tf\nimport keras\n" + text).encode()).uses
    answers = {}
    for stack, names in questions(uses).items():
        known = api(tensorflow, keras, "tf.keras" if stack == "tensorflow" else stack)
        if known is not None:
            answers[stack] = answers_of_record(known, names)
    return [str(one) for one in find_missing(uses, answers)]


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        ((), Signature((), 0)),
        (("x", "y="), Signature(("x", "y"), 2)),
        (("x", "*", "y="), Signature(("x", "y"), 1)),
        (("x", "*args", "y="), Signature(("x", "y"), None)),
        (("x", "**kwargs"), Signature(("x",), 1, open=True)),
        (("*args", "**kwargs"), Signature((), None, open=True)),
    ],
)
def test_the_notation_of_the_tables(parameters: tuple[str, ...], signature: Signature) -> None:
    assert signature_of(parameters) == signature


def test_names_that_a_release_does_not_have() -> None:
    assert said("tf.keras.losses.mean_squared_error(1, 2)")[0].startswith(
        "tf.keras.losses.mean_squared_error does not exist"
    )
    assert said("keras.backend.ctc_batch_cost")[0].startswith("keras.backend.ctc_batch_cost does not exist")
    assert said("tf.placeholder(tf.float32)") == ["tf.placeholder does not exist"]
    assert said("keras.layers.Dens(3)")[0].startswith("keras.layers.Dens does not exist; did you mean keras.layers.D")
    assert said("m = keras.Sequential()\nm.fit_generator(1)") == ["keras.Sequential.fit_generator does not exist"]


def test_arguments_that_a_release_does_not_accept() -> None:
    assert said("m = keras.Sequential()\nm.fit(1, 2, workers=3)") == ["keras.Sequential.fit does not accept workers="]
    assert said("tf.reduce_sum(1, keep_dims=True)") == [
        "tf.reduce_sum does not accept keep_dims=; did you mean keepdims=?"
    ]


def test_what_an_older_release_has() -> None:
    code = "tf.keras.losses.mean_squared_error(1, 2)\nm = keras.Sequential()\nm.fit(1, workers=3)\nkeras.backend.eval"
    assert said(code, "2.15.1", "2.15.0") == []
    assert said("keras.ops.abs(1)", "2.15.1", "2.15.0")[0].startswith("keras.ops does not exist")


def test_what_was_not_looked_at_is_not_told() -> None:
    code = (
        "from tensorflow.python.framework import ops\nfrom keras.src import backend\nkeras.Model.whatever\n"
        "tf.compat.v1.anything\ntf.raw_ops.Anything\ntf.float32.anything\nkeras.layers.Dense(3).anything()\n"
        "tf.Tensor.OVERLOADABLE_OPERATORS.difference\nimport tensorflow.lite.python.interpreter"
    )
    assert said(code) == []


def test_a_stack_of_which_nothing_was_recorded() -> None:
    uses = scan(["-"], rules=(), stdin=b"import keras\nkeras.nothing").uses
    assert find_missing(uses, {}) == ()
