"""The public API of the recorded releases: which names there are, and the parameters of each callable.

The file (schema ``kdoctor.api/1``) has a *family* for each implementation and each way to reach it: ``tf`` is
TensorFlow's own, ``tf.keras keras3`` is Keras 3 as ``tf.keras``. A name has the number of its parameter list, or, where
it is not the same on every release of the family, ``0-3:17 5-15:18`` with the releases by their number.

Parameters are written as ``x`` (needs a value), ``x=`` (has a default), ``*`` (what follows is given by name only),
``*args`` and ``**kwargs``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Optional, Union

from kdoctor.versions import is_version, minor, release

SCHEMA = "kdoctor.api/1"
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "api.json")

Parameters = tuple[str, ...]
Runs = Union[int, str]

_KERAS_IN_TENSORFLOW = ("losses", "metrics", "optimizers", "initializers")
_OTHER_DOORS = ("tf.compat.v", *(f"tf.{area}." for area in _KERAS_IN_TENSORFLOW))
"""How names begin that are on record under another one."""


def _words(name: str) -> frozenset[str]:
    with open(os.path.join(os.path.dirname(PATH), name), encoding="ascii") as file:
        return frozenset(file.read().split())


_ONLY_KERAS_2 = _words("keras2_members.txt")
"""Members of models, layers, optimizers, metrics and callbacks of Keras 2.15 that are no word in any Keras 3."""
_BEFORE = {"Variable": "tf.Variable", "KerasTensor": "tf.Tensor"}
"""Classes of Keras 3 with those that code got in their place from Keras 2."""
_TF_KERAS_STACKS = ("tf.keras+legacy", "tf_keras")


class Family:
    """The names of one implementation, reached in one way, on all its recorded releases."""

    def __init__(self, namespace: str, raw: Mapping[str, Any], lists: Sequence[Optional[str]]) -> None:
        self.namespace = namespace
        self.versions: tuple[str, ...] = tuple(raw["versions"])
        self._names: Mapping[str, Runs] = raw["names"]
        self._bases: Mapping[str, Runs] = raw["bases"]
        self._opaque: Mapping[str, Runs] = raw["opaque"]
        self._lists = lists

    def _number(self, name: str, index: int) -> Optional[int]:
        """The number of a name's parameters on a release; of a member of a class also where a base brings it."""
        owner, _, member = name.rpartition(".")
        places = (name, *(f"{base}.{member}" for base in self.bases(owner, index)))
        numbers = (number_at(self._names.get(place), index) for place in places)
        return next((number for number in numbers if number is not None), None)

    def parameters(self, name: str, index: int) -> Optional[Parameters]:
        """The parameters of a callable on a release; None where they are not known.

        Raises:
            KeyError: there is no such name.
        """
        number = self._number(name, index)
        if number is None:
            raise KeyError(name)
        text = self._lists[number]
        return None if text is None else tuple(text.split())

    def has(self, name: str, index: int) -> bool:
        """Whether there is such a name on a release."""
        return self._number(name, index) is not None

    def ever_had(self, name: str) -> bool:
        """Whether there is such a name on any recorded release."""
        return any(self.has(name, index) for index in range(len(self.versions)))

    def is_class(self, name: str, index: int) -> bool:
        """Whether a name is a class on a release."""
        return number_at(self._bases.get(name), index) is not None

    def is_opaque(self, name: str, index: int) -> bool:
        """Whether nothing below a name was recorded."""
        return number_at(self._opaque.get(name), index) is not None

    def names(self, index: int) -> Iterator[str]:
        """The names on a release; members of a class stand under the class that brings them."""
        return (name for name, runs in self._names.items() if number_at(runs, index) is not None)

    def bases(self, name: str, index: int) -> list[str]:
        """The public bases of a class on a release, nearest first."""
        number = number_at(self._bases.get(name), index)
        return (self._lists[number] or "").split() if number is not None else []


def number_at(runs: Optional[Runs], index: int) -> Optional[int]:
    """The number that holds on a release; None where the name is not there."""
    if runs is None or isinstance(runs, int):
        return runs
    for run in runs.split():
        span, _, number = run.partition(":")
        first, _, last = span.partition("-")
        if int(first) <= index <= int(last or first):
            return int(number)
    return None


class Api(Mapping[str, Optional[Parameters]]):
    """The names that code has on one stack, each with its parameters, or None where they are not known.

    Names are spelled as code reaches them: ``tf.one_hot``, ``tf.keras.layers.LSTM``, ``keras.Model.fit``,
    ``tf_keras.Model``.
    """

    def __init__(self, parts: Sequence[tuple[Family, int]], families: Sequence[Family]) -> None:
        self._parts = {family.namespace: (family, index) for family, index in parts}
        self._families = families

    @property
    def releases(self) -> dict[str, str]:
        """The recorded release behind each namespace: ``{"tf": "2.18.1", "tf.keras": "3.8.0"}``."""
        return {namespace: family.versions[index] for namespace, (family, index) in self._parts.items()}

    def __getitem__(self, name: str) -> Optional[Parameters]:
        part, rest = self._part(name)
        if part is None:
            raise KeyError(name)
        return part[0].parameters(rest, part[1]) if rest else None

    def __contains__(self, name: object) -> bool:
        part, rest = self._part(str(name))
        return part is not None and (not rest or part[0].has(rest, part[1]))

    def __iter__(self) -> Iterator[str]:
        for namespace, (family, index) in self._parts.items():
            for name in family.names(index):
                yield f"{namespace}.{name}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def covers(self, name: str) -> bool:
        """Whether the absence of a name is known, so that code which uses it fails.

        It is not for what lies below a name that was not looked into, nor for an attribute of a class that no recorded
        release has, and no class that stood in its place: objects have attributes that their class does not show.
        """
        part, rest = self._part(name)
        if part is None or not rest:
            return False
        family, index = part
        owner, _, member = rest.rpartition(".")
        if member in _ONLY_KERAS_2 and family.is_class(owner, index):
            return self.is_keras_3
        if any(piece.startswith("_") for piece in rest.split(".")):
            return False
        while owner and not family.has(owner, index):
            rest, owner = owner, owner.rpartition(".")[0]
        if not owner:
            return True
        if family.is_class(owner, index):
            return self.ever_had(f"{family.namespace}.{rest}") or self._before(rest) in self
        return family.parameters(owner, index) is None and not family.is_opaque(owner, index)

    def is_class(self, name: str) -> bool:
        """Whether a name is there and is a class."""
        part, rest = self._part(name)
        return part is not None and bool(rest) and part[0].is_class(rest, part[1])

    def ever_had(self, name: str) -> bool:
        """Whether any recorded release has the name, reached in the same way."""
        part, rest = self._part(name)
        return part is not None and any(
            other.ever_had(rest) for other in self._families if other.namespace == part[0].namespace
        )

    def was_method(self, name: str) -> bool:
        """Whether code could call a member of a class on another release, or on that which stood in its place."""
        part, rest = self._part(name)
        if part is None:
            return False
        alike = [family for family in self._families if family.namespace == part[0].namespace]
        runs = ((family, index) for family in alike for index in range(len(family.versions)) if family.has(rest, index))
        return self.get(self._before(rest)) is not None or any(
            family.parameters(rest, index) is not None for family, index in runs
        )

    def _before(self, rest: str) -> str:
        owner, _, member = rest.rpartition(".")
        return f"{_BEFORE[owner]}.{member}" if owner in _BEFORE else ""

    def spelled(self, name: str) -> str:
        """The name under which the same thing is on record: ``tf.losses.X`` is ``tf.keras.losses.X``."""
        if not name.startswith(_OTHER_DOORS) or name == "tf.compat.v2.enable_v2_behavior":  # which is there alone
            return name
        name = f"tf.{name[len('tf.compat.v2.') :]}" if name.startswith("tf.compat.v2.") else name
        if name.startswith("tf.compat.v1.keras") and self.is_keras_3:  # Keras 2 has its older interface there
            return f"tf.{name[len('tf.compat.v1.') :]}"
        _, area, *rest = name.split(".")
        return ".".join(("tf.keras", area, *rest)) if rest and area in _KERAS_IN_TENSORFLOW else name

    @property
    def is_keras_3(self) -> bool:
        """Whether it is the API of Keras 3."""
        versions = [version for namespace, version in self.releases.items() if namespace != "tf"]
        return bool(versions) and release(versions[0]) >= (3,)

    def _part(self, name: str) -> tuple[Optional[tuple[Family, int]], str]:
        """The family that a name belongs to, and the name below its namespace."""
        name = self.spelled(name)
        for namespace in ("tf.keras", "tf_keras", "keras", "tf"):
            if name == namespace or name.startswith(f"{namespace}."):
                return self._parts.get(namespace), name[len(namespace) + 1 :]
        return None, ""


def api(tensorflow: str, keras: str, stack: str = "tf.keras") -> Optional[Api]:
    """The API of a stack, from the nearest recorded minor releases; None where it is older or newer than all of them.

    Args:
        tensorflow: its version; empty where there is none.
        keras: the version of the implementation that answers on the stack.
        stack: ``tf.keras``, ``tf.keras+legacy``, ``tf.keras+keras3``, ``keras`` or ``tf_keras``.
    """
    wanted = [("tf", tensorflow)] if tensorflow else []
    if stack in _TF_KERAS_STACKS:
        wanted += [("tf.keras tf-keras", keras), ("tf_keras tf-keras", keras)]
    else:
        namespace = "keras" if stack == "keras" else "tf.keras"
        wanted.append((f"{namespace} keras{keras.partition('.')[0]}", keras))
    parts = []
    for name, version in wanted:
        family = families().get(name)
        if family is None or not _is_within(family.versions, version):
            return None
        parts.append((family, nearest(family.versions, version)))
    return Api(parts, tuple(families().values()))


def was_ever_there(name: str) -> bool:
    """Whether any recorded release has a name, spelled as code reaches it."""
    return any(
        name.startswith(f"{family.namespace}.") and family.ever_had(name[len(family.namespace) + 1 :])
        for family in families().values()
    )


def _is_within(versions: Sequence[str], version: str) -> bool:
    """Whether a version is one, and not older or newer than everything that was recorded: of those nothing is known."""
    if not is_version(version):
        return False
    recorded = [release(minor(each)) for each in versions]
    return min(recorded) <= release(minor(version)) <= max(recorded)


def nearest(versions: Sequence[str], version: str) -> int:
    """The number of the recorded release whose minor is nearest; of two equally near the earlier one."""
    here = release(minor(version))
    distances = [abs(release(each)[1] - here[1]) + 1000 * abs(release(each)[0] - here[0]) for each in versions]
    return distances.index(min(distances))


@cache
def families() -> dict[str, Family]:
    """Every family of the file that ships with kdoctor."""
    with open(PATH, encoding="utf-8") as file:
        return families_of(json.load(file))


def families_of(data: dict[str, Any]) -> dict[str, Family]:
    """The families in a data file."""
    return {name: Family(name.partition(" ")[0], raw, data["lists"]) for name, raw in data["families"].items()}


# ---------------------------------------------------------------------------------------------------- TensorFlow 1

MOVED = _words("tensorflow1.txt")
"""Names below ``tf`` that TensorFlow 2 has under ``tf.compat.v1`` alone, as the modules of 2.21 show them, but for what
is Keras by another name."""
_GONE = frozenset({"contrib", "examples", "mul", "sub", "neg"})
"""Names below ``tf`` of which nothing is left."""


def successor(name: str) -> Optional[str]:
    """Where a name of TensorFlow 1 is now: ``tf.compat.v1.placeholder``; empty where it is gone, None for any other."""
    root, _, rest = name.partition(".")
    if root != "tf" or not (rest in MOVED or rest in _GONE):
        return None
    return f"tf.compat.v1.{rest}" if rest in MOVED else ""
