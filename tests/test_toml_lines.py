"""Every value of a TOML text has its line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kdoctor.toml_lines import find_lines

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = '''\
# a comment with [brackets] and = signs
[project]
name = "x" # [tool.kdoctor]
description = """
[tool.kdoctor]
require = ["no"]
"""
urls = { "a b" = "http://x", c.d = 'e' }

[tool.kdoctor]
require = [
  "ctc", # "rnn"
  'rnn#]',

  "masking",
]
paths = ["src"]
until = 2027-03-01
nested = [[1, 2],
          [3]]

[[tool.kdoctor.ignore]]
rule = "KD301"
[[tool.kdoctor.ignore]]
"reason" = \'\'\'
two
lines\'\'\'
rule = "KD302"
[tool.kdoctor.ignore.more]
x = 1
'''


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from paths_of(item, (*path, position))


def test_lines_are_those_that_a_reader_counts() -> None:
    lines = find_lines(TEXT)
    table = ("tool", "kdoctor")
    assert lines[table] == 10
    assert lines["project", "urls", "c", "d"] == 8
    assert [lines[(*table, "require", position)] for position in range(3)] == [12, 13, 15]
    assert lines[(*table, "paths")] == 17
    assert [lines[(*table, "nested", 1)], lines[(*table, "nested", 1, 0)]] == [20, 20]
    assert [lines[(*table, "ignore", position)] for position in range(2)] == [22, 24]
    assert lines[(*table, "ignore", 1, "rule")] == 28
    assert lines[(*table, "ignore", 1, "more", "x")] == 30


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        "a.b.c = 1\na.b.d = [ { x = 1 }, { x = [] } ]",
        'a = "\\"#\\\\"\nb = ""\nc = \'\'\nd = """"""\ne = """a\\""""\nf = """x"""""\ng = []',
        "[[a]]\n[[a.b]]\nx=1\n[[a.b]]\nx=2\n[[a]]\n[[a.b]]\nx=3\n[a.c]\ny=1\n",
        '["quoted.name".b]\n"\\u00e9" = +1.5e3 # end',
        "",
        (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"),
    ],
)
def test_no_value_is_without_a_line(text: str) -> None:
    assert set(find_lines(text)) == set(paths_of(tomllib.loads(text)))
