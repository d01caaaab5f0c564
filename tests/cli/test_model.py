"""``kdoctor model`` as a user starts it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.test_run import environment
from tests.modelfiles import files

pytestmark = pytest.mark.thorough  # each starts the command


def model(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kdoctor", "model", *arguments],
        env=environment(),
        cwd=where,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_saved_model_on_two_releases(tmp_path: Path) -> None:
    one = files.signature("serving_default", {"x": files.information("x", -1, 3)}, {"y": files.information("y", -1, 1)})
    files.saved_model(tmp_path / "saved", one, keras="2.11.0")
    old = model("saved", "--target", "tensorflow==2.15", where=tmp_path)
    assert old.returncode == 0, old.stderr
    new = model("saved", "--target", "tensorflow==2.21", "--format", "json", where=tmp_path)
    assert new.returncode == 1
    (found,) = json.loads(new.stdout)["files"]
    assert found["verdicts"][0]["way"] == "through TFSMLayer"
    assert found["inputs"][0]["shape"] == [None, 3]


def test_nothing_to_read_and_wrong_usage(tmp_path: Path) -> None:
    assert model("none.h5", where=tmp_path).returncode == 3
    assert model(".", where=tmp_path).returncode == 3
    assert model(where=tmp_path).returncode == 2
    assert model(".", "--target", "tensorflow", where=tmp_path).returncode == 2


def test_several_files_are_a_table(tmp_path: Path) -> None:
    for name in ("one", "two"):
        files.checkpoint(tmp_path / name, {"w": (2,)})
    done = model(".", "--target", "tensorflow==2.15", where=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("TensorFlow checkpoint") == 2
    assert model(".", "--write", "load.py", "--target", "tensorflow==2.15", where=tmp_path).returncode == 2


def test_convert_refuses_what_holds_code(tmp_path: Path) -> None:
    config = files.sequential({**files.layer("Lambda", "twist"), "module": "keras.layers"})
    config["config"]["layers"][0]["config"]["function"] = ["4wEAAAA=", None, None]
    files.keras(tmp_path, config)
    done = model("model.keras", "--convert", "new.keras", where=tmp_path)
    assert done.returncode == 2
    assert "byte code in layer twist" in done.stderr
    assert not (tmp_path / "new.keras").exists()


def test_the_command_that_writes_the_lines_is_whole(tmp_path: Path) -> None:
    config = files.sequential({**files.layer("Dense", "d", units=2, batch_input_shape=[None, 3]), "module": "keras"})
    (tmp_path / "old models").mkdir()
    weights = io.BytesIO()
    with zipfile.ZipFile(weights, "w") as archive:
        archive.writestr("a.npy", b"")
    members = {"model.weights.npz": weights.getvalue()}
    files.keras(tmp_path / "old models", {**config, "module": "keras"}, version="2.15.0", members=members)
    done = model("old models/model.keras", "--python", sys.executable, "--target", "keras==3.10", where=tmp_path)
    shown = " ".join(done.stdout.split())
    assert f"kdoctor model 'old models/model.keras' --python {sys.executable} --write load_old.py" in shown
