"""Which classes a release of Keras has, and which arguments they take, from the recorded public API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Optional

from kdoctor.modelfiles import config as configs
from kdoctor.modelfiles.model import Kind, ModelFile
from kdoctor.records.api import Family, families, nearest
from kdoctor.versions import minor, release
from kdoctor.words import Implementation

_FAMILIES = {
    Implementation.KERAS_2: "tf.keras keras2",
    Implementation.TF_KERAS: "tf.keras tf-keras",
    Implementation.KERAS_3: "tf.keras keras3",
}
_HIDDEN_2 = ("Functional", "TensorFlowOpLayer", "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod",
             "InstanceProperty", "BatchNormalizationV1", "BatchNormalizationV2", "ModuleWrapper", "AddLoss",
             "AddMetric", "DenseFeatures", "SequenceFeatures", "LinearModel", "CuDNNLSTM", "CuDNNGRU")  # fmt: skip
"""Layers of Keras 2 that files name and the public API does not."""
_HIDDEN_3 = ("Functional", "Operation", "GetItem")
_ALWAYS = {"name", "trainable", "dtype", "input_shape", "input_dim", "autocast", "activity_regularizer"}
"""What the layers of every Keras take, whatever their own parameters are."""
_POPPED = {
    "implementation": ("LSTM", "GRU", "LSTMCell", "GRUCell"),
    "alpha": ("LeakyReLU",),
    "vocabulary_size": ("TextVectorization", "StringLookup", "IntegerLookup"),
    "batch_input_shape": ("InputLayer",),
    "rms_scaling": ("LayerNormalization",),
    "bin_boundaries": ("Discretization",),
    "num_constants": ("RNN", "Bidirectional"),
    "zero_output_for_mask": ("RNN", "LSTM", "GRU", "SimpleRNN"),
    "input_length": ("Embedding",),
}
"""What Keras 3 takes out of a class's further arguments, so that its list of parameters does not show it."""
_SINCE = {("input_length", "Embedding"): (3, 2), ("implementation", "GRU"): (3, 4)}
"""Of these what the first releases of Keras 3 refuse."""

_FUNCTIONS = ("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract")
"""Functions of ``keras.layers``: the reader of HDF5 puts them in place of texts that are called like them."""

_FOUND_SINCE = {"Orthogonal": (3, 4), "Identity": (3, 2)}
"""Initializers that had ``Initializer`` behind their names before."""
_NO_PARTS = ("layers", *configs.HOLDING)
_ROOMS = {"_initializer": "initializers", "_regularizer": "regularizers", "_constraint": "constraints"}


class Known:
    """The classes of one release."""

    def __init__(self, implementation: Implementation, version: str) -> None:
        self.implementation = implementation
        self.version = release(version)
        family = families().get(_FAMILIES[implementation])
        self._family: Optional[Family] = None
        if family is not None and _is_recorded(family, version):
            self._family, self._index = family, nearest(family.versions, version)
        self._paths = _classes(_FAMILIES[implementation], self._index) if self._family else {}

    @property
    def is_recorded(self) -> bool:
        """Whether anything is known of it."""
        return self._family is not None

    def has(self, name: str, rooms: Iterable[str] = ("layers",)) -> bool:
        """Whether there is a class of that name that a file may mean."""
        hidden = _HIDDEN_3 if self.implementation is Implementation.KERAS_3 else _HIDDEN_2
        return name in hidden or name in ("Model", "Sequential") or self._path(name, rooms) != ""

    def refused(self, name: str, given: Mapping[str, object], rooms: Iterable[str] = ("layers",)) -> list[str]:
        """Of some arguments those that a class does not take."""
        path = self._path(name, rooms)
        if not path or self._family is None:
            return []
        parameters = self._family.parameters(path, self._index)
        if parameters is None:
            return []
        is_open = any(one.startswith("**") for one in parameters)
        takes = {one.rstrip("=") for one in parameters}
        for base in self._family.bases(path, self._index) if is_open else ():
            takes.update(one.rstrip("=") for one in self._family.parameters(base, self._index) or ())
        refused = []
        for argument in given:
            if argument in takes or (is_open and argument in _ALWAYS):
                continue
            since = _SINCE.get((argument, name), ())
            if is_open and name in _POPPED.get(argument, ()) and self.version >= since:
                continue
            refused.append(argument)
        return refused

    def refused_parts(self, config: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
        """Initializers and the like of a layer: their argument, their class, and what that class does not take."""
        for key, one in configs.objects({key: value for key, value in config.items() if key not in _NO_PARTS}):
            room = next((room for ending, room in _ROOMS.items() if key.endswith(ending)), "")
            refused = self.refused(str(one["class_name"]), configs.parts(one), (room,)) if room else []
            if refused:
                yield key, str(one["class_name"]), refused

    def unread_parts(self, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Initializers under names that this Keras does not know."""
        for key, one in configs.objects({key: value for key, value in config.items() if key not in _NO_PARTS}):
            if self.version < _FOUND_SINCE.get(one["class_name"], ()):
                yield key, one["class_name"]

    def _path(self, name: str, rooms: Iterable[str]) -> str:
        return next((path for room in rooms if (path := self._paths.get((room, name), ""))), "")


def _is_recorded(family: Family, version: str) -> bool:
    minors = [release(minor(one)) for one in family.versions]
    return min(minors) <= release(minor(version) or "0") <= max(minors)


@cache
def _classes(label: str, index: int) -> dict[tuple[str, str], str]:
    """By room (``layers``) and name, the address of each class."""
    family = families()[label]
    found: dict[tuple[str, str], str] = {}
    for name in family.names(index):
        parts = name.split(".")
        is_named = parts[-1][:1].isupper() or parts[0] in ("activations", "losses", "metrics")
        if len(parts) in (2, 3) and is_named and (len(parts) == 2 or parts[1] == "experimental"):
            found.setdefault((parts[0], parts[-1]), name)
            if parts[0] == "optimizers":
                found.setdefault((parts[0], parts[-1].lower()), name)
    return found


@cache
def ever(room: str) -> frozenset[str]:
    """Every class of a room that any recorded Keras has."""
    names = set(_HIDDEN_2 + _HIDDEN_3 + ("Model", "Sequential"))
    for label, family in families().items():
        if label.startswith("tf.keras "):
            for index in (0, len(family.versions) // 2, len(family.versions) - 1):
                names |= {name for where, name in _classes(label, index) if where == room}
    return frozenset(names)


def custom_objects(file: ModelFile) -> tuple[str, ...]:
    """Layers that belong to no recorded Keras, and what the file itself calls foreign."""
    known = ever("layers")
    layers = [one for one in file.layers if not is_operation(one.cls, one.config)]
    named = [one.cls for one in layers if one.cls.rpartition(">")[2] not in known or ">" in one.cls]
    own = [one.cls for one in file.layers if one.module and configs.is_own({"module": one.module})]
    known_functions = ever("activations") | known
    functions = [
        name
        for one in file.layers
        for argument in ("activation", "recurrent_activation")
        if (name := name_of(one.config.get(argument))) and name.rpartition(">")[2] not in known_functions
    ]
    top = str(file.config.get("class_name")) if file.config else ""
    if file.config and top not in configs.MODELS and file.kind is not Kind.SAVED_MODEL:
        named.append(top)
    return tuple(dict.fromkeys((*file.custom, *own, *named, *functions)))


def takes_functions(config: Mapping[str, object]) -> list[str]:
    """The texts in a layer's configuration that Keras 3 takes for functions when it reads HDF5."""
    return [one for key, one in config.items() if key != "name" and isinstance(one, str) and one in _FUNCTIONS]


@cache
def _operations() -> frozenset[str]:
    """What ``keras.ops`` has, in the spelling of classes in lower case."""
    family = families()[_FAMILIES[Implementation.KERAS_3]]
    names = (one for one in family.names(len(family.versions) - 1) if one.startswith("ops."))
    return frozenset(one.rpartition(".")[2].replace("_", "") for one in names) | {"getitem"}


def is_operation(cls: str, config: Mapping[str, Any]) -> bool:
    """Whether what Keras 3 wrote is an operation: unlike a layer it cannot be trained, and HDF5 names no module."""
    return "trainable" not in config and cls.lower() in _operations()


def has_learned(layer: Mapping[str, Any]) -> bool:
    """Whether a layer keeps words that it learned, outside of its configuration."""
    is_table = layer["class_name"] in ("TextVectorization", "StringLookup")
    return is_table and configs.parts(layer).get("vocabulary") is None


def name_of(value: Any) -> str:
    """The name of a function in a configuration; empty where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        inner = value.get("config")
        return inner if isinstance(inner, str) else ""
    return ""
