"""No input makes the readers raise, hang, or use more than ten times its size in memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kdoctor.code.cells import MOST_MEMORY, NotPythonError, _parse_cell, decode, read_cells
from kdoctor.code.reading import READER_FAILED, Reader
from kdoctor.environment.model import Unread
from tests.code.patterns import rules
from tests.code.test_corpus import SCRIPTS, as_notebook

READER = Reader(rules())
TEXTS = [path.read_text() for path in SCRIPTS]
LINES = sorted({line for text in TEXTS for line in text.split("\n")})
FLOOR = 100_000
"""Bytes that reading anything may take, however small."""

unhurried = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["code", "python", "import keras\n%time x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "worksheets",
                    "cell_type",
                    "source",
                    "input",
                    "metadata",
                    "language",
                    "kernelspec",
                    "outputs",
                    "k",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def scan(path: str, data: bytes) -> list[Unread]:
    READER.unread = []
    started = time.monotonic()
    READER.read_bytes(path, data)
    assert time.monotonic() - started < 20
    assert not [one for one in READER.unread if READER_FAILED in one.reason], READER.unread
    return READER.unread


@unhurried
@given(st.binary(max_size=4000), st.sampled_from(["a.py", "a.ipynb", "a"]))
@example(b"\xff\xfek\x00e\x00r\x00a\x00s\x00", "a.py")
@example(b"# coding: rot13\nkeras", "a.py")
@example(b"# coding: idna\nkeras\xff", "a.py")
@example(b"# coding: utf-8-sig\nkeras", "a.py")
@example(b"\xef\xbb\xbf{", "a.ipynb")
def test_any_bytes(data: bytes, path: str) -> None:
    scan(path, b"keras " + data)
    scan(path, data)
    scan(path, b'{"cells": ' + data + b"keras")


@unhurried
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=30), max_size=60))
def test_any_order_of_lines(lines: list[str]) -> None:
    text = "import keras\n" + "\n".join(lines)
    scan("a.py", text.encode("utf-8", "surrogatepass"))
    notebook, _ = as_notebook(text)
    scan("a.ipynb", notebook)


@pytest.mark.thorough
@unhurried
@given(st.sampled_from(TEXTS), st.data())
def test_scripts_and_notebooks_that_were_damaged(text: str, data: st.DataObject) -> None:
    for path, content in (("a.py", text.encode()), ("a.ipynb", as_notebook(text)[0])):
        damaged = bytearray(content)
        for _ in range(data.draw(st.integers(1, 5))):
            position = data.draw(st.integers(0, len(damaged) - 1))
            length = data.draw(st.integers(0, 40))
            damaged[position : position + length] = data.draw(st.binary(max_size=10))
        scan(path, bytes(damaged))
        scan(path, bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


@unhurried
@given(json_values)
def test_json_of_any_shape(value: object) -> None:
    data = json.dumps(value).encode()
    scan("a.ipynb", data)
    scan("a.ipynb", b'{"cells": ' + data + b', "keras": 1}')
    expected = [cell for cell in _cells(value) if isinstance(cell.get("source"), str)]
    read = read_cells("a.ipynb", b'{"cells": ' + data + b"}")
    plain = [cell for cell in expected if set(cell) <= {"cell_type", "source", "outputs", "k"}]
    if plain == _cells(value) and not read.unread:
        assert [cell.text for cell in read.cells] == [cell["source"] for cell in plain]


def _cells(value: object) -> list[dict[str, object]]:
    """The code cells as an ordinary reader of JSON sees them."""
    if not isinstance(value, list):
        return []
    return [cell for cell in value if isinstance(cell, dict) and cell.get("cell_type") == "code"]


@unhurried
@given(st.text(alphabet="%!?\\\n\t '\"#=()[]{}aimport,;/keras", max_size=300))
def test_magics_keep_the_number_of_lines(text: str) -> None:
    try:
        parsed = _parse_cell(text)
    except NotPythonError:
        return
    if parsed is not None:
        assert parsed[1].count("\n") == text.count("\n")


MIB = 2**20
BOMBS = {
    "lists": b"[" * 30_000 + b"]" * 30_000,
    "empty lists": b"[" + b"[]," * (10 * MIB) + b"[]]",
    "empty objects": b"[" + b"{}," * (10 * MIB) + b"{}]",
    "numbers": b"[" + b"12," * (10 * MIB) + b"1]",
    "digits": b"1" * (30 * MIB),
    "escapes": b'"' + b"\\n" * (15 * MIB) + b'"',
    "short strings": b"[" + b'"xy",' * (6 * MIB) + b'""]',
    "wide characters": b'"' + "\U0001f600".encode() * (7 * MIB) + b'"',
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(2 * MIB)) + b"}",
    "open string": b'"' + b"x" * (30 * MIB),
    "Python": b'"' + b"a.b\\n" * (5 * MIB) + b'"',
}


@pytest.mark.thorough
@pytest.mark.parametrize("key", ["source", "outputs"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_the_memory_that_a_notebook_takes(key: str, bomb: str) -> None:
    data = b'{"cells": [{"cell_type": "code", "' + key.encode() + b'": ' + BOMBS[bomb] + b', "k": 1}], "k": 2}'
    tracemalloc.start()
    try:
        read_cells("a.ipynb", data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


@pytest.mark.thorough
def test_a_cell_output_of_30_megabytes_is_no_reason_not_to_read_the_notebook() -> None:
    cell = b'{"cell_type": "code", "source": "import keras", "outputs": ["%s"]}'
    data = b'{"cells": [' + cell % (b"iVBORw0KGgo=" * 2_500_000) + b", " + cell % b"" + b"]}"
    assert [cell.number for cell in read_cells("a.ipynb", data).cells] == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-7", "cp1252", "shift_jis", "utf-32"])
def test_the_memory_that_decoding_takes(encoding: str) -> None:
    data = f"# coding: {encoding}\n".encode() + b"x = 1\n" * 200_000
    tracemalloc.start()
    try:
        decode(data)
    except NotPythonError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak <= 10 * len(data) + FLOOR


SLOW_SUSPECTS = {
    "spaces": " " * 1_000_000 + "?",
    "help": "a" * 100_000 + "??" * 10_000,
    "assigned": "a, " * 300_000 + "= !ls",
    "options": "%timeit " + "-n 1 " * 100_000 + "keras",
    "brackets": "(" * 100_000,
    "quotes": "'" * 200_000,
    "comments": "# kdoctor: ignore[" * 50_000,
    "names": "keras.a" * 50_000,
    "branches": "if a:\n  b = keras\nelse:\n  b = 1\n" * 5_000,
    "calls": "def f(m): return f(keras.Input(m))\n" * 3_000 + "f(keras.Input())\n" * 3_000,
    "elifs": "if a:\n  b = 1\n" + "elif keras:\n  b = 2\n" * 3_000,
    "nested functions": "".join(f"{' ' * n}def f{n}(x):\n" for n in range(90)) + " " * 90 + "return keras",
    "nested calls": "f(" * 90 + "keras" + ")" * 90,
    "callers": "".join(f"def f{n}(x): return f{n + 1}(x) + f{n + 1}(keras.Input())\n" for n in range(300)) + "f0(1)",
    "classes": "".join(f"class A{n}(A{n - 1}, A{n - 2}, keras.Layer): pass\n" for n in range(2_000)) + "A1999().x.y",
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", SLOW_SUSPECTS)
def test_nothing_hangs(name: str, tmp_path: Path) -> None:
    text = SLOW_SUSPECTS[name] + "\nimport keras\n"
    scan("a.py", text.encode())
    scan("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": f"!x keras\n{text}"}]}).encode())
