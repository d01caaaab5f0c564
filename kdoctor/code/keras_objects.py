"""What objects of Keras give when they are called or asked for something, and what becomes of masks on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from kdoctor.code import keras_kinds as kinds
from kdoctor.code.values import NO_TRAITS, Class, Constant, Many, Object, Series, Symbol
from kdoctor.rules.patterns import UNKNOWN, Arguments, Value

WITH_METHODS = frozenset({kinds.MODEL, kinds.LAYER, kinds.OPTIMIZER, kinds.METRIC, kinds.LOSS, kinds.CALLBACK})
"""Kinds whose methods are looked up in their class."""
_MASKED = frozenset({kinds.MASKED})
_RAGGED = frozenset({kinds.RAGGED})
_SERIES = {
    **dict.fromkeys(("weights", "trainable_weights", "non_trainable_weights"), kinds.WEIGHT),
    **dict.fromkeys(("variables", "trainable_variables", "non_trainable_variables"), kinds.WEIGHT),
    **dict.fromkeys(("inputs", "outputs"), kinds.TENSOR),
    "layers": kinds.LAYER,
    "metrics": kinds.METRIC,
}
_ALSO_OF_LAYERS = frozenset(name for name, kind in _SERIES.items() if kind == kinds.WEIGHT)
_ATTRIBUTES = {
    (kinds.LAYER, "output"): kinds.TENSOR,
    (kinds.LAYER, "input"): kinds.TENSOR,
    (kinds.MODEL, "output"): kinds.TENSOR,
    (kinds.MODEL, "input"): kinds.TENSOR,
    (kinds.MODEL, "optimizer"): kinds.OPTIMIZER,
    (kinds.MODEL, "history"): kinds.HISTORY,
    (kinds.CALLBACK, "model"): kinds.MODEL,
    (kinds.HISTORY, "model"): kinds.MODEL,
    (kinds.HISTORY, "history"): kinds.HISTORY_DICT,
    (kinds.OPTIMIZER, "lr"): kinds.LEARNING_RATE,
    (kinds.OPTIMIZER, "learning_rate"): kinds.LEARNING_RATE,
    (kinds.OPTIMIZER, "iterations"): kinds.WEIGHT,
    (kinds.TENSOR, "shape"): kinds.TENSOR_SHAPE,
    (kinds.TENSOR, "dtype"): kinds.DTYPE,
    (kinds.WEIGHT, "dtype"): kinds.DTYPE,
    **{(kinds.LAYER, name): kinds.WEIGHT for name in ("kernel", "bias", "embeddings", "gamma", "beta")},
    **{(kinds.LAYER, name): kinds.WEIGHT for name in ("recurrent_kernel", "moving_mean", "moving_variance")},
}


_ITERATORS = {
    "flow": "NumpyArrayIterator",
    "flow_from_directory": "DirectoryIterator",
    "flow_from_dataframe": "DataFrameIterator",
}
"""What the methods of an ImageDataGenerator make."""


def attribute_of(owner: Object, name: str) -> Value:
    """Attributes that objects have from Keras."""
    if name in _SERIES and (owner.kind == kinds.MODEL or (owner.kind == kinds.LAYER and name in _ALSO_OF_LAYERS)):
        return Series(owner.part(_SERIES[name], open_=True), at=_layers_of(owner) if name == "layers" else {})
    if owner.kind == kinds.MODEL and name == "output" and owner.arguments is not None:
        return _shaped_like(owner.arguments.value("outputs", 1), owner, owner.part(kinds.TENSOR))
    kind = _ATTRIBUTES.get((owner.kind, name))
    if kind is None:
        return UNKNOWN
    part = owner.part(kind, open_=kind == kinds.MODEL)
    part.arguments = owner.arguments if kind == kinds.HISTORY_DICT else None
    return part


def _layers_of(model: Object) -> Mapping[int, Value]:
    """By index, the layers of a Sequential that was given all of them at once; the first one of a functional model."""
    if model.made_by in ("keras.Model", "keras.Functional") or model.made_by.startswith("keras.applications."):
        return {} if model.is_own or not model.arguments else {0: _input_layer(model)}
    if model.made_by != "keras.Sequential" or model.arguments is None or model.is_own:
        return {}
    if any(event.name in ("add", "pop", "given", "kept") for event in model.events):
        return {}
    given = model.arguments.value("layers", 0).items
    layers = [layer for layer in given if layer.made_by not in ("keras.Input", "keras.layers.InputLayer")]
    return {at: layer for number, layer in enumerate(layers) for at in (number, number - len(layers))}


def _shaped_like(outputs: Value, model: Object, one: Object) -> Value:
    """What a model gives on Keras 3: nested as its outputs are. Keras 2 takes the brackets off a list of one."""
    if not isinstance(outputs, Many) or not outputs.items:
        return one
    items = [_shaped_like(item, model, one) for item in outputs.items]
    return Many(items, outputs.is_tuple, model.part(kinds.OUTPUTS) if len(items) == 1 else None)


def _input_layer(model: Object) -> Object:
    layer = model.part(kinds.LAYER, open_=True)
    layer.symbol, layer.made_by = Symbol("keras.Input", f"{model.stack}.Input", model.stack), "keras.Input"
    return layer


def result_of_method(owner: Object, name: str, arguments: Arguments) -> Value:
    """What a method that the object has from Keras gives; ``add`` also changes what the model is."""
    if owner.kind == kinds.VERSION:
        return owner
    if name == "add_weight" and owner.kind in (kinds.LAYER, kinds.MODEL):
        return owner.part(kinds.WEIGHT)
    if owner.kind == kinds.HELPER and owner.symbol is not None and name in _ITERATORS:
        symbol = owner.symbol.sibling(_ITERATORS[name])
        return Object(kinds.HELPER, owner.stack, symbol, likely=owner.likely)
    if owner.kind != kinds.MODEL:
        return UNKNOWN
    if name in ("fit", "fit_generator"):
        history = owner.part(kinds.HISTORY)
        history.arguments = arguments
        return history
    if name == "get_layer":
        return _layer_called(owner, arguments.value("name", 0).constant)
    if name == "add" and arguments.values:
        put_on_top(owner, arguments.values[0])
    elif name == "pop":
        owner.open = True
    return UNKNOWN


def _layer_called(model: Object, name: object) -> Object:
    """The layer of a model that has this name: of an ``Input`` of the name, that."""
    layer = model.part(kinds.LAYER, open_=True)
    given = model.arguments.value("inputs", 0) if model.arguments is not None else UNKNOWN
    for tensor in given.items or (given,):
        if not isinstance(tensor, Object) or tensor.made_by != "keras.Input" or tensor.arguments is None:
            continue
        if isinstance(name, str) and tensor.arguments.value("name").constant == name:
            layer.symbol, layer.made_by = tensor.symbol, tensor.made_by
    return layer


def instance_of(annotation: Value) -> Value:
    """An object of the class that an annotation names."""
    if isinstance(annotation, Symbol) and (annotation.makes in WITH_METHODS or annotation.makes == kinds.HISTORY):
        return Object(annotation.makes, annotation.stack, annotation, open_=True)
    if isinstance(annotation, Class) and annotation.makes:
        return Object(annotation.makes, annotation.stack, annotation.symbol, open_=True, local=annotation)
    return UNKNOWN


def make(symbol: Symbol, arguments: Arguments, likely: bool, made_at: tuple[int, int]) -> Object:
    """The object that a class or function of Keras makes."""
    made = Object(symbol.makes, symbol.stack, symbol, arguments, likely=likely, made_at=made_at)
    if made.kind == kinds.MODEL:
        _build(made, symbol.name, arguments)
    elif made.kind == kinds.TENSOR and arguments.value("ragged").constant is True:
        made.traits = _RAGGED
    return made


def _build(model: Object, name: str, arguments: Arguments) -> None:
    """What a new model does to masks and ragged batches."""
    if name == "keras.Sequential":
        layers = arguments.value("layers", 0)
        for layer in layers.items:
            put_on_top(model, layer)
        model.open = model.open or (not isinstance(layers, Many) and layers is not UNKNOWN)
    elif name in ("keras.Model", "keras.Functional"):
        outputs = model_outputs(arguments)
        for head in outputs.items or (outputs,):
            if isinstance(head, Object):
                model.traits |= head.traits
                model.open = model.open or head.open
            else:
                model.open = True
    else:
        model.open = True


def model_outputs(arguments: Arguments) -> Value:
    """What a functional model is made to give."""
    found = arguments.find("outputs", 1)
    return arguments.value("output") if found is None else found[0]


def put_on_top(model: Object, layer: Value) -> None:
    """What a Sequential is with one layer more."""
    if not isinstance(layer, Object) or layer.local is not None:
        model.open = True
    elif layer.kind == kinds.LAYER:
        model.traits = traits_behind(layer, model.traits)
        model.open = model.open and passes_mask(layer)
    else:
        model.traits |= layer.traits
        model.open = model.open or layer.open


def output_of(layer: Object, given: Optional[Object]) -> Value:
    """What a layer or a model gives for this."""
    symbolic = given is not None and given.kind == kinds.TENSOR
    result = Object(kinds.TENSOR if symbolic else kinds.OUTPUT, layer.stack)
    if layer.kind == kinds.MODEL:
        result.traits, result.open = layer.traits, layer.open
        if layer.made_by == "keras.Model" and layer.arguments is not None and not layer.is_own:
            outputs = layer.arguments.value("outputs", 1)
            return _shaped_like(outputs.items[0] if len(outputs.items) == 1 else outputs, layer, result)
    elif layer.local is not None:
        result.open = True
    else:
        result.traits = traits_behind(layer, given.traits if given is not None else NO_TRAITS)
        result.open = (given is None or given.open) and passes_mask(layer)
    return result


def traits_begun_by(layer: Object) -> frozenset[str]:
    """The traits that a layer gives to what had none."""
    name, arguments = layer.layer, layer.arguments
    if arguments is None:
        return NO_TRAITS
    if name == "Masking" or (name == "Embedding" and arguments.value("mask_zero").constant is True):
        return _MASKED
    if name in ("InputLayer", "TextVectorization") and arguments.value("ragged").constant is True:
        return _RAGGED
    return NO_TRAITS


def traits_behind(layer: Object, traits: frozenset[str]) -> frozenset[str]:
    """The traits of what a layer gives for something that has these."""
    name = "RNN" if layer.layer == "Bidirectional" else layer.layer
    return kinds.traits_after(name, _returns_sequences(layer), traits) | traits_begun_by(layer)


def passes_mask(layer: Object) -> bool:
    """Whether a mask of what it is given is still there behind it."""
    return kinds.MASKED in traits_behind(layer, _MASKED)


def _returns_sequences(layer: Object) -> bool:
    """Whether a recurrent layer, wrapped or not, gives a step for each step."""
    arguments = layer.arguments
    if arguments is None:
        return False
    if layer.layer in kinds.WRAPPERS:
        inner = arguments.value("layer", 0)
        return layer.layer == "TimeDistributed" or (isinstance(inner, Object) and _returns_sequences(inner))
    return arguments.open or arguments.value("return_sequences").constant is True


def path_end(part: Value, joined: bool) -> Value:
    """The end of a path whose last part this is."""
    end, whole = part.end()
    return Constant.ending("/" + end) if joined and whole and end else part if end else UNKNOWN


def formatted(template: Value, arguments: Arguments) -> Value:
    """What ``template.format(...)`` ends in."""
    before, _, end = template.end()[0].rpartition("}")
    if not end and before.endswith("{") and arguments.values:
        end = arguments.values[-1].end()[0]
    return Constant.ending(end) if end else UNKNOWN
