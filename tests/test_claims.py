"""What a rule's text says of releases agrees with what was recorded on them.

The texts are prose; what is read here are its clauses of the form "wrong on Keras 3.0.5 to 3.11.3", "right on 3.12.0,
Keras 2 and tf-keras", "refused by Keras 3.0.5 and 3.1.1".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kdoctor import rules
from kdoctor.records.table import Row, shipped
from kdoctor.rules.rule import Rule, Upgrade
from kdoctor.versions import allows, minor, release
from kdoctor.words import Implementation

BROKEN = r"wrong on|fails on|so on|silent on|raises on|gone on|missing on|refused by|seen on|ignored on|refused on"
HEALTHY = r"right on|accepted by|right from|accepted again on|there on|there again on|back in"
CLAIM = re.compile(rf"\b(?P<verb>{BROKEN}|{HEALTHY}) (?P<releases>(?:(?!\b(?:{BROKEN}|{HEALTHY})\b)[^;:()])*)", re.I)
ITEM = re.compile(
    r"(?P<name>tf-keras|Keras)?\s*(?P<first>\d+(?:\.\d+)+|(?<=Keras )2\b)?"
    r"(?:\s+to\s+(?P<last>\d+(?:\.\d+)+)|\s+and (?P<later>later)|\b)"
)
RULES = [rule for rule in rules.all_rules() if rule.canary]


def sentences(rule: Rule) -> Iterator[str]:
    for text in (rule.explanation, rule.measured):
        yield from re.split(r"\.\s+|\.$", text)


def claims(rule: Rule) -> Iterator[tuple[bool, Implementation, str]]:
    """Whether it is said to be broken, on which implementation, and in which range of versions."""
    for sentence in sentences(rule):
        for claim in CLAIM.finditer(sentence):
            broken = re.fullmatch(BROKEN, claim["verb"], re.I) is not None
            is_tf_keras = False
            for item in ITEM.finditer(claim["releases"]):
                if item["name"]:
                    is_tf_keras = item["name"] == "tf-keras"
                    if is_tf_keras and not item["first"]:
                        yield broken, Implementation.TF_KERAS, ">=2.0"
                first = item["first"]
                if not first:
                    continue
                if first == "2":
                    yield broken, Implementation.KERAS_2, ">=2.0"
                    continue
                if is_tf_keras:
                    implementation = Implementation.TF_KERAS
                else:
                    implementation = Implementation.KERAS_3 if first.startswith("3") else Implementation.KERAS_2
                last = item["last"] or ("9999.0" if item["later"] else first)
                after = release(last)
                yield broken, implementation, f">={minor(first)},<{after[0]}.{after[1] + 1}"


def contradicts(row: Row, broken: bool) -> bool:
    return row.outcome.is_broken is not broken and not row.outcome.is_unknown


def agrees(rule: Rule, broken: bool, implementation: Implementation, versions: str) -> bool:
    """Whether, release by release, one of the ways to reach it shows what is said."""
    rows = [
        row
        for row in shipped().rows(rule.slug)
        if row.place.way.implementation is implementation
        and row.place.way.backend == "tensorflow"
        and allows(versions, row.place.version)
    ]
    environments = {row.place.number for row in rows}
    return all(
        any(not contradicts(row, broken) for row in rows if row.place.number == number) for number in environments
    )


SAID = [(rule, *claim) for rule in RULES for claim in claims(rule)]


def test_claims_are_found() -> None:
    assert len(SAID) > 150
    found = list(claims(next(rule for rule in RULES if rule.slug == "mask-metric")))
    assert (True, Implementation.KERAS_3, ">=3.0,<3.1") in found
    assert (False, Implementation.KERAS_3, ">=3.12,<3.13") in found
    assert (False, Implementation.TF_KERAS, ">=2.0") in found


@pytest.mark.parametrize(
    ("rule", "broken", "implementation", "versions"),
    SAID,
    ids=[f"{rule.slug}: {'broken' if broken else 'right'} {where.value} {what}" for rule, broken, where, what in SAID],
)
def test_what_is_said_of_a_release_is_what_was_recorded(
    rule: Rule, broken: bool, implementation: Implementation, versions: str
) -> None:
    assert agrees(rule, broken, implementation, versions)


UPGRADES = [
    (rule, remedy)
    for rule in RULES
    for remedy in rule.remedies
    if isinstance(remedy, Upgrade) and remedy.package == "keras"
]


@pytest.mark.parametrize(("rule", "remedy"), UPGRADES, ids=[rule.slug for rule, _ in UPGRADES])
def test_an_upgrade_leads_to_releases_that_are_recorded_as_right(rule: Rule, remedy: Upgrade) -> None:
    rows = [
        row
        for row in shipped().rows(rule.slug)
        if row.place.way.implementation is Implementation.KERAS_3 and row.place.way.backend == "tensorflow"
    ]
    namespaces = {row.place.column for row in rows}
    fixed = [
        column
        for column in namespaces
        if not any(
            row.outcome.is_broken
            for row in rows
            if row.place.column is column and allows(remedy.versions, row.place.version)
        )
    ]
    assert fixed, f"keras{remedy.versions} is recorded as broken"
    assert any(row.outcome.is_broken for row in rows if not allows(remedy.versions, row.place.version))
