"""What objects of Keras give when they are indexed, called, or asked for an attribute, and what that does to traits."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Optional

from kdoctor.usage import kinds
from kdoctor.usage.index import Symbol
from kdoctor.usage.matching import name_matches
from kdoctor.usage.values import FOREIGN, MISSING, Arguments, LocalClass, Many, Text, Thing, Value, merge, symbols_of

MEMBERS = frozenset({kinds.MODEL, kinds.LAYER, kinds.OPTIMIZER, kinds.METRIC, kinds.LOSS, kinds.CALLBACK})
"""Kinds whose methods are looked up in their class."""
_WEIGHTS = frozenset(
    {"weights", "trainable_weights", "non_trainable_weights"}
    | {"variables", "trainable_variables", "non_trainable_variables"}
)
_WEIGHT_NAMES = frozenset({"kernel", "bias", "embeddings", "gamma", "beta", "recurrent_kernel"})


def is_version(value: Value) -> bool:
    """Whether it says which version of something is installed."""
    return value.__class__ in (Thing, Symbol) and value.kind == kinds.VERSION


def instance_of(annotation: Value) -> Value:
    """An object of the class that an annotation names."""
    for symbol in symbols_of(annotation)[:1]:
        if symbol.kind in MEMBERS:
            return Thing(symbol.kind, symbol.stack, symbol, open_=True)
        if symbol.name == "keras.callbacks.History":
            return Thing(kinds.HISTORY, symbol.stack)
    if annotation.__class__ is LocalClass and annotation.kind:
        return Thing(annotation.kind, annotation.stack, annotation.symbol, open_=True, local=annotation)
    return None


def tells_something(value: Value) -> bool:
    """Whether a function is worth reading once more with such an argument."""
    return value.__class__ is Thing and value.kind in (
        kinds.TENSOR,
        kinds.MODEL,
        kinds.LAYER,
        kinds.OPTIMIZER,
        kinds.METRIC,
        kinds.HISTORY,
    )


def item_of(value: Value) -> Value:
    """What a loop over it, or an index into it, gives."""
    if value.__class__ is Many:
        result: Value = MISSING
        for item in value.items:
            result = merge(result, item)
        return None if result is MISSING or result.__class__ is ast.Constant else result
    if value.__class__ is Thing:
        kind = value.kind
        if kind in (kinds.TENSOR, kinds.OUTPUT):
            return value
        if kind == kinds.WEIGHTS:
            return Thing(kinds.WEIGHT, value.stack, likely=value.likely)
        if kind == kinds.LAYERS:
            return Thing(kinds.LAYER, value.stack, open_=True, likely=value.likely)
        if kind == kinds.METRICS:
            return Thing(kinds.METRIC, value.stack, open_=True, likely=value.likely)
        if kind == kinds.TENSORS:
            return Thing(kinds.TENSOR, value.stack, traits=value.traits)
        if kind == "pairs":
            return value.arguments.values[0] if value.arguments is not None else None
    return FOREIGN if value is FOREIGN else None


def joined_tensors(values: Iterable[Value]) -> Optional[Thing]:
    """One tensor for all tensors among them: symbolic if any is, with the traits of all; a version if any is one."""
    found: Optional[Thing] = None
    for value in values:
        kind = value.__class__
        if kind is Many:
            value = joined_tensors(value.items)
            if value is None:
                continue
        elif kind is Symbol:
            if value.kind == kinds.VERSION:
                return Thing(kinds.VERSION, value.stack)
            continue
        elif kind is not Thing:
            continue
        if value.kind == kinds.VERSION:
            return value  # type: ignore[no-any-return]
        if value.kind not in (kinds.TENSOR, kinds.OUTPUT, kinds.TENSORS):
            continue
        symbolic = value.kind in (kinds.TENSOR, kinds.TENSORS)
        if found is None:
            found = Thing(
                kinds.TENSOR if symbolic else kinds.OUTPUT, value.stack, traits=value.traits, open_=value.open
            )
            found.likely = value.likely
        else:
            if symbolic:
                found.kind = kinds.TENSOR
            found.traits |= value.traits
            found.open = found.open or value.open
    return found


def layer_name(thing: Thing) -> str:
    """``LSTM`` for an object of ``keras.layers.LSTM``."""
    return thing.symbol.name.rpartition(".")[2] if thing.symbol is not None else ""


def returns_sequences(thing: Thing) -> bool:
    """Whether a recurrent layer, wrapped or not, gives a step for each step."""
    arguments = thing.arguments
    if arguments is None:
        return False
    if layer_name(thing) in kinds.WRAPPERS:
        inner = arguments.find(0, "layer")[0]
        return layer_name(thing) == "TimeDistributed" or (inner.__class__ is Thing and returns_sequences(inner))
    return arguments.open or arguments.constant("return_sequences") is True


def traits_begun_by(layer: Thing) -> int:
    """The traits that a layer gives to what had none."""
    arguments = layer.arguments
    if arguments is None:
        return 0
    name = layer_name(layer)
    if name == "Masking" or (name == "Embedding" and arguments.constant("mask_zero") is True):
        return kinds.MASKED
    if name in ("InputLayer", "TextVectorization") and arguments.constant("ragged") is True:
        return kinds.RAGGED
    return 0


def traits_behind(layer: Thing, traits: int) -> int:
    """The traits of what a layer gives for something that has these."""
    name = layer_name(layer)
    if name == "Bidirectional":
        name = "RNN"
    elif name == "TextVectorization":
        traits = 0
    return kinds.traits_after(name, returns_sequences(layer), traits) | traits_begun_by(layer)


def passes_mask(layer: Thing) -> bool:
    """Whether a mask of what it is given is still there behind it."""
    return bool(traits_behind(layer, kinds.MASKED) & kinds.MASKED)


def ends_ragged(layer: Thing) -> bool:
    """Whether what it gives for a ragged batch may be anything."""
    return layer_name(layer) == "Lambda"


def put_on_top(model: Thing, layer: Value) -> None:
    """What a Sequential's traits are with one more layer."""
    if layer.__class__ is Thing and layer.kind in (kinds.LAYER, kinds.TENSOR, kinds.MODEL):
        if layer.local is not None:
            model.open = True
        elif layer.kind == kinds.LAYER:
            model.traits = traits_behind(layer, model.traits)
            model.open = model.open and passes_mask(layer)
        else:
            model.traits |= layer.traits & ~kinds.SEVERAL_OUTPUTS
            model.open = model.open or layer.open
    else:
        model.open = True


def attribute_of_model(thing: Thing, name: str) -> Value:
    """Attributes that models and layers have from Keras."""
    if thing.kind == "object":
        return None
    if name in _WEIGHTS:
        return Thing(kinds.WEIGHTS, thing.stack, likely=thing.likely)
    if name in _WEIGHT_NAMES and thing.kind == kinds.LAYER:
        return Thing(kinds.WEIGHT, thing.stack, likely=thing.likely)
    if name in ("output", "input"):
        return Thing(kinds.TENSOR, thing.stack, likely=thing.likely)
    if thing.kind == kinds.LAYER:
        return None
    if name == "optimizer":
        return Thing(kinds.OPTIMIZER, thing.stack, likely=thing.likely)
    if name == "layers":
        return Thing(kinds.LAYERS, thing.stack, likely=thing.likely)
    if name in ("inputs", "outputs"):
        return Thing(kinds.TENSORS, thing.stack, likely=thing.likely)
    if name == "metrics":
        return Thing(kinds.METRICS, thing.stack, likely=thing.likely)
    if name == "history":
        return Thing(kinds.HISTORY, thing.stack, likely=thing.likely)
    return None


def result_of_method(thing: Thing, name: str, arguments: Arguments) -> Value:
    """What a method that the object has from Keras gives; ``add`` also changes what the model is."""
    kind = thing.kind
    if kind == kinds.MODEL:
        if name in ("fit", "fit_generator"):
            return Thing(kinds.HISTORY, thing.stack, likely=thing.likely)
        if name == "get_layer":
            return Thing(kinds.LAYER, thing.stack, open_=True, likely=thing.likely)
        if name == "add" and arguments.values:
            put_on_top(thing, arguments.values[0])
        elif name == "pop":
            thing.open = True
    elif kind == kinds.VERSION:
        return thing
    if name == "add_weight" and kind in (kinds.LAYER, kinds.MODEL):
        return Thing(kinds.WEIGHT, thing.stack)
    return None


def made_by(thing: Thing, name: str) -> bool:
    """Whether a class or function of this (canonical) name made it."""
    return thing.symbol is not None and name_matches(name, thing.symbol.name)


def several(node: ast.Call) -> bool:
    """Whether a layer is given more than one thing."""
    if len(node.args) > 1:
        return True
    first = node.args[0] if node.args else None
    if isinstance(first, (ast.List, ast.Tuple)):
        return len(first.elts) > 1
    if isinstance(first, ast.Dict):
        return len(first.keys) > 1
    return not node.args and len(node.keywords) > 1


def tail(value: Value, joined: bool) -> Value:
    """The end of a path whose last part this is."""
    if value.__class__ is ast.Constant and isinstance(value.value, str):
        return Text("/" + value.value) if joined else value
    return value if value.__class__ is Text else None


def formatted(value: Value) -> Value:
    """What ``value.format(...)`` ends in."""
    text = value.value if value.__class__ is ast.Constant else value.tail
    if not isinstance(text, str):
        return None
    tail = text.rpartition("}")[2]
    return Text(tail) if tail else None
