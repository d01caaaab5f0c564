"""From paths to verdicts: reads each file, and judges it on the stacks of the environments that are asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kdoctor import files
from kdoctor.environment.model import Environment
from kdoctor.modelfiles import child
from kdoctor.modelfiles.judge import judge
from kdoctor.modelfiles.model import Examined, ModelFile, Verdict, Way
from kdoctor.modelfiles.read import Hdf5, find, read
from kdoctor.modelfiles.recipes import with_recipes
from kdoctor.words import StackId

SECONDS = 30.0
"""How long HDF5 may take to be read."""
MEMORY = 4 * 2**30


class Unread(NamedTuple):
    """A file that could not be opened."""

    path: str
    reason: str


class Examination(NamedTuple):
    """What was found."""

    files: tuple[Examined, ...]
    unread: tuple[Unread, ...] = ()


def examine(
    paths: Iterable[str],
    environments: Sequence[Environment],
    environ: Mapping[str, str],
    stacks: Sequence[StackId] = (),
) -> Examination:
    """What the files below some paths are, and what the stacks of some environments do with them."""
    pythons = [one.interpreter.executable for one in environments] + [sys.executable]
    given = [file for path in paths for file in find(path)]
    hdf5 = _batched(given, list(dict.fromkeys(filter(None, pythons))), environ)
    found, unread = [], []
    for path in given:
        try:
            file = read(path, hdf5)
        except files.Unreadable as reason:
            unread.append(Unread(path, str(reason)))
            continue
        judged = [verdict for environment in environments for verdict in verdicts_of(file, environment, stacks)]
        verdicts = tuple({(one.label, one.way, one.reasons): one for one in judged}.values())
        found.append(Examined(file, verdicts))
    return Examination(tuple(found), tuple(unread))


def verdicts_of(file: ModelFile, environment: Environment, stacks: Sequence[StackId] = ()) -> Iterator[Verdict]:
    """One verdict a stack; a stack that is the same as another one, and was not asked for, is left out."""
    chosen = [one for one in environment.stacks if one.id in stacks or (not stacks and one.same_as is None)]
    verdicts = [(judge(file, one, environment), one) for one in chosen]
    # Legacy Keras that is not installed is worth no line; where it would help, the rules' remedies say how to get it.
    kept = [(verdict, one) for verdict, one in verdicts if one.available or one.id in stacks or one is chosen[0]]
    for verdict, one in kept:
        yield with_recipes(file, verdict, one, [other for other, _ in kept])


def exit_code(found: Examination, is_chosen: bool) -> int:
    """0 where every file loads with the writer's numbers on the default stack, or on all that were asked for."""
    if found.unread:
        return 4 if found.files else 3
    asked = [verdict for one in found.files for verdict in (one.verdicts if is_chosen else default_of(one))]
    if any(one.way is Way.UNKNOWN for one in asked) or not asked:
        return 4
    return 0 if all(one.is_fine for one in asked) else 1


def default_of(one: Examined) -> Iterator[Verdict]:
    """The verdict on the first stack of each environment."""
    first = one.verdicts[0].stack if one.verdicts else None
    return (verdict for verdict in one.verdicts if verdict.stack is first)


def _batched(paths: Sequence[str], pythons: Sequence[str], environ: Mapping[str, str]) -> Hdf5:
    """Reads the HDF5 of all files in one child; where that fails, one child a file, so that each costs itself only."""
    wanted: list[dict[str, Any]] = []

    def note(request: Mapping[str, Any]) -> dict[str, Any]:
        wanted.append(dict(request))
        return {"problem": "not yet"}

    for path in paths:
        with suppress(files.Unreadable):
            read(path, note)
    answers: dict[str, dict[str, Any]] = {}
    if len(wanted) > 1:
        said = _ask(pythons, {"requests": wanted}, environ)
        listed = said.get("answers")
        if isinstance(listed, list):
            answers = {repr(one): answer for one, answer in zip(wanted, listed)}

    def look(request: Mapping[str, Any]) -> dict[str, Any]:
        key = repr(dict(request))
        if key not in answers:
            answers[key] = _ask(pythons, request, environ)
        return answers[key]

    return look


def _ask(pythons: Sequence[str], request: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What the first of some interpreters that has h5py says."""
    said: dict[str, Any] = {"problem": "no Python", "said": "there is no interpreter that could read it"}
    for python in pythons:
        try:
            said = child.ask(python, child.HDF5, request, environ=environ, seconds=SECONDS, memory=MEMORY)
        except child.ChildError as reason:
            said = {"problem": "unread", "said": str(reason)}
        first = said["answers"][0] if said.get("answers") else said
        if first.get("problem") not in ("no h5py", "unread"):
            break
    return said
