"""Explains errors in any text: reads them, and reports which rule knows each of them. Needs no environment."""

from __future__ import annotations

from collections.abc import Sequence

from kdoctor.messages.match import explain as explain_reading
from kdoctor.messages.model import Explanation
from kdoctor.messages.read import read
from kdoctor.rules.rule import Rule


def explain(text: str, rules: Sequence[Rule]) -> Explanation:
    """What every error of a text is, as far as the rules know it."""
    return explain_reading(read(text), rules)
