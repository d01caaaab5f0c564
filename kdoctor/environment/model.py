"""The facts of one interpreter, as plain data; nothing here examines a machine or decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from kdoctor.environment.steps import Remedy
from kdoctor.words import Implementation, StackId


class Lost(str, Enum):
    """How much of a file a problem costs."""

    PART = "part"  # a cell or a statement
    REST = "rest"  # what stands behind the place where the file breaks off
    ALL = "all"  # the whole file, or the whole folder


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, and why; the rest was read all the same."""

    path: str
    reason: str
    line: int = 0
    cell: int = 0
    lost: Lost = Lost.PART


@dataclass(frozen=True)
class Distribution:
    """One installed distribution that matters here, read from its metadata folder alone."""

    name: str  # normalised (PEP 503): `tf-keras`, `tensorflow-cpu`
    version: str  # as the metadata spells it; empty where it could not be read
    location: str  # the folder on `sys.path` that holds the metadata
    problem: str = ""
    """Why this entry cannot be trusted, in words: ``unreadable metadata``, ``left over from an upgrade``, ..."""
    editable: bool = False
    installer: str = ""  # what `INSTALLER` says: `pip`, `uv`, `conda`, ...
    owns: tuple[str, ...] = ()
    """Top-level packages that its ``RECORD`` lists, of those that kdoctor watches: ``tensorflow``, ``keras``, ..."""
    requires: tuple[str, ...] = ()
    """Its ``Requires-Dist`` lines, extras left out; kept for TensorFlow and the Kerases only."""
    requires_python: str = ""
    python_tag: str = ""
    """The Python that its wheel was built for, as ``WHEEL`` says: ``cp311``, ``py3``; empty where nothing says it."""


@dataclass(frozen=True)
class Package:
    """What stands on ``sys.path`` under an import name; what ``import`` would find, whatever the metadata says."""

    name: str  # the import name: `tensorflow`, `tf_keras`
    path: str  # the package's folder or the module's file
    version: str = ""  # as its own source gives it; empty where it gives none that can be read without executing it
    parts: tuple[str, ...] = ()
    """Which of the sub-packages that TensorFlow's loader looks for it has: ``_tf_keras/keras``, ``api/_v2/keras``."""
    protobuf: str = ""
    """The protobuf that its generated code was made with and demands at least; empty where it demands none."""
    namespace: bool = False  # whether only a folder without `__init__.py` is left, which imports as an empty package


@dataclass(frozen=True)
class Interpreter:
    """The Python that is examined."""

    executable: str = ""
    version: str = ""
    implementation: str = ""
    system: str = ""  # `Linux`, `Darwin`, `Windows`
    machine: str = ""  # CPU architecture: `x86_64`, `arm64`
    prefix: str = ""
    base_prefix: str = ""
    manager: str = ""  # what installs packages here: `pip`, `uv`, `conda`, `poetry`, `pdm`, `pixi`, `colab`, ...
    venv: bool = False
    project: str = ""
    """The folder of the project whose lock file (``uv.lock``, ``poetry.lock``, ...) governs this environment."""


@dataclass(frozen=True)
class KerasConfig:
    """``keras.json``, as Keras 3 would read it."""

    path: str
    exists: bool
    problem: str = ""
    refused: bool = False
    """Whether Keras stops at import because of it; otherwise a problem only means that it is ignored."""
    backend: str = ""
    floatx: str = ""
    image_data_format: str = ""
    epsilon: Optional[float] = None


@dataclass(frozen=True)
class Shadow:
    """A local file or folder that carries the name of a package kdoctor watches."""

    name: str
    path: str
    on_path: bool
    """Whether it stands on ``sys.path`` of any program of this interpreter (``PYTHONPATH``, a ``.pth`` file), or only
    shadows programs that are started in its own folder."""
    checkout: bool = False
    """Whether it is a package next to a ``pyproject.toml`` or ``setup.py``: somebody's project, maybe Keras's own."""


@dataclass(frozen=True)
class Name:
    """What an import name resolves to, derived from TensorFlow's own loader logic, without importing."""

    name: str  # `tf.keras`, `keras`, `tf_keras`; `tensorflow.keras` as in `from tensorflow.keras.layers import X`
    available: bool
    implementation: Optional[Implementation] = None
    version: str = ""
    reason: str = ""  # why it is not available, or why it is not what the user would expect


@dataclass(frozen=True)
class Stack:
    """One row of the report's header; see :class:`StackId`."""

    id: StackId
    available: bool
    reason: str = ""  # why it is not available
    implementation: Optional[Implementation] = None
    version: str = ""  # version of the implementation
    tensorflow: str = ""
    backend: str = ""  # `tensorflow`, `jax`, `torch`, `numpy`
    same_as: Optional[StackId] = None
    """The stack that reaches the same implementation through the same namespace; its observations stand here too."""


@dataclass(frozen=True)
class Environment:
    """Facts of one interpreter; none of what is installed was imported to learn them."""

    interpreter: Interpreter
    distributions: tuple[Distribution, ...] = ()
    installed: tuple[str, ...] = ()  # the normalised names of all distributions, those included that do not matter here
    packages: tuple[Package, ...] = ()
    search_path: tuple[str, ...] = ()  # the folders that any program of this interpreter imports from, in their order
    variables: Mapping[str, str] = field(default_factory=dict)
    keras_config: Optional[KerasConfig] = None
    shadows: tuple[Shadow, ...] = ()
    imported: tuple[str, ...] = ()
    """Of the watched packages, those that the calling process has imported already (a notebook's kernel)."""
    names: tuple[Name, ...] = ()
    stacks: tuple[Stack, ...] = ()
    tensorflow_reads_variable: Optional[bool] = None
    """Whether the installed TensorFlow reads ``TF_USE_LEGACY_KERAS`` at all; None without TensorFlow."""
    tensorflow_numpy: str = ""  # the range of NumPy that the installed TensorFlow's metadata asks for, as it spells it
    tensorflow_python: str = ""  # its `Requires-Python`
    legacy_values: tuple[str, ...] = ()
    """The values of ``TF_USE_LEGACY_KERAS`` that its loader takes as yes, read from its source; empty where it reads
    none."""
    unread: tuple[Unread, ...] = ()  # files and folders that are there, would matter, and could not be read

    def package(self, name: str) -> Optional[Package]:
        """What ``import name`` would find, if anything."""
        return next((package for package in self.packages if package.name == name), None)

    def find(self, *names: str) -> Optional[Distribution]:
        """The first readable distribution that has one of these (normalised) names."""
        for name in names:
            for distribution in self.distributions:
                if distribution.name == name and distribution.version and not distribution.problem:
                    return distribution
        return None

    def stack(self, identifier: StackId) -> Optional[Stack]:
        """The stack of that name, if this environment has a name for it."""
        return next((stack for stack in self.stacks if stack.id is identifier), None)


class Effect(str, Enum):
    """What setting ``TF_USE_LEGACY_KERAS`` would do to a process as it stands."""

    WHOLE = "whole"  # it decides, as it does in a new process
    SPLITS = "splits"  # TensorFlow was imported and `tf.keras` not yet touched: the two names would reach two Kerases
    NONE = "none"  # it is decided already, or this TensorFlow reads no variable


@dataclass(frozen=True)
class LastError:
    """The exception that this process showed last."""

    type: str
    message: str
    where: str = ""  # `In [5], line 2`
    line: str = ""  # the source line that raised it
    code: str = ""  # of the rule that knows the message; empty where none does
    title: str = ""
    explanation: str = ""
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """The process that asked for the report, a notebook's kernel or a Python shell, seen without touching anything."""

    is_notebook: bool  # whether it is a kernel that shows HTML, rather than a shell or a script
    imported: Mapping[str, str] = field(default_factory=dict)
    """The watched packages that it has imported, with their versions."""
    effect: Effect = Effect.WHOLE
    touched: bool = False
    """Whether ``tf.keras`` was used there, which decides what it is; until then ``tf_keras`` is what it would be."""
    tf_keras: str = ""
    """What ``tf.keras`` is there: ``Keras 3.4.1``, ``tf-keras 2.17.0``; empty while TensorFlow is not imported."""
    tensorflow_keras: str = ""  # what `import tensorflow.keras` finds there; empty without TensorFlow
    variable: Optional[str] = None  # `TF_USE_LEGACY_KERAS` now; None where it is not set
    set_by: str = ""  # who set or changed it since the process started, where that is known: `In [2]`, `deepface`
    read: str = ""  # which cells of this notebook were read: `as last saved`, `as run so far`; empty where none were
    runs: Mapping[int, int] = field(default_factory=dict)  # by position of a cell, the number in `In [3]` it ran under
    error: Optional[LastError] = None
    cells: Mapping[int, str] = field(default_factory=dict)  # by position, the cells as they should be

    @property
    def is_split(self) -> bool:
        """Whether ``tf.keras`` and ``tensorflow.keras`` are two Kerases."""
        return bool(self.tf_keras and self.tensorflow_keras) and self.tf_keras != self.tensorflow_keras
