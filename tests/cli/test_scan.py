"""``kdoctor scan`` as a user starts it: real code, judged by the releases that ship as records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.test_run import environment

pytestmark = pytest.mark.thorough  # each starts the command

SCHEMA = Path(__file__).parents[2] / "kdoctor" / "formats" / "report.schema.json"
BROKEN = """\
from keras import backend as K

def loss(y_true, y_pred, lengths, label_lengths):
    return K.ctc_batch_cost(y_true, y_pred, lengths, label_lengths)
"""
MAYBE = """\
def evaluate(model, batches):
    import keras
    return model.fit_generator(batches)
"""
CLEAN = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"


def scan(*arguments: str, where: Path, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kdoctor", "scan", *arguments],
        env=environment(**variables),
        cwd=where,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def document(*arguments: str, where: Path, stdin: str = "") -> dict[str, Any]:
    done = scan(*arguments, "--format", "json", where=where, stdin=stdin)
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    return report


def places(report: dict[str, Any]) -> list[str]:
    (examination,) = report["environments"]
    return [
        f"{finding['code']} {place['path']}:{place['line']} {place['certainty']}"
        for finding in examination["findings"]
        for place in finding["locations"]
    ]


def test_what_breaks_on_a_release_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BROKEN)
    report = document(".", "--target", "tensorflow==2.21", "--target", "keras==3.15", where=tmp_path)
    assert places(report) == ["KD201 train.py:4 certain"]
    assert report["exit_code"] == 1
    assert report["environments"][0]["target"] == "tensorflow==2.21 keras==3.15"
    done = scan(where=tmp_path)
    assert done.returncode == 1
    assert "train.py:4:12" in done.stdout
    assert "K.ctc_batch_cost(y_true, y_pred, lengths, label_lengths)" in done.stdout


def test_the_same_code_is_well_on_a_release_where_it_worked(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BROKEN)
    report = document("train.py", "--target", "tensorflow==2.15", where=tmp_path)
    assert places(report) == []
    assert report["status"] == "ok"
    done = scan("train.py", "--target", "tensorflow==2.15", where=tmp_path)
    assert "No known problem on " in done.stdout


def test_only_certain_uses_fail_unless_asked_otherwise(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(MAYBE)
    assert scan(where=tmp_path).returncode == 0
    assert scan("--strict", where=tmp_path).returncode == 1
    assert scan("--fail-on", "warning", where=tmp_path).returncode == 1
    assert scan("--fail-on", "never", "--strict", where=tmp_path).returncode == 0


def test_several_targets_are_judged_each_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BROKEN)
    report = document("--target", "tensorflow==2.15", "--target", "tensorflow==2.21", where=tmp_path)
    assert [len([one for one in each["findings"] if one["locations"]]) for each in report["environments"]] == [0, 1]
    done = scan("--target", "tensorflow==2.15", "--target", "tensorflow==2.21", where=tmp_path)
    assert "No known problem on " in done.stdout
    assert "error[KD201]" in done.stdout


def test_standard_input_is_read(tmp_path: Path) -> None:
    assert places(document("-", where=tmp_path, stdin=BROKEN)) == ["KD201 -:4 certain"]


def test_clean_code_passes_and_an_empty_folder_is_nothing_to_read(tmp_path: Path) -> None:
    assert scan(where=tmp_path).returncode == 3
    (tmp_path / "model.py").write_text(CLEAN)
    done = scan(where=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No known problem on " in done.stdout


def test_a_comment_sets_a_use_aside_and_stays_listed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BROKEN.replace("lengths)\n", "lengths)  # kdoctor: ignore[KD201] patched\n"))
    done = scan(where=tmp_path)
    assert done.returncode == 0
    assert "Ignored: train.py:4 KD201 (patched)" in " ".join(done.stdout.split())
    report = document(where=tmp_path)
    (aside,) = report["code"]["ignored"]
    assert (aside["code"], aside["reason"], aside["location"]["line"]) == ("KD201", "patched", 4)


def test_a_comment_sets_a_missing_name_aside_too(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("import tensorflow as tf\nx = tf.matrix_inverse(1)\n")
    assert scan(where=tmp_path).returncode == 1
    (tmp_path / "old.py").write_text("import tensorflow as tf\nx = tf.matrix_inverse(1)  # kdoctor: ignore[KD093] v1\n")
    report = document(where=tmp_path)
    assert report["exit_code"] == 0
    assert [one["ignored"] for one in report["environments"][0]["findings"] if one["locations"]] == ["v1"]


def test_what_cannot_be_read_is_named_and_costs_itself_only(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import keras\ndef (:\n")
    (tmp_path / "train.py").write_text(BROKEN)
    report = document(where=tmp_path)
    assert places(report) == ["KD201 train.py:4 certain"]
    assert [one["path"] for one in report["code"]["unread"]] == ["broken.py"]
    assert "broken.py:2" in scan(where=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.py"], "There is no file or folder nowhere.py"),
        (["--target", "tensorflow==2.99"], "Nothing is recorded of tensorflow 2.99"),
        (["--target", "torch"], "Write a package and its release"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = scan(*arguments, where=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
