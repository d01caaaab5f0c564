"""Asks the examined interpreter itself which names it has, in one batch, by :mod:`kdoctor.usage.api_probe`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from kdoctor.laboratory import IMPORT_SECONDS, harmless_variables
from kdoctor.laboratory.process import GarbledError, WorkerProcess
from kdoctor.model import Environment
from kdoctor.processes import Family
from kdoctor.usage.api import Signature, Table
from kdoctor.usage.model import KERAS_3, LEGACY

PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "api_probe.py")
VARIABLE = "TF_USE_LEGACY_KERAS"
_FORCED = {LEGACY: "1", KERAS_3: "0"}
"""What code on these stacks sets the variable to before it imports TensorFlow."""
_POLL_SECONDS = 0.02


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


class Answers(NamedTuple):
    """What was learned on each stack, and why nothing was learned on the others."""

    apis: Mapping[str, Asked]
    """By stack as :mod:`kdoctor.usage.model` writes it."""
    reasons: Mapping[str, str]
    """By stack: the error of the import, or that there was no answer by the deadline."""


def ask(
    environment: Environment,
    names: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    timeout: float = IMPORT_SECONDS,
) -> Answers:
    """Look names up in the examined interpreter; whatever it does, this returns.

    Args:
        environment: what was read of the interpreter.
        names: what to look up, by stack: :func:`kdoctor.usage.api.questions`.
        environ: the variables as found.
        timeout: seconds for all of it, importing TensorFlow included.
    """
    groups: dict[Optional[str], list[str]] = {}
    for stack in names:
        groups.setdefault(_FORCED.get(stack), []).append(stack)
    deadline = time.monotonic() + timeout
    apis: dict[str, Asked] = {}
    reasons: dict[str, str] = {}
    executable = environment.interpreter.executable
    try:
        with Family(with_folder=True) as family:
            processes: dict[Optional[str], WorkerProcess] = {}
            variables = harmless_variables(dict(environ), environment, family.folder)
            for number, (forced, stacks) in enumerate(groups.items()):
                own = os.path.join(family.folder, str(number))
                os.mkdir(own)
                wanted = list(dict.fromkeys(name for stack in stacks for name in names[stack]))
                forced_variables = {**variables, VARIABLE: forced} if forced is not None else variables
                processes[forced] = WorkerProcess(family, executable, {"names": wanted}, own, forced_variables, PROBE)
            for forced, process in processes.items():
                answers, reason = _wait(process, deadline, timeout)
                process.stop()
                for stack in groups[forced]:
                    try:
                        problem = reason or _problem(answers, stack, names[stack])
                        if not problem:
                            apis[stack] = read_answers(answers)
                    except (AttributeError, KeyError, TypeError, ValueError):
                        problem = "its answer cannot be read"
                    if problem:
                        reasons[stack] = problem
    except OSError as error:
        reasons.update(dict.fromkeys(set(names) - set(apis), f"{executable} cannot be run: {error.strerror or error}"))
    return Answers(apis, reasons)


def _wait(process: WorkerProcess, deadline: float, timeout: float) -> tuple[Mapping[str, Any], str]:
    """What the process wrote, or why it wrote nothing."""
    while True:
        ended = process.ended()  # asked first: what it wrote before it ended is read afterwards
        try:
            events = process.events()
        except GarbledError:
            return {}, "its answer cannot be read"
        if events:
            return events[-1], ""
        if ended:
            break
        if time.monotonic() > deadline:
            return {}, f"no answer within {timeout:g} s"
        time.sleep(_POLL_SECONDS)
    said = process.output(300).strip().rpartition("\n")[2]
    return {}, f"the process died: {process.how_it_ended()}" + (f" ({said})" if said else "")


def _problem(answers: Mapping[str, Any], stack: str, names: Sequence[str]) -> str:
    """Why nothing is known of a stack: the package through which its names are reached cannot be imported."""
    problems = answers.get("problems", {})
    roots = {name.partition(".")[0] for name in names}
    return next((str(problems[root]) for root in sorted(roots) if root in problems), "")


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
