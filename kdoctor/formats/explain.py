"""One rule, whole, as a page for a terminal; and the list of all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Union

from kdoctor.environment.installers import lines
from kdoctor.environment.model import Environment
from kdoctor.environment.steps import CodeStep, InstallStep, Remedy, VariableStep
from kdoctor.formats.blocks import Block, Code, Heading, Line, Steps, Table, Text, paragraph, text
from kdoctor.formats.context import Look
from kdoctor.formats.document import downside, step_blocks
from kdoctor.formats.json import as_plain
from kdoctor.formats.terminal import write
from kdoctor.formats.text import listed, sentence, title_of
from kdoctor.language import _
from kdoctor.rules.rule import CodeChange, HealthyPage, RemedySpec, Rule, plain

if TYPE_CHECKING:
    from kdoctor.remedies.plan import Usual

Entry = Union[Rule, HealthyPage]
SCHEMA = "kdoctor.rules/1"


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
    return Steps(label, title_of(remedy), tuple(blocks), indent=2)


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
