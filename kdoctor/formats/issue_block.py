"""What to paste into an upstream issue: the facts of an environment that give nobody away.

Nothing is blacked out: each fact is written only if it is of a form, or among the words, that it may have, so that a
folder, a name of a user or a host, a token and an address cannot come through, whatever field they stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kdoctor.environment.model import Environment, Stack
from kdoctor.formats import sharing
from kdoctor.words import KERAS_NAMES, TENSORFLOW_NAMES, TF_KERAS_NAMES

OTHER = "other"
"""What stands in the place of a fact that is none of the words it may be."""

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
_DISTRIBUTIONS = (
    *TENSORFLOW_NAMES,
    *KERAS_NAMES,
    *TF_KERAS_NAMES,
    "tensorflow-metal",
    "keras-core",
    "keras-hub",
    "keras-cv",
    "keras-nlp",
    "keras-tuner",
    "tensorflow-addons",
    "tensorflow-estimator",
    "tensorflow-hub",
    "tensorflow-probability",
    "tensorflow-text",
    "tensorflow-io-gcs-filesystem",
    "tf-models-official",
    "transformers",
    "numpy",
    "protobuf",
    "h5py",
    "ml-dtypes",
    "optree",
    "jax",
    "jaxlib",
    "torch",
    "keras-doctor",
)
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_IMAGES = ("channels_last", "channels_first")


def render(environment: Environment) -> str:
    """The block as Markdown, folded, with a table and nothing that is markup by accident."""
    rows = [f"| {label} | {value} |" for label, value in _facts(environment)]
    table = "\n".join(["| | |", "| --- | --- |", *rows])
    return f"<details><summary>Environment, as kdoctor sees it</summary>\n\n{table}\n\n</details>\n"


def render_plain(environment: Environment) -> str:
    """The same facts, one a line."""
    facts = list(_facts(environment))
    width = max(len(label) for label, _ in facts)
    return "".join(f"{label.ljust(width)}  {value}\n" for label, value in facts)


def _facts(environment: Environment) -> Iterable[tuple[str, str]]:
    interpreter = environment.interpreter
    kind = _among(interpreter.implementation, _IMPLEMENTATIONS)
    yield "Python", f"{_release(interpreter.version)} ({kind})"
    yield "System", f"{_among(interpreter.system, _SYSTEMS)} {_among(interpreter.machine, _MACHINES)}"
    yield "Installed with", _among(interpreter.manager, _MANAGERS)
    for distribution in sorted(environment.distributions, key=lambda one: one.name):
        if distribution.name in _DISTRIBUTIONS:
            doubt = " (its metadata cannot be trusted)" if distribution.problem else ""
            yield distribution.name, _release(distribution.version) + doubt
    for stack in environment.stacks:
        yield stack.id.value, _stack(stack)
    for name in sharing.VARIABLES:
        found = environment.variables.get(name)
        if found is not None:
            yield name, sharing.value(name, found) or "(empty)"
    config = environment.keras_config
    if config is not None and config.exists:
        words = [
            f"backend {_among(config.backend, sharing.BACKENDS)}" if config.backend else "",
            _among(config.floatx, _FLOATS) if config.floatx else "",
            _among(config.image_data_format, _IMAGES) if config.image_data_format else "",
            "(cannot be used as it is)" if config.problem else "",
        ]
        yield "keras.json", ", ".join(word for word in words if word) or "(empty)"


def _stack(stack: Stack) -> str:
    if not stack.available:
        return "not available"
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
