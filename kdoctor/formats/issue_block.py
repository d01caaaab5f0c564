"""What to paste into an upstream issue: the facts of an environment that give nobody away.

Nothing is blacked out: each fact is written only if it is of a form, or among the words, that it may have, so that a
folder, a name of a user or a host, a token and an address cannot come through, whatever field they stand in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from kdoctor.environment.model import Environment, Stack
from kdoctor.formats import sharing
from kdoctor.words import KERAS_NAMES, LEGACY_VARIABLE, TENSORFLOW_NAMES, TF_KERAS_NAMES, StackId

SCHEMA = "kdoctor.env/1"
OTHER = "other"  # what stands in the place of a fact that is none of the words it may be

_RELEASE = re.compile(
    r"(?P<public>\d{1,4}(?:\.\d{1,8}){0,5}(?:(?:a|b|rc)\d{1,4})?(?:\.post\d{1,4})?(?:[.-]?dev\d{1,8})?)"
    r"(?P<local>\+(?:cpu|cu\d{2,4}|cuda\d{0,4}|rocm\d?(?:\.\d){0,3}|nv\d{2}\.\d{1,2}|zzzcolab\d{8}|computecanada))?"
    r"(?:\+.*)?",
    re.S | re.A,
)
_IMPLEMENTATIONS = ("CPython", "PyPy", "GraalVM")
_SYSTEMS = ("Linux", "Darwin", "Windows")
_MACHINES = ("x86_64", "AMD64", "arm64", "aarch64", "ppc64le", "s390x", "i686", "armv7l", "riscv64")
_MANAGERS = ("pip", "uv", "conda", "mamba", "poetry", "pdm", "pixi", "pipenv", "hatch", "colab", "kaggle", "jupyter")
_DISTRIBUTIONS = frozenset(
    {*TENSORFLOW_NAMES, *KERAS_NAMES, *TF_KERAS_NAMES, "tensorflow-metal", "tensorflow-estimator", "tensorflow-hub"}
    | {"keras-core", "keras-hub", "keras-cv", "keras-nlp", "keras-tuner", "tensorflow-addons", "tensorflow-text"}
    | {"tensorflow-probability", "tensorflow-io-gcs-filesystem", "tf-models-official", "transformers", "numpy"}
    | {"protobuf", "h5py", "ml-dtypes", "optree", "jax", "jaxlib", "torch", "keras-doctor"}
)
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_IMAGES = ("channels_last", "channels_first")


Facts = Sequence[tuple[str, str]]


def render(known: Facts) -> str:
    """The block as Markdown, folded, with a table and nothing that is markup by accident."""
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {label} | {value} |" for label, value in known)])
    return f"<details><summary>Environment, as kdoctor sees it</summary>\n\n{table}\n\n</details>\n"


def render_plain(known: Facts) -> str:
    """The same facts, one a line."""
    width = max(len(label) for label, _ in known)
    return "".join(f"{label.ljust(width)}  {value}\n" for label, value in known)


def render_json(known: Facts) -> str:
    """The same facts for programs: ``kdoctor.env/1``."""
    return json.dumps({"schema": SCHEMA, "facts": dict(known)}, indent=2) + "\n"


def facts(environment: Environment, machine: Iterable[tuple[str, str]] = (), verdict: str = "") -> Facts:
    """Each fact with its name; those of the machine hold nothing private, and the verdict is in words of the rules."""
    return [*_facts(environment, machine), *([("Verdict", verdict)] if verdict else ())]


def _facts(environment: Environment, machine: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    interpreter = environment.interpreter
    kind = _among(interpreter.implementation, _IMPLEMENTATIONS)
    yield "Python", f"{_release(interpreter.version)} ({kind})"
    yield "System", f"{_among(interpreter.system, _SYSTEMS)} {_among(interpreter.machine, _MACHINES)}"
    yield from machine
    yield "Installed with", _among(interpreter.manager, _MANAGERS)
    for distribution in sorted(environment.distributions, key=lambda one: one.name):
        if distribution.name in _DISTRIBUTIONS:
            doubt = " (its metadata cannot be trusted)" if distribution.problem else ""
            yield distribution.name, _release(distribution.version) + doubt
    absent = _missing(environment, TENSORFLOW_NAMES, KERAS_NAMES, TF_KERAS_NAMES)
    if absent:
        yield "Not installed", ", ".join(absent)
    named = {"tf_keras", *(stack.id.value for stack in environment.stacks)} if environment.stacks else set()
    for name in environment.names:
        if not name.available and name.name in _REACHED and name.name not in named:
            yield f"import {name.name}", _unavailable(environment, name.name)
    for stack in environment.stacks:
        label = "import keras" if stack.id is StackId.KERAS else stack.id.value
        yield label, _stack(stack, environment)
    for variable in sharing.VARIABLES:
        found = environment.variables.get(variable)
        if found is not None:
            yield variable, sharing.value(variable, found) or "(empty)"
    config = environment.keras_config
    if config is not None and config.exists:
        words = [f"backend {_among(config.backend, sharing.BACKENDS)}"] if config.backend else []
        words += [_among(config.floatx, _FLOATS)] if config.floatx else []
        words += [_among(config.image_data_format, _IMAGES)] if config.image_data_format else []
        words += ["(cannot be used as it is)"] if config.problem else []
        yield "keras.json", ", ".join(words) or "(empty)"


_REACHED = {
    **dict.fromkeys(("tf.keras", "tensorflow.keras"), TENSORFLOW_NAMES),
    **dict.fromkeys(("tf.keras+legacy", "tf_keras"), TF_KERAS_NAMES),
    **dict.fromkeys(("tf.keras+keras3", "keras"), KERAS_NAMES),
}
"""The packages without which a name is not available."""


def _missing(environment: Environment, *wanted: Sequence[str]) -> list[str]:
    """Of packages that go by several names, the first name of each that is not installed."""
    installed = {distribution.name for distribution in environment.distributions}
    return [names[0] for names in dict.fromkeys(wanted) if installed.isdisjoint(names)]


def _unavailable(environment: Environment, name: str) -> str:
    """Why, in words of its own: the reason that was seen may name folders."""
    is_legacy = name == "tf.keras" and environment.variables.get(LEGACY_VARIABLE) in environment.legacy_values
    needed = [TENSORFLOW_NAMES] if name.startswith("tf.") else []
    absent = _missing(environment, *needed, TF_KERAS_NAMES if is_legacy else _REACHED[name])
    return f"not available: {' and '.join(absent) or 'it'} {'is not installed' if absent else 'cannot be imported'}"


def _stack(stack: Stack, environment: Environment) -> str:
    if not stack.available:
        return _unavailable(environment, stack.id.value)
    if stack.same_as is not None:
        return f"the same as {stack.same_as.value}"
    name = stack.implementation.label if stack.implementation is not None else "Keras"
    # "Keras 3 3.12.0" would read like a slip.
    name = "Keras" if name.startswith("Keras") and stack.version else name
    version = f" {_release(stack.version)}" if stack.version else ""
    backend = f" on {_among(stack.backend, sharing.BACKENDS)}" if stack.backend else ""
    return f"{name}{version}{backend}"


def _among(value: str, words: Iterable[str]) -> str:
    return value if value in words else OTHER


def _release(version: str) -> str:
    """The version if it is one, with that part of a local label which says how it was built."""
    found = _RELEASE.fullmatch(version)
    return found["public"] + (found["local"] or "") if found else OTHER
