"""Names looked up in real environments, against the tables that were recorded from the same releases."""

from __future__ import annotations

import pytest

from kdoctor.code import scan
from kdoctor.code.missing_names import (
    Missing,
    answers_of_interpreter,
    answers_of_record,
    find_missing,
    questions,
)
from kdoctor.observe.model import Names, Request
from kdoctor.observe.run import observe
from kdoctor.records.api import api
from kdoctor.words import Implementation, StackId
from tests.lab.conftest import Patient

pytestmark = pytest.mark.lab

CODE = b"""
import keras, tensorflow as tf
tf.keras.layers.LSTM(3, stateful=True); keras.layers.Dense(3); tf.one_hot([1], 3); tf.keras.Input((2,))
m = tf.keras.Sequential(); m.fit(1, 2); m.compile("sgd"); tf.keras.losses.MeanSquaredError()
keras.utils.set_random_seed(1)
from tensorflow.python.framework import ops
from tensorflow.keras.layers import Dense; from keras import models; import tensorflow.compat.v1 as v1; v1.placeholder
tf.placeholder(tf.float32); tf.reduce_sum([1], keep_dims=True); keras.layers.Dens(3); tf.keras.layers.CuDNNLSTM(2)
"""
MISSING = {
    ("tf.placeholder", ()),
    ("tf.reduce_sum", ("keep_dims",)),
    ("keras.layers.Dens", ()),
    ("tf.keras.layers.CuDNNLSTM", ()),
}


def said(found: tuple[Missing, ...]) -> set[tuple[str, tuple[str, ...]]]:
    return {(unknown.name, unknown.keywords) for unknown in found}


def test_the_interpreter_and_the_tables_say_the_same(patient: Patient) -> None:
    stacks = {stack.id: stack for stack in patient.environment.stacks if stack.available}
    if not {StackId.TF_KERAS, StackId.KERAS} <= set(stacks):
        pytest.skip("there is no tf.keras and keras")
    uses = scan(["-"], rules=(), stdin=CODE).uses
    batches = [
        Names(spelling, StackId.KERAS if spelling == "keras" else StackId.TF_KERAS, wanted)
        for spelling, wanted in questions(uses).items()
    ]
    seen = observe(Request(patient.environment, (), 60, patient.variables, names=batches))
    assert {one.reason for one in seen.names.values()} == {""}
    observed = {spelling: answers_of_interpreter(one.found) for spelling, one in seen.names.items()}
    assert said(find_missing(uses, {stack: one for stack, one in observed.items() if one is not None})) == MISSING
    recorded = {}
    for name, wanted in questions(uses).items():
        stack = stacks[StackId.KERAS if name == "keras" else StackId.TF_KERAS]
        legacy = stack.implementation is Implementation.TF_KERAS
        known = api(stacks[StackId.TF_KERAS].tensorflow, stack.version, "tf.keras+legacy" if legacy else stack.id.value)
        if known is not None:
            recorded[name] = answers_of_record(known, wanted)
    assert said(find_missing(uses, recorded)) == MISSING
