"""What must work: entries such as ``ctc`` or ``rnn-stateful-carry@keras``, and whether it does.

An area stands for its capabilities, what can be done by the way that a release has for it: not for every way of writing
it, and not for its traps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Optional

from kdoctor.canaries import Canary
from kdoctor.diagnosis.findings import Recorded, default_stack
from kdoctor.environment.model import Environment
from kdoctor.errors import UsageError
from kdoctor.observe.model import Observation
from kdoctor.report import Requirement
from kdoctor.words import Outcome, StackId, did_you_mean


class Entry(NamedTuple):
    """One entry of ``require``."""

    text: str  # as it was written
    slugs: tuple[str, ...]  # the canary that it names, or those of the area that it names which are capabilities
    is_area: bool
    stack: Optional[StackId]  # None for the default stack of the environment


def read(entries: Iterable[str], catalogue: Sequence[Canary]) -> tuple[Entry, ...]:
    """The entries, understood.

    Raises:
        UsageError: there is no such slug, area or stack.
    """
    found, stacks = [], [stack.value for stack in StackId]
    for text in map(str.strip, entries):
        name, sign, where = text.partition("@")
        if sign and where not in stacks:
            near = did_you_mean(where, stacks) or f" The stacks are {', '.join(stacks)}."
            raise UsageError(f"There is no stack called {where!r} (in {text!r}).{near}")
        reason = unknown(name, catalogue)
        if reason:
            raise UsageError(reason)
        in_area = tuple(canary.slug for canary in catalogue if canary.area == name and canary.kind == "capability")
        found.append(Entry(text, in_area or (name,), bool(in_area), StackId(where) if sign else None))
    return tuple(found)


def unknown(name: str, catalogue: Sequence[Canary]) -> str:
    """Why no check and no capability is meant; empty where one is."""
    in_area = [canary for canary in catalogue if canary.area == name]
    if in_area and not any(canary.kind == "capability" for canary in in_area):
        return (
            f"The area {name!r} holds ways of writing and no capability, so it cannot be required as a whole. Name the "
            f"checks that must work, for instance {in_area[0].slug}."
        )
    areas = {canary.area for canary in catalogue}
    known = areas.union(canary.slug for canary in catalogue)
    if name in known:
        return ""
    near = did_you_mean(name, known) or f" The areas are {', '.join(sorted(areas))}."
    return f"There is no check and no area called {name!r}.{near}"


def pairs(entries: Iterable[Entry], environment: Environment) -> frozenset[tuple[str, StackId]]:
    """Every slug that is required, with the stack on which it is."""
    default = default_stack(environment)
    return frozenset((slug, entry.stack or default) for entry in entries for slug in entry.slugs)


def judge(
    entries: Iterable[Entry],
    environment: Environment,
    observations: Collection[Observation],
    recorded: Recorded,
    *,
    ran: bool,
) -> tuple[Requirement, ...]:
    """Whether what is required works here. Success on another stack never counts.

    Args:
        entries: what is required.
        environment: where.
        observations: what the canaries did.
        recorded: what they did elsewhere on these releases; it decides where no canary was to run at all.
        ran: whether canaries were to run.

    Raises:
        UsageError: nothing of an area that is required exists on its stack. Where there is no stack at all, the run
            itself reports that.
    """
    seen = {(row.slug, row.stack): row for row in observations}
    default = default_stack(environment)
    found: dict[tuple[str, StackId], Requirement] = {}

    def judged(slug: str, where: StackId) -> Requirement:
        stack, row = environment.stack(where), seen.get((slug, where))
        if stack is None:
            return Requirement(slug, where, Outcome.NOT_APPLICABLE, f"there is no {where.value} here")
        if row is not None:
            return Requirement(slug, where, row.outcome, row.message)
        if not stack.available:
            return Requirement(slug, where, Outcome.NOT_RUN, stack.reason)
        record = None if ran else recorded(slug, stack)
        if record is not None:
            return Requirement(slug, where, record.outcome, f"{record.message} ({record.basis})".lstrip())
        reason = "no canary of it ran" if ran else "no canary was to run, and nothing is recorded of these releases"
        return Requirement(slug, where, Outcome.NOT_RUN, reason)

    for entry in entries:
        where = entry.stack or default
        of_entry = [judged(slug, where) for slug in entry.slugs]
        if entry.is_area:
            of_entry = [one for one in of_entry if one.outcome is not Outcome.NOT_APPLICABLE]
            if not of_entry and environment.stacks:
                raise UsageError(
                    f"require {entry.text}: nothing of that area exists on {where.value} here, so it cannot be "
                    "required. Name another stack behind an @, or take the entry out."
                )
        for one in of_entry:
            found.setdefault((one.slug, one.stack), one)
    return tuple(found.values())
