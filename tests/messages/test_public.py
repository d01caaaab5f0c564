"""Error texts of public threads: the half that was built on, and the half that only measures."""

from __future__ import annotations

import hashlib

import pytest

from kdoctor import rules
from tests.messages import common
from tests.messages.foreign import MESSAGES
from tests.messages.public import MEANS, TEXTS, answer, measure


def test_there_are_enough_texts_and_each_is_in_the_half_of_its_address() -> None:
    assert len(TEXTS) >= 240
    assert sum(one.label == "none" for one in TEXTS) >= 60
    for one in TEXTS:
        digest = hashlib.sha256(one.address.partition("#")[0].encode()).digest()
        assert one.half == ("built" if digest[0] % 2 else "held")
        assert one.label in {*MEANS, "none", "unknown"}


def test_messages_of_others_are_nobodys() -> None:
    assert [text for text in MESSAGES if answer(text).named] == []


def test_labels_name_rules_that_exist() -> None:
    codes = {rule.code for rule in rules.all_rules()}
    assert {code for each in MEANS.values() for code in each.split()} <= codes


@pytest.mark.parametrize("half", ["built", "held"])
def test_texts_of_public_threads_are_known(half: str) -> None:
    found = measure([one for one in TEXTS if one.half == half])
    assert found.first >= 0.75 * found.ours, found.missed
    assert found.served >= 0.90 * found.ours, found.missed
    assert found.wrong_sure <= 0.02 * found.ours, found.missed
    assert found.foreign_sure == 0, found.missed


def test_the_common_words_are_those_of_the_unrelated_texts() -> None:
    import json

    assert json.loads(common.PATH.read_text("utf-8")) == common.counted(), "run python -m tests.messages.common"
