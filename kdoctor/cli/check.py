"""``kdoctor check``, and ``kdoctor`` without a command."""

import typer

from kdoctor.cli import common
from kdoctor.cli import options as option
from kdoctor.cli.delivery import Delivery
from kdoctor.cli.project import code

IS_BARE = "kdoctor.is_bare"
"""In a context's ``meta``: no command was given."""


def check(
    context: typer.Context,
    paths: option.Paths = None,
    python: option.Pythons = None,
    only: option.Only = None,
    skip: option.Skip = None,
    stack: option.Stacks = None,
    require: option.Require = None,
    no_code: option.NoCode = False,
    no_canaries: option.NoCanaries = False,
    every: option.Every = None,
    timeout: option.Timeout = None,
    no_cache: option.NoCache = False,
    fresh: option.Fresh = False,
    fail_on: option.FailOnOption = None,
    strict: option.Strict = None,
    format: option.FormatOption = "rich",  # noqa: A002 - the option's name
    output: option.Outputs = None,
    verbose: option.Verbose = False,
    quiet: option.Quiet = False,
    config: option.ConfigFile = None,
    no_config: option.NoConfig = False,
) -> None:
    """Check environments, and the code that is to run there.

    PATHS are Python files, notebooks and folders; - is standard input. They are read, not run. Without PATHS this
    folder is read, or what the configuration names. kdoctor without a command does the same if a file in this folder
    imports TensorFlow or Keras.
    """
    with common.failures(verbose):
        delivery = Delivery(format, output or (), verbose, quiet)
        settings = common.settings(
            config,
            no_config,
            paths=tuple(paths or ()),
            python=tuple(python or ()),
            only=common.names(only),
            skip=common.names(skip),
            require=common.names(require),
            every=every,
            timeout=timeout,
            fail_on=fail_on and fail_on.value,
            strict=strict,
        )
        report = common.examine(
            settings,
            config,
            None if no_code else code(settings, context.meta.get(IS_BARE, False)),
            canaries=not no_canaries,
            stacks=common.stacks(stack),
            cache=not no_cache,
            fresh=fresh,
            quiet=quiet,
        )
        delivery.send(report, context.obj)
        raise typer.Exit(report.status.exit_code)
