"""What :mod:`kdoctor.observe.look_up` found in the examined interpreter, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from kdoctor.usage.api import Signature, Table


@dataclass(frozen=True)
class Asked(Table):
    """What an interpreter answered."""

    names: Mapping[str, Optional[Signature]] = field(default_factory=dict)
    """Every name that exists; None where it cannot be called, or its signature cannot be told."""
    classes: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """Names that were looked for and are not there."""
    siblings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the name of a module or class in which something is missing, what is in it."""
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the last part of a missing name, where that is too."""

    def first_missing(self, name: str) -> Optional[str]:
        """See :class:`Table`."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            beginning = ".".join(parts[:length])
            if beginning in self.missing:
                return beginning if self._is_known_to_matter(beginning) else None
        return None

    def _is_known_to_matter(self, name: str) -> bool:
        """Objects have attributes that their class does not show; one that some recorded release had is none of those.

        What is looked for in a module is simply there or not.
        """
        owner, _, last = name.rpartition(".")
        if owner not in self.classes:
            return True
        from kdoctor.records.api import was_ever_there

        return not last.startswith("_") and was_ever_there(name)

    def is_class(self, name: str) -> bool:
        """See :class:`Table`."""
        return name in self.classes

    def signature(self, name: str) -> Optional[Signature]:
        """See :class:`Table`."""
        return self.names.get(name)

    def beside(self, name: str) -> Sequence[str]:
        """See :class:`Table`."""
        return self.siblings.get(name.rpartition(".")[0], ())

    def elsewhere(self, last: str) -> Sequence[str]:
        """See :class:`Table`."""
        return self.others.get(last, ())


def read_answers(answers: Mapping[str, Any]) -> Asked:
    """The table out of what the probe wrote."""
    names: dict[str, Optional[Signature]] = {}
    classes, missing = set(), set()
    for name, entry in answers["names"].items():
        if entry["exists"] is False:
            missing.add(name)
        if not entry["exists"]:
            continue
        if entry.get("class"):
            classes.add(name)
        parameters = entry.get("parameters")
        names[name] = None if parameters is None else Signature(tuple(parameters), entry["positional"], entry["open"])
    return Asked(names, frozenset(classes), frozenset(missing), answers["siblings"], answers["elsewhere"])
