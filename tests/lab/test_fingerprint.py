"""A fingerprint changes with what a canary does, and with nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kdoctor import canaries
from kdoctor.canaries import Canary
from tests.lab.fingerprint import fingerprint

SOURCE = '''\
"""An area."""

import json

LIMIT = 3
UNUSED = 4


def helper(x):
    return x + LIMIT


def other(lab):
    return UNUSED


def a_canary(lab):
    """What it is about."""
    text = f"{helper(1)} of {LIMIT:>{LIMIT}}"
    lab.true(json.dumps(text), lab.fixture("model.keras"))
'''


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    folder = tmp_path / "fixtures"
    folder.mkdir()
    (folder / "model.keras").write_bytes(b"one")
    (folder / "other.keras").write_bytes(b"one")
    return folder


def print_of(tmp_path: Path, source: str, fixtures: Path, *, per_namespace: bool = False) -> str:
    path = tmp_path / f"area{len(list(tmp_path.iterdir()))}.py"
    path.write_text(source, encoding="utf-8")
    canary = Canary("a-canary", "area", "", per_namespace=per_namespace)
    return fingerprint(canary, str(path), str(fixtures))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lab.true(", "lab.equal("),
        ("return x + LIMIT", "return x - LIMIT"),
        ("LIMIT = 3", "LIMIT = 5"),
        ("import json", "import pickle as json"),
        ('"model.keras"', '"other.keras"'),
        (" of {", " in {"),
    ],
)
def test_it_changes_with_the_canary_and_what_it_reaches(tmp_path: Path, fixtures: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert print_of(tmp_path, SOURCE, fixtures) != print_of(tmp_path, SOURCE.replace(old, new), fixtures)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What it is about.", "What it is about, in other words."),
        ("    text = ", "    # a comment\n\n    text = "),
        ("def helper(x):", "def helper(x: int) -> int:"),
        ("UNUSED = 4", "UNUSED = 5"),
        ("return UNUSED", "return None"),
        ("lab.true(json.dumps(text), lab", "lab.true(\n        json.dumps(text),\n        lab"),
    ],
)
def test_it_does_not_change_with_what_means_nothing(tmp_path: Path, fixtures: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert print_of(tmp_path, SOURCE, fixtures) == print_of(tmp_path, SOURCE.replace(old, new), fixtures)


def test_it_changes_with_a_fixture_that_the_canary_names(tmp_path: Path, fixtures: Path) -> None:
    before = print_of(tmp_path, SOURCE, fixtures)
    (fixtures / "other.keras").write_bytes(b"two")
    assert print_of(tmp_path, SOURCE, fixtures) == before
    (fixtures / "model.keras").write_bytes(b"two")
    assert print_of(tmp_path, SOURCE, fixtures) != before


def test_it_changes_with_the_stacks_that_the_canary_runs_on(tmp_path: Path, fixtures: Path) -> None:
    assert print_of(tmp_path, SOURCE, fixtures) != print_of(tmp_path, SOURCE, fixtures, per_namespace=True)


def test_it_is_the_same_on_every_python(tmp_path: Path, fixtures: Path) -> None:
    """The very digits: another Python that writes other ones would make every record look outdated."""
    assert print_of(tmp_path, SOURCE, fixtures) == "b2a01c54363e"


def test_every_fixture_belongs_to_a_canary() -> None:
    sources = "".join(Path(canaries.source_path(area)).read_text("utf-8") for area in canaries.AREAS)
    unnamed = [
        name
        for name in os.listdir(canaries.FIXTURES)
        if f'"{name}"' not in sources and not name.startswith(("make", "__"))
    ]
    assert not unnamed
