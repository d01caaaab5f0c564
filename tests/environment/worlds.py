"""Environments made by hand, for what is derived from facts alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Optional

from kdoctor.environment.keras_names import with_names_and_stacks
from kdoctor.environment.model import Distribution, Environment, Interpreter, KerasConfig, Package
from kdoctor.records import hypothetical
from kdoctor.records.hypothetical import Target
from kdoctor.records.table import shipped

LEGACY = "TF_USE_LEGACY_KERAS"
NEEDS = {
    "2.12": ("<=1.24.3,>=1.22", "<2.13,>=2.12.0"),
    "2.13": ("<=1.24.3,>=1.22", "<2.14,>=2.13.1"),
    "2.14": ("<2.0.0,>=1.23.5", "<2.15,>=2.14.0"),
    "2.15": ("<2.0.0,>=1.23.5", "<2.16,>=2.15.0"),
    "2.16": ("<2.0.0,>=1.23.5", ">=3.0.0"),
    "2.17": ("<2.0.0,>=1.23.5", ">=3.2.0"),
    "2.18": ("<2.1.0,>=1.26.0", ">=3.5.0"),
    "2.19": ("<2.2.0,>=1.26.0", ">=3.5.0"),
    "2.20": (">=1.26.0", ">=3.10.0"),
    "2.21": (">=1.26.0", ">=3.12.0"),
}
"""What each TensorFlow's metadata asks of NumPy and of Keras on Python 3.11."""


def targets(values: Iterable[str]) -> tuple[Target, ...]:
    """The targets, on the records that ship with kdoctor."""
    return hypothetical.targets(values, shipped().environments)


def world(
    tensorflow: str = "",
    keras: str = "",
    tf_keras: str = "",
    numpy: str = "1.26.4",
    *,
    others: tuple[str, ...] = (),
    config: Optional[KerasConfig] = None,
    python: str = "3.11.7",
    variables: Optional[dict[str, str]] = None,
    **changes: Any,
) -> Environment:
    """An environment with these releases, names and stacks derived."""
    versions = {"tensorflow": tensorflow, "keras": keras, "tf_keras": tf_keras, "numpy": numpy}
    versions.update(dict.fromkeys(others, "1.0"))
    present = {name: version for name, version in versions.items() if version}
    reads = None if not tensorflow else _minor(tensorflow) >= (2, 15)
    numpy_range, keras_range = NEEDS.get(".".join(tensorflow.split(".")[:2]), ("", ""))
    environment = Environment(
        interpreter=Interpreter("/e/bin/python", python, "CPython", "Linux", "x86_64", "/e", "/usr", "pip", True),
        distributions=tuple(
            Distribution(
                name.replace("_", "-"),
                version,
                "/site",
                owns=(name,) if name in ("tensorflow", "keras", "tf_keras") else (),
                requires=(f"keras {keras_range}",) if name == "tensorflow" and keras_range else (),
            )
            for name, version in present.items()
        ),
        packages=tuple(
            Package(name, f"/site/{name}", version, _parts(name, version)) for name, version in present.items()
        ),
        variables=variables or {},
        keras_config=config or KerasConfig("/home/me/.keras/keras.json", False),
        tensorflow_reads_variable=reads,
        legacy_values=("true", "True", "1") if reads else (),
        tensorflow_numpy=numpy_range,
    )
    return with_names_and_stacks(replace(environment, **changes))


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _parts(name: str, version: str) -> tuple[str, ...]:
    if name == "keras":
        return ("_tf_keras/keras",) if version.startswith("3") else ("api/_v2/keras",)
    return ("api/_v2/keras",) if name == "tf_keras" else ()
