"""The pages of ``docs/rules``, a page a rule: ``python -m tests.docs`` writes them anew.

They hold nothing that is not in the rules, their examples and the records, so that a page cannot drift from the
program; ``tests/test_docs.py`` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kdoctor import rules
from kdoctor.environment.installers import Place, spell
from kdoctor.formats.markdown import code, fenced
from kdoctor.formats.text import sentence
from kdoctor.records import history
from kdoctor.remedies import plan
from kdoctor.rules.rule import CodeChange, HealthyPage, Reference, Rule, plain
from kdoctor.words import Outcome, listed

FOLDER = Path(__file__).parents[1] / "docs" / "rules"
INDEX, HEALTHY = "README.md", "healthy.md"
_SPECIAL = re.compile(r"[\\*<\[\]]|(?<!\w)_|_(?!\w)")
MADE = "<!-- written by: python -m tests.docs -->"
RESULTS = {
    Outcome.WORKS: "works",
    Outcome.WRONG: "**wrong**",
    Outcome.RAISES: "**error**",
    Outcome.CRASHES: "**crash**",
    Outcome.TIMES_OUT: "no answer",
    Outcome.NOT_APPLICABLE: "does not exist",
}


def prose(text: str) -> str:
    """A text of a rule as Markdown: its backticks are code already, names of rules become links, the rest is text."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _linked(_SPECIAL.sub(r"\\\g<0>", part)) for part in parts)


def _linked(text: str) -> str:
    def link(found: re.Match[str]) -> str:
        entry = rules.find(found[0])
        if entry is None:
            return found[0]
        return f"[{found[0]}]({f'{entry.code}.md' if isinstance(entry, Rule) else f'{HEALTHY}#{entry.slug}'})"

    return re.sub(r"\b[a-z][a-z0-9]*(?:-[a-z0-9]+)+\b", link, text)


def _seen(slug: str) -> Iterator[str]:
    for said in history.sentences(slug):
        yield prose(sentence(said[:1].upper() + said[1:]))


def releases(slug: str) -> str:
    """What the check did on each recorded release, as a table; empty where nothing was recorded."""
    cells: dict[str, dict[str, str]] = {}
    for way, track in history.tracks(slug).items():
        on = "" if way.backend == "tensorflow" else f" on {way.backend}"
        for minor, seen in track.items():
            results = [RESULTS[outcome] for outcome in sorted({row.outcome for row in seen}, key=list(RESULTS).index)]
            name = "tf-keras" if way.implementation.value == "tf-keras" else "Keras"
            cells.setdefault(f"{name} {minor}{on}", {})[way.namespace] = " or ".join(results)
    if not cells:
        return ""
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    head = f"| Release | {' | '.join(f'`{column}`' for column in columns)} |\n| --- |{' --- |' * len(columns)}\n"
    rows = (f"| {name} | {' | '.join(row.get(column, '') for column in columns)} |" for name, row in cells.items())
    return head + "\n".join(rows)


def _who(rule: Rule) -> Iterator[str]:
    """Who meets it, in paragraphs."""
    yield from _seen(rule.slug)
    for one in rule.affects:
        yield f"{one.implementation.label} {one.versions}, as {listed([f'`{stack.value}`' for stack in one.stacks])}."
    if rule.detect is not None:
        yield "kdoctor sees it in the installed packages and settings; no model needs to run."
    if rule.canary:
        yield f"Test it in your environment: `kdoctor --only {rule.slug}`"
    if rule.uses:
        yield "Find it in your code: `kdoctor check PATHS`"


def _fixes(rule: Rule, usual: plan.Usual) -> Iterator[str]:
    shown: set[str] = set()
    for number, (spec, remedy) in enumerate(usual.remedies(rule), 1):
        yield f"### {number}. {prose(remedy.title)}"
        if remedy.code is not None:
            if remedy.code.before not in shown:
                shown.add(remedy.code.before)
                yield "Before:\n\n" + fenced(remedy.code.before, "python")
            yield "After:\n\n" + fenced(remedy.code.after, "python")
        for part in spell(remedy.steps, usual.environment, Place.BASH):
            yield fenced(part.text, "shell") if part.is_code else prose(part.text)
        if remedy.cost:
            yield f"Downside: {prose(remedy.cost)}"
        if isinstance(spec, CodeChange) and spec.versions:
            yield f"Only on: Keras {spec.versions}"


def _references(found: Sequence[Reference]) -> Iterator[str]:
    if found:
        yield "## References"
        yield "\n".join(f"- {prose(one.says)} <{one.url}>" for one in found)


def page(rule: Rule, usual: plan.Usual) -> str:
    """The page of a rule."""
    quiet = ", no error message" if rule.silent else ""
    parts = [f"# {rule.code}: {prose(rule.title)}", MADE, f"`{rule.slug}`, area {rule.area}{quiet}"]
    parts += ["## What happens", *map(prose, rule.explanation.split("\n\n"))]
    parts += ["## What you see", "\n".join(f"- {code(one)}" for one in dict.fromkeys(map(plain, rule.symptoms)))]
    who = list(_who(rule))
    parts += ["## Who meets it", *who] if who else []
    table = releases(rule.slug)
    parts += ["## Releases", table] if table else []
    fixes = list(_fixes(rule, usual))
    if fixes:
        parts += ["## How to fix it", f"The least invasive way comes first. Commands are those for {usual.release}."]
        parts += fixes
    parts += _references(rule.references)
    parts += ["## Evidence", prose(sentence(rule.measured))] if rule.measured else []
    return "\n\n".join([*parts, f"[All rules]({INDEX})"]) + "\n"


def healthy(pages: Iterable[HealthyPage]) -> str:
    """The page about what people believe broken."""
    parts = ["# Believed broken, measured healthy", MADE]
    for one in pages:
        parts += [f"## {one.slug}", f"Believed: {prose(one.belief)}", f"Measured: {prose(one.truth)}"]
        parts += ["\n".join(f"- {prose(reference.says)} <{reference.url}>" for reference in one.references)]
    return "\n\n".join(filter(None, [*parts, f"[All rules]({INDEX})"])) + "\n"


def index(known: Sequence[Rule]) -> str:
    """Every rule by its area, and by the messages that people see."""
    parts = ["# Rules", MADE, f"What is believed broken and is not: [{HEALTHY}]({HEALTHY}).", "## By area"]
    for area in dict.fromkeys(rule.area for rule in known):
        rows = (
            f"| [{rule.code}]({rule.code}.md) | {prose(rule.title)} | `{rule.slug}` |"
            for rule in known
            if rule.area == area
        )
        parts += [f"### {area}", "| Code | What happens | Name |\n| --- | --- | --- |\n" + "\n".join(rows)]
    seen: dict[str, list[str]] = {}
    for rule in known:
        for symptom in rule.symptoms:
            codes = seen.setdefault(plain(symptom), [])
            codes += [rule.code] if rule.code not in codes else []
    by_message = (
        f"- {code(message)}: {', '.join(f'[{one}]({one}.md)' for one in codes)}"
        for message, codes in sorted(seen.items(), key=lambda item: item[0].lower())
    )
    parts += ["## By message", "\n".join(by_message)]
    return "\n\n".join(parts) + "\n"


def made() -> dict[str, str]:
    """Every page by the name of its file."""
    usual, known = plan.usual(), rules.all_rules()
    pages = {f"{rule.code}.md": page(rule, usual) for rule in known}
    return {INDEX: index(known), HEALTHY: healthy(rules.healthy_pages()), **pages}


def main() -> None:
    """Write all pages, and delete those of rules that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = made()
    for old in FOLDER.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    main()
