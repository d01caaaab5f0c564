"""``kdoctor baseline``."""

import os

import typer

from kdoctor.cli import common
from kdoctor.cli.options import Given, takes
from kdoctor.cli.project import code


@takes("paths python targets no_canaries require config no_config file")
def baseline(given: Given) -> None:
    """Record today's problems, so that only new ones fail.

    check and scan use kdoctor-baseline.json where it exists; another file is named in the configuration. With --target
    it holds what kdoctor scan finds, otherwise what kdoctor check does. Nothing is written where not everything could
    be checked, and no file is replaced that is not a baseline.
    """
    from dataclasses import replace

    from kdoctor import accepted
    from kdoctor.console import write_file
    from kdoctor.report import Status

    settings = common.settings(given)
    path = given.file or settings.baseline or accepted.default_path(settings)
    common.existing_folder(path, "--file")
    accepted.check_replaceable(path)
    fresh = replace(settings, baseline="")  # what is known already belongs into the new file too
    report = common.assess(fresh) if given.targets else common.examine(fresh, given, code(fresh, is_bare=False))
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
