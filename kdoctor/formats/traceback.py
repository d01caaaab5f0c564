"""What the errors of a text are, as a page for a terminal and as a document for programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from kdoctor.environment.steps import InstallStep
from kdoctor.formats.blocks import Block, Code, Paragraph, Steps, text
from kdoctor.formats.context import Look
from kdoctor.formats.explain import steps
from kdoctor.formats.json import as_plain
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, one_line, title_of
from kdoctor.language import _
from kdoctor.messages.model import Error, Explained, Explanation, Kind, Match, Reading, Sureness
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
    """Every error of a text: what it says, which rule knows it, why it happens and what to do.

    Args:
        explanation: what was found in the text.
        look: how wide and how plain.
        usual: fills the remedies of rules in.
    """
    if not explanation.errors:
        said = _("There is no error in this text: no traceback, no warning, no message.")
        how = text(
            (_("Next: "), "faint"), ("python train.py 2>&1 | kdoctor explain -", "code"), _(" reads all that it prints")
        )
        return write([Paragraph(text(said)), Paragraph(how)], look)
    shown = [each for each in explanation.errors if each.is_known or each.near or _is_an_error(each.error)]
    shown = shown or list(explanation.errors)
    blocks: list[Block] = _versions(explanation.reading)
    explained: set[str] = set()
    for each in shown[:MOST_SHOWN]:
        blocks += [*_error(each, look), *_what_it_is(each, usual, explained)]
    return write([*blocks, *_rest(explanation, shown)], look)


def _is_an_error(error: Error) -> bool:
    """Whether it is more than a warning or a line of a log, of which a text may have many that say nothing."""
    return error.kind in (Kind.EXCEPTION, Kind.MESSAGE)


def _versions(reading: Reading) -> list[Block]:
    named = [f"{label} {reading.versions[name]}" for name, label in _PACKAGES.items() if name in reading.versions]
    if reading.implementation is not None and "keras" not in reading.versions:
        named.append(_("the Keras in it is {keras}", keras=reading.implementation.label))
    if (named and not set(reading.versions) <= {"python"}) or reading.implementation:
        return [Paragraph(text((_("The text shows: {versions}.", versions=_(", ").join(named)), "faint")))]
    return []


def _error(each: Explained, look: Look) -> list[Block]:
    """What it says, and where the user's own code was when it happened."""
    error = each.error
    name = error.type.rpartition(".")[2]
    said = [line for line in error.message.split("\n") if line.strip()] or [""]
    sign = ("✗ ", "bad") if each.is_known else ("? ", "doubt")
    title = f"{name}: {said[0]}" if name and said[0] else name or said[0]
    lines = [*said[1:LINES_OF_MESSAGE], *(["..."] if len(said) > LINES_OF_MESSAGE else [])]
    lines += [_("The text breaks off before the message.")] if error.cut else []
    blocks: list[Block] = [Paragraph(text(sign, (title, "strong")), begins=True)]
    blocks += [Paragraph(text(line), indent=2) for line in lines]
    for frame in error.own_frames[-MOST_FRAMES:]:
        place = f"{frame.path}:{frame.line}" if frame.line else frame.path
        where = text(place, (_(" in {function}", function=frame.function) if frame.function else "", "faint"))
        blocks.append(Paragraph(where, indent=2))
        blocks += [Paragraph(text(one_line(frame.text, look.width - 6)), indent=6)] if frame.text else []
    if each.package and each.caller is not None:
        place = f"{each.caller.path}:{each.caller.line}" if each.caller.line else each.caller.path
        blocks.append(_line(_("The call is made by the installed package {package}: ", package=each.package), place))
    if error.cell:
        blocks.append(Paragraph(text((_("in the output of cell {n}", n=error.cell), "faint")), indent=2))
    return blocks


def _what_it_is(each: Explained, usual: Usual, explained: set[str]) -> list[Block]:
    if not each.matches:
        blocks: list[Block] = [] if each.error.cut else [_line(_("No rule knows this message."))]
        blocks += [_line(_("A guess: "), _named(match.rule)) for match in each.near]
        return [*blocks, *_next_steps(each)]
    first, others = each.matches[0], each.matches[1:]
    blocks = [Paragraph(text((_named(first.rule), "strong")), indent=2, begins=True)]
    blocks += [Paragraph(text(first.answer), indent=2)] if first.answer else []
    blocks.append(_line(_("Matched by "), _reason(first, each.error)))
    blocks += [_line(_("Also fits: "), _named(match.rule)) for match in others if match.rank == 1]
    if any(match.rank == 1 for match in others):
        blocks.append(_line(_("The text does not show which of them it is.")))
    less = [f"{match.rule.code} {match.rule.slug}" for match in (*others, *each.near) if match.rank > 1]
    blocks += [_line(_("Less likely: "), ", ".join(less[:MOST_FRAMES]))] if less else []
    if first.rule.slug in explained:
        return [*blocks, _line(_("Explained above."))]
    explained.add(first.rule.slug)
    return [*blocks, *_at_length(first.rule, each, usual)]


def _line(label: str, said: str = "") -> Paragraph:
    return Paragraph(text((label, "faint" if said else ""), said), indent=2)


def _named(rule: Rule) -> str:
    return f"{rule.code} {rule.slug}: {_(rule.title)}"


def _reason(match: Match, error: Error) -> str:
    is_part = match.matched and match.matched != " ".join(error.message.split())
    seen = f': "{one_line(match.matched, 200)}"' if is_part else ""
    return "; ".join((_(_MATCHED_BY[match.sureness]) + seen, *match.because))


def _next_steps(each: Explained) -> list[Block]:
    """What to do about a message that no rule knows."""
    own = next((frame.path for frame in reversed(each.error.own_frames) if frame.path.endswith(".py")), ".")
    if not each.concerned and not each.near and not each.error.cut:
        return [_line(_("Nothing in it shows Keras or TensorFlow. If your code uses them, paste the whole traceback."))]
    upgrade = (
        [_line(_("Next: "), _("upgrade {package}, which may not know this Keras yet", package=each.package))]
        if each.package and not _ASKS.search(each.error.message)
        else []
    )
    return [
        *upgrade,
        Paragraph(
            text((_("Next: "), "faint"), (f"kdoctor check {own}", "code"), _(" looks up every name in your code")),
            indent=2,
        ),
        Paragraph(
            text((_("Then: "), "faint"), ("kdoctor env --markdown", "code"), _(" describes it for an issue")), indent=2
        ),
    ]


def _at_length(rule: Rule, each: Explained, usual: Usual) -> list[Block]:
    blocks: list[Block] = [Paragraph(text(_(rule.explanation.partition("\n\n")[0])), indent=2, begins=True)]
    remedies = usual.remedies(rule)
    own = each.error.own_frames[-1] if each.error.own_frames and not each.package else None
    fix = usual.fix_of(rule, own.text, each.error.message) if own else None
    if own and fix:
        diff: list[Union[Paragraph, Code]] = [Code("\n".join(fix.diff), "diff")]
        diff += [Paragraph(text((_("Check the result: "), "strong"), _(fix.unsafe)))] if fix.unsafe else []
        blocks.append(
            Steps(_("Fix"), _("change line {n}", n=own.line) if own.line else _("change the line"), tuple(diff))
        )
        remedies = [pair for pair in remedies if not isinstance(pair[0], CodeChange)]
        blocks += _others([title_of(remedy) for _spec, remedy in remedies])
    elif remedies:
        if each.package:  # the line is not the reader's to change
            said = _("upgrade {package}, or give it the Keras that it was written for.", package=each.package)
            blocks.append(Paragraph(text((_("The line is not yours: "), "strong"), said), indent=2, begins=True))
        is_wanted = [isinstance(pair[0], CodeChange) is not bool(each.package) for pair in remedies]
        spec, first = remedies[is_wanted.index(True) if True in is_wanted else 0]
        blocks.append(steps(_("Fix"), spec, first, usual.environment, set()))
        if not usual.is_shown and any(isinstance(step, InstallStep) for step in first.steps):
            said = _("This is for {releases}; another release may need another version.", releases=usual.release)
            blocks.append(_line(said))
        blocks += _others([title_of(other) for _spec, other in remedies if other.title != first.title])
    return [*blocks, Paragraph(text((_("Details: "), "faint"), (f"kdoctor explain {rule.code}", "code")))]


def _others(titles: Sequence[str]) -> list[Block]:
    said = "; ".join(dict.fromkeys(titles))
    return [Paragraph(text((_("Or: "), "strong"), said), begins=True)] if titles else []


def _rest(explanation: Explanation, shown: Sequence[Explained]) -> list[Block]:
    notes = []
    if len(shown) > MOST_SHOWN:
        notes.append(count(len(shown) - MOST_SHOWN, "more error not shown.", "more errors not shown."))
    if explanation.reading.left_out:
        read = len(explanation.reading.errors)
        left = count(explanation.reading.left_out, "error")
        notes.append(_("{errors} after the first {n} left out.", errors=left, n=read))
    passed = len(explanation.errors) - len(shown)
    if passed:
        notes.append(count(passed, "warning or log line not recognised.", "warnings and log lines not recognised."))
    return [Paragraph(text((note, "faint")), begins=not number) for number, note in enumerate(notes)]


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
            }
            for each in explanation.errors
        ],
        "ranking": list(dict.fromkeys(match.rule.slug for match in explanation.ranking())),
        "left_out": reading.left_out,
    }


def _plain_match(match: Match, usual: Usual) -> dict[str, Any]:
    rule = match.rule
    return {
        "code": rule.code,
        "slug": rule.slug,
        "title": rule.title,
        "explanation": rule.explanation,
        "remedies": [remedy.title for _, remedy in usual.remedies(rule)],
        "symptom": match.symptom,
        "matched": match.matched,
        "sureness": match.sureness.value,
        "rank": match.rank,
        "because": list(match.because),
        "values": dict(match.values),
        "answer": match.answer,
    }
