"""The facts of one interpreter, read without importing any of what is installed there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Optional

from kdoctor.environment.facts import environment_from
from kdoctor.environment.interpreter import DEADLINE, InterpreterError, facts_of_other, facts_of_this, locate
from kdoctor.environment.names import with_names_and_stacks
from kdoctor.model import Environment

__all__ = ["InterpreterError", "examine"]


def examine(
    python: Optional[str] = None,
    *,
    working_folder: Optional[str] = None,
    environ: Optional[Mapping[str, str]] = None,
    deadline: float = DEADLINE,
) -> Environment:
    """The facts of an interpreter: the running one, or the one that ``python`` names.

    ``python`` is the path of an interpreter, the folder of a virtual environment, or a name on ``PATH``;
    ``working_folder`` is where the user's programs are started (the current folder by default), looked at only for
    files that shadow a package; ``environ`` are the variables they are started with.

    Raises:
        InterpreterError: there is no such interpreter, or it does not answer. Its text is meant for the user.
    """
    variables = os.environ if environ is None else environ
    folder = _existing_folder(working_folder)
    if python is None:
        facts = facts_of_this(folder, variables)
    else:
        facts = facts_of_other(locate(python, variables), folder, variables, deadline)
    return with_names_and_stacks(environment_from(facts))


def _existing_folder(working_folder: Optional[str]) -> str:
    """The working folder as an absolute path; empty where it was removed under our feet."""
    try:
        folder = os.getcwd() if working_folder is None else os.path.abspath(working_folder)
    except OSError:
        return ""
    return folder if os.path.isdir(folder) else ""
