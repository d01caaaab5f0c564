"""The sentences that a page says of what was recorded."""

from __future__ import annotations

from kdoctor.records import Record
from kdoctor.records.history import details, sentences
from kdoctor.records.table import RecordedStack
from kdoctor.words import Implementation, Outcome, StackId
from tests.records.tables import DATE, RAISES, SLUG, WORKS, WRONG, jax, keras_2, keras_3, table


def test_a_breakage_that_was_fixed() -> None:
    found = table(
        keras_2("2.15.0", WORKS),
        *(keras_3(f"3.{number}.0", WRONG) for number in range(12)),
        keras_3("3.12.0", WORKS),
        keras_3("3.13.0", WORKS),
    )
    assert sentences(SLUG, found) == [
        "seen wrong on Keras 3.0 to 3.11, right from 3.12 (checked on 14 releases of Keras, 2 of TensorFlow)",
        "right on Keras 2.15",
    ]


def test_what_the_older_kerases_share_is_said_once() -> None:
    stacks = dict(keras_3("3.8.0", WRONG)[0].stacks)
    stacks[StackId.LEGACY] = RecordedStack(Implementation.TF_KERAS, "2.18.0", "tensorflow")
    both = keras_3("3.8.0", WRONG)[0]._replace(stacks=stacks)
    for outcome, said in ((WORKS, "right on Keras 2.15 and tf-keras 2.18"), (RAISES, None)):
        found = table(keras_2("2.15.0", WORKS), (both, {StackId.TF_KERAS: (WRONG, ""), StackId.LEGACY: (outcome, "")}))
        expected = said or "right on Keras 2.15; seen to raise an error on tf-keras 2.18"
        assert sentences(SLUG, found)[1] == expected


def test_a_release_between_that_differs() -> None:
    found = table(keras_3("3.0.0", WORKS), keras_3("3.1.0", RAISES), keras_3("3.2.0", WORKS), keras_3("3.3.0", WORKS))
    assert sentences(SLUG, found)[0].startswith(
        "right on Keras 3.0, seen to raise an error on 3.1, right from 3.2 (checked"
    )


def test_ways_to_keras_that_differ_are_told_apart() -> None:
    environment, outcomes = keras_3("3.8.0", WORKS)
    outcomes[StackId.KERAS] = RAISES, "no such name"
    assert sentences(SLUG, table((environment, outcomes)))[0].startswith(
        "as tf.keras: right on Keras 3.8; as keras: seen to raise an error on Keras 3.8 (checked on 1 release of Keras"
    )


def test_a_release_on_which_it_depends_on_something_else() -> None:
    found = table(keras_3("3.0.5", WORKS, tensorflow="2.15.1"), keras_3("3.0.5", RAISES, tensorflow="2.16.2"))
    assert "depending on what it runs with" in sentences(SLUG, found)[0]


def test_what_no_keras_3_has_is_said_of_the_others() -> None:
    found = table(keras_2("2.14.0", WORKS), keras_2("2.15.0", WORKS), keras_3("3.8.0", Outcome.NOT_APPLICABLE, "gone"))
    assert sentences(SLUG, found) == ["right on Keras 2.14 and 2.15 (checked on 2 releases of TensorFlow)"]


def test_nothing_recorded_is_nothing_said() -> None:
    assert sentences("never-recorded", table(keras_3("3.8.0", WORKS))) == []


def test_every_observation_stands_behind_it() -> None:
    found = table(keras_3("3.8.0", WRONG, "0.4, not 0.8"), jax("3.8.0", WORKS))
    assert list(details(SLUG, found)) == [
        f"Keras 3.8.0 under TensorFlow 2.18.1 (as tf.keras, Python 3.11.7, NumPy 2.0.2; {DATE}): wrong: 0.4, not 0.8",
        f"Keras 3.8.0 under TensorFlow 2.18.1 (as keras, Python 3.11.7, NumPy 2.0.2; {DATE}): wrong: 0.4, not 0.8",
        f"Keras 3.8.0 on jax (as keras, Python 3.11.7, NumPy 2.0.2; {DATE}): works",
    ]


def test_how_a_verdict_is_known() -> None:
    same = Record(WRONG, "", ["Keras 3.8.0 under TensorFlow 2.18.1"])
    between = Record(WRONG, "", ["Keras 3.7.0", "Keras 3.9.0"], between=True)
    assert same.basis == "recorded on Keras 3.8.0 under TensorFlow 2.18.1"
    assert between.basis == (
        "not recorded on this release; the recorded ones before and after it agree: Keras 3.7.0 and Keras 3.9.0"
    )
