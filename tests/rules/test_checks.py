"""The checks that stand with their rules stay small: what several need belongs into the patterns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType

from kdoctor.rules import all_rules
from kdoctor.rules.patterns import Pattern, Together
from kdoctor.rules.patterns import __file__ as vocabulary

LONGEST, ALL = 20, 600


def checks(patterns: tuple[Pattern, ...]) -> Iterator[FunctionType]:
    for pattern in patterns:
        if isinstance(pattern, Together):
            yield from checks((pattern.first, pattern.then))
        if isinstance(pattern.when, FunctionType):
            yield pattern.when


def functions() -> set[FunctionType]:
    """The checks, and what they call in their own module."""
    found: set[FunctionType] = set()
    waiting = [check for rule in all_rules() for check in checks(rule.uses)]
    while waiting:
        function = waiting.pop()
        if function not in found and function.__code__.co_filename != vocabulary:
            found.add(function)
            names = (function.__globals__.get(name) for name in function.__code__.co_names)
            waiting += [one for one in names if isinstance(one, FunctionType) and one.__module__ == function.__module__]
    return found


def test_every_check_is_short_and_all_of_them_are_few() -> None:
    lines = {function.__qualname__: len(inspect.getsource(function).splitlines()) for function in functions()}
    assert len(lines) > 20
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}
    assert sum(lines.values()) <= ALL


def test_a_check_belongs_to_one_rule_or_to_the_rules_of_one_area() -> None:
    for rule in all_rules():
        for check in checks(rule.uses):
            assert check.__module__ in (f"kdoctor.rules.{rule.area}", "kdoctor.rules.patterns"), rule.slug
