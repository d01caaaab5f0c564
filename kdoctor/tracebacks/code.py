"""How much of what a rule says of code shows in the frames of an error: tells apart rules of one message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kdoctor.model import Rule
from kdoctor.rules.patterns import ANY, Argument, Together
from kdoctor.tracebacks.model import Error

_INSIDE = {
    "layer": re.compile(r"__init__|call|build|compute_output_shape"),
    "model": re.compile(r"__init__|call|build|train_step|test_step"),
    "callback": re.compile(r"on_\w+"),
    "metric": re.compile(r"update_state|result|reset_states?"),
    "loss": re.compile(r"call"),
}
"""The methods in which the code of a class of that kind runs."""
_FAMILIES = frozenset({"keras", "tf", "layers", "tensorflow", "backend", "optimizers", "losses", "metrics"})
"""Names that show in many programs; they count less than the name of one function."""


class Shown(NamedTuple):
    """What of one pattern shows."""

    weight: int = 0
    words: tuple[str, ...] = ()


def code_shown(rule: Rule, error: Error) -> Shown:
    """Of the rule's patterns the one that shows most in the user's own frames."""
    own = error.own_frames
    code = "\n".join(frame.text for frame in own)
    words = set(re.findall(r"\w+", code)) | {"".join(one.split()) for one in re.findall(r"\b\w+ ?= ?\w+", code)}
    if "K" in words:
        words.add("backend")
    functions = {frame.function.rpartition(".")[2].partition("(")[0] for frame in own}
    return max(
        (_shown(pattern, words, functions) for pattern in rule.uses), default=Shown(), key=lambda one: one.weight
    )


def _shown(pattern: object, words: set[str], functions: set[str]) -> Shown:
    asked = set(_words(pattern))
    shown = sorted(asked & words)
    weight = sum(1 if word in _FAMILIES else 2 for word in shown)
    weight -= sum(1 for word in asked - words if "=" in word)
    inside = getattr(pattern, "inside", "")
    if inside in _INSIDE and shown:
        there = sorted(name for name in functions if _INSIDE[inside].fullmatch(name))
        weight += 1 if there else -1
        shown += there
    return Shown(weight, tuple(shown))


def _words(value: object) -> Iterator[str]:
    """The names, keywords and keys of a pattern."""
    if isinstance(value, Together):
        yield from _words(value.first)
        yield from _words(value.then)
    elif isinstance(value, Argument):
        constants = [text for text in _several(value.value) if isinstance(text, str)]
        if value.keyword:
            yield value.keyword if value.value is ANY else f"{value.keyword}={_several(value.value)[0]}"
        else:
            yield from constants
    else:
        yield from _of_name(getattr(value, "name", "") or getattr(value, "layer", ""))
        for argument in getattr(value, "arguments", ()):
            yield from _words(argument)


def _several(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _of_name(name: str) -> Iterator[str]:
    """The last part of a dotted name, or each of several; of a whole module the module's."""
    if name.endswith((".*", "*")):
        name = name.rstrip(".*")
    if "{" in name:
        yield from re.findall(r"\w+", name.partition("{")[2])
    else:
        yield name.rpartition(".")[2]
