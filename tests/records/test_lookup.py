"""What a lookup answers, and where it must keep silent."""

from __future__ import annotations

from typing import Any

import pytest

from kdoctor.environment.model import Distribution, Environment, Stack
from kdoctor.records import Record, lookup
from kdoctor.records.table import Table
from kdoctor.words import Implementation, Outcome, StackId
from tests.builders import environment, keras_3, legacy
from tests.records.tables import RAISES, SLUG, WORKS, WRONG, jax, keras_2
from tests.records.tables import keras_3 as recorded
from tests.records.tables import table as table_of


def here(numpy: str = "2.0.2") -> Environment:
    return environment(distributions=(Distribution("numpy", numpy, "/site"),))


def found(table: Table, stack: Stack, numpy: str = "2.0.2", slug: str = SLUG) -> Record:
    record = lookup(slug, stack, here(numpy), table)
    assert record is not None
    return record


def stack(version: str, tensorflow: str = "2.18.0", **changes: Any) -> Stack:
    return keras_3(version=version, tensorflow=tensorflow, **changes)


OLD_AND_NEW = table_of(recorded("3.8.0", WRONG, "0.4, not 0.8"), recorded("3.12.0", WORKS))


def test_the_installed_minor_release_was_recorded() -> None:
    record = found(OLD_AND_NEW, stack("3.8.7"))
    assert record.outcome is Outcome.WRONG
    assert record.message == "0.4, not 0.8"
    assert not record.between
    assert record.releases == ["Keras 3.8.0 under TensorFlow 2.18.1"]


def test_two_digits_are_one_number() -> None:
    assert found(OLD_AND_NEW, stack("3.12.1")).outcome is Outcome.WORKS


def test_nothing_is_said_between_releases_that_disagree() -> None:
    assert lookup(SLUG, stack("3.10.0"), here(), OLD_AND_NEW) is None


def test_between_releases_that_agree_it_is_said_so() -> None:
    table = table_of(recorded("3.7.0", WRONG, "old"), recorded("3.9.0", WRONG, "new"), recorded("3.12.0", WORKS))
    record = found(table, stack("3.8.0"))
    assert record.between
    assert record.outcome is Outcome.WRONG
    assert record.releases == ["Keras 3.7.0 under TensorFlow 2.18.1", "Keras 3.9.0 under TensorFlow 2.18.1"]


@pytest.mark.parametrize("version", ["3.7.0", "3.13.0", "4.0.0"])
def test_beyond_what_was_recorded_nothing_is_said(version: str) -> None:
    assert lookup(SLUG, stack(version), here(), OLD_AND_NEW) is None


def test_what_was_recorded_under_another_tensorflow_counts_where_tensorflow_makes_no_difference() -> None:
    table = table_of(recorded("3.8.0", WRONG, tensorflow="2.18.1"), recorded("3.8.0", WRONG, tensorflow="2.20.0"))
    assert found(table, stack("3.8.0", tensorflow="2.21.0")).outcome is Outcome.WRONG


def test_where_rows_differ_by_tensorflow_it_decides() -> None:
    table = table_of(
        recorded("3.8.0", WORKS, tensorflow="2.15.1"),
        recorded("3.8.0", RAISES, tensorflow="2.17.0"),
        recorded("3.8.0", RAISES, tensorflow="2.19.0"),
    )
    assert found(table, stack("3.8.0", tensorflow="2.15.0")).outcome is Outcome.WORKS
    assert not found(table, stack("3.8.0", tensorflow="2.17.1")).between
    between = found(table, stack("3.8.0", tensorflow="2.18.0"))
    assert (between.outcome, between.between) == (Outcome.RAISES, True)
    assert lookup(SLUG, stack("3.8.0", tensorflow="2.16.0"), here(), table) is None
    assert lookup(SLUG, stack("3.8.0", tensorflow="2.20.0"), here(), table) is None


def test_a_feature_that_depends_on_tensorflow_somewhere_is_not_guessed_elsewhere() -> None:
    table = table_of(
        recorded("3.0.5", WORKS, tensorflow="2.15.1"),
        recorded("3.0.5", RAISES, tensorflow="2.16.2"),
        recorded("3.4.1", RAISES, tensorflow="2.17.0"),
    )
    assert lookup(SLUG, stack("3.4.1", tensorflow="2.15.1"), here(), table) is None
    assert found(table, stack("3.4.1", tensorflow="2.17.0")).outcome is Outcome.RAISES


def test_where_rows_differ_by_numpy_it_decides() -> None:
    table = table_of(
        recorded("3.8.0", WORKS, numpy="1.26.4"),
        recorded("3.8.0", RAISES, numpy="2.0.2"),
    )
    assert found(table, stack("3.8.0"), numpy="1.26.0").outcome is Outcome.WORKS
    assert found(table, stack("3.8.0"), numpy="2.0.0").outcome is Outcome.RAISES
    assert lookup(SLUG, stack("3.8.0"), here("2.3.0"), table) is None


def test_each_way_to_keras_and_each_backend_has_its_own_record() -> None:
    both, outcomes = recorded("3.8.0", WORKS)
    outcomes[StackId.KERAS] = RAISES, "no such name"
    table = table_of((both, outcomes), jax("3.8.0", WRONG))
    assert found(table, stack("3.8.0")).outcome is Outcome.WORKS
    assert found(table, stack("3.8.0", id=StackId.KERAS)).outcome is Outcome.RAISES
    assert found(table, stack("3.8.0", id=StackId.KERAS, backend="jax", tensorflow="")).outcome is Outcome.WRONG
    assert lookup(SLUG, stack("3.8.0", id=StackId.KERAS, backend="torch", tensorflow=""), here(), table) is None


def test_the_variable_as_found_or_forced_makes_no_difference_to_what_keras_does() -> None:
    assert found(OLD_AND_NEW, stack("3.8.0", id=StackId.KERAS_3)).outcome is Outcome.WRONG


def test_legacy_keras_is_tf_keras_and_not_the_keras_2_of_the_same_number() -> None:
    table = table_of(keras_2("2.15.0", WORKS))
    assert lookup(SLUG, legacy(version="2.15.0"), here(), table) is None
    keras_2_stack = stack("2.15.0", tensorflow="2.15.1", implementation=Implementation.KERAS_2)
    assert found(table, keras_2_stack).outcome is Outcome.WORKS


def test_a_missing_package_is_no_record_for_those_who_have_it() -> None:
    missing = "needs tensorflow-hub, which is not installed here"
    table = table_of(recorded("3.8.0", Outcome.NOT_APPLICABLE, missing))
    assert lookup(SLUG, stack("3.8.0"), here(), table) is None


def test_no_answer_in_time_is_no_record() -> None:
    table = table_of(recorded("3.8.0", Outcome.TIMES_OUT, "no answer"))
    assert lookup(SLUG, stack("3.8.0"), here(), table) is None


def test_a_stack_that_is_not_there_and_a_canary_that_was_never_recorded() -> None:
    assert lookup(SLUG, stack("3.8.0", available=False), here(), OLD_AND_NEW) is None
    assert lookup("never-recorded", stack("3.8.0"), here(), OLD_AND_NEW) is None
