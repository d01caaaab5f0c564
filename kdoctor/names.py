"""Names in the code that nobody wrote a rule for, held against what the releases here really have.

The tables that were recorded from real releases answer in milliseconds. Where an installed release is not among them
to its last number, the examined interpreter is asked itself, if anything may run there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Optional

from kdoctor.model import Environment, Evidence, Stack
from kdoctor.observe.model import LookedUp, Names
from kdoctor.records.api import Api, api
from kdoctor.usage.api import Table, Unknown, check, questions
from kdoctor.usage.asking import read_answers
from kdoctor.usage.model import TENSORFLOW, Hit, Use, judged_on
from kdoctor.usage.recorded_api import RecordedApi


class Lookup(NamedTuple):
    """What was found, and how."""

    unknown: tuple[Unknown, ...]
    evidence: Mapping[str, Evidence]
    """By stack, as :mod:`kdoctor.usage.model` writes it."""
    releases: Mapping[str, str]
    """By stack, what was looked into: ``Keras 3.15.1``."""
    notes: tuple[str, ...] = ()


def unsettled(environment: Environment, uses: Sequence[Use]) -> tuple[Names, ...]:
    """What the interpreter itself must be asked: names of releases whose API is not on record."""
    found = []
    for spelling, names in questions(uses).items():
        stack = _stack(environment, spelling)
        if stack is not None and not _is_exact(stack, _recorded(stack)) and environment.interpreter.executable:
            found.append(Names(spelling, stack.id, names))
    return tuple(found)


def look_up(
    environment: Environment, uses: Sequence[Use], told: Collection[Hit], looked_up: Mapping[str, LookedUp]
) -> Lookup:
    """The names and arguments that the code uses and the releases here do not have.

    Of a release that is neither on record nor was looked into nothing is claimed.

    Args:
        environment: where the code is to run.
        uses: what it uses.
        told: hits of which a finding tells already.
        looked_up: what became of :func:`unsettled`, by spelling.
    """
    tables: dict[str, Table] = {}
    evidence: dict[str, Evidence] = {}
    releases: dict[str, str] = {}
    notes: list[str] = []
    for spelling in questions(uses):
        stack = _stack(environment, spelling)
        if stack is None:
            continue
        recorded = _recorded(stack)
        answer = looked_up.get(spelling)
        if recorded is not None and _is_exact(stack, recorded):
            tables[spelling], evidence[spelling] = RecordedApi(recorded), Evidence.RECORDED
        elif answer is not None:
            asked, reason = _table(answer)
            if asked is None:
                notes.append(f"Names could not be looked up on {spelling}: {reason}.")
                continue
            tables[spelling], evidence[spelling], recorded = asked, Evidence.OBSERVED, None
        else:
            continue
        releases[spelling] = _release(stack, spelling, recorded)
    return Lookup(check(uses, tables.get, told), evidence, releases, tuple(notes))


def _table(answer: LookedUp) -> tuple[Optional[Table], str]:
    """What was found, or why nothing was."""
    if answer.reason:
        return None, answer.reason
    try:
        return read_answers(answer.found), ""
    except (AttributeError, KeyError, TypeError, ValueError):
        return None, "its answer cannot be read"


def _stack(environment: Environment, name: str) -> Optional[Stack]:
    """The stack of the environment on which code that reaches Keras (or TensorFlow) in this way is judged."""
    found = (environment.stack(identifier) for identifier in judged_on("" if name == TENSORFLOW else name))
    return next((stack for stack in found if stack is not None and stack.available), None)


def _recorded(stack: Stack) -> Optional[Api]:
    return api(stack.tensorflow, stack.version, stack.id.value) if stack.implementation else None


def _is_exact(stack: Stack, recorded: Optional[Api]) -> bool:
    """Whether the table was made from these very releases, as far as they are named."""
    if recorded is None:
        return False
    here = {release for release in (stack.version, stack.tensorflow) if release}
    return all(any(_begins(known, release) for known in recorded.releases.values()) for release in here)


def _begins(known: str, release: str) -> bool:
    """``3.15`` stands for the recorded 3.15.1."""
    return known == release or known.startswith(f"{release}.")


def _release(stack: Stack, name: str, recorded: Optional[Api]) -> str:
    """What was looked into: the release that is here, or the recorded one that stands for it."""
    looked_into = recorded.releases if recorded is not None else {}
    if name == TENSORFLOW:
        return f"TensorFlow {looked_into.get('tf', stack.tensorflow)}"
    assert stack.implementation  # it is available
    versions = [version for namespace, version in looked_into.items() if namespace != "tf"]
    return f"{stack.implementation.label.split(' ')[0]} {versions[0] if versions else stack.version}"
