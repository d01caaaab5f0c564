"""In which recorded releases a name of an error message is, and where else the same name is: sentences for people.

Only what was recorded is said. Messages name modules as Python does (``keras._tf_keras.keras.layers``), the record as
code reaches them (``tf.keras.layers``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from kdoctor.records.api import Family, families
from kdoctor.versions import minor
from kdoctor.words import Implementation, Shown

_PUBLIC = (
    (re.compile(r"^keras\._tf_keras\.keras\b|^keras\.api\._v2\.keras\b|^tensorflow\.keras\b"), "tf.keras"),
    (re.compile(r"^keras\.api\b(?!\._)"), "keras"),
    (re.compile(r"^tensorflow(?:\._api\.v2|\.compat\.v2)?(?=\.|$)(?!\.python)"), "tf"),
)
_OURS = re.compile(r"(?:tf|keras|tf_keras)(?:\.|$)")
_INNER = re.compile(r"^(?:keras|tf_keras|tensorflow)\.(?:src|engine|python|_impl|_internal)\b|\._")
_LABELS = {"": "TensorFlow", **{one.value: one.label for one in Implementation}}


class Place(NamedTuple):
    """A namespace of an implementation in which a name was looked up."""

    kind: str  # `keras2`, `keras3`, `tf-keras`; empty for TensorFlow's own names
    versions: tuple[str, ...]  # the recorded releases
    have: tuple[str, ...]  # those of them that have the name

    def __str__(self) -> str:
        first, last = minor(self.have[0]), minor(self.have[-1])
        since = f" from {first}" if self.have[0] != self.versions[0] else ""
        until = f" up to {last}" if self.have[-1] != self.versions[-1] or self.kind == "keras2" else ""
        return f"{_LABELS[self.kind]}{since}{until}"


def public(module: str) -> str:
    """A module as code names it; empty where it is neither Keras's nor TensorFlow's."""
    for pattern, name in _PUBLIC:
        module, replaced = pattern.subn(name, module, count=1)
        if replaced:
            break
    return module if _OURS.match(module) else ""


def is_inner(module: str) -> bool:
    """Whether a module is an inner one, which no release promises to keep."""
    return bool(_INNER.search(re.sub(r"^keras\._tf_keras|^keras\.api\._v[12]|^tensorflow\._api\.v[12]", "", module)))


def places(name: str) -> list[Place]:
    """Every implementation that has, or could have, a public name."""
    found = []
    for label, family in families().items():
        namespace, _, kind = label.partition(" ")
        if name.startswith(f"{namespace}.") and not (namespace == "tf" and name.startswith("tf.keras.")):
            rest = name[len(namespace) + 1 :]
            have = tuple(version for index, version in enumerate(family.versions) if family.has(rest, index))
            found.append(Place(kind, family.versions, have))
    return found


def whereabouts(name: str, shown: Shown) -> str:
    """Which releases have a name, and under which other address Keras 3 or the newest TensorFlow has it."""
    found = places(name)
    if not found:
        return ""
    mine = [place for place in found if _is_shown(place, shown)]
    if mine and all(_has(place, shown) for place in mine):
        return f"`{name}` is in the recorded {_listed(mine)}: so what is imported here is something else, or damaged."
    other = _elsewhere(name)
    also = f" The same name is there as {' or '.join(f'`{one}`' for one in other)}." if other else ""
    if not any(place.have for place in found):
        spans = ", ".join(
            f"{_LABELS[place.kind]} {minor(place.versions[0])} to {minor(place.versions[-1])}" for place in found
        )
        return f"No recorded release has `{name}` ({spans}).{also}"
    if all(place.have == place.versions for place in found):
        return f"`{name}` is in every recorded release of {_listed(found)}: what is imported is older, or damaged."
    return f"`{name}` is in {_contrast(found)}.{also}"


def _listed(found: Sequence[Place]) -> str:
    return " and ".join(dict.fromkeys(str(place) if place.have else _LABELS[place.kind] for place in found))


def _is_shown(place: Place, shown: Shown) -> bool:
    """Whether a text shows that it is about this implementation."""
    if not place.kind:
        return minor(shown.versions.get("tensorflow", "")) in {minor(version) for version in place.versions}
    return shown.implementation is not None and shown.implementation.value == place.kind


def _has(place: Place, shown: Shown) -> bool:
    """Whether the release that a text shows has the name; where it shows none, whether every recorded one has."""
    version = shown.versions.get("keras" if place.kind else "tensorflow", "")
    if version:
        return minor(version) in {minor(one) for one in place.have}
    return place.have == place.versions


def _elsewhere(name: str) -> list[str]:
    """Other public addresses of the last part of a name on the newest recorded release."""
    last = name.rpartition(".")[2]
    keras = "keras" if name.startswith("keras.") else "tf.keras"
    wanted = [keras] if name.startswith(("keras.", "tf.keras.")) else ["tf", keras]
    found = [f"{namespace}.{rest}" for namespace in wanted for rest in _newest(namespace).get(last, ())]
    return sorted((one for one in found if one != name), key=lambda one: (one.count("."), one))[:2]


@cache
def _newest(namespace: str) -> dict[str, tuple[str, ...]]:
    """By their last part, the names of a namespace on its newest recorded release."""
    label = namespace if namespace == "tf" else f"{namespace} keras3"
    names: dict[str, list[str]] = {}
    if label in families():
        family = families()[label]
        for name in family.names(len(family.versions) - 1):
            owner, _, last = name.rpartition(".")
            if not owner.rpartition(".")[2][:1].isupper() and "legacy" not in name and "experimental.numpy" not in name:
                names.setdefault(last, []).append(name)
    return {last: tuple(each) for last, each in names.items()}


# -------------------------------------------------------------------------------------- classes and arguments

_MODELS = ("Functional", "TensorFlowTrainer", "JAXTrainer", "TorchTrainer", "Trainer")
"""Classes that messages name and that have no public name of their own: they are a Model."""


def member(owner: str, name: str) -> str:
    """Which Keras has a member of a class, where one of them lacks it: ``'Adam' object has no attribute 'lr'``."""
    found = _of_class(owner, lambda family, path, index: family.has(f"{path}.{name}", index))
    return f"{owner} has `{name}` in {_contrast(found)}." if _contrast(found) else ""


def argument(owner: str, function: str, name: str) -> str:
    """Which Keras takes an argument, where one of them refuses it: ``LSTM(time_major=...)``."""
    found = _of_class(owner, lambda family, path, index: _takes(family, path, function, name, index))
    what = f"{owner}.{function}" if function else owner
    return f"`{name}` is an argument of {what} in {_contrast(found)}." if _contrast(found) else ""


def is_known(owner: str) -> bool:
    """Whether a class, or what stands for it, is in the public API of any recorded Keras."""
    return bool(_of_class(owner, lambda family, path, index: False))


def _contrast(found: Sequence[Place]) -> str:
    """Who has it and who lacks it; empty where no recorded release, or every one, has it."""
    have, lack = [place for place in found if place.have], [place for place in found if not place.have]
    if not have or all(place.have == place.versions for place in found):
        return ""
    return _listed(have) + (f", not in {_listed(lack)}" if lack else "")


def _of_class(owner: str, has: Callable[[Family, str, int], bool]) -> list[Place]:
    owner = "Model" if owner in _MODELS else owner
    found = []
    for label, family in families().items():
        namespace, _, kind = label.partition(" ")
        path = _paths(label).get(owner, "") if kind and namespace == "tf.keras" else ""
        if path:
            have = (version for index, version in enumerate(family.versions) if has(family, path, index))
            found.append(Place(kind, family.versions, tuple(have)))
    return found


@cache
def _paths(label: str) -> dict[str, str]:
    """By its last part, the shortest address of each class of a namespace, on its first and its last release."""
    family = families()[label]
    found: dict[str, str] = {}
    for index in (0, len(family.versions) - 1):
        for name in family.names(index):
            last = name.rpartition(".")[2]
            if last[:1].isupper() and (last not in found or name.count(".") < found[last].count(".")):
                found[last] = name
    return found


def _takes(family: Family, path: str, function: str, name: str, index: int) -> bool:
    try:
        parameters = family.parameters(f"{path}.{function}" if function else path, index)
    except KeyError:
        return False
    return any(one.rstrip("=") == name for one in parameters or ())
