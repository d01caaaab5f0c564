"""Names that nobody wrote a rule for: what the code uses, held against what a release really has.

A :class:`Table` says what there is: :class:`kdoctor.usage.asking.Asked` of the examined interpreter,
:class:`kdoctor.usage.recorded_api.RecordedApi` of a release that is not here. Names are spelled as the code reaches
them: ``tf.keras.layers.LSTM``, ``keras.Model.fit``.

What is not known for certain to fail is not told: a name that the code itself has a way around (a version check, a
``try`` with a fallback), one that a star import may have brought, an attribute that objects may have although their
class shows none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Optional, Protocol

from kdoctor.model import Certainty
from kdoctor.usage.model import Hit, Place, Use


@dataclass(frozen=True)
class Signature:
    """What a call accepts."""

    parameters: tuple[str, ...] = ()
    """The names that can be given as keywords, in order."""
    positional: Optional[int] = None
    """How many positional arguments it takes at most; None for any number."""
    open: bool = False
    """Whether it takes any keyword (``**kwargs``)."""


class Table(Protocol):
    """What a release has, as far as it was looked at."""

    def first_missing(self, name: str) -> Optional[str]:
        """The shortest beginning of a name that is known not to be there; None if it is, or nothing is known of it."""

    def is_class(self, name: str) -> bool:
        """Whether the name is there and is a class."""

    def signature(self, name: str) -> Optional[Signature]:
        """What calling it accepts; None where it cannot be told."""

    def beside(self, name: str) -> Sequence[str]:
        """What else is in the module or class in which a name was looked for, without the path to it."""

    def elsewhere(self, last: str) -> Sequence[str]:
        """The whole names that have the same last part, nearest to the root first."""


@dataclass(frozen=True)
class Unknown:
    """A use that the release cannot serve."""

    use: Use
    places: tuple[Place, ...]
    """Where: those of the use that no finding tells of already."""
    name: str
    """What is not there: the whole name, or its first part that is missing."""
    keywords: tuple[str, ...] = ()
    """The keywords that are not accepted; empty where the name itself is missing."""
    too_many: Optional[int] = None
    """How many positional arguments are accepted, where more are given."""
    suggestions: tuple[str, ...] = ()
    """Names (or keywords) that are there and look like it, best first."""

    @property
    def is_missing(self) -> bool:
        """Whether the name is missing, as opposed to an argument that is refused."""
        return not self.keywords and self.too_many is None

    @property
    def certainty(self) -> Certainty:
        """A method may also come from a class that is not looked at, so its absence is only likely."""
        return Certainty.LIKELY if self.use.member and self.is_missing else Certainty.CERTAIN


def questions(uses: Iterable[Use]) -> dict[str, tuple[str, ...]]:
    """The dotted names to look up, by stack, each once and in order: what an interpreter is asked in one batch."""
    asked: dict[str, dict[str, None]] = {}
    for use in uses:
        if use.stack and use.certainty is Certainty.CERTAIN:
            asked.setdefault(use.stack, {})[use.name] = None
    return {stack: tuple(names) for stack, names in sorted(asked.items())}


def check(
    uses: Iterable[Use], table_of: Callable[[str], Optional[Table]], told: Collection[Hit] = ()
) -> tuple[Unknown, ...]:
    """The uses that a release cannot serve: names that are missing, and arguments that are not accepted.

    Args:
        uses: what the code uses.
        table_of: what there is on a stack (``tf.keras``, ``keras``, ``tensorflow``, ...; see
            :mod:`kdoctor.usage.model`); None where nothing is known of it.
        told: hits of which a finding tells; the name that is missing on the same line is not told twice, nor is the
            argument that they are about.
    """
    lines: dict[tuple[str, int, int], list[str]] = {}
    for hit in told:
        place = hit.location
        lines.setdefault((place.path, place.cell, place.line), []).append(place.what)
    told_modules: set[tuple[str, str, str]] = set()
    tables: dict[str, Optional[Table]] = {}
    known: dict[tuple[object, ...], Optional[Unknown]] = {}
    found = []
    for use in uses:
        if not use.stack or use.certainty is not Certainty.CERTAIN:
            continue
        if use.stack not in tables:
            tables[use.stack] = table_of(use.stack)
        table = tables[use.stack]
        if table is None:
            continue
        key = (use.stack, use.name, use.called, use.positional, use.keywords, use.member)
        if key not in known:
            known[key] = _judge(use, table)
        unknown = known[key]
        if unknown is None:
            continue
        untold = list(_untold(unknown, use, lines))
        if sum(len(one.places) for one in untold) < len(use.places) and unknown.name != use.name:
            told_modules.add((use.path, use.stack, unknown.name))
        found += untold
    # What is called out of a module fails at the module's import; a finding that names that line has told of it.
    found = [one for one in found if (one.use.path, one.use.stack, one.name) not in told_modules]
    return tuple(_once_a_place(_agreeing(found)))


def _untold(unknown: Unknown, use: Use, told: Mapping[tuple[str, int, int], Sequence[str]]) -> Iterable[Unknown]:
    """What no finding tells of yet, place by place: a finding on the same line tells of a missing name, and of those
    arguments that it is about (``Adam(lr=...)``).
    """
    places: dict[tuple[str, ...], list[Place]] = {}
    for place in use.places:
        said = told.get((use.path, place.cell, place.line), ())
        rest = tuple(keyword for keyword in unknown.keywords if not any(f"{keyword}=" in what for what in said))
        if rest or not (said or unknown.keywords):
            places.setdefault(rest, []).append(place)
    for rest, where in places.items():
        near = unknown.suggestions if rest == unknown.keywords else ()
        yield replace(unknown, use=use, places=tuple(where), keywords=rest, suggestions=near)


def _judge(use: Use, table: Table) -> Optional[Unknown]:
    owner = use.name.rpartition(".")[0]
    if use.member and not table.is_class(owner):
        return None  # a function made the object, and says nothing of what the object has
    missing = table.first_missing(use.name)
    if missing is not None:
        return Unknown(use, use.places, missing, suggestions=_near(missing, use.name, table))
    if not use.called or (not use.member and owner and table.is_class(owner)):
        return None  # what is called through its class may be given the object first
    signature = table.signature(use.name)
    if signature is None:
        return None
    refused = tuple(keyword for keyword in use.keywords if keyword not in signature.parameters)
    if refused and not signature.open:
        near = get_close_matches(refused[0], signature.parameters, 2, 0.6)
        return Unknown(use, use.places, use.name, keywords=refused, suggestions=tuple(near))
    if use.positional is not None and signature.positional is not None and use.positional > signature.positional:
        return Unknown(use, use.places, use.name, too_many=signature.positional)
    return None


def _agreeing(found: Sequence[Unknown]) -> Iterable[Unknown]:
    """What is used out of one missing module, with the same words on what may be meant, so that it is told as one.

    Those are the first guess for each use; where the code names the module itself, the guesses for that.
    """
    groups: dict[tuple[str, str], list[Unknown]] = {}
    for unknown in found:
        if unknown.is_missing:
            groups.setdefault((unknown.use.stack, unknown.name), []).append(unknown)
    guesses: dict[tuple[str, str], tuple[str, ...]] = {}
    for key, group in groups.items():
        of_itself = [unknown.suggestions for unknown in group if unknown.use.name == unknown.name]
        firsts = dict.fromkeys(guess for unknown in group for guess in unknown.suggestions[:1])
        uses = {unknown.use.name for unknown in group}
        guesses[key] = of_itself[0] if of_itself else group[0].suggestions if len(uses) == 1 else tuple(firsts)[:3]
    for unknown in found:
        same = guesses.get((unknown.use.stack, unknown.name)) if unknown.is_missing else None
        yield unknown if same is None else replace(unknown, suggestions=same)


def _once_a_place(found: Iterable[Unknown]) -> Iterable[Unknown]:
    """Of uses that lack the same at the same line (an import, and the call of what it would bring), the first."""
    seen: set[tuple[object, ...]] = set()
    for unknown in found:
        places = []
        for place in unknown.places:
            key = (unknown.use.path, place.cell, place.line, unknown.name, unknown.keywords)
            if key not in seen:
                seen.add(key)
                places.append(place)
        if places:
            yield Unknown(
                unknown.use, tuple(places), unknown.name, unknown.keywords, unknown.too_many, unknown.suggestions
            )


def _near(missing: str, name: str, table: Table) -> tuple[str, ...]:
    """What may be meant: something alike in the same place, or the same name in another place."""
    root = "tf.keras." if name.startswith("tf.keras.") else f"{name.partition('.')[0]}."
    elsewhere = [other for other in table.elsewhere(name.rpartition(".")[2]) if other.startswith(root)]
    if missing != name:  # a module is gone; what was in it may stand elsewhere in the same package
        return tuple(elsewhere[:2])
    parent, _, last = missing.rpartition(".")
    found = [f"{parent}.{other}" for other in _alike(last, table.beside(missing))]
    return tuple(dict.fromkeys([*found, *elsewhere]))[:3]


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
        number = f"{unknown.too_many} positional argument{'s' if unknown.too_many != 1 else ''}"
        return f"{unknown.use.name} takes {number}, {unknown.use.positional} are given"
    else:
        said = f"{unknown.name} does not exist"
        hint = list(unknown.suggestions)
    return f"{said}; did you mean {' or '.join(hint)}?" if hint else said
