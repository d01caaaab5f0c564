"""What is known to break: one file an area, declarations only.

Codes: KD0xx environment, KD1xx rnn, KD2xx ctc, KD3xx masking, KD4xx ragged, KD5xx symbolic, KD6xx savedmodel, saving,
KD7xx the ecosystem (TensorFlow Hub, ...), KD8xx api, KD9xx training, layers. A code or slug that was ever
released is never reused.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from functools import cache
from types import ModuleType
from typing import Optional, Union

from kdoctor.rules.rule import HealthyPage, Rule
from kdoctor.words import did_you_mean

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples")
CHECK_MARKER = "# --- check"
"""In an example file, what follows this line is the proof that it is right and is not shown to the reader."""


@cache
def _areas() -> dict[str, ModuleType]:
    modules = {one.name: importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)}
    return {name: module for name, module in modules.items() if hasattr(module, "RULES")}


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, ordered by code."""
    return tuple(sorted((rule for area in _areas().values() for rule in area.RULES), key=lambda rule: rule.code))


@cache
def healthy_pages() -> tuple[HealthyPage, ...]:
    """What people believe is broken and is not, ordered by slug."""
    pages = (page for area in _areas().values() for page in getattr(area, "PAGES", ()))
    return tuple(sorted(pages, key=lambda page: page.slug))


def find(code_or_slug: str) -> Optional[Union[Rule, HealthyPage]]:
    """The rule of that code or slug, or the page of that slug."""
    wanted = code_or_slug.strip().lower()
    for rule in all_rules():
        if wanted in (rule.code.lower(), rule.slug):
            return rule
    return next((page for page in healthy_pages() if page.slug == wanted), None)


def is_name(text: str) -> bool:
    """Whether a text can only be meant as a code, a slug or an area: an error message has more than one word."""
    return bool(text) and all(character.isalnum() or character in "-_" for character in text)


def no_such(name: str) -> str:
    """What to say of a name that is no rule: what may have been meant."""
    rules = all_rules()
    area = name.lower()
    in_area = [rule.slug for rule in rules if rule.area == area]
    if in_area:
        return f"{name} is an area: kdoctor rules --area {area} lists its rules, {', '.join(in_area)}."
    names = [each for rule in rules for each in (rule.slug, rule.code)] + [page.slug for page in healthy_pages()]
    return f"There is no rule called {name!r}.{did_you_mean(name, names) or ' kdoctor rules lists them all.'}"


def example(slug: str, name: str) -> str:
    """The text of a before or after file, without the check that follows it.

    Raises:
        FileNotFoundError: there is no such example; a test makes sure that no rule names one.
    """
    with open(os.path.join(EXAMPLES, slug, f"{name}.py"), encoding="utf-8") as file:
        return file.read().partition(CHECK_MARKER)[0].rstrip() + "\n"
