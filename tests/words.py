"""How readable the texts of the rules are: ``python -m tests.words`` prints the figures, ``--worst 40`` the sentences.

``--draw SEED`` prints what a reader of ten rules gets: the title and the first three lines. From these he must be able
to say what happened, whether his model is worse, and what to do now.

Measured are titles, explanations, remedies with their costs, and the notes on what was measured. Messages of other
programs, names and references are data and do not count.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from kdoctor import rules
from kdoctor.rules.rule import HealthyPage, Rule, SetVariable

PACKAGE = Path(rules.EXAMPLES).parents[1]
LONG = 25
"""Words; a longer sentence is hard to follow."""
BANNED = re.compile(
    r"\b(mend(s|ed|ing)?|t(ell|ells|old) of|told|visit(s|ed|ing)?|look(s|ed|ing)? at|(set|sets|setting) aside"
    r"|without a word|one's own|anew|has not(?! been)|beside)\b",
    re.IGNORECASE,
)
"""Idioms that the design bans; readers whose first language is not English stumble over them."""
_END = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(`]*(?:[A-Z0-9`]|[a-z_]+[(._=]\S))|\n+")


def of_rule(rule: Rule) -> Iterator[tuple[str, str]]:
    """What kind of text it is, and the text."""
    yield "title", rule.title
    yield "explanation", rule.explanation
    if rule.measured:
        yield "measured", rule.measured
    for remedy in rule.remedies:
        yield "remedy", getattr(remedy, "title", "")
        if not isinstance(remedy, SetVariable):
            yield "remedy", getattr(remedy, "text", "")
        yield "cost", getattr(remedy, "cost", "")


def of_page(page: HealthyPage) -> Iterator[tuple[str, str]]:
    """The same for a page about a healthy feature."""
    yield "belief", page.belief
    yield "truth", page.truth


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text, each once: whose it is, what kind, and the text."""
    shown: set[str] = set()
    for rule in rules.all_rules():
        for kind, text in of_rule(rule):
            if text and text not in shown:
                shown.add(text)
                yield rule.code, kind, text
    for page in rules.healthy_pages():
        for kind, text in of_page(page):
            yield page.slug, kind, text


def sentences(text: str) -> list[str]:
    """Its sentences; a line or a paragraph ends one too."""
    return [one.strip() for one in _END.split(text) if one.strip()]


def words(sentence: str) -> int:
    """How many words; a stretch of code counts as one, however long."""
    return len(re.sub(r"`[^`]*`", "code", sentence).split())


def programs() -> Iterator[Path]:
    """The modules whose strings users read: everything but examples of code that breaks, and the test models."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"examples", "canaries"} & set(path.relative_to(PACKAGE).parts):
            yield path


def strings(source: str) -> Iterator[tuple[int, str]]:
    """The line and the text of each string that may be read by users: no docstring, no message of another program."""
    tree = ast.parse(source)
    quoted: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("symptoms", "says"):
            quoted.update(map(id, ast.walk(node.value)))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            quoted.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quoted:
            yield node.lineno, node.value


def figures(found: Sequence[tuple[str, str, str]]) -> str:
    """Median and long sentences, in two lines."""
    lengths = [words(one) for _, kind, text in found if kind != "title" for one in sentences(text)]
    titles = [len(text) for _, kind, text in found if kind == "title"]
    long = sum(length > LONG for length in lengths)
    return (
        f"{len(lengths)} sentences: median {statistics.median(lengths):g} words, "
        f"{long} ({100 * long / len(lengths):.1f} %) over {LONG} words, longest {max(lengths)}\n"
        f"{len(titles)} titles: median {statistics.median(titles):g} characters, "
        f"{sum(length > 60 for length in titles)} over 60"
    )


def drawn(seed: int) -> Iterator[str]:
    """Titles and first lines of ten rules, as ``kdoctor explain`` shows them at 80 columns."""
    for rule in sorted(random.Random(seed).sample(rules.all_rules(), 10), key=lambda rule: rule.code):
        first = textwrap.fill(rule.explanation.partition("\n\n")[0], 80, initial_indent="  ", subsequent_indent="  ")
        yield f"{rule.code} {rule.title}\n{first}\n"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.words", description=__doc__)
    parser.add_argument("--worst", type=int, default=0, help="the N longest sentences too")
    parser.add_argument("--draw", type=int, metavar="SEED", help="ten rules for a reader, and nothing else")
    options = parser.parse_args()
    if options.draw is not None:
        print(*drawn(options.draw), sep="\n")
        return
    found = list(texts())
    print(figures(found))
    banned = sum(len(BANNED.findall(text)) for _, _, text in found)
    print(f"{banned} banned words")
    ranked = sorted(
        ((words(one), whose, one) for whose, kind, text in found if kind != "title" for one in sentences(text)),
        reverse=True,
    )
    for length, whose, one in ranked[: options.worst]:
        print(f"{length:3} {whose}: {one}")


if __name__ == "__main__":
    main()
