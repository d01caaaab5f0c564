"""``kdoctor scan``."""

import typer

from kdoctor.cli import common
from kdoctor.cli import options as option
from kdoctor.cli.delivery import Delivery


def scan(
    context: typer.Context,
    paths: option.Paths = None,
    target: option.Targets = None,
    only: option.Only = None,
    skip: option.Skip = None,
    fail_on: option.FailOnOption = None,
    strict: option.Strict = None,
    format: option.FormatOption = "rich",  # noqa: A002 - the option's name
    output: option.Outputs = None,
    verbose: option.Verbose = False,
    quiet: option.Quiet = False,
    config: option.ConfigFile = None,
    no_config: option.NoConfig = False,
) -> None:
    """Check code against releases that are not installed.

    Nothing is imported or run. Results come from tests recorded on those releases. Without PATHS this folder is read,
    or what the configuration names; - is standard input.
    """
    with common.failures(verbose):
        delivery = Delivery(format, output or (), verbose, quiet)
        settings = common.settings(
            config,
            no_config,
            paths=tuple(paths or ()),
            targets=common.names(target),
            only=common.names(only),
            skip=common.names(skip),
            fail_on=fail_on and fail_on.value,
            strict=strict,
        )
        report = common.assess(settings)
        delivery.send(report, context.obj)
        raise typer.Exit(report.status.exit_code)
