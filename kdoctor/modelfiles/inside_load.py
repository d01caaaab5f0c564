"""Loads one model file in the examined interpreter and says what it predicts. Standalone: Python 3.8, NumPy and Keras.

It runs what is in the file, with the rights of whoever started it: only after the file was searched for code, or with
``--trust``.
"""

from __future__ import annotations

import base64
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

MOST_NUMBERS = 50_000
"""Of each output so many are compared."""
OPEN_SIZE = {1: 8, 2: 8, 3: 8, 4: 32, 5: 16}
LONGER = {1: 8, 2: 8, 3: 16384, 4: 512, 5: 64}
"""What stands for an open size of an input with so many dimensions."""


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Load, predict on zeros and on random numbers, and save a copy where one is wanted."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np

    keras = _keras(request["api"])
    errors = []
    for way, load in _ways(request, keras):
        try:
            model = load()
            if not callable(model):
                raise TypeError(f"it gives a {type(model).__name__}, which cannot be called")
            if way in ("plain", "no compile") and not hasattr(model, "predict"):
                way = "object"
            if way == "object":
                raise TypeError(f"it gives a {type(model).__name__} without predict()")
            given, outputs = _predict(np, model, request)
            said: dict[str, Any] = {"way": way, "outputs": outputs}
        except BaseException as error:
            errors.append([way, f"{type(error).__name__}: {str(error)[:1500]}"])
            continue
        if request.get("save"):
            said.update(_save(model, request, keras, np, given))
        return {**said, "errors": errors}
    return {"way": "", "outputs": [], "errors": errors}


def _keras(api: str) -> Any:
    if api == "keras":
        import keras
    else:
        import tensorflow

        keras = tensorflow.keras
    keras.layers  # noqa: B018 - the first touch imports it
    return keras


def _ways(request: dict[str, Any], keras: Any) -> list[tuple[str, Callable[[], Any]]]:
    path, unsafe = request["path"], {"safe_mode": False} if request.get("trust") else {}

    def program() -> Any:
        names: dict[str, Any] = {"__name__": "kdoctor_program"}
        exec(compile(request["program"], "load_old.py", "exec"), names)
        return names["load"](path)

    def signature() -> Any:
        import tensorflow as tf

        loaded = tf.saved_model.load(path)
        function = loaded.signatures[request["signature"]]
        function.kept_alive = loaded
        return function

    if request.get("signature"):
        ways = [("plain", lambda: keras.models.load_model(path))] if request["api"] == "tf.keras2" else []
        return [*ways, ("signature", signature)]
    ways = [
        ("plain", lambda: keras.models.load_model(path, **unsafe)),
        ("no compile", lambda: keras.models.load_model(path, compile=False, **unsafe)),
    ]
    if request.get("only_fixed"):
        return [("fixed", program)] if request.get("program") else []
    return [*ways, ("fixed", program)] if request.get("program") else ways


def _predict(np: Any, model: Any, request: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Inputs, and what the model answers; those of open size are longer where it needs longer ones."""
    for length in (OPEN_SIZE, LONGER):
        given = [_inputs(np, request["inputs"], request.get("highest", 2), each, length) for each in (False, True)]
        try:
            return given, [_numbers(np, _call(model, one, request)) for one in given]
        except Exception:
            if length is LONGER or not any(None in (one.get("shape") or [])[1:] for one in request["inputs"]):
                raise
    raise AssertionError("unreachable")


def _inputs(
    np: Any, tensors: list[dict[str, Any]], highest: int, is_random: bool, lengths: dict[int, int] = OPEN_SIZE
) -> dict[str, Any]:
    """One array an input, the same on every release of NumPy."""
    random = np.random.RandomState(11)
    found = {}
    for one in tensors:
        shape = one.get("shape") or [None, 8]
        sizes = [2 if not index else lengths[min(len(shape), 5)] for index in range(len(shape))]
        sizes = [size or filled for size, filled in zip(shape, sizes)]
        kind = one.get("dtype") or "float32"
        if kind == "string":
            found[one["name"]] = np.full(sizes, "a" if is_random else "", dtype=object)
        elif "int" in kind or kind == "bool":
            found[one["name"]] = (random.randint(0, highest, sizes) if is_random else np.zeros(sizes)).astype(kind)
        else:
            found[one["name"]] = (random.uniform(-1, 1, sizes) if is_random else np.zeros(sizes)).astype("float32")
    return found


def _call(model: Any, given: dict[str, Any], request: dict[str, Any]) -> Any:
    import importlib

    if request.get("signature") and hasattr(model, "structured_input_signature"):
        tf = importlib.import_module("tensorflow")
        keys = {one["name"]: one.get("key") or one["name"] for one in request["inputs"]}
        kinds = {one["name"]: one.get("dtype") for one in request["inputs"]}
        return model(**{keys[name]: tf.constant(one.tolist(), dtype=kinds[name]) for name, one in given.items()})
    values = list(given.values())
    if any(one.dtype == object for one in values):
        tf = importlib.import_module("tensorflow")
        values = [tf.constant(one.tolist()) for one in values]
    return model(values if len(values) > 1 else values[0], training=False)


def _numbers(np: Any, answered: Any) -> list[str]:
    """Each output as the text of its numbers."""
    if isinstance(answered, dict):
        answered = [answered[key] for key in sorted(answered)]
    outputs = answered if isinstance(answered, (list, tuple)) else [answered]
    found = []
    for one in outputs:
        array = np.asarray(one.numpy() if hasattr(one, "numpy") else one)
        if array.dtype == object:
            continue
        found.append(base64.b64encode(array.astype("<f4").ravel()[:MOST_NUMBERS].tobytes()).decode("ascii"))
    return found


def _save(model: Any, request: dict[str, Any], keras: Any, np: Any, given: list[dict[str, Any]]) -> dict[str, Any]:
    """Save a copy, load it with plain ``load_model``, and predict with it."""
    try:
        _use_new_hard_sigmoid(model, keras)
        model.save(request["save"])
        # Functions that the program registered are not there for whoever loads the copy.
        keras.utils.get_custom_objects().clear()
        again = keras.models.load_model(request["save"], **({"safe_mode": False} if request.get("trust") else {}))
        return {"saved": [_numbers(np, _call(again, one, request)) for one in given]}
    except BaseException as error:
        return {"save_error": f"{type(error).__name__}: {str(error)[:1500]}"}


def _use_new_hard_sigmoid(model: Any, keras: Any) -> None:
    """Let layers use the hard_sigmoid of Keras 3: its value at 1.2 * x is that of Keras 2 at x.

    So where weights alone feed it, they are multiplied by 1.2, and the numbers stay what they were.
    """
    import numpy as np

    new = keras.activations.hard_sigmoid

    def is_old(function: Any) -> bool:
        return getattr(function, "__name__", "") == "hard_sigmoid" and function is not new

    def scale(layer: Any, gates: list[int], of: int) -> None:
        weights = []
        for one in layer.get_weights():
            factors = np.ones(of)
            factors[gates] = 1.2
            weights.append(one * np.repeat(factors, one.shape[-1] // of))
        layer.set_weights(weights)

    for layer in _all_layers(model):
        outer = getattr(layer, "cell", layer)
        for cell in getattr(outer, "cells", None) or [outer]:  # StackedRNNCells has several
            name = type(cell).__name__
            if is_old(getattr(cell, "recurrent_activation", None)):
                gates = [0, 1, 3] if "LSTM" in name else [0, 1]
                scale(cell if cell.weights else layer, gates, 4 if "LSTM" in name else 3)
                cell.recurrent_activation = new
            if is_old(getattr(cell, "activation", None)) and hasattr(cell, "kernel") and cell is layer:
                scale(layer, [0], 1)
                cell.activation = new


def _all_layers(model: Any) -> list[Any]:
    found: list[Any] = []
    for layer in getattr(model, "layers", ()):
        inner = [getattr(layer, name, None) for name in ("forward_layer", "backward_layer", "layer")]
        inner = [one for one in inner if one is not None]
        found += _all_layers(layer) if getattr(layer, "layers", None) else inner or [layer]
    return found
