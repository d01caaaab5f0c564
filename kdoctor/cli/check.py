"""``kdoctor check``, ``kdoctor`` without a command, ``kdoctor scan`` and ``kdoctor baseline``."""

from __future__ import annotations

import os
from dataclasses import replace

import typer

from kdoctor import accepted, formats
from kdoctor.cli import common
from kdoctor.cli.common import Given
from kdoctor.cli.options import IS_BARE, By
from kdoctor.console import WIDEST, Sink, manifest, repository, write_file
from kdoctor.formats.context import Context, Look, View
from kdoctor.report import Report, Status

_WITH_PLACES = ("sarif", "github", "gitlab", "junit")
_FILE_FORMATS = [name for name in formats.FORMATS if name != "rich"]


def check(given: Given) -> int:
    """Check environments, and the code that is to run there."""
    files = _files(given)
    settings = common.settings(given)
    used = None if given.no_code else common.code(settings, given.context.meta.get(IS_BARE, False))
    return _deliver(common.examine(settings, given, used), given, files)


def scan(given: Given) -> int:
    """Check code against releases that are not installed."""
    files = _files(given)
    return _deliver(common.assess(common.settings(given), given.ignore_legacy), given, files)


def baseline(given: Given) -> None:
    """Record today's problems, so that only new ones fail."""
    settings = common.settings(given)
    path = given.file or settings.baseline or accepted.default_path(settings)
    common.existing_folder(path, "--file")
    accepted.check_replaceable(path)
    fresh = replace(settings, baseline="")  # what is known already belongs into the new file too
    report = common.assess(fresh) if given.targets else common.examine(fresh, given, common.code(fresh, is_bare=False))
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


def _files(given: Given) -> list[tuple[str, str]]:
    """The format and path of each ``json=report.json``; what is wrong with one is said before anything runs."""
    found = []
    for output in given.output or ():
        kind, sign, path = output.partition("=")
        if not sign or not path:
            common.stop(f"--output {output} names no format. Write --output json={output}.")
        if kind not in _FILE_FORMATS:
            known = ", ".join(_FILE_FORMATS)
            common.stop(f"--output: there is no format {kind!r} for a file. The formats are {known}.")
        if path == "-":
            common.stop(f"--output writes files. For standard output write --format {kind}; for a file, {kind}=./-")
        common.existing_folder(path, "--output")
        found.append((kind, path))
    return found


def _deliver(report: Report, given: Given, files: list[tuple[str, str]]) -> int:
    """Write the files, then stdout; the result is the exit code."""
    name, show = given.format, given.context.obj
    for kind, path in files:
        write_file(path, formats.render(kind, report, _context(kind, Look(WIDEST), given)))
    if show is not None and name == "rich" and _view(given) is View.REPORT and not given.quiet:
        show(report)  # whoever runs this command inside of a program shows the report itself
        return report.status.exit_code
    sink = Sink(colour=name == "rich")
    context = _context(name, sink.look, given)
    sink.deliver(formats.render(name, report, context))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if name == "github" and summary:  # other steps may have written to it already
        write_file(summary, formats.summary(report, context), append=True)
    return report.status.exit_code


def _context(kind: str, look: Look, given: Given) -> Context:
    """What a format must know; the repository is searched for only where a format has places in it."""
    context = Context(look, given.verbose, given.quiet, _view(given))
    if kind not in _WITH_PLACES:
        return context
    here = os.getcwd()
    root = os.environ.get("GITHUB_WORKSPACE") or repository(here)
    return replace(context, manifest=manifest(root), root=root, folder=here)


def _view(given: Given) -> View:
    """Which part of the report is wanted."""
    if given.statistics or given.by is By.RULE:
        return View.RULES
    if given.by is By.FILE:
        return View.FILES
    return View.LIST if given.list else View.REPORT
