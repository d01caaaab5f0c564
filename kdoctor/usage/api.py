"""Names that nobody wrote a rule for: what the code uses, held against what a release really has.

The table is made elsewhere: by :mod:`kdoctor.usage.api_probe` in the examined interpreter, or recorded from real
releases. Names in it are spelled as in the code: ``tf.keras.layers.LSTM``, ``keras.Model.fit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Optional

from kdoctor.model import Certainty
from kdoctor.usage.model import Use


@dataclass(frozen=True)
class Signature:
    """What a call accepts."""

    parameters: tuple[str, ...] = ()
    """The names that can be given as keywords, and those that are positional only, in order."""
    positional: Optional[int] = None
    """How many positional arguments it takes at most; None for any number."""
    open: bool = False
    """Whether it takes any keyword (``**kwargs``)."""


@dataclass(frozen=True)
class Api:
    """What a release has, as far as it was looked at."""

    names: Mapping[str, Optional[Signature]]
    """Every name that exists; None where it cannot be called, or its signature cannot be told."""
    missing: frozenset[str] = frozenset()
    """Names that were looked for and are not there."""
    siblings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the name of a module or class, what is in it: where something near to a missing name is looked for."""
    complete: bool = False
    """Whether a name that is in neither is missing, if what it would be in was looked at."""


@dataclass(frozen=True)
class Unknown:
    """A use that the release cannot serve."""

    use: Use
    name: str
    """What is not there: the whole name, or its first part that is missing."""
    keywords: tuple[str, ...] = ()
    """The keywords that are not accepted; empty where the name itself is missing."""
    too_many: Optional[int] = None
    """How many positional arguments are accepted, where more are given."""
    suggestions: tuple[str, ...] = ()
    """Names (or keywords) that are there and look like it, best first."""

    @property
    def certainty(self) -> Certainty:
        """A method may also come from a class that is not looked at, so its absence is only likely."""
        is_absent = not self.keywords and self.too_many is None
        return Certainty.LIKELY if self.use.member and is_absent else self.use.certainty


def questions(uses: Iterable[Use]) -> dict[str, tuple[str, ...]]:
    """The dotted names to look up, by stack, each once and in order: what a probe is asked in one batch."""
    asked: dict[str, dict[str, None]] = {}
    for use in uses:
        if use.stack:
            asked.setdefault(use.stack, {})[use.name] = None
    return {stack: tuple(names) for stack, names in sorted(asked.items())}


def check(uses: Iterable[Use], api: Api) -> list[Unknown]:
    """The uses that the release cannot serve: names that are missing, and keywords that are not accepted."""
    found = []
    for use in uses:
        absent = _first_missing(use.name, api)
        if absent is not None:
            found.append(Unknown(use, absent, suggestions=_near(absent, api)))
            continue
        signature = api.names.get(use.name)
        if signature is None or not use.called:
            continue
        refused = tuple(keyword for keyword in use.keywords if keyword not in signature.parameters)
        if refused and not signature.open:
            near = get_close_matches(refused[0], signature.parameters, 2, 0.6)
            found.append(Unknown(use, use.name, keywords=refused, suggestions=tuple(near)))
        elif use.positional is not None and signature.positional is not None and use.positional > signature.positional:
            found.append(Unknown(use, use.name, too_many=signature.positional))
    return found


def _first_missing(name: str, api: Api) -> Optional[str]:
    """The shortest beginning of the name that is not there; None if all of it is, or nothing is known of it."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        beginning = ".".join(parts[:length])
        if beginning in api.missing:
            return beginning
        if beginning in api.names:
            continue
        parent = ".".join(parts[: length - 1])
        if api.complete and parent in api.siblings:
            return beginning
        if parent not in api.siblings and parent in api.names:
            # What is below was not looked at: attributes of functions, of constants, of opaque modules.
            return None
    return None


def _near(name: str, api: Api) -> tuple[str, ...]:
    """What may be meant: something alike in the same place, or the same name in another place."""
    parent, _, last = name.rpartition(".")
    inside = _alike(last, api.siblings.get(parent, ()))
    found = [f"{parent}.{other}" for other in inside]
    for place, names in api.siblings.items():
        if last in names and place != parent and len(found) < 3:
            found.append(f"{place}.{last}")
    return tuple(found[:3])


def _alike(name: str, candidates: Sequence[str]) -> list[str]:
    """Those that look like it, the same in another case first."""
    same = [candidate for candidate in candidates if candidate.lower() == name.lower() and candidate != name]
    near = get_close_matches(name, candidates, 3, 0.75)
    return list(dict.fromkeys([*same, *near]))


def describe(unknown: Unknown) -> str:
    """One line for the user, without the place and the release."""
    if unknown.keywords:
        said = f"{unknown.use.name} does not accept {', '.join(f'{keyword}=' for keyword in unknown.keywords)}"
        hint = [f"{name}=" for name in unknown.suggestions]
    elif unknown.too_many is not None:
        return f"{unknown.use.name} takes {unknown.too_many} positional arguments, {unknown.use.positional} are given"
    else:
        said = f"{unknown.name} does not exist"
        hint = list(unknown.suggestions)
    return f"{said}; did you mean {' or '.join(hint)}?" if hint else said


def read_answers(answers: Mapping[str, object]) -> Api:
    """The table out of what the probe wrote."""
    names: dict[str, Optional[Signature]] = {}
    missing = set()
    siblings: dict[str, tuple[str, ...]] = {}
    found = answers.get("names")
    for name, entry in found.items() if isinstance(found, dict) else ():
        if not entry.get("exists"):
            missing.add(name)
            continue
        parameters = entry.get("parameters")
        names[name] = (
            None
            if parameters is None
            else Signature(tuple(parameters), entry.get("positional"), bool(entry.get("open")))
        )
    listed = answers.get("siblings")
    for name, members in listed.items() if isinstance(listed, dict) else ():
        siblings[name] = tuple(members)
    return Api(names, frozenset(missing), siblings)
