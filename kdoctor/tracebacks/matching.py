"""Compares what errors say with the symptoms of the rules: pure, and the same for every text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from kdoctor.model import Rule
from kdoctor.tracebacks.code import Shown, code_shown
from kdoctor.tracebacks.model import Error, Explained, Explanation, Kind, Match, Reading, Sureness
from kdoctor.tracebacks.symptoms import Found, Symptom, all_prepared

MOST_NEAR = 3
_ABOUT = re.compile(
    r"\b(?:keras|tensorflow|tf_keras|KerasTensor)\b|\b(?:tf|K|keras|layers|optimizers)\.\w|\bTensorFlow"
)
_FILES = re.compile(r"[/\\](?:keras|tf_keras|tensorflow|tensorflow_\w+)[/\\]")
_PACKAGE = re.compile(r"[/\\](keras|tf_keras|tensorflow_\w+)[/\\]")
_OTHERS = re.compile(r"[/\\](?:torch|lightning|sklearn|pandas|jax|flax|xgboost|transformers[/\\]models)[/\\]|\btorch\.")
_WRAPPED = re.compile(
    r"Exception encountered when calling [^\n]*?\n\s*\n(.*?)(?:\n\s*\n?(?:Call a|A)rguments received|\Z)", re.DOTALL
)
_INNER = re.compile(r"^[ \t]*((?:\w+\.){0,6}[A-Z]\w{0,60}Error): (.*(?:\n(?![ \t]*\n).*)*)", re.MULTILINE)


class _Said(NamedTuple):
    """One thing that an error says: the whole message, or what it is wrapped around."""

    type: str
    message: str


class _Hit(NamedTuple):
    """A symptom that an error has."""

    symptom: Symptom
    found: Found
    sureness: Sureness
    score: tuple[int, ...]


def explain(reading: Reading, rules: Sequence[Rule]) -> Explanation:
    """What each error of a reading is, as far as the rules know it."""
    symptoms = all_prepared(tuple(rules))
    explained: dict[tuple[str, str], Explained] = {}
    for error in reading.errors:
        key = error.type.rpartition(".")[2], error.message
        known = explained.get(key)
        if known is None or len(error.frames) > len(known.error.frames):
            explained[key] = _explained(error, reading, symptoms)
    firsts = [[match.rule.slug for match in each.matches if match.rank == 1] for each in explained.values()]
    alone = {slugs[0] for slugs in firsts if len(slugs) == 1}
    return Explanation(reading, tuple(_told_apart(each, alone) for each in explained.values()))


def _told_apart(each: Explained, alone: set[str]) -> Explained:
    """Of rules of one message, the one before the others that alone knows another message of the text."""
    first = [match for match in each.matches if match.rank == 1]
    said = [match for match in first if match.rule.slug in alone]
    if len(first) < 2 or not said or len(said) == len(first):
        return each
    because = "another message in the text says so"
    chosen = [replace(match, because=(*match.because, because)) for match in said]
    rest = [replace(match, rank=len(said) + 1) for match in first if match not in said]
    return replace(each, matches=(*chosen, *rest, *each.matches[len(first) :]))


def ranking(explanation: Explanation) -> tuple[Match, ...]:
    """The matches of all errors, the surest first; of equally sure ones that of the error that came last."""
    order = list(Sureness)
    placed = [
        (order.index(match.sureness), match.rank, error.error.kind is not Kind.EXCEPTION, -position, match)
        for position, error in enumerate(explanation.errors)
        for match in error.matches
    ]
    return tuple(place[-1] for place in sorted(placed, key=lambda place: place[:-1]))


def _explained(error: Error, reading: Reading, symptoms: Sequence[Symptom]) -> Explained:
    if error.cut:
        return Explained(error)
    said = tuple(_all_said(error))
    context = _Context(error, reading)
    hits: dict[str, _Hit] = {}
    for symptom in symptoms:
        for one in said:
            hit = _compared(symptom, one, error, context)
            if hit and (symptom.rule.slug not in hits or hit.score > hits[symptom.rule.slug].score):
                hits[symptom.rule.slug] = hit
    sure = [hit for hit in hits.values() if hit.sureness is not Sureness.NEAR]
    if sure:
        return Explained(error, tuple(_ranked(sure, error, reading)))
    if not hits:
        for hit in _alike(said[0], context, symptoms):
            if hit.symptom.rule.slug not in hits or hit.score > hits[hit.symptom.rule.slug].score:
                hits[hit.symptom.rule.slug] = hit
    near = list(hits.values())
    return Explained(error, near=tuple(_ranked(near, error, reading))[:MOST_NEAR])


def _all_said(error: Error) -> Iterator[_Said]:
    name = error.type.rpartition(".")[2]
    yield _Said(name, _plain(error.message))
    wrapped = _WRAPPED.search(error.message)
    if wrapped:
        yield _Said(name, _plain(wrapped.group(1)))
    for inner in list(_INNER.finditer(error.message))[:20]:
        yield _Said(inner.group(1).rpartition(".")[2], _plain(inner.group(2)))


def _plain(text: str) -> str:
    return " ".join(text.split())


class _Context:
    """Whether an error is one of a program that uses Keras or TensorFlow."""

    def __init__(self, error: Error, reading: Reading) -> None:
        code = "\n".join(frame.text for frame in error.frames)
        paths = "\n".join(frame.path for frame in error.frames)
        self.near = bool(_FILES.search(paths) or _ABOUT.search(code) or _ABOUT.search(error.message))
        self.far = bool(reading.implementation or {"keras", "tensorflow", "tf-keras"} & set(reading.versions)) or any(
            _FILES.search(frame.path) or _ABOUT.search(frame.text) for other in reading.errors for frame in other.frames
        )
        self.of_others = bool(_OTHERS.search(paths) or _OTHERS.search(code)) and not self.near
        self.deep = any(_FILES.search(frame.path) for frame in error.frames[-6:])


def _compared(symptom: Symptom, said: _Said, error: Error, context: _Context) -> _Hit | None:
    """The symptom in what an error says, if it is there and nothing speaks against it."""
    if symptom.pieces and symptom.longest not in said.message:
        return None
    if symptom.type and said.type and symptom.type != said.type:
        return None
    if symptom.type and not said.type and not symptom.pieces:
        return None
    if not symptom.type and said.type and symptom.rule.silent and error.kind is Kind.EXCEPTION:
        return None
    found = symptom.find(said.message, anywhere=not said.type or not symptom.type)
    if found is None:
        return None
    score = (symptom.weight + 2 * found.whole, symptom.type == said.type)
    if not symptom.pieces and not code_shown(symptom.rule, error).words:
        return None
    if symptom.missing and not context.deep:
        return None
    if symptom.generic or not symptom.pieces or symptom.weight < 12:
        if not context.near or context.of_others or not (context.deep or symptom.weight >= 8):
            return None
        if symptom.generic and not _ABOUT.search(said.message):
            return None
        return _Hit(symptom, found, Sureness.LIKELY, score)
    if symptom.telling:
        sureness = Sureness.LIKELY if context.of_others else Sureness.EXACT
        return _Hit(symptom, found, sureness, score)
    if context.near and not context.of_others:
        return _Hit(symptom, found, Sureness.LIKELY, score)
    return _Hit(symptom, found, Sureness.NEAR, score) if context.far or error.kind is Kind.MESSAGE else None


# -------------------------------------------------------------------------------------------------- the ranking


def _ranked(hits: Iterable[_Hit], error: Error, reading: Reading) -> Iterator[Match]:
    """By how sure and how long the symptom is; between equals by the code in the frames, then by the versions."""
    order = list(Sureness)
    levels: dict[tuple[int, ...], list[_Hit]] = {}
    for hit in hits:
        levels.setdefault((order.index(hit.sureness), *(-part for part in hit.score)), []).append(hit)
    rank = 0
    for _, equals in sorted(levels.items()):
        # A rule that says nothing of code cannot be told from others by code.
        by_code = len(equals) > 1 and all(hit.symptom.rule.uses for hit in equals)
        shown = {hit: code_shown(hit.symptom.rule, error) if by_code else Shown() for hit in equals}
        against = {hit: _speaks_against(hit.symptom.rule, reading) for hit in equals}
        keys = {
            hit: (bool(against[hit]), -_names_raiser(hit.symptom.rule, error), -shown[hit].weight) for hit in equals
        }
        for key in sorted(set(keys.values())):
            alike = [hit for hit in equals if keys[hit] == key]
            for hit in alike:
                because = [f"the code shows {', '.join(shown[hit].words)}"] if shown[hit].words else []
                because += [against[hit]] if against[hit] else []
                yield Match(hit.symptom.rule, hit.symptom.text, hit.found.text, hit.sureness, rank + 1, tuple(because))
            rank += len(alike)


def _names_raiser(rule: Rule, error: Error) -> bool:
    """Whether the rule's title names the package in whose file the error was raised."""
    raiser = _PACKAGE.findall(error.frames[-1].path) if error.frames else []
    return bool(raiser) and bool(re.search(rf"(?<![-\w]){raiser[-1].replace('_', '-')}\b", rule.title, re.IGNORECASE))


def _speaks_against(rule: Rule, reading: Reading) -> str:
    """Why the versions that the text shows make a rule unlikely; empty where they do not."""
    if reading.implementation is None or not rule.affects:
        return ""
    if any(affected.implementation is reading.implementation for affected in rule.affects):
        return ""
    return f"the text shows {reading.implementation.label}, which it does not concern"


# ------------------------------------------------------------------------------------------------ what is alike


def _alike(said: _Said, context: _Context, symptoms: Sequence[Symptom]) -> Iterator[_Hit]:
    """Symptoms that share most of their words with a message about Keras that none of them is."""
    if not (_ABOUT.search(said.message) or (context.near and context.deep)) or not said.type:
        return
    words = _distinct(said.message)
    for symptom in symptoms:
        if symptom.type != said.type or symptom.generic or symptom.weight < 25:
            continue
        theirs = _distinct(" ".join(symptom.pieces))
        share = len(words & theirs) / max(len(words | theirs), 1)
        if share >= 0.6:
            yield _Hit(symptom, Found("", False), Sureness.NEAR, (int(share * 100), 0))


def _distinct(message: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", message[:2_000].lower()))
