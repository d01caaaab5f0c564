"""The API of a release that is not installed, out of the tables that were recorded from the real releases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import Optional

from kdoctor.records.api import Api, Parameters
from kdoctor.usage.api import Signature, Table, Unknown
from kdoctor.usage.api import check as check_against
from kdoctor.usage.model import Hit, Use

_INSIDES = frozenset({"python", "core", "src", "api", "_api", "compiler", "tools", "examples", "include", "dtensor"})
"""Folders of a package that are no part of its interface, but can be imported; of them nothing was recorded."""


class RecordedApi(Table):
    """What was recorded of one stack of one release."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def first_missing(self, name: str) -> Optional[str]:
        """See :class:`Table`."""
        if name in self._api or not self._api.covers(name):
            return None
        root, parts = _split(name)
        if not _INSIDES.isdisjoint(parts):
            return None
        beginning = root
        for part in parts:
            beginning += "." + part
            if beginning not in self._api:
                return beginning if self._api.covers(beginning) and not self._is_in_an_object(beginning) else None
        return None

    def _is_in_an_object(self, name: str) -> bool:
        """Whether it is looked for in an attribute of a class: what that holds was not looked at."""
        owner = name.rpartition(".")[0]
        return not self._api.is_class(owner) and self._api.is_class(owner.rpartition(".")[0])

    def is_class(self, name: str) -> bool:
        """See :class:`Table`."""
        return self._api.is_class(name)

    def signature(self, name: str) -> Optional[Signature]:
        """See :class:`Table`."""
        parameters = self._api.get(name)
        return None if parameters is None else signature_of(parameters)

    def beside(self, name: str) -> Sequence[str]:
        """See :class:`Table`."""
        return self._members.get(name.rpartition(".")[0], ())

    def elsewhere(self, last: str) -> Sequence[str]:
        """See :class:`Table`."""
        return self._by_last.get(last, ())

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        """By the name of a module or class, what is in it. Made when the first name is missing."""
        found: dict[str, list[str]] = {}
        for name in self._api:
            parent, _, last = name.rpartition(".")
            found.setdefault(parent, []).append(last)
        return found

    @cached_property
    def _by_last(self) -> dict[str, list[str]]:
        """By its last part, the whole names of what is in modules; those nearest to the root first."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._api, key=lambda name: (name.count("."), name)):
            parent, _, last = name.rpartition(".")
            if not self._api.is_class(parent):
                found.setdefault(last, []).append(name)
        return found


def signature_of(parameters: Parameters) -> Signature:
    """A signature out of the notation of the tables: ``x``, ``x=``, ``*``, ``*args``, ``**kwargs``."""
    names: list[str] = []
    positional: Optional[int] = None
    is_open = starred = False
    for parameter in parameters:
        if parameter.startswith("**"):
            is_open = True
        elif parameter.startswith("*"):
            positional = len(names) if parameter == "*" else None
            starred = True
        else:
            names.append(parameter.rstrip("="))
    return Signature(tuple(names), positional if starred else len(names), is_open)


def check(
    uses: Iterable[Use], lookup: Callable[[str], Optional[Api]], told: Collection[Hit] = ()
) -> tuple[Unknown, ...]:
    """The uses that a recorded release cannot serve.

    Args:
        uses: what the code uses.
        lookup: the recorded API of a stack (for names of TensorFlow, ``tensorflow``); None where none was recorded.
        told: hits of which a finding tells; what stands on the same line is not told twice.
    """

    def table_of(stack: str) -> Optional[Table]:
        api = lookup(stack)
        return None if api is None else RecordedApi(api)

    return check_against(uses, table_of, told)


def _split(name: str) -> tuple[str, list[str]]:
    """The namespace that a name begins with, and the parts below it."""
    for root in ("tf.keras", "tf_keras", "keras", "tf"):
        if name == root or name.startswith(root + "."):
            return root, name[len(root) + 1 :].split(".") if name != root else []
    return name, []
