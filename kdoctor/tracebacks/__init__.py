"""Explains errors in any text: reads them, and says which rule knows each of them. Needs no environment.

>>> from kdoctor import rules, tracebacks
>>> explanation = tracebacks.explain(text, rules.all_rules())  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence

from kdoctor.model import Rule
from kdoctor.tracebacks import matching, reader
from kdoctor.tracebacks.matching import ranking
from kdoctor.tracebacks.model import Error, Explained, Explanation, Frame, Kind, Match, Reading, Sureness

__all__ = [
    "Error",
    "Explained",
    "Explanation",
    "Frame",
    "Kind",
    "Match",
    "Reading",
    "Sureness",
    "explain",
    "ranking",
    "read",
]

read = reader.read


def explain(text: str, rules: Sequence[Rule]) -> Explanation:
    """What every error of a text is, as far as the rules know it."""
    return matching.explain(read(text), rules)
