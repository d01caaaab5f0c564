"""What a caller did wrong, in words meant for the user."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


class UsageError(Exception):
    """What was asked for does not exist, or cannot be understood; the command line exits with 2."""


class InterpreterError(Exception):
    """An interpreter that cannot be examined; its text is meant for the user. The command line exits with 3."""


def shadows_of(error: BaseException) -> str:
    """That a file with the name of a standard module caused an error, and what to do; empty where none did.

    Nothing is imported for this but what every Python has loaded when it starts: the rest may be what is shadowed.
    """
    import os
    import sys

    library = os.path.dirname(os.path.abspath(os.__file__))
    names = getattr(sys, "stdlib_module_names", None) or {name.partition(".")[0] for name in os.listdir(library)}
    involved = _files_of(error)
    for folder in sys.path:
        place = os.path.abspath(folder)
        if place == library:
            break
        for name in sorted(names):
            module = getattr(sys.modules.get(name), "__file__", None)
            for file in (os.path.join(place, f"{name}.py"), os.path.join(place, name, "__init__.py")):
                if file in involved or (isinstance(module, str) and os.path.abspath(module) == file):
                    return (
                        f"{file} has the name of a module of Python itself and is imported in its place, so kdoctor "
                        f"cannot run ({type(error).__name__}: {error}). Rename the file, or take its folder out of "
                        "PYTHONPATH."
                    )
    return ""


def _files_of(error: Optional[BaseException]) -> set[str]:
    """The files in which an error, and those that led to it, were raised."""
    import os

    files = set()
    while error is not None:
        frame = error.__traceback__
        while frame is not None:
            files.add(os.path.abspath(frame.tb_frame.f_code.co_filename))
            frame = frame.tb_next
        if isinstance(error, SyntaxError) and error.filename:
            files.add(os.path.abspath(error.filename))
        error = error.__cause__ or error.__context__
    return files
