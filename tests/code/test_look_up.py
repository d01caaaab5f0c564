"""Names that nobody wrote a rule for, on releases that are here or not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kdoctor.code import Usage, scan
from kdoctor.code.missing_names import Lookup, look_up, unsettled
from kdoctor.diagnosis.findings import Diagnosis
from kdoctor.environment.model import Environment
from kdoctor.observe.model import LookedUp
from kdoctor.words import Evidence, Severity
from tests import builders
from tests.environment.worlds import targets

CODE = """\
import tensorflow as tf
import keras

first = tf.keras.layers.LSTMM(3)
second = tf.one_hot([1], dept=3)
third = tf.matrix_inverse(first)
fourth = keras.layers.Dense(3, activashun="relu")  # it takes any keyword, and hands it to Layer
"""


@pytest.fixture
def usage(tmp_path: Path) -> Usage:
    path = tmp_path / "code.py"
    path.write_text(CODE)
    return scan([str(path)], rules=())


def test_what_a_release_lacks_is_a_finding_with_what_may_be_meant(usage: Usage) -> None:
    (target,) = targets(["tensorflow==2.21", "keras==3.15"])
    lookup = look_up(target.environment, usage.uses, ())
    findings = Diagnosis(()).with_missing(lookup, usage).findings
    assert [(finding.code, finding.title, finding.locations[0].line) for finding in findings] == [
        ("KD093", "tf.keras.layers.LSTMM does not exist; did you mean tf.keras.layers.LSTM?", 4),
        ("KD093", "tf.matrix_inverse does not exist; did you mean tf.compat.v1.matrix_inverse?", 6),
        ("KD094", "tf.one_hot does not accept dept=; did you mean depth=?", 5),
        ("KD094", "keras.layers.Dense does not accept activashun=; did you mean activation=?", 7),
    ]
    assert {finding.evidence for finding in findings} == {Evidence.RECORDED}
    assert {finding.severity for finding in findings} == {Severity.ERROR}
    assert findings[0].detail == "looked up in Keras 3.15.1"
    assert findings[1].detail == "looked up in TensorFlow 2.21.0"


def test_a_place_that_a_rule_reports_is_not_reported_twice(usage: Usage) -> None:
    (target,) = targets(["tensorflow==2.21"])
    reported = [replace(use.location, what="Dense(activashun=..., dept=...)") for use in usage.uses]
    assert look_up(target.environment, usage.uses, reported).missing == ()


def test_code_that_uses_nothing_asks_nothing() -> None:
    (target,) = targets([])
    assert look_up(target.environment, (), ()) == Lookup((), {}, {}, [])


def newer(version: str) -> Environment:
    (target,) = targets(["tensorflow==2.21", "keras==3.15"])
    stacks = tuple(replace(stack, version=version) for stack in target.environment.stacks)
    interpreter = builders.interpreter(executable=sys.executable)
    return replace(target.environment, stacks=stacks, interpreter=interpreter)


@pytest.mark.parametrize("version", ["3.99.0", "3.15.99", "4.0.0"])
def test_of_a_release_that_is_not_on_record_nothing_is_claimed(usage: Usage, version: str) -> None:
    lookup = look_up(newer(version), usage.uses, ())
    assert (lookup.missing, lookup.evidence) == ((), {})


def test_a_release_that_is_not_on_record_is_looked_into_itself(usage: Usage) -> None:
    environment = newer("3.99.0")
    assert {one.spelling for one in unsettled(environment, usage.uses)} == {"keras", "tensorflow", "tf.keras"}
    gone = {"names": {"tf.keras.layers.LSTMM": {"exists": False}}, "siblings": {}, "elsewhere": {}}
    looked_up = {"tf.keras": LookedUp((), gone), "keras": LookedUp(()), "tensorflow": LookedUp((), {}, "slow")}
    lookup = look_up(environment, usage.uses, (), looked_up)
    assert [str(one) for one in lookup.missing] == ["tf.keras.layers.LSTMM does not exist"]
    assert lookup.evidence == {"tf.keras": Evidence.OBSERVED}
    assert lookup.releases["tf.keras"] == "Keras 3.99.0"
    assert lookup.notes == [
        "Names could not be looked up on keras: its answer cannot be read.",
        "Names could not be looked up on tensorflow: slow.",
    ]


def test_a_recorded_release_is_not_looked_into(usage: Usage) -> None:
    assert unsettled(newer("3.15.1"), usage.uses) == ()
    assert look_up(newer("3.15.1"), usage.uses, ()).missing
