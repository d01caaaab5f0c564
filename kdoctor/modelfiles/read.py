"""Finds out what a file or a folder is, by its bytes, and hands it to whoever reads that kind. Nothing of it is run."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from kdoctor import files
from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles import tensorflow
from kdoctor.modelfiles.known import custom_objects
from kdoctor.modelfiles.model import Code, Kind, ModelFile, Variable

Hdf5 = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Asks a child that has h5py; what it answers is described in ``inside_hdf5.py``."""

HDF5 = b"\x89HDF\r\n\x1a\n"
MOST_MEMBER = 64 * 2**20
"""Bytes of one member of a zip that are read."""
MOST_DIRECTORY = 32 * 2**20
MOST_FILES = 500
"""In one folder."""
ENDINGS = (".keras", ".h5", ".hdf5", ".tflite", ".index", ".pb", ".npz", ".pkl", ".joblib", ".yaml", ".yml", ".json")
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR"}


def find(path: str) -> Iterator[str]:
    """The model files that a path names: itself, or those below a folder that is none."""
    if not os.path.isdir(path) or _is_model_folder(path):
        yield path
        return
    number = 0
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in list(folders):
            inner = os.path.join(folder, name)
            if _is_model_folder(inner):
                folders.remove(name)
                yield inner
        for name in sorted(names):
            file = os.path.join(folder, name)
            if name.lower().endswith(ENDINGS) and _is_worth_a_row(file):
                number += 1
                if number > MOST_FILES:
                    return
                yield file


def _is_worth_a_row(path: str) -> bool:
    """Of the files below a folder, those of other kinds that share an ending are passed over: a package.json, say."""
    with contextlib.suppress(files.Unreadable):
        head = files.read(path, 4096, beginning=True)
        return (
            not path.lower().endswith((".json", ".yaml", ".yml", ".pb"))
            or b"class_name" in head
            or b"modelTopology" in head
            or (path.lower().endswith(".pb") and not head[:1].isspace())
        )
    return not os.path.islink(path)


def _is_model_folder(path: str) -> bool:
    def has(*names: str) -> bool:
        return any(os.path.isfile(os.path.join(path, name)) for name in names)

    return has("saved_model.pb", "saved_model.pbtxt") or (
        has("config.json") and has("metadata.json", "model.weights.h5")
    )


def read(path: str, hdf5: Hdf5) -> ModelFile:
    """What a file or a folder is.

    Args:
        path: the file or folder.
        hdf5: reads HDF5.

    Raises:
        files.Unreadable: it is missing, no regular file, or the system refuses it.
    """
    if os.path.isdir(path):
        found = _folder(path, hdf5)
        return replace(found, custom=custom_objects(found), notes=(*found.notes, *_links(path)))
    with files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(1024)
        found = _of_bytes(path, file, size, head, hdf5)
        if found.kind is Kind.UNKNOWN and not found.problems:
            found = _of_text(path, size, head) or tensorflow.frozen_graph(path) or found
    return replace(found, size=found.size or size, custom=custom_objects(found))


def _of_bytes(path: str, file: BinaryIO, size: int, head: bytes, hdf5: Hdf5) -> ModelFile:
    unknown = ModelFile(path, Kind.UNKNOWN, size)
    name = os.path.basename(path)
    if not size:
        return replace(unknown, problems=("The file is empty.",))
    if head.startswith(b"version https://git-lfs"):
        size_line = next((line for line in head.decode("latin-1").splitlines() if line.startswith("size ")), "")
        note = f"The real file has {int(size_line[5:]):,} bytes." if size_line[5:].isdigit() else ""
        text = "This is a Git LFS pointer: the model itself was never downloaded. Fetch it with git lfs pull."
        return ModelFile(path, Kind.POINTER, size, problems=(text,), notes=(note,) if note else ())
    if _hdf5_at(file, size, head):
        return of_hdf5(ModelFile(path, Kind.H5_OTHER, size), hdf5({"path": os.path.abspath(path)}))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, file, size, hdf5)
    if head[4:8] == b"TFL3":
        return tensorflow.tflite(path, size)
    if head.startswith(b"\x93NUMPY"):
        return ModelFile(path, Kind.ARRAYS, size)
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        code = Code("", "pickle")
        return ModelFile(path, Kind.PICKLE, size, code=(code,), dangerous=("pickle",))
    for start, what in _COMPRESSED.items():
        if head.startswith(start):
            return replace(
                unknown, problems=(f"The file is compressed with {what}. Unpack it, and name what is inside.",)
            )
    if name == "saved_model.pb":
        return tensorflow.saved_model(os.path.dirname(path) or os.curdir)
    if name.endswith(".index") or ".data-0" in name:
        return tensorflow.checkpoint(path)
    if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        text = "The file is a web page. The download went wrong: the server answered with a page, not with the model."
        return replace(unknown, problems=(text,))
    return unknown


def _hdf5_at(file: BinaryIO, size: int, head: bytes) -> bool:
    """HDF5 may begin behind a block of the user's: at 512, 1024, 2048 ... bytes."""
    if head.startswith(HDF5):
        return True
    offset = 512
    while offset < min(size, 2**24):
        file.seek(offset)
        if file.read(8) == HDF5:
            return True
        offset *= 2
    return False


def _of_text(path: str, size: int, head: bytes) -> ModelFile | None:
    """The configuration of a model as JSON or YAML."""
    if b"\0" in head or size > MOST_MEMBER:
        return None
    text = files.read(path, MOST_MEMBER).decode("utf-8", "replace")
    if head.lstrip()[:1] in (b"{", b'"'):
        data = configs.loads(text)
        data = configs.loads(data) if isinstance(data, str) else data  # json.dump(model.to_json(), file)
        if configs.is_object(data):
            return _config_file(path, size, data)
        is_tfjs = isinstance(data, dict) and ("modelTopology" in data or "weightsManifest" in data)
        return ModelFile(path, Kind.TFJS, size) if is_tfjs else None
    if b"class_name:" in head or "class_name:" in text[:20000]:
        found = ModelFile(path, Kind.CONFIG, size, layout="yaml")
        version = next((line[14:].strip(" '\"") for line in text.splitlines() if line.startswith("keras_version:")), "")
        return replace(found, keras=version, notes=("YAML: its layers are not read.",))
    return None


def _config_file(path: str, size: int, data: Mapping[str, Any]) -> ModelFile:
    found = ModelFile(
        path, Kind.CONFIG, size, keras=_text(data.get("keras_version")), backend=_text(data.get("backend")),
        config=data, layout="json",
    )  # fmt: skip
    return configs.with_config(found)


def _text(value: Any) -> str:
    return value[:100] if isinstance(value, str) else ""


def of_hdf5(found: ModelFile, said: Mapping[str, Any], *, is_weights: bool = False) -> ModelFile:
    """The same file with what a child said of its HDF5."""
    problem = said.get("problem")
    if problem == "damaged":
        text = f"The HDF5 is damaged or cut short: {said.get('said')}"
        return replace(found, problems=(*found.problems, text))
    if problem:
        kind = found.kind if is_weights else Kind.H5_MODEL
        text = f"Its HDF5 was not read: {said.get('said') or problem}."
        if problem == "no h5py":
            text = "Its HDF5 was not read: h5py is missing here. Name an environment that has Keras: --python PATH."
        return replace(found, kind=kind, layout="unread", notes=(*found.notes, text))
    attributes = said.get("attributes") or {}
    variables = tuple(
        Variable(str(path), tuple(max(int(one), 0) for one in shape), str(kind)) for path, shape, kind in said["arrays"]
    )
    root = tuple(map(str, said.get("root") or ()))
    found = replace(found, root=root, notes=(*found.notes, *map(str, said.get("notes") or ())))
    if is_weights:
        return replace(found, variables=variables)
    weights = said.get("weights") or {}
    found = replace(
        found,
        keras=_text(attributes.get("keras_version") or weights.get("keras_version")),
        backend=_text(attributes.get("backend") or weights.get("backend")),
        variables=tuple(one for one in variables if not one.path.startswith("optimizer_weights")),
    )
    if "model_config" in attributes:
        config = configs.loads(str(attributes["model_config"]))
        training = configs.loads(str(attributes.get("training_config") or ""))
        found = replace(found, kind=Kind.H5_MODEL, config=config if configs.is_object(config) else None)
        if not configs.is_object(config):
            return replace(found, problems=("Its model_config is no configuration of a Keras model.",))
        lacking = [one for one in configs.listed(weights.get("layer_names")) if one not in said.get("layers", ())]
        lacking = list(dict.fromkeys((*lacking, *configs.listed(said.get("lacking")))))
        if "model_weights" not in root:
            found = replace(found, problems=("It holds no weights: the group model_weights is missing.",))
        elif lacking and not any("/" in str(one) for one in lacking):  # a slash opens a group of its own
            names = ", ".join(map(str, lacking[:3]))
            text = f"It was not written to its end: the weights of {len(lacking)} layers are missing ({names})."
            found = replace(found, problems=(text,))
        training = training if isinstance(training, dict) else None
        return configs.with_training(configs.with_config(replace(found, training=training)))
    if any(name.startswith("layer_names") for name in attributes) or (root and said.get("layers")):
        return replace(found, kind=Kind.H5_WEIGHTS)
    if {"layers", "_layer_checkpoint_dependencies", "vars"} & set(root):
        return replace(found, kind=Kind.KERAS_WEIGHTS)
    return replace(found, kind=Kind.H5_OTHER)


def _zip(path: str, file: BinaryIO, size: int, hdf5: Hdf5) -> ModelFile:
    found = ModelFile(path, Kind.UNKNOWN, size, layout="zip")
    try:
        if _directory_size(file, size) > MOST_DIRECTORY:
            return replace(found, problems=("Its list of members is larger than any model's; it was not read.",))
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OverflowError) as reason:
        kind = Kind.KERAS_ZIP if path.lower().endswith(".keras") else Kind.UNKNOWN
        return replace(found, kind=kind, problems=(f"The zip is damaged or cut short: {reason}.",))
    names = archive.namelist()
    found = replace(found, root=tuple(names[:200]))
    found = replace(found, dangerous=tuple(_twice(archive)))
    outside = [name for name in names if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")]
    found = replace(
        found, dangerous=(*found.dangerous, *(f"member {name} leads out of the folder" for name in outside[:20]))
    )
    if "config.json" in names:
        return _keras(found, _Members(archive, file, path), hdf5)
    if any(name.endswith("data.pkl") for name in names):
        return replace(found, kind=Kind.PICKLE, dangerous=(*found.dangerous, "pickle"))
    if names and all(name.endswith(".npy") for name in names):
        pickles = _pickles(archive)
        return replace(found, kind=Kind.ARRAYS, dangerous=(*found.dangerous, *pickles))
    inside = [name for name in names if name.endswith((".keras", "saved_model.pb", ".h5", ".hdf5", "config.json"))]
    what = f": {', '.join(inside[:3])}" if inside else ""
    return replace(
        found, problems=(f"This is a zip, and not one of Keras's. Unpack it, and name what is inside{what}.",)
    )


def _directory_size(file: BinaryIO, size: int) -> int:
    """How large the list of members says that it is."""
    file.seek(max(size - 70_000, 0))
    tail = file.read(70_000)
    wide = tail.rfind(b"PK\x06\x06")
    if wide >= 0 and len(tail) >= wide + 48:
        return int.from_bytes(tail[wide + 40 : wide + 48], "little")
    end = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0


class _Members:
    """The members of a ``.keras``, in a zip or unpacked."""

    def __init__(self, archive: zipfile.ZipFile, file: BinaryIO, path: str) -> None:
        self._archive, self._file, self._path = archive, file, path

    def read(self, name: str) -> bytes:
        try:
            if self._archive.getinfo(name).file_size > MOST_MEMBER:  # zipfile reads no more than that
                raise files.Unreadable("larger than what is read")
            return self._archive.read(name)
        except KeyError:
            raise files.Unreadable("missing", missing=True) from None
        except files.Unreadable:
            raise
        except Exception as reason:  # zipfile raises nearly anything over damaged members
            raise files.Unreadable(f"{reason}") from None

    def names(self) -> list[str]:
        return self._archive.namelist()

    def place(self, name: str) -> dict[str, Any]:
        """Where h5py finds it."""
        try:
            information = self._archive.getinfo(name)
        except KeyError:
            raise files.Unreadable("missing", missing=True) from None
        if information.compress_type != zipfile.ZIP_STORED:
            raise files.Unreadable("compressed, and is not read")
        self._file.seek(information.header_offset + 26)
        lengths = self._file.read(4)
        skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        offset = information.header_offset + 30 + skip
        return {"path": os.path.abspath(self._path), "offset": offset, "size": information.file_size}


class _Unpacked:
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        return files.read(os.path.join(self._folder, name), MOST_MEMBER)

    def names(self) -> list[str]:
        with contextlib.suppress(OSError):
            return sorted(os.listdir(self._folder))[:1000]
        return []

    def place(self, name: str) -> dict[str, Any]:
        path = os.path.join(self._folder, name)
        if not os.path.isfile(path) or os.path.islink(path):
            raise files.Unreadable("missing, or a link", missing=True)
        return {"path": os.path.abspath(path)}


def _keras(found: ModelFile, members: _Members | _Unpacked, hdf5: Hdf5) -> ModelFile:
    """What ``model.save("x.keras")`` writes."""
    problems, notes = list(found.problems), list(found.notes)
    metadata, config = (_json_of(members, name, problems) for name in ("metadata.json", "config.json"))
    date = _text(metadata.get("date_saved")).replace("@", " ")
    found = replace(found, kind=Kind.KERAS_ZIP, keras=_text(metadata.get("keras_version")), date=date)
    if configs.is_object(config):
        training = config.get("compile_config")
        found = replace(found, config=config, training=training if isinstance(training, dict) else None)
        found = configs.with_config(configs.with_training(found))
    elif not any("config.json" in one for one in problems):
        problems.append("Its config.json describes no model.")
    names = members.names()
    root = found.root or tuple(names)
    if "model.weights.h5" in names:
        try:
            found = of_hdf5(replace(found, notes=()), hdf5(members.place("model.weights.h5")), is_weights=True)
            problems += [one for one in found.problems if one not in problems]
            notes += found.notes
        except files.Unreadable as reason:
            notes.append(f"Its model.weights.h5 is {reason}.")
    elif "model.weights.npz" in names:
        notes.append("Its weights are an .npz. Keras up to 3.8 and tf-keras up to 2.19 load it with allow_pickle=True.")
        try:
            pickles = _pickles(zipfile.ZipFile(io.BytesIO(members.read("model.weights.npz"))))
            found = replace(found, dangerous=(*found.dangerous, *pickles))
        except (files.Unreadable, zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as reason:
            problems.append(f"Its model.weights.npz holds no NumPy arrays: {reason}.")
            found = replace(found, dangerous=(*found.dangerous, "a model.weights.npz that is none"))
    elif not any(name.startswith("model.weights") for name in names):  # sharded ones have a .json
        problems.append("It holds no weights: model.weights.h5 is missing.")
    root = found.root if found.variables else root
    return replace(found, problems=tuple(problems), notes=tuple(notes), root=root)


def _json_of(members: _Members | _Unpacked, name: str, problems: list[str]) -> dict[str, Any]:
    """What stands in a member; nothing where that is no JSON of an object, which is noted."""
    try:
        data = configs.loads(members.read(name).decode("utf-8", "replace"))
    except files.Unreadable as reason:
        problems.append(f"Its {name} cannot be read: {reason}.")
        return {}
    problems += [] if isinstance(data, dict) else [f"Its {name} is no JSON."]
    return data if isinstance(data, dict) else {}


def _pickles(archive: zipfile.ZipFile) -> list[str]:
    """Members of an ``.npz`` that are pickles, and those whose names are there twice."""
    found = _twice(archive)
    for one in archive.infolist()[:5000]:  # by name, the last of several would hide the others
        with contextlib.suppress(Exception), archive.open(one) as member:
            head = member.read(256)
            if b"'descr': '|O'" in head or b"'O'" in head or head[:1] == b"\x80":
                found.append(f"pickle in {one.filename}")
    return found[:20]


def _twice(archive: zipfile.ZipFile) -> list[str]:
    """The members whose names several have: what is read depends on the reader."""
    counts = Counter(archive.namelist())
    return [f"duplicate member {name}" for name, count in counts.items() if count > 1][:20]


def _links(folder: str) -> Iterator[str]:
    """What of a folder is elsewhere."""
    top = os.path.realpath(folder)
    walked = itertools.islice(os.walk(folder), 1000)
    paths = [os.path.join(where, name) for where, folders, names in walked for name in (*folders, *names)]
    for path in filter(os.path.islink, paths[:1000]):
        target = os.path.realpath(path)
        if not target.startswith(os.path.join(top, "")):
            yield f"{os.path.relpath(path, folder)} is a link that leads out of the folder, to {target}."


def _folder(path: str, hdf5: Hdf5) -> ModelFile:
    if os.path.exists(os.path.join(path, "saved_model.pb")) or os.path.exists(os.path.join(path, "saved_model.pbtxt")):
        return tensorflow.saved_model(path)
    return _keras(ModelFile(path, Kind.KERAS_ZIP, layout="folder"), _Unpacked(path), hdf5)
