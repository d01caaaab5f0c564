"""``kdoctor check``, ``kdoctor`` without a command, and ``kdoctor scan``; and where their report goes."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from kdoctor import formats
from kdoctor.cli import common
from kdoctor.cli.options import REPORT, Given, takes, view
from kdoctor.cli.project import code
from kdoctor.formats.context import Context, Look, View

if TYPE_CHECKING:
    from kdoctor.report import Report

IS_BARE = "kdoctor.is_bare"  # in a context's `meta`: no command was given
_WITH_PLACES = ("sarif", "github", "gitlab", "junit")
_FILE_FORMATS = [name for name in formats.FORMATS if name != "rich"]


@takes("paths python only skip stack require no_code no_canaries every timeout no_cache fresh " + REPORT)
def check(given: Given) -> int:
    """Check environments, and the code that is to run there.

    PATHS are Python files, notebooks and folders; - is standard input. They are read, not run. Without PATHS this
    folder is read, or what the configuration names. kdoctor without a command does the same if a file in this folder
    imports TensorFlow or Keras.
    """
    files = _files(given)
    settings = common.settings(given)
    used = None if given.no_code else code(settings, given.context.meta.get(IS_BARE, False))
    return _deliver(common.examine(settings, given, used), given, files)


@takes("paths targets only skip ignore_legacy " + REPORT)
def scan(given: Given) -> int:
    """Check code against releases that are not installed.

    Nothing is imported or run. Results come from tests recorded on those releases. Without PATHS this folder is read,
    or what the configuration names; - is standard input.
    """
    files = _files(given)
    return _deliver(common.assess(common.settings(given), given.ignore_legacy), given, files)


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


def _deliver(report: "Report", given: Given, files: list[tuple[str, str]]) -> int:
    """Write the files, then stdout; the result is the exit code."""
    from kdoctor.console import WIDEST, Sink, write_file

    name, show, wanted = given.format, given.context.obj, view(given)
    for kind, path in files:
        write_file(path, formats.render(kind, report, _context(kind, Look(WIDEST), given)))
    if show is not None and name == "rich" and wanted is View.REPORT and not given.quiet:
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
    from kdoctor.console import manifest, repository

    context = Context(look, given.verbose, given.quiet, view(given))
    if kind not in _WITH_PLACES:
        return context
    here = os.getcwd()
    root = os.environ.get("GITHUB_WORKSPACE") or repository(here)
    return replace(context, manifest=manifest(root), root=root, folder=here)
