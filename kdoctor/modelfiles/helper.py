"""A small program that loads one old file on Keras 3: only the fixes which this file needs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from textwrap import indent
from typing import Any, Optional

from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.known import Known, ever, has_learned, is_operation, takes_functions
from kdoctor.modelfiles.model import Kind, ModelFile, Verdict

_FIXABLE = {
    "modelfile-dtype-policy",
    "mask-rnn-initial-state",
    "modelfile-function-name", "modelfile-operation",
    "saving-config-of-keras2", "modelfile-list-config", "modelfile-batch-input-shape", "modelfile-reset-after",
    "modelfile-nested-model", "modelfile-wrapped-layer", "saving-h5-axis", "training-hard-sigmoid",
    "modelfile-h5-named-keras", "modelfile-no-ending", "saving-keras2-file", "saving-json-keras2",
    "saving-custom-object", "saving-lambda", "layers-name-slash", "saving-h5-mse", "saving-h5-loss-object",
    "modelfile-old-optimizer",
}  # fmt: skip

_DROP = """    for argument in DROP.get(name, ()):
        config.pop(argument, None)
"""
_LIST = """    if isinstance(config, list):  # Keras before 2.2.3 wrote a Sequential as a bare list
        layer["config"] = config = {"name": "sequential", "layers": config}
"""
_INPUT = """    first = layer
    while first["class_name"] == "Sequential":
        inner = first["config"]
        first = (inner if isinstance(inner, list) else inner["layers"])[0]
    shape = first["config"].get("batch_input_shape") if name == "Sequential" else None
    if shape and config["layers"][0]["class_name"] != "InputLayer":
        if first is config["layers"][0]:
            del first["config"]["batch_input_shape"]
        given = {"batch_shape": shape, "dtype": DTYPE, "name": first["config"]["name"] + "_input"}
        config["layers"].insert(0, {"class_name": "InputLayer", "config": given})
"""
_NESTED = """    given = [one for one in config["layers"] if one["class_name"] in MODELS]
    models = {one.get("name"): one["class_name"] for one in given}
    nodes = [node for one in config["layers"] for node in one.get("inbound_nodes", ())]
    for one in [reference for node in nodes for reference in node if reference[0] in models]:
        one[1] -= 1  # Keras 2 counts the calls of a model within a model from 1
    for one in config.get("output_layers", ()):
        one[1] -= models.get(one[0], "") in COUNTED
"""
_OPERATION = """    if name in OPERATIONS and "trainable" not in config:
        layer.update(module="keras.src.ops", registered_name=None)  # HDF5 names it without its module
"""
_POLICY = """    if isinstance(config.get("dtype"), dict):
        config["dtype"] = config["dtype"]["config"]["name"]
"""
_FUNCTION = """    if name in AS_MODULE:  # else texts in it become functions, and axes are dropped
        layer.update(module="keras.layers", registered_name=name)
        config.pop("batch_input_shape", None)
"""
_ARRAY = """    for key, one in config.items():
        if isinstance(one, dict) and one.get("type") == "ndarray":
            config[key] = one["value"]
"""
_INITIALIZER = """    if name in ("Orthogonal", "Identity"):
        layer["class_name"] += "Initializer"  # its name in Keras before 3.4
"""
_ENGINE = """    if ".src.engine" in str(layer.get("module")):
        layer["module"] = "keras.src.models.functional"
"""
_SIDES = """    for side in ("input_layers", "output_layers"):
        if len(config.get(side, ())) == 1:
            (config[side],) = config[side]  # a tensor, and no list of one
"""
_INTEGER = """    if name == "BatchNormalization" and "module" in layer and isinstance(config["axis"], list):
        (config["axis"],) = config["axis"]
"""
_STATES = """    for number, node in enumerate(layer["inbound_nodes"] if layer.get("name") in CALLS else ()):
        first, *states = map(tensor, node)
        named = {key: tensor(one) if isinstance(one, list) else one for key, one in node[0][3].items()}
        named.update({"initial_state": states} if states else {})
        MASK
        layer["inbound_nodes"][number] = {"args": [first], "kwargs": named}
"""
_MASK = """        named.update({"mask": tensor(["mask_" + layer["name"], 0, 0])} if layer["name"] in MASKS else {})
"""
_MASKS = """    for name, tokens in MASKS.items():  # Keras 3 gives no mask to an RNN with an initial state
        new = {"module": "keras.src.ops", "class_name": "NotEqual", "config": {"name": "mask_" + name}}
        call = {"args": [tensor(tokens), 0], "kwargs": {}}
        config["config"]["layers"].append({**new, "name": "mask_" + name, "inbound_nodes": [call]})
"""
_TENSOR = """

def tensor(one):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": DTYPE, "keras_history": one[:3]}}
"""
_RESET = """    if name == "GRU":
        config.setdefault("reset_after", False)  # the default when the file was written
"""
_WRAPPED = """    for one in map(config.get, ("layer", "backward_layer", "cell", "cells")):
        for inner in one if isinstance(one, list) else [one] if one else ():
            inner.update(module="keras.layers", registered_name=None)
SHAPE MODELS"""
_WRAPPED_SHAPE = """            inner["config"].pop("batch_input_shape", None)
"""
_WRAPPED_MODEL = """            if "layers" in inner["config"]:
                kind = "Sequential" if inner["class_name"] == "Sequential" else "Model"
                inner.update(module="keras", class_name=kind)
"""
_WRAPPED_AXIS = """            axis = inner["config"].get("axis")
            if inner["class_name"] == "BatchNormalization" and isinstance(axis, list):
                (inner["config"]["axis"],) = axis
"""
_AXIS = """    if isinstance(config.get("axis"), int):
        config["axis"] = [config["axis"]]  # Keras 3.0 to 3.8 drop a plain number
"""
_MODULES = """    for key in ("module", "registered_name", "build_config"):
        layer.pop(key, None)
"""
_SIGMOID = '''

def hard_sigmoid(x):
    """What it was in Keras 2; in Keras 3 it is another function."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)
'''
_USE_SIGMOID = """    for layer in model._flatten_layers():
        for name in ("activation", "recurrent_activation"):
            if vars(layer).get(name) is keras.activations.hard_sigmoid:
                setattr(layer, name, hard_sigmoid)
"""
_FIX = '''

def fix(layer):
    """Change what Keras 3 reads otherwise, in a layer and in all within it."""
    name, config = layer["class_name"], layer["config"]
    FIXES
    for inner in [*config.get("layers", ()), *config.get("cells", ()), *config.values()]:
        if isinstance(inner, dict) and isinstance(inner.get("config"), (dict, list)):
            fix(inner)
'''
_SLASH = """    for name in SLASHED:
        new = name.replace("/", "_")
        config = json.loads(json.dumps(config).replace(json.dumps(name), json.dumps(new)))
"""
_TABLES = """    with zipfile.ZipFile(path) as archive:
        for name, member in VOCABULARIES.items():
            model.get_layer(name).set_vocabulary(archive.read(member).decode().splitlines())
"""
_UNSAFE = "    keras.config.enable_unsafe_deserialization()  # the file holds code of a Lambda\n"
_READ_H5 = """    config = json.loads(file.attrs["model_config"])
"""
_WRITE_H5 = """    file.attrs["model_config"] = json.dumps(config)
"""
_COPY = """    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copyfile(path, folder + "/model.h5")
        with h5py.File(copy, "r+") as file:
        CHANGE
            file.attrs.pop("training_config", None)
        model = keras.saving.load_model(copy, custom_objects=custom_objects, compile=FalseUNSAFE)
"""
_READ_ZIP = """    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
"""
_OLD_ZIP = """    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        config = json.loads(archive.read("config.json"))
        FIX
        model = MODEL
        weights = archive.extract("model.weights.h5", folder)
        with h5py.File(weights, "r+") as file:
            rename(file)
        model.load_weights(weights)
"""
_RENAME = '''

def rename(group):
    """Keras 2.13 and older kept the weights of layers in another group, and counted these by twos."""
    if "_layer_checkpoint_dependencies" in group:
        group.move("_layer_checkpoint_dependencies", "layers")
        seen = []
        for name in sorted(group["layers"], key=lambda one: (len(one), one)):
            start = re.sub(r"_\\d+$", "", name)
            new = f"{start}_{seen.count(start)}" if start in seen else start
            seen.append(start)
            if new != name:
                group["layers"].move(name, new)
    for inner in group.values():
        if isinstance(inner, h5py.Group):
            rename(inner)
'''
_MAIN = """

if __name__ == "__main__":
    load().summary()
"""
MOST_LINES = 55
"""A longer program does without the lines that show the model."""
_READ_JSON = """    with open(path) as file:
        config = json.load(file)
"""


def helper(file: ModelFile, verdict: Verdict) -> Optional[str]:
    """The program; None where there is no way, or none is needed."""
    slugs = {one.slug for one in verdict.reasons}
    config = file.config or {}
    if not slugs or not slugs <= _FIXABLE or file.problems or config.get("class_name") not in configs.MODELS:
        return None
    if verdict.implementation is None:
        return None
    known = Known(verdict.implementation, verdict.version)
    by_parts = file.kind in (Kind.KERAS_ZIP, Kind.CONFIG)
    old = not file.is_of_keras_3
    old_weights = "_layer_checkpoint_dependencies" in file.root
    drop = _drop(file, known, by_parts) if old or "saving-config-of-keras2" in slugs else {}
    loses_axes = by_parts and old and known.version < (3, 9) and any(_has_axis(one.config) for one in file.layers)
    as_module = tuple(
        dict.fromkeys(
            one.cls
            for one in file.layers
            if (by_parts or not one.module) and (takes_functions(one.config) or _has_axes(one.config))
        )
    )
    models = configs.models(config)
    inner = [one for model in models for one in configs.layers_of_sequential(model)]
    engine = any(map(configs.is_of_engine, models[1:])) and not by_parts
    integer = any(map(_has_listed_axis, (one for one, _ in configs.walk(config) if "module" in one)))
    calls = [str(one.get("name")) for one, _ in configs.walk(config) if configs.several(one)]
    masks = {one: made for one in calls if (made := configs.mask_of(config, one))}
    if any(cls != "Embedding" for cls, _ in masks.values()):
        return None
    operations = sorted({one.cls for one in file.layers if is_operation(one.cls, one.config)})
    operations = operations if "modelfile-operation" in slugs else []
    held = [one for layer in file.layers for one in configs.held(layer.config)]
    nested, wrapped = "modelfile-nested-model" in slugs, "modelfile-wrapped-layer" in slugs
    wrapped = wrapped or (by_parts and old and bool(held))
    pieces = (
        ("modelfile-list-config" in slugs, _LIST),
        (by_parts and old, _MODULES),
        (drop, _DROP),
        ("modelfile-batch-input-shape" in slugs, _INPUT),
        (nested, f'    if "layers" in config:\n{indent(_NESTED, "    ")}'),
        (as_module, _FUNCTION),
        (operations, _OPERATION),
        ("modelfile-dtype-policy" in slugs, _POLICY),
        (any(map(configs.has_listed_output, (*inner, *held))), _SIDES),
        (engine, _ENGINE),
        (any(configs.arrays(one.config) for one in file.layers), _ARRAY),
        (any(any(known.unread_parts(one.config)) for one in file.layers), _INITIALIZER),
        (integer and not by_parts, _INTEGER),
        (calls, _STATES),
        ("modelfile-reset-after" in slugs, _RESET),
        ("saving-h5-axis" in slugs or loses_axes, _AXIS),
        (wrapped, ""),
    )
    dtype = next((one.dtype for one in file.inputs if one.dtype), "float32")
    fixes = "".join(text for is_needed, text in pieces if is_needed).replace("DTYPE", repr(dtype))
    fixes = fixes.replace("        MASK\n", _MASK if masks else "")
    has_fixes = any(is_needed for is_needed, _ in pieces)
    shaped = any("batch_input_shape" in configs.parts(one) for one in held)
    within = any(one["class_name"] in configs.MODELS for one in held)
    around = _WRAPPED.replace("SHAPE ", _WRAPPED_SHAPE * shaped).replace("MODELS", _WRAPPED_MODEL * within)
    around += _WRAPPED_AXIS if any(map(_has_listed_axis, held)) else ""
    # What a wrapper holds gets its module last: fix() removes it.
    fix = _FIX.replace("    FIXES\n", fixes) + (around if wrapped else "") if has_fixes else ""
    slashed = [one.name for one in file.layers if "/" in one.name]
    imports = {"json"} if has_fixes or by_parts or slashed else set()
    imports |= {"zipfile"} if file.kind is Kind.KERAS_ZIP else set() if by_parts else {"shutil", "tempfile"}
    imports |= {"re", "tempfile"} if old_weights else set()
    counted = configs.MODELS if known.version < (3, 1) else ("Sequential",)
    tables = _tables(config) if file.kind is Kind.KERAS_ZIP and not old_weights else {}
    if tables is None:
        return None
    constants = {
        "SLASHED": slashed,
        "VOCABULARIES": tables,
        "DROP": drop,
        "AS_MODULE": as_module,
        "OPERATIONS": operations,
        "CALLS": calls,
        "MASKS": {one: tokens for one, (_, tokens) in masks.items()},
        "MODELS": nested and configs.MODELS,
        "COUNTED": nested and counted,
    }
    sigmoid = "training-hard-sigmoid" in slugs
    program = "".join(
        (
            f'"""Loads {_base(file)}, which Keras {file.keras or "2"} wrote, on Keras 3. The file is not touched."""',
            "\n\n",
            *(f"import {one}\n" for one in sorted(imports)),
            "\nimport keras\n" if by_parts and not old_weights else "\nimport h5py\nimport keras\n",
            *(f"\n{name} = {value!r}\n" for name, value in constants.items() if value),
            _TENSOR.replace("DTYPE", repr(dtype)) if calls else "",
            fix,
            _RENAME if old_weights else "",
            _SIGMOID if sigmoid else "",
            _load(file, constants, bool(has_fixes), sigmoid, by_parts, old_weights),
        )
    )
    return program if program.count("\n") > MOST_LINES else program + _MAIN


def _has_axes(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("axis"), list) and len(config["axis"]) > 1


def _has_listed_axis(layer: Mapping[str, Any]) -> bool:
    return layer["class_name"] == "BatchNormalization" and isinstance(configs.parts(layer).get("axis"), list)


def _has_axis(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("axis"), int) and config["axis"] != -1


def _load(
    file: ModelFile,
    constants: Mapping[str, Any],
    has_fixes: bool,
    has_old_sigmoid: bool,
    by_parts: bool,
    old_weights: bool,
) -> str:
    fix = (_SLASH if constants["SLASHED"] else "") + ("    fix(config)\n" if has_fixes else "")
    fix += _MASKS if constants["MASKS"] else ""
    has_code = any(one.what == "byte code" for one in file.code)
    cls = "keras.Sequential" if (file.config or {}).get("class_name") == "Sequential" else "keras.Model"
    model = f'{cls}.from_config(config["config"], custom_objects=custom_objects)\n'
    if not by_parts:
        unsafe = ", safe_mode=False" if has_code else ""
        change = indent(f"{_READ_H5}{fix}{_WRITE_H5}", "        ") if fix else ""
        made = _COPY.replace("        CHANGE\n", change).replace("UNSAFE", unsafe)
    elif old_weights:
        made = _OLD_ZIP.replace("        FIX\n", indent(fix, "    ")).replace("MODEL\n", model)
    else:
        is_zip = file.kind is Kind.KERAS_ZIP
        made = f"{_READ_ZIP if is_zip else _READ_JSON}{fix}    model = {model}"
        made += "    model.load_weights(path)\n" if is_zip else ""
        made += _TABLES if constants["VOCABULARIES"] else ""
    made = _UNSAFE + made if by_parts and has_code else made
    head = f"def load(path={file.path!r}, custom_objects={own_objects(file) or None}):"
    return (
        f'\n\n{head}\n    """The model, not compiled."""\n{made}'
        f"{_USE_SIGMOID if has_old_sigmoid else ''}    return model\n"
    )


def own_objects(file: ModelFile) -> str:
    """The dictionary of classes and functions that come from the code of whoever wrote a file; empty where none do."""
    names = [name for one in file.code if one.what == "function name" for name in one.names]
    own = [one for one in (*file.custom, *names) if one != "<lambda>"]
    return f"{{{', '.join(f'{one!r}: {one.rpartition(chr(62))[2]}' for one in own)}}}" if own else ""


def _tables(config: Mapping[str, Any]) -> Optional[dict[str, str]]:
    """By layer, the member of a zip that holds its vocabulary; None where that is not known."""
    found: dict[str, str] = {}
    top = configs.layers_of(config)
    learned = [one for one, _ in configs.walk(config) if has_learned(one)]
    for number, layer in enumerate(top):
        cls = str(layer["class_name"])
        if has_learned(layer):
            before = sum(one["class_name"] == cls for one in top[:number])
            snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls).lower() + (f"_{before}" if before else "")
            found[str(layer.get("name") or configs.parts(layer).get("name"))] = f"assets/layers/{snake}/vocabulary.txt"
    return found if len(found) == len(learned) else None


def _drop(file: ModelFile, known: Known, by_parts: bool) -> dict[str, list[str]]:
    """By class, the arguments that this Keras refuses."""
    found: dict[str, list[str]] = {}
    for layer in file.layers:
        if layer.cls not in ever("layers") or layer.cls in configs.MODELS:
            continue
        for _, name, arguments in known.refused_parts(layer.config):
            found.setdefault(name, []).extend(one for one in arguments if one not in found[name])
        refused = known.refused(layer.cls, layer.config)
        if layer.cls == "Lambda":
            refused = [one for one in refused if one in ("batch_input_shape",)]
        for argument in refused:
            if argument == "batch_input_shape" and not layer.module and not by_parts:
                continue
            if argument not in found.setdefault(layer.cls, []):
                found[layer.cls].append(argument)
    return {cls: sorted(arguments) for cls, arguments in found.items() if arguments}


def _base(file: ModelFile) -> str:
    return os.path.basename(file.path).replace('"', "'").replace("\\", "/").replace("\n", " ")
