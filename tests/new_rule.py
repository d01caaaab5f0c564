"""Writes the files of a new rule: ``python -m tests.new_rule AREA SLUG --kind trap --namespace --no-full``.

It appends a canary that fails until it is written, a rule with the next free code, and a program before and after.
CONTRIBUTING.md says what to do with them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from kdoctor import canaries, rules
from kdoctor.canaries.lab import KINDS

ROOT = Path(__file__).parents[1]

CANARY = '''

@canary(kind="{kind}", namespace={namespace}, full={full})
def {function}(lab: Lab) -> None:
    """Say in one line what somebody does with the feature.

    Say how the right numbers are known: by NumPy, or by hand.
    """
    lab.true(False, "this canary is not written yet")
'''
RULE = """    Rule(
        code="{code}",
        slug="{slug}",
        area="{area}",
        title="Say what happens, in at most 60 characters",
        explanation=(
            "In three lines: what happens, whether the model is worse, and what to do.\\n\\n"
            "Why, and since when."
        ),
        symptoms=("The message as it is printed; {{name}} where it varies.",),
        remedies=(CodeChange("Say what to write instead"),),
        measured="Measured: name the releases that you ran.",
        uses=(),
    ),
"""
EXAMPLE = """import tensorflow as tf

# {what}

# --- check
raise AssertionError("compute the right numbers independently, and assert them")
"""


def areas() -> list[str]:
    """Those that have canaries, and rules that are written out; files of models are judged from a table."""
    written = (ROOT / "kdoctor" / "rules" / f"{area}.py" for area in canaries.AREAS)
    return [path.stem for path in written if path.is_file() and "    Rule(\n" in path.read_text(encoding="utf-8")]


def next_code(area: str) -> str:
    """The code after the last of the area; after the last of its hundred where that one is taken."""
    used = {int(rule.code[2:]) for rule in rules.all_rules()}
    number = max((int(rule.code[2:]) for rule in rules.all_rules() if rule.area == area), default=max(used)) + 1
    while number in used:
        number += 1
    return f"KD{number:03d}"


def write(area: str, slug: str, kind: str, namespace: bool, full: bool, root: Path = ROOT) -> list[Path]:
    """Write the files.

    Args:
        area: one that has a file of canaries and one of rules.
        slug: small letters and hyphens; never one that was used before.
        kind: see :func:`kdoctor.canaries.lab.canary`.
        namespace: see there.
        full: see there.
        root: the folder of the repository.

    Returns:
        The files that were written or extended.

    Raises:
        ValueError: the area does not exist, or the slug is malformed or taken.
    """
    if area not in areas():
        raise ValueError(f"there is no area {area!r}; the areas are {', '.join(areas())}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", slug):
        raise ValueError(f"{slug!r} is not a slug: write small letters, digits and hyphens, as in rnn-stateful-carry")
    if rules.find(slug) or slug in {canary.slug for canary in canaries.catalogue()}:
        raise ValueError(f"{slug} exists already")
    canary_file = root / "kdoctor" / "canaries" / f"{area}.py"
    rule_file = root / "kdoctor" / "rules" / f"{area}.py"
    folder = root / "kdoctor" / "rules" / "examples" / slug
    text = rule_file.read_text(encoding="utf-8")
    if not text.endswith("\n)\n"):
        raise ValueError(f"{rule_file} does not end with its rules")
    function = slug.replace("-", "_")
    with canary_file.open("a", encoding="utf-8") as file:
        file.write(CANARY.format(kind=kind, namespace=namespace, full=full, function=function))
    rule_file.write_text(text[:-2] + RULE.format(code=next_code(area), slug=slug, area=area) + ")\n", encoding="utf-8")
    folder.mkdir(parents=True)
    (folder / "before.py").write_text(EXAMPLE.format(what="the code as people have it"), encoding="utf-8")
    (folder / "after.py").write_text(EXAMPLE.format(what="the same with the remedy"), encoding="utf-8")
    return [canary_file, rule_file, folder / "before.py", folder / "after.py"]


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.new_rule", description=__doc__)
    parser.add_argument("area")
    parser.add_argument("slug")
    parser.add_argument("--kind", choices=KINDS, required=True, help="what can be done, one way of writing it, a trap")
    both = argparse.BooleanOptionalAction
    parser.add_argument("--namespace", action=both, required=True, help="whether tf.keras and keras may differ in it")
    parser.add_argument("--full", action=both, required=True, help="whether only --all runs it")
    options = parser.parse_args(arguments)
    try:
        written = write(options.area, options.slug, options.kind, options.namespace, options.full)
    except ValueError as error:
        print(f"new_rule: {error}.", file=sys.stderr)
        return 2
    print("\n".join(str(path.relative_to(ROOT)) for path in written))
    print(f"Fill them in, then: python -m tests.lab.record --canary {options.slug}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
