"""What several commands share: their settings, the code that they read, what they do about failures."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, NoReturn, Optional

import typer

from kdoctor.cli.options import Given
from kdoctor.console import DeliveryError, complain
from kdoctor.errors import UsageError, shadows_of
from kdoctor.settings import KEYS, Settings, find, level, load, visible

if TYPE_CHECKING:
    from kdoctor.code import Usage
    from kdoctor.remedies.apply import Journal
    from kdoctor.report import Report


def stop(message: str, code: int = 2) -> NoReturn:
    """End with a message that says what, why, and what to do."""
    complain(f"kdoctor: {message}")
    raise typer.Exit(code)


@contextmanager
def failures(verbose: bool = False) -> Iterator[None]:
    """Whatever goes wrong inside is a line or two on stderr, and has its own exit code."""
    from kdoctor.environment import InterpreterError

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
            import traceback

            traceback.print_exc(file=sys.stderr)
        bug = f"an error in kdoctor itself ({type(error).__name__}: {error}), so there is no report. Please report it, "
        stop(shadows_of(error) or bug + "with what is printed when KDOCTOR_DEBUG=1 is set.", 4)


def settings(given: Given) -> Settings:
    """The settings of a command: what its command line says, over the configuration file."""
    from kdoctor.run import objection

    path, note = given.config or "", ""
    if not given.no_config and not path:
        try:
            path, note = find(os.curdir)
        except FileNotFoundError:
            stop("The working directory does not exist any more. Change to another.")
    if note:
        complain(visible(f"kdoctor: {note} --config FILE names the file to use."))
    no_baseline = "" if given.no_config else None
    file = load(path, objection) if path and not given.no_config else Settings(note=note, baseline=no_baseline)
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
    from kdoctor.files import MOST_CODE

    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        stop("There is no standard input to read here. Name a file instead of -.")
    return bytes(buffer.read(MOST_CODE + 1))  # one more than is read shows that it is too much


def usage(paths: Sequence[str], ignore_legacy: bool = False) -> "Usage":
    """What the code in these files and folders uses; a path that does not exist is a mistake of whoever named it."""
    from kdoctor import rules
    from kdoctor.code import scan

    for path in paths:
        if path != "-" and not os.path.exists(path):
            stop(f"There is no file or folder {path}.{_if_command(path)}")
    given = standard_input() if "-" in paths else None
    return scan(paths, rules=rules.all_rules(), stdin=given, ignore_legacy=ignore_legacy)


def _if_command(path: str) -> str:
    from kdoctor.cli import app

    is_command = any(path == command.callback.__name__ for command in app.registered_commands if command.callback)
    return f" {path} is a command, which goes first: kdoctor {path} ..." if is_command else ""


def assess(settings: Settings, ignore_legacy: bool = False, used: "Optional[Usage]" = None) -> "Report":
    """What the code hits on the releases that are named; nothing is started. Code that was read already is ``used``."""
    from kdoctor import accepted
    from kdoctor.records import hypothetical
    from kdoctor.records.table import shipped
    from kdoctor.run import Choices, assess

    paths = settings.paths or (os.curdir,)
    asked = Choices(
        usage=used or usage(paths, ignore_legacy),
        paths=paths,
        only=settings.only,
        skip=settings.skip,
        fail_on=level(settings.fail_on),
        strict=settings.strict,
    )
    report = assess(hypothetical.targets(settings.targets, shipped().environments), asked)
    return accepted.apply(report, settings, date.today())


def examine(
    settings: Settings,
    given: Given,
    code: "Optional[tuple[Sequence[str], Usage]]",
    environ: Optional[Mapping[str, str]] = None,
) -> "Report":
    """What is broken in the environments that are named, and what the code that was read uses of it.

    ``environ`` holds the variables as found, if not those of this process.
    """
    from contextlib import nullcontext

    from kdoctor import accepted
    from kdoctor.console import live_progress
    from kdoctor.report import Interrupted
    from kdoctor.run import Choices, run

    canaries = not given.no_canaries
    paths, used = code or ((), None)
    try:
        with live_progress() if canaries and not given.quiet else nullcontext() as progress:
            asked = Choices(
                canaries=canaries,
                every=settings.every,
                only=settings.only,
                skip=settings.skip,
                stacks=tuple(given.stack or ()),
                timeout=settings.timeout,
                cache=not given.no_cache,
                fresh=bool(given.fresh),
                fail_on=level(settings.fail_on),
                strict=settings.strict,
                require=settings.require,
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
    return accepted.apply(report, settings, date.today())


def unfinished_installs(report: "Report") -> "Iterator[Journal]":
    """What an earlier ``kdoctor fix --apply --environment`` left in these environments."""
    from kdoctor.environment.steps import UNFINISHED

    for one in report.environments:
        if os.path.isdir(os.path.join(one.environment.interpreter.prefix, UNFINISHED)):
            from kdoctor.remedies.apply import unfinished  # seldom needed, and it takes a while

            left = unfinished(one.environment)
            if left:
                yield left


def interpreters(settings: Settings, config: Optional[str] = None) -> "Sequence[Optional[str]]":
    """The interpreters to examine; None is the one that runs kdoctor.

    Where that has no Keras, as under pipx and uvx, the environment that is active in the shell is meant. An environment
    in this folder may have come with a repository, so it is only named.
    """
    from importlib.util import find_spec

    if settings.python_is_from_file:
        pythons = trusted(settings, config)
        for python in pythons:
            complain(visible(f"kdoctor: starting {python}, which {settings.file} names."))
        return pythons
    if settings.python:
        return settings.python
    if any(map(find_spec, ("tensorflow", "keras", "tf_keras"))):
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
    import shlex

    from kdoctor import trust

    return trust.interpreters(settings, os.environ, f"--config {shlex.quote(config)}" if config else "")
