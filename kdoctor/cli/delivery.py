"""Where a report goes."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from kdoctor import formats
from kdoctor.cli import common
from kdoctor.cli.options import Given, view
from kdoctor.formats.context import View

if TYPE_CHECKING:
    from kdoctor.formats.context import Context, Look
    from kdoctor.report import Report

_WITH_PLACES = ("sarif", "github", "gitlab", "junit")
_FILE_FORMATS = [name for name in formats.FORMATS if name != "rich"]


class Delivery:
    """Where the report goes, and how; what is wrong with that is said before anything runs."""

    def __init__(self, given: Given) -> None:
        self._given, self._view = given, view(given)
        self._files = [_file(output) for output in given.output or ()]

    def send(self, report: "Report") -> int:
        """Write the files, then stdout; the result is the exit code."""
        from kdoctor.console import WIDEST, Sink, write_file
        from kdoctor.formats.context import Look

        name, show = self._given.format, self._given.context.obj
        for kind, path in self._files:
            write_file(path, formats.render(kind, report, self._context(kind, Look(WIDEST))))
        if show is not None and name == "rich" and self._view is View.REPORT and not self._given.quiet:
            show(report)  # whoever runs this command inside of a program shows the report itself
            return report.status.exit_code
        sink = Sink(colour=name == "rich")
        context = self._context(name, sink.look)
        sink.deliver(formats.render(name, report, context))
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if name == "github" and summary:  # other steps may have written to it already
            write_file(summary, formats.summary(report, context), append=True)
        return report.status.exit_code

    def _context(self, kind: str, look: "Look") -> "Context":
        """What a format must know; the repository is searched for only where a format has places in it."""
        from kdoctor.console import manifest, repository
        from kdoctor.formats.context import Context

        context = Context(look, self._given.verbose, self._given.quiet, self._view)
        if kind not in _WITH_PLACES:
            return context
        here = os.getcwd()
        root = os.environ.get("GITHUB_WORKSPACE") or repository(here)
        return replace(context, manifest=manifest(root), root=root, folder=here)


def _file(output: str) -> tuple[str, str]:
    """``json=report.json`` as format and path."""
    kind, sign, path = output.partition("=")
    if not sign or not path:
        common.stop(f"--output {output} names no format. Write --output json={output}.")
    if kind not in _FILE_FORMATS:
        common.stop(f"--output: there is no format {kind!r} for a file. The formats are {', '.join(_FILE_FORMATS)}.")
    if path == "-":
        common.stop(f"--output writes files. For standard output write --format {kind}; for a file, {kind}=./-")
    common.existing_folder(path, "--output")
    return kind, path
