"""One rule, whole, as a page for a terminal; and the list of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Union

from kdoctor.model import (
    Advice,
    CodeChange,
    HealthyPage,
    Install,
    RemedySpec,
    Rule,
    SetVariable,
    Upgrade,
    UseLegacyKeras,
)
from kdoctor.render.json import as_plain
from kdoctor.render.page import Look, Page, Piece, cells

Entry = Union[Rule, HealthyPage]
Examples = Callable[[str, str], str]
"""Slug and name of an example to its text; :func:`kdoctor.rules.example`."""

SCHEMA = "kdoctor.rules/1"
NOTHING: Mapping[str, str] = MappingProxyType({})


def render(entry: Entry, examples: Examples, look: Look, seen: Sequence[str] = (), releases: Sequence[str] = ()) -> str:
    """Everything that is known of one breakage, or of one that is not one.

    Args:
        entry: the rule, or the page about what is healthy.
        examples: gives the text of its example files.
        look: how wide and how plain.
        seen: what its canary did on the recorded releases, in sentences.
        releases: every observation behind these sentences, one a line; for who wants it all.
    """
    page = Page(look)
    if isinstance(entry, HealthyPage):
        _healthy(page, entry, seen)
    else:
        _rule(page, entry, examples, seen)
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


def _rule(page: Page, rule: Rule, examples: Examples, seen: Sequence[str]) -> None:
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
    if rule.remedies:
        page.heading("Remedies, least invasive first")
    shown: set[str] = set()
    for number, remedy in enumerate(rule.remedies, 1):
        page.blank()
        page.add((f"{number}. ", "strong"), (remedy_title(remedy), "strong"), indent=2, hang=3)
        add_remedy(page, remedy, rule, examples, shown)
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


class _Placeholders(dict[str, str]):
    """What a visit would fill in for its environment, for a reader who has none."""

    def __missing__(self, name: str) -> str:
        return {"tensorflow_minor": "2.N", "tensorflow": "2.N.M"}.get(name, name.upper())


def _filled(text: str, values: Mapping[str, str] = NOTHING) -> str:
    return text.format_map(_Placeholders(values))


def remedy_title(remedy: RemedySpec, values: Mapping[str, str] = NOTHING) -> str:
    """What a remedy does, in a line."""
    if isinstance(remedy, Upgrade):
        return f"Use {remedy.package} {remedy.versions}"
    if isinstance(remedy, SetVariable):
        return _filled(remedy.title, values) or (
            f"Unset {remedy.name}" if remedy.value is None else f"Set {remedy.name}={remedy.value}"
        )
    if isinstance(remedy, (Install, Advice)):
        return _filled(remedy.title, values)
    if isinstance(remedy, CodeChange):
        return remedy.title
    return "Run the program under Keras 2 (tf-keras)"


def add_remedy(
    page: Page,
    remedy: RemedySpec,
    rule: Rule,
    examples: Examples,
    shown: set[str],
    values: Mapping[str, str] = NOTHING,
) -> None:
    """One remedy; ``shown`` are the examples of broken code that are above it already, ``values`` known versions."""
    if isinstance(remedy, CodeChange):
        if remedy.before not in shown:
            shown.add(remedy.before)
            page.add(("Before", "faint"), indent=5)
            page.verbatim(examples(rule.slug, remedy.before), indent=7, style="faint")
        page.add(("After", "faint"), indent=5)
        page.verbatim(examples(rule.slug, remedy.after), indent=7)
    elif isinstance(remedy, Upgrade):
        page.verbatim(f'pip install "{remedy.package}{remedy.versions}"', indent=5)
    elif isinstance(remedy, Install):
        if remedy.uninstall:
            page.verbatim(_filled("pip uninstall " + " ".join(remedy.uninstall), values), indent=5)
        if remedy.requirements:
            page.verbatim(
                _filled("pip install " + " ".join(f'"{one}"' for one in remedy.requirements), values), indent=5
            )
    elif isinstance(remedy, SetVariable):
        line = f"unset {remedy.name}" if remedy.value is None else f"export {remedy.name}={remedy.value}"
        page.verbatim(line, indent=5)
    elif isinstance(remedy, Advice):
        for line in _filled(remedy.text, values).splitlines():
            page.add(line, indent=5, hang=2)
    else:
        minor = values.get("tensorflow_minor")
        if minor:
            page.verbatim(f'pip install "tf-keras~={minor}.0"', indent=5)
        page.verbatim("export TF_USE_LEGACY_KERAS=1", indent=5)
    if isinstance(remedy, UseLegacyKeras) and not values.get("tensorflow_minor"):
        page.add(
            "It needs the tf-keras of TensorFlow's own minor; ",
            ("kdoctor", "paste"),
            " prints the line for an environment.",
            indent=5,
        )
    cost = "" if isinstance(remedy, Advice) else remedy.cost
    if cost:
        page.entry("Costs", cost, indent=5)
    if isinstance(remedy, CodeChange) and remedy.versions:
        page.entry("Only on", remedy.versions, indent=5)


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


_LOOKS = ("detect", "where", "answer")
"""Fields of a rule that hold functions, of which JSON has nothing to say."""


def document(entries: Iterable[Entry]) -> dict[str, Any]:
    """Rules and pages for programs: ``kdoctor.rules/1``."""
    rules, pages = [], []
    for entry in entries:
        if isinstance(entry, Rule):
            rules.append(_plain_rule(entry))
        else:
            pages.append(as_plain(entry))
    return {"schema": SCHEMA, "rules": rules, "healthy": pages}


def _plain_rule(rule: Rule) -> dict[str, Any]:
    from dataclasses import fields

    plain = {field.name: as_plain(getattr(rule, field.name)) for field in fields(rule) if field.name not in _LOOKS}
    kinds = [type(remedy).__name__ for remedy in rule.remedies]
    plain["remedies"] = [{"kind": kind, **remedy} for kind, remedy in zip(kinds, plain["remedies"])]
    return plain
