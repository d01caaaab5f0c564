"""Every format that a report can be written in, by name; each is imported when it is asked for."""

from __future__ import annotations

import os
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from kdoctor.formats.sharing import shareable
from kdoctor.formats.text import LINE_OF_COMMAND, harmless
from kdoctor.language import current, speaking

if TYPE_CHECKING:
    from kdoctor.formats.context import Context
    from kdoctor.report import Report


class Kind(Enum):
    """What reads the text, and thus in which way it may hold what a CI service would take for a command."""

    SCREEN = "screen"  # a person, on the own screen: written in the terminal's encoding, with the folders as they are
    COMMANDS = "commands"  # a CI service: the same, and it writes commands on purpose
    MARKDOWN = "markdown"
    JSON = "json"
    XML = "xml"


class Format(NamedTuple):
    """One way to write a report."""

    module: str
    kind: Kind
    has_homes: bool = False
    """Whether home folders are written out: a program needs whole paths, and a screen shows lines to paste."""


FORMATS = {
    "rich": Format("terminal", Kind.SCREEN, has_homes=True),
    "plain": Format("terminal", Kind.SCREEN, has_homes=True),
    "concise": Format("concise", Kind.SCREEN),
    "json": Format("json", Kind.JSON, has_homes=True),
    "sarif": Format("sarif", Kind.JSON),
    "junit": Format("junit", Kind.XML),
    "github": Format("github", Kind.COMMANDS),
    "gitlab": Format("gitlab", Kind.JSON),
    "markdown": Format("markdown", Kind.MARKDOWN),
    "html": Format("html", Kind.XML),
}


_FOR_PEOPLE = ("rich", "plain", "html")
"""These are written in the reader's language. What programs read, and what is pasted for others, is English."""


def render(name: str, report: Report, context: Context) -> bytes:
    """The report in the format of that name, without what is private; a KeyError where there is none.

    A document is UTF-8, whatever the terminal's encoding; text for people and for a log is in that of the terminal.
    """
    form = FORMATS[name]
    report, context = shareable(report, context, homes=None if form.has_homes else _homes())
    with speaking(current() if name in _FOR_PEOPLE else "en"):
        text = _inert(import_module(f"kdoctor.formats.{form.module}").render(report, context), form.kind)
    encoding = context.look.encoding if form.kind in (Kind.SCREEN, Kind.COMMANDS) else "utf-8"
    try:
        return text.encode(encoding, "backslashreplace")
    except LookupError:
        return text.encode("ascii", "backslashreplace")


def summary(report: Report, context: Context) -> str:
    """The Markdown for the file that ``GITHUB_STEP_SUMMARY`` names."""
    from kdoctor.formats import github

    report, context = shareable(report, context, homes=_homes())
    with speaking("en"):
        return github.summary(report, context)


def for_notebook(report: Report) -> Report:
    """The report as it may be saved in a notebook."""
    return shareable(report, homes=_homes())[0]


def _homes() -> tuple[str, ...]:
    home = os.path.expanduser("~")
    return tuple(one for one in {home, os.path.realpath(home)} if os.path.isabs(one) and os.path.dirname(one) != one)


def _inert(text: str, kind: Kind) -> str:
    """The same document, in which no log of a CI service finds a command; see :func:`kdoctor.formats.text.harmless`."""
    if kind is Kind.COMMANDS:
        return text
    if kind is Kind.JSON:
        return text.replace("##", "#\\u0023")
    if kind is Kind.XML:
        return LINE_OF_COMMAND.sub(r"\1&#58;:", text.replace("##", "#&#35;"))
    return harmless(text)
