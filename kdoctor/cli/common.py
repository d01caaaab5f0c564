"""What several commands share: their settings, the code that they read, what they do about failures."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Optional

import typer

from kdoctor import files
from kdoctor.cli.options import COMMANDS
from kdoctor.console import DeliveryError, complain, live_progress
from kdoctor.errors import InterpreterError, UsageError, shadows_of
from kdoctor.settings import KEYS, Settings, of_folder, visible

if TYPE_CHECKING:
    from kdoctor.code import Usage
    from kdoctor.remedies.apply import Journal
    from kdoctor.report import Report

_MOST_FILES = 2000
_MOST_BYTES = 20_000_000
_IMPORTS = re.compile(rb"""(?:^|["';:]|\\n)[ \t]*(?:import|from)[ \t][^\n#]*\b(?:tensorflow|keras|tf_keras)\b""", re.M)
"""An import at the beginning of a line, of a notebook's too."""


class Given(NamedTuple):
    """What the command line of one command says."""

    context: typer.Context
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """An option by its name; None where the command has no such option."""
        return self.values.get(name)


def stop(message: str, code: int = 2) -> NoReturn:
    """End with a message that says what, why, and what to do."""
    complain(f"kdoctor: {message}")
    raise typer.Exit(code)


@contextmanager
def failures(verbose: bool = False) -> Iterator[None]:
    """Whatever goes wrong inside is a line or two on stderr, and has its own exit code."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        stop("interrupted.", 130)
    except (UsageError, InterpreterError, DeliveryError) as error:
        stop(str(error), 2 if isinstance(error, UsageError) else 3 if isinstance(error, InterpreterError) else 4)
    except Exception as error:
        if verbose or os.environ.get("KDOCTOR_DEBUG"):
            traceback.print_exc(file=sys.stderr)
        bug = f"an error in kdoctor itself ({type(error).__name__}: {error}), so there is no report. Please report it, "
        stop(shadows_of(error) or bug + "with what is printed when KDOCTOR_DEBUG=1 is set.", 4)


def settings(given: Given) -> Settings:
    """The settings of a command: what its command line says, over the configuration file."""
    from kdoctor.run import objection

    try:
        file = Settings(baseline="") if given.no_config else of_folder(os.curdir, objection, given.config)
    except FileNotFoundError:
        stop("The working directory does not exist any more. Change to another.")
    if file.note and not file.file:
        complain(visible(f"kdoctor: {file.note} --config FILE names the file to use."))
    said = {key.name: given.values.get(key.name) for key in KEYS.values()}
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return file.over({name: getattr(value, "value", value) for name, value in said.items() if value not in (None, ())})


def existing_folder(path: str, option: str) -> None:
    """Stop where a file is to go into a folder that is not there, before anything runs."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        stop(f"{option}: the folder {folder} does not exist. Create it first, or name another.")


def standard_input() -> bytes:
    """All of it, up to a bound; a notebook's kernel has none."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        stop("There is no standard input to read here. Name a file instead of -.")
    return bytes(buffer.read(files.MOST_CODE + 1))  # one more than is read shows that it is too much


def usage(paths: Sequence[str], ignore_legacy: bool = False) -> Usage:
    """What the code in these files and folders uses; a path that does not exist is a mistake of whoever named it."""
    from kdoctor import rules
    from kdoctor.code import scan

    for path in paths:
        if path != "-" and not os.path.exists(path):
            is_command = f" {path} is a command, which goes first: kdoctor {path} ..." if path in COMMANDS else ""
            stop(f"There is no file or folder {path}.{is_command}")
    gc.enable()  # see kdoctor.__main__
    given = standard_input() if "-" in paths else None
    return scan(paths, rules=rules.all_rules(), stdin=given, ignore_legacy=ignore_legacy)


def code(settings: Settings, is_bare: bool) -> Optional[tuple[Sequence[str], Usage]]:
    """The paths that are read, and what their code uses; None where there is nothing to read.

    Where no command was given (``is_bare``), the folder is read only up to a bound, and only if a file in it imports
    TensorFlow or Keras.
    """
    if settings.paths:
        return settings.paths, usage(settings.paths)
    here = os.path.realpath(os.curdir)
    if here in (os.path.realpath(os.path.expanduser("~")), os.path.dirname(here)):
        return None  # who starts kdoctor there does not mean all files below
    from kdoctor.code.files import find
    from kdoctor.environment.model import Unread

    found = sorted(find([os.curdir]).files)
    read = found[: _within(found)] if is_bare else found
    if not read or (is_bare and not any(map(_imports, read))):
        return None
    if len(read) == len(found):
        return (os.curdir,), usage((os.curdir,))
    used = usage(read)
    why = f"{len(found) - len(read):,} of its {len(found):,} files were left out; kdoctor check . reads all"
    return (os.curdir,), used._replace(unread=(*used.unread, Unread(os.curdir, why)))


def _within(paths: Sequence[str]) -> int:
    """How many of the files are within the bounds, one at least."""
    sizes = (os.stat(path).st_size if os.path.isfile(path) else 0 for path in paths[:_MOST_FILES])
    before = accumulate(sizes, initial=0)
    return sum(size <= _MOST_BYTES for size, _path in zip(before, paths[:_MOST_FILES]))


def _imports(path: str) -> bool:
    try:
        return _IMPORTS.search(files.read(path, files.MOST_CODE)) is not None
    except files.Unreadable:
        return False


def assess(settings: Settings, ignore_legacy: bool = False, used: Optional[Usage] = None) -> Report:
    """What the code hits on the releases that are named; nothing is started. Code that was read already is ``used``."""
    from kdoctor.records import hypothetical
    from kdoctor.records.table import shipped
    from kdoctor.run import Choices, assess

    paths = settings.paths or (os.curdir,)
    asked = Choices.of(settings, usage=used or usage(paths, ignore_legacy), paths=paths)
    return assess(hypothetical.targets(settings.targets, shipped().environments), asked)


def examine(
    settings: Settings,
    given: Given,
    code: Optional[tuple[Sequence[str], Usage]],
    environ: Optional[Mapping[str, str]] = None,
) -> Report:
    """What is broken in the environments that are named, and what the code that was read uses of it.

    ``environ`` holds the variables as found, if not those of this process.
    """
    from kdoctor.report import Interrupted
    from kdoctor.run import Choices, run

    canaries = not given.no_canaries
    paths, used = code or ((), None)
    try:
        with live_progress() if canaries and not given.quiet else nullcontext() as progress:
            asked = Choices.of(
                settings,
                canaries=canaries,
                stacks=tuple(given.stack or ()),
                cache=not given.no_cache,
                fresh=bool(given.fresh),
                usage=used,
                paths=paths,
                environ=dict(os.environ if environ is None else environ),
                progress=progress,
                begun=progress.begin if progress else None,
            )
            report = run(interpreters(settings, given.config), asked)
    except Interrupted as interrupt:
        report = interrupt.report
    for left in unfinished_installs(report):
        complain(f"kdoctor: {left.said}")
    return report


def unfinished_installs(report: Report) -> Iterator[Journal]:
    """What an earlier ``kdoctor fix --apply --environment`` left in these environments."""
    from kdoctor.environment.steps import UNFINISHED

    for one in report.environments:
        if os.path.isdir(os.path.join(one.environment.interpreter.prefix, UNFINISHED)):
            from kdoctor.remedies.apply import unfinished  # seldom needed, and it takes a while

            left = unfinished(one.environment)
            if left:
                yield left


def interpreters(settings: Settings, config: Optional[str] = None) -> Sequence[Optional[str]]:
    """The interpreters to examine; None is the one that runs kdoctor.

    Where that has no Keras, as under pipx and uvx, the environment that is active in the shell is meant. An environment
    in this folder may have come with a repository, so it is only named.
    """
    if settings.python_is_from_file:
        pythons = trusted(settings, config)
        for python in pythons:
            complain(visible(f"kdoctor: starting {python}, which {settings.file} names."))
        return pythons
    if settings.python:
        return settings.python
    if any(map(importlib.util.find_spec, ("tensorflow", "keras", "tf_keras"))):
        return (None,)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(name, "")
        if os.path.isdir(folder) and os.path.realpath(folder) != os.path.realpath(sys.prefix):
            complain(f"kdoctor: the Python that runs kdoctor has no Keras. Checking {folder}, as {name} says.")
            return (folder,)
    for folder in (".venv", "venv"):
        if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
            complain(f"kdoctor: there is an environment in this folder. To check it: kdoctor --python {folder}")
            break
    return (None,)


def trusted(settings: Settings, config: Optional[str]) -> tuple[str, ...]:
    """The interpreters that the configuration names, if they may be started; ``config`` is its file if it was given."""
    from kdoctor import trust

    return trust.interpreters(settings, os.environ, f"--config {shlex.quote(config)}" if config else "")
