"""What must work."""

from __future__ import annotations

import pytest

from kdoctor.canaries import Canary
from kdoctor.diagnosis.requirements import judge, pairs, read
from kdoctor.environment.model import Stack
from kdoctor.errors import UsageError
from kdoctor.records import Record
from kdoctor.report import Requirement
from kdoctor.words import Outcome, StackId
from tests.builders import environment, keras_3, observation

CATALOGUE = [
    Canary("rnn-stateful-carry", "rnn", "State is kept"),
    Canary("rnn-stateful-fit", "rnn", "fit"),
    Canary("ctc-loss", "ctc", "The loss"),
    Canary("ctc-old-loss", "ctc", "The loss as it was called", kind="spelling"),
    Canary("ctc-blank", "ctc", "The blank", kind="trap"),
    Canary("api-lr", "api", "lr=", kind="spelling"),
]


def nothing(slug: str, stack: Stack) -> None:
    return None


def judged(*entries: str, rows: dict[tuple[str, StackId], Outcome], **changes: bool) -> dict[str, Outcome]:
    observations = [observation(slug, outcome, stack) for (slug, stack), outcome in rows.items()]
    ran = changes.get("ran", True)
    found = judge(read(entries, CATALOGUE), environment(), observations, nothing, ran=ran)
    return {f"{one.slug}@{one.stack.value}": one.outcome for one in found}


def test_an_entry_is_a_slug_or_an_area_on_the_default_stack_or_another() -> None:
    entries = read(["ctc-loss", "rnn@keras"], CATALOGUE)
    assert pairs(entries, environment()) == {
        ("ctc-loss", StackId.TF_KERAS),
        ("rnn-stateful-carry", StackId.KERAS),
        ("rnn-stateful-fit", StackId.KERAS),
    }


def test_an_area_stands_for_its_capabilities_and_a_slug_for_itself() -> None:
    assert [entry.slugs for entry in read(["ctc", "ctc-blank"], CATALOGUE)] == [("ctc-loss",), ("ctc-blank",)]
    broken = {("ctc-old-loss", StackId.TF_KERAS): Outcome.RAISES, ("ctc-loss", StackId.TF_KERAS): Outcome.WORKS}
    assert judged("ctc", rows=broken) == {"ctc-loss@tf.keras": Outcome.WORKS}


def test_an_area_without_a_capability_cannot_be_required() -> None:
    with pytest.raises(UsageError, match="api-lr"):
        read(["api"], CATALOGUE)


def test_keras_is_the_default_stack_without_tensorflow() -> None:
    alone = environment("", stacks=(keras_3(StackId.KERAS),))
    assert pairs(read(["ctc-loss"], CATALOGUE), alone) == {("ctc-loss", StackId.KERAS)}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("ctc-los", "Did you mean ctc-loss"),
        ("ctc-loss@tf.kera", "Did you mean tf.keras"),
        ("", "There is no check"),
        ("ctc-loss@", "There is no stack called ''"),
    ],
)
def test_what_does_not_exist_is_said_with_the_nearest_name(entry: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        read([entry], CATALOGUE)
    assert words in str(raised.value)


def test_success_on_another_stack_never_counts() -> None:
    rows = {("ctc-loss", StackId.TF_KERAS): Outcome.RAISES, ("ctc-loss", StackId.LEGACY): Outcome.WORKS}
    assert judged("ctc-loss", rows=rows) == {"ctc-loss@tf.keras": Outcome.RAISES}
    assert judged("ctc-loss@tf.keras+legacy", rows=rows) == {"ctc-loss@tf.keras+legacy": Outcome.WORKS}


def test_only_works_meets_a_requirement() -> None:
    met = {outcome for outcome in Outcome if Requirement("ctc-loss", StackId.TF_KERAS, outcome).is_met}
    assert met == {Outcome.WORKS}


def test_an_area_stands_for_what_exists_of_it() -> None:
    rows = {
        ("rnn-stateful-carry", StackId.TF_KERAS): Outcome.WORKS,
        ("rnn-stateful-fit", StackId.TF_KERAS): Outcome.NOT_APPLICABLE,
    }
    assert judged("rnn", rows=rows) == {"rnn-stateful-carry@tf.keras": Outcome.WORKS}
    # A slug that is named must work.
    assert judged("rnn-stateful-fit", rows=rows) == {"rnn-stateful-fit@tf.keras": Outcome.NOT_APPLICABLE}


def test_an_area_of_which_nothing_exists_is_a_mistake() -> None:
    rows = {("ctc-loss", StackId.TF_KERAS): Outcome.NOT_APPLICABLE}
    with pytest.raises(UsageError, match=r"require ctc: nothing of that area exists on tf\.keras"):
        judged("ctc", rows=rows)


def test_where_there_is_nothing_at_all_the_visit_says_so() -> None:
    assert judge(read(["ctc"], CATALOGUE), environment("", stacks=()), [], nothing, ran=True) == ()


def test_a_stack_that_is_not_there_does_not_meet_it() -> None:
    (one,) = judge(read(["ctc-loss@tf.keras+keras3"], CATALOGUE), environment(), [], nothing, ran=True)
    assert (one.outcome, one.message) == (Outcome.NOT_APPLICABLE, "there is no tf.keras+keras3 here")


def test_what_nobody_looked_at_is_unknown_unless_it_is_on_record() -> None:
    assert judged("ctc-loss", rows={}) == {"ctc-loss@tf.keras": Outcome.NOT_RUN}
    record = Record(Outcome.WORKS, "2.5 = 2.5", ("Keras 3.10.0 under TensorFlow 2.19.0",))
    entries = read(["ctc-loss"], CATALOGUE)
    (one,) = judge(entries, environment(), [], lambda slug, stack: record, ran=False)
    assert one.outcome is Outcome.WORKS
    assert "recorded on Keras 3.10.0" in one.message
    # Where canaries ran, only what was seen counts.
    (one,) = judge(entries, environment(), [], lambda slug, stack: record, ran=True)
    assert one.outcome is Outcome.NOT_RUN
