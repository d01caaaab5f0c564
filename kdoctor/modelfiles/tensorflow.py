"""What TensorFlow itself writes: SavedModel folders, checkpoints, frozen graphs, TensorFlow Lite."""

from __future__ import annotations

import contextlib
import itertools
import os
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Optional

from kdoctor import files
from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.model import Kind, ModelFile, Signature, Tensor, Variable
from kdoctor.modelfiles.protobuf import Damaged, Message, signed, varint

# tensorflow/core/framework/types.proto
_TYPES = ["", "float32", "float64", "int32", "uint8", "int16", "int8", "string", "complex64", "int64", "bool", "qint8",
          "quint8", "qint32", "bfloat16", "qint16", "quint16", "uint16", "complex128", "float16", "resource", "variant",
          "uint32", "uint64", "float8_e5m2", "float8_e4m3fn"]  # fmt: skip
_DANGEROUS = ("ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "PyFuncStateless", "PrintV2")
"""Operations that touch files, or run Python, when the model is called."""
_TABLE_MAGIC = 0xDB4775248B80FB57
_MOST_INDEX = 64 * 2**20
_MOST_VARIABLES = 200_000
_MOST_METADATA = 64 * 2**20


def dtype(number: int) -> str:
    """The name of a type of TensorFlow; a reference counts as what it refers to."""
    number = number - 100 if number > 100 else number
    return _TYPES[number] if 0 < number < len(_TYPES) else ""


def saved_model(folder: str) -> ModelFile:
    """A folder with a ``saved_model.pb``."""
    path = os.path.join(folder, "saved_model.pb")
    found = ModelFile(folder, Kind.SAVED_MODEL, layout="graph")
    problems: list[str] = []
    if not os.path.exists(path):
        text = os.path.exists(path + "txt")
        note = "saved_model.pbtxt" if text else "no saved_model.pb"
        return replace(found, problems=() if text else ("There is no saved_model.pb.",), notes=(note,))
    with files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            graphs = list(Message(file, 0, size).messages(2))
            if not graphs:
                raise Damaged("it holds no graph")
            for graph in graphs:
                found = _meta_graph(graph, found)
        except Damaged as reason:
            problems.append(f"saved_model.pb cannot be read: {reason}.")
    try:
        found = _keras_metadata(os.path.join(folder, "keras_metadata.pb"), found)
    except (Damaged, files.Unreadable) as reason:
        problems.append(f"keras_metadata.pb cannot be read: {reason}.")
    variables, missing = checkpoint_variables(os.path.join(folder, "variables", "variables"))
    if missing and (found.layout != "graph" or variables or "VarHandleOp" in found.operations):
        problems += missing
    walked = itertools.islice(os.walk(folder), 1000)
    sizes = sum(_size(os.path.join(where, name)) for where, _, names in walked for name in names)
    kept = tuple(one for one in variables if not one.path.endswith("_CHECKPOINTABLE_OBJECT_GRAPH"))
    return replace(found, size=sizes, variables=kept, problems=(*found.problems, *problems))


def _size(path: str) -> int:
    with contextlib.suppress(OSError):
        return os.lstat(path).st_size
    return 0


def _meta_graph(graph: Message, found: ModelFile) -> ModelFile:
    signatures, operations = list(found.signatures), set(found.operations)
    tags: list[str] = []
    tensorflow, layout, endpoints, nodes = found.tensorflow, found.layout, found.endpoints, None
    metadata = ""
    for number, value in graph:
        if not isinstance(value, Message):
            continue
        if number == 1:
            tags = value.texts(4)
            tensorflow = value.string(5) or tensorflow
            listed = value.message(2)
            operations.update(one.string(1) for one in (listed.messages(1) if listed else ()))
        elif number == 2:
            nodes = value
        elif number == 5:
            signatures.append(_signature(value))
        elif number == 7:
            layout, endpoints, metadata = _object_graph(value)
    if nodes is not None and not operations:
        operations.update(_operations(nodes))
    named = tuple(one for one in signatures if one.name != "__saved_model_init_op")
    first = next((one for one in named if one.name in ("serving_default", "serve")), named[0] if named else None)
    found = replace(
        found,
        tensorflow=tensorflow,
        tags=(*found.tags, tuple(tags)),
        signatures=named,
        inputs=first.inputs if first else (),
        outputs=first.outputs if first else (),
        operations=tuple(sorted(operations)),
        dangerous=tuple(f"operation {name}" for name in _DANGEROUS if name in operations),
        layout=layout,
        endpoints=endpoints,
    )
    return _of_keras(metadata, found)


def _operations(nodes: Message) -> Iterator[str]:
    """The kinds of operations of a graph and of its functions."""
    for number, value in nodes:
        if number == 1 and isinstance(value, Message):
            yield value.string(2)
        elif number == 2 and isinstance(value, Message):
            for function in value.messages(1):
                for node in function.messages(3):
                    yield node.string(2)


def _signature(entry: Message) -> Signature:
    name = entry.string(1)
    body = entry.message(2)
    sides: dict[int, list[Tensor]] = {1: [], 2: []}
    for number, value in body or ():
        if number in sides and isinstance(value, Message):
            information = value.message(2)
            if information is not None:
                sides[number].append(_tensor(value.string(1), information))
    return Signature(name, *(tuple(sorted(sides[side], key=lambda one: one.key)) for side in (1, 2)))


def _tensor(key: str, information: Message) -> Tensor:
    return Tensor(key, _shape(information.message(3)), dtype(information.integer(2)), key)


def _shape(given: Optional[Message]) -> Optional[tuple[Optional[int], ...]]:
    """The sizes in a TensorShapeProto; None where it says that the rank is not known."""
    if given is None or given.integer(3):
        return None
    sizes = (signed(one.integer(1)) for one in given.messages(2))
    return tuple(None if size < 0 else size for size in sizes)


def _object_graph(graph: Message) -> tuple[str, tuple[str, ...], str]:
    """Whether it is Keras's, what the root offers to call, and the metadata of the first object that is Keras's."""
    identifier, metadata, functions = "", "", set()
    root: Optional[Message] = None
    for index, node in enumerate(graph.messages(1)):
        root = node if index == 0 else root
        if node.message(6) is not None or node.message(8) is not None:
            functions.add(index)
        user = node.message(4)
        if user and not identifier and user.string(1).startswith("_tf_keras"):
            identifier, metadata = user.string(1), user.string(3)
    children = [(one.integer(1), one.string(2)) for one in (root.messages(1) if root else ())]
    endpoints = tuple(name for index, name in children if index in functions)
    return ("keras" if identifier not in ("", "_tf_keras_layer") else "object"), endpoints, metadata


def _keras_metadata(path: str, found: ModelFile) -> ModelFile:
    try:
        file = files.read(path, _MOST_METADATA)
    except files.Unreadable as reason:
        if reason.missing:
            return replace(found, layout="bare") if found.layout == "keras" and not found.config else found
        raise
    first = next(Message(file, 0, len(file)).messages(1), None)
    return _of_keras(first.string(5), replace(found, layout="keras")) if first is not None else found


def _of_keras(text: str, found: ModelFile) -> ModelFile:
    """What Keras says of its root; TensorFlow up to 2.4 kept that in the object graph."""
    metadata = configs.loads(text) if text else None
    if not isinstance(metadata, dict):
        return found
    config = metadata.get("config")
    if isinstance(config, (dict, list)) and "class_name" in metadata:
        config = {"class_name": metadata["class_name"], "config": config}
        found = configs.with_config(replace(found, config=config), keep_tensors=True)
    training = metadata.get("training_config") or None
    return configs.with_training(replace(found, keras=str(metadata.get("keras_version", "")), training=training))


def checkpoint(path: str) -> ModelFile:
    """``name.index`` with its ``name.data-00000-of-00001``."""
    prefix = path[: -len(".index")] if path.endswith(".index") else path.partition(".data-")[0]
    variables, problems = checkpoint_variables(prefix)
    names = [one.path for one in variables]
    layout = "object" if "_CHECKPOINTABLE_OBJECT_GRAPH" in names else "names"
    kept = tuple(one for one in variables if one.path not in ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter"))
    return ModelFile(
        path, Kind.CHECKPOINT, _size(prefix + ".index"), variables=kept, layout=layout, problems=tuple(problems)
    )


class _Compressed(Exception):  # noqa: N818
    """The index is compressed, as few writers do it: TensorFlow reads it, and what it holds is not known here."""


def checkpoint_variables(prefix: str) -> tuple[tuple[Variable, ...], list[str]]:
    """What a checkpoint holds, read from its index, and what of it is missing."""
    name = os.path.basename(prefix) + ".index"
    try:
        table = files.read(prefix + ".index", _MOST_INDEX)
    except files.Unreadable as reason:
        return (), [f"{name} is missing." if reason.missing else f"{name} cannot be read: {reason}."]
    found: list[Variable] = []
    needed: dict[int, int] = {}
    shards = 1
    try:
        for key, value in _table(table):
            entry = Message(value, 0, len(value))
            if not key:
                shards = max(entry.integer(1), 1)
                continue
            sizes = tuple(size or 0 for size in _shape(entry.message(2)) or ())
            found.append(Variable(key.decode("utf-8", "replace"), sizes, dtype(entry.integer(1))))
            shard = entry.integer(3)
            needed[shard] = max(needed.get(shard, 0), entry.integer(4) + entry.integer(5))
            if len(found) > _MOST_VARIABLES:
                raise Damaged("it names more variables than are read")
    except _Compressed:
        return (), []
    except (Damaged, IndexError, struct.error) as reason:
        return tuple(found), [f"{name} cannot be read: {reason}."]
    problems = []
    for shard, size in sorted(needed.items()):
        data = f"{prefix}.data-{shard:05d}-of-{shards:05d}"
        there = os.path.getsize(data) if os.path.isfile(data) else -1
        if there < size:
            what = "is missing" if there < 0 else f"breaks off: it has {there:,} of {size:,} bytes"
            problems.append(f"{os.path.basename(data)} {what}.")
    return tuple(found), problems


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a table as LevelDB writes it, without compression, which is how TensorFlow does."""
    if len(data) < 48 or struct.unpack("<Q", data[-8:])[0] != _TABLE_MAGIC:
        raise Damaged("it breaks off, or is no index of a checkpoint")
    footer = data[-48:]
    position = varint(footer, varint(footer, 0)[1])[1]  # the handle of the meta index goes first
    for _, handle in _block(data, *_handle(footer, position)):
        yield from _block(data, *_handle(handle, 0))


def _handle(data: bytes, position: int) -> tuple[int, int]:
    offset, position = varint(data, position)
    return offset, varint(data, position)[0]


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if offset + size + 1 > len(data) or size < 4:
        raise Damaged("it breaks off")
    if data[offset + size] != 0:
        raise _Compressed
    block = data[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end = size - 4 * (restarts + 1)
    position, key = 0, b""
    while position < end:
        shared, position = varint(block, position)
        own, position = varint(block, position)
        length, position = varint(block, position)
        if position + own + length > end or shared > len(key):
            raise Damaged("it is damaged")
        key = key[:shared] + block[position : position + own]
        yield key, block[position + own : position + own + length]
        position += own + length


def frozen_graph(path: str) -> Optional[ModelFile]:
    """A file that is one graph; None where it is something else."""
    with files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        inputs: list[Tensor] = []
        names: list[str] = []
        operations: set[str] = set()
        taken: set[str] = set()
        problems: list[str] = []
        try:
            for number, value in Message(file, 0, size):
                if number == 1 and isinstance(value, Message):
                    name, operation = value.string(1), value.string(2)
                    if not operation.isidentifier():
                        return None
                    operations.add(operation)
                    names.append(name)
                    taken.update(one.partition(":")[0].lstrip("^") for one in value.texts(3))
                    if operation == "Placeholder":
                        inputs.append(_placeholder(name, value))
        except Damaged as reason:
            if not names:
                return None
            problems.append(f"The graph cannot be read to its end: {reason}.")
    if not names:
        return None
    outputs = tuple(Tensor(name) for name in names if name not in taken)[:20]
    dangerous = tuple(f"operation {name}" for name in _DANGEROUS if name in operations)
    return ModelFile(
        path, Kind.GRAPH, size, inputs=tuple(inputs), outputs=outputs, operations=tuple(sorted(operations)),
        dangerous=dangerous, problems=tuple(problems),
    )  # fmt: skip


def _placeholder(name: str, node: Message) -> Tensor:
    values = {attribute.string(1): attribute.message(2) for attribute in node.messages(5)}
    kind, shape = values.get("dtype"), values.get("shape")
    return Tensor(name, _shape(shape.message(7)) if shape else None, dtype(kind.integer(6)) if kind else "")


_LITE_TYPES = ["float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16", "complex64", "int8",
               "float64"]  # fmt: skip


def tflite(path: str, size: int) -> ModelFile:
    """A TensorFlow Lite model: its inputs and outputs, from the flat buffer."""
    found = ModelFile(path, Kind.TFLITE, size)
    flat = _Flat(files.read(path, 64 * 2**20, beginning=True))
    with contextlib.suppress(struct.error, IndexError, RecursionError):
        graph = flat.tables(flat.follow(0), 2)[0]
        tensors = flat.tables(graph, 0)
        sides = [tuple(_lite_tensor(flat, tensors[one]) for one in flat.integers(graph, slot)[:100]) for slot in (1, 2)]
        return replace(found, inputs=sides[0], outputs=sides[1])
    return replace(found, notes=("Its inputs and outputs could not be read.",))


def _lite_tensor(flat: _Flat, table: int) -> Tensor:
    sizes = flat.integers(table, 7) or flat.integers(table, 0)  # in the former an open size is -1
    kind = flat.data[flat.field(table, 1)] if flat.field(table, 1) else 0
    name = flat.text(table, 3)
    shape = tuple(None if one < 0 else one for one in sizes)
    return Tensor(name, shape, _LITE_TYPES[kind] if kind < len(_LITE_TYPES) else "")


class _Flat:
    """A flat buffer, as far as it is needed."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _number(self, code: str, position: int) -> int:
        if position < 0:
            raise IndexError
        return int(struct.unpack_from(f"<{code}", self.data, position)[0])

    def follow(self, position: int) -> int:
        """What an offset leads to."""
        return position + self._number("I", position)

    def field(self, table: int, slot: int) -> int:
        """Where a field of a table is; 0 where it is not there."""
        layout = table - self._number("i", table)
        is_there = 4 + 2 * slot < self._number("H", layout)
        offset = self._number("H", layout + 4 + 2 * slot) if is_there else 0
        return table + offset if offset else 0

    def integers(self, table: int, slot: int) -> list[int]:
        """A vector of integers."""
        place = self.field(table, slot)
        if not place:
            return []
        start = self.follow(place)
        count = self._number("I", start)
        if count * 4 > len(self.data):
            raise IndexError
        return list(struct.unpack_from(f"<{count}i", self.data, start + 4))

    def tables(self, table: int, slot: int) -> list[int]:
        """A vector of tables."""
        start = self.follow(self.field(table, slot)) + 4
        return [start + 4 * index + offset for index, offset in enumerate(self.integers(table, slot))]

    def text(self, table: int, slot: int) -> str:
        """A text of at most 1,000 bytes."""
        place = self.field(table, slot)
        start = self.follow(place) if place else 0
        length = min(self._number("I", start), 1000) if place else 0
        return self.data[start + 4 : start + 4 + length].decode("utf-8", "replace")
