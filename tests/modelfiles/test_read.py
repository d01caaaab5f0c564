from __future__ import annotations

import base64
import json
import marshal
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kdoctor import files as opening
from kdoctor.modelfiles.model import Kind
from kdoctor.modelfiles.read import find, read
from tests.modelfiles import files


def never(request: Mapping[str, Any]) -> dict[str, Any]:
    raise AssertionError(f"no HDF5 is here: {request}")


def says(answer: dict[str, Any]) -> Any:
    return lambda request: answer


def test_a_keras_zip_says_who_wrote_it_when_and_what_it_takes(tmp_path: Path) -> None:
    config = files.sequential(
        {**files.layer("InputLayer", "tokens", batch_shape=[None, 7], dtype="int32"), "module": "keras.layers"},
        {**files.layer("Dense", "answer", units=2), "module": "keras.layers"},
    )
    asked: list[Mapping[str, Any]] = []

    def h5(request: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return {
            "arrays": [["layers/answer/vars/0", [7, 2], "float32"], ["optimizer/vars/0", [9], "float32"]],
            "root": [],
        }

    path = files.keras(tmp_path, config)
    found = read(str(path), h5)
    assert (found.kind, found.keras, found.date) == (Kind.KERAS_ZIP, "3.4.1", "2024-05-06 07:08:09")
    assert [(one.name, one.shape, one.dtype) for one in found.inputs] == [("tokens", (None, 7), "int32")]
    assert [one.name for one in found.outputs] == ["answer"]
    assert found.parameters == 14
    data = path.read_bytes()
    assert data[asked[0]["offset"] :].startswith(b"\x89HDF")


def test_hdf5_is_known_by_its_bytes_whatever_its_name_says(tmp_path: Path) -> None:
    config = files.sequential(files.entry(3), files.layer("Dense", units=1))
    for name in ("model.h5", "model.keras", "model"):
        found = read(str(files.h5(tmp_path, name)), says(files.hdf5(config)))
        assert found.kind is Kind.H5_MODEL
    (tmp_path / "block.h5").write_bytes(bytes(1024) + files.h5(tmp_path, "x").read_bytes())
    assert read(str(tmp_path / "block.h5"), says(files.hdf5(config))).kind is Kind.H5_MODEL


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (files.hdf5(None, root=["dense"], layers=["dense"]), Kind.H5_WEIGHTS),
        (files.hdf5(None, root=["layers", "vars"]), Kind.KERAS_WEIGHTS),
        (files.hdf5(None, root=["measurements"]), Kind.H5_OTHER),
    ],
)
def test_weights_are_told_from_models(answer: dict[str, Any], kind: Kind, tmp_path: Path) -> None:
    assert read(str(files.h5(tmp_path)), says(answer)).kind is kind


def test_a_pointer_of_git_lfs_says_how_large_the_model_is(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123456789\n")
    found = read(str(path), never)
    assert found.kind is Kind.POINTER
    assert "123,456,789" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"", "empty"), (b"<!DOCTYPE html><html>", "web page"), (b"\x1f\x8b\x08rest", "gzip"), (b"PK\x03\x04cut", "zip")],
)
def test_what_is_no_model_is_said_in_words(data: bytes, word: str, tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(data)
    assert word in read(str(tmp_path / "model.h5"), never).problems[0]


def test_a_saved_model_names_its_signature_and_where_it_is_cut(tmp_path: Path) -> None:
    one = files.signature(
        "serving_default",
        {"right": files.information("r:0", -1, 2), "left": files.information("l:0", -1, 3, dtype=9)},
        {"y": files.information("y:0", -1, 1)},
    )
    found = read(str(files.saved_model(tmp_path / "a", one, keras="2.11.0")), never)
    assert (found.kind, found.layout, found.keras, found.tensorflow) == (Kind.SAVED_MODEL, "keras", "2.11.0", "2.15.0")
    assert [(each.name, each.shape, each.dtype) for each in found.inputs] == [
        ("left", (None, 3), "int64"),
        ("right", (None, 2), "float32"),
    ]
    assert found.parameters == 6
    assert not found.problems
    cut = files.saved_model(tmp_path / "b", one)
    files.checkpoint(cut / "variables" / "variables", {"w": (5, 5)}, missing=8)
    assert "92 of 100 bytes" in read(str(cut), never).problems[0]


def test_a_checkpoint_lists_its_variables(tmp_path: Path) -> None:
    path = files.checkpoint(tmp_path / "ckpt", {"dense/kernel": (4, 2), "dense/bias": (2,)})
    found = read(str(path), never)
    assert found.kind is Kind.CHECKPOINT
    assert {one.path: one.shape for one in found.variables} == {"dense/kernel": (4, 2), "dense/bias": (2,)}


def test_a_frozen_graph_says_what_goes_in(tmp_path: Path) -> None:
    kind = files.message((1, "dtype"), (2, files.message((6, 1))))
    size = files.message((1, "shape"), (2, files.message((7, files.shape(-1, 8)))))
    placeholder = files.message((1, "x"), (2, "Placeholder"), (5, kind), (5, size))
    last = files.message((1, "y"), (2, "Relu"), (3, "x"))
    (tmp_path / "graph.pb").write_bytes(files.message((1, placeholder), (1, last)))
    found = read(str(tmp_path / "graph.pb"), never)
    assert found.kind is Kind.GRAPH
    assert found.inputs[0].shape == (None, 8)
    assert [one.name for one in found.outputs] == ["y"]


def test_byte_code_is_described_and_never_unmarshalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scale = 0.125
    code = base64.b64encode(marshal.dumps((lambda images: images * 0.125 + images.shape[0]).__code__)).decode()
    monkeypatch.setattr(marshal, "loads", lambda *_: pytest.fail("it was unmarshalled"))
    config = files.sequential(files.entry(4), files.layer("Lambda", "twist", function=[code, None, None]))
    (found,) = read(str(files.h5(tmp_path)), says(files.hdf5(config))).code
    assert (found.layer, found.what) == ("twist", "byte code")
    assert "images" in found.names
    assert f"{scale:g}" in found.constants


def test_pickles_and_duplicate_members_are_named(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return os.system, ("true",)

    header = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(128) + b"\n"
    arrays = tmp_path / "w.npz"
    with zipfile.ZipFile(arrays, "w") as archive:
        archive.writestr("evil.npy", header + pickle.dumps(Harm()))
        with pytest.warns(UserWarning, match="Duplicate name"):  # by its name, the harmless one is found
            archive.writestr("evil.npy", header.replace(b"'|O'", b"'<f4'"))
    path = files.keras(tmp_path, files.sequential(), members={"model.weights.npz": arrays.read_bytes()})
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", json.dumps(files.sequential()))
    found = read(str(path), never)
    assert {"pickle in evil.npy", "duplicate member evil.npy"} <= set(found.dangerous)
    assert "duplicate member config.json" in found.dangerous


def test_a_bomb_in_a_zip_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(200 * 2**20))
    assert any("larger" in one for one in read(str(path), never).problems)


def test_a_folder_gives_its_models_and_nothing_else(tmp_path: Path) -> None:
    files.saved_model(tmp_path / "saved")
    files.h5(tmp_path, "a.h5")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "model.json").write_text(json.dumps(files.sequential()))
    (tmp_path / "notes.txt").write_text("x")
    names = sorted(os.path.relpath(one, tmp_path) for one in find(str(tmp_path)))
    assert names == ["a.h5", "model.json", "saved"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.h5")
    with pytest.raises(opening.Unreadable):
        read(str(tmp_path / "model.h5"), never)


@pytest.mark.parametrize("key", ["modelTopology", "weightsManifest"])
def test_a_model_for_browsers_is_no_unknown_file(key: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"format": "layers-model", key: {}}))
    assert read(str(tmp_path / "model.json"), never).kind is Kind.TFJS


def test_a_compressed_index_is_no_damage(tmp_path: Path) -> None:
    index = files.checkpoint(tmp_path / "ckpt", {"w": (2,)})
    data = bytearray(index.read_bytes())
    place = data.rindex(b"z")  # the block that names the others; its type stands behind it
    data[data.index(b"\0" * 5, place)] = 1
    index.write_bytes(data)
    found = read(str(index), never)
    assert found.kind is Kind.CHECKPOINT
    assert not found.problems
    assert not found.variables


def test_weights_that_are_no_arrays_are_a_problem(tmp_path: Path) -> None:
    config = files.sequential({**files.layer("InputLayer", batch_shape=[None, 3]), "module": "keras.layers"})
    path = files.keras(tmp_path, config, members={"model.weights.npz": pickle.dumps(print)})
    found = read(str(path), never)
    assert found.problems
    assert found.dangerous


def test_where_h5py_is_missing_an_environment_is_asked_for(tmp_path: Path) -> None:
    found = read(str(files.h5(tmp_path)), says({"problem": "no h5py", "said": "No module named 'h5py'"}))
    assert found.layout == "unread"
    assert "--python" in found.notes[0]


def test_names_in_byte_code_are_no_paths_of_the_writer(tmp_path: Path) -> None:
    function = compile("f = lambda x: scale(x) * 2.5", r"C:\me\train.py", "exec").co_consts[0]
    text = base64.b64encode(marshal.dumps(function)).decode()
    config = files.sequential(files.entry(3), files.layer("Lambda", function=[text, None, None]))
    (code,) = read(str(files.h5(tmp_path)), says(files.hdf5(config))).code
    assert "scale" in code.names
    assert code.constants == ("2.5",)
    assert not any("train" in one for one in code.names)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_out_of_a_folder_are_named(tmp_path: Path) -> None:
    folder = files.saved_model(tmp_path / "m")
    (tmp_path / "elsewhere.txt").write_text("x")
    (folder / "assets").symlink_to(tmp_path / "elsewhere.txt")
    (folder / "again.pb").symlink_to(folder / "saved_model.pb")
    (note,) = read(str(folder), never).notes
    assert note.startswith("assets is a link")
    assert "elsewhere.txt" in note


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"class_name": "Sequential"}'])
def test_a_configuration_of_nothing_is_a_problem(text: str, tmp_path: Path) -> None:
    path = files.keras(tmp_path, {})
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (("metadata.json", "[]"), ("config.json", text), ("model.weights.h5", "x")):
            archive.writestr(name, data)
    problems = read(str(path), lambda _: {"arrays": [], "root": []}).problems
    assert sum("config.json" in one for one in problems) == 1
