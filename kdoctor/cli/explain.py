"""``kdoctor explain`` and ``kdoctor rules``: what is known."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Optional, Union

import typer

from kdoctor.cli import common
from kdoctor.cli import options as option

if TYPE_CHECKING:
    from kdoctor.rules.rule import HealthyPage, Rule

_NEXT = (
    "Name a rule, an error message or a file that holds one:\n"
    "  kdoctor explain KD201\n"
    "  kdoctor explain \"AttributeError: 'Sequential' object has no attribute 'fit_generator'\"\n"
    "  python train.py 2>&1 | kdoctor explain -\n"
    "kdoctor rules lists all rules."
)


def rules(
    area: Annotated[
        Optional[str], typer.Option("--area", metavar="NAME", help="Only the rules of this area: rnn, saving, ...")
    ] = None,
    format: option.PageFormatOption = option.PageFormat.RICH,  # noqa: A002 - the option's name
) -> None:
    """List every rule: code, name and title."""
    with common.failures():
        from kdoctor import rules as known
        from kdoctor.console import Sink
        from kdoctor.formats import explain as rendering
        from kdoctor.remedies import plan as remedies
        from kdoctor.words import did_you_mean

        entries = [entry for entry in known.all_rules() if area in (None, entry.area)]
        pages = known.healthy_pages() if area is None else ()
        if not entries:
            areas = sorted({entry.area for entry in known.all_rules()})
            near = did_you_mean(str(area), areas)
            common.stop(f"There is no area called {area!r}.{near} The areas are {', '.join(areas)}.")
        sink = Sink(colour=format is option.PageFormat.RICH)
        if format is option.PageFormat.JSON:
            sink.write_document(_json(rendering.document((*entries, *pages), remedies.usual(known.example))))
        else:
            sink.write(rendering.render_list(entries, pages, sink.look))


def explain(
    what: Annotated[
        Optional[str], typer.Argument(metavar="[RULE|TEXT|FILE|-]", show_default=False, hidden=True)
    ] = None,
    format: option.PageFormatOption = option.PageFormat.RICH,  # noqa: A002 - the option's name
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also what was seen on each release.")] = False,
) -> None:
    """Explain a rule, an error message or a traceback.

    A rule is named by its code or its name: KD201, or ctc-batch-cost. An error is its message, or a file that holds it
    with everything around it; - is standard input.
    """
    with common.failures(verbose):
        from kdoctor import rules as known

        entry = known.find(what) if what else None
        if not what:
            _explain_text(_last_error() or _pasted() or common.stop(_NEXT), format)
        elif entry is not None:
            _explain_rule(entry, format, verbose)
        elif what == "-":
            _explain_text(common.standard_input().decode("utf-8", "replace"), format)
        elif os.path.isfile(what):
            _explain_text(_text_of(what), format)
        elif what.lower().endswith((".txt", ".log", ".ipynb", ".out", ".err", ".md", ".py")) and len(what.split()) == 1:
            common.stop(f"There is no file {what}.")
        elif all(character.isalnum() or character in "-_" for character in what):
            common.stop(_no_such_rule(what))
        else:
            _explain_text(what, format)


def _last_error() -> str:
    """The error that the calling Python shell or notebook showed last; empty in a process of its own."""
    import traceback

    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
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


def _explain_rule(entry: "Union[Rule, HealthyPage]", format: option.PageFormat, verbose: bool) -> None:  # noqa: A002
    from kdoctor import records
    from kdoctor import rules as known
    from kdoctor.console import Sink
    from kdoctor.formats import explain as rendering
    from kdoctor.records import words
    from kdoctor.remedies import plan as remedies

    sink = Sink(colour=format is option.PageFormat.RICH)
    usual = remedies.usual(known.example)
    if format is option.PageFormat.JSON:
        sink.write_document(_json(rendering.document([entry], usual)))
        return
    history = records.history(entry.slug)
    releases = words.details(history) if verbose else ()
    sink.write(rendering.render(entry, usual, sink.look, words.sentences(history), releases))


def _explain_text(text: str, format: option.PageFormat) -> None:  # noqa: A002 - the option's name
    from kdoctor import messages
    from kdoctor import rules as known
    from kdoctor.console import Sink
    from kdoctor.formats import traceback as rendering
    from kdoctor.remedies import plan as remedies

    explanation = messages.explain(text, known.all_rules())
    sink = Sink(colour=format is option.PageFormat.RICH)
    usual = remedies.usual(known.example, explanation.reading.versions)
    if format is option.PageFormat.JSON:
        sink.write_document(_json(rendering.document(explanation, usual)))
    else:
        sink.write(rendering.render(explanation, sink.look, usual))


def _no_such_rule(name: str) -> str:
    from kdoctor import rules as known
    from kdoctor.words import did_you_mean

    rules = known.all_rules()
    in_area = [rule.slug for rule in rules if rule.area == name]
    if in_area:
        return f"{name} is an area: kdoctor rules --area {name} lists its rules, {', '.join(in_area)}."
    names = [each for rule in rules for each in (rule.slug, rule.code)] + [page.slug for page in known.healthy_pages()]
    return f"There is no rule called {name!r}.{did_you_mean(name, names) or ' kdoctor rules lists them all.'}"


def _json(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"
