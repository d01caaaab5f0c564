"""What a pattern of code mentions: the words by which a few lines of code are seen to fit it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass

METHODS = {
    "layer": "__init__|call|build|compute_output_shape",
    "model": "__init__|call|build|train_step|test_step",
    "callback": r"on_\w+",
    "metric": "update_state|result|reset_states?",
    "loss": "call",
}
"""By ``inside``, the methods in which the code of a class of that kind runs: a regular expression."""


def mentioned(pattern: object) -> Iterator[str]:
    """The names, keywords and keys that code needs in order to fit a pattern; ``keyword=value`` where it fixes one."""
    if isinstance(pattern, tuple):
        for one in pattern:
            yield from mentioned(one)
    elif is_dataclass(pattern) and not isinstance(pattern, type):
        for field in fields(pattern):
            part = getattr(pattern, field.name)
            given = _first(getattr(pattern, "value", None))
            if field.name == "keyword" and part:
                yield f"{part}={given}" if isinstance(given, (bool, int, str)) else part
            elif field.name == "value" and isinstance(given, str) and not getattr(pattern, "keyword", ""):
                yield given
            elif field.name in ("name", "layer") and isinstance(part, str):
                inside = part.partition("{")[2]
                yield from re.findall(r"\w+", inside) if inside else [part.rstrip(".*").rpartition(".")[2]]
            else:
                yield from mentioned(part)


def _first(value: object) -> object:
    return value[0] if value and isinstance(value, tuple) else value


EVERYWHERE = frozenset({"keras", "tf", "layers", "tensorflow", "backend", "optimizers", "losses", "metrics"})
"""Modules of Keras, which show in many programs: they say less than the name of one function."""


def shown_in(steps: Sequence[tuple[str, str]], patterns: Sequence[object]) -> tuple[int, tuple[str, ...]]:
    """How much of what patterns mention shows in code, and which words: of that which shows most.

    Args:
        steps: lines that were run, each behind the name of the function it is in, as Python prints it.
        patterns: what code may fit.
    """
    code = "\n".join(line for _, line in steps)
    there = set(re.findall(r"\w+", code)) | {"".join(one.split()) for one in re.findall(r"\b\w+ ?= ?\w+", code)}
    there |= {"backend"} if "K" in there else set()
    functions = [function.rpartition(".")[2].partition("(")[0] for function, _ in steps]
    best: tuple[int, tuple[str, ...]] = (0, ())
    for pattern in patterns:
        asked = set(mentioned(pattern))
        shown = sorted(asked & there)
        weight = sum(2 - (word in EVERYWHERE) for word in shown) - sum("=" in word for word in asked - there)
        inside = METHODS.get(getattr(pattern, "inside", ""))
        if inside and shown:
            weight += 1 if any(re.fullmatch(inside, name) for name in functions) else -1
        best = max(best, (weight, tuple(shown)), key=lambda each: each[0])
    return best
