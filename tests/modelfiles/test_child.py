from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kdoctor.errors import UsageError
from kdoctor.modelfiles import child, examine, inside_load, trial
from kdoctor.modelfiles.model import Examined, Way
from kdoctor.modelfiles.read import read
from tests.modelfiles import files


def program(folder: Path, text: str) -> str:
    path = folder / "program.py"
    path.write_text(text)
    return str(path)


def ask(program: str, seconds: float = 20.0, **request: Any) -> dict[str, Any]:
    return child.ask(sys.executable, program, request, environ=dict(os.environ), seconds=seconds)


def test_what_a_program_prints_does_not_reach_its_answer(tmp_path: Path) -> None:
    path = program(
        tmp_path, "import os\ndef answer(given):\n    print('noise'); os.system('echo more')\n    return given"
    )
    assert ask(path, word="ä\udcff") == {"word": "ä\udcff"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("import os\ndef answer(given):\n    os.kill(os.getpid(), 9)", "SIGKILL"),
        ("def answer(given):\n    raise ValueError('no such thing')", "no such thing"),
        ("import time\ndef answer(given):\n    time.sleep(60)", "no answer within"),
    ],
)
def test_a_child_that_does_not_answer_is_a_reason(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(child.ChildError, match=word):
        ask(program(tmp_path, text), seconds=3)


def test_one_file_that_breaks_the_child_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = files.sequential(files.entry(3), files.layer("Dense", units=2))
    bad, good = files.h5(tmp_path, "bad.h5"), files.h5(tmp_path, "good.h5")

    def answers(pythons: Sequence[str], request: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        if "requests" in request or request["path"] == str(bad):
            return {"problem": "unread", "said": "SIGSEGV"}
        return files.hdf5(config)

    monkeypatch.setattr(examine, "_ask", answers)
    found = examine.examine([str(tmp_path)], [files.release("tensorflow==2.15")], {})
    first = {os.path.basename(one.file.path): one.verdicts[0] for one in found.files}
    assert first["good.h5"].is_fine
    assert first["bad.h5"].way is Way.UNKNOWN
    assert (str(good), str(bad)) != ("", "")
    assert examine.exit_code(found, False) == 4


def test_files_with_code_are_refused_unless_they_are_trusted(tmp_path: Path) -> None:
    config = files.sequential(files.entry(3), files.layer("Lambda", "twist", function=["4wEAAAA=", None, None]))
    file = read(str(files.h5(tmp_path)), lambda _: files.hdf5(config))
    with pytest.raises(UsageError, match="byte code in layer twist"):
        trial.try_all(Examined(file), [files.release("tensorflow==2.15")], {}, trust=False)
    trial.refuse(file, "--try", trust=True)


def test_what_no_keras_loads_is_not_tried(tmp_path: Path) -> None:
    file = read(str(files.checkpoint(tmp_path / "ckpt", {"w": (2,)})), lambda _: {})
    with pytest.raises(UsageError, match="cannot be loaded"):
        trial.refuse(file, "--convert", trust=True)


@pytest.mark.parametrize(
    ("wanted", "found", "gap"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0], [1.5], 0.5),
        ([1000.0], [1000.5], trial.ABSOLUTE),
        ([1.0], [1.0, 2.0], float("inf")),
    ],
)
def test_differences_beyond_what_is_relative_count(wanted: list[float], found: list[float], gap: float) -> None:
    import base64
    import struct

    def text(numbers: list[float]) -> list[list[str]]:
        return [[base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()]]

    assert trial.difference(text(wanted), text(found)) == gap


def test_hdf5_is_read_without_its_arrays(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="h5py reads HDF5, and is no requirement of kdoctor")
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        file.create_dataset("model_weights/dense/kernel:0", (1000, 1000), dtype="f4")
        file["model_weights/away"] = h5py.ExternalLink("/etc/passwd", "/")
    found = ask(child.HDF5, path=str(path))
    assert found["arrays"] == [["model_weights/dense/kernel:0", [1000, 1000], "float32"]]
    assert found["attributes"] == {"model_config": "{}"}
    assert any("link" in one for one in found["notes"])


@pytest.mark.parametrize(("shape", "length"), [((None, None, 4), 16384), ((None, 7, 4), 0)])
def test_an_input_of_open_size_gets_longer_where_the_model_needs_it(
    shape: tuple[int | None, ...], length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(model: Any, given: dict[int, int], request: Any) -> int:
        if given[3] < 100:
            raise ValueError("too short")
        return given[3]

    monkeypatch.setattr(inside_load, "_inputs", lambda np, tensors, highest, is_random, lengths: lengths)
    monkeypatch.setattr(inside_load, "_call", call)
    monkeypatch.setattr(inside_load, "_numbers", lambda np, answered: answered)
    request = {"inputs": [{"shape": shape}]}
    if length:
        assert inside_load._predict(None, None, request)[1] == [length, length]
    else:
        with pytest.raises(ValueError, match="too short"):
            inside_load._predict(None, None, request)
