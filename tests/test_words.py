"""The words that users read are plain; the figures are those of :mod:`tests.words`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from kdoctor import rules
from kdoctor.rules.rule import Rule
from kdoctor.words import did_you_mean
from tests import words

BY_SLUG = pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.slug)


@pytest.mark.parametrize(
    "path", list(words.programs()), ids=lambda path: "/".join(path.relative_to(words.PACKAGE).parts)
)
def test_no_string_holds_an_idiom_that_the_design_bans(path: Path) -> None:
    found = words.strings(path.read_text(encoding="utf-8"))
    assert [f"line {line}: {text}" for line, text in found if words.BANNED.search(text)] == []


def test_few_sentences_are_long() -> None:
    lengths = [words.words(one) for _, _, text in words.texts() for one in words.sentences(text)]
    long = sum(length > words.LONG for length in lengths)
    assert long / len(lengths) <= 0.1
    assert max(lengths) <= 60


@BY_SLUG
def test_a_rule_begins_with_what_happens_and_what_to_do(rule: Rule) -> None:
    """The first paragraph is read alone, on screens and cards; why and since when follow."""
    first, _, rest = rule.explanation.partition("\n\n")
    assert 4 <= words.words(first) <= 55
    assert len(textwrap.wrap(first, 78)) <= 3, "a card shows it in three lines of 80 columns"
    assert rest.strip()
    assert len(rule.title) <= 60


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("Stops here. Call `reset state()` instead.", [2, 3]),
        ("It is gone (on 3.0). keras.ops has it.", [5, 3]),
        ("One line\nand another, e.g. this one", [2, 5]),
        ('Padding\n\nMask it!  Then "go".', [1, 2, 2]),
    ],
)
def test_sentences_are_counted(text: str, lengths: list[int]) -> None:
    assert [words.words(one) for one in words.sentences(text)] == lengths


@pytest.mark.parametrize("text", ["it mends this", "Told so", "looks at it", "a layer of one's own", "it has not"])
def test_idioms_are_found(text: str) -> None:
    assert words.BANNED.search(text)


def test_messages_of_others_and_docstrings_are_not_ours() -> None:
    source = '"""It mends."""\nRule(symptoms=("told you",), title="it is told")\n'
    assert list(words.strings(source)) == [(2, "it is told")]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "kdoctor/rules/examples/README.md"])
def test_no_page_holds_an_idiom_that_the_design_bans(name: str) -> None:
    lines = (words.PACKAGE.parent / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if words.BANNED.search(line)] == []


def test_a_letter_in_place_of_a_digit_of_a_code_is_understood() -> None:
    assert did_you_mean("KD8O2", ["KD802", "KD832", "KD822", "KD812"]) == " Did you mean KD802?"
    assert did_you_mean("kdl0l", ["KD101", "KD102"]) == " Did you mean KD101?"
