"""Asks the examined interpreter itself which names it has, in one batch, by :mod:`kdoctor.laboratory.api_probe`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from kdoctor.laboratory import IMPORT_SECONDS, harmless_variables
from kdoctor.laboratory.process import GarbledError, WorkerProcess
from kdoctor.model import Environment
from kdoctor.processes import Family

PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "api_probe.py")
VARIABLE = "TF_USE_LEGACY_KERAS"
_FORCED = {"tf.keras+legacy": "1", "tf.keras+keras3": "0"}
"""What code on these stacks sets the variable to before it imports TensorFlow."""
_POLL_SECONDS = 0.02


class Answers(NamedTuple):
    """What was learned on each stack, and why nothing was learned on the others."""

    raw: Mapping[str, Mapping[str, Any]]
    """By stack, as :class:`kdoctor.code.Use` has it: what :mod:`kdoctor.laboratory.api_probe` wrote."""
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
        names: what to look up, by stack: :func:`kdoctor.code.missing_names.questions`.
        environ: the variables as found.
        timeout: seconds for all of it, importing TensorFlow included.
    """
    groups: dict[Optional[str], list[str]] = {}
    for stack in names:
        groups.setdefault(_FORCED.get(stack), []).append(stack)
    deadline = time.monotonic() + timeout
    raw: dict[str, Mapping[str, Any]] = {}
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
                            raw[stack] = answers
                    except (AttributeError, KeyError, TypeError, ValueError):
                        problem = "its answer cannot be read"
                    if problem:
                        reasons[stack] = problem
    except OSError as error:
        reasons.update(dict.fromkeys(set(names) - set(raw), f"{executable} cannot be run: {error.strerror or error}"))
    return Answers(raw, reasons)


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
