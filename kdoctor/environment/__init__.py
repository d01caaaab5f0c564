"""The facts of one interpreter, read without importing any of what is installed there.

Its parts are imported when they are first needed: :mod:`kdoctor.notebook.legacy_keras`, which has no time to lose,
takes two of them.
"""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Optional

    from kdoctor.environment.interpreter import InterpreterError
    from kdoctor.environment.model import Environment

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
    from kdoctor.environment.interpreter import DEADLINE, InterpreterError, facts_of_other, facts_of_this, locate
    from kdoctor.environment.keras_names import with_names_and_stacks

    variables = os.environ if environ is None else environ
    folder = _existing_folder(working_folder)
    if python is None:
        facts = facts_of_this(variables)
    else:
        executable, seconds = locate(python, variables), DEADLINE if deadline is None else deadline
        try:
            facts = facts_of_other(executable, folder, variables, seconds)
        except InterpreterError:
            without = {name: value for name, value in variables.items() if name != "PYTHONPATH"}
            if len(without) < len(variables) and _answers(executable, folder, without, seconds):
                raise InterpreterError(_blame(executable, variables["PYTHONPATH"], folder)) from None
            raise
    return with_names_and_stacks(environment_from(facts, folder))


def _answers(executable: str, folder: str, environ: Mapping[str, str], deadline: float) -> bool:
    from kdoctor.environment.interpreter import InterpreterError, facts_of_other

    try:
        facts_of_other(executable, folder, environ, deadline)
    except InterpreterError:
        return False
    return True


def _blame(executable: str, python_path: str, folder: str) -> str:
    """What is wrong where an interpreter answers only without ``PYTHONPATH``: some file there hides one of Python's."""
    import sys

    own: Collection[str] = getattr(sys, "stdlib_module_names", ())  # since Python 3.10
    own = {*(own or map(_module, os.listdir(os.path.dirname(os.__file__)))), "sitecustomize", "usercustomize"}
    found = []
    for entry in python_path.split(os.pathsep):
        place = os.path.normpath(os.path.join(folder, entry))
        with contextlib.suppress(OSError, ValueError):
            found += [os.path.join(place, name) for name in sorted(os.listdir(place)) if _module(name) in own]
    if not found:
        return (
            f"{executable} starts as a Python should only without PYTHONPATH, which is {python_path!r}. Find out what "
            "of it stops every program, or unset the variable."
        )
    return (
        f"{executable} imports {' and '.join(found[:3])} in place of a module of Python's own, because PYTHONPATH "
        f"names that folder (an empty entry means the working folder). That stops every program. Rename the file, or "
        "take the folder out of PYTHONPATH."
    )


def _module(file_name: str) -> str:
    """The module that a file, or a folder, of this name would be imported as; no module's name for other files."""
    stem, dot, suffix = file_name.partition(".")
    return stem if not dot or suffix == "py" else file_name


def _existing_folder(working_folder: Optional[str]) -> str:
    """The working folder as an absolute path; empty where it was removed under our feet."""
    try:
        folder = os.getcwd() if working_folder is None else os.path.abspath(working_folder)
    except OSError:
        return ""
    return folder if os.path.isdir(folder) else ""
