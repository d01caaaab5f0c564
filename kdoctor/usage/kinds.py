"""What the names of Keras make when they are called, and what layers do to masks and ragged batches."""

from __future__ import annotations

MODEL = "model"
LAYER = "layer"
OPTIMIZER = "optimizer"
METRIC = "metric"
LOSS = "loss"
CALLBACK = "callback"
HISTORY = "history"
HISTORY_DICT = "history-dict"
TENSOR = "tensor"
"""Symbolic: it came out of Input, or of something called on what did."""
OUTPUT = "output"
"""What a layer gave for something that is not known to be symbolic."""
TENSOR_SHAPE = "tensor-shape"
LEARNING_RATE = "learning-rate"
VERSION = "version"
LAYERS = "layers"
"""What ``model.layers`` is; its items are layers."""
METRICS = "metrics"
TENSORS = "tensors"
WEIGHTS = "weights"
WEIGHT = "weight"
SAVED_MODEL = "saved-model"
"""What tf.saved_model.load gives."""
MODULE = "module"
"""A tf.Module."""
STATIC_SHAPE = "static-shape"
"""A tf.TensorShape."""
LIST_BATCHES = "list-batches"
"""A generator whose batches begin with a list of several inputs."""

# Kinds of names that are no objects.
OPERATION = "operation"
"""A function of Keras over tensors; symbolic in, symbolic out."""
TF_FUNCTION = "tf-function"
RAGGED_FUNCTION = "ragged-function"

# Traits, as bits.
MASKED = 1
RAGGED = 2
SEVERAL_OUTPUTS = 4
UNBUILT = 8
"""A model of the code's own class on which nothing was called that would build it."""
USED = 16
"""An optimizer with which another model was compiled."""
TRAITS = {
    "masked": MASKED,
    "ragged": RAGGED,
    "several-outputs": SEVERAL_OUTPUTS,
    "unbuilt": UNBUILT,
    "used": USED,
}

_MODEL_MAKERS = frozenset({"load_model", "clone_model", "model_from_json", "model_from_yaml", "model_from_config"})
_OPERATIONS = frozenset({"ops", "backend", "activations", "random", "losses", "metrics"})
_CLASSES = {
    "layers": LAYER,
    "optimizers": OPTIMIZER,
    "metrics": METRIC,
    "losses": LOSS,
    "callbacks": CALLBACK,
    "models": MODEL,
    "applications": MODEL,
}
_NOT_TENSOR_FUNCTIONS = frozenset(
    {"compat", "config", "contrib", "data", "distribute", "estimator", "executing_eagerly"}
    | {"feature_column", "function", "get_static_value", "io", "is_tensor", "keras", "lite", "Module", "nest"}
    | {"print", "python", "random_normal_initializer", "saved_model", "summary", "sysconfig", "TensorSpec"}
    | {"test", "train", "types", "Variable", "version"}
)
"""First names under ``tf`` that take no tensor, or take a symbolic one without harm."""

_KINDS_OF_NAMES = {
    "tensorflow_hub.KerasLayer": LAYER,
    "tensorflow.saved_model.load": SAVED_MODEL,
    "tensorflow.Module": MODULE,
    "tensorflow.TensorShape": STATIC_SHAPE,
}

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


def kind_of(name: str) -> str:
    """What calling (or, for a class, subclassing) the canonical name makes; empty where nothing is known."""
    parts = name.split(".")
    last = parts[-1]
    if parts[-1] == "__version__" or (len(parts) > 2 and parts[-2] == "__version__"):
        return VERSION
    if parts[0] == "keras":
        return _kind_in_keras(parts, last)
    if parts[0] == "tensorflow" and len(parts) > 1 and name not in _KINDS_OF_NAMES:
        if parts[1] in ("ragged", "RaggedTensor") or name == "tensorflow.strings.split":
            return RAGGED_FUNCTION
        if parts[1] not in _NOT_TENSOR_FUNCTIONS and (last[0].islower() or last[0] == "_"):
            return TF_FUNCTION
    return _KINDS_OF_NAMES.get(name, "")


def _kind_in_keras(parts: list[str], last: str) -> str:
    if len(parts) < 2:
        return ""
    if len(parts) == 2:
        return {"Sequential": MODEL, "Model": MODEL, "Functional": MODEL, "Layer": LAYER, "Input": TENSOR}.get(last, "")
    area = parts[1]
    if last in _MODEL_MAKERS:
        return MODEL
    if last == "History":
        return HISTORY
    is_class = last[:1].isupper()
    if area == "optimizers" and ("schedules" in parts or (not is_class and last != "get")):
        return ""
    if area == "experimental":
        return MODEL if last == "LinearModel" or last == "WideDeepModel" else ""
    if is_class:
        return _CLASSES.get(area, "")
    if area == "optimizers":
        return OPTIMIZER
    if area in _OPERATIONS or area in ("layers", "applications"):
        return OPERATION
    return ""


def traits_after(layer: str, sequences: bool, traits: int) -> int:
    """What is left of the traits of a tensor behind a layer of this name.

    ``sequences`` says whether a recurrent layer returns one step for each step it is given.
    """
    if layer in RECURRENT and not sequences:
        return 0
    if layer in _ENDS_MASK:
        traits &= ~MASKED
    if layer in _ENDS_RAGGED:
        traits &= ~RAGGED
    return traits
