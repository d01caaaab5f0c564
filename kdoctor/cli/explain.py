"""``kdoctor explain`` and ``kdoctor rules``: what is known."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Optional, Union

from kdoctor.cli import common
from kdoctor.cli.options import Given, PageFormat, takes

if TYPE_CHECKING:
    from kdoctor.formats.context import Look
    from kdoctor.remedies.plan import Usual
    from kdoctor.rules.rule import HealthyPage, Rule

_NEXT = (
    "Name a rule, an error message or a file that holds one:\n"
    "  kdoctor explain KD201\n"
    "  kdoctor explain \"AttributeError: 'Sequential' object has no attribute 'fit_generator'\"\n"
    "  python train.py 2>&1 | kdoctor explain -\n"
    "kdoctor rules lists all rules."
)


@takes("area page_format lang")
def rules(given: Given) -> None:
    """List every rule: code, name and title."""
    from kdoctor import rules as known
    from kdoctor.formats import explain as rendering
    from kdoctor.words import did_you_mean

    entries = [entry for entry in known.all_rules() if given.area in (None, entry.area)]
    pages = known.healthy_pages() if given.area is None else ()
    if not entries:
        areas = sorted({entry.area for entry in known.all_rules()})
        near = did_you_mean(given.area, areas)
        common.stop(f"There is no area called {given.area!r}.{near} The areas are {', '.join(areas)}.")
    _write(
        given,
        lambda: rendering.document((*entries, *pages), _usual()),
        lambda look: rendering.render_list(entries, pages, look),
    )


@takes("what page_format releases lang")
def explain(given: Given) -> None:
    """Explain a rule, an error message or a traceback.

    A rule is named by its code or its name: KD201, or ctc-batch-cost. An error is its message, or a file that holds it
    with everything around it; - is standard input.
    """
    from kdoctor import rules as known

    what = given.what
    entry = known.find(what) if what else None
    if not what:
        _explain_text(_last_error() or _pasted() or common.stop(_NEXT), given)
    elif entry is not None:
        _explain_rule(entry, given)
    elif what == "-":
        _explain_text(common.standard_input().decode("utf-8", "replace"), given)
    elif os.path.isfile(what):
        _explain_text(_text_of(what), given)
    elif what.lower().endswith((".txt", ".log", ".ipynb", ".out", ".err", ".md", ".py")) and len(what.split()) == 1:
        common.stop(f"There is no file {what}.")
    elif known.is_name(what):
        common.stop(known.no_such(what))
    else:
        _explain_text(what, given)


def _last_error() -> str:
    """The error that the calling Python shell or notebook showed last; empty in a process of its own."""
    import traceback

    from kdoctor.notebook.last_error import exception

    error = exception()
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) if error is not None else ""


def _pasted() -> str:
    """What is typed or pasted into the terminal, or comes through a pipe."""
    if sys.stdin is not None and sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        sys.stderr.write(f"Paste the error message or the whole traceback, then press Enter and {end}.\n")
    return common.standard_input().decode("utf-8", "replace")


def _text_of(path: str) -> str:
    from kdoctor import files

    try:
        data = files.read(path, files.MOST_CODE)
    except files.Unreadable as reason:
        common.stop(f"{path} is not read: {reason}.")
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what PowerShell writes
    if b"\0" in data[:8192] and not is_wide:
        common.stop(f"{path} is not a text: it holds null bytes.")
    return data.decode("utf-16" if is_wide else "utf-8", "replace")


def _explain_rule(entry: "Union[Rule, HealthyPage]", given: Given) -> None:
    from kdoctor import records
    from kdoctor.formats import explain as rendering
    from kdoctor.records import words

    history = records.history(entry.slug)
    releases = words.details(history) if given.releases else ()
    _write(
        given,
        lambda: rendering.document([entry], _usual()),
        lambda look: rendering.render(entry, _usual(), look, words.sentences(history), releases),
    )


def _explain_text(text: str, given: Given) -> None:
    from kdoctor import messages
    from kdoctor import rules as known
    from kdoctor.formats import traceback as rendering

    explanation = messages.explain(text, known.all_rules())
    usual = _usual(explanation.reading.versions)
    _write(
        given,
        lambda: rendering.document(explanation, usual),
        lambda look: rendering.render(explanation, look, usual),
    )


def _usual(versions: "Optional[Mapping[str, str]]" = None) -> "Usual":
    from kdoctor import rules as known
    from kdoctor.remedies import plan

    return plan.usual(known.example, versions) if versions is not None else plan.usual(known.example)


def _write(given: Given, document: "Callable[[], object]", page: "Callable[[Look], str]") -> None:
    """What is known, as it is wanted: for programs, or for people."""
    import json

    from kdoctor.console import Sink

    sink = Sink(colour=given.page_format is PageFormat.RICH)
    if given.page_format is PageFormat.JSON:
        sink.write_document(json.dumps(document(), indent=2) + "\n")
    else:
        sink.write(page(sink.look))
