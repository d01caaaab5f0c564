from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from kdoctor.formats.context import Look
from kdoctor.formats.explain import document, render, render_list
from kdoctor.remedies.plan import usual
from kdoctor.rules import all_rules
from kdoctor.rules.rule import (
    Advice,
    Affected,
    CodeChange,
    HealthyPage,
    Install,
    Reference,
    Rule,
    SetVariable,
    Upgrade,
    UseLegacyKeras,
    plain,
)

RULE = Rule(
    code="KD201",
    slug="ctc-batch-cost",
    area="ctc",
    title="ctc_batch_cost is gone",
    explanation="Keras 3 has no ctc_batch_cost in its backend.\n\nIt has a loss class instead.",
    symptoms=("AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'",),
    remedies=(
        CodeChange("Use the loss class", cost="It wants logits.", versions=">=3.4"),
        Upgrade("keras", ">=3.12"),
        Install("Take the matching tf-keras", ("tf-keras~={tensorflow_minor}.0",), ("tf-keras",)),
        SetVariable("KERAS_BACKEND", None, "Unset KERAS_BACKEND"),
        SetVariable("KERAS_BACKEND", "tensorflow", "Set KERAS_BACKEND=tensorflow"),
        Advice("Rename the file", "Close the notebook.\nRename it."),
        UseLegacyKeras(),
    ),
    references=(Reference("https://example.org/thread", "Says so."),),
    affects=(Affected(">=3.0,<3.12"),),
    measured="measured with 3.4.1 and 3.10.0",
)
PAGE = HealthyPage(
    "mask-loss", "Padding is counted in the loss.", "It is not.", (Reference("https://example.org", "x"),)
)


@pytest.fixture(autouse=True)
def examples(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# {} {}\nmodel.compile(\n    loss=1)\n"
    monkeypatch.setattr("kdoctor.remedies.plan.example", text.format)


USUAL = usual()


def test_a_rule_is_told_whole() -> None:
    shown = render(RULE, USUAL, Look(80))
    for part in (
        "ctc_batch_cost is gone\nKD201 ctc-batch-cost · ctc\n",
        "What happens\n  Keras 3 has no ctc_batch_cost in its backend.\n  It has a loss class instead.\n",
        "  -  AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'\n",
        "Keras 3 >=3.0,<3.12, reached as tf.keras, tf.keras+keras3 and keras",
        "kdoctor --only ctc-batch-cost",
        "  1: Use the loss class\n    Before\n      # ctc-batch-cost before\n",
        "    After\n      # ctc-batch-cost after\n      model.compile(\n          loss=1)\n",
        "Downside: It wants logits.",
        "Only on: Keras >=3.4",
        "  2: Upgrade keras to >=3.12\n      pip install 'keras>=3.12'\n",
        "pip uninstall -y tf-keras",
        "unset KERAS_BACKEND",
        "export KERAS_BACKEND=tensorflow",
        "    Close the notebook.\n    Rename it.\n",
        "  7: Use Keras 2 (tf-keras)\n      pip install 'tf-keras~=2.",
        "Read\n  Says so.\n    https://example.org/thread\n",
        "measured with 3.4.1 and 3.10.0",
    ):
        assert part in shown


def test_what_varies_in_a_message_is_shown_as_dots() -> None:
    assert plain("ValueError: Layer #{count} of {path}{text}.h5, {'{argument}': {value}}, has {layer}.") == (
        "ValueError: Layer #... of ....h5, {'...': ...}, has ..."
    )
    shown = render(replace(RULE, symptoms=("TypeError: {function}() takes {count} arguments",)), USUAL, Look(80))
    assert "TypeError: ...() takes ... arguments\n" in shown


def test_a_healthy_page_says_what_is_believed_and_what_is_true() -> None:
    shown = render(PAGE, USUAL, Look(80))
    assert "Believed\n  Padding is counted in the loss.\n" in shown
    assert "✓ Measured\n  It is not.\n" in shown


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_the_list_fits(width: int) -> None:
    shown = render_list([RULE], [PAGE], Look(width))
    assert all(cell_len(line) <= width for line in shown.splitlines())
    for word in ("KD201", "ctc-batch-cost", "ctc_batch_cost", "mask-loss"):
        assert word in shown


def test_the_document_holds_every_field_but_the_code() -> None:
    made = document([RULE, PAGE], USUAL)
    (rule,) = made["rules"]
    assert made["schema"] == "kdoctor.rules/1"
    assert (rule["code"], rule["slug"], rule["symptoms"]) == (RULE.code, RULE.slug, list(RULE.symptoms))
    assert [remedy["kind"] for remedy in rule["remedies"]] == [type(one).__name__ for one in RULE.remedies]
    assert "detect" not in rule
    assert made["healthy"][0]["truth"] == "It is not."


def test_what_was_recorded_is_told_and_release_by_release_to_who_asks() -> None:
    sentence = "seen wrong on Keras 3.0 to 3.11, right from 3.12 (checked on 16 releases of Keras, 10 of TensorFlow)"
    shown = " ".join(render(RULE, USUAL, Look(80), [sentence]).split())
    assert (
        "Seen wrong on Keras 3.0 to 3.11, right from 3.12 (checked on 16 releases of Keras, 10 of TensorFlow)." in shown
    )
    assert "Release by release" not in shown
    assert "Keras 3.4.1 under" in render(PAGE, USUAL, Look(80), [sentence], ["Keras 3.4.1 under TensorFlow 2.17.0"])


def test_the_commands_are_for_the_newest_release_and_say_so() -> None:
    shown = render(RULE, USUAL, Look(80))
    assert USUAL.release.startswith("tensorflow==")
    assert f"Commands for {USUAL.release}" in shown
    minor = USUAL.release.split()[0].partition("==")[2]
    assert f"pip install 'tf-keras~={minor}.0'" in shown


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.slug)
def test_no_heading_stands_over_nothing(rule: Rule) -> None:
    page = render(rule, USUAL, Look(80))
    said = [line for line in page[page.index(rule.code) :].splitlines()[1:] if line]
    for line, below in zip(said, [*said[1:], ""]):
        assert line.startswith(" ") or below.startswith(" "), line


@pytest.mark.parametrize(
    "rule",
    [one for one in all_rules() if re.search(r"\{[a-z_]+\}", " ".join(one.symptoms))],
    ids=lambda rule: rule.code,
)
def test_what_varies_in_a_message_is_no_name_of_ours(rule: Rule) -> None:
    page = render(rule, usual(), Look(80))
    said = page[: page.find("What fixes it")]
    assert "..." in said
    assert not re.search(r"\{[a-z_]+\}", said)
