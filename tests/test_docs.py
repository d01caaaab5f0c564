"""The pages of the rules are what the program knows; ``python -m tests.docs`` writes them."""

from __future__ import annotations

import re

import pytest

from kdoctor import rules
from tests import docs

PAGES = docs.made()


def test_pages_are_those_of_the_rules() -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in docs.FOLDER.glob("*.md")}
    assert set(stored) == set(PAGES), "run: python -m tests.docs"
    assert [name for name, text in PAGES.items() if stored[name] != text] == [], "run: python -m tests.docs"


def test_links_lead_to_pages() -> None:
    for name, text in PAGES.items():
        for target, _, heading in (link.partition("#") for link in re.findall(r"\]\(([^)]+)\)", text)):
            assert target in PAGES, f"{name}: {target}"
            assert not heading or f"\n## {heading}\n" in PAGES[target], f"{name}: {target}#{heading}"


def test_a_page_says_what_happened_on_each_release() -> None:
    lines = PAGES["KD301.md"].splitlines()
    assert "| Release | `tf.keras` | `keras` |" in lines
    assert "| Keras 3.0 | **wrong** | **wrong** |" in lines
    assert "| Keras 3.12 | works | works |" in lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see rnn-batch-input-shape, or else", "see [rnn-batch-input-shape](KD101.md), or else"),
        ("see rnn-stateful-carry", "see [rnn-stateful-carry](healthy.md#rnn-stateful-carry)"),
        ("an encoder-decoder in `a_b` and c_d", "an encoder-decoder in `a_b` and c_d"),
        ("_a_ [b] *", r"\_a\_ \[b\] \*"),
        ("`rnn-batch-input-shape` <x>", "`rnn-batch-input-shape` \\<x>"),
    ],
)
def test_prose_keeps_code_and_links_rules(text: str, shown: str) -> None:
    assert docs.prose(text) == shown


def test_the_index_names_every_rule_and_message() -> None:
    index = PAGES[docs.INDEX]
    for rule in rules.all_rules():
        assert f"| [{rule.code}]({rule.code}.md) |" in index
    assert re.search(
        r"^- `AttributeError: 'Sequential' object has no attribute 'reset_states'`: .*KD102.*KD104", index, re.M
    )


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_other_pages_link_to_what_exists(name: str) -> None:
    root = docs.FOLDER.parents[1]
    text = (root / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (root / link).exists()] == []
