"""Patterns held against a piece of Python, without files and reports around it."""

from __future__ import annotations

import ast
from textwrap import dedent
from typing import NamedTuple

from kdoctor.code.match import Index, Matcher, RulePatterns, position
from kdoctor.code.resolve import Resolver, Trouble
from kdoctor.rules.patterns import Call, Name, Pattern

LEGACY = Name("keras.optimizers.legacy")
LAYERS = Call("keras.layers.{Dense,LSTM}")


class Followed(NamedTuple):
    """What was found in the code."""

    hits: list[tuple[int, bool]]
    """The line of each, and whether it is certain."""
    names: set[str]
    """The names that a release would be asked for."""
    troubles: list[Trouble]


def follow(text: str, *patterns: Pattern) -> Followed:
    """What the patterns find in it."""
    matcher = Matcher(Index([RulePatterns("KD001", "rule", patterns or (LEGACY,))]))
    resolver = Resolver(matcher)
    resolver.read(ast.parse(dedent(text)))
    resolver.finish()
    hits = [(position(hit.node)[0], certain) for hit, certain in matcher.settled()]
    return Followed(hits, {use.symbol.spelled for use in matcher.uses}, resolver.troubles)
