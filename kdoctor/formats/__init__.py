"""Every format that a report can be written in, by name; each is imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from kdoctor.formats.sharing import shareable
from kdoctor.formats.text import LINE_OF_COMMAND, harmless
from kdoctor.language import current, speaking

if TYPE_CHECKING:
    from kdoctor.formats.context import Context
    from kdoctor.report import Report


def _in_json(text: str) -> str:
    return text.replace("##", "#\\u0023")


def _in_xml(text: str) -> str:
    return LINE_OF_COMMAND.sub(r"\1&#58;:", text.replace("##", "#&#35;"))


class Format(NamedTuple):
    """One way to write a report."""

    module: str
    function: str = "render"
    inert: Callable[[str], str] = harmless
    """Makes the same text, in which no log of a CI service finds a command."""
    has_homes: bool = False
    """Whether home folders are written out: a program needs whole paths, and a screen shows lines to paste."""


FORMATS = {
    "rich": Format("terminal", has_homes=True),
    "plain": Format("terminal", has_homes=True),
    "concise": Format("lines", "concise"),
    "json": Format("json", inert=_in_json, has_homes=True),
    "sarif": Format("sarif", inert=_in_json),
    "junit": Format("junit", inert=_in_xml),
    "github": Format("lines", "github", str),  # it writes commands on purpose
    "gitlab": Format("lines", "gitlab", _in_json),
    "markdown": Format("markdown"),
    "html": Format("html", inert=_in_xml),
}
_ON_SCREEN = ("rich", "plain", "concise", "github")
"""These are written in the terminal's encoding; documents are UTF-8."""
_FOR_PEOPLE = ("rich", "plain", "html")
"""These are written in the reader's language. What programs read, and what is pasted for others, is English."""


def render(name: str, report: Report, context: Context) -> bytes:
    """The report in the format of that name, without what is private; a KeyError where there is none."""
    form = FORMATS[name]
    report, context = shareable(report, context, homes=None if form.has_homes else _homes())
    with speaking(current() if name in _FOR_PEOPLE else "en"):
        write = getattr(import_module(f"kdoctor.formats.{form.module}"), form.function)
        text = form.inert(write(report, context))
    try:
        return text.encode(context.look.encoding if name in _ON_SCREEN else "utf-8", "backslashreplace")
    except LookupError:
        return text.encode("ascii", "backslashreplace")


def summary(report: Report, context: Context) -> str:
    """The Markdown for the file that ``GITHUB_STEP_SUMMARY`` names."""
    from kdoctor.formats import lines

    report, context = shareable(report, context, homes=_homes())
    with speaking("en"):
        return lines.summary(report, context)


def for_notebook(report: Report) -> Report:
    """The report as it may be saved in a notebook."""
    return shareable(report, homes=_homes())[0]


def _homes() -> tuple[str, ...]:
    home = os.path.expanduser("~")
    return tuple(one for one in {home, os.path.realpath(home)} if os.path.isabs(one) and os.path.dirname(one) != one)
