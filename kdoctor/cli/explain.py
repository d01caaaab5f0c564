"""``kdoctor explain`` and ``kdoctor rules``: what is known."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from traceback import format_exception
from typing import Optional

from kdoctor import files, messages
from kdoctor import rules as known
from kdoctor.cli import common
from kdoctor.cli.common import Given
from kdoctor.cli.options import PageFormat
from kdoctor.console import Sink
from kdoctor.errors import UsageError
from kdoctor.formats import explain as pages
from kdoctor.formats.context import Look
from kdoctor.notebook.kernel import exception
from kdoctor.records import history
from kdoctor.remedies import plan
from kdoctor.words import did_you_mean

Page = tuple[Callable[[], object], Callable[[Look], str]]
"""What is known, for programs and for people."""
_NEXT = (
    "Name a rule, an error message or a file that holds one:\n"
    "  kdoctor explain KD201\n"
    "  kdoctor explain \"AttributeError: 'Sequential' object has no attribute 'fit_generator'\"\n"
    "  python train.py 2>&1 | kdoctor explain -\n"
    "kdoctor rules lists all rules."
)


def rules(given: Given) -> None:
    """List every rule: code, name and title."""
    entries = [entry for entry in known.all_rules() if given.area in (None, entry.area)]
    healthy = known.healthy_pages() if given.area is None else ()
    if not entries:
        areas = sorted({entry.area for entry in known.all_rules()})
        near = did_you_mean(given.area, areas)
        common.stop(f"There is no area called {given.area!r}.{near} The areas are {', '.join(areas)}.")
    usual = plan.usual()
    _write(
        (lambda: pages.document([*entries, *healthy], usual), lambda look: pages.render_list(entries, healthy, look)),
        given,
    )


def explain(given: Given) -> None:
    """Explain a rule, an error message or a traceback."""
    what = given.what
    if not what:
        page = of_text(last_error() or _pasted() or common.stop(_NEXT))
    elif what == "-":
        page = of_text(common.standard_input().decode("utf-8", "replace"))
    elif os.path.isfile(what) and known.find(what) is None:
        page = of_text(_text_of(what))
    elif what.lower().endswith((".txt", ".log", ".ipynb", ".out", ".err", ".md", ".py")) and len(what.split()) == 1:
        common.stop(f"There is no file {what}.")
    else:
        page = of(what, releases=given.releases)
    _write(page, given)


def of(what: str, *, releases: bool = False) -> Page:
    """The page of a rule by its name, with each release or without; or that of an error by its text.

    Raises:
        UsageError: it looks like a rule's name, and no rule has it.
    """
    entry = known.find(what)
    if entry is None:
        if known.is_name(what):
            raise UsageError(known.no_such(what))
        return of_text(what)

    usual = plan.usual()
    seen, every = history.sentences(entry.slug), list(history.details(entry.slug)) if releases else ()
    return lambda: pages.document([entry], usual), lambda look: pages.render(entry, usual, look, seen, every)


def of_text(text: str) -> Page:
    """The page of all errors in a text."""
    found = messages.explain(text, known.all_rules())
    usual = plan.usual(found.reading.versions)
    return lambda: pages.document_of_errors(found, usual), lambda look: pages.render_errors(found, look, usual)


def last_error(error: Optional[BaseException] = None) -> str:
    """The text of an error; by default of what this shell or notebook showed last, empty where it showed none."""
    error = exception() if error is None else error
    return "".join(format_exception(type(error), error, error.__traceback__)) if error is not None else ""


def _pasted() -> str:
    if sys.stdin is not None and sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        sys.stderr.write(f"Paste the error message or the whole traceback, then press Enter and {end}.\n")
    return common.standard_input().decode("utf-8", "replace")


def _text_of(path: str) -> str:
    try:
        data = files.read(path, files.MOST_CODE)
    except files.Unreadable as reason:
        common.stop(f"{path} is not read: {reason}.")
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what PowerShell writes
    if b"\0" in data[:8192] and not is_wide:
        common.stop(f"{path} is not a text: it holds null bytes.")
    return data.decode("utf-16" if is_wide else "utf-8", "replace")


def _write(page: Page, given: Given) -> None:
    document, text = page
    sink = Sink(colour=given.page_format is PageFormat.RICH)
    if given.page_format is PageFormat.JSON:
        sink.write_document(json.dumps(document(), indent=2) + "\n")
    else:
        sink.write(text(sink.look))
