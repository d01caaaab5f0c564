"""What ``tf.keras``, ``tensorflow.keras``, ``keras`` and ``tf_keras`` each are, derived from the facts alone.

TensorFlow has two ways to its Keras, and they do not always lead to the same one:

* ``tf.keras`` is an attribute. Since 2.15 it is a ``KerasLazyLoader``, which reads ``TF_USE_LEGACY_KERAS`` when it is
  first *touched*: a value of ``1``, ``true`` or ``True`` makes it tf-keras; anything else makes it whatever ``keras``
  is installed, Keras 2 or 3 by the first figure of its ``__version__``. If the import fails, for whatever reason, it
  says "Keras cannot be imported. Check that it is installed." Up to 2.14 it is ``keras.api._v2.keras``, and the
  variable is not read.
* ``tensorflow.keras`` in an import statement is a module that Python looks for along ``tensorflow.__path__``. Since
  2.15 TensorFlow puts there, when it is *imported*, ``tf_keras/api/_v2`` or (variable not set) ``keras/api/_v2``, and
  behind it ``keras/_tf_keras`` in any case. So where tf-keras is asked for and missing, Python walks on and finds
  Keras 3, silently; where Keras 2 is installed it finds nothing.

The sources of TensorFlow 2.12 to 2.21 were read for this, and ``tests/environment/test_keras_names_lab.py`` compares it
with what really happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, Optional

from packaging.utils import canonicalize_name

from kdoctor.environment.facts import requirements, tensorflow_distribution, tensorflow_version, version_of
from kdoctor.environment.model import Environment, Name, Shadow, Stack
from kdoctor.versions import allows, minor, release
from kdoctor.words import KERAS_NAMES, LEGACY_VARIABLE, Implementation, StackId

KERAS_CANNOT_BE_IMPORTED = "Keras cannot be imported. Check that it is installed."
KNOWN_BACKENDS = ("tensorflow", "jax", "torch", "numpy", "openvino")
_IMPORTED_AT_START = ("absl-py", "dm-tree", "ml-dtypes", "numpy", "optree", "rich")
"""Without h5py, namex and packaging, which it also requires, Keras can be imported."""
_BACKEND_PACKAGES = {
    "tensorflow": "tensorflow",
    "jax": "jax",
    "torch": "torch",
    "openvino": "openvino",
    "numpy": "scipy",  # its linear algebra and its convolutions
}


class _Answer(NamedTuple):
    """What one way of reaching Keras leads to: an implementation, or a reason why none."""

    reason: str = ""
    implementation: Optional[Implementation] = None
    version: str = ""
    via: str = ""  # the sub-package that answers: two ways may end in one implementation but not in one namespace


def with_names_and_stacks(environment: Environment) -> Environment:
    """The environment, with what its names resolve to and the stacks that follow from that."""
    world = _World(environment)
    return replace(environment, names=world.names(), stacks=world.stacks())


def legacy_is_asked(environment: Environment) -> bool:
    """Whether the variable is in effect as found: TensorFlow reads it, and its value counts."""
    return environment.variables.get(LEGACY_VARIABLE, "") in environment.legacy_values


def backend_of(environment: Environment) -> str:
    """The backend that Keras 3 takes here: ``KERAS_BACKEND`` before ``keras.json`` before TensorFlow."""
    config = environment.keras_config
    configured = config.backend if config and config.exists and not config.problem else ""
    return environment.variables.get("KERAS_BACKEND", "") or configured or "tensorflow"


def backend_fault(environment: Environment) -> str:
    """Why Keras 3 cannot start with its backend here; empty where nothing speaks against it."""
    backend = backend_of(environment)
    if backend not in KNOWN_BACKENDS:
        return f"Keras knows no backend called {backend!r}"
    needed = _BACKEND_PACKAGES.get(backend)
    if needed and not _is_importable(environment, needed):
        of_its_own = f"its backend {backend}"
        return f"{of_its_own} is not installed" if needed == backend else f"{of_its_own} needs {needed}"
    return ""


def blocking_shadow(environment: Environment, package: str) -> Optional[Shadow]:
    """A local file on ``sys.path`` that is imported in place of a package, if there is one."""
    return next((found for found in environment.shadows if found.name == package and found.on_path), None)


def tensorflow_fault(environment: Environment) -> str:
    """Why ``import tensorflow`` is sure to fail; empty where it is not installed or nothing is sure."""
    installed = environment.package("tensorflow")
    if installed is None:
        return ""
    for package in ("tensorflow", "numpy"):
        shadow = blocking_shadow(environment, package)
        if shadow:
            return f"{shadow.path} is imported in place of {package}"
    if installed.namespace:
        return f"only a folder without __init__.py is left of it: {installed.path}"
    if environment.package("numpy") is None:
        return "NumPy is not installed"
    if numpy_is_too_new(environment):
        return (
            f"TensorFlow {tensorflow_version(environment)} is built for NumPy 1.x, and NumPy "
            f"{version_of(environment, 'numpy')} is installed"
        )
    if protobuf_is_too_old(environment, "tensorflow"):
        return "its generated code refuses the protobuf that is installed"
    if is_built_for_another_python(environment):
        return f"TensorFlow {tensorflow_version(environment)} was built for another Python"
    if environment.keras_config and environment.keras_config.refused:
        # tensorflow.python.keras, a copy of Keras inside TensorFlow, is imported with it and reads the file as well.
        return f"it refuses {environment.keras_config.path}: {environment.keras_config.problem}"
    imports_keras = environment.tensorflow_reads_variable and not legacy_is_asked(environment)
    if imports_keras and keras_line(environment) == "3" and backend_of(environment) not in KNOWN_BACKENDS:
        return f"it imports Keras, and Keras knows no backend called {backend_of(environment)!r}"
    return ""


def protobuf_is_too_old(environment: Environment, package: str) -> bool:
    """Whether a package's generated code refuses the installed protobuf, as ``runtime_version.py`` of protobuf does."""
    found, protobuf = environment.package(package), environment.find("protobuf")
    if found is None or not found.protobuf or protobuf is None:
        return False
    if environment.variables.get("TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK", "").lower() == "true":
        return False
    return release(protobuf.version) < release(found.protobuf)


def is_built_for_another_python(environment: Environment) -> bool:
    """Whether the wheel that owns ``tensorflow/`` is tagged for another CPython than this one."""
    metadata = tensorflow_distribution(environment)
    tag = metadata.python_tag if metadata else ""
    here = "cp" + minor(environment.interpreter.version).replace(".", "")
    return tag.startswith("cp") and tag != here


def numpy_is_too_new(environment: Environment) -> bool:
    """Whether NumPy 2 meets a TensorFlow that was built for NumPy 1.x (every release before 2.18)."""
    version = tensorflow_version(environment)
    numpy = version_of(environment, "numpy")
    if not version or not numpy or release(numpy) < (2, 0):
        return False
    wanted = environment.tensorflow_numpy
    return release(version) < (2, 18) and not (wanted and allows(wanted, numpy))


def _is_importable(environment: Environment, package: str) -> bool:
    found = environment.package(package)
    return found is not None and not found.namespace


def keras_line(environment: Environment) -> str:
    """``2`` or ``3``, whichever the installed ``keras`` is; empty where there is none, or it is not known.

    Where its version is not known or is no version, it is recognised by what TensorFlow would find in it.
    """
    package = environment.package("keras")
    if package is None or package.namespace:
        return ""
    version = version_of(environment, "keras")
    if version:
        return "3" if release(version) >= (3,) else "2"
    parts = {"_tf_keras/keras": "3", "api/_v2/keras": "2"}
    return next((line for part, line in parts.items() if part in package.parts), "")


class _World:
    """Answers for one environment, under the variable as found or as if it were set otherwise."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.tensorflow = tensorflow_version(environment)
        self.has_tensorflow = _is_importable(environment, "tensorflow") or bool(
            environment.package("tensorflow") and self.tensorflow
        )
        self.reads = bool(environment.tensorflow_reads_variable)
        self.asked = legacy_is_asked(environment)
        fault = tensorflow_fault(environment)
        self.fault = _Answer(f"TensorFlow cannot be imported: {fault}") if fault else None

    # -------------------------------------------------------------------------------------------------- implementations

    def _keras(self) -> _Answer:
        """``import keras``."""
        environment = self.environment
        version, line = version_of(environment, "keras"), keras_line(environment)
        reason = self._refusal("keras", "Keras")
        if not reason and not line:
            reason = "it is unknown which Keras this is: its version is not known"
        if reason:
            return _Answer(reason)
        keras = f"Keras {version or line}"
        if line == "2":
            reason = self._without_tensorflow(keras)
            if not reason and keras_2_is_too_old(environment):
                reason = f"{keras} does not run under TensorFlow {self.tensorflow}"
            return _Answer(reason) if reason else _Answer("", Implementation.KERAS_2, version, "keras")
        fault, missing = backend_fault(environment), missing_for_keras_3(environment)
        if fault:
            return _Answer(f"{keras} cannot start: {fault}")
        if backend_of(environment) == "tensorflow" and self.fault:
            return self.fault
        if missing:
            return _Answer(f"{keras} requires {missing[0]}, which is not installed")
        return _Answer("", Implementation.KERAS_3, version, "keras")

    def _tf_keras(self) -> _Answer:
        """``import tf_keras``."""
        reason = self._without_tensorflow("tf-keras") if _is_importable(self.environment, "tf_keras") else ""
        if not reason and protobuf_is_too_old(self.environment, "tf_keras"):
            reason = "tf-keras's generated code refuses the protobuf that is installed"
        reason = reason or self._refusal("tf_keras", "tf-keras")
        version = version_of(self.environment, "tf_keras")
        return _Answer(reason) if reason else _Answer("", Implementation.TF_KERAS, version, "tf_keras")

    def _refusal(self, package: str, label: str) -> str:
        """Why a Keras cannot be imported, whatever else is there; empty where nothing speaks against it."""
        if not _is_importable(self.environment, package):
            return f"{label} is not installed"
        shadow, config = blocking_shadow(self.environment, package), self.environment.keras_config
        if shadow:
            return f"{shadow.path} is imported in place of {label}"
        return f"{label} refuses {config.path}: {config.problem}" if config and config.refused else ""

    def _without_tensorflow(self, label: str) -> str:
        if not self.has_tensorflow:
            return f"{label} needs TensorFlow, which is not installed"
        return self.fault.reason if self.fault else ""

    # ------------------------------------------------------------------------------------------ ways through TensorFlow

    def _attribute(self, asked: bool) -> _Answer:
        """``tf.keras``, by ``lazy_loader.py`` of the installed release."""
        if self.fault:
            return self.fault
        if not (self.reads and asked):
            return self._through_keras()
        answer = self._tf_keras()
        if answer.implementation is None:
            return _Answer(f"{LEGACY_VARIABLE} asks for tf-keras, and {answer.reason}")
        return answer._replace(via="tf_keras/api/_v2/keras")

    def _through_keras(self) -> _Answer:
        """What TensorFlow makes of the installed ``keras``, whichever it is."""
        answer = self._keras()
        is_keras_3 = answer.implementation is Implementation.KERAS_3
        if is_keras_3 and not self.reads:
            return _Answer("TensorFlow needs keras.api._v2 here, which Keras 3 does not have")
        return self._part(answer, "keras", "_tf_keras/keras" if is_keras_3 else "api/_v2/keras")

    def _module(self, asked: bool) -> _Answer:
        """``import tensorflow.keras``: the first folder of ``tensorflow.__path__`` that has a ``keras`` package."""
        if self.fault:
            return self.fault
        legacy = self.reads and asked
        candidates = [("tf_keras" if legacy else "keras", "api/_v2/keras")]
        if self.reads:
            candidates.append(("keras", "_tf_keras/keras"))
        for package, part in candidates:
            if self._has(package, part):
                return self._part(self._tf_keras() if package == "tf_keras" else self._keras(), package, part)
        if self._has("tensorflow", "keras") or self._has("tensorflow", "_api/v2/keras"):
            return _Answer("", Implementation.KERAS_2, self.tensorflow, "tensorflow/keras")
        if legacy:
            return _Answer(f"{LEGACY_VARIABLE} asks for tf-keras, and {self._tf_keras().reason}")
        return _Answer("No module tensorflow.keras") if self._keras().implementation else self._through_keras()

    def _has(self, package: str, part: str) -> bool:
        found = self.environment.package(package)
        return found is not None and part in found.parts

    def _part(self, answer: _Answer, package: str, part: str) -> _Answer:
        """What answers, through a folder that TensorFlow asks for."""
        if answer.implementation is None:
            return answer
        if not self._has(package, part):
            which, asked = answer.version or "as it is", part.replace("/", ".")
            return _Answer(f"{package} {which} has no {asked}, which TensorFlow asks for")
        return answer._replace(via=f"{package}/{part}")

    # ------------------------------------------------------------------------------------------------- what is reported

    def names(self) -> tuple[Name, ...]:
        """The four names, as they are with the variables as found."""
        attribute = module = _Answer("TensorFlow is not installed")
        if self.has_tensorflow:
            attribute, module = self._attribute(self.asked), self._module(self.asked)
            if module.implementation and module.implementation is not attribute.implementation:
                reason = "import statements find another Keras than tf.keras does: " + attribute.reason
                module = module._replace(reason=reason)
        answers = {
            "tf.keras": attribute,
            "tensorflow.keras": module,
            "keras": self._keras(),
            "tf_keras": self._tf_keras(),
        }
        return tuple(
            Name(name, answer.implementation is not None, answer.implementation, answer.version, answer.reason)
            for name, answer in answers.items()
        )

    def stacks(self) -> tuple[Stack, ...]:
        """The stacks for which this environment has names."""
        found: dict[StackId, _Answer] = {}
        if self.has_tensorflow:
            found[StackId.TF_KERAS] = self._attribute(self.asked)
            if self.reads:
                found[StackId.LEGACY] = self._attribute(True)
            if self.reads and self.asked:
                found[StackId.KERAS_3] = self._attribute(False)
        if self.environment.package("keras") is not None:
            found[StackId.KERAS] = self._keras()
        return tuple(self._stack(identifier, answer, found) for identifier, answer in found.items())

    def _stack(self, identifier: StackId, answer: _Answer, found: Mapping[StackId, _Answer]) -> Stack:
        if answer.implementation is None:
            return Stack(identifier, available=False, reason=answer.reason, tensorflow=self.tensorflow)
        first = next(one for one, other in found.items() if other.implementation and other.via == answer.via)
        backend = backend_of(self.environment) if answer.implementation is Implementation.KERAS_3 else "tensorflow"
        shared = first if first is not identifier else None
        reason, implementation, version, _ = answer
        return Stack(identifier, True, reason, implementation, version, self.tensorflow, backend, shared)


def keras_2_is_too_old(environment: Environment) -> bool:
    """Whether a ``keras`` of the 2 line stands under a TensorFlow (2.16 or later) that no longer has what it needs."""
    keras = version_of(environment, "keras")
    tensorflow = tensorflow_version(environment)
    if not keras or not tensorflow:
        return False
    return release(keras)[0] == 2 and release(tensorflow) >= (2, 16)


def missing_for_keras_3(environment: Environment) -> list[str]:
    """What Keras 3 imports at its start, by its own metadata requires, and is not installed."""
    keras = environment.find(*KERAS_NAMES)
    if keras is None or release(keras.version)[0] != 3 or not environment.installed:
        return []
    asked = requirements(keras.requires, environment.interpreter.version)
    required = {str(canonicalize_name(wanted.name)) for wanted in asked}
    missing = sorted(required.intersection(_IMPORTED_AT_START).difference(environment.installed))
    # It takes dm-tree where there is no optree, and on PyTorch neither.
    if "optree" in missing and ("dm-tree" in environment.installed or backend_of(environment) == "torch"):
        missing.remove("optree")
    return missing


def tf_keras_matches(environment: Environment) -> bool:
    """Whether tf-keras and TensorFlow are of the same minor release, which is what tf-keras requires."""
    return minor(version_of(environment, "tf_keras")) == minor(tensorflow_version(environment))
