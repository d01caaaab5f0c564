"""Writes small model files byte by byte, as Keras and TensorFlow do, without either."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional, Union

from kdoctor.environment.model import Environment
from kdoctor.records import hypothetical
from kdoctor.records.table import shipped

Json = dict[str, Any]


def layer(cls: str, name: str = "", **config: Any) -> Json:
    """A layer as HDF5 of Keras 2 describes it."""
    return {"class_name": cls, "config": {"name": name or cls.lower(), **config}}


def sequential(*layers: Json) -> Json:
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": list(layers)}}


def entry(*sizes: Optional[int], cls: str = "InputLayer", **config: Any) -> Json:
    return layer(cls, "given", batch_input_shape=[None, *sizes], dtype="float32", **config)


def hdf5(config: Optional[Json], training: Optional[Json] = None, version: str = "2.4.0", **more: Any) -> Json:
    """What the child says of an HDF5 file."""
    attributes: Json = {"keras_version": version}
    if config is not None:
        attributes["model_config"] = json.dumps(config)
    if training is not None:
        attributes["training_config"] = json.dumps(training)
    said = {"attributes": attributes, "weights": {}, "root": ["model_weights"], "arrays": [], "layers": [], "notes": []}
    return {**said, **more}


def h5(folder: Path, name: str = "model.h5") -> Path:
    """A file that begins as HDF5 does."""
    path = folder / name
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return path


def keras(
    folder: Path, config: Json, version: str = "3.4.1", name: str = "model.keras", members: Mapping[str, bytes] = {}
) -> Path:
    """A ``.keras``."""
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version, "date_saved": "2024-05-06@07:08:09"}))
        archive.writestr("config.json", json.dumps(config))
        for member, data in (members or {"model.weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(80)}).items():
            archive.writestr(member, data)
    return path


# --------------------------------------------------------------------------------------------------------- TensorFlow

Field = Union[int, bytes, str]


def message(*fields: tuple[int, Field]) -> bytes:
    """A protocol buffer."""
    out = io.BytesIO()
    for number, value in fields:
        if isinstance(value, int):
            out.write(varint(number << 3) + varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            out.write(varint(number << 3 | 2) + varint(len(data)) + data)
    return out.getvalue()


def varint(value: int) -> bytes:
    value %= 2**64
    found = bytearray()
    while True:
        found.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(found)


def shape(*sizes: int) -> bytes:
    return message(*((2, message((1, size))) for size in sizes))


def information(name: str, *sizes: int, dtype: int = 1) -> bytes:
    return message((1, name), (2, dtype), (3, shape(*sizes)))


def signature(name: str, inputs: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> bytes:
    sides = [(1, message((1, key), (2, one))) for key, one in inputs.items()]
    sides += [(2, message((1, key), (2, one))) for key, one in outputs.items()]
    return message((1, name), (2, message(*sides)))


def saved_model(
    folder: Path, *signatures: bytes, operations: tuple[str, ...] = ("MatMul",), keras: str = "", objects: bool = True
) -> Path:
    """A SavedModel folder; with the version of a Keras 2 it is one that Keras wrote."""
    folder.mkdir()
    listed = message(*((1, message((1, one))) for one in operations))
    meta = message((2, listed), (4, "serve"), (5, "2.15.0"))
    root = message((4, message((1, "_tf_keras_network" if keras else "_generic_user_object"))))
    graph = [(1, meta), *((5, one) for one in signatures), *([(7, message((1, root)))] if objects else [])]
    (folder / "saved_model.pb").write_bytes(message((1, 1), (2, message(*graph))))
    if keras:
        text = json.dumps({"keras_version": keras, "class_name": "Functional", "config": {"layers": []}})
        node = message((2, 0), (3, "root"), (4, "_tf_keras_network"), (5, text))
        (folder / "keras_metadata.pb").write_bytes(message((1, node)))
    (folder / "variables").mkdir()
    checkpoint(folder / "variables" / "variables", {"w/.ATTRIBUTES/VARIABLE_VALUE": (2, 3)})
    return folder


def checkpoint(prefix: Path, variables: Mapping[str, tuple[int, ...]], missing: int = 0) -> Path:
    """A checkpoint: its index as LevelDB writes a table, and zeros as its data."""
    entries: list[tuple[str, bytes]] = [("", message((1, 1)))]
    offset = 0
    for name, sizes in sorted(variables.items()):
        size = 4
        for one in sizes:
            size *= one
        entries.append((name, message((1, 1), (2, shape(*sizes)), (4, offset), (5, size))))
        offset += size
    block = b"".join(varint(0) + varint(len(key)) + varint(len(value)) + key.encode() + value for key, value in entries)
    block += struct.pack("<II", 0, 1)
    data = block + b"\0" + bytes(4)
    handle = varint(0) + varint(len(block))
    index = varint(0) + varint(1) + varint(len(handle)) + b"z" + handle + struct.pack("<II", 0, 1)
    meta = varint(0) + varint(0) + varint(len(data)) + varint(len(index))
    table = data + index + b"\0" + bytes(4) + meta.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    prefix.with_name(prefix.name + ".index").write_bytes(table)
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(bytes(offset - missing))
    return prefix.with_name(prefix.name + ".index")


# -------------------------------------------------------------------------------------------------------- environments


def release(*values: str) -> Environment:
    """An environment with these releases, by what was recorded of them."""
    return hypothetical.targets(values, shipped().environments)[0].environment
