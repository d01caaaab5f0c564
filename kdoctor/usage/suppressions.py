"""Comments that say that a hit is known and meant: ``# kdoctor: ignore[KD201] why``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from kdoctor.model import Lost
from kdoctor.usage.model import Problem, Suppression
from kdoctor.usage.source import Cell

MARK = "kdoctor:"
_COMMENT = re.compile(r"#\s*kdoctor:\s*ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?(?P<reason>[^#]*)")


def read_suppressions(path: str, cell: Cell) -> tuple[list[Suppression], list[Problem]]:
    """The suppressions in a piece of Python, and those that are not complete, which suppress nothing."""
    suppressions: list[Suppression] = []
    problems: list[Problem] = []
    if MARK not in cell.text:
        return suppressions, problems
    for line, comment in _comments(cell.text):
        match = _COMMENT.search(comment[:1000])
        if match is None:
            continue
        codes = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
        reason = match["reason"].strip(" \t:-\u2013\u2014")
        if not codes:
            said = "the suppression names no code; write `# kdoctor: ignore[KD201] reason`"
            problems.append(Problem(path, said, line, cell.number, Lost.NOTHING))
        elif not reason:
            said = f"the suppression of {', '.join(codes)} gives no reason behind the bracket, so it does not count"
            problems.append(Problem(path, said, line, cell.number, Lost.NOTHING))
        else:
            suppressions.append(Suppression(path, line, codes, reason, cell.number))
    return suppressions, problems


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Every comment that holds the mark, with its line; what only looks like one, in a string, does not count."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and MARK in token.string:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
