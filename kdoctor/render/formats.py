"""Every format that a report can be written in, by name; each is imported when it is asked for."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Callable, NamedTuple

from kdoctor.render.sharing import shareable
from kdoctor.render.text import LINE_OF_COMMAND, harmless

if TYPE_CHECKING:
    from kdoctor.model import Report
    from kdoctor.render.context import Context

    Rendering = Callable[[Report, Context], str]


class Kind(Enum):
    """What reads the text, and thus in which way it may hold what a CI service would take for a command."""

    SCREEN = "screen"
    """A person, on the own screen: written in the terminal's encoding, with the folders as they are."""
    COMMANDS = "commands"
    """A CI service: the same, and it writes commands on purpose."""
    MARKDOWN = "markdown"
    JSON = "json"
    XML = "xml"


class Format(NamedTuple):
    """One way to write a report."""

    name: str
    help: str
    """One line, to stand after the name."""
    load: Callable[[], Rendering]
    """Import it."""
    kind: Kind
    has_homes: bool = False
    """Whether home folders are written out: a program needs whole paths, and a screen shows lines to paste."""

    @property
    def is_document(self) -> bool:
        """Whether it is bytes in UTF-8, wherever it goes."""
        return self.kind in (Kind.MARKDOWN, Kind.JSON, Kind.XML)


def _terminal() -> Rendering:
    from kdoctor.render import terminal

    return lambda report, context: terminal.render(report, context.look, verbose=context.verbose, quiet=context.quiet)


def _json() -> Rendering:
    from kdoctor.render import json

    return lambda report, context: json.render(report)


def _sarif() -> Rendering:
    from kdoctor.render import sarif

    return sarif.render


def _junit() -> Rendering:
    from kdoctor.render import junit

    return junit.render


def _github() -> Rendering:
    from kdoctor.render import github

    return github.render


def _gitlab() -> Rendering:
    from kdoctor.render import gitlab

    return gitlab.render


def _markdown() -> Rendering:
    from kdoctor.render import markdown

    return lambda report, context: markdown.render(report, context)


def _html() -> Rendering:
    from kdoctor.render import html

    return html.render


FORMATS = {
    one.name: one
    for one in (
        Format("rich", "for people, in colour where that shows", _terminal, Kind.SCREEN, has_homes=True),
        Format("plain", "the same without colour", _terminal, Kind.SCREEN, has_homes=True),
        Format("json", "everything that was found, for programs", _json, Kind.JSON, has_homes=True),
        Format("sarif", "SARIF 2.1.0, for code scanning and editors", _sarif, Kind.JSON),
        Format("junit", "JUnit XML, for the test pages of CI services", _junit, Kind.XML),
        Format("github", "annotations in the log of GitHub Actions", _github, Kind.COMMANDS),
        Format("gitlab", "Code Quality of GitLab", _gitlab, Kind.JSON),
        Format("markdown", "to paste into an issue or a pull request", _markdown, Kind.MARKDOWN),
        Format("html", "one page that stands alone", _html, Kind.XML),
    )
}


def render(name: str, report: Report, context: Context) -> str:
    """The report in the format of that name, without what is private; a KeyError where there is none."""
    form = FORMATS[name]
    report, context = shareable(report, context, homes=None if form.has_homes else _homes())
    return _inert(form.load()(report, context), form.kind)


def summary(report: Report, context: Context) -> str:
    """The Markdown for the file that ``GITHUB_STEP_SUMMARY`` names."""
    from kdoctor.render import github

    report, context = shareable(report, context, homes=_homes())
    return github.summary(report, context)


def for_notebook(report: Report) -> Report:
    """The report as it may be saved in a notebook."""
    return shareable(report, homes=_homes())[0]


def _homes() -> tuple[str, ...]:
    home = os.path.expanduser("~")
    return tuple(one for one in {home, os.path.realpath(home)} if os.path.isabs(one) and os.path.dirname(one) != one)


def _inert(text: str, kind: Kind) -> str:
    """The same document, in which no log of a CI service finds a command; see :func:`kdoctor.render.text.harmless`."""
    if kind is Kind.COMMANDS:
        return text
    if kind is Kind.JSON:
        return text.replace("##", "#\\u0023")
    if kind is Kind.XML:
        return LINE_OF_COMMAND.sub(r"\1&#58;:", text.replace("##", "#&#35;"))
    return harmless(text)
