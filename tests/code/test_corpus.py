"""Every planted use is found on its line, as surely as it is marked, and nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kdoctor import rules as rules_package
from kdoctor.code import Usage, scan
from kdoctor.code.reading import LOOKED_UP
from kdoctor.rules import all_rules
from kdoctor.words import Certainty
from tests.code.patterns import rules

CORPUS = Path(__file__).parent / "corpus"
SCRIPTS = sorted(CORPUS.glob("*.py"))
Planted = set[tuple[int, int, str, str]]


def planted(text: str, cell: int = 0) -> Planted:
    """``#! slug, slug?`` at the end of a line: a certain and a likely use."""
    found = set()
    for number, line in enumerate(text.split("\n"), 1):
        match = re.search(r"#! (.*)$", line)
        for mark in match[1].split(",") if match else ():
            certainty = "likely" if mark.strip().endswith("?") else "certain"
            found.add((cell, number, mark.strip().rstrip("?"), certainty))
    return found


def found(usage: Usage) -> Planted:
    return {(hit.location.cell, hit.location.line, hit.slug, hit.location.certainty.value) for hit in usage.hits}


def as_notebook(text: str, markdown: bool = True) -> tuple[bytes, Planted]:
    """The script as a notebook: a cell begins at each ``# %%``; what is planted, by cell."""
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "metadata": {}, "source": ["import keras\n"]}]
    marks: Planted = set()
    for piece in re.split(r"(?m)^# %%\n", text):
        lines = piece.splitlines(keepends=True)
        cells.append({"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [], "source": lines})
        marks |= planted(piece, len(cells))
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(), marks


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_planted_use_in_a_script_is_found_and_nothing_else(script: Path) -> None:
    usage = scan([str(script)], rules=rules())
    assert usage.unread == ()
    assert found(usage) == planted(script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_same_in_a_notebook(script: Path, tmp_path: Path) -> None:
    notebook, marks = as_notebook(script.read_text())
    path = tmp_path / "script.ipynb"
    path.write_bytes(notebook)
    usage = scan([str(path)], rules=rules())
    assert usage.unread == ()
    assert found(usage) == marks


def test_the_corpus_plants_every_pattern_of_the_table() -> None:
    slugs = {slug for script in SCRIPTS for _, _, slug, _ in planted(script.read_text())}
    assert {rule.slug for rule in rules() if rule.uses and rule.code not in LOOKED_UP} - slugs == set()


def test_what_is_certain_and_what_is_likely_are_told_apart() -> None:
    usage = scan([str(CORPUS / "names.py")], rules=rules())
    assert {hit.location.certainty for hit in usage.hits} == {Certainty.CERTAIN, Certainty.LIKELY}
    assert [(hit.slug, hit.reason) for hit in usage.ignored] == [("api-optimizers-legacy", "kept for the old branch")]


CLEAN = sorted((CORPUS / "clean").glob("*.py"))


def test_clean_keras_3_code_gives_no_finding_at_all(tmp_path: Path) -> None:
    for script in CLEAN:
        cells = [{"cell_type": "code", "metadata": {}, "source": piece} for piece in _pieces(script.read_text())]
        (tmp_path / f"{script.stem}.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    for folder in (CORPUS / "clean", tmp_path):
        usage = scan([str(folder)], rules=rules())
        assert usage.unread == ()
        assert [
            (hit.location.path, hit.location.cell, hit.location.line, hit.slug, hit.location.text)
            for hit in usage.hits
            if hit.slug != "ecosystem-tensorboard-missing"  # which is for the environment to say
        ] == []
        assert usage.files == len(CLEAN)


def test_the_clean_code_is_large_and_is_really_read() -> None:
    assert sum(len(script.read_text().splitlines()) for script in CLEAN) >= 2200
    usage = scan([str(CORPUS / "clean")], rules=rules())
    assert {use.location.stack for use in usage.uses} == {"keras", "tf.keras", "tensorflow"}
    assert len({use.name for use in usage.uses}) > 250


def _pieces(text: str) -> list[str]:
    """The script in cells: one for each statement at its top level that follows two empty lines."""
    return re.split(r"\n\n\n(?=\S)", text)


NOT_SHOWN = {
    "ctc-blank-last": "whether the labels count from 0 or from 1 is in the data",
    "ctc-minus-one-padding": "so is what pads them",
    "saving-keras2-file": "which Keras wrote a file is in the file",
    "saving-keras2-weights-h5": "so is the release that wrote weights",
    "saving-h5-hard-sigmoid": "which function an old layer means is in the file",
    "saving-h5-loss-object": "so is the loss with which a model was compiled",
    "savedmodel-tfsm-dict": "the layer is called in the same way; what is done with its answer may be anywhere",
    "training-epoch-skipped": "whether a dataset has as many batches as the epochs want is a matter of numbers",
    "training-loss-ranks": "the shape of the targets is in the data",
    "training-loss-integers": "so is their dtype",
    "training-weight-names": "reading a weight's name is harmless, unless it must differ from the others",
    "training-batch-norm-variance": "BatchNormalization is everywhere; how much it matters is the size of a batch",
    "training-class-weight-sequence": "whether there is one target a step is in the data",
    "training-partial-batch": "whether the batches divide the samples is a matter of numbers",
    "training-early-stopping-restore": "whether training is stopped early is known when it runs",
    "layers-stateful-batch": "of which size a batch is, is known when the model runs",
    "layers-to-categorical": "it matters only to what mixes its float64 with other numbers",
    "layers-text-vectorization": "the same, with int64",
}
"""Rules about what code does whose code looks as it must; the areas of the environment and of installations aside."""


def test_every_rule_about_code_says_what_it_looks_like_or_why_it_cannot() -> None:
    silent = {
        rule.slug
        for rule in all_rules()
        if not rule.uses
        and not rule.detect
        and rule.area not in ("environment", "code", "native", "loading", "data", "modelfile")
    }
    assert silent == set(NOT_SHOWN)


NOT_SEEN = {
    "savedmodel-load-model/before": "the name of the folder comes from outside",
    "saving-weights-checkpoint/before": "the same",
    "api-preprocessing-image/before_epochs": "whether the steps fit is a matter of numbers",
}
EXAMPLES = [
    (rule.slug, path)
    for rule in all_rules()
    if rule.uses
    for path in sorted((Path(rules_package.EXAMPLES) / rule.slug).glob("*.py"))
    if f"{rule.slug}/{path.stem}" not in NOT_SEEN
]


@pytest.mark.parametrize(("slug", "path"), EXAMPLES, ids=lambda value: str(value).rpartition("examples/")[2])
def test_the_code_before_a_remedy_is_recognised_and_the_code_after_it_is_not(slug: str, path: Path) -> None:
    shown = path.read_text(encoding="utf-8").partition(rules_package.CHECK_MARKER)[0]
    hits = scan(["-"], rules=rules(), stdin=shown.encode()).hits
    assert (slug in {hit.slug for hit in hits}) is path.stem.startswith("before")
