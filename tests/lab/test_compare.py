"""The table of known differences names rules that exist, and what it says of names is about names that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kdoctor import rules
from kdoctor.records.api import families
from tests.lab.compare import Found, alike, defaults_alike, differences, known, packages, uncompared
from tests.lab.compare_known import KNOWN, NOT_COMPARED

FAMILIES = families()
INSIDE = Path(__file__).with_name("compare_inside.py")


def test_every_difference_is_a_rule_that_exists_or_harmless_for_a_reason() -> None:
    slugs = {rule.slug for rule in rules.all_rules()}
    for pattern, kind, why in KNOWN:
        assert re.compile(pattern)
        assert kind in ("rule", "duplicate", "harmless")
        assert why in slugs if kind == "rule" else why


def both_have() -> set[str]:
    """The public classes and functions that the last Keras 2 and the newest Keras 3 have."""
    both = [(family, len(family.versions) - 1) for family in (FAMILIES["tf.keras keras2"], FAMILIES["tf.keras keras3"])]
    names = set.intersection(*(set(family.names(index)) for family, index in both))
    owners = {name for name in names if any(family.is_class(name, index) for family, index in both)}
    modules = {name.rpartition(".")[0] for name in names} - owners
    return {name for name in names - modules if name.rpartition(".")[0] not in owners}


def test_every_class_and_function_is_compared_or_has_a_reason() -> None:
    source = INSIDE.read_text("utf-8")
    kinds = re.findall(r'^    "([\w.]+)": \w+_answers,$', source, re.MULTILINE)
    assert len(kinds) >= 12
    left = {name for name in both_have() if name.rpartition(".")[0] not in kinds and f'"{name}"' not in source}
    assert {name for name in left if not any(re.fullmatch(pattern, name) for pattern, _ in NOT_COMPARED)} == set()


def test_what_is_not_compared_is_in_both_kerases() -> None:
    assert [each for each, _ in NOT_COMPARED if not any(re.fullmatch(each, name) for name in both_have())] == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.00001, True),
        (1.0, 1.01, False),
        (float("nan"), float("nan"), True),
        (float("inf"), float("inf"), True),
        (float("inf"), float("-inf"), False),
        ([1.0], [1.0, 2.0], False),
        ({"a": 1}, {"b": 1}, False),
        ({"dtype": "int32", "values": [1.0]}, {"dtype": "float32", "values": [1.0]}, False),
        ({"dtype": "float16", "values": [[0.5]]}, {"dtype": "float16", "values": [[0.502]]}, True),
        ({"dtype": "float32", "values": [[0.5]]}, {"dtype": "float32", "values": [[0.502]]}, False),
    ],
)
def test_rounding_is_no_difference(one: object, other: object, same: bool) -> None:
    assert alike(one, other) is same


def test_defaults_are_compared_by_what_both_have() -> None:
    assert defaults_alike({"a": "1", "b": "2"}, {"a": "1", "c": "0", "b": "2"})
    assert not defaults_alike({"a": "1", "b": "2"}, {"b": "2", "a": "1"})


def test_a_name_of_the_old_one_is_found_by_another_of_its_names() -> None:
    old: Found = {"losses.MSE": {"aliases": ["MSE", "mse"], "defaults": {}, "call": 1.0}}
    new: Found = {"losses.mse": {"aliases": ["mse"], "defaults": {}, "call": 2.0}, "losses.x": {"aliases": ["x"]}}
    assert list(differences(old, new)) == [("losses.MSE, call", 1.0, 2.0)]
    assert list(differences(old, {"losses.mse": {"aliases": ["mse"], "call": {"raises": "ValueError"}}})) == []


def test_a_name_of_which_only_parameters_are_compared_needs_a_reason() -> None:
    plain: Found = {"utils.thing": {"aliases": ["thing"], "defaults": {}}}
    assert uncompared(plain, plain) == ["utils.thing"]
    called: Found = {**plain, "utils.thing, called": {"says": 1}}
    assert uncompared(called, called) == []
    failed: Found = {"utils.thing": {"defaults": {}, "call": {"raises": "TypeError: no argument"}}}
    assert uncompared(failed, {"utils.thing": {"call": 1.0}}) == ["utils.thing"]


def test_only_what_keras_2_has_must_be_compared_completely() -> None:
    old: Found = {"losses.MSE": {}, "utils.thing": {}}
    assert "ops" not in packages(old)
    assert "ops" in packages({**old, "ops.image.resize": {}})


def test_what_nobody_knows_is_new() -> None:
    assert known("losses.Nothing, thing") == ""
