"""Every format that a report can be written in, by name; each is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from kdoctor.model import Report
    from kdoctor.render.context import Context

    Rendering = Callable[[Report, Context], str]


class Format(NamedTuple):
    """One way to write a report."""

    name: str
    help: str
    """One line, to stand after the name."""
    load: Callable[[], Rendering]
    """Import it."""


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
        Format("rich", "for people, in colour where that shows", _terminal),
        Format("plain", "the same without colour", _terminal),
        Format("json", "everything that was found, for programs", _json),
        Format("sarif", "SARIF 2.1.0, for code scanning and editors", _sarif),
        Format("junit", "JUnit XML, for the test pages of CI services", _junit),
        Format("github", "annotations in the log of GitHub Actions", _github),
        Format("gitlab", "Code Quality of GitLab", _gitlab),
        Format("markdown", "to paste into an issue or a pull request", _markdown),
        Format("html", "one page that stands alone", _html),
    )
}


def render(name: str, report: Report, context: Context) -> str:
    """The report in the format of that name; a KeyError where there is none."""
    return FORMATS[name].load()(report, context)
