"""``kdoctor config``."""

import os
from typing import Annotated

import typer

from kdoctor.cli import common
from kdoctor.cli import options as option


def config(
    config: option.ConfigFile = None,
    no_config: option.NoConfig = False,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Allow this file, as it is now, to name the interpreters that are started. Needed once for an "
            "interpreter in the repository, and again when the file changes.",
        ),
    ] = False,
) -> None:
    """Print the settings that are in force, and where each comes from.

    Nothing is started. With --trust, allow the configuration to name interpreters of its own repository.
    """
    with common.failures():
        from kdoctor.console import Sink
        from kdoctor.environment import InterpreterError
        from kdoctor.errors import UsageError
        from kdoctor.settings import describe, visible
        from kdoctor.trust import allow

        settings = common.settings(config, no_config)
        if trust:
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
                common.trusted(settings, config, announce=False)
        except (UsageError, InterpreterError) as objection:
            objections.append(str(objection))
        Sink(colour=False).write(describe(settings, objections))
