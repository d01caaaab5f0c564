"""Names in the code that nobody wrote a rule for, held against what the releases here really have.

The tables that were recorded from real releases answer in milliseconds. Where an installed release is not among them
to its last number, the examined interpreter is asked itself, if anything may run there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Optional

from kdoctor.code.keras_kinds import TENSORFLOW
from kdoctor.model import Environment, Evidence, Stack
from kdoctor.records.api import Api, api
from kdoctor.usage.api import Table, Unknown, check, questions
from kdoctor.usage.model import Hit, Use, judged_on
from kdoctor.usage.recorded_api import RecordedApi


class Lookup(NamedTuple):
    """What was found, and how."""

    unknown: tuple[Unknown, ...]
    evidence: Mapping[str, Evidence]
    """By stack, as :mod:`kdoctor.usage.model` writes it."""
    releases: Mapping[str, str]
    """By stack, what was looked into: ``Keras 3.15.1``."""
    notes: tuple[str, ...] = ()


def look_up(
    environment: Environment, uses: Sequence[Use], told: Collection[Hit], environ: Optional[Mapping[str, str]]
) -> Lookup:
    """The names and arguments that the code uses and the releases here do not have.

    Args:
        environment: where the code is to run.
        uses: what it uses.
        told: hits of which a finding tells already.
        environ: the variables as found; None where nothing may run in the examined interpreter.
    """
    wanted = questions(uses)
    if not wanted:
        return Lookup((), {}, {})
    stacks = {stack: _stack(environment, stack) for stack in wanted}
    recorded = {stack: _recorded(here) for stack, here in stacks.items() if here is not None}
    tables: dict[str, Table] = {stack: RecordedApi(found) for stack, found in recorded.items() if found is not None}
    evidence = dict.fromkeys(tables, Evidence.RECORDED)
    notes: list[str] = []
    unsettled = {stack for stack, here in stacks.items() if here is not None and not _is_exact(here, recorded[stack])}
    if environ is not None and unsettled and environment.interpreter.executable:
        from kdoctor.usage.asking import ask

        answers = ask(environment, {stack: wanted[stack] for stack in sorted(unsettled)}, environ)
        tables.update(answers.apis)
        evidence.update(dict.fromkeys(answers.apis, Evidence.OBSERVED))
        notes += [f"Names could not be looked up on {stack}: {reason}." for stack, reason in answers.reasons.items()]
    releases = {
        stack: _release(here, stack, recorded[stack] if evidence.get(stack) is Evidence.RECORDED else None)
        for stack, here in stacks.items()
        if here is not None
    }
    return Lookup(check(uses, tables.get, told), evidence, releases, tuple(notes))


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
