"""``kdoctor model`` as a user starts it."""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from kdoctor.cli.common import Given
from kdoctor.environment.model import Environment
from kdoctor.modelfiles import trial
from kdoctor.modelfiles.examine import Examination
from kdoctor.modelfiles.model import Examined
from kdoctor.modelfiles.read import read
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
    done = model("old models/model.keras", "--python", sys.executable, "--target", "keras==3.5", where=tmp_path)
    shown = " ".join(done.stdout.split())
    assert f"kdoctor model 'old models/model.keras' --python {sys.executable} --write load_old.py" in shown


def test_prove_compares_in_a_copy_that_has_tf_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no Keras 2 is installed the comparison is made in a throwaway copy, and only with consent."""
    here = files.release("tensorflow==2.19 keras==3.10")
    kept = tuple(one for one in here.distributions if one.name != "tf-keras")
    here = replace(here, distributions=kept, interpreter=replace(here.interpreter, executable="here/python"))
    copy = replace(here, interpreter=replace(here.interpreter, executable="copy/python"))
    asked: list[object] = []

    @contextmanager
    def throwaway(environment: object, steps: object, *rest: object) -> Iterator[str]:
        asked.append(steps)
        yield "copy/python"

    def convert(one: object, environment: Environment, *rest: object, **options: bool) -> trial.Converted:
        if environment.interpreter.executable == "copy/python":
            return trial.Converted("new.keras", True, 1e-7, "tf.keras+legacy · tf-keras 2.19.0")
        return trial.Converted("new.keras", False, None, "", trial.NOT_COMPARED)

    file = read(str(files.h5(tmp_path)), lambda _: files.hdf5(files.sequential(files.entry(3))))
    found = Examination((Examined(file),))
    monkeypatch.setattr("kdoctor.remedies.prove.throwaway", throwaway)
    monkeypatch.setattr("kdoctor.modelfiles.trial.convert", convert)
    monkeypatch.setattr("kdoctor.environment.examine", lambda python: copy)
    monkeypatch.setattr("kdoctor.modelfiles.examine.examine", lambda *given: found)
    monkeypatch.chdir(tmp_path)
    for consent, code in ((False, 1), (True, 0)):
        given = Given(None, {"files": ["model.h5"], "convert": "new.keras", "prove_file": consent})  # type: ignore[arg-type]
        with pytest.raises(typer.Exit) as stopped:
            importlib.import_module("kdoctor.cli.model")._convert(found, [here], given)
        assert stopped.value.exit_code == code
    (steps,) = asked
    assert "tf-keras~=2.19" in str(steps)
    shown = capsys.readouterr()
    assert "--prove" in shown.err
    assert "1e-07" in shown.out
