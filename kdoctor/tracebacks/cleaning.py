"""Takes from a text what a terminal, a log, a CI system, a notebook file or an issue put around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_LINE = 8_000
"""Characters of a line that are looked at: more than any message in one line has before it repeats the data."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff]")
_STAMP = re.compile(
    r"(?:[^\t]{1,120}\t[^\t]{1,120}\t)?\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?P<native>: [IWEF] )?(?: \d\d[OE](?=[ +]))?[ +]?"
)
_COMMAND = re.compile(r"(?:##\[\w{1,20}\]|::(?:error|warning|notice)[^:]{0,200}::)")
_NATIVE = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d|[IWEF]0000 |WARNING: All log messages before absl::Init")
"""Lines of TensorFlow's C++ side, which fall between those of a traceback."""
_QUOTED = re.compile(r"(?:> ?){1,6}")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w -]{0,30}$")
_LINE = re.compile(r"\n+|[^\n]+\n?")
"""One line, or any number of empty ones."""
_MARK = re.compile(r'["\[\]]')
_ESCAPED_BREAK = re.compile(r"\\r?\\n|\\n")


class Line(NamedTuple):
    """A line without what was put around it."""

    number: int
    text: str
    fence: bool = False
    """Whether it is the edge of a block rather than a line of one."""
    stamped: bool = False
    """Whether a log put its time before it."""


class Section(NamedTuple):
    """A text that stands for itself: the whole input, or one output of a notebook's cell."""

    text: str
    cell: int = 0


def sections(text: str) -> Iterator[Section]:
    """The parts of an input: the outputs that show errors where it is a notebook file, else all of it."""
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith("{") and '"cell_type"' in text:
        yield from _outputs(text)
    else:
        yield Section(text)


def _outputs(text: str) -> Iterator[Section]:
    """Tracebacks and printed text of a notebook file, whole or broken off; nothing else of it is decoded."""
    cell, key, wanted, name, summary = 0, "", "", "", ""
    parts: list[str] = []

    def collected() -> Iterator[Section]:
        if "".join(parts).strip():
            yield Section(("\n" if wanted == "traceback" else "").join(parts), cell)
        elif wanted == "traceback" and summary:
            yield Section(summary, cell)

    for token, end in _tokens(text):
        if token == "[":
            wanted = key if key in ("traceback", "text") else wanted
            key = ""
        elif token == "]":
            if wanted:
                yield from collected()
            wanted, summary = "", "" if wanted == "traceback" else summary
            parts.clear()
        elif wanted:
            parts.append(_decoded(token))
        elif text[end : end + 3].lstrip().startswith(":"):
            key = token[1:-1]
            cell += key == "cell_type"
        else:
            if key == "ename":
                name = _decoded(token)
            elif key == "evalue":
                summary = f"{name}: {_decoded(token)}"
            elif key == "text":
                yield Section(_decoded(token), cell)
            key = ""
    if wanted:
        yield from collected()


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """The strings and the square brackets of JSON, each with where it ends; the last string may be cut."""
    position = 0
    while True:
        found = _MARK.search(text, position)
        if found is None:
            return
        start, position = found.start(), found.end()
        if found.group() == '"':
            while True:
                end = text.find('"', position)
                if end < 0:
                    yield text[start:] + '"', len(text)
                    return
                position, before = end + 1, end
                while text[before - 1] == "\\" and before - 1 > start:
                    before -= 1
                if (end - before) % 2 == 0:
                    break
        yield text[start:position], position


def _decoded(string: str) -> str:
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string[1:-1]


def lines(text: str) -> Iterator[Line]:
    """The lines, one by one, so that a large text costs no more than itself."""
    number = 1
    for found in _LINE.finditer(text):
        raw, here = found.group(), number
        number += raw.count("\n")
        if raw[0] == "\n":
            yield Line(here, "")
            continue
        if "\\n" in raw and "Traceback (most recent call last)" in raw:
            for part in _ESCAPED_BREAK.split(raw[: LONGEST_LINE * 4]):
                yield Line(here, part.replace('\\"', '"').rstrip())
            continue
        yield from _cleaned(here, raw[:LONGEST_LINE])


def _cleaned(number: int, line: str) -> Iterator[Line]:
    line = line.rstrip()
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    if "\r" in line or "\x08" in line:
        line = re.split(r"[\r\x08]+", line)[-1]
    if not line.isprintable():
        line = _CONTROL.sub("", line)
    stamp = _STAMP.match(line)
    if stamp:
        if stamp.group("native"):
            return
        line = line[stamp.end() :]
    elif _NATIVE.match(line):
        return
    if line.startswith(("##[", "::")):
        line = _COMMAND.sub("", line, count=1)
    if line.startswith(">") and not line.startswith(">>>"):
        line = line[_QUOTED.match(line).end() :]  # type: ignore[union-attr]
    yield Line(number, line, bool(_FENCE.match(line)), bool(stamp))
