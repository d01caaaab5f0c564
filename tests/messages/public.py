"""Error texts as they are in public threads, labelled before kdoctor saw them; and the rules that each label means.

One half is for building, the other for measuring only: ``python -m tests.messages.public`` prints both figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kdoctor import messages, rules
from kdoctor.messages.model import Sureness

PATH = Path(__file__).with_name("public.json")

REMOVED = "KD094 KD101 KD104 KD401 KD652 KD657 KD658 KD818 KD820 KD940 KD943 KD944 KD947"
MODULES = "KD095 KD713 KD806 KD811 KD812 KD833 KD834"
NAMES = "KD093 KD201 KD204 KD806 KD808 KD809 KD810 KD813 KD814 KD816 KD832 KD833 KD946 KD010 KD834 KD095 KD012"
MEANS: dict[str, str] = {
    "attribute-gone": "KD096 KD102 KD714 KD805 KD807 KD822 KD823 KD826 KD827 KD828 KD837",
    "checkpoint-missing": "KD665",
    "compat-layers": "KD836",
    "cpu-avx": "KD046",
    "cpu-note": "KD045",
    "custom-object": "KD659",
    "custom-op": "KD042 KD717",
    "data-adapter": "KD963",
    "data-sizes": "KD962",
    "eager-tensor": "KD504 KD056",
    "file-config": "KD657 KD094 KD947",
    "file-format": "KD601 KD613",
    "file-name": "KD612 KD613 KD651",
    "gpu-memory": "KD058",
    "gpu-missing": "KD043",
    "gpu-noise": "KD044",
    "gpu-runtime": "KD057",
    "h5": "KD666",
    "h5py": "KD052",
    "hub": "KD701 KD023 KD025 KD835",
    "input-shape": "KD960",
    "input-shape-warning": "KD965",
    "kerastensor": "KD501 KD502 KD503 KD504 KD815",
    "lambda-load": "KD660",
    "layer-count": "KD661 KD656",
    "mixed": "KD969 KD835 KD023",
    "ml-dtypes": "KD050",
    "module-gone": MODULES,
    "name-gone": NAMES,
    "native": "KD040 KD004",
    "newer-file": "KD658",
    "numpy": "KD005 KD048 KD049",
    "optimizer-decay": "KD803",
    "optimizer-lr": "KD802",
    "pip-conflict": "KD055 KD013 KD014",
    "pip-version": "KD004",
    "probability": "KD711 KD023 KD025 KD701 KD835",
    "protobuf": "KD047 KD007",
    "removed-argument": REMOVED,
    "symbolic-numpy": "KD504",
    "target-shape": "KD961",
    "tf-keras-missing": "KD054 KD020 KD711 KD712",
    "tf1": "KD056 KD093 KD095",
    "tflite": "KD059",
    "transformers": "KD716",
}
"""By label the codes of the rules that are right; ``unknown`` is about Keras without a rule, ``none`` is not."""


class Text(NamedTuple):
    """One text of a thread."""

    address: str
    half: str
    label: str
    text: str

    def __repr__(self) -> str:
        return self.address


class Answer(NamedTuple):
    """What kdoctor says of it."""

    first: tuple[str, ...]
    """The codes of the rules in the first place, surest first."""
    three: tuple[str, ...]
    sure: tuple[str, ...]
    """Of those in the first place the ones that are sure."""
    said: bool
    """Whether anything is said at all: a match, a guess, or that it is about Keras."""
    named: bool
    """Whether a rule is named, as a guess even."""


TEXTS = tuple(Text(**entry) for entry in json.loads(PATH.read_text("utf-8")))


def answer(text: str) -> Answer:
    """What is shown first, and what among the first three."""
    explanation = messages.explain(text, rules.all_rules())
    ranked = explanation.ranking()
    near = [match for each in explanation.errors for match in each.near]
    best = [match for match in ranked if match.rank == 1 and match.sureness is ranked[0].sureness]
    codes = list(dict.fromkeys(match.rule.code for match in (*ranked, *near)))
    return Answer(
        tuple(dict.fromkeys(match.rule.code for match in best)),
        tuple(codes[:3]) if len(best) < 4 else tuple(codes[: len(best)]),
        tuple(match.rule.code for match in best if match.sureness is Sureness.EXACT),
        bool(ranked or near or any(each.concerned for each in explanation.errors)),
        bool(ranked or near),
    )


class Figures(NamedTuple):
    """Counts over one half."""

    ours: int
    first: int
    """Right rule or family in the first place."""
    served: int
    """Right among the first three, or known to be about Keras and said to be unknown."""
    wrong_sure: int
    foreign: int
    foreign_sure: int
    foreign_named: int
    missed: tuple[str, ...]


def measure(texts: Sequence[Text]) -> Figures:
    """The figures of some texts."""
    first = served = wrong = ours = foreign = foreign_sure = foreign_named = 0
    missed = []
    for one in texts:
        said = answer(one.text)
        if one.label == "none":
            foreign += 1
            foreign_sure += bool(said.sure)
            foreign_named += said.named
            if said.named:
                missed.append(f"foreign {one.address}: {said}")
            continue
        ours += 1
        right = set(MEANS.get(one.label, "").split())
        is_first = bool(right & set(said.first)) if right else (said.said and not said.sure)
        is_served = is_first or bool(right & set(said.three)) or (said.said and not said.first)
        is_wrong = bool(said.sure) and not right & set(said.first)
        first, served, wrong = first + is_first, served + is_served, wrong + is_wrong
        if not is_first:
            missed.append(f"{one.label} {one.address}: {'served' if is_served else 'LOST'} {said}")
    return Figures(ours, first, served, wrong, foreign, foreign_sure, foreign_named, tuple(missed))


if __name__ == "__main__":
    import sys

    for half in ("built", "held"):
        found = measure([one for one in TEXTS if one.half == half])
        print(
            f"{half}: {found.ours} texts, first {found.first / found.ours:.1%}, "
            f"served {found.served / found.ours:.1%}, "
            f"wrong as sure {found.wrong_sure / found.ours:.1%}; {found.foreign} foreign, {found.foreign_sure} sure, "
            f"{found.foreign_named} named"
        )
        if half == "built" or "--held" in sys.argv:
            print(*found.missed, sep="\n")
