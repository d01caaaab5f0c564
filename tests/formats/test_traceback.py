"""Errors of a text, explained on a page and in a document."""

from __future__ import annotations

import json

import pytest

from kdoctor import messages, rules
from kdoctor.formats import traceback as rendering
from kdoctor.formats.context import Look
from kdoctor.remedies.plan import usual

KNOWN = """\
Traceback (most recent call last):
  File "/home/user/project/train.py", line 17, in <module>
    model.fit_generator(batches(), steps_per_epoch=2)
AttributeError: 'Sequential' object has no attribute 'fit_generator'
"""
UNKNOWN = """\
Traceback (most recent call last):
  File "/home/user/project/ship.py", line 3, in load
    return weights[name]
KeyError: 'parcel'
"""


def page(text: str, look: Look | None = None) -> str:
    explanation = messages.explain(text, rules.all_rules())
    return rendering.render(explanation, look or Look(80), usual(rules.example))


def test_a_known_error_is_told_with_its_place_its_rule_and_what_to_do() -> None:
    shown = page(KNOWN)
    assert shown.lstrip("\n").startswith("✗ AttributeError: 'Sequential' object has no attribute 'fit_generator'\n")
    assert "/home/user/project/train.py:17 in <module>" in shown
    assert "KD805 api-fit-generator" in shown
    assert "Fix: Call fit, evaluate and predict" in shown
    assert "kdoctor explain KD805" in shown


def test_an_unknown_error_is_told_to_be_unknown() -> None:
    shown = page(UNKNOWN)
    assert "? KeyError: 'parcel'" in shown
    assert "No rule knows this message." in shown
    assert "KD" not in shown


def test_a_rule_is_explained_once_however_often_it_is_met() -> None:
    shown = page(KNOWN + "\nand once more\n\n" + KNOWN.replace("train.py", "other.py"))
    assert shown.count("Fix: ") == 1


def test_a_text_without_errors_is_told_to_have_none() -> None:
    log = "".join(f"Epoch {epoch}/50\n  loss: 0.3\n" for epoch in range(50))
    assert page(log).startswith("There is no error in this text")
    assert page("").startswith("There is no error in this text")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_look_can_be_served(width: int, encoding: str) -> None:
    shown = page(KNOWN + UNKNOWN, Look(width, colour=encoding == "utf-8", encoding=encoding))
    shown.encode(encoding)
    assert ("\x1b[" in shown) == (encoding == "utf-8")


def test_the_document_says_the_same_to_programs() -> None:
    document = rendering.document(messages.explain(KNOWN + UNKNOWN, rules.all_rules()), usual(rules.example))
    assert document == json.loads(json.dumps(document))
    assert document["schema"] == "kdoctor.traceback/1"
    first, second = document["errors"]
    assert first["matches"][0]["slug"] == "api-fit-generator"
    assert second["matches"] == []
