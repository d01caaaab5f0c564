"""Which Python is meant where nobody names one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from kdoctor.cli.common import interpreters
from kdoctor.settings import Settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, where kdoctor's own Python has no Keras, as under pipx."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_the_active_environment_is_used_and_named(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    active = here / "active"
    active.mkdir()
    monkeypatch.setenv(name, str(active))
    assert interpreters(Settings()) == (str(active),)
    assert f"{active}, as {name} says" in capsys.readouterr().err


def test_an_active_environment_that_is_gone_or_our_own_is_not_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(here / "gone"))
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    assert interpreters(Settings()) == (None,)


def test_an_environment_in_the_folder_is_named_and_not_started(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / ".venv").mkdir()
    (here / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert interpreters(Settings()) == (None,)
    assert "kdoctor --python .venv" in capsys.readouterr().err


def test_where_our_own_python_has_keras_it_is_meant(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "keras" or None)
    monkeypatch.setenv("VIRTUAL_ENV", str(here))
    assert interpreters(Settings()) == (None,)
    assert interpreters(Settings(python=("other",), origins={"python": "the command line"})) == ("other",)
