"""What the configuration of a Keras model says: layers, inputs, custom objects, code. Whatever it holds is data."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Optional

from kdoctor import files
from kdoctor.modelfiles.model import Code, Layer, ModelFile, Tensor
from kdoctor.versions import release

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

DEEPEST = 60
"""Levels of models within models that are followed."""
MOST_LAYERS = 20_000
MODELS = ("Sequential", "Functional", "Model")
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "RNN", "Bidirectional")
HOLDING = ("layer", "backward_layer", "cell", "cells")
"""The arguments that hold layers and cells."""
KERAS = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "keras_core", "builtins")


def loads(text: str) -> Any:
    """JSON; None where it is none. Python's NaN and Infinity pass, as Keras writes them."""
    with suppress(ValueError, RecursionError, MemoryError):
        return json.loads(text, parse_int=files.integer)
    return None


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value describes an object: a class and what it is made with."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def is_own(value: Mapping[str, Any]) -> bool:
    """Whether an object belongs to the code of whoever wrote the file, as far as its module says."""
    module = value.get("module")
    registered = value.get("registered_name")
    if isinstance(registered, str) and ">" in registered:
        return not registered.startswith("keras.")
    if not isinstance(module, str):
        return "module" in value and registered is not None and value.get("class_name") not in MODELS
    return not any(module == one or module.startswith(one + ".") for one in KERAS)


def parts(config: Any) -> Mapping[str, Any]:
    """What a model is made with; of a Sequential before Keras 2.2.3 that is a list."""
    inner = config.get("config") if isinstance(config, dict) else None
    if isinstance(inner, list):
        return {"layers": inner}
    return inner if isinstance(inner, dict) else {}


def walk(config: Any, depth: int = 0) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Each layer of a model, models and wrapped layers within it included, with its depth."""
    inner = parts(config)
    within = [*listed(inner.get("layers")), *listed(inner.get("cells"))]
    made_with = [one for one in inner.values() if is_object(one) and ("layers" in parts(one) or _is_layer(one))]
    for layer in filter(is_object, (*within, *made_with)):
        yield layer, depth
        if depth < DEEPEST:
            yield from walk(layer, depth + 1)


def listed(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def is_of_engine(model: Mapping[str, Any]) -> bool:
    """Whether a model names the module of Keras 2.13 to 2.15 that made it, which Keras 3 lacks."""
    return str(model.get("module")).startswith(("keras.src.engine", "tf_keras.src.engine"))


def layers_of(model: Any) -> list[dict[str, Any]]:
    """The layers of a model, those within them left out."""
    return [one for one in listed(parts(model).get("layers")) if is_object(one)]


def layers_of_sequential(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers of a Sequential; none of another model."""
    return layers_of(model) if model.get("class_name") == "Sequential" else []


def models(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A model and all within it."""
    return [config, *(one for one, _ in walk(config) if one["class_name"] in MODELS)]


def has_listed_output(model: Mapping[str, Any]) -> bool:
    """Whether a functional model has one output, and Keras 2 wrote it as a list of one."""
    outputs = parts(model).get("output_layers")
    return isinstance(outputs, list) and len(outputs) == 1 and isinstance(outputs[0], list)


def held(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers and cells that a wrapper or an RNN is made with."""
    for key in HOLDING:
        one = config.get(key)
        yield from filter(is_object, one if isinstance(one, list) else [one])


def several(layer: Mapping[str, Any]) -> bool:
    """Whether Keras 3 misreads how a layer is called: an RNN with its initial states, or tensors given by name."""
    nodes = [one for one in map(listed, listed(layer.get("inbound_nodes"))) if one]
    is_recurrent = layer.get("class_name") in RECURRENT
    with_states = is_recurrent and any(len(one) > 1 and isinstance(one[1], list) for one in nodes)
    firsts = [listed(one[0]) for one in nodes]
    named = [one[3] for one in firsts if len(one) > 3 and isinstance(one[3], dict)]
    return with_states or any(_is_reference(value) for one in named for value in one.values())


_PASSING = (*RECURRENT, "Activation", "BatchNormalization", "Dropout", "GaussianDropout", "GaussianNoise",
            "LayerNormalization", "SpatialDropout1D", "TimeDistributed")  # fmt: skip
"""Layers that hand on the mask of what they are called with."""


def arrays(config: Mapping[str, Any]) -> list[str]:
    """The arguments of a layer that are numbers of NumPy, which Keras before 2.1 wrote as objects and nobody reads."""
    return [key for key, one in config.items() if isinstance(one, dict) and one.get("type") == "ndarray"]


def mask_of(config: Any, name: str) -> Optional[tuple[str, Any]]:
    """What makes the mask that reaches a layer of a functional model: its class, and the tensor that it is called with;
    None where no mask reaches it.
    """
    layers = {str(one.get("name")): one for one in layers_of(config)}
    for _ in layers:
        (node, *_) = [*listed(layers.get(name, {}).get("inbound_nodes")), None]
        (source, *_) = [*listed(node), None]
        name = str(source[0]) if isinstance(source, list) and source else ""
        layer = layers.get(name, {"class_name": ""})
        if layer["class_name"] == "Masking" or parts(layer).get("mask_zero"):
            (inner, *_) = [*listed(layer.get("inbound_nodes")), None]
            (given, *_) = [*listed(inner), None]
            return layer["class_name"], given
        if layer["class_name"] not in _PASSING:
            return None
    return None


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int)


def has_no_shape(config: Any) -> bool:
    """Whether a Sequential says nowhere what comes in: Keras 2.2.3 to 2.2.5 left the InputLayer out."""
    first = config
    while is_object(first) and first["class_name"] == "Sequential":
        body = parts(first)
        layers = body.get("layers")
        if body.get("build_input_shape") or not isinstance(layers, list) or not layers:
            return False
        first = layers[0]
    is_model = first is config or not is_object(first) or first["class_name"] in MODELS
    return not is_model and batch_shape(parts(first)) is None


def _is_layer(value: Mapping[str, Any]) -> bool:
    """A wrapped layer, a cell; and no initializer or regularizer."""
    return "name" in parts(value) and ("trainable" in parts(value) or "units" in parts(value))


def objects(value: Any, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object in a configuration, with the argument that holds it."""
    stack: list[tuple[str, Any, int]] = [("", value, depth)]
    seen = 0
    while stack:
        key, one, level = stack.pop()
        seen += 1
        if level > 4 * DEEPEST or seen > 20 * MOST_LAYERS:
            continue
        if is_object(one):
            yield key, one
        if isinstance(one, dict):
            stack += [(str(name), inner, level + 1) for name, inner in reversed(one.items())]
        elif isinstance(one, list):
            stack += [(key, inner, level + 1) for inner in reversed(one)]


def with_config(found: ModelFile, *, keep_tensors: bool = False) -> ModelFile:
    """The same with what the configuration says of layers, inputs, outputs, custom objects and code."""
    layers: list[Layer] = []
    code = list(found.code)
    for layer, depth in walk(found.config):
        if len(layers) >= MOST_LAYERS:
            break
        config = parts(layer)
        name = str(layer.get("name") or config.get("name") or "")
        layers.append(Layer(name, layer["class_name"], str(layer.get("module") or ""), depth, config))
        if layer["class_name"] == "Lambda":
            code += _code_of(name, config)
    inputs, outputs = tensors(found.config)
    if keep_tensors and found.inputs:
        inputs, outputs = found.inputs, found.outputs
    custom = dict.fromkeys(
        str(one.get("registered_name") or one["class_name"])
        for _, one in objects(found.config)
        if is_own(one) and "class_name" in one and one["class_name"] not in ("function", "__lambda__", "__tensor__")
    )
    return replace(
        found,
        layers=tuple(layers),
        inputs=inputs or found.inputs,
        outputs=outputs or found.outputs,
        custom=tuple(dict.fromkeys((*found.custom, *custom))),
        code=tuple(code),
    )


def with_training(found: ModelFile) -> ModelFile:
    """The same with the name of its optimizer."""
    training = found.training if isinstance(found.training, dict) else {}
    optimizer = training.get("optimizer_config") or training.get("optimizer")
    name = optimizer.get("class_name", "") if isinstance(optimizer, dict) else optimizer
    return replace(found, optimizer=name if isinstance(name, str) else "")


def batch_shape(config: Mapping[str, Any]) -> Optional[tuple[Optional[int], ...]]:
    """The declared shape of an input, with the batch."""
    given = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(given, (list, tuple)):
        return None
    return tuple(size if isinstance(size, int) else None for size in given)


def dtype(value: Any) -> str:
    """``float32`` of a name or of a policy's configuration."""
    if is_object(value):
        value = parts(value).get("name")
    text = value if isinstance(value, str) else ""
    return {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}.get(text, text)


def tensors(config: Any) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The inputs and the outputs of a model."""
    body = parts(config)
    layers = layers_of(config)
    named = {str(one.get("name") or parts(one).get("name")): one for one in layers}
    ends = [[one for one in _references(body.get(side)) if one in named] for side in ("input_layers", "output_layers")]
    if any(ends):
        return tuple(_input(one, named[one]) for one in ends[0]), tuple(Tensor(one) for one in ends[1])
    if layers:
        first, last = layers[0], layers[-1]
        shape = batch_shape(parts(first)) or batch_shape({"batch_shape": body.get("build_input_shape")})
        while shape is None and (inner := layers_of(first)):
            first = inner[0]
            shape = batch_shape(parts(first))
        name = str(parts(first).get("name") or "")
        name = name if first["class_name"] == "InputLayer" else f"{name}_input"
        kind = dtype(parts(first).get("dtype")) or "float32"
        kind = "float32" if first["class_name"] == "Embedding" and kind == "int32" else kind
        return (Tensor(name, shape, kind),), (Tensor(str(parts(last).get("name") or "")),)
    return (), ()


def _input(name: str, layer: Mapping[str, Any]) -> Tensor:
    config = parts(layer)
    return Tensor(name, batch_shape(config), dtype(config.get("dtype")) or "float32")


def _references(value: Any) -> list[str]:
    """Names in ``[["a", 0, 0], ["b", 0, 0]]``, in ``["a", 0, 0]`` and in dictionaries of these."""
    several = list(value.values()) if isinstance(value, dict) else listed(value)
    if several and isinstance(several[0], str):
        return several[:1]
    return [name for one in several for name in _references(one)]


def _code_of(name: str, config: Mapping[str, Any]) -> Iterator[Code]:
    """What the function of a Lambda is. Byte code is never unmarshalled: texts in it are picked out of the bytes."""
    function = config.get("function")
    is_code = isinstance(function, list) or config.get("function_type") == "lambda"
    if isinstance(function, dict):
        function = function.get("config")
        is_code = isinstance(function, dict)
        function = function.get("code") if isinstance(function, dict) else function
    (function, *_) = [*listed(function), None] if isinstance(function, list) else [function]
    if isinstance(function, str):
        yield _byte_code(name, function) if is_code else Code(name, "function name", (function,))


def _byte_code(layer: str, text: str) -> Code:
    try:
        data = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        data = text.encode("raw_unicode_escape", "replace")  # Keras up to 2.0 wrote it so
    data = data[: 2**20]
    names, constants = _marshalled(data)
    return Code(layer, "byte code", names, constants, _python_of(data))


_FIRST_OLD = (100, 101, 116, 124, 136)
"""LOAD_CONST, LOAD_NAME, LOAD_GLOBAL, LOAD_FAST and LOAD_DEREF up to Python 3.10; no code of 3.11 begins with these."""


def _python_of(data: bytes) -> str:
    """The releases of Python that lay out a code object so: its numbers stand before its instructions."""
    if data[:1] not in (b"\xe3", b"c") or len(data) < 32:
        return ""
    if data[25] & 0x7F == ord("s"):
        return "3.8 to 3.10"
    if data[21] & 0x7F == ord("s"):
        return "3.7 or older" if data[26] in _FIRST_OLD else "3.11 or newer"
    return ""


def reads_code_of(version: str) -> str:
    """The group of releases whose byte code a Python can read; it is one of those that Code.python names."""
    minor = release(version)[:2]
    return "3.7 or older" if minor < (3, 8) else "3.8 to 3.10" if minor < (3, 11) else "3.11 or newer"


def _marshalled(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and numbers in marshalled code: each text and float stands there behind its type and length.

    The names of the writer's own files stand there too, and are left out.
    """
    names: list[str] = []
    numbers: list[str] = []
    position = 0
    while position < len(data) - 1 and len(names) + len(numbers) < 200:
        kind = data[position] & 0x7F
        head = 2 if kind in b"zZ" else 5 if kind in b"uats" else 0
        size = int.from_bytes(data[position + 1 : position + head], "little") if head else 0
        text = data[position + head : position + head + size].decode("latin-1") if size < 500 else ""
        if size and len(text) == size and text.isascii() and text.isprintable():
            names += [text] if not re.search(r"[/\\<]|\.py$", text) else []
            position += head + size
            continue
        step = 1
        if kind == ord("g") and position + 9 <= len(data):
            number = struct.unpack_from("<d", data, position + 1)[0]
            if number == 0 or 1e-12 < abs(number) < 1e12:
                numbers.append(f"{number:g}")
                step = 9
        position += step
    return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(numbers))
