"""The configuration as the commands take it: from any folder, with ignores that end and files that are named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_run import environment

pytestmark = pytest.mark.thorough  # each starts the command

CODE = "import tensorflow as tf\n\n\ndef start_again(model: tf.keras.Model):\n    model.reset_states()\n"
CONFIG = """\
[tool.kdoctor]
paths = ["src", "old"]
targets = ["tensorflow==2.21"]
"""
IGNORE = "[[tool.kdoctor.ignore]]\nrule = 'rnn-model-reset-states'\nreason = 'never called'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("src", "old"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.py").write_text(CODE)
    return tmp_path


def kdoctor(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kdoctor", *arguments]
    return subprocess.run(command, env=environment(), cwd=where, capture_output=True, encoding="utf-8", check=False)


def scanned(project: Path, config: str, where: str = ".") -> tuple[int, list[tuple[str, list[str]]], dict[str, Any]]:
    """The exit code, and of each finding about the rule why it is ignored and where it is."""
    (project / "pyproject.toml").write_text(config)
    done = kdoctor("scan", "--format", "json", where=project / where)
    report = json.loads(done.stdout)
    (examination,) = report["environments"]
    found = [
        (finding["ignored"], sorted({place["path"].replace("\\", "/") for place in finding["locations"]}))
        for finding in examination["findings"]
        if finding["slug"] == "rnn-model-reset-states"
    ]
    return done.returncode, found, examination


def test_the_code_of_the_project_is_read_from_any_of_its_folders(project: Path) -> None:
    code, found, _ = scanned(project, CONFIG)
    assert (code, found) == (1, [("", ["old/train.py", "src/train.py"])])
    code, found, _ = scanned(project, CONFIG, "src")
    assert (code, found) == (1, [("", ["../old/train.py", "train.py"])])


def test_what_is_ignored_passes_and_stays_listed(project: Path) -> None:
    code, found, _ = scanned(project, CONFIG + IGNORE)
    assert (code, found) == (0, [("never called", ["old/train.py", "src/train.py"])])


def test_an_ignore_for_some_files_leaves_the_others_from_any_folder(project: Path) -> None:
    code, found, _ = scanned(project, CONFIG + IGNORE + "paths = ['old/*']\n", "src")
    assert code == 1
    assert sorted(found) == [("", ["train.py"]), ("never called", ["../old/train.py"])]


def test_an_ignore_ends(project: Path) -> None:
    code, found, examination = scanned(project, CONFIG + IGNORE + "until = 2020-01-31\n")
    assert (code, found[0][0]) == (1, "")
    assert any("ended on 2020-01-31" in note for note in examination["notes"])


def test_the_command_line_goes_before_the_file(project: Path) -> None:
    (project / "pyproject.toml").write_text(CONFIG)
    assert kdoctor("scan", where=project).returncode == 1
    assert kdoctor("scan", "--fail-on", "never", where=project).returncode == 0
    assert kdoctor("scan", "--target", "tensorflow==2.15", "src", where=project).returncode == 0
    assert kdoctor("scan", "--no-config", where=project / "src").returncode == 1


def test_a_mistake_in_the_file_ends_every_command_with_2_and_its_line(project: Path) -> None:
    (project / "pyproject.toml").write_text(CONFIG + IGNORE.replace("reason", "raeson"))
    for command in ("scan", "check", "config", "baseline"):
        done = kdoctor(command, where=project / "src")
        assert done.returncode == 2
        assert "pyproject.toml:6: there is no key 'raeson' in ignore. Did you mean reason?" in done.stderr
        assert done.stdout == ""
