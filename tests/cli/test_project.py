"""The working folder, which is read where no path is named: when, how much of it, and when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor.cli import common
from kdoctor.settings import Settings

HIT = "import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n"
OTHER = "import json\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*, is_bare: bool) -> list[str] | None:
    """The files with a use of something broken."""
    found = common.code(Settings(), is_bare)
    return None if found is None else sorted(hit.location.path for hit in found[1].hits if hit.code == "KD201")


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("from tensorflow.keras import layers\n", True),
        ("import tf_keras as k\n", True),
        ("import os, keras\n", True),
        ("if True:\n    from keras import ops\n", True),
        ('"""Like keras."""\n', False),
        ("import kerastuner_like\nimport mytensorflow\n", False),
        ("x = 1  # import nothing, keras\n", False),
    ],
)
def test_without_a_command_a_folder_is_read_if_a_file_imports_keras(here: Path, text: str, is_read: bool) -> None:
    (here / "a.py").write_text(text)
    assert (common.code(Settings(), is_bare=True) is not None) is is_read
    assert common.code(Settings(), is_bare=False) is not None, "check reads whatever there is"


def test_a_notebook_counts_too(here: Path) -> None:
    cell = (
        '{"cell_type": "code", "source": ["x = 1\\n", "import keras\\n", "keras.backend.ctc_batch_cost(1, 2, 3, 4)"]}'
    )
    (here / "a.ipynb").write_text(f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}')
    assert read(is_bare=True) == ["a.ipynb"]


def test_an_empty_folder_is_nothing_to_read(here: Path) -> None:
    assert read(is_bare=True) is read(is_bare=False) is None


@pytest.mark.parametrize("bound", [{"_MOST_FILES": 3}, {"_MOST_BYTES": 2 * len(HIT)}])
def test_without_a_command_the_first_files_are_read_and_the_rest_is_counted(
    here: Path, monkeypatch: pytest.MonkeyPatch, bound: dict[str, int]
) -> None:
    for name in "edcba":
        (here / f"{name}.py").write_text(HIT)
    for name, value in bound.items():
        monkeypatch.setattr(common, name, value)
    found = common.code(Settings(), is_bare=True)
    assert found is not None
    assert {hit.location.path for hit in found[1].hits} == {"a.py", "b.py", "c.py"}
    assert [one.reason for one in found[1].unread] == ["2 of its 5 files were left out; kdoctor check . reads all"]
    assert read(is_bare=False) == ["a.py", "b.py", "c.py", "d.py", "e.py"]


def test_a_home_folder_is_not_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.py").write_text(HIT)
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("USERPROFILE", str(here))
    assert read(is_bare=True) is read(is_bare=False) is None
    (here / "src").mkdir()
    monkeypatch.chdir(here / "src")
    (here / "src" / "b.py").write_text(HIT)
    assert read(is_bare=True) == ["b.py"]


def test_configured_paths_go_first(here: Path) -> None:
    (here / "src").mkdir()
    (here / "src" / "a.py").write_text(HIT)
    (here / "b.py").write_text(HIT)
    found = common.code(Settings(paths=("src",)), is_bare=True)
    assert found is not None
    assert found[0] == ("src",)
