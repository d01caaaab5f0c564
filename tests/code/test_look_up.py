"""Names that nobody wrote a rule for, on releases that are here or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kdoctor.code import Usage, scan
from kdoctor.code.missing_names import Lookup, look_up
from kdoctor.diagnosis import Diagnosis
from kdoctor.model import Evidence, Severity
from tests.environment.worlds import targets

CODE = """\
import tensorflow as tf
import keras

first = tf.keras.layers.LSTMM(3)
second = tf.one_hot([1], dept=3)
third = tf.matrix_inverse(first)
fourth = keras.layers.Dense(3, activashun="relu")  # it takes any keyword, so nothing is sure
"""


@pytest.fixture
def usage(tmp_path: Path) -> Usage:
    path = tmp_path / "code.py"
    path.write_text(CODE)
    return scan([str(path)], rules=())


def test_what_a_release_lacks_is_a_finding_with_what_may_be_meant(usage: Usage) -> None:
    (target,) = targets(["tensorflow==2.21", "keras==3.15"])
    lookup = look_up(target.environment, usage.uses, ())
    findings = Diagnosis(()).with_missing(lookup).findings
    assert [(finding.code, finding.title, finding.locations[0].line) for finding in findings] == [
        ("KD093", "tf.keras.layers.LSTMM does not exist; did you mean tf.keras.layers.LSTM?", 4),
        ("KD093", "tf.matrix_inverse does not exist", 6),
        ("KD094", "tf.one_hot does not accept dept=; did you mean depth=?", 5),
    ]
    assert {finding.evidence for finding in findings} == {Evidence.RECORDED}
    assert {finding.severity for finding in findings} == {Severity.ERROR}
    assert findings[0].detail == "looked up in Keras 3.15.1"
    assert findings[1].detail == "looked up in TensorFlow 2.21.0"


def test_a_place_of_which_a_rule_tells_is_not_told_twice(usage: Usage) -> None:
    (target,) = targets(["tensorflow==2.21"])
    told = [replace(use.location, what="tf.one_hot(dept=...)") for use in usage.uses]
    assert look_up(target.environment, usage.uses, told).missing == ()


def test_code_that_uses_nothing_asks_nothing() -> None:
    (target,) = targets([])
    assert look_up(target.environment, (), ()) == Lookup((), {}, {}, [])
