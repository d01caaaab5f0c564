"""Where a report goes."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Callable, Optional

from kdoctor import formats
from kdoctor.cli import common

if TYPE_CHECKING:
    from kdoctor.formats.context import Context, Look
    from kdoctor.report import Report

_WITH_PLACES = ("sarif", "github", "gitlab", "junit")
_FILE_FORMATS = [name for name in formats.FORMATS if name != "rich"]


class Delivery:
    """Where the report goes, and how; what is wrong with that is said before anything runs."""

    def __init__(self, format: str, outputs: Iterable[str], verbose: bool, quiet: bool) -> None:  # noqa: A002
        self._format, self._verbose, self._quiet = format, verbose, quiet
        self._files = [_file(output) for output in outputs]

    def send(self, report: "Report", show: "Optional[Callable[[Report], None]]") -> None:
        """Write the files, then stdout.

        Args:
            report: the report.
            show: whoever runs this command inside of a program shows the report itself.
        """
        from kdoctor.console import WIDEST, Sink, write_file
        from kdoctor.formats.context import Look

        for kind, path in self._files:
            write_file(path, formats.render(kind, report, self._context(kind, Look(WIDEST))))
        if show is not None and self._format == "rich" and not self._quiet:
            show(report)
            return
        sink = Sink(colour=self._format == "rich")
        context = self._context(self._format, sink.look)
        sink.deliver(formats.render(self._format, report, context))
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if self._format == "github" and summary:  # other steps may have written to it already
            write_file(summary, formats.summary(report, context), append=True)

    def _context(self, kind: str, look: "Look") -> "Context":
        """What a format must know; the repository is searched for only where a format has places in it."""
        from kdoctor.console import manifest, repository
        from kdoctor.formats.context import Context

        if kind not in _WITH_PLACES:
            return Context(look, self._verbose, self._quiet)
        here = os.getcwd()
        root = os.environ.get("GITHUB_WORKSPACE") or repository(here)
        return Context(look, self._verbose, self._quiet, manifest(root), root, here)


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
