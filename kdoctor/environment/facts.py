"""Turns the probe's raw facts into an :class:`~kdoctor.model.Environment`; pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from kdoctor.model import Distribution, Environment, Interpreter, KerasConfig, Package, Shadow, Unread
from kdoctor.versions import is_version, minor, release

TENSORFLOW_NAMES = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-gpu",
    "tensorflow-intel",
    "tensorflow-macos",
    "tensorflow-rocm",
    "tensorflow-cpu-aws",
    "tensorflow-aarch64",
    "intel-tensorflow",
    "intel-tensorflow-avx512",
    "tf-nightly",
    "tf-nightly-cpu",
    "tf-nightly-gpu",
    "tf-nightly-intel",
    "tf-nightly-macos",
    "tf-nightly-cpu-aws",
    "tf-nightly-rocm",
)
"""Every distribution that is TensorFlow itself, and no plug-in."""

KERAS_NAMES = ("keras", "keras-nightly", "keras-preview")
TF_KERAS_NAMES = ("tf-keras", "tf-keras-nightly")

_DISTRIBUTIONS_OF = {
    "tensorflow": TENSORFLOW_NAMES,
    "keras": KERAS_NAMES,
    "tf_keras": TF_KERAS_NAMES,
}


def environment_from(facts: Mapping[str, Any]) -> Environment:
    """The facts in the words of the model, names and stacks still to be derived."""
    packages = tuple(
        Package(
            name=raw["name"],
            path=raw["path"],
            version=raw["version"],
            parts=tuple(raw["parts"]),
            protobuf=raw["protobuf"],
            namespace=raw["namespace"],
        )
        for raw in facts["packages"]
    )
    distributions = _with_duplicates_marked(
        [
            Distribution(
                name=raw["name"],
                version=raw["version"],
                location=raw["location"],
                problem=raw["problem"] or no_version(raw["version"]),
                editable=bool(raw["editable"]),
                installer=raw["installer"],
                owns=tuple(raw["owns"]),
                requires=tuple(raw["requires"]),
                requires_python=raw["requires_python"],
                python_tag=raw["python_tag"],
            )
            for raw in facts["distributions"]
        ],
        {package.name: package.version for package in packages},
    )
    environment = Environment(
        interpreter=Interpreter(**facts["interpreter"]),
        distributions=distributions,
        installed=tuple(facts["installed"]),
        packages=packages,
        search_path=tuple(facts["search_path"]),
        variables=dict(facts["variables"]),
        keras_config=KerasConfig(**facts["keras_config"]),
        shadows=tuple(Shadow(**raw) for raw in facts["shadows"]),
        imported=tuple(facts["imported"]),
        unread=tuple(Unread(path, reason) for path, reason in facts["unread"].items()),
    )
    return _with_tensorflow(environment, facts.get("loader"))


def no_version(spelled: str) -> str:
    """Why nothing can be judged by what stands where a version should; empty where it is one."""
    return "" if is_version(spelled) else f"its version {spelled!r} is not a version"


def _with_duplicates_marked(found: list[Distribution], by_source: Mapping[str, str]) -> tuple[Distribution, ...]:
    """Where one folder holds two metadata folders of one distribution, marks the one that the package contradicts."""
    from dataclasses import replace

    groups: dict[tuple[str, str], list[int]] = {}
    for index, distribution in enumerate(found):
        if not distribution.problem:
            groups.setdefault((distribution.name, os.path.normcase(distribution.location)), []).append(index)
    marked = list(found)
    for indices in groups.values():
        if len(indices) < 2:
            continue
        actual = by_source.get(found[indices[0]].name.replace("-", "_"), "")
        true = [index for index in indices if actual and release(found[index].version) == release(actual)]
        # Without a source that says its version, the newest is as good a guess as any; it is marked all the same.
        kept = true[0] if true else max(indices, key=lambda index: release(found[index].version))
        for index in indices:
            if index != kept:
                marked[index] = replace(
                    found[index], problem=f"a second metadata folder beside that of {found[kept].version}"
                )
    return tuple(marked)


def _with_tensorflow(environment: Environment, loader: Any) -> Environment:
    """Adds what TensorFlow says of itself: its loader's reading of the variable, its Python and its NumPy."""
    from dataclasses import replace

    if loader is None:
        return environment
    version = tensorflow_version(environment)
    reads = loader["reads_variable"]
    if reads is None:
        reads = release(version) >= (2, 15) if version else None
    values = tuple(loader["values"]) or (("true", "True", "1") if reads else ())
    metadata = tensorflow_distribution(environment)
    return replace(
        environment,
        tensorflow_reads_variable=reads,
        legacy_values=values if reads else (),
        tensorflow_numpy=_requirement("numpy", metadata.requires, environment) if metadata else "",
        tensorflow_python=metadata.requires_python if metadata else "",
    )


def tensorflow_distribution(environment: Environment) -> Distribution | None:
    """The distribution that owns ``tensorflow/``; else any that goes by one of TensorFlow's names."""
    candidates = [found for found in environment.distributions if found.name in TENSORFLOW_NAMES and not found.problem]
    owners = [found for found in candidates if "tensorflow" in found.owns]
    return next(iter(owners or candidates), None)


def tensorflow_version(environment: Environment) -> str:
    """The version of the TensorFlow that is imported; empty where there is none."""
    return version_of(environment, "tensorflow")


def version_of(environment: Environment, package: str) -> str:
    """The version of an import package: as its metadata spells it where its source agrees, else as its source does.

    Empty where neither is known, or what stands there is not a version, so that nothing is judged by it.
    """
    stands = environment.package(package)
    names = _DISTRIBUTIONS_OF.get(package, (package.replace("_", "-"),))
    installed = [found for found in environment.distributions if found.name in names and not found.problem]
    owners = [found for found in installed if package in found.owns] or installed
    if stands is None or stands.namespace:
        return ""
    if not is_version(stands.version):
        return owners[0].version if owners else ""
    for found in owners:
        if release(found.version)[:3] == release(stands.version)[:3]:
            return found.version
    return stands.version


def _requirement(name: str, lines: Iterable[str], environment: Environment) -> str:
    """The specifiers that metadata gives for a package on this Python, blanks taken out; empty where it gives none."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    python = environment.interpreter.version
    here = {"python_version": minor(python), "python_full_version": python}
    for line in lines:
        if not canonicalize_name(line).startswith(name):
            continue
        try:
            wanted = Requirement(line)
            if canonicalize_name(wanted.name) == name and (wanted.marker is None or wanted.marker.evaluate(here)):
                return str(wanted.specifier)
        except (InvalidRequirement, ValueError, RecursionError):
            continue
    return ""
