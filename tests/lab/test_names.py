"""Names looked up in real environments, against the tables that were recorded from the same releases."""

from __future__ import annotations

from typing import Optional

import pytest

from kdoctor.model import Implementation, StackId
from kdoctor.observe.model import Names
from kdoctor.observe.run import observe
from kdoctor.records.api import Api, api
from kdoctor.usage import scan
from kdoctor.usage.api import Unknown, check, questions
from kdoctor.usage.asking import read_answers
from kdoctor.usage.recorded_api import check as check_recorded
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


def said(found: tuple[Unknown, ...]) -> set[tuple[str, tuple[str, ...]]]:
    return {(unknown.name, unknown.keywords) for unknown in found}


def test_the_interpreter_and_the_tables_say_the_same(patient: Patient) -> None:
    stacks = {stack.id: stack for stack in patient.environment.stacks if stack.available}
    if not {StackId.TF_KERAS, StackId.KERAS} <= set(stacks):
        pytest.skip("there is no tf.keras and keras")
    uses = scan(["-"], rules=(), stdin=CODE).uses
    batches = [
        Names(spelling, StackId.KERAS if spelling == "keras" else StackId.TF_KERAS, names)
        for spelling, names in questions(uses).items()
    ]
    seen = observe(patient.environment, (), names=batches, timeout=60, environ=patient.variables)
    assert {one.reason for one in seen.names.values()} == {""}
    apis = {spelling: read_answers(one.found) for spelling, one in seen.names.items()}
    assert said(check(uses, apis.get)) == MISSING

    def lookup(name: str) -> Optional[Api]:
        stack = stacks[StackId.KERAS if name == "keras" else StackId.TF_KERAS]
        legacy = stack.implementation is Implementation.TF_KERAS
        return api(stacks[StackId.TF_KERAS].tensorflow, stack.version, "tf.keras+legacy" if legacy else stack.id.value)

    assert said(check_recorded(uses, lookup)) == MISSING
