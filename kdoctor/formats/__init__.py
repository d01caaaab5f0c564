"""Every format that a report can be written in, by name; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdoctor.formats.context import Context
    from kdoctor.model import Report

FORMATS = {
    "rich": "terminal",
    "plain": "terminal",
    "json": "json",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "markdown": "markdown",
    "html": "html",
}
"""The module that writes each."""


def render(name: str, report: Report, context: Context) -> bytes:
    """The report in the format of that name; a KeyError where there is none.

    A document is UTF-8, whatever the terminal's encoding; text for a terminal is in that of the terminal.
    """
    text: str = import_module(f"kdoctor.formats.{FORMATS[name]}").render(report, context)
    if FORMATS[name] != "terminal":
        return text.encode("utf-8", "backslashreplace")
    try:
        return text.encode(context.look.encoding, "backslashreplace")
    except LookupError:
        return text.encode("ascii", "backslashreplace")
