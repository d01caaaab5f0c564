"""The facts of one interpreter, read without importing any of what is installed there."""

from __future__ import annotations

import os

from kdoctor.environment import probe
from kdoctor.environment.interpreter import DEADLINE, InterpreterError, facts_of_other, locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Optional

    from kdoctor.environment.model import Environment

__all__ = ["InterpreterError", "examine"]


def examine(
    python: Optional[str] = None,
    *,
    working_folder: Optional[str] = None,
    environ: Optional[Mapping[str, str]] = None,
    deadline: float = DEADLINE,
) -> Environment:
    """The facts of an interpreter.

    Args:
        python: the path of an interpreter, the folder of a virtual environment, or a name on ``PATH``; the running
            interpreter by default.
        working_folder: where the user's programs are started (the current folder by default); only files that shadow
            a package count in it.
        environ: the variables that they are started with.
        deadline: seconds that the interpreter has to answer.

    Raises:
        InterpreterError: there is no such interpreter, or it does not answer. Its text is meant for the user.
    """
    variables = os.environ if environ is None else environ
    folder = _existing_folder(working_folder)
    if python is None:
        answer = probe.collect(variables)
    else:
        answer = facts_of_other(locate(python, variables), folder, variables, deadline)
    # Not earlier: a run loads these while the interpreter starts, and a notebook's first cell may do without.
    from kdoctor.environment.facts import environment_from
    from kdoctor.environment.keras_names import with_names_and_stacks

    return with_names_and_stacks(environment_from(answer, folder))


def _existing_folder(working_folder: Optional[str]) -> str:
    """The working folder as an absolute path; empty where it was removed under our feet."""
    try:
        folder = os.getcwd() if working_folder is None else os.path.abspath(working_folder)
    except OSError:
        return ""
    return folder if os.path.isdir(folder) else ""
