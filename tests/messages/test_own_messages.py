"""The rules' own messages, pasted without anything around them, are known: whole, and as far as 60 characters go."""

from __future__ import annotations

import re

import pytest

from kdoctor import messages, rules
from kdoctor.messages.match import NOTE, squeezed
from kdoctor.messages.model import Match
from kdoctor.rules.rule import Rule

RULES = rules.all_rules()
TYPE = re.compile(r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|NotFound): (?=\S)")
FILLED = {
    "alias": "bool",
    "argument": "time_major",
    "function": "LSTM.__init__",
    "layer": "LSTM",
    "module": "keras.utils",
    "name": "ctc_cost",
    "object": "Sequential",
    "path": "/home/ann/model.ckpt",
    "symbol": "_ZN10tensorflow8OpKernelE",
    "value": "7",
}


def filled(symptom: str) -> str:
    """A message of that symptom, as somebody pastes it."""
    said = NOTE.sub("", symptom)
    return re.sub(r"\{([a-z_]+)\}", lambda part: FILLED.get(part.group(1), "lstm_2"), said).replace("...", "x1")


TYPED = [(rule, text) for rule in RULES for text in rule.symptoms if TYPE.match(text)]
SAID = {(rule.code, filled(text)) for rule, text in TYPED}


def listed(text: str) -> list[Match]:
    explanation = messages.explain(text, RULES)
    return [match for each in explanation.errors for match in each.matches]


def ids(one: object) -> str:
    return one.code if isinstance(one, Rule) else str(one)[:40]


@pytest.mark.parametrize(("rule", "symptom"), TYPED, ids=ids)
def test_a_whole_message_has_its_rule_first(rule: Rule, symptom: str) -> None:
    text = filled(symptom)
    found = listed(text)
    assert rule in [match.rule for match in found], "its rule is listed"
    if not getattr(symptom, "generic", False):
        ours = next(match for match in found if match.rule is rule)
        before = [match.rule.code for match in found if match.rank < ours.rank]
        assert all((code, text) in SAID for code in before), before


@pytest.mark.parametrize(("rule", "symptom"), TYPED, ids=ids)
def test_a_message_that_is_cut_has_its_rule_among_those_of_that_beginning(rule: Rule, symptom: str) -> None:
    text = filled(symptom)[:60]
    if getattr(symptom, "generic", False) or ":" not in text or len(TYPE.sub("", text)) < 25:
        return
    explanation = messages.explain(text, RULES)
    found = [match.rule for each in explanation.errors for match in (*each.matches, *each.near)]
    alike = {code for code, said in SAID if squeezed(said).startswith(squeezed(text))}
    assert rule in found or len(alike) > 12, [one.code for one in found]
