"""Whatever a report holds, it can be rendered, and its JSON is what the schema says."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Mapping
from enum import Enum
from typing import Any, Optional

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from kdoctor import formats
from kdoctor.formats import json as json_rendering
from kdoctor.formats import lines as by_line
from kdoctor.formats.context import Context, Look
from kdoctor.formats.markdown import MOST, MOST_LINES
from kdoctor.report import Report, gate
from kdoctor.words import Severity
from tests.formats import make_schema
from tests.formats.samples import ALL
from tests.formats.test_formats import GITLAB, JUNIT, SARIF

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
    "]]>",
    "\ufffe\uffff",
    "::error file=x::y",
    "##[error]z",
    "a|b`c<d>&@e",
    "x" * 3000,
    "-",
    "..\\..\\a b#?.py",
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


@settings(max_examples=40, deadline=None)
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
    text = formats.render("plain", report, Context(Look(width, encoding=encoding), verbose, quiet)).decode(encoding)
    assert "\x1b" not in text
    VALIDATOR.validate(json.loads(json_rendering.render(report)))


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(ALL)),
    st.randoms(use_true_random=False),
    st.lists(st.one_of(st.text(), st.sampled_from(NASTY)), max_size=4),
    st.sampled_from([None, *Severity]),
    st.booleans(),
    st.booleans(),
)
def test_any_report_in_every_format(
    name: str,
    dice: random.Random,
    texts: list[str],
    fail_on: Optional[Severity],
    strict: bool,
    verbose: bool,
) -> None:
    garbage: Report = garbled(ALL[name](), random.Random(dice.getrandbits(32)), texts)
    report = gate.settle(dataclasses.replace(garbage, fail_on=fail_on, strict=strict))
    context = Context(Look(80), verbose=verbose, root="/repo", folder="/repo")
    names = [name for name in formats.FORMATS if name not in ("rich", "plain", "json")]
    written = {name: formats.render(name, report, context).decode("utf-8") for name in names}
    for text in written.values():
        text.encode("utf-8")
        assert "\x1b" not in text
    SARIF.validate(json.loads(written["sarif"]))
    GITLAB.validate(json.loads(written["gitlab"]))
    parsed = etree.fromstring(written["junit"].encode("utf-8"), etree.XMLParser(huge_tree=True))
    JUNIT.assertValid(parsed)
    assert bool(parsed.xpath("//failure | //error")) is not report.ok
    lines = written["github"].splitlines()
    assert any(line.startswith("::error ") for line in lines) is not report.ok
    assert all(line.startswith(("::error ", "::warning ", "::notice ", "kdoctor: ")) for line in lines)
    assert "##[" not in written["github"]
    etree.fromstring(written["html"].encode("utf-8"), etree.HTMLParser(recover=False, huge_tree=True))
    assert len(by_line.summary(report, context).encode("utf-8")) <= 1024 * 1024
    markdown = written["markdown"]
    assert len(markdown) <= MOST
    assert len(markdown.splitlines()) <= MOST_LINES
