"""What every rule owes its reader."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from kdoctor import canaries, rules
from kdoctor.rules.rule import Affected, CodeChange, HealthyPage, Rule

RULES = rules.all_rules()
EXAMPLES = Path(rules.EXAMPLES)
BY_SLUG = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)


def test_codes_and_slugs_are_unique() -> None:
    codes = [rule.code for rule in RULES]
    slugs = [rule.slug for rule in RULES] + [page.slug for page in rules.healthy_pages()]
    assert len(codes) == len(set(codes))
    assert len(slugs) == len(set(slugs))


@BY_SLUG
def test_a_rule_is_whole(rule: Rule) -> None:
    assert re.fullmatch(r"KD\d{3}", rule.code)
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.slug)
    assert importlib.import_module(f"kdoctor.rules.{rule.area}").RULES
    assert rule.title
    assert len(rule.title) <= 100
    assert not rule.title.endswith(".")
    assert len(rule.explanation) > 80
    assert rule.symptoms, "what does the user see?"
    assert rule.remedies, "what is the user to do?"


@BY_SLUG
def test_a_rule_says_how_it_is_known(rule: Rule) -> None:
    assert rule.references or rule.measured.lower().startswith("measured")
    for reference in rule.references:
        assert reference.url.startswith("https://")
        assert len(reference.says) > 20


@BY_SLUG
def test_a_rule_states_what_it_affects_once(rule: Rule) -> None:
    """By its canary, by a look at the facts, or by hand: never twice."""
    slugs = {canary.slug for canary in canaries.catalogue()}
    assert rule.canary == (rule.slug in slugs)
    if rule.canary:
        assert not rule.affects
        assert not rule.detect
    assert all(isinstance(affected, Affected) for affected in rule.affects)


MACHINE = "the libraries, processor, GPU or memory of the machine decide it, which a tiny model cannot change"
PACKAGES = "packages of some releases decide it, before a model can be made; no recorded environment has such a pair"
EVERYWHERE = "every release does it alike, so that there is nothing to tell apart"
WITHOUT_CANARY = {
    **dict.fromkeys(["KD040", "KD041", "KD043", "KD046", "KD057", "KD058"], MACHINE),
    **dict.fromkeys(["KD042", "KD047", "KD049", "KD050", "KD051", "KD052", "KD062"], PACKAGES),
    **dict.fromkeys(["KD044", "KD045", "KD048", "KD056", "KD504"], EVERYWHERE),
    **dict.fromkeys(["KD054", "KD055"], "nothing is there to be run, or what pip prints is all that there is"),
    "KD059": "only TensorFlow 2.16 is concerned, and the converter may abort the process that it runs in",
    "KD921": "the switch holds for the whole process and cannot be undone; a graph alone already fails on Keras 2",
}
"""The rules about messages of machines and packages, and two more, that no canary can show, with the reason."""


def test_a_rule_about_messages_has_a_canary_or_a_reason_for_none() -> None:
    bare = {rule.code for rule in RULES if rule.area == "native" and not rule.canary}
    assert WITHOUT_CANARY.keys() == bare | {"KD504", "KD921"}


@BY_SLUG
def test_the_examples_that_a_rule_names_exist(rule: Rule) -> None:
    for remedy in rule.remedies:
        if isinstance(remedy, CodeChange):
            for name in (remedy.before, remedy.after):
                shown = rules.example(rule.slug, name)
                assert shown.strip(), name
                assert len(shown.splitlines()) <= 40, f"{name}: nobody reads a program of this length"


def test_every_example_belongs_to_a_rule() -> None:
    named = {
        (rule.slug, name)
        for rule in RULES
        for remedy in rule.remedies
        if isinstance(remedy, CodeChange)
        for name in (remedy.before, remedy.after)
    }
    there = {(path.parent.name, path.stem) for path in EXAMPLES.glob("*/*.py")}
    breakages = {(rule.slug, "before") for rule in RULES}  # a breakage may be shown where no code mends it
    assert named <= there <= named | breakages


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.py")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_can_fail(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    shown, marker, check = source.partition(rules.CHECK_MARKER)
    assert marker, "an example ends with a check"
    ast.parse(shown)
    checks = (isinstance(node, ast.Assert) or "assert_" in ast.dump(node) for node in ast.walk(ast.parse(check)))
    assert any(checks), "the check asserts nothing"
    ast.parse(source)


def test_a_page_about_a_healthy_feature_has_a_canary_or_says_what_was_run() -> None:
    for page in rules.healthy_pages():
        assert page.belief
        assert len(page.truth) > 40


def test_a_rule_is_found_by_code_and_by_slug() -> None:
    for rule in RULES:
        assert rules.find(rule.code.lower()) is rule
        assert rules.find(rule.slug.upper()) is rule
    page = rules.healthy_pages()[0]
    assert isinstance(rules.find(page.slug), HealthyPage)
    assert rules.find("no-such-rule") is None


def test_every_canary_has_a_page() -> None:
    """A canary is about something that breaks somewhere, or that people believe breaks."""
    missing = [canary.slug for canary in canaries.catalogue() if rules.find(canary.slug) is None]
    assert missing == []
