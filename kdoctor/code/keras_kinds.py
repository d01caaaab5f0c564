"""What names of Keras stand for: one name for each thing, what calling it makes, what a layer does to masks."""

from __future__ import annotations

import re
from functools import lru_cache

TF_KERAS = "tf.keras"
KERAS = "keras"
TF_KERAS_PACKAGE = "tf_keras"
LEGACY = "tf.keras+legacy"
KERAS_3 = "tf.keras+keras3"
TENSORFLOW = "tensorflow"

STACKS_OF_KERAS = frozenset({TF_KERAS, KERAS, TF_KERAS_PACKAGE})

MODEL = "model"
LAYER = "layer"
OPTIMIZER = "optimizer"
METRIC = "metric"
LOSS = "loss"
CALLBACK = "callback"
HISTORY = "history"
HISTORY_DICT = "history-dict"
TENSOR = "tensor"
OUTPUT = "output"
"""What a layer gave for something that is not known to be symbolic."""
OUTPUTS = "outputs"
"""A list of one output, where Keras 2 gave that itself."""
TENSOR_SHAPE = "tensor-shape"
LEARNING_RATE = "learning-rate"
VERSION = "version"
"""What says which Keras or TensorFlow there is, or follows from it."""
WEIGHT = "weight"
SAVED_MODEL = "saved-model"
HELPER = "helper"
"""An object of any other class of Keras, which is known by its members alone: a tokenizer, an initializer."""
DTYPE = "dtype"

# Names that are no objects.
OPERATION = "operation"
"""A function of Keras over tensors; symbolic in, symbolic out."""
TF_FUNCTION = "tf-function"
RAGGED_FUNCTION = "ragged-function"

MASKED = "masked"
RAGGED = "ragged"

STACKS = {"tensorflow": TENSORFLOW, "keras": KERAS, "tf_keras": TF_KERAS_PACKAGE}
FOLLOWED = frozenset(
    {"os", "pathlib", "functools", "importlib", "importlib_metadata", "pkg_resources", "tensorflow_hub"}
    | {"tensorflow_addons", "tensorflow_probability", "transformers", "tensorflow_decision_forests"}
    | {"tensorflow_text", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner", "keras_preprocessing"}
    | {"keras_applications", "scikeras", "tf2onnx", "tensorflowjs", "kerastuner", "tensorflow_model_optimization"}
)
"""Packages whose names are followed because rules or the flow of values speak of them."""
FOREIGN_PACKAGES = frozenset(
    {"catboost", "chainer", "chainerrl", "cntk", "cv2", "django", "fastai", "flax", "gensim", "haiku"}
    | {"jax", "lightgbm", "lightning", "logging", "matplotlib", "mxnet", "nltk", "numpy", "optax", "paddle"}
    | {"pandas", "PIL", "plotly", "pytorch_lightning", "scipy", "seaborn", "sklearn", "spacy", "statsmodels"}
    | {"theano", "torch", "torchvision", "xgboost"}
)
"""Packages whose objects are certainly none of Keras, whatever they are called."""
IMPORTS_TENSORFLOW = frozenset(
    {"keras", "tf_keras", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "tensorflow_datasets"}
    | {"tensorflow_probability", "keras_nlp", "keras_cv", "keras_hub", "keras_tuner", "kerastuner"}
)

_SAME = {
    "keras.models.Sequential": "keras.Sequential",
    "keras.models.Model": "keras.Model",
    "keras.models.Functional": "keras.Functional",
    "keras.layers.Input": "keras.Input",
    "keras.layers.Layer": "keras.Layer",
    "keras.engine.topology.Layer": "keras.Layer",
    "keras.engine.base_layer.Layer": "keras.Layer",
    "keras.saving.load_model": "keras.models.load_model",
    "keras.saving.save_model": "keras.models.save_model",
    "keras.api": "keras",
}
_SAME_IN_TENSORFLOW = {
    "tensorflow.keras": "keras",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2.keras": "keras",
    "tensorflow.losses": "keras.losses",
    "tensorflow.metrics": "keras.metrics",
    "tensorflow.optimizers": "keras.optimizers",
    "tensorflow.initializers": "keras.initializers",
    "tensorflow.compat.v2": "tensorflow",
}
_OTHER_DOORS = {"keras._tf_keras.keras": "keras", "keras.api._v2.keras": "keras"}
"""Names under ``keras`` through which ``tf.keras`` itself is reached."""


def canonical(name: str, stack: str) -> tuple[str, str]:
    """The one name of a thing that is reached through a stack, and the stack that it is on."""
    same = _SAME_IN_TENSORFLOW.get(name) if stack == TENSORFLOW else _OTHER_DOORS.get(name)
    if same is not None:
        return same, stack if same == TENSORFLOW else TF_KERAS
    return _SAME.get(name, name), stack


def canonical_pattern(name: str) -> tuple[str, tuple[str, ...]]:
    """A pattern's name in the canonical namespace, and the stacks that its first part limits it to."""
    for prefix, stack in (("tf.keras", TF_KERAS), ("tf_keras", TF_KERAS_PACKAGE)):
        if name == prefix or name.startswith(prefix + "."):
            name = "keras" + name[len(prefix) :]
            return _SAME.get(name, name), (stack,)
    if name == "tf" or name.startswith("tf."):
        return "tensorflow" + name[2:], ()
    return _SAME.get(name, name), ()


_MODEL_MAKERS = frozenset({"load_model", "clone_model", "model_from_json", "model_from_yaml", "model_from_config"})
_OPERATIONS = frozenset({"ops", "backend", "activations", "random", "losses", "metrics", "layers", "applications"})
_AT_THE_TOP = {"Sequential": MODEL, "Model": MODEL, "Functional": MODEL, "Layer": LAYER, "Input": TENSOR}
_CLASSES = {
    "layers": LAYER,
    "optimizers": OPTIMIZER,
    "metrics": METRIC,
    "losses": LOSS,
    "callbacks": CALLBACK,
    "models": MODEL,
    "applications": MODEL,
}
_KINDS_OF_NAMES = {
    "tensorflow_hub.KerasLayer": LAYER,
    "tensorflow.saved_model.load": SAVED_MODEL,
    "tensorflow.Module": "module",
    "tensorflow.Variable": "tf-variable",
    "tensorflow.TensorShape": "static-shape",
    "tensorflow.VERSION": VERSION,
    "tensorflow.version.VERSION": VERSION,
    "tensorflow.strings.split": RAGGED_FUNCTION,
    "keras.version": VERSION,
}
_NOT_TENSOR_FUNCTIONS = frozenset(
    {"compat", "config", "contrib", "data", "distribute", "estimator", "executing_eagerly"}
    | {"feature_column", "function", "get_static_value", "io", "is_tensor", "keras", "lite", "Module", "nest"}
    | {"print", "python", "random_normal_initializer", "saved_model", "summary", "sysconfig", "TensorSpec"}
    | {"test", "train", "types", "Variable", "version"}
)
"""First names under ``tf`` that take no tensor, or take a symbolic one without harm."""


@lru_cache(maxsize=50_000)
def made_by_calling(name: str) -> str:
    """What calling (or, for a class, subclassing) the canonical name makes; empty where nothing is known."""
    parts = name.split(".")
    if name in _KINDS_OF_NAMES:
        return _KINDS_OF_NAMES[name]
    if parts[-1] == "__version__" and parts[0] in STACKS:
        return VERSION
    if parts[0] == "keras":
        return _made_by_keras(parts, parts[-1])
    if parts[0] == "tensorflow" and len(parts) > 1:
        if parts[1:-1] == ["compat", "v1", "train"] and parts[-1].endswith("Optimizer"):
            return "tensorflow-1-optimizer"
        if parts[1:3] == ["compat", "v1"] and len(parts) > 3:
            parts = [parts[0], *parts[3:]]
        if parts[1] in ("ragged", "RaggedTensor"):
            return RAGGED_FUNCTION
        if parts[1] not in _NOT_TENSOR_FUNCTIONS and (parts[-1][0].islower() or parts[-1][0] == "_"):
            return TF_FUNCTION
    return ""


def _made_by_keras(parts: list[str], last: str) -> str:
    if len(parts) < 3:
        return _AT_THE_TOP.get(last, "")
    area = parts[1]
    is_class = last[0].isupper()
    if last in _MODEL_MAKERS:
        return MODEL
    if last == "History":
        return HISTORY
    if area == "experimental":
        return MODEL if last in ("LinearModel", "WideDeepModel") else ""
    if area == "optimizers" and not is_class:
        return OPTIMIZER if last == "get" else ""
    if is_class:
        is_scaled = last == "LossScaleOptimizer"
        return OPTIMIZER if is_scaled else HELPER if "schedules" in parts else _CLASSES.get(area, HELPER)
    return OPERATION if area in _OPERATIONS else ""


_HINTS = {
    MODEL: re.compile(r"(?:.*_)?(?:model|autoencoder|network)\d*"),
    LAYER: re.compile(r"(?:.*_)?(?:layer|lstm|gru|rnn)\d*"),
    OPTIMIZER: re.compile(r"(?:.*_)?(?:optimizer|optimiser|opt|optim)\d*"),
    METRIC: re.compile(
        r"(?:.*_)?(?:metric|tracker)|(?:train|test|val|valid|validation|epoch)_(?:loss|acc|accuracy|mae|mse|auc)\w*"
    ),
    HISTORY: re.compile(r"(?:.*_)?(?:history|hist)\d*"),
}
"""What objects of a kind are usually called."""


@lru_cache(maxsize=5000)
def kind_by_name(name: str) -> str:
    """The kind of object that is usually called so; empty where a name says nothing."""
    return next((kind for kind, hint in _HINTS.items() if hint.fullmatch(name)), "")


RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
WRAPPERS = frozenset({"Bidirectional", "TimeDistributed"})
_ENDS_MASK = frozenset(
    {"Flatten", "Reshape", "Lambda", "Permute", "RepeatVector", "GlobalAveragePooling1D", "GlobalMaxPooling1D"}
    | {"GlobalAvgPool1D", "GlobalMaxPool1D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}
    | {"Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "MaxPooling1D", "AveragePooling1D", "MaxPool1D", "UpSampling1D"}
)
_ENDS_RAGGED = frozenset(
    {"GlobalAveragePooling1D", "GlobalMaxPooling1D", "GlobalAvgPool1D", "GlobalMaxPool1D", "CategoryEncoding", "Lambda"}
)


def traits_after(layer: str, sequences: bool, traits: frozenset[str]) -> frozenset[str]:
    """What is left of ``masked`` and ``ragged`` behind a layer of this name.

    ``sequences`` says whether a recurrent layer returns one step for each step it is given.
    """
    if not traits or (layer in RECURRENT and not sequences) or layer == "TextVectorization":
        return frozenset()
    if layer in _ENDS_MASK:
        traits -= {MASKED}
    if layer in _ENDS_RAGGED:
        traits -= {RAGGED}
    return traits
