"""What the errors of a text are, as a page for a terminal and as a document for programs."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from kdoctor.environment.steps import InstallStep
from kdoctor.formats.blocks import Block, Code, Line, Paragraph, Piece, Steps, paragraph
from kdoctor.formats.context import Look
from kdoctor.formats.explain import steps
from kdoctor.formats.json import as_plain
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, one_line, place, title_of
from kdoctor.language import _
from kdoctor.messages.model import Explained, Explanation, Kind, Match, Reading, Sureness
from kdoctor.rules.rule import CodeChange, Rule

if TYPE_CHECKING:
    from kdoctor.remedies.plan import Usual

SCHEMA = "kdoctor.traceback/1"
MOST_SHOWN = 8  # errors that are explained at length; of a log with more the first ones are
MOST_FRAMES = 3
LINES_OF_MESSAGE = 6
_ASKS = re.compile(r"\b(?:requires?|upgrade|pip install)\b", re.IGNORECASE)  # a message that says itself what is needed
_PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "tf-keras": "tf-keras", "numpy": "NumPy", "python": "Python"}
_MATCHED_BY = {
    Sureness.EXACT: "the error message",
    Sureness.LIKELY: "the error message, which other code may give as well",
    Sureness.NEAR: "a similar error message",
}


def render(explanation: Explanation, look: Look, usual: Usual) -> str:
    """Every error of a text: what it says, which rule knows it, why it happens and what to do."""
    if not explanation.errors:
        said = _("There is no error in this text: no traceback, no warning, no message.")
        how = (("python train.py 2>&1 | kdoctor explain -", "code"), _(" reads all that it prints"))
        return write([paragraph(said), paragraph((_("Next: "), "faint"), *how)], look)
    # A text may have many warnings and lines of a log that say nothing.
    kinds = (Kind.EXCEPTION, Kind.MESSAGE)
    shown = [each for each in explanation.errors if each.is_known or each.near or each.error.kind in kinds]
    shown = shown or list(explanation.errors)
    blocks: list[Block] = _versions(explanation.reading)
    explained: set[str] = set()
    for each in shown[:MOST_SHOWN]:
        blocks += [*_error(each, look), *_what_it_is(each, usual, explained), *_model_files(each)]
    return write([*blocks, *_rest(explanation, len(shown))], look)


def _versions(reading: Reading) -> list[Block]:
    named = [f"{label} {reading.versions[name]}" for name, label in _PACKAGES.items() if name in reading.versions]
    if reading.implementation is not None and "keras" not in reading.versions:
        named.append(_("the Keras in it is {keras}", keras=reading.implementation.label))
    if (named and not set(reading.versions) <= {"python"}) or reading.implementation:
        return [paragraph((_("The text shows: {versions}.", versions=_(", ").join(named)), "faint"))]
    return []


def _error(each: Explained, look: Look) -> list[Block]:
    """What it says, and where the user's own code was when it happened."""
    error = each.error
    name = error.type.rpartition(".")[2]
    first, *more = [line for line in error.message.split("\n") if line.strip()] or [""]
    sign = ("✗ ", "bad") if each.is_known else ("? ", "doubt")
    lines = [*more[: LINES_OF_MESSAGE - 1], *(["..."] if len(more) >= LINES_OF_MESSAGE else [])]
    lines += [_("The text breaks off before the message.")] if error.cut else []
    blocks: list[Block] = [paragraph(sign, (": ".join(filter(None, (name, first))), "strong"), begins=True)]
    blocks += [paragraph(line, indent=2) for line in lines]
    for frame in error.own_frames[-MOST_FRAMES:]:
        function = _(" in {function}", function=frame.function) if frame.function else ""
        blocks.append(paragraph(place(frame.path, frame.line), (function, "faint"), indent=2))
        blocks += [paragraph(one_line(frame.text, look.width - 6), indent=6)] if frame.text else []
    if each.package and each.caller is not None:
        said = _("The call is made by the installed package {package}: ", package=each.package)
        blocks.append(_line(said, place(each.caller.path, each.caller.line)))
    if error.cell:
        blocks.append(paragraph((_("in the output of cell {n}", n=error.cell), "faint"), indent=2))
    return blocks


def _what_it_is(each: Explained, usual: Usual, explained: set[str]) -> list[Block]:
    if not each.matches:
        blocks: list[Block] = [] if each.error.cut else [_line(_("No rule knows this message."))]
        blocks += [_line(_("A guess: "), _named(match.rule)) for match in each.near]
        return [*blocks, *_next_steps(each)]
    first, others = each.matches[0], each.matches[1:]
    blocks = [paragraph((_named(first.rule), "strong"), indent=2, begins=True)]
    blocks += [_line(first.answer)] if first.answer else []
    is_part = first.matched and first.matched != " ".join(each.error.message.split())
    words = _(_MATCHED_BY[first.sureness]) + (f': "{one_line(first.matched, 200)}"' if is_part else "")
    blocks.append(_line(_("Matched by "), "; ".join((words, *first.because))))
    blocks += [_line(_("Also fits: "), _named(match.rule)) for match in others if match.rank == 1]
    if any(match.rank == 1 for match in others):
        blocks.append(_line(_("The text does not show which of them it is.")))
    less = [f"{match.rule.code} {match.rule.slug}" for match in (*others, *each.near) if match.rank > 1]
    blocks += [_line(_("Less likely: "), ", ".join(less[:MOST_FRAMES]))] if less else []
    if first.rule.slug in explained:
        return [*blocks, _line(_("Explained above."))]
    explained.add(first.rule.slug)
    return [*blocks, *_at_length(first.rule, each, usual)]


def _line(label: str, *said: Piece) -> Paragraph:
    return paragraph((label, "faint" if said else ""), *said, indent=2)


def _named(rule: Rule) -> str:
    return f"{rule.code} {rule.slug}: {_(rule.title)}"


def _next_steps(each: Explained) -> list[Block]:
    if not each.concerned and not each.near and not each.error.cut:
        return [_line(_("Nothing in it shows Keras or TensorFlow. If your code uses them, paste the whole traceback."))]
    own = next((frame.path for frame in reversed(each.error.own_frames) if frame.path.endswith(".py")), ".")
    blocks: list[Block] = []
    if each.package and not _ASKS.search(each.error.message):
        said = _("upgrade {package}, which may not know this Keras yet", package=each.package)
        blocks.append(_line(_("Next: "), said))
    check, env = (f"kdoctor check {own}", "code"), ("kdoctor env --markdown", "code")
    blocks.append(_line(_("Next: "), check, _(" looks up every name in your code")))
    blocks.append(_line(_("Then: "), env, _(" describes it for an issue")))
    return blocks


def _model_files(each: Explained) -> list[Block]:
    said = _(" says why the file does not load, and prints the lines that load it")
    return [
        paragraph((_("The file: "), "faint"), (f"kdoctor model {shlex.quote(name)}", "code"), said, begins=not number)
        for number, name in enumerate(each.files[:MOST_FRAMES])
    ]


def _at_length(rule: Rule, each: Explained, usual: Usual) -> list[Block]:
    blocks: list[Block] = [paragraph(_(rule.explanation.partition("\n\n")[0]), indent=2, begins=True)]
    remedies, other = usual.remedies(rule), ""
    own = each.error.own_frames[-1] if each.error.own_frames and not each.package else None
    fix = usual.fix_of(rule, own.text, each.error.message) if own else None
    if own and fix:
        diff: list[Line] = [Code("\n".join(fix.diff), "diff")]
        diff += [paragraph((_("Check the result: "), "strong"), _(fix.unsafe))] if fix.unsafe else []
        title = _("change line {n}", n=own.line) if own.line else _("change the line")
        blocks.append(Steps(_("Fix"), title, tuple(diff)))
        titles = [title_of(remedy) for spec, remedy in remedies if not isinstance(spec, CodeChange)]
        other = "; ".join(dict.fromkeys(titles))
    elif remedies:
        if each.package:  # the line is not the reader's to change
            said = _("upgrade {package}, or give it the Keras that it was written for.", package=each.package)
            blocks.append(paragraph((_("The line is not yours: "), "strong"), said, indent=2, begins=True))
        is_wanted = [isinstance(spec, CodeChange) is not bool(each.package) for spec, _remedy in remedies]
        spec, first = remedies[is_wanted.index(True) if True in is_wanted else 0]
        blocks.append(steps(_("Fix"), spec, first, usual.environment, set()))
        if not usual.is_shown and any(isinstance(step, InstallStep) for step in first.steps):
            said = _("This is for {releases}; another release may need another version.", releases=usual.release)
            blocks.append(_line(said))
        titles = [title_of(remedy) for _spec, remedy in remedies if remedy.title != first.title]
        other = "; ".join(dict.fromkeys(titles))
    blocks += [paragraph((_("Or: "), "strong"), other, begins=True)] if other else []
    return [*blocks, paragraph((_("Details: "), "faint"), (f"kdoctor explain {rule.code}", "code"))]


def _rest(explanation: Explanation, shown: int) -> list[Block]:
    notes = []
    if shown > MOST_SHOWN:
        notes.append(count(shown - MOST_SHOWN, "more error not shown.", "more errors not shown."))
    if explanation.reading.left_out:
        left = count(explanation.reading.left_out, "error")
        notes.append(_("{errors} after the first {n} left out.", errors=left, n=len(explanation.reading.errors)))
    passed = len(explanation.errors) - shown
    if passed:
        notes.append(count(passed, "warning or log line not recognised.", "warnings and log lines not recognised."))
    return [paragraph((note, "faint"), begins=not number) for number, note in enumerate(notes)]


def document(explanation: Explanation, usual: Usual) -> dict[str, Any]:
    """The same for programs: ``kdoctor.traceback/1``."""
    reading = explanation.reading
    return {
        "schema": SCHEMA,
        "known": explanation.is_known,
        "versions": dict(reading.versions),
        "implementation": as_plain(reading.implementation),
        "errors": [
            {
                **as_plain(each.error),
                "matches": [_plain_match(match, usual) for match in each.matches],
                "near": [_plain_match(match, usual) for match in each.near],
                "concerned": each.concerned,
                "package": each.package,
                "files": list(each.files),
            }
            for each in explanation.errors
        ],
        "ranking": list(dict.fromkeys(match.rule.slug for match in explanation.ranking())),
        "left_out": reading.left_out,
    }


def _plain_match(match: Match, usual: Usual) -> dict[str, Any]:
    rule = match.rule
    return {
        **{name: getattr(rule, name) for name in ("code", "slug", "title", "explanation")},
        "remedies": [remedy.title for _, remedy in usual.remedies(rule)],
        **{name: as_plain(getattr(match, name)) for name in _FIELDS},
    }


_FIELDS = ("symptom", "matched", "sureness", "rank", "because", "values", "answer")
