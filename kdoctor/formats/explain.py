"""Rules, and the errors of a text, as pages for a terminal and as documents for programs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Union

from kdoctor.environment.installers import lines
from kdoctor.environment.model import Environment
from kdoctor.environment.steps import CodeStep, InstallStep, Remedy, VariableStep
from kdoctor.formats.blocks import Block, Code, Heading, Line, Paragraph, Piece, Steps, Table, Text, paragraph, text
from kdoctor.formats.context import Look
from kdoctor.formats.document import downside, step_blocks
from kdoctor.formats.json import as_plain
from kdoctor.formats.terminal import write
from kdoctor.formats.text import count, listed, one_line, place, sentence
from kdoctor.language import _, filled
from kdoctor.messages.model import Explained, Explanation, Kind, Match, Reading, Sureness
from kdoctor.rules.rule import CodeChange, HealthyPage, RemedySpec, Rule, plain

if TYPE_CHECKING:
    from kdoctor.remedies.plan import Usual

Entry = Union[Rule, HealthyPage]
SCHEMA = "kdoctor.rules/1"
SCHEMA_OF_ERRORS = "kdoctor.traceback/1"
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


def render(entry: Entry, usual: Usual, look: Look, seen: Sequence[str] = (), releases: Sequence[str] = ()) -> str:
    """Everything that is known of one breakage, or of one that is not one.

    Args:
        entry: the rule, or the page about what works.
        usual: fills its remedies in.
        look: what the place that shows it can show.
        seen: what its check did on the recorded releases, in sentences.
        releases: every result behind these sentences, one a line.
    """
    if isinstance(entry, HealthyPage):
        blocks: list[Block] = [Heading(entry.slug), Heading(_("Believed")), *_indented([entry.belief])]
        blocks += [Heading(_("✓ Measured")), *_indented([entry.truth, *map(_as_sentence, seen)]), *_references(entry)]
    else:
        blocks = _rule(entry, usual, seen)
    if releases:
        blocks += [Heading(_("Release by release")), *_indented(releases)]
    return write(blocks, look)


def _indented(said: Iterable[str]) -> list[Block]:
    return [paragraph(line, indent=2) for line in said]


def _rule(rule: Rule, usual: Usual, seen: Sequence[str]) -> list[Block]:
    quiet = _(" · no error message") if rule.silent else ""
    named = paragraph((f"{rule.code} {rule.slug} · {rule.area}{quiet}", "faint"))
    blocks: list[Block] = [Heading(_(rule.title)), named]
    blocks += [Heading(_("What happens")), *_indented(map(_, rule.explanation.split("\n\n")))]
    if rule.symptoms:
        title = _("What you notice") if rule.silent else _("The message you see")
        blocks += [Heading(title), Table(tuple((text("-"), text(plain(one))) for one in rule.symptoms))]
    blocks += _affected(rule, seen)
    remedies = usual.remedies(rule)
    if remedies:
        blocks.append(Heading(_("What fixes it, least invasive first")))
        if any(isinstance(step, (InstallStep, VariableStep)) for _, remedy in remedies for step in remedy.steps):
            said = _(
                "Commands for {releases}, the newest on record; kdoctor prints those for your environment.",
                releases=usual.release,
            )
            blocks.append(paragraph((said, "faint"), indent=2))
    shown: set[str] = set()
    blocks += [steps(f"{number}", *pair, usual.environment, shown) for number, pair in enumerate(remedies, 1)]
    blocks += _references(rule)
    if rule.measured:
        blocks += [Heading(_("Evidence")), *_indented([rule.measured])]
    return blocks


def _as_sentence(said: str) -> str:
    return sentence(said[:1].upper() + said[1:])


def _affected(rule: Rule, seen: Sequence[str]) -> list[Block]:
    said: list[Block] = _indented(map(_as_sentence, seen))
    for affected in rule.affects:
        names = listed([stack.value for stack in affected.stacks])
        said += _indented([f"{affected.implementation.label} {affected.versions}, reached as {names}"])
    if rule.canary:
        said.append(paragraph(_("Test it here: "), (f"kdoctor --only {rule.slug}", "code"), indent=2))
    elif rule.detect is not None:
        said += _indented([_("Seen in the installed packages and settings; no model needs to run.")])
    if rule.uses and not said:
        said.append(paragraph(_("Find it in your code: "), ("kdoctor check .", "code"), indent=2))
    return [Heading(_("Affected")), *said] if said else []


def steps(label: str, spec: RemedySpec, remedy: Remedy, environment: Environment, shown: set[str]) -> Steps:
    """One remedy with its code; ``shown`` are the examples of broken code that stand above it already."""
    blocks: list[Line] = []
    code = remedy.code
    if code is not None and code.before not in shown:
        shown.add(code.before)
        blocks += [paragraph((_("Before"), "faint")), Code(code.before, "text")]
    if code is not None:
        blocks += [paragraph((_("After"), "faint")), Code(code.after, "python")]
    blocks += [*step_blocks(remedy, environment), *downside(remedy)]
    if isinstance(spec, CodeChange) and spec.versions:
        blocks.append(paragraph((_("Only on: "), "faint"), f"Keras {spec.versions}"))
    return Steps(label, filled(remedy.title), tuple(blocks), indent=2)


def _references(entry: Entry) -> list[Block]:
    links = [paragraph((one.says, "", one.url), indent=2) for one in entry.references]
    return [Heading(_("Read")), *links] if links else []


def render_list(rules: Sequence[Rule], pages: Sequence[HealthyPage], look: Look) -> str:
    """Code, slug and title of every rule, area by area."""
    areas: dict[str, list[tuple[Text, ...]]] = {}
    for rule in rules:
        areas.setdefault(rule.area, []).append((text(rule.code), text(rule.slug), text(_(rule.title))))
    if pages:
        believed = [(text(page.slug), text((page.belief, "faint"))) for page in pages]
        areas[_("Believed broken, measured healthy")] = [*believed]
    return write([block for area, rows in areas.items() for block in (Heading(area), Table(tuple(rows)))], look)


_UNSAID = ("detect", "where", "answer", "usual")  # fields of a rule that hold functions or stand elsewhere


def document(entries: Iterable[Entry], usual: Usual) -> dict[str, Any]:
    """Rules and pages for programs: ``kdoctor.rules/1``."""
    entries = list(entries)
    return {
        "schema": SCHEMA,
        "rules": [_plain_rule(entry, usual) for entry in entries if isinstance(entry, Rule)],
        "healthy": [as_plain(entry) for entry in entries if not isinstance(entry, Rule)],
    }


def _plain_rule(rule: Rule, usual: Usual) -> dict[str, Any]:
    plain = {field.name: as_plain(getattr(rule, field.name)) for field in fields(rule) if field.name not in _UNSAID}
    return plain | {"remedies": [_plain_remedy(spec, remedy, usual) for spec, remedy in usual.remedies(rule)]}


def _plain_remedy(spec: RemedySpec, remedy: Remedy, usual: Usual) -> dict[str, Any]:
    """The declaration with its placeholders filled in, and the steps that follow from it."""
    filled = {"title": remedy.title}
    for step in remedy.steps:
        filled |= {} if isinstance(step, CodeStep) else as_plain(step)
    return {
        **{name: filled.get(name, value) for name, value in as_plain(spec).items()},
        "kind": type(spec).__name__,
        "steps": as_plain(remedy.steps),
        "commands": list(lines(remedy.steps, usual.environment)),
    }


# ----------------------------------------------------------------------------------------------- the errors of a text


def render_errors(explanation: Explanation, look: Look, usual: Usual) -> str:
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
        titles = [filled(remedy.title) for spec, remedy in remedies if not isinstance(spec, CodeChange)]
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
        titles = [filled(remedy.title) for _spec, remedy in remedies if remedy.title != first.title]
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


def document_of_errors(explanation: Explanation, usual: Usual) -> dict[str, Any]:
    """The same for programs: ``kdoctor.traceback/1``."""
    reading = explanation.reading
    return {
        "schema": SCHEMA_OF_ERRORS,
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
