"""The facts of one interpreter, read without importing any of what is installed there.

This finds the interpreter that is meant, runs ``probe.py`` in it, and says in words why it could not.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Optional

from kdoctor import files
from kdoctor.environment import probe
from kdoctor.errors import InterpreterError as InterpreterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kdoctor.environment.model import Environment

OLDEST_PYTHON = (3, 8)
DEADLINE = 20.0  # seconds that an interpreter has to start and answer; a healthy one needs a tenth of one
_QUOTED = 64 * 2**10  # bytes of an output in which its last words are looked for
_PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.py")

# Runs on any Python that ever was, so that one that is too old can say so. The empty first entry of sys.path, which
# stands for the current folder, goes before anything is imported, so that a local json.py is not. The marker is put
# together at run time: a program that merely echoes its arguments must not be mistaken for a Python that answers.
_BOOTSTRAP = """\
import sys
if sys.path[:1] == ['']:
    del sys.path[0]
a, b, probe = sys.argv[1:4]
marker = a + '-' + b
def answer(text):
    sys.stdout.write('\\n' + marker + text + marker + '\\n')
    sys.stdout.flush()
if sys.version_info < (3, 8):
    answer('{"too_old": "%d.%d.%d"}' % tuple(sys.version_info[:3]))
else:
    sys.argv[:] = ['']
    import json
    with open(probe, encoding='utf-8') as stream:
        source = stream.read()
    names = {'__name__': 'kdoctor_probe'}
    exec(compile(source, probe, 'exec'), names)
    answer(json.dumps(names['collect'](own_entry=False)))
"""


def examine(
    python: Optional[str] = None,
    *,
    working_folder: Optional[str] = None,
    environ: Optional[Mapping[str, str]] = None,
) -> Environment:
    """The facts of an interpreter.

    Args:
        python: the path of an interpreter, the folder of a virtual environment, or a name on ``PATH``; the running
            interpreter by default.
        working_folder: where the user's programs are started (the current folder by default); only files that shadow
            a package count in it.
        environ: the variables that they are started with.

    Raises:
        InterpreterError: there is no such interpreter, or it does not answer. Its text is meant for the user.
    """
    variables = os.environ if environ is None else environ
    folder = ""
    with contextlib.suppress(OSError):  # it may have been removed under our feet
        folder = os.getcwd() if working_folder is None else os.path.abspath(working_folder)
    folder = folder if os.path.isdir(folder) else ""
    if python is None:
        answer = probe.collect(variables)
    else:
        answer = _facts_of_other(locate(python, variables), folder, variables)
    # Not earlier: whoever needs the vocabulary of facts alone, as help and formats do, need not wait for packaging.
    from kdoctor.environment.facts import environment_from
    from kdoctor.environment.keras_names import with_names_and_stacks

    return with_names_and_stacks(environment_from(answer, folder))


def locate(python: str, environ: Mapping[str, str]) -> str:
    """The interpreter that is meant: a path, a virtual environment's or project's folder, or a name on ``PATH``."""
    given = os.path.expanduser(python)
    if not files.is_path(given):
        return _on_path(given, environ)
    if os.path.isdir(given):
        for folder in (given, os.path.join(given, ".venv"), os.path.join(given, "venv")):
            for inside in ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe"):
                candidate = os.path.join(folder, *inside.split("/"))
                if os.path.isfile(candidate):
                    return os.path.abspath(candidate)
        raise InterpreterError(
            f"There is no Python in the folder {python}: neither bin/python nor Scripts/python.exe is there, nor a "
            "virtual environment in .venv. Give the folder of a virtual environment, or the path of its interpreter."
        )
    if os.path.isfile(given):
        return os.path.abspath(given)
    if os.path.islink(given):
        raise InterpreterError(
            f"{python} points to {os.readlink(given)}, which does not exist: the Python that this environment was made "
            "with was removed or moved. Create the environment again."
        )
    if os.path.exists(given):
        raise InterpreterError(
            f"{python} is not a program: it is no regular file. Give the path of an interpreter, or the folder of a "
            "virtual environment."
        )
    raise InterpreterError(
        f"There is no {python}. Give the path of an interpreter, the folder of a virtual environment, or a name "
        "that is on PATH (such as python3.11)."
    )


def _on_path(name: str, environ: Mapping[str, str]) -> str:
    """A program on ``PATH``, and nothing else: a repository may hold a file or a folder of that name."""
    import shutil

    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found:
        return os.path.abspath(found)
    advice = (
        "Give a name that is on PATH (such as python3.11), or the path of an interpreter or of a virtual environment "
        f"(such as .{os.sep}.venv)."
    )
    if os.path.exists(name):
        what = "folder" if os.path.isdir(name) else "file"
        advice = f"If you mean the {what} of that name in this folder, give its path: .{os.sep}{name}"
    raise InterpreterError(f"There is no {name} on PATH. {advice}")


def _facts_of_other(executable: str, folder: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """What the probe reports in another interpreter; an error says where only ``PYTHONPATH`` keeps it from that."""
    try:
        return _ask(executable, folder, environ)
    except InterpreterError as error:
        fault = error
    if "PYTHONPATH" in environ:
        without = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
        with contextlib.suppress(InterpreterError):
            _ask(executable, folder, without)
            fault = InterpreterError(_fault_of(environ["PYTHONPATH"], executable, folder))
    raise fault


def _fault_of(python_path: str, executable: str, folder: str) -> str:
    """What is wrong where an interpreter answers only without ``PYTHONPATH``: some file there hides one of Python's."""
    own = getattr(sys, "stdlib_module_names", ())  # since Python 3.10
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


def _ask(executable: str, folder: str, environ: Mapping[str, str]) -> dict[str, Any]:
    import subprocess

    from kdoctor.processes import MOST_ANSWER, Family, listen

    first, second = os.urandom(8).hex(), os.urandom(8).hex()
    marker = f"{first}-{second}".encode()
    with Family() as family:
        try:
            child = family.start(
                [executable, "-B", "-c", _BOOTSTRAP, first, second, _PROBE],
                environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder or None,
            )
        except OSError as error:
            raise InterpreterError(
                f"{executable} cannot be run ({error.strerror or error}). Is it a Python interpreter for this machine, "
                "and may you execute it?"
            ) from error
        said = listen(child, marker, DEADLINE)
        status = child.process.returncode
    pieces = said.output.split(marker)
    facts: Any = None
    if len(pieces) >= 3:
        with contextlib.suppress(ValueError, RecursionError):
            facts = json.loads(pieces[1].decode("utf-8", "replace"))
    elif said.problem == "late":
        raise InterpreterError(
            f"{executable} did not answer within {DEADLINE:g} seconds. Something that Python runs at every start may "
            f'hang: a sitecustomize.py, or a .pth file in site-packages. Try: "{executable}" -c pass'
        )
    elif said.problem == "much":
        raise InterpreterError(
            f"{executable} printed more than {MOST_ANSWER // 2**20} MiB and no answer among it. Give the path of a "
            "Python, such as the bin/python of a virtual environment, and take out what prints at every start of it: "
            "a sitecustomize.py, or a .pth file in site-packages."
        )
    if not isinstance(facts, dict):
        raise InterpreterError(_why(executable, status, said.output[-_QUOTED:], said.errors))
    if "too_old" in facts:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        raise InterpreterError(
            f"{executable} is Python {facts['too_old']}. kdoctor examines Python {oldest} and newer; no TensorFlow "
            "that it knows runs on an older one. Give a newer interpreter."
        )
    if isinstance(facts.get("interpreter"), dict):
        # As it was given: a wrapper sets variables without which what it starts is another environment.
        facts["interpreter"]["executable"] = executable
    return facts


def _why(executable: str, status: Optional[int], output: bytes, errors: bytes) -> str:
    """Why a process ended, or fell silent, without an answer."""
    wrote = errors.decode("utf-8", "replace").strip()
    lines = (wrote or output.decode("utf-8", "replace").strip()).splitlines()
    last = lines[-1].strip()[:300] if lines else ""
    quoted = f" Its last words: {last}" if last else " It said nothing."
    exit_status = "it closed its output" if status is None else f"exit status {status}"
    is_python = "Error" in last or any(sign in wrote for sign in ("Traceback", "Python", "site.py"))
    try_it = f'Does this start: "{executable}" -c pass'
    if status is not None and status < 0:
        return f"{executable} was ended by signal {-status} before it could answer.{quoted} {try_it}"
    if status and is_python:
        return (
            f"{executable} does not start as a Python should ({exit_status}).{quoted} {try_it} . If it does not, "
            "create the environment again."
        )
    return (
        f"{executable} does not answer like a Python interpreter ({exit_status}).{quoted} Give the path of a Python, "
        "such as the bin/python of a virtual environment."
    )
