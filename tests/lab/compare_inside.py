"""Does the same small things with every public class and function of Keras, and writes what comes out as JSON.

Runs inside an examined interpreter, with nothing of kdoctor; ``python -m tests.lab.compare`` starts it and compares.
Every weight is set to the same numbers and every input is written out, so that two implementations must agree.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any, Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

keras: Any = tf.keras
Answers = dict[str, Any]
Call = Callable[..., Any]

IMAGE, VOLUME, STEPS, ROW = (2, 6, 6, 3), (2, 4, 4, 4, 2), (2, 5, 4), (2, 6)
SHAPES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("ConvLSTM1D", (2, 3, 6, 2)),
    ("ConvLSTM2D", (2, 3, 5, 5, 2)),
    ("ConvLSTM3D", (2, 2, 4, 4, 4, 1)),
    *((name, VOLUME) for name in ("3D", "3DTranspose")),
    *((name, IMAGE) for name in ("2D", "2DTranspose", "Rescaling", "Resizing", "CenterCrop", "Random")),
    *((name, STEPS) for name in ("1D", "1DTranspose", "LSTM", "GRU", "SimpleRNN", "Masking", "Attention", "RNN")),
    *((name, STEPS) for name in ("TimeDistributed", "Bidirectional")),
)
"""What a layer is given, by the end or the beginning of its name."""
ARGUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: lambda: {"units": 3} for name in ("Dense", "LSTM", "GRU", "SimpleRNN")},
    **{name: lambda: {"units": 3} for name in ("LSTMCell", "GRUCell", "SimpleRNNCell")},
    **{f"{kind}Conv{n}D": lambda: {"filters": 4, "kernel_size": 2} for kind in ("", "Separable") for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": lambda: {"filters": 4, "kernel_size": 2} for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": lambda: {"kernel_size": 2} for n in (1, 2)},
    **{f"{kind}Pooling{n}D": lambda: {"pool_size": 2} for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"ConvLSTM{n}D": lambda: {"filters": 2, "kernel_size": 2, "recurrent_activation": "sigmoid"} for n in (1, 2, 3)},
    **{name: lambda: {"rate": 0.5} for name in ("Dropout", "AlphaDropout", "GaussianDropout")},
    **{f"SpatialDropout{n}D": lambda: {"rate": 0.5} for n in (1, 2, 3)},
    **{f"Random{name}": lambda: {"factor": 0.2} for name in ("Brightness", "Contrast", "Rotation", "Height", "Width")},
    "RandomTranslation": lambda: {"height_factor": 0.2, "width_factor": 0.1},
    "RandomZoom": lambda: {"height_factor": 0.2},
    "GaussianNoise": lambda: {"stddev": 0.5},
    "Activation": lambda: {"activation": "tanh"},
    "ActivityRegularization": lambda: {"l1": 0.1, "l2": 0.2},
    "Bidirectional": lambda: {"layer": keras.layers.GRU(2, return_sequences=True)},
    "CategoryEncoding": lambda: {"num_tokens": 6},
    "CenterCrop": lambda: {"height": 3, "width": 2},
    "Discretization": lambda: {"bin_boundaries": [0.0, 0.5]},
    "Dot": lambda: {"axes": 2},
    "EinsumDense": lambda: {"equation": "ab,bc->ac", "output_shape": 3},
    "Embedding": lambda: {"input_dim": 10, "output_dim": 3},
    "GroupNormalization": lambda: {"groups": 2},
    "HashedCrossing": lambda: {"num_bins": 5},
    "Hashing": lambda: {"num_bins": 5},
    "IntegerLookup": lambda: {"vocabulary": [1, 3, 5]},
    "Lambda": lambda: {"function": lambda values: values * 2},
    "MultiHeadAttention": lambda: {"num_heads": 2, "key_dim": 3},
    "Normalization": lambda: {"mean": 1.0, "variance": 4.0},
    "Permute": lambda: {"dims": (2, 1)},
    "RandomCrop": lambda: {"height": 3, "width": 2},
    "RepeatVector": lambda: {"n": 3},
    "Rescaling": lambda: {"scale": 0.5, "offset": 1.0},
    "Reshape": lambda: {"target_shape": (3, 2)},
    "Resizing": lambda: {"height": 4, "width": 5},
    "RNN": lambda: {"cell": keras.layers.SimpleRNNCell(2)},
    "SpectralNormalization": lambda: {"layer": keras.layers.Dense(3)},
    "StackedRNNCells": lambda: {"cells": [keras.layers.GRUCell(2), keras.layers.SimpleRNNCell(2)]},
    "StringLookup": lambda: {"vocabulary": ["a", "b"]},
    "TextVectorization": lambda: {"vocabulary": ["a", "b"]},
    "TimeDistributed": lambda: {"layer": keras.layers.Dense(3)},
}
SEVERAL = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "Attention")
SEVERAL += ("AdditiveAttention", "MultiHeadAttention")
WHOLE: dict[str, Any] = {
    "CategoryEncoding": np.array([[1, 2], [0, 5]]),
    "Embedding": np.array([[1, 0, 4], [2, 2, 0]]),
    "Hashing": np.array([[1], [2], [3]]),
    "IntegerLookup": np.array([[1, 2, 5]]),
    "StringLookup": np.array([["a", "c"]]),
    "TextVectorization": np.array([["a b c"]]),
    "Permute": np.zeros(STEPS, "float32") + np.arange(4, dtype="float32"),
}
LAYER_OPTIONS: tuple[dict[str, Any], ...] = (
    *({"padding": each} for each in ("same", "causal", 1, ((1, 0), (0, 1)))),
    *({"strides": each} for each in (1, 2)),
    *({"interpolation": each} for each in ("bilinear", "nearest", "bicubic", "area", "lanczos3")),
    *({"output_mode": each} for each in ("one_hot", "multi_hot", "count", "int")),
    *({"axis": each} for each in (1, -2, [1, 2])),
    *({"merge_mode": each} for each in ("sum", "mul", "ave", None)),
    *({"activation": each} for each in ("gelu", "swish", "softmax")),
    *({"score_mode": "concat"}, {"use_scale": True}, {"value_dim": 2}, {"output_shape": 2}),
    *({"dilation_rate": 2}, {"groups": 2}, {"depth_multiplier": 2}, {"data_format": "channels_first"}),
    *({"return_sequences": True}, {"return_state": True}, {"return_sequences": True, "return_state": True}),
    *({"go_backwards": True}, {"go_backwards": True, "return_sequences": True}),
    *({"reset_after": False}, {"implementation": 1}, {"unroll": True}, {"unit_forget_bias": False}),
    *(
        {"use_bias": False},
        {"center": False},
        {"scale": False},
        {"epsilon": 0.5},
        {"momentum": 0.5},
        {"rms_scaling": 1},
    ),
    *({"mask_zero": True}, {"keepdims": True}, {"normalize": True}, {"size": 3}, {"cropping": 1}, {"invert": True}),
    *({"max_value": 0.5}, {"negative_slope": 0.1}, {"threshold": 0.2}, {"alpha": 0.1}, {"shared_axes": [1]}),
    *({"num_oov_indices": 2}, {"salt": 7}, {"mask_value": 1}, {"crop_to_aspect_ratio": True}, {"order": "C"}),
    *({"dtype": "float16"}, {"dtype": "float64"}, {"dtype": "int64"}, {"trainable": False}, {"name": "own"}),
    *({f"{part}_initializer": "ones"} for part in ("kernel", "recurrent", "bias", "gamma", "embeddings")),
    *({f"{part}_regularizer": "l2"} for part in ("kernel", "recurrent", "bias", "activity")),
)
"""What layers are made with besides, where they take it."""
OPTIMIZER_OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "*": (
        *({}, {"weight_decay": 0.1}, {"clipnorm": 0.5}, {"clipvalue": 0.2}, {"global_clipnorm": 0.5}),
        *({"use_ema": True}, {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}),
        *({"epsilon": 0.1}, {"beta_1": 0.5}, {"beta_2": 0.5}, {"name": "own"}),
    ),
    "SGD": ({"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}),
    "RMSprop": ({"momentum": 0.9}, {"centered": True}, {"rho": 0.5}),
    "Adam": ({"amsgrad": True},),
    "AdamW": ({"amsgrad": True},),
    "Adadelta": ({"rho": 0.5},),
    "Adagrad": ({"initial_accumulator_value": 1.0},),
    "Adafactor": ({"relative_step": False}, {"clip_threshold": 0.1}, {"beta_2_decay": -0.5}),
    "Ftrl": (
        *({"l1_regularization_strength": 0.1}, {"l2_regularization_strength": 0.1}, {"beta": 0.5}),
        *({"l2_shrinkage_regularization_strength": 0.1}, {"learning_rate_power": -0.3}),
    ),
}
"""What optimizers are made with: all of them, and those of a name."""


def filled(shape: tuple[int, ...]) -> Any:
    count = int(np.prod(shape))
    return np.sin(np.arange(count, dtype="float64") * 1.7 + 0.3).astype("float32").reshape(shape)


def said(value: Any) -> Any:
    """A result as JSON: structures as they are, of a tensor its dtype, shape and numbers."""
    if isinstance(value, dict):
        return {str(key): said(item) for key, item in value.items()}
    if isinstance(value, tf.SparseTensor):
        return {"sparse": said(tf.sparse.to_dense(value))}
    if isinstance(value, tf.RaggedTensor):
        return {"ragged": value.to_list()}
    if isinstance(value, (list, tuple, set)) and not hasattr(value, "dtype"):
        return [said(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if inspect.isclass(value) or inspect.isroutine(value):
        return value.__name__
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        return {"dtype": "text", "shape": list(array.shape), "values": [str(item) for item in array.ravel()[:50]]}
    flat = array.astype("float64").ravel()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": [round(item, 5) for item in flat[:200]]}


def tried(does: Callable[[], Any]) -> Any:
    try:
        return said(does())
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {str(error)[:160]}"}


def public(module: Any) -> Iterator[tuple[list[str], Any]]:
    """Each class and function once, with all its names."""
    found: dict[int, tuple[list[str], Any]] = {}
    for name in sorted(name for name in dir(module) if not name.startswith("_")):
        value = getattr(module, name)
        if callable(value) and not inspect.ismodule(value):
            found.setdefault(id(value), ([], value))[0].append(name)
    yield from found.values()


def takes(made: Any, option: str) -> bool:
    return any(option in inspect.signature(each.__init__).parameters for each in made.__mro__[:-1])


def defaults(made: Any) -> Any:
    """The default of every parameter, of a class also of its own public methods."""
    parameters = inspect.signature(made.__init__ if inspect.isclass(made) else made).parameters.values()
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    plain = [one for one in parameters if one.kind not in kinds and one.name != "self"]
    found = {one.name: "none" if one.default is one.empty else repr(one.default) for one in plain}
    return {name: re.sub(r" at 0x\w+|keras\.(src\.)?[\w.]*\.", "", value) for name, value in found.items()}


def methods(made: Any) -> Iterator[tuple[str, Any]]:
    for name in dir(made):
        if not name.startswith("_") and inspect.isroutine(getattr(made, name, None)):
            yield name, getattr(made, name)


# --------------------------------------------------------------------------------------------------------- layers


def given_to(name: str) -> Any:
    if name in SEVERAL:
        return [filled(STEPS), filled(STEPS)[::-1] * 0.5]
    if name == "HashedCrossing":
        return (np.array([["a"], ["b"]]), np.array([[1], [2]]))
    if name.endswith("Cell") or name == "StackedRNNCells":
        return filled((2, 4))
    shape = next((shape for key, shape in SHAPES if name.endswith(key) or name.startswith(key)), ROW)
    return WHOLE.get(name, filled(shape))


def called(layer: Any, given: Any, **how: Any) -> Any:
    kind = type(layer).__name__
    if kind == "MultiHeadAttention":
        return layer(*given, **how)
    if kind.endswith("Cell") or kind == "StackedRNNCells":
        sizes = layer.state_size if isinstance(layer.state_size, (list, tuple)) else [layer.state_size]
        return layer(tf.constant(given), [tf.fill((2, size), 0.25) for size in sizes], **how)
    return layer(given, **how)


def with_weights(layer: Any) -> Any:
    layer.set_weights([np.abs(filled(weight.shape)) + 0.1 for weight in layer.get_weights()])
    return layer


def layer_answers(name: str, made: Any) -> Answers:
    if not inspect.isclass(made):
        extra = {"axes": 2} if name == "dot" else {}
        return {"call": tried(lambda: made([filled(STEPS), filled(STEPS) * 0.5], **extra))}
    given = given_to(name)
    arguments = ARGUMENTS.get(name, dict)
    # what augmentation gives is random: shapes and dtypes are compared, the numbers outside of training, and the spread
    random = name.startswith("Random")
    quiet = {"training": False} if random else {}
    shown = outline if random else said

    def built(**options: Any) -> Any:
        layer = made(**{**arguments(), **options})
        called(layer, given)
        return with_weights(layer)

    def penalties() -> Any:
        layer = built(activity_regularizer="l2")
        called(layer, given, **quiet)
        return [float(loss) for loss in layer.losses]

    def numbered() -> Any:
        keras.backend.clear_session()
        return [made(**arguments()).name, made(**arguments()).name]

    def stateful() -> Any:
        layer = built(stateful=True)
        (getattr(layer, "reset_state", None) or layer.reset_states)()
        return [called(layer, given), called(layer, given)]

    def again() -> Any:
        layer = built()
        other = made.from_config(layer.get_config())
        called(other, given)
        other.set_weights(layer.get_weights())
        return apart(called(layer, given, **quiet), called(other, given, **quiet)) < 1e-5

    def masked() -> Any:
        mask = np.array([[True, True, False, False, True], [True] * 5])
        result = called(built(), given, mask=mask)
        return [result, made(**arguments()).compute_mask(given, tf.constant(mask))]

    def masked_before() -> Any:
        layer = made(**arguments())
        inputs = keras.layers.Masking()(np.concatenate([given, 0 * given[:, :2]], axis=1))
        results = layer(inputs)
        last = results[0] if isinstance(results, (list, tuple)) else results
        return [layer.supports_masking, getattr(last, "_keras_mask", None)]

    found = {
        "weights": tried(lambda: [list(weight.shape) for weight in built().get_weights()]),
        "names of weights": tried(lambda: [weight.name.split("/")[-1].split(":")[0] for weight in built().weights]),
        "trainable": tried(lambda: [len(built().trainable_weights), len(built().non_trainable_weights)]),
        "call": tried(lambda: shown(called(built(), given))),
        "training=False": tried(lambda: called(built(), given, training=False)),
        "predict": tried(lambda: predicted(built(), given)),
        "config round trip": tried(again),
        "h5 file": tried(lambda: kept(built(), given, "model.h5", **quiet)),
        "keras file": tried(lambda: kept(built(), given, "model.keras", **quiet)),
        "output shape": tried(lambda: list(built().compute_output_shape(np.shape(given)))),
        "losses": tried(penalties),
        "two calls": tried(lambda: [called(layer, given, **quiet) for layer in [built()] for _ in range(2)]),
        "float64": tried(lambda: called(made(**arguments()), as_type(given, "float64")).dtype),
        "integers": tried(lambda: shown(called(built(), as_type(given, "int32")))),
        "name": tried(numbered),
        **({"stateful": tried(stateful)} if takes(made, "stateful") else {}),
    }
    for option in LAYER_OPTIONS:
        if all(takes(made, key) for key in option) and not name.startswith(("Random", "Lambda")):
            found[json.dumps(option)] = tried(lambda option=option: called(built(**option), given))
    if "training" in inspect.signature(made.call).parameters and not name.startswith("Random"):
        if rate(made):
            found["dropped in training"] = tried(lambda: dropped(made(**{**arguments(), **rate(made)}), ones(given)))
        found["weights after training"] = tried(lambda: trained(built(), given))
    if name.startswith("Random"):
        found["numbers in training"] = tried(lambda: spread(made, arguments, given))
    if np.ndim(given) == 3 and not isinstance(given, list):
        found["mask"] = tried(masked)
        found["mask of the layer before"] = tried(masked_before)
    return found


def rate(made: Any) -> dict[str, Any]:
    return {key: 0.5 for key in ("rate", "dropout") if takes(made, key)}


def dropped(layer: Any, given: Any) -> Any:
    """Which share of the numbers is zero in training, to a fifth."""
    results = [called(layer, given, training=True) for _ in range(20)]
    first = [result[0] if isinstance(result, (list, tuple)) else result for result in results]
    return round(5 * float(np.mean([np.mean(np.asarray(each) == 0) for each in first])))


def outline(value: Any) -> Any:
    """A result without its numbers."""
    found = said(value)
    return {key: found[key] for key in ("dtype", "shape")} if isinstance(found, dict) else found


def ones(given: Any) -> Any:
    return [np.ones_like(one) for one in given] if isinstance(given, list) else np.ones_like(given)


def as_type(given: Any, kind: str) -> Any:
    return [(10 * one).astype(kind) for one in given] if isinstance(given, (list, tuple)) else (10 * given).astype(kind)


def apart(one: Any, other: Any) -> float:
    pairs = zip(one, other) if isinstance(one, (list, tuple)) else [(one, other)]
    return max(float(np.abs(np.asarray(a, "float64") - np.asarray(b, "float64")).max()) for a, b in pairs)


def trained(layer: Any, given: Any) -> Any:
    called(layer, given, training=True)
    return layer.get_weights()


def spread(made: Any, arguments: Any, given: Any) -> Any:
    """How far random pixels spread: to a tenth, over many images."""
    images = np.tile(np.linspace(0, 255, 48, dtype="float32").reshape(1, 4, 4, 3), (400, 1, 1, 1))
    result = np.asarray(made(**arguments())(images, training=True))
    return [list(result.shape), *(round(float(one) / 10) for one in (result.min(), result.max(), result.mean()))]


def in_model(layer: Any, given: Any) -> Any:
    if isinstance(given, (list, tuple)):
        inputs = [keras.Input(np.shape(one)[1:]) for one in given]
        return keras.Model(inputs, called(layer, inputs))
    dtype = "string" if given.dtype.kind in "OSU" else given.dtype.name
    inputs = keras.Input(given.shape[1:], dtype=dtype)
    return keras.Model(inputs, called(layer, inputs))


def predicted(layer: Any, given: Any) -> Any:
    model = in_model(layer, given)
    model.compile(run_eagerly=True)  # spares the tracing
    is_text = not isinstance(given, (list, tuple)) and given.dtype.kind in "OSU"
    return model.predict(tf.constant(given) if is_text else given, verbose=0)


def kept(layer: Any, given: Any, file: str, **how: Any) -> Any:
    """What a saved and loaded model gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, file)
        in_model(layer, given).save(path)
        return keras.models.load_model(path, compile=False)(given, **how)


# --------------------------------------------------------------------------------------------- losses and metrics

TRUE = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "float32")
GUESS = np.array([[0.2, 0.7, 0.1], [0.3, 0.5, 0.2]], "float32")
CLASSES = np.array([1, 0], "int32")
LOSS_OPTIONS: tuple[dict[str, Any], ...] = (
    *({"from_logits": True}, {"label_smoothing": 0.2}, {"delta": 0.1}, {"ignore_class": 1}, {"name": "own"}),
    *({"gamma": 1.0}, {"alpha": 0.5}, {"apply_class_balancing": True}, {"reduction": "none"}, {"reduction": "sum"}),
    *({"axis": 0}, {"dtype": "float16"}),
)


def loss_answers(name: str, made: Any) -> Answers:
    true = CLASSES if name.lower().startswith("sparse") else TRUE
    long_true, long_guess = (np.stack([one, one[::-1]]) for one in (true, GUESS))
    tensors = tf.constant(true), tf.constant(GUESS)
    if not inspect.isclass(made):
        options = [option for option in LOSS_OPTIONS if next(iter(option)) in inspect.signature(made).parameters]
        return {
            "call": tried(lambda: made(*tensors)),
            "arrays": tried(lambda: made(true, GUESS)),
            "lists": tried(lambda: made(true.tolist(), GUESS.tolist())),
            "three axes": tried(lambda: made(long_true, long_guess)),
            **{json.dumps(option): tried(lambda option=option: made(*tensors, **option)) for option in options},
        }
    found = {
        "call": tried(lambda: made()(true, GUESS)),
        "integers": tried(lambda: made()(np.asarray(true, "int32"), np.rint(GUESS).astype("int32"))),
        "sample_weight": tried(lambda: made()(true, GUESS, sample_weight=np.array([1.0, 3.0], "float32"))),
        "sample_weight of a column": tried(lambda: made()(true, GUESS, sample_weight=np.array([[1.0], [3.0]]))),
        "three axes": tried(lambda: made()(long_true, long_guess)),
        "name": tried(lambda: made().name),
        "config": tried(lambda: sorted(made().get_config())),
        "config round trip": tried(lambda: made.from_config(made().get_config())(true, GUESS)),
        "float64": tried(lambda: made()(np.asarray(true, "float64"), GUESS.astype("float64"))),
        "float16": tried(lambda: made()(true, GUESS.astype("float16"))),
        "sure and wrong": tried(lambda: made()(true, np.array([[1, 0, 0], [0, 1, 0]], "float32"))),
        "ranks": tried(lambda: made()(TRUE[:, 0], GUESS[:, :1])),
    }
    for option in LOSS_OPTIONS:
        if takes(made, next(iter(option))):
            found[json.dumps(option)] = tried(lambda option=option: made(**option)(true, 3 * GUESS))
    return found


METRICS: dict[str, dict[str, Any]] = {
    "MeanIoU": {"num_classes": 3},
    "IoU": {"num_classes": 3, "target_class_ids": [0]},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0]},
    "OneHotMeanIoU": {"num_classes": 3},
    "MeanMetricWrapper": {"fn": lambda true, guess: tf.abs(true - guess)},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
METRIC_OPTIONS: tuple[dict[str, Any], ...] = (
    *({"thresholds": each} for each in (0.4, [0.2, 0.6])),
    *({"curve": "PR"}, {"summation_method": "minoring"}, {"num_thresholds": 5}, {"multi_label": True}, {"top_k": 1}),
    *({"class_id": 1}, {"average": "macro"}, {"average": "weighted"}, {"threshold": 0.4}, {"beta": 2.0}, {"k": 2}),
    *({"from_logits": True}, {"label_smoothing": 0.2}, {"class_aggregation": "variance_weighted_average"}, {"axis": 0}),
    *({"ignore_class": 1}, {"dtype": "float64"}, {"name": "own"}),
)


def metric_answers(name: str, made: Any) -> Answers:
    if not inspect.isclass(made):
        return loss_answers(name, made)
    pair = (CLASSES, GUESS) if name.startswith("Sparse") else (TRUE, GUESS)
    pair = (CLASSES, np.array([1, 2])) if name in ("MeanIoU", "IoU") else pair
    pair = (filled((4,)),) if name in ("Mean", "Sum") else pair
    weights = np.array([1.0, 3.0], "float32")

    def used(weight: Any = None, **options: Any) -> Any:
        metric = made(**{**METRICS.get(name, {}), **options})
        seen = []
        for turn in range(3):
            values = [value[::-1] if turn == 1 else value for value in pair[:1]] + list(pair[1:])
            metric.update_state(*values, **({} if weight is None else {"sample_weight": weight}))
            seen.append(said(metric.result()))  # what is returned may be the state itself, which changes
        metric.reset_state()
        return [*seen, metric.result()]

    def merged() -> Any:
        one, other = made(**METRICS.get(name, {})), made(**METRICS.get(name, {}))
        for metric in (one, other):
            metric.update_state(*pair)
        one.merge_state([other])
        return one.result()

    made_here = lambda: made(**METRICS.get(name, {}))  # noqa: E731
    found = {
        "three updates and a reset": tried(used),
        "sample_weight": tried(lambda: used(weights) if len(pair) == 2 else None),
        "integers": tried(lambda: used() and made_here()(*(np.rint(one).astype("int32") for one in pair))),
        "lists": tried(lambda: made_here()(*(one.tolist() for one in pair))),
        "column": tried(lambda: made_here()(TRUE[:, 0], GUESS[:, :1])),
        "name": tried(lambda: re.sub(r"_\d+$", "", made_here().name)),
        "called": tried(lambda: made_here()(*pair)),
        "merged": tried(merged),
        "state": tried(lambda: [list(variable.shape) for variable in made_here().variables]),
        "config round trip": tried(lambda: made.from_config(made_here().get_config())(*pair)),
        "in fit": tried(lambda: in_fit(made_here())),
    }
    for option in METRIC_OPTIONS:
        if takes(made, next(iter(option))):
            found[json.dumps(option)] = tried(lambda option=option: used(**option))
    return found


def in_fit(metric: Any) -> Any:
    layer = keras.layers.Dense(3, "softmax", kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile("sgd", "mse", metrics=[metric], run_eagerly=True)
    return sorted(rounded(model.fit(TRUE, TRUE, batch_size=1, verbose=0, shuffle=False).history).items())


# ------------------------------------------------------------------------------- optimizers and the small classes


def optimizer_answers(name: str, made: Any) -> Answers:
    def walked(options: dict[str, Any]) -> Any:
        layer = keras.layers.Dense(2, kernel_initializer="ones", bias_initializer="zeros")
        optimizer = made(**{"learning_rate": 0.05, **options})
        for step in range(10):
            with tf.GradientTape() as tape:
                error = tf.reduce_mean((layer(filled((4, 3)) + step % 3) - filled((4, 2)) * 2) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(error, layer.trainable_weights), layer.trainable_weights))
        return [*layer.get_weights(), int(optimizer.iterations)]

    def by_hand() -> Any:
        variable = tf.Variable([1.0, -2.0])
        optimizer = made(learning_rate=0.05)
        for _ in range(3):
            optimizer.apply_gradients([(tf.constant([0.5, 2.0]), variable)])
        return variable

    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([3, 6], [0.1, 0.05, 0.01])
    chosen = [*OPTIMIZER_OPTIONS["*"], *OPTIMIZER_OPTIONS.get(name, ())]
    found = {
        json.dumps(one): tried(lambda one=one: walked(one)) for one in chosen if takes(made, next(iter(one), "name"))
    }
    found["schedule"] = tried(lambda: walked({"learning_rate": schedule}))
    found["default rate"] = tried(lambda: float(np.asarray(made().learning_rate)))
    found["by hand"] = tried(by_hand)
    found["config"] = tried(lambda: {key: str(value) for key, value in made(name="own").get_config().items()})
    found["config round trip"] = tried(
        lambda: float(np.asarray(made.from_config(made(learning_rate=0.3).get_config()).learning_rate))
    )
    return found


SCHEDULES: dict[str, tuple[Any, ...]] = {
    "CosineDecay": (0.5, 7),
    "CosineDecayRestarts": (0.5, 4),
    "ExponentialDecay": (0.5, 3, 0.7),
    "InverseTimeDecay": (0.5, 3, 0.7),
    "PiecewiseConstantDecay": ([3, 6], [0.5, 0.2, 0.1]),
    "PolynomialDecay": (0.5, 7),
}
SCHEDULE_OPTIONS = ({}, {"staircase": True}, {"power": 2.0}, {"cycle": True}, {"warmup_target": 0.9, "warmup_steps": 3})
SCHEDULE_OPTIONS += ({"alpha": 0.1}, {"t_mul": 1.5, "m_mul": 0.5})


def schedule_answers(name: str, made: Any) -> Answers:
    def rates(options: dict[str, Any]) -> Any:
        schedule = made(*SCHEDULES[name], **options)
        schedule = made.from_config(schedule.get_config())
        return [float(np.asarray(schedule(step))) for step in range(12)]

    chosen = [option for option in SCHEDULE_OPTIONS if all(takes(made, key) for key in option)]
    return {json.dumps(option): tried(lambda option=option: rates(option)) for option in chosen}


def initializer_answers(name: str, made: Any) -> Answers:
    """Of random numbers, how far they spread is compared, to a tenth; of others all."""
    arguments = {"Constant": {"value": 2.0}}.get(name, {})
    exact = name in ("Constant", "Identity", "Ones", "Zeros")

    def of(shape: tuple[int, ...], **options: Any) -> Any:
        values = np.asarray(made(**arguments, **options)(shape), "float64")
        if exact:
            return [str(values.dtype), values]
        at = [float(np.quantile(np.abs(values), share)) for share in (0.25, 0.5, 0.9)]
        return [list(values.shape), *(float(f"{each / 2:.0e}") for each in (values.std(), *at))]

    shapes = ((200, 300), (3, 3, 20, 60)) if not exact else ((3, 4),)
    found = {str(shape): tried(lambda shape=shape: of(shape)) for shape in shapes}
    options = ({"gain": 2.0}, {"scale": 0.1}, {"mode": "fan_out"}, {"mode": "fan_avg"}, {"stddev": 0.5}, {"mean": 3.0})
    for option in (*options, {"distribution": "uniform"}, {"distribution": "untruncated_normal"}, {"minval": -1.0}):
        if takes(made, next(iter(option))):
            found[json.dumps(option)] = tried(lambda option=option: of(shapes[0], **option))
    found["twice"] = tried(lambda: apart(*(lambda one: (one((3, 4)), one((3, 4))))(made(**arguments))) == 0)
    found["twice of a seed"] = tried(
        lambda: apart(*(made(seed=1)((3, 4)) for _ in range(2))) == 0 if takes(made, "seed") else 1
    )
    found["default dtype"] = tried(lambda: made(**arguments)((3, 4)).dtype)
    return found


def function_answers(name: str, made: Any) -> Answers:
    given = tf.constant(np.linspace(-5, 5, 21, dtype="float32").reshape(3, 7))
    square = given[:, :3]
    if inspect.isclass(made):
        return {
            "call": tried(lambda: made()(square)),
            "axis": tried(lambda: made(axis=1)(square) if takes(made, "axis") else 0),
            "config": tried(lambda: made().get_config()),
        }
    found = {
        "call": tried(lambda: made(given)),
        "far": tried(lambda: made(tf.constant([[-1e4, -30.0, 0.0, 30.0, 1e4]]))),
        "array": tried(lambda: made(given.numpy())),
        "integers": tried(lambda: made(tf.constant([[-3, 0, 4]]))),
        "float16": tried(lambda: made(tf.cast(given, "float16"))),
        "get": tried(lambda: keras.activations.get(name)(given)),
    }
    for option in ({"alpha": 0.3}, {"max_value": 2.0}, {"threshold": 1.0}, {"approximate": True}, {"axis": 0}):
        if next(iter(option)) in inspect.signature(made).parameters:
            found[json.dumps(option)] = tried(lambda option=option: made(given, **option))
    return found


BACKEND: dict[str, tuple[Any, ...]] = {
    "arange": (2, 9, 3),
    "batch_dot": (filled(STEPS), filled((2, 4, 3))),
    "batch_normalization": (filled(ROW), 1.0, 2.0, 0.5, 1.5),
    "binary_focal_crossentropy": (tf.constant(TRUE), tf.constant(GUESS)),
    "cast": (filled(ROW), "int32"),
    "categorical_focal_crossentropy": (tf.constant(TRUE), tf.constant(GUESS)),
    "clip": (filled(ROW), -0.2, 0.4),
    "concatenate": ([filled(ROW), filled(ROW)],),
    "constant": (2.5,),
    "dot": (filled(ROW), filled((6, 2))),
    "eye": (3,),
    "foldl": (lambda total, one: total + one, np.arange(5.0)),
    "foldr": (lambda total, one: total - one, np.arange(5.0)),
    "gather": (filled(ROW), np.array([1, 0])),
    "in_top_k": (GUESS, CLASSES, 1),
    "map_fn": (lambda one: one * 2, filled(ROW)),
    "ones": ((2, 3),),
    "one_hot": (CLASSES, 4),
    "permute_dimensions": (filled(STEPS), (0, 2, 1)),
    "pow": (filled(ROW), 2),
    "repeat": (filled(ROW), 3),
    "repeat_elements": (filled(ROW), 2, 1),
    "reshape": (filled(ROW), (3, 4)),
    "resize_images": (filled(IMAGE), 2, 2, "channels_last"),
    "resize_volumes": (filled(VOLUME), 2, 2, 2, "channels_last"),
    "reverse": (filled(ROW), 1),
    "sparse_categorical_crossentropy": (tf.constant(CLASSES), tf.constant(GUESS)),
    "stack": ([filled(ROW), filled(ROW)],),
    "switch": (tf.constant(True), lambda: tf.constant(1.0), lambda: tf.constant(2.0)),
    "tile": (filled(ROW), [2, 1]),
    "zeros": ((2, 3),),
    "spatial_2d_padding": (filled(IMAGE),),
    "spatial_3d_padding": (filled(VOLUME),),
    "temporal_padding": (filled(STEPS),),
    "conv1d": (filled(STEPS), filled((2, 4, 3))),
    "conv2d": (filled(IMAGE), filled((2, 2, 3, 2))),
    "conv3d": (filled(VOLUME), filled((2, 2, 2, 2, 3))),
    "conv2d_transpose": (filled(IMAGE), filled((2, 2, 4, 3)), (2, 7, 7, 4)),
    "depthwise_conv2d": (filled(IMAGE), filled((2, 2, 3, 1))),
    "separable_conv2d": (filled(IMAGE), filled((2, 2, 3, 1)), filled((1, 1, 3, 4))),
    "pool2d": (filled(IMAGE), (2, 2)),
    "pool3d": (filled(VOLUME), (2, 2, 2)),
    "ctc_batch_cost": (np.array([[0, 1]]), filled((1, 6, 4)) ** 2 + 0.1, np.array([[6]]), np.array([[2]])),
    "ctc_decode": (filled((1, 6, 4)) ** 2 + 0.1, np.array([6])),
}
TWO = ("equal", "greater", "greater_equal", "less", "less_equal", "maximum", "minimum", "not_equal", "bias_add")
TWO += ("binary_crossentropy", "categorical_crossentropy")


def backend_answers(name: str, made: Any) -> Answers:
    given = tf.constant(filled(ROW))
    arguments = BACKEND.get(name, (given,))
    if name in TWO:
        arguments = (given, given[0]) if name == "bias_add" else (tf.abs(given), tf.abs(given) / 2 + 0.1)
    if name.startswith("random") or name in ("dropout", "truncated_normal"):
        arguments = (tf.ones((50, 40)), 0.5) if name == "dropout" else ((50, 40),)
        return {"spread": tried(lambda: [made(*arguments).shape, round(float(np.std(made(*arguments))), 1)])}
    return {
        "call": tried(lambda: made(*arguments)),
        "axis": tried(lambda: made(*arguments, axis=0)),
        "keepdims": tried(lambda: made(*arguments, axis=1, keepdims=True)),
        "integers": tried(lambda: made(tf.constant([[3, -1], [0, 2]]))),
    }


# ----------------------------------------------------------------------------- preprocessing, utils, applications

WORDS = ["The cat, the dog.", "a dog barks!"]


def others() -> dict[str, Callable[[], Any]]:
    """Functions that need their own arguments, by their name."""
    image, sequence, text = (getattr(keras.preprocessing, name) for name in ("image", "sequence", "text"))
    utils, pixels = keras.utils, 100 + 100 * filled((4, 4, 3))
    rows, lists = filled((6, 3)), [[1, 2, 3], [4], [5, 6]]

    def tokenized() -> Any:
        one = text.Tokenizer(num_words=4)
        one.fit_on_texts(WORDS)
        return [one.word_index, one.texts_to_sequences(WORDS), one.texts_to_matrix(WORDS, "tfidf")]

    def written(*how: Any, **named: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.png")
            utils.save_img(path, pixels)
            return utils.img_to_array(utils.load_img(path, *how, **named))

    def from_folder() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("b", "a"):
                os.mkdir(os.path.join(folder, kind))
                for number in range(2):
                    utils.save_img(os.path.join(folder, kind, f"{number}.png"), pixels + number)
            data = utils.image_dataset_from_directory(folder, image_size=(3, 5), batch_size=3, shuffle=False)
            parts = utils.image_dataset_from_directory(
                folder, image_size=(4, 4), validation_split=0.5, subset="training", seed=3, batch_size=2
            )
            return [data.class_names, *data, [labels for _, labels in parts]]

    def texts() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("b", "a"):
                os.mkdir(os.path.join(folder, kind))
                with open(os.path.join(folder, kind, "0.txt"), "w") as file:
                    file.write(kind)
            data = utils.text_dataset_from_directory(folder, shuffle=False, label_mode="categorical")
            return [data.class_names, *data]

    def series(**how: Any) -> Any:
        made = utils.timeseries_dataset_from_array(np.arange(9.0), np.arange(9), sequence_length=3, **how)
        return list(made)

    def generated() -> Any:
        made = image.ImageDataGenerator(rescale=0.5, featurewise_center=True, validation_split=0.5)
        made.fit(pixels[None])
        pictures = np.stack([pixels * each for each in (0.2, 0.4, 0.6, 0.8)])
        return next(made.flow(pictures, np.array([0, 1, 0, 1]), batch_size=2, shuffle=False, subset="training"))

    def seeded() -> Any:
        utils.set_random_seed(3)
        return [np.random.rand(2), tf.random.normal((2,))]

    def printed() -> Any:
        bar = io.StringIO()
        with contextlib.redirect_stdout(bar):
            one = utils.Progbar(3, verbose=2)
            for step in range(3):
                one.update(step + 1, [("loss", step)])
        return re.sub(r"\d+[mu]?s\S*", "TIME", bar.getvalue())

    def policy(name: str) -> Any:
        made = keras.mixed_precision.Policy(name)
        return [made.compute_dtype, made.variable_dtype, made.name]

    def mixed() -> Any:
        layer = keras.layers.Dense(2, dtype="mixed_float16", kernel_initializer="ones")
        return [layer(filled(ROW)), layer.weights[0].dtype]

    plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "relu", kernel_initializer="ones")])
    return {
        "models.clone_model": lambda: [keras.models.clone_model(plain)(rows), keras.models.clone_model(plain).name],
        "models.model_from_json": lambda: keras.models.model_from_json(plain.to_json())(rows),
        "utils.to_categorical": lambda: [utils.to_categorical([0, 2]), utils.to_categorical([[1], [0]], 3)],
        "utils.normalize": lambda: [utils.normalize(rows), utils.normalize(rows, order=1)],
        "utils.normalize, of columns": lambda: utils.normalize(rows, axis=0),
        "utils.pad_sequences": lambda: [utils.pad_sequences(lists), utils.pad_sequences(lists, 2, "float32", "post")],
        "utils.array_to_img": lambda: np.asarray(utils.array_to_img(pixels)),
        "utils.img_to_array": lambda: utils.img_to_array(utils.array_to_img(pixels), "channels_first", "float64"),
        "utils.save_img": written,
        "utils.load_img": lambda: [
            written(color_mode="grayscale"),
            written(color_mode="rgba", target_size=(3, 5), interpolation="bilinear"),
        ],
        "utils.load_img, by position": lambda: written(False, "grayscale"),
        "utils.image_dataset_from_directory": from_folder,
        "utils.text_dataset_from_directory": texts,
        "utils.timeseries_dataset_from_array": lambda: [
            series(),
            series(sampling_rate=2, sequence_stride=2, batch_size=2),
        ],
        "utils.split_dataset": lambda: [list(one) for one in utils.split_dataset(np.arange(5), 0.6)],
        "utils.split_dataset, shuffled": lambda: [len(list(one)) for one in utils.split_dataset(rows, 2, 2, True, 1)],
        "utils.set_random_seed": seeded,
        "utils.Progbar": printed,
        "utils.pack_x_y_sample_weight": lambda: [
            utils.pack_x_y_sample_weight(1),
            utils.pack_x_y_sample_weight(1, 2, 3),
        ],
        "utils.unpack_x_y_sample_weight": lambda: [
            utils.unpack_x_y_sample_weight(each) for each in (rows, (1,), (1, 2))
        ],
        "utils.get_registered_name": lambda: utils.get_registered_name(keras.layers.Dense),
        "utils.get_registered_object": lambda: str(utils.get_registered_object("nothing")),
        "preprocessing.image.smart_resize": lambda: image.smart_resize(pixels, (3, 2)),
        "preprocessing.image.ImageDataGenerator": generated,
        "preprocessing.image.apply_affine_transform": lambda: image.apply_affine_transform(pixels, theta=30, zx=2),
        "preprocessing.image.apply_brightness_shift": lambda: image.apply_brightness_shift(pixels, 0.5),
        "preprocessing.image.apply_channel_shift": lambda: image.apply_channel_shift(pixels, 20),
        "preprocessing.sequence.skipgrams": lambda: len(sequence.skipgrams([1, 2, 3], 4, seed=1)[0]),
        "preprocessing.sequence.make_sampling_table": lambda: sequence.make_sampling_table(5),
        "preprocessing.sequence.TimeseriesGenerator": lambda: sequence.TimeseriesGenerator(
            np.arange(9), np.arange(9), 3
        )[0],
        "preprocessing.text.Tokenizer": tokenized,
        "preprocessing.text.tokenizer_from_json": lambda: (
            text.tokenizer_from_json(text.Tokenizer().to_json()).word_index
        ),
        "preprocessing.text.one_hot": lambda: len(text.one_hot("a b a", 9)),
        "preprocessing.text.hashing_trick": lambda: text.hashing_trick("a b", 9, hash_function="md5"),
        "preprocessing.text.text_to_word_sequence": lambda: text.text_to_word_sequence("Hello, World!"),
        "mixed_precision.Policy": lambda: [
            policy(each) for each in ("float32", "mixed_float16", "mixed_bfloat16", "float64")
        ],
        "mixed_precision.global_policy": lambda: [keras.mixed_precision.global_policy().name, mixed()],
        "mixed_precision.LossScaleOptimizer": lambda: scaled(),
        "Input": lambda: [list(keras.Input((3,), batch_size=2).shape), str(keras.Input((3,), name="given").name)],
    }


def scaled() -> Any:
    optimizer = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
    model.compile(optimizer, "mse", run_eagerly=True)
    for _ in range(3):
        model.train_on_batch(filled((4, 3)), filled((4, 2)))
    return model.get_weights()


LARGEST = 30_000_000
"""Of models with more weights the numbers are not compared: those of a family have the same layers."""


def application_answers(name: str, made: Any) -> Answers:
    """Shapes and names of an architecture, and what it gives with weights that are all written out."""
    if not inspect.isclass(made) and not name[:1].isupper():
        return {}

    def numbers() -> Any:
        keras.backend.clear_session()
        model = made(weights=None)
        names = [layer.name for layer in model.layers if layer.weights]
        shapes = [list(weight.shape) for weight in model.weights]
        if model.count_params() > LARGEST:
            return [names, shapes]
        weights = [0.05 * filled(weight.shape) for weight in model.get_weights()]
        model.set_weights([np.abs(weight) + 0.5 if weight.ndim == 1 else weight for weight in weights])
        size = [length or 224 for length in model.input_shape[1:]]
        return [names, shapes, np.asarray(model(100 * filled((1, *size)) + 100))[0, :5]]

    return {"names, shapes, numbers": tried(numbers)}


def preprocess_answers() -> Iterator[tuple[str, Answers]]:
    pixels = 100 + 100 * filled((1, 4, 4, 3))
    for name in dir(keras.applications):
        module = getattr(keras.applications, name)
        if inspect.ismodule(module) and hasattr(module, "preprocess_input"):
            yield (
                f"applications.{name}.preprocess_input",
                {"call": tried(lambda module=module: module.preprocess_input(pixels.copy()))},
            )


# ------------------------------------------------------------------------------------------------------- training


def rounded(history: Any) -> Any:
    return {key: [round(float(np.mean(value)), 5) for value in values] for key, values in history.items()}


def plain_model(**how: Any) -> Any:
    layers = [keras.Input((3,)), keras.layers.Dense(4, "tanh", kernel_initializer="ones")]
    made = keras.Sequential([*layers, keras.layers.Dense(1, kernel_initializer="ones")])
    metrics = ["mae", keras.metrics.RootMeanSquaredError()]
    made.compile(keras.optimizers.SGD(0.1), "mse", **{"metrics": metrics, "run_eagerly": True, **how})
    return made


def forked_model(named: bool = False, **how: Any) -> Any:
    """Two inputs and two outputs, whose names are not in alphabetical order."""
    inputs = {name: keras.Input((3,), name=name) for name in ("wide", "deep")}
    both = keras.layers.Concatenate()(list(inputs.values()))
    outputs = {name: keras.layers.Dense(1, kernel_initializer="ones", name=name)(both) for name in ("sum", "also")}
    made = keras.Model(inputs, outputs) if named else keras.Model(list(inputs.values()), list(outputs.values()))
    made.compile(keras.optimizers.SGD(0.01), **{"loss": "mse", "run_eagerly": True, **how})
    return made


def model_answers() -> Iterator[tuple[str, Answers]]:
    """Training as people start it: what fit, evaluate and predict say of every kind of data."""
    x, y, weights = filled((8, 3)), filled((8, 1)), np.arange(8.0)
    two, both = [x, 2 * x], [y, 2 * y]
    named, named_both = {"wide": x, "deep": 2 * x}, {"sum": y, "also": 2 * y}

    class Rows(keras.utils.Sequence):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            return x[2 * index : 2 * index + 2], y[2 * index : 2 * index + 2]

    class Penalty(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(tf.reduce_sum(inputs**2))
            return inputs

    def logged(model: Any = None, **how: Any) -> Any:
        model = model or plain_model()
        return [rounded(model.fit(**{"verbose": 0, "shuffle": False, **how}).history), model.get_weights()]

    def batches(model: Any) -> Any:
        seen = [model.train_on_batch(x[:4], y[:4]), model.train_on_batch(x[4:], y[4:], sample_weight=weights[4:])]
        seen += [model.test_on_batch(x[:4], y[:4]), model.test_on_batch(x[4:], y[4:], return_dict=True)]
        return [*seen, model.predict_on_batch(x[:2]), model.get_weights()]

    def summary(model: Any) -> Any:
        lines: list[str] = []
        model.summary(print_fn=lambda text, *_, **__: lines.append(text))
        return sorted(set(re.findall(r"[\d,]*\d{2}[\d,]*|\(None[^)]*\)", "\n".join(lines))))

    def of_kind(value: Any, dtype: str = "float32") -> Any:
        inputs = keras.Input(value.shape[1:] if value.shape[1:].is_fully_defined() else (None,), dtype=dtype)
        outputs = keras.layers.Dense(1, kernel_initializer="ones")(inputs)
        return keras.Model(inputs, outputs).predict(value, verbose=0)

    def stateful() -> Any:
        layer = keras.layers.GRU(2, stateful=True, kernel_initializer="ones", recurrent_initializer="ones")
        model = keras.Sequential([keras.Input(batch_shape=(2, 3, 1)), layer])
        model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
        steps = filled((4, 3, 1))
        return [model.predict(steps, batch_size=2, verbose=0), model.predict(steps, batch_size=2, verbose=0)]

    def penalised() -> Any:
        layers = [
            keras.Input((3,)),
            Penalty(),
            keras.layers.Dense(1, kernel_regularizer="l2", kernel_initializer="ones"),
        ]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"], run_eagerly=True)
        return [
            logged(model, x=x, y=y, batch_size=3, epochs=2),
            model.evaluate(x, y, verbose=0),
            [float(one) for one in model.losses],
        ]

    def classes(loss: str, targets: Any, **how: Any) -> Any:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax", kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy", "acc"], run_eagerly=True)
        return logged(model, x=x, y=targets, batch_size=3, epochs=2, **how)

    def forked(model: Any, given: Any, targets: Any, **how: Any) -> Any:
        first = model.evaluate(given, targets, verbose=0, return_dict=True)
        return [
            first,
            logged(model, x=given, y=targets, batch_size=3, epochs=2, **how),
            model.predict(given, verbose=0),
        ]

    whole = {"x": x, "y": y, "batch_size": 3, "epochs": 3}
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(3)
    weighted = tf.data.Dataset.from_tensor_slices((x, y, weights)).batch(3)
    labels, ranks = np.eye(3)[np.arange(8) % 3], np.arange(8) % 3
    ways: dict[str, Callable[[], Any]] = {
        "arrays": lambda: logged(**whole),
        "graph": lambda: logged(plain_model(run_eagerly=False), **whole),
        "steps_per_execution": lambda: logged(plain_model(run_eagerly=False, steps_per_execution=2), **whole),
        "float64 arrays": lambda: logged(**{**whole, "x": x.astype("float64"), "y": y.astype("float64")}),
        "integer arrays": lambda: logged(**{**whole, "x": np.rint(3 * x).astype(int), "y": np.rint(y).astype(int)}),
        "targets without a column": lambda: logged(**{**whole, "y": y[:, 0]}),
        "tensors": lambda: logged(**{**whole, "x": tf.constant(x), "y": tf.constant(y)}),
        "validation_split": lambda: logged(**whole, validation_split=0.25),
        "validation_split and weights": lambda: logged(**whole, validation_split=0.25, sample_weight=weights),
        "validation_data": lambda: logged(**whole, validation_data=(x, y)),
        "validation_data with weights": lambda: logged(**whole, validation_data=(x, y, weights)),
        "validation_batch_size": lambda: logged(**whole, validation_data=(x, y), validation_batch_size=1),
        "validation_steps": lambda: logged(x=data, epochs=2, validation_data=data, validation_steps=1),
        "sample_weight": lambda: logged(**whole, sample_weight=weights),
        "sample_weight and weighted_metrics": lambda: logged(
            plain_model(weighted_metrics=["mae"]), **whole, sample_weight=weights
        ),
        "dataset": lambda: logged(x=data, epochs=2),
        "dataset with weights": lambda: logged(x=weighted, epochs=2),
        "dataset, steps": lambda: logged(x=data.repeat(), epochs=2, steps_per_epoch=2),
        "dataset, steps, not repeated": lambda: logged(x=data, epochs=2, steps_per_epoch=2),
        "Sequence": lambda: logged(x=Rows(), epochs=2),
        "Sequence, steps": lambda: logged(x=Rows(), epochs=2, steps_per_epoch=3),
        "generator": lambda: logged(x=((x[i : i + 2], y[i : i + 2]) for i in (0, 2, 4, 6)), epochs=1),
        "generator, steps": lambda: logged(
            x=((x[i % 8 : i % 8 + 2], y[i % 8 : i % 8 + 2]) for i in range(0, 99, 2)), epochs=2, steps_per_epoch=3
        ),
        "shuffle=batch": lambda: logged(**{**whole, "batch_size": 8}, shuffle="batch"),
        "initial_epoch": lambda: logged(**whole, initial_epoch=1),
        "validation_freq": lambda: logged(**whole, validation_data=(x, y), validation_freq=2),
        "two fits": lambda: [logged(model, **whole) for model in [plain_model()] for _ in range(2)],
        "recompiled": lambda: [
            logged(model, **whole) for model in [plain_model()] for _ in range(2) if not model.compile("adam", "mae")
        ],
        "evaluate": lambda: plain_model().evaluate(x, y, batch_size=3, verbose=0),
        "evaluate, weights": lambda: plain_model().evaluate(x, y, batch_size=3, verbose=0, sample_weight=weights),
        "evaluate, steps": lambda: plain_model().evaluate(data, steps=2, verbose=0),
        "evaluate as a dict": lambda: plain_model().evaluate(x, y, verbose=0, return_dict=True),
        "evaluate without metrics": lambda: plain_model(metrics=None).evaluate(x, y, verbose=0),
        "predict": lambda: plain_model().predict(x, batch_size=3, verbose=0),
        "predict, steps": lambda: plain_model().predict(data, steps=2, verbose=0),
        "predict, dataset with targets": lambda: plain_model().predict(data, verbose=0),
        "predict, Sequence": lambda: plain_model().predict(Rows(), verbose=0),
        "predict, one row": lambda: plain_model().predict(x[0], verbose=0),
        "on_batch": lambda: batches(plain_model()),
        "class_weight": lambda: logged(**{**whole, "y": np.rint(np.abs(y))}, class_weight={0: 1.0, 1: 4.0}),
        "class_weight, one-hot": lambda: classes(
            "categorical_crossentropy", labels, class_weight={0: 1.0, 1: 4.0, 2: 2.0}
        ),
        "class_weight, sparse": lambda: classes(
            "sparse_categorical_crossentropy", ranks, class_weight={0: 1.0, 1: 4.0, 2: 2.0}
        ),
        "class_weight and weights": lambda: classes(
            "sparse_categorical_crossentropy", ranks, class_weight={0: 1.0, 1: 4.0, 2: 2.0}, sample_weight=weights
        ),
        "accuracy, one-hot": lambda: classes("categorical_crossentropy", labels),
        "accuracy, sparse": lambda: classes("sparse_categorical_crossentropy", ranks),
        "accuracy, sparse column": lambda: classes("sparse_categorical_crossentropy", ranks[:, None]),
        "accuracy, binary": lambda: logged(
            plain_model(loss="binary_crossentropy", metrics=["accuracy"]), **{**whole, "y": np.rint(np.abs(y))}
        ),
        "two inputs, lists": lambda: forked(forked_model(), two, both),
        "two inputs, tuples": lambda: forked(forked_model(), tuple(two), tuple(both)),
        "two inputs, dicts to lists": lambda: forked(forked_model(), named, named_both),
        "two inputs, dicts": lambda: forked(forked_model(True), named, named_both),
        "two inputs, lists to dicts": lambda: forked(forked_model(True), two, both),
        "two outputs, loss_weights": lambda: forked(forked_model(loss_weights=[1.0, 0.1]), two, both),
        "two outputs, loss dict": lambda: forked(forked_model(loss={"also": "mae", "sum": "mse"}), two, both),
        "two outputs, loss list": lambda: forked(forked_model(loss=["mae", "mse"]), two, both),
        "two outputs, metrics": lambda: forked(forked_model(metrics={"also": "mae", "sum": ["mse", "mae"]}), two, both),
        "two outputs, metrics lists": lambda: forked(forked_model(metrics=[["mae"], ["mse"]]), two, both),
        "two outputs, weights": lambda: forked(forked_model(), two, both, sample_weight=weights),
        "two outputs, weights dict": lambda: forked(
            forked_model(True), named, named_both, sample_weight={"sum": weights, "also": weights[::-1]}
        ),
        "two outputs, weights list": lambda: forked(forked_model(), two, both, sample_weight=[weights, weights[::-1]]),
        "two inputs, dataset": lambda: logged(
            forked_model(True), x=tf.data.Dataset.from_tensor_slices((named, named_both)).batch(3)
        ),
        "metrics names": lambda: [
            [metric.name for metric in model.metrics] for model in [plain_model()] if model.fit(x, y, verbose=0)
        ],
        "losses of layers": penalised,
        "stateful": stateful,
        "summary": lambda: summary(plain_model()),
        "strings": lambda: predicted(keras.layers.StringLookup(vocabulary=["a", "b"]), np.array([["b"], ["z"]])),
        "ragged": lambda: of_kind(tf.ragged.constant([[1.0, 2.0], [3.0]])),
        "sparse": lambda: of_kind(tf.sparse.from_dense(x)),
        "weights file": lambda: through_file(plain_model(), "model.weights.h5", x),
        "h5 file": lambda: through_file(plain_model(), "model.h5", x),
        "keras file": lambda: through_file(plain_model(), "model.keras", x),
        "keras file, trained further": lambda: further(plain_model(), "model.keras", x, y),
        "h5 file, trained further": lambda: further(plain_model(), "model.h5", x, y),
        "count_params": lambda: plain_model().count_params(),
        "get_layer": lambda: [layer.name for layer in plain_model().layers],
    }
    for name, way in ways.items():
        yield name, {"says": tried(way)}


def further(model: Any, name: str, x: Any, y: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        model.fit(x, y, verbose=0, shuffle=False)
        model.save(path)
        loaded = keras.models.load_model(path)
        return rounded(loaded.fit(x, y, epochs=2, verbose=0, shuffle=False).history)


def through_file(model: Any, name: str, x: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        if "weights" in name:
            model.save_weights(path)
            model.load_weights(path)
        else:
            model.save(path)
            model = keras.models.load_model(path, compile=False)
        return model.predict(x, verbose=0)


CALLBACKS: dict[str, tuple[dict[str, Any], ...]] = {
    "BackupAndRestore": ({"backup_dir": "backup"},),
    "CSVLogger": ({"filename": "log.csv"}, {"filename": "log.csv", "separator": ";", "append": True}),
    "EarlyStopping": (
        *(
            {"monitor": "loss", "min_delta": 10.0, "patience": 1, "restore_best_weights": each}
            for each in (True, False)
        ),
        *({"monitor": "val_loss", "baseline": 0.01}, {"monitor": "loss", "start_from_epoch": 1, "min_delta": 10.0}),
        *({"monitor": "nothing"}, {"monitor": "val_mae", "mode": "max", "verbose": 1}),
    ),
    "History": ({},),
    "LearningRateScheduler": ({"schedule": lambda epoch, rate: rate / 2, "verbose": 1},),
    "ModelCheckpoint": (
        *(
            {"filepath": "{epoch:02d}-{val_loss:.2f}.keras", "verbose": 1},
            {"filepath": "best.keras", "save_best_only": True},
        ),
        *({"filepath": "{epoch}.weights.h5", "save_weights_only": True, "save_freq": 2}, {"filepath": "last.h5"}),
        *({"filepath": "best.keras", "save_best_only": True, "monitor": "val_mae", "mode": "max", "verbose": 1},),
    ),
    "ProgbarLogger": ({},),
    "ReduceLROnPlateau": (
        *({"monitor": "loss", "factor": 0.5, "patience": 1, "min_delta": 10.0, "verbose": 1},),
        *({"monitor": "val_loss", "factor": 0.1, "patience": 0, "min_delta": 10.0, "cooldown": 1, "min_lr": 0.002},),
    ),
    "TensorBoard": ({"log_dir": "logs"}, {"log_dir": "logs", "histogram_freq": 1}),
    "TerminateOnNaN": ({},),
}


def first_line(path: str) -> str:
    with open(path) as file:
        return file.readline()


def callback_answers(name: str, made: Any) -> Answers:
    """Three epochs with each: what they print, log, leave in the model and write."""

    def run(options: dict[str, Any]) -> Any:
        x, y = filled((8, 3)), filled((8, 1))
        before, printed = os.getcwd(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
            os.chdir(folder)
            try:
                model = plain_model()
                history = model.fit(
                    x,
                    y,
                    batch_size=3,
                    epochs=3,
                    validation_data=(x, y),
                    verbose=0,
                    shuffle=False,
                    callbacks=[made(**options)],
                ).history
                files = sorted(re.sub(r"\.\d{6,}.*", "", path) for path in os.listdir("."))
                text = first_line("log.csv") if "log.csv" in files else ""
            finally:
                os.chdir(before)
        return [rounded(history), model.get_weights(), files, text, printed.getvalue().splitlines()]

    return {re.sub(r" at 0x\w+", "", str(one)): tried(lambda one=one: run(one)) for one in CALLBACKS.get(name, ())}


def order_answers() -> Answers:
    """Which methods of a callback are called, in which order, with which logs."""
    x, y, seen = filled((4, 3)), filled((4, 1)), []

    class Note(keras.callbacks.Callback):
        pass

    for name in [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]:
        setattr(
            Note,
            name,
            lambda self, *given, name=name, **how: seen.append(
                [name, *(sorted(one) if isinstance(one, dict) else one for one in given), sorted(how)]
            ),
        )
    model = plain_model()
    model.fit(x, y, batch_size=2, epochs=2, validation_data=(x, y), verbose=0, shuffle=False, callbacks=[Note()])
    model.evaluate(x, y, verbose=0, callbacks=[Note()])
    model.predict(x, verbose=0, callbacks=[Note()])
    return seen


# ----------------------------------------------------------------------------------------------------- everything

KINDS: dict[str, Callable[[str, Any], Answers]] = {
    "layers": layer_answers,
    "losses": loss_answers,
    "metrics": metric_answers,
    "optimizers": optimizer_answers,
    "optimizers.schedules": schedule_answers,
    "initializers": initializer_answers,
    "activations": function_answers,
    "regularizers": function_answers,
    "constraints": function_answers,
    "callbacks": callback_answers,
    "backend": backend_answers,
    "applications": application_answers,
}
BASES = {"Layer", "Loss", "Metric", "Optimizer", "Initializer", "Wrapper", "InputLayer", "InputSpec", "Input"}
BASES |= {"Regularizer", "Constraint", "Callback", "CallbackList", "RemoteMonitor", "LambdaCallback", "Reduction"}
BASES |= {"LearningRateSchedule", "set_epsilon", "set_floatx", "set_image_data_format", "clear_session"}
"""Of these, and of ``get``, ``serialize`` and ``deserialize``, the parameters are compared and nothing else."""


def modules(module: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every public module below, with its path."""
    yield path, module
    for name in sorted(name for name in dir(module) if not name.startswith("_")):
        below = getattr(module, name)
        # a module of another library, or one that leads back up, is none of Keras's public modules
        if (
            inspect.ismodule(below)
            and "keras" in below.__name__
            and path.count(".") < 2
            and name not in path.split(".")
        ):
            yield from modules(below, f"{path}.{name}".strip("."))


def all_answers(kinds: list[str]) -> Iterator[tuple[str, Answers]]:
    for kind, module in modules(keras):
        if kinds and (kind or "model") not in kinds and not (kind not in KINDS and "utils" in kinds):
            continue
        answers = KINDS.get(kind, lambda *_: {})
        for names, made in public(module):
            name = made.__name__ if made.__name__ in names or inspect.isclass(made) else names[0]
            skip = name in BASES or name in ("get", "serialize", "deserialize")
            found = {"aliases": names, "defaults": tried(lambda made=made: defaults(made))}
            if inspect.isclass(made) and (name in BASES or kind == ""):
                for method, function in methods(made):
                    found[f"defaults of {method}"] = tried(lambda function=function: defaults(function))
            yield f"{kind}.{names[0]}".strip("."), {**found, **({} if skip else answers(name, made))}
    if not kinds or "model" in kinds:
        for name, answer in model_answers():
            yield f"model, {name}", answer
            keras.backend.clear_session()
    if not kinds or "callbacks" in kinds:
        yield "callbacks.Callback, order", {"says": tried(order_answers)}
    if not kinds or "utils" in kinds:
        for name, does in others().items():
            yield f"{name}, called", {"says": tried(does)}
        yield from preprocess_answers()


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, Answers] = {}
    for name, answers in all_answers(sys.argv[2:]):
        found.setdefault(name, {}).update(answers)
        if len(found) % 20 == 0:  # so that not everything is lost where it is stopped
            written(found)
    written(found)


def written(found: dict[str, Answers]) -> None:
    with open(sys.argv[1], "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
