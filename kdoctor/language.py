"""The language of what people read. What programs read is English always.

Sentences are written in English where they are made, as ``_("{n} problems", n=3)``; a catalogue of
gettext holds them in other languages. What a catalogue lacks stays English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Optional

from kdoctor.words import AND, COMMA

if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES = ("en", "zh")
VARIABLE = "KDOCTOR_LANG"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locale")
_current: ContextVar[str] = ContextVar("language", default="en")


def chosen(asked: Optional[str] = None, environ: Mapping[str, str] = os.environ) -> str:
    """The language to use: what is asked for, else ``KDOCTOR_LANG``, else that of the locale, else English.

    Args:
        asked: as on the command line; ``zh``, or a locale such as ``zh_CN.UTF-8``.
        environ: the variables of the process.

    Raises:
        ValueError: there is no such language. A locale that is not known means English.
    """
    for given in (asked, environ.get(VARIABLE)):
        if given and not _known(given):
            raise ValueError(f"There is no language {given!r}. The languages are {' and '.join(LANGUAGES)}.")
        if given:
            return _known(given)
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return _known(locale) or "en"


def _known(name: str) -> str:
    language = name.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else ""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use this language until the end of the block."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def _catalogue(language: str) -> NullTranslations:
    import gettext

    return gettext.translation("kdoctor", FOLDER, [language], fallback=True)


def _(text: str, **values: object) -> str:
    """The text in the language that is spoken now, with its ``{names}`` filled in where values are given."""
    language = _current.get()
    said = text if language == "en" or not text else _catalogue(language).gettext(text)
    return said.format(**values) if values else said


class Filled(str):
    """A text that knows the template with ``{names}`` that it was made from, which is what has translations."""

    template: str
    values: Mapping[str, str]

    def splitlines(self, keepends: bool = False) -> list[str]:
        """Its lines, which know theirs."""
        return [fill(line, self.values) for line in self.template.splitlines(keepends)]


def fill(template: str, values: Mapping[str, str]) -> Filled:
    """The text of a template.

    Raises:
        KeyError: a value is missing.
    """
    text = Filled(template.format_map(values))
    text.template, text.values = template, values
    return text


def filled(text: str, templates: Optional[Iterable[str]] = None) -> str:
    """A text that was made in English, perhaps from a template, in the language that is spoken now.

    Args:
        text: as reports keep it, with its values, which may be such texts again.
        templates: texts with ``{names}`` that it may be made from where it does not know its own; else what
            ``tests.translate`` made of f-strings.
    """
    if isinstance(text, Filled):
        said = _(text.template)
        return said.format_map({name: filled(one) for name, one in text.values.items() if f"{{{name}}}" in said})
    said = _(text)
    if said != text or current() == "en":
        return said
    for template in _spelt(current()) if templates is None else templates:
        parts = re.split(r"\{(\w+)\}", template)
        pattern = "".join("(.*)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _(template, **dict(zip(parts[1::2], map(filled, found.groups()))))
    if _LIST.fullmatch(text):
        first, _and, last = text.rpartition(" and ")
        return _(AND, first=first.replace(", ", _(COMMA)), last=last)
    return said


_LIST = re.compile(r"\S+(?:, \S+)* and \S+")


@cache
def _spelt(language: str) -> list[str]:
    """The templates that were f-strings: those with most words first."""
    texts: Mapping[str, str] = getattr(_catalogue(language), "_catalog", {})
    return sorted((one for one in texts if "{v0}" in one), key=len, reverse=True)


def current() -> str:
    """The language that is spoken now."""
    return _current.get()
