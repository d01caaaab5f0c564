"""``kdoctor baseline``."""

import os
from typing import Annotated, Optional

import typer

from kdoctor.cli import common
from kdoctor.cli import options as option
from kdoctor.cli.project import code


def baseline(
    paths: option.Paths = None,
    python: option.Pythons = None,
    target: option.Targets = None,
    no_canaries: option.NoCanaries = False,
    require: option.Require = None,
    config: option.ConfigFile = None,
    no_config: option.NoConfig = False,
    file: Annotated[
        Optional[str],
        typer.Option(
            "--file", metavar="FILE", help="Where to write it. Default: kdoctor-baseline.json, or the configured file."
        ),
    ] = None,
) -> None:
    """Record today's problems, so that only new ones fail.

    check and scan use kdoctor-baseline.json where it exists; another file is named in the configuration. With --target
    it holds what kdoctor scan finds, otherwise what kdoctor check does. Nothing is written where not everything could
    be checked, and no file is replaced that is not a baseline.
    """
    with common.failures():
        from dataclasses import replace

        from kdoctor import accepted
        from kdoctor.console import write_file
        from kdoctor.report import Status

        settings = common.settings(
            config,
            no_config,
            paths=tuple(paths or ()),
            python=tuple(python or ()),
            targets=common.names(target),
            require=common.names(require),
        )
        path = file or settings.baseline or accepted.default_path(settings)
        common.existing_folder(path, "--file")
        accepted.check_replaceable(path)
        fresh = replace(settings, baseline="")  # what is known already belongs into the new file too
        if target:
            report = common.assess(fresh)
        else:
            report = common.examine(fresh, config, code(fresh, is_bare=False), canaries=not no_canaries)
        if report.status in (Status.INCOMPLETE, Status.NOTHING_CHECKED):
            is_part = report.status is Status.INCOMPLETE
            what = "Not everything could be examined" if is_part else "There was nothing to examine"
            common.stop(
                f"{what}, so {path} was not written. kdoctor check with the same options says more.",
                report.status.exit_code,
            )
        content, number = accepted.write(report, os.path.dirname(path) or os.curdir)
        accepted.check_replaceable(path)  # a run takes its time, in which a file may have appeared
        write_file(path, content.decode())
        typer.echo(f"{number} problem{'' if number == 1 else 's'} written to {path}.")
