"""One rule, whole, as a page for a terminal; and the list of all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Union

from kdoctor.environment.installers import lines, spell
from kdoctor.model import (
    CodeChange,
    CodeStep,
    Environment,
    HealthyPage,
    InstallStep,
    Remedy,
    RemedySpec,
    Rule,
    VariableStep,
)
from kdoctor.render.json import as_plain
from kdoctor.render.page import Look, Page, Piece, cells

if TYPE_CHECKING:
    from kdoctor.remedies import Usual

Entry = Union[Rule, HealthyPage]

SCHEMA = "kdoctor.rules/1"


def render(entry: Entry, usual: Usual, look: Look, seen: Sequence[str] = (), releases: Sequence[str] = ()) -> str:
    """Everything that is known of one breakage, or of one that is not one.

    Args:
        entry: the rule, or the page about what is healthy.
        usual: fills its remedies in.
        look: how wide and how plain.
        seen: what its canary did on the recorded releases, in sentences.
        releases: every observation behind these sentences, one a line; for who wants it all.
    """
    page = Page(look)
    if isinstance(entry, HealthyPage):
        _healthy(page, entry, seen)
    else:
        _rule(page, entry, usual, seen)
    if releases:
        page.heading("Release by release")
        for line in releases:
            page.add(line, indent=2, hang=2)
    return str(page)


def _healthy(page: Page, entry: HealthyPage, seen: Sequence[str]) -> None:
    page.add((entry.slug, "strong"))
    page.blank()
    page.add(("Believed", "strong"))
    page.add(entry.belief, indent=2)
    page.blank()
    page.add(("✓ ", "good"), ("Measured", "strong"))
    page.add(entry.truth, indent=2)
    for sentence in seen:
        page.add(_as_sentence(sentence), indent=2, hang=2)
    _references(page, entry)


def _rule(page: Page, rule: Rule, usual: Usual, seen: Sequence[str]) -> None:
    page.add((rule.title, "strong"))
    page.add((f"{rule.code} {rule.slug} · {rule.area}" + (" · silent" if rule.silent else ""), "faint"))
    page.heading("What happens")
    for paragraph in rule.explanation.split("\n\n"):
        page.add(paragraph, indent=2)
    if rule.symptoms:
        page.heading("What you notice" if rule.silent else "The message you see")
        for symptom in rule.symptoms:
            page.add(symptom, indent=2, hang=2)
    _affected(page, rule, seen)
    remedies = usual.remedies(rule)
    if remedies:
        page.heading("Remedies, least invasive first")
        if any(isinstance(step, (InstallStep, VariableStep)) for _, remedy in remedies for step in remedy.steps):
            named = f"Commands for {usual.release}, the newest on record; "
            page.add((f"{named}kdoctor prints those for your environment.", "faint"), indent=2)
    shown: set[str] = set()
    for number, (spec, remedy) in enumerate(remedies, 1):
        page.blank()
        page.add((f"{number}. ", "strong"), (remedy.title, "strong"), indent=2, hang=3)
        add_remedy(page, spec, remedy, usual.environment, shown)
    _references(page, rule)
    if rule.measured:
        page.heading("Evidence")
        page.add(rule.measured, indent=2, hang=2)


def _as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _affected(page: Page, rule: Rule, seen: Sequence[str]) -> None:
    lines: list[list[Piece]] = [[_as_sentence(sentence)] for sentence in seen]
    for affected in rule.affects:
        stacks = ", ".join(stack.value for stack in affected.stacks)
        lines.append([f"{affected.implementation.label} {affected.versions}, reached as {stacks}"])
    if rule.canary:
        lines.append(["Look here: ", (f"kdoctor --only {rule.slug}", "paste")])
    elif rule.detect is not None:
        lines.append(["An environment whose own facts show it; no model needs to run."])
    if rule.uses and not lines:
        lines.append(["Code that does it; ", ("kdoctor check PATHS", "paste"), " names its lines."])
    if not lines:
        return  # a rule of what a visit met: its text says all
    page.heading("Affected")
    for line in lines:
        page.add(*line, indent=2, hang=2)


def add_remedy(page: Page, spec: RemedySpec, remedy: Remedy, environment: Environment, shown: set[str]) -> None:
    """One remedy; ``shown`` are the examples of broken code that stand above it already."""
    if remedy.code is not None:
        if remedy.code.before not in shown:
            shown.add(remedy.code.before)
            page.add(("Before", "faint"), indent=5)
            page.verbatim(remedy.code.before, indent=7, style="faint")
        page.add(("After", "faint"), indent=5)
        page.verbatim(remedy.code.after, indent=7)
    for part in spell(remedy.steps, environment):
        if part.is_code:
            page.verbatim(part.text, indent=5)
        else:
            page.add(part.text, indent=5, hang=2)
    if remedy.cost:
        page.entry("Costs", remedy.cost, indent=5)
    if isinstance(spec, CodeChange) and spec.versions:
        page.entry("Only on", spec.versions, indent=5)


def _references(page: Page, entry: Entry) -> None:
    if not entry.references:
        return
    page.heading("Read")
    for reference in entry.references:
        page.add(reference.says, indent=2, hang=2)
        page.verbatim(reference.url, indent=4, style="faint")


def render_list(rules: Sequence[Rule], pages: Sequence[HealthyPage], look: Look) -> str:
    """Code, slug and title of every rule, area by area."""
    page = Page(look)
    slugs = max((len(rule.slug) for rule in rules), default=0)
    room = page.width - 2 - 7 - slugs - 2
    area = ""
    for rule in rules:
        if rule.area != area:
            area = rule.area
            page.heading(area)
        if room >= 24:
            margin = f"{rule.code:<7}{rule.slug:<{slugs + 2}}".replace(" ", "\u00a0")
            page.add(margin, rule.title, indent=2, hang=cells(margin))
        else:
            page.add(f"{rule.code} {rule.slug}", indent=2, hang=2)
            page.add((rule.title, "faint"), indent=4)
    if pages:
        page.heading("Believed broken, measured healthy")
        for healthy in pages:
            page.add(healthy.slug, indent=2)
            page.add((healthy.belief, "faint"), indent=4)
    return str(page)


_LOOKS = ("detect", "where")
"""Fields of a rule that hold functions, of which JSON has nothing to say."""


def document(entries: Iterable[Entry], usual: Usual) -> dict[str, Any]:
    """Rules and pages for programs: ``kdoctor.rules/1``."""
    rules, pages = [], []
    for entry in entries:
        if isinstance(entry, Rule):
            rules.append(_plain_rule(entry, usual))
        else:
            pages.append(as_plain(entry))
    return {"schema": SCHEMA, "rules": rules, "healthy": pages}


def _plain_rule(rule: Rule, usual: Usual) -> dict[str, Any]:
    from dataclasses import fields

    plain = {field.name: as_plain(getattr(rule, field.name)) for field in fields(rule) if field.name not in _LOOKS}
    del plain["usual"]
    plain["remedies"] = [_plain_remedy(spec, remedy, usual) for spec, remedy in usual.remedies(rule)]
    return plain


def _plain_remedy(spec: RemedySpec, remedy: Remedy, usual: Usual) -> dict[str, Any]:
    """The declaration with its placeholders filled in, and the steps that follow from it."""
    filled: dict[str, Any] = {"title": remedy.title}
    for step in remedy.steps:
        if not isinstance(step, CodeStep):
            filled.update(as_plain(step))
    declared = as_plain(spec)
    return {
        **{name: filled.get(name, value) for name, value in declared.items()},
        "kind": type(spec).__name__,
        "steps": as_plain(remedy.steps),
        "commands": list(lines(remedy.steps, usual.environment)),
    }
