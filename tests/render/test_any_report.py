"""Whatever a report holds, it can be rendered, and its JSON is what the schema says."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Mapping
from enum import Enum
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from kdoctor.model import Report
from kdoctor.render import json as json_rendering
from kdoctor.render.page import Look
from kdoctor.render.terminal import render
from tests.render import make_schema
from tests.render.samples import ALL

VALIDATOR = jsonschema.Draft202012Validator(json.loads(make_schema.PATH.read_text(encoding="utf-8")))
NASTY = [
    "",
    " ",
    "\n",
    "\x1b[31m",
    "\x00",
    "x" * 300,
    "日本語",
    "e\u0301",
    "\udc80",
    "{0}",
    "%s",
    "[bold]",
    "a  b\t\u00a0",
]


def garbled(value: Any, dice: random.Random, texts: list[str]) -> Any:
    """The same structure with other texts, other words of the vocabulary, and parts left out or doubled."""
    if isinstance(value, Enum):
        return dice.choice([value, *type(value)])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: garbled(getattr(value, field.name), dice, texts) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    if isinstance(value, Mapping):
        return {garbled(key, dice, texts): garbled(item, dice, texts) for key, item in value.items()}
    if isinstance(value, tuple):
        kept = [item for item in value for _ in range(dice.choice([0, 1, 1, 1, 1, 2]))]
        return tuple(garbled(item, dice, texts) for item in kept)
    if isinstance(value, bool):
        return dice.random() < 0.5
    if isinstance(value, str):
        return dice.choice([value, value, *texts])
    return value


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(ALL)),
    st.randoms(use_true_random=False),
    st.lists(st.one_of(st.text(), st.sampled_from(NASTY)), max_size=4),
    st.integers(20, 130),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["utf-8", "ascii"]),
)
def test_any_report(
    name: str, dice: random.Random, texts: list[str], width: int, verbose: bool, quiet: bool, encoding: str
) -> None:
    report: Report = garbled(ALL[name](), random.Random(dice.getrandbits(32)), texts)
    text = render(report, Look(width, encoding=encoding), verbose=verbose, quiet=quiet)
    text.encode(encoding)
    assert "\x1b" not in text
    VALIDATOR.validate(json.loads(json_rendering.render(report)))
