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


Has = Callable[[Family, str, int], bool]
"""Whether a family has something of an address on a release, by its index."""


def _place(label: str, path: str, has: Has) -> Place:
    family = families()[label]
    have = tuple(version for index, version in enumerate(family.versions) if has(family, path, index))
    return Place(label.partition(" ")[2], family.versions, have)


def places(name: str) -> list[Place]:
    """Every implementation that has, or could have, a public name."""
    namespaces = {label: label.partition(" ")[0] + "." for label in families()}
    return [
        _place(label, name[len(namespace) :], Family.has)
        for label, namespace in namespaces.items()
        if name.startswith(namespace) and not (namespace == "tf." and name.startswith("tf.keras."))
    ]


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
    keras = "keras" if name.startswith("keras.") else "tf.keras"
    wanted = [keras] if name.startswith(("keras.", "tf.keras.")) else ["tf", keras]
    found = []
    for namespace in wanted:
        label = namespace if namespace == "tf" else f"{namespace} keras3"
        for rest in _addresses(label, -1).get(name.rpartition(".")[2], ()):
            of_class = rest.split(".")[-3:-2] and rest.split(".")[-3][:1].isupper()
            if not of_class and "legacy" not in rest and "experimental.numpy" not in rest:
                found.append(f"{namespace}.{rest}")
    return sorted((one for one in found if one != name), key=lambda one: (one.count("."), one))[:2]


@cache
def _addresses(label: str, at: int) -> dict[str, list[str]]:
    """By their last part, the names of a family on its first release (0) or its last (-1)."""
    family = families()[label]
    names: dict[str, list[str]] = {}
    for name in family.names(at % len(family.versions)):
        names.setdefault(name.rpartition(".")[2], []).append(name)
    return names


# -------------------------------------------------------------------------------------- classes and arguments

_MODELS = ("Functional", "TensorFlowTrainer", "JAXTrainer", "TorchTrainer", "Trainer")
"""Classes that messages name and that have no public name of their own: they are a Model."""


def member(owner: str, name: str) -> str:
    """Which Keras has a member of a class, where one of them lacks it: ``'Adam' object has no attribute 'lr'``."""
    found = _contrast(_of_class(owner, lambda family, path, index: family.has(f"{path}.{name}", index)))
    return f"{owner} has `{name}` in {found}." if found else ""


def argument(owner: str, function: str, name: str) -> str:
    """Which Keras takes an argument, where one of them refuses it: ``LSTM(time_major=...)``."""
    what = f".{function}" if function else ""

    def takes(family: Family, path: str, index: int) -> bool:
        parameters = family.parameters(path + what, index) if family.has(path + what, index) else ()
        return any(one.rstrip("=") == name for one in parameters or ())

    found = _contrast(_of_class(owner, takes))
    return f"`{name}` is an argument of {owner}{what} in {found}." if found else ""


def is_known(owner: str) -> bool:
    """Whether a class, or what stands for it, is in the public API of any recorded Keras."""
    return bool(_of_class(owner, lambda family, path, index: False))


def _contrast(found: Sequence[Place]) -> str:
    """Who has it and who lacks it; empty where no recorded release, or every one, has it."""
    have, lack = [place for place in found if place.have], [place for place in found if not place.have]
    if not have or all(place.have == place.versions for place in found):
        return ""
    return _listed(have) + (f", not in {_listed(lack)}" if lack else "")


def _of_class(owner: str, has: Has) -> list[Place]:
    """Every Keras that has a class, at its shortest address."""
    owner = "Model" if owner in _MODELS else owner
    found = []
    for label in families():
        is_asked = label.startswith("tf.keras ") and owner[:1].isupper()
        names = [name for at in (0, -1) for name in _addresses(label, at).get(owner, ())] if is_asked else []
        if names:
            found.append(_place(label, min(names, key=lambda name: name.count(".")), has))
    return found
