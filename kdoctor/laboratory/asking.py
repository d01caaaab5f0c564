"""Asks the examined interpreter itself which names it has, in one batch, by :mod:`kdoctor.laboratory.api_probe`."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from kdoctor.laboratory import IMPORT_SECONDS, harmless_variables
from kdoctor.laboratory.process import WorkerProcess
from kdoctor.model import Environment

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
    folder = os.path.realpath(tempfile.mkdtemp(prefix="kdoctor-"))
    processes: dict[Optional[str], WorkerProcess] = {}
    deadline = time.monotonic() + timeout
    raw: dict[str, Mapping[str, Any]] = {}
    reasons: dict[str, str] = {}
    try:
        variables = harmless_variables(dict(environ), environment, folder)
        for number, (forced, stacks) in enumerate(groups.items()):
            own = os.path.join(folder, str(number))
            os.mkdir(own)
            wanted = list(dict.fromkeys(name for stack in stacks for name in names[stack]))
            forced_variables = {**variables, VARIABLE: forced} if forced is not None else variables
            try:
                executable = environment.interpreter.executable
                processes[forced] = WorkerProcess(executable, {"names": wanted}, own, forced_variables, PROBE)
            except OSError as error:
                reasons.update(dict.fromkeys(stacks, f"{executable} cannot be run: {error.strerror or error}"))
        for forced, process in processes.items():
            answers, reason = _wait(process, deadline, timeout)
            for stack in groups[forced]:
                problem = reason or _problem(answers, stack, names[stack])
                if problem:
                    reasons[stack] = problem
                else:
                    raw[stack] = answers
    finally:
        for process in processes.values():
            process.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return Answers(raw, reasons)


def _wait(process: WorkerProcess, deadline: float, timeout: float) -> tuple[Mapping[str, Any], str]:
    """What the process wrote, or why it wrote nothing."""
    while not process.ended():
        if time.monotonic() > deadline:
            return {}, f"no answer within {timeout:g} s"
        time.sleep(_POLL_SECONDS)
    try:
        events = process.events()
    except ValueError:
        return {}, "its answer cannot be read"
    if events:
        return events[-1], ""
    said = process.output(300).strip().rpartition("\n")[2]
    return {}, f"the process died: {process.how_it_ended()}" + (f" ({said})" if said else "")


def _problem(answers: Mapping[str, Any], stack: str, names: Sequence[str]) -> str:
    """Why nothing is known of a stack: the package through which its names are reached cannot be imported."""
    problems = answers.get("problems", {})
    roots = {name.partition(".")[0] for name in names}
    return next((str(problems[root]) for root in sorted(roots) if root in problems), "")
