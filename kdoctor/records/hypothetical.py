"""Environments that are not here: releases by name, judged by what was recorded of them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kdoctor.environment.keras_names import with_names_and_stacks
from kdoctor.environment.model import Distribution, Environment, Interpreter, Package
from kdoctor.errors import UsageError
from kdoctor.records.table import RecordedEnvironment
from kdoctor.versions import minor, parsed, release
from kdoctor.words import LEGACY_VALUES, TENSORFLOW_NAMES

_PACKAGES = ("tensorflow", "keras", "tf-keras")
_READS_THE_VARIABLE_FROM = (2, 15)
_KERAS_3_FROM = (2, 16)


class Target(NamedTuple):
    """Releases to judge code by."""

    environment: Environment
    name: str  # `tensorflow==2.21 keras==3.15`: the releases as they were asked for, and those that were filled in
    notes: tuple[str, ...]  # what was filled in, in words


def targets(values: Iterable[str], recorded: Sequence[RecordedEnvironment]) -> tuple[Target, ...]:
    """The targets that ``--target`` and the configuration name; the newest recorded releases where nothing is named.

    Args:
        values: each holds one or more of ``tensorflow==2.21``, ``keras==3.15`` and ``tf-keras==2.21``, with commas or
            blanks between. Values that name different packages make one target; a package that is named again begins
            the next.
        recorded: the environments that are on record, the preferred ones first.

    Raises:
        UsageError: a value has another form, or nothing is recorded of a release.
    """
    groups: list[dict[str, str]] = []
    for value in values:
        for name, version in map(_release_of, value.replace(",", " ").split()):
            if not groups or name in groups[-1]:
                groups.append({})
            groups[-1][name] = version
    known = {package: _by_minor(recorded, package) for package in _PACKAGES}
    if not groups:
        groups.append({"tensorflow": max(known["tensorflow"], key=release)})
    return tuple(_target(group, known) for group in groups)


def _release_of(word: str) -> tuple[str, str]:
    """The package and the release that a requirement such as ``tensorflow-cpu==2.21.0rc1`` pins."""
    with contextlib.suppress(InvalidRequirement):
        asked = Requirement(word)
        name = str(canonicalize_name(asked.name))
        package = "tensorflow" if name in TENSORFLOW_NAMES else name
        pins = [pin.version for pin in asked.specifier if pin.operator == "=="]
        version = parsed(pins[0]) if len(pins) == 1 == len(asked.specifier) else None
        if package in _PACKAGES and not asked.extras and version is not None and len(version.release) > 1:
            return package, pins[0]
    raise UsageError(
        f"--target {word} is not understood. Write a package and its release, like tensorflow==2.21, "
        "keras==3.15 or tf-keras==2.21."
    )


def _by_minor(recorded: Iterable[RecordedEnvironment], package: str) -> dict[str, RecordedEnvironment]:
    """The recorded releases of a package by minor, with an environment that holds it; matching ones are preferred."""
    found: dict[str, RecordedEnvironment] = {}
    for environment in recorded:
        version = environment.tensorflow if package == "tensorflow" else environment.versions.get(package, "")
        if version and environment.stacks:
            found.setdefault(minor(version), environment)
    return found


def _target(asked: Mapping[str, str], known: Mapping[str, Mapping[str, RecordedEnvironment]]) -> Target:
    for package, version in asked.items():
        if minor(version) not in known[package]:
            first, last = min(known[package], key=release), max(known[package], key=release)
            raise UsageError(
                f"Nothing is recorded of {package} {version}. Recorded are {package} {first} to {last}: "
                "name one of those, or examine an environment that has it with kdoctor check --python."
            )
    versions = dict(asked)
    notes = []
    if "tensorflow" not in versions and "tf-keras" in versions:
        versions["tensorflow"] = minor(versions["tf-keras"])
        notes.append(f"tf-keras {versions['tf-keras']} runs under TensorFlow {versions['tensorflow']} only.")
    if "tensorflow" not in versions:
        recorded = known["keras"][minor(versions["keras"])].tensorflow
        if recorded:
            versions["tensorflow"] = minor(recorded)
            notes.append(f"TensorFlow {minor(recorded)} is taken, with which this Keras was recorded.")
    if "keras" not in versions and "tensorflow" in versions:
        versions["keras"], why = minor(versions["tensorflow"]), f"TensorFlow {versions['tensorflow']} requires it"
        if release(versions["tensorflow"])[:2] >= _KERAS_3_FROM:
            versions["keras"] = max(known["keras"], key=release)
            why = "it is the newest that is recorded, and pip installs the newest where nothing pins it"
        notes.append(f"Keras {versions['keras']} is taken: {why}.")
    if "tf-keras" not in versions and _reads_variable(versions):
        versions["tf-keras"] = minor(versions["tensorflow"])
    named = {package: versions[package] for package in _PACKAGES if package in versions}
    name = " ".join(f"{package}=={version}" for package, version in named.items() if package != "tf-keras")
    numpy = known["tensorflow"].get(minor(versions.get("tensorflow", "0")))
    return Target(_environment(named, numpy.versions.get("numpy", "") if numpy else ""), name, tuple(notes))


def _reads_variable(versions: Mapping[str, str]) -> bool:
    return release(versions.get("tensorflow", "0"))[:2] >= _READS_THE_VARIABLE_FROM


def _parts(name: str, version: str) -> tuple[str, ...]:
    if name not in ("keras", "tf-keras"):
        return ()
    return ("_tf_keras/keras",) if release(version) >= (3,) else ("api/_v2/keras",)


def _environment(versions: Mapping[str, str], numpy: str) -> Environment:
    """What an environment with these releases would be, with no variable set."""
    installed = {**versions, "numpy": numpy}
    reads = _reads_variable(versions)
    python = ".".join(map(str, sys.version_info[:3]))
    plain = Environment(
        interpreter=Interpreter(version=python, implementation="CPython", manager="pip"),
        distributions=tuple(
            Distribution(name, version, "", owns=(name.replace("-", "_"),)) for name, version in installed.items()
        ),
        packages=tuple(
            Package(name.replace("-", "_"), "", version, _parts(name, version)) for name, version in installed.items()
        ),
        tensorflow_reads_variable=reads if "tensorflow" in versions else None,
        legacy_values=LEGACY_VALUES if reads else (),
    )
    return with_names_and_stacks(plain)
