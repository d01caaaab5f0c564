"""What the errors of a text are, as a page for a terminal and as a document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdoctor.messages import ranking
from kdoctor.messages.model import Error, Explained, Explanation, Kind, Match, Reading, Sureness
from kdoctor.model import CodeChange, Rule
from kdoctor.render.explain import Examples, add_remedy, remedy_title
from kdoctor.render.json import as_plain
from kdoctor.render.page import Look, Page, shorten
from kdoctor.versions import minor

SCHEMA = "kdoctor.traceback/1"
MOST_SHOWN = 8
"""Errors that are explained at length; of a log with more the first ones are."""
MOST_FRAMES = 3
LINES_OF_MESSAGE = 6
_PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "tf-keras": "tf-keras", "numpy": "NumPy", "python": "Python"}


def render(explanation: Explanation, look: Look, examples: Examples) -> str:
    """Every error of a text: what it says, which rule knows it, why it happens and what to do.

    Args:
        explanation: what was found in the text.
        look: how wide and how plain.
        examples: gives the text of a rule's example files; :func:`kdoctor.rules.example`.
    """
    page = Page(look)
    if not explanation.errors:
        page.add("There is no error in this text: no traceback, no warning, no message.")
        return str(page)
    told = [each for each in explanation.errors if each.is_known or each.near or _is_an_error(each.error)]
    told = told or list(explanation.errors)
    _versions(page, explanation.reading)
    shown: set[str] = set()
    for each in told[:MOST_SHOWN]:
        page.blank()
        _error(page, each)
        _what_it_is(page, each, explanation.reading, examples, shown)
    _rest(page, explanation, told)
    return str(page)


def _is_an_error(error: Error) -> bool:
    """Whether it is more than a warning or a line of a log, of which a text may have many that say nothing."""
    return error.kind in (Kind.EXCEPTION, Kind.MESSAGE)


def _versions(page: Page, reading: Reading) -> None:
    named = [f"{label} {reading.versions[name]}" for name, label in _PACKAGES.items() if name in reading.versions]
    if reading.implementation is not None and "keras" not in reading.versions:
        named.append(f"the Keras in it is {reading.implementation.label}")
    if (named and not set(reading.versions) <= {"python"}) or reading.implementation:
        page.add((f"The text shows: {', '.join(named)}.", "faint"))


def _error(page: Page, each: Explained) -> None:
    """What it says, and where the user's own code was when it happened."""
    error = each.error
    name = error.type.rpartition(".")[2]
    said = [line for line in error.message.split("\n") if line.strip()] or [""]
    page.add(
        ("✗ " if each.is_known else "? ", "bad" if each.is_known else "doubt"),
        (f"{name}: {said[0]}" if name and said[0] else name or said[0], "strong"),
        hang=2,
    )
    for line in said[1:LINES_OF_MESSAGE]:
        page.add(line, indent=2, hang=2)
    if len(said) > LINES_OF_MESSAGE:
        page.add(("…", "faint"), indent=2)
    if error.cut:
        page.add("The text breaks off before the message.", indent=2)
    for frame in error.own_frames[-MOST_FRAMES:]:
        place = f"{frame.path}:{frame.line}" if frame.line else frame.path
        page.add(place, (f" in {frame.function}" if frame.function else "", "faint"), indent=2, hang=2)
        if frame.text:
            page.verbatim(shorten(frame.text, page.width - 6), indent=6, style="")
    if each.package and each.caller is not None:
        place = f"{each.caller.path}:{each.caller.line}" if each.caller.line else each.caller.path
        page.add(f"The call is made by the installed package {each.package}: ", (place, "faint"), indent=2, hang=2)
    if error.cell:
        page.add((f"in the output of cell {error.cell}", "faint"), indent=2)


def _what_it_is(page: Page, each: Explained, reading: Reading, examples: Examples, shown: set[str]) -> None:
    page.blank()
    if not each.matches:
        if not each.error.cut:
            page.add("No rule knows this message.", indent=2)
        for match in each.near:
            page.entry("A guess", *_named(match.rule))
        if each.concerned:
            _next_steps(page, each)
        return
    first, others = each.matches[0], each.matches[1:]
    page.add(*_named(first.rule), indent=2, hang=2)
    if first.answer:
        page.add(first.answer, indent=2, hang=2)
    page.entry("Known by" if first.sureness is Sureness.EXACT else "Likely by", _reason(first, each.error))
    equal = [match for match in others if match.rank == 1]
    for match in equal:
        page.entry("Or", *_named(match.rule), "" if len(equal) > 1 else "; the message is the same")
    less = [f"{match.rule.code} {match.rule.slug}" for match in (*others, *each.near) if match not in equal]
    if less:
        page.entry("Less so", ", ".join(less[:MOST_FRAMES]))
    if first.rule.slug in shown:
        page.add("Explained above.", indent=2)
    else:
        shown.add(first.rule.slug)
        _at_length(page, first.rule, each, reading, examples)


def _next_steps(page: Page, each: Explained) -> None:
    """What to do about a message of Keras or TensorFlow that no rule knows."""
    if each.package:
        page.entry("Next", f"Upgrade {each.package}: it may not know this Keras yet")
    own = next((frame.path for frame in reversed(each.error.own_frames) if frame.path.endswith(".py")), "FILE")
    page.entry("Next", (f"kdoctor check {own}", "paste"), " looks up every name and argument in that file")
    page.entry("Then", ("kdoctor env --markdown", "paste"), " writes the versions as a block for an issue")


def _named(rule: Rule) -> tuple[tuple[str, str], ...]:
    return (rule.code, "strong"), (f" {rule.slug} ", "paste"), (f"· {rule.title}", "")


def _reason(match: Match, error: Error) -> str:
    sure = {
        Sureness.EXACT: "its message",
        Sureness.LIKELY: "its message, which other code could give as well",
        Sureness.NEAR: "a message like it",
    }[match.sureness]
    is_part = match.matched and match.matched != " ".join(error.message.split())
    seen = f': "{shorten(match.matched, 200)}"' if is_part else ""
    return "; ".join((sure + seen, *match.because))


def _at_length(page: Page, rule: Rule, each: Explained, reading: Reading, examples: Examples) -> None:
    page.blank()
    for paragraph in rule.explanation.split("\n\n"):
        page.add(paragraph, indent=2)
    values = _values(reading)
    if each.package:
        page.blank()
        page.add(
            ("The line is not yours: ", "strong"),
            f"upgrade {each.package}, or give it the Keras that it was written for.",
            indent=2,
            hang=2,
        )
    if rule.remedies:
        in_code = [one for one in rule.remedies if isinstance(one, CodeChange)]
        elsewhere = [one for one in rule.remedies if not isinstance(one, CodeChange)]
        first = (elsewhere or in_code if each.package else in_code or elsewhere)[0]
        page.blank()
        page.add(("What to do: ", "strong"), (remedy_title(first, values), "strong"), indent=2, hang=2)
        add_remedy(page, first, rule, examples, set(), values)
        rest = [remedy_title(one, values) for one in rule.remedies if one is not first]
        if rest:
            page.entry("Or", "; ".join(rest))
    page.blank()
    page.entry("All of it", (f"kdoctor explain {rule.slug}", "paste"))


def _values(reading: Reading) -> dict[str, str]:
    """What remedies are filled with: the versions that the text shows."""
    values = {name.replace("-", "_"): version for name, version in reading.versions.items()}
    if "tensorflow" in values:
        values["tensorflow_minor"] = minor(values["tensorflow"])
    return values


def _rest(page: Page, explanation: Explanation, told: Sequence[Explained]) -> None:
    notes = []
    if len(told) > MOST_SHOWN:
        notes.append(f"{len(told) - MOST_SHOWN} more errors are not shown.")
    if explanation.reading.left_out:
        notes.append(
            f"{explanation.reading.left_out} errors after the first {len(explanation.reading.errors)} are left out."
        )
    passed = len(explanation.errors) - len(told)
    if passed:
        notes.append(f"{passed} warnings and lines of logs are nothing that a rule knows.")
    if notes:
        page.blank()
        for note in notes:
            page.add((note, "faint"))


def document(explanation: Explanation) -> dict[str, Any]:
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
                "matches": [_plain_match(match) for match in each.matches],
                "near": [_plain_match(match) for match in each.near],
                "concerned": each.concerned,
                "package": each.package,
            }
            for each in explanation.errors
        ],
        "ranking": list(dict.fromkeys(match.rule.slug for match in ranking(explanation))),
        "left_out": reading.left_out,
    }


def _plain_match(match: Match) -> dict[str, Any]:
    rule = match.rule
    return {
        "code": rule.code,
        "slug": rule.slug,
        "title": rule.title,
        "explanation": rule.explanation,
        "remedies": [remedy_title(remedy) for remedy in rule.remedies],
        "symptom": match.symptom,
        "matched": match.matched,
        "sureness": match.sureness.value,
        "rank": match.rank,
        "because": list(match.because),
        "values": dict(match.values),
        "answer": match.answer,
    }
