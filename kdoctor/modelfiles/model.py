"""What a saved model is, as plain data; nothing here opens a file or decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Optional

from kdoctor.words import Implementation, StackId

_APART = {"optimizer", "optimizer_weights", "metrics", "save_counter", "_all_variables", "seed_generator"}
"""Parts of the paths of numbers that are none of the model's, or are there twice."""


class Kind(str, Enum):
    """What the bytes of a file are, whatever its name says."""

    KERAS_ZIP = "Keras zip"
    """What ``model.save("x.keras")`` writes since Keras 2.13, also unpacked in a folder."""
    H5_MODEL = "HDF5 model"
    H5_WEIGHTS = "HDF5 weights"
    """Weights under the names of their layers, as ``save_weights("x.h5")`` of Keras 1 and 2 wrote them."""
    KERAS_WEIGHTS = "Keras weights"
    """Weights under the paths of their objects, as ``save_weights("x.weights.h5")`` writes them."""
    H5_OTHER = "HDF5 file of something else"
    SAVED_MODEL = "SavedModel"
    CHECKPOINT = "TensorFlow checkpoint"
    TFLITE = "TensorFlow Lite model"
    TFJS = "TensorFlow.js model"
    GRAPH = "frozen graph"
    CONFIG = "Keras configuration"
    """The JSON of ``to_json()`` or the YAML of ``to_yaml()``: an architecture without weights."""
    ARRAYS = "NumPy arrays"
    PICKLE = "Python pickle"
    POINTER = "Git LFS pointer"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Tensor:
    """An input or an output."""

    name: str
    shape: Optional[tuple[Optional[int], ...]] = None
    """With the batch; None stands for any size, and for a shape that the file does not say."""
    dtype: str = ""
    key: str = ""
    """The keyword by which a signature wants it, where that is another name."""


@dataclass(frozen=True)
class Layer:
    """One layer of a configuration."""

    name: str
    cls: str
    module: str = ""
    depth: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Variable:
    """One stored array."""

    path: str
    shape: tuple[int, ...]
    dtype: str = ""

    @property
    def count(self) -> int:
        """Its numbers."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Signature:
    """A function of a SavedModel."""

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class Code:
    """Code that a file carries, with what can be read of it without running or unmarshalling it."""

    layer: str
    what: str
    """``byte code``, ``function name``, ``pickle``."""
    names: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    python: str = ""
    """The releases of Python that can have written it; empty where nothing says so."""


@dataclass(frozen=True)
class ModelFile:
    """What one file or folder is."""

    path: str
    kind: Kind
    size: int = 0
    """In bytes."""
    keras: str = ""
    """The version of Keras that wrote it; empty where the file does not say."""
    tensorflow: str = ""
    backend: str = ""
    date: str = ""
    config: Optional[Mapping[str, Any]] = None
    """The architecture: a dictionary with ``class_name`` and ``config``."""
    training: Optional[Mapping[str, Any]] = None
    """With what it was compiled."""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    layers: tuple[Layer, ...] = ()
    variables: tuple[Variable, ...] = ()
    custom: tuple[str, ...] = ()
    """Classes and functions that are not part of Keras."""
    code: tuple[Code, ...] = ()
    signatures: tuple[Signature, ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()
    endpoints: tuple[str, ...] = ()
    """Attributes of a SavedModel's root that can be called."""
    operations: tuple[str, ...] = ()
    dangerous: tuple[str, ...] = ()
    """What would touch files, processes or Python when it is loaded or run."""
    optimizer: str = ""
    root: tuple[str, ...] = ()
    """The first level of a weights file, or the members of a zip."""
    layout: str = ""
    """Of a SavedModel ``keras``, ``bare`` (Keras's, without its metadata), ``object`` or ``graph``; of a zip ``folder``
    or ``zip``."""
    problems: tuple[str, ...] = ()
    """What is damaged or missing, so that no release reads it."""
    notes: tuple[str, ...] = ()
    """What is unusual or could not be read."""

    @property
    def parameters(self) -> int:
        """The numbers of a model: what is stored for an optimizer is none of them."""
        return sum(one.count for one in self.variables if not _APART.intersection(one.path.lower().split("/")))

    def parameters_of(self, layer: Layer) -> Optional[int]:
        """Those of one layer; None where the file does not keep them under the layers' names."""
        if self.kind is not Kind.H5_MODEL:
            return None
        return sum(one.count for one in self.variables if layer.name in one.path.split("/")[1:])

    @property
    def is_of_keras_3(self) -> bool:
        """Whether Keras 3 wrote it, as far as the file says."""
        if not self.keras and self.kind is Kind.CONFIG:
            return self.config is not None and "module" in self.config
        return self.keras.startswith("3.")


class Way(str, Enum):
    """The best that a stack does with a file."""

    LOADS = "loads"
    """``load_model`` gives a model that predicts on the declared shape with the writer's numbers."""
    CONFIG = "architecture only"
    """``model_from_json`` gives the model, which never had weights."""
    NO_COMPILE = "loads with compile=False"
    OBJECT = "as an object"
    LAYER = "through TFSMLayer"
    SIGNATURE = "signature only"
    NOT = "does not load"
    UNKNOWN = "not known"
    """Nothing is recorded of this release, or the file could not be read."""


@dataclass(frozen=True)
class Reason:
    """One thing that stops a file, or that changes its numbers, on a stack."""

    slug: str
    """The rule that explains it."""
    message: str
    """What the user sees; for a silent one what changes."""
    where: str = ""
    """The layer, the argument."""
    silent: bool = False
    only_compile: bool = False
    """Whether ``compile=False`` avoids it."""


@dataclass(frozen=True)
class Recipe:
    """Lines that load it."""

    title: str
    lines: str
    cost: str = ""


@dataclass(frozen=True)
class Tried:
    """What ``--try`` saw on a stack."""

    way: Way
    error: str = ""
    difference: Optional[float] = None
    """The largest difference between its predictions and those of the stack that is nearest to the writer."""
    fixed: bool = False
    """Whether the lines with the fixes loaded it where ``load_model`` did not."""


@dataclass(frozen=True)
class Verdict:
    """What one stack does with a file."""

    stack: StackId
    label: str
    """``tf.keras · Keras 3.15.1``."""
    implementation: Optional[Implementation]
    version: str
    way: Way
    reasons: tuple[Reason, ...] = ()
    """In the order in which they strike; behind those that ``compile=False`` avoids stand none of the others."""
    recipes: tuple[Recipe, ...] = ()
    note: str = ""
    tried: Optional[Tried] = None

    @property
    def silent(self) -> tuple[Reason, ...]:
        """What changes without an error."""
        return tuple(one for one in self.reasons if one.silent)

    @property
    def is_fine(self) -> bool:
        """Whether the file loads as it is, with the writer's numbers."""
        return self.way in (Way.LOADS, Way.CONFIG) and not self.silent


@dataclass(frozen=True)
class Examined:
    """One file with its verdicts."""

    file: ModelFile
    verdicts: tuple[Verdict, ...] = ()
