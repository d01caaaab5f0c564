"""The facts of one interpreter, read without importing any of what is installed there.

Its parts are imported when they are first needed: :mod:`kdoctor.switch`, which has no time to lose, takes the probe
alone.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Optional

    from kdoctor.environment.interpreter import InterpreterError
    from kdoctor.model import Environment

__all__ = ["InterpreterError", "examine"]


def __getattr__(name: str) -> object:
    if name != "InterpreterError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kdoctor.environment.interpreter import InterpreterError

    return InterpreterError


def examine(
    python: Optional[str] = None,
    *,
    working_folder: Optional[str] = None,
    environ: Optional[Mapping[str, str]] = None,
    deadline: Optional[float] = None,
) -> Environment:
    """The facts of an interpreter: the running one, or the one that ``python`` names.

    ``python`` is the path of an interpreter, the folder of a virtual environment, or a name on ``PATH``;
    ``working_folder`` is where the user's programs are started (the current folder by default), looked at only for
    files that shadow a package; ``environ`` are the variables they are started with; ``deadline`` is how many seconds
    the interpreter has to answer.

    Raises:
        InterpreterError: there is no such interpreter, or it does not answer. Its text is meant for the user.
    """
    from kdoctor.environment.facts import environment_from
    from kdoctor.environment.interpreter import DEADLINE, facts_of_other, facts_of_this, locate
    from kdoctor.environment.names import with_names_and_stacks

    variables = os.environ if environ is None else environ
    folder = _existing_folder(working_folder)
    if python is None:
        facts = facts_of_this(folder, variables)
    else:
        facts = facts_of_other(locate(python, variables), folder, variables, DEADLINE if deadline is None else deadline)
    return with_names_and_stacks(environment_from(facts))


def _existing_folder(working_folder: Optional[str]) -> str:
    """The working folder as an absolute path; empty where it was removed under our feet."""
    try:
        folder = os.getcwd() if working_folder is None else os.path.abspath(working_folder)
    except OSError:
        return ""
    return folder if os.path.isdir(folder) else ""
