"""``kdoctor config``."""

import os

import typer

from kdoctor.cli import common
from kdoctor.cli.options import Given, takes
from kdoctor.errors import UsageError
from kdoctor.settings import describe, visible


@takes("config no_config trust")
def config(given: Given) -> None:
    """Print the settings that are in force, and where each comes from.

    Nothing is started. With --trust, allow the configuration to name interpreters of its own repository.
    """
    from kdoctor.console import Sink
    from kdoctor.environment import InterpreterError
    from kdoctor.trust import allow

    settings = common.settings(given)
    if given.trust:
        try:
            allowed = allow(settings, os.environ)
        except OSError as error:
            reason = error.strerror or error
            common.stop(f"This could not be kept: {reason}. Name the interpreter with --python instead.", 4)
        for python in allowed:
            typer.echo(visible(f"{settings.file} may start {python}, until the file changes."))
        return
    objections = []
    try:
        if settings.python_is_from_file:
            common.trusted(settings, given.config)
    except (UsageError, InterpreterError) as objection:
        objections.append(str(objection))
    Sink(colour=False).write(describe(settings, objections))
