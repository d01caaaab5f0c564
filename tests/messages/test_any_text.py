"""No text makes the reader raise or hang, or costs more memory or time than its size allows."""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdoctor import messages, rules
from kdoctor.formats import explain as rendering
from kdoctor.formats.context import Look
from kdoctor.remedies.plan import usual
from tests.messages.corpus import KNOWN, UNRELATED
from tests.messages.wrapping import WRAPPINGS

RULES = rules.all_rules()
LINES = sorted({line for one in (*KNOWN, *UNRELATED) for line in one.text.splitlines()})[::9]
SIZE = 500_000
SECONDS = 6
"""Several times what it takes on one slow core."""

pieces = st.one_of(
    st.sampled_from(LINES),
    st.text(max_size=60),
    st.sampled_from(
        [
            "",
            "Traceback (most recent call last):",
            '  File "',
            "```",
            "> ",
            "\x1b[",
            "Cell In[1], line",
            "----> 1",
            "E   ",
            "  | ",
        ]
    ),
)
texts = st.lists(pieces, max_size=40).map("\n".join) | st.text() | st.lists(pieces, max_size=40).map("".join)


def everything(text: str) -> str:
    explanation = messages.explain(text, RULES)
    json.dumps(rendering.document_of_errors(explanation, usual()), allow_nan=False)
    return rendering.render_errors(explanation, Look(80), usual())


@settings(max_examples=150, deadline=None)
@given(texts)
def test_any_text_is_read(text: str) -> None:
    page = everything(text)
    assert page
    assert "\x1b" not in page


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from(sorted(WRAPPINGS)))
def test_any_text_is_read_whatever_stands_around_it(text: str, name: str) -> None:
    everything(WRAPPINGS[name](text))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KNOWN), st.sampled_from(sorted(WRAPPINGS)), st.integers(0, 4_000))
def test_a_text_may_break_off_anywhere(one: object, name: str, end: int) -> None:
    everything(WRAPPINGS[name](one.text)[:end])  # type: ignore[attr-defined]


def _mixed_log() -> str:
    chance = random.Random(4)
    parts: list[str] = []
    size = 0
    while size < 5_000_000:
        part = chance.choice(KNOWN).text if chance.random() < 0.2 else "step 1: loss 0.25 - accuracy: 0.5\n" * 20
        parts.append(part)
        size += len(part)
    return "".join(parts)


LARGE: dict[str, Callable[[], str]] = {
    "a log with many tracebacks": _mixed_log,
    "one line": lambda: "a" * SIZE,
    "one line of brackets": lambda: "[" * SIZE,
    "one line of spaces": lambda: " " * SIZE + "x",
    "one line of names": lambda: "a.b" * (SIZE // 3),
    "one line of errors": lambda: "ValueError: " * (SIZE // 12),
    "short lines": lambda: "\n" * SIZE,
    "headers": lambda: "Traceback (most recent call last):\n" * (SIZE // 35),
    "frames": lambda: "Traceback (most recent call last):\n" + '  File "a.py", line 1, in f\n    f()\n' * (SIZE // 37),
    "a message without end": lambda: (
        "Traceback (most recent call last):\n" + '  File "a", line 1\n' + "E: " + "\n  x" * (SIZE // 4)
    ),
    "quotes": lambda: "> " * (SIZE // 2),
    "warnings": lambda: "/a/b.py:12: UserWarning: keras says no\n" * (SIZE // 39),
    "escapes": lambda: "\x1b[31m" * (SIZE // 5),
    "stamps": lambda: "2024-05-17T09:31:02.0000000Z \n" * (SIZE // 30),
    "carriage returns": lambda: "1/10 [=>...] loss: 1\r" * (SIZE // 21),
    "digits": lambda: "1" * SIZE,
    "ten megabytes in one line": lambda: "ValueError: keras " * (10_000_000 // 18),
    "tracebacks in tracebacks": lambda: "".join(
        f'Traceback (most recent call last):\n  File "/site-packages/keras/a{number}.py", line {number}, in f\n'
        f"ValueError: layer {number}\n\nDuring handling of the above exception, another exception occurred:\n\n"
        for number in range(5_000)
    ),
    "a log of TensorFlow": lambda: "".join(
        f"2024-06-28 00:03:01.5: I tensorflow/a/b{number}.cc:28] Message {number} {'abc' * (number % 7)}\n"
        for number in range(50_000)
    ),
    "a notebook of one string": lambda: (
        '{"cells": [{"cell_type": "code", "outputs": [{"text": "' + "a\\n" * (SIZE // 3)
    ),
    "a notebook of lists": lambda: '{"cells": [{"cell_type": "code", "traceback": ' + "[" * SIZE,
    "a notebook of quotes": lambda: '{"cell_type": ' + '"' * SIZE,
    "a notebook of backslashes": lambda: '{"cell_type": "' + "\\" * SIZE,
}


@pytest.mark.thorough
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_large_text_takes_seconds(make: Callable[[], str]) -> None:
    text = make()
    start = time.process_time()
    messages.explain(text, RULES)
    assert time.process_time() - start < SECONDS * max(1, len(text) / 1_500_000)


@pytest.mark.thorough
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_large_text_needs_less_than_ten_times_its_size(make: Callable[[], str]) -> None:
    text = make()[:SIZE]
    messages.explain("", RULES)
    tracemalloc.start()
    messages.explain(text, RULES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(text)
