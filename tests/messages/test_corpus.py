"""Real tracebacks: each is known by its own rule before all others, and what is nobody's rule by none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from kdoctor import messages, rules
from kdoctor.messages.model import Kind, Match, Sureness
from kdoctor.messages.read import read
from tests.messages.corpus import KNOWN, UNRELATED, Text
from tests.messages.wrapping import WRAPPINGS

RULES = rules.all_rules()
SAME_MESSAGE = {
    "legacy-keras-without-tf-keras--scene-1.tensorflow-2.16-without-tf-keras.txt": "tensorflow-without-keras",
    "saving-checkpoint-name--before.keras-3.4-tensorflow-2.17.txt": "saving-weights-h5",
    "saving-weights-checkpoint--before-save.keras-3.4-tensorflow-2.17.txt": "saving-weights-h5",
}
"""Texts whose message and code are the same for two rules to the letter; and which else may be first."""
PROGRAMS_FAULT = {
    "tensorflow-14.txt": "gpu-out-of-memory",
    "tensorflow-15.txt": "data-input-shape",
    "tensorflow-16.txt": "training-not-compiled",
    "tensorflow-17.txt": "data-sizes-differ",
    "tensorflow-18.txt": "data-input-shape",
}
"""Faults of a program, not of a release, that a rule explains all the same."""


def ranked(text: str) -> tuple[Match, ...]:
    return messages.explain(text, RULES).ranking()


def can_be(wrap: Callable[[str], str], one: Text) -> bool:
    """Whether such a text is ever wrapped so: a notebook does not print into the log of a container."""
    return not (wrap is WRAPPINGS["in_a_container"] and ".ipython." in one.file)


def slugs_of_errors(text: str) -> set[str]:
    """The rules of the errors; notes in a log around them are another matter."""
    explained = messages.explain(text, RULES).errors
    errors = (each for each in explained if each.error.kind not in (Kind.LOG, Kind.WARNING))
    return {match.rule.slug for each in errors for match in each.matches}


def judge(one: Text, found: tuple[Match, ...]) -> None:
    assert found, "nothing is known of it"
    if one.file in SAME_MESSAGE:
        assert found[0].rule.slug in (one.rule, SAME_MESSAGE[one.file])
        own = next(match for match in found if match.rule.slug == one.rule)
        assert own.symptom == found[0].symptom, "then they can be told apart"
    else:
        assert found[0].rule.slug == one.rule, [(match.rule.slug, match.rank) for match in found]


def test_there_are_enough_of_them() -> None:
    assert len(KNOWN) >= 130
    assert len({one.rule for one in KNOWN}) >= 80
    assert len(UNRELATED) >= 130
    assert len(SAME_MESSAGE) < len(KNOWN) / 50
    assert Counter(one.shown for one in KNOWN)["ipython"] >= 15


@pytest.mark.parametrize("one", KNOWN, ids=repr)
def test_a_traceback_is_known_by_its_own_rule(one: Text) -> None:
    judge(one, ranked(one.text))


@pytest.mark.parametrize("one", KNOWN, ids=repr)
def test_its_error_is_read(one: Text) -> None:
    last = read(one.text).errors[-1]
    assert last.type.rpartition(".")[2] in (one.type, f"MultilineMessage{one.type}")
    said, wanted = " ".join(last.message.split()), " ".join(one.message.split())
    assert said[:40].replace("\x1b[1m", "") == wanted[:40].replace("\x1b[1m", "") or "in user code" in said
    assert last.own_frames, "the user's own code is in it"
    assert not any("site-packages" in frame.path for frame in last.own_frames)


@pytest.mark.parametrize("one", UNRELATED, ids=repr)
def test_what_is_nobodys_rule_matches_nothing(one: Text) -> None:
    assert slugs_of_errors(one.text) == ({PROGRAMS_FAULT[one.file]} if one.file in PROGRAMS_FAULT else set())


@pytest.mark.thorough
@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(
            wrap,
            id=name,
            marks=[pytest.mark.xfail(strict=False, reason="the prefix hides where one text of TensorFlow's log ends")]
            if name == "in_a_container"
            else [],
        )
        for name, wrap in WRAPPINGS.items()
    ],
)
def test_it_is_known_whatever_stands_around_it(wrap: Callable[[str], str]) -> None:
    for one in filter(partial(can_be, wrap), KNOWN):
        judge(one, ranked(wrap(one.text)))


@pytest.mark.thorough
@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_nothing_is_known_of_the_others_whatever_stands_around_them(wrap: Callable[[str], str]) -> None:
    for one in filter(partial(can_be, wrap), UNRELATED):
        assert slugs_of_errors(wrap(one.text)) <= {PROGRAMS_FAULT.get(one.file, "")}, one


def test_a_message_is_known_without_its_traceback() -> None:
    for one in KNOWN:
        last = messages.explain(one.text, RULES).errors[-1]
        message = last.error.message
        if message and last.matches[0].sureness is Sureness.EXACT and "in user code" not in message:
            for text in (f"{one.type}: {message}", message):
                assert one.rule in {match.rule.slug for match in ranked(text)}, (one, text)
