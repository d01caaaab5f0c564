"""Environments that are not here: releases by name, judged by what was recorded of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Optional

from kdoctor.environment.facts import TENSORFLOW_NAMES
from kdoctor.environment.names import with_names_and_stacks
from kdoctor.errors import UsageError
from kdoctor.model import Distribution, Environment, Interpreter, Package
from kdoctor.records.table import RecordedEnvironment, Table, shipped
from kdoctor.versions import minor, release

_PACKAGES = ("tensorflow", "keras", "tf-keras")
_READS_THE_VARIABLE_FROM = (2, 15)
_KERAS_3_FROM = (2, 16)
_RELEASE = re.compile(r"\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc|\.?dev|\.?post)\d+)?(?:\+[\w.]+)?")
_LEGACY_VALUES = ("true", "True", "1")


class Target(NamedTuple):
    """Releases to judge code by."""

    environment: Environment
    name: str
    """``tensorflow==2.21 keras==3.15``: the releases as they were asked for, and those that were filled in."""
    notes: tuple[str, ...]
    """What was filled in, in words."""


def targets(values: Iterable[str], table: Optional[Table] = None) -> tuple[Target, ...]:
    """The targets that ``--target`` and the configuration name; the newest recorded releases where nothing is named.

    Each value holds one or more of ``tensorflow==2.21``, ``keras==3.15`` and ``tf-keras==2.21``, with commas or blanks
    between. Values that name different packages make one target; a package that is named again begins the next.

    Raises:
        UsageError: a value has another form, or nothing is recorded of a release.
    """
    table = table or shipped()
    groups: list[dict[str, str]] = []
    for value in values:
        for name, version in _requirements(value):
            if not groups or name in groups[-1]:
                groups.append({})
            groups[-1][name] = version
    if not groups:
        groups.append({"tensorflow": max(_recorded(table, "tensorflow"), key=release)})
    return tuple(_target(group, table) for group in groups)


def _requirements(value: str) -> list[tuple[str, str]]:
    found = []
    for word in value.replace(",", " ").split():
        name, sign, version = word.partition("==")
        name = name.strip().lower().replace("_", "-")
        if name in TENSORFLOW_NAMES:
            name = "tensorflow"
        if not sign or name not in _PACKAGES or not _RELEASE.fullmatch(version.strip()):
            raise UsageError(
                f"--target {word} is not understood. Write a package and its release, like tensorflow==2.21, "
                "keras==3.15 or tf-keras==2.21."
            )
        found.append((name, version.strip()))
    return found


def _recorded(table: Table, package: str) -> dict[str, RecordedEnvironment]:
    """The recorded releases of a package by minor, with an environment that holds it; matching ones are preferred."""
    found: dict[str, RecordedEnvironment] = {}
    for environment in table.environments:
        version = environment.tensorflow if package == "tensorflow" else environment.versions.get(package, "")
        if version and environment.stacks:
            found.setdefault(minor(version), environment)
    return found


def _target(asked: Mapping[str, str], table: Table) -> Target:
    for package, version in asked.items():
        known = _recorded(table, package)
        if minor(version) not in known:
            first, last = min(known, key=release), max(known, key=release)
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
        beside = _recorded(table, "keras")[minor(versions["keras"])].tensorflow
        if beside:
            versions["tensorflow"] = minor(beside)
            notes.append(f"TensorFlow {minor(beside)} is taken, with which this Keras was recorded.")
    if "keras" not in versions and "tensorflow" in versions:
        versions["keras"], why = _keras_beside(versions["tensorflow"], table)
        notes.append(f"Keras {versions['keras']} is taken: {why}.")
    reads = release(versions.get("tensorflow", "0"))[:2] >= _READS_THE_VARIABLE_FROM
    if "tf-keras" not in versions and reads:
        versions["tf-keras"] = minor(versions["tensorflow"])
    named = {package: versions[package] for package in _PACKAGES if package in versions}
    name = " ".join(f"{package}=={version}" for package, version in named.items() if package != "tf-keras")
    numpy = _recorded(table, "tensorflow").get(minor(versions.get("tensorflow", "0")))
    return Target(_environment(named, numpy.versions.get("numpy", "") if numpy else ""), name, tuple(notes))


def _keras_beside(tensorflow: str, table: Table) -> tuple[str, str]:
    """The Keras that pip installs beside a TensorFlow where nothing pins it, and why."""
    if release(tensorflow)[:2] < _KERAS_3_FROM:
        return minor(tensorflow), f"TensorFlow {tensorflow} requires it"
    newest = max(_recorded(table, "keras"), key=release)
    return newest, "it is the newest that is recorded, and pip installs the newest where nothing pins it"


def _environment(versions: Mapping[str, str], numpy: str) -> Environment:
    """What an environment with these releases would be, with no variable set."""
    packages = [Package("numpy", "", numpy)]
    for name, version in versions.items():
        parts: tuple[str, ...] = ()
        if name != "tensorflow":
            parts = ("_tf_keras/keras",) if version.startswith("3") else ("api/_v2/keras",)
        packages.append(Package(name.replace("-", "_"), "", version, parts))
    reads = release(versions.get("tensorflow", "0"))[:2] >= _READS_THE_VARIABLE_FROM
    plain = Environment(
        interpreter=Interpreter(
            executable="",
            version=".".join(map(str, sys.version_info[:3])),
            implementation="CPython",
            system="",
            machine="",
            prefix="",
            base_prefix="",
            manager="pip",
        ),
        distributions=tuple(
            Distribution(name, version, "", owns=(name.replace("-", "_"),))
            for name, version in {**versions, "numpy": numpy}.items()
        ),
        packages=tuple(packages),
        tensorflow_reads_variable=reads if "tensorflow" in versions else None,
        legacy_values=_LEGACY_VALUES if reads else (),
    )
    return with_names_and_stacks(plain)
