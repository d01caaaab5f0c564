"""Shows a report in a notebook's front end: a line while canaries run, and the card in its place; and ``%kdoctor``."""

from __future__ import annotations

import os
import shlex
import sys
import time
import weakref
from typing import Any, Optional

from kdoctor.formats.context import Context, Look
from kdoctor.notebook import source
from kdoctor.observe.model import Progress
from kdoctor.report import Report

_PROBLEMS = (0, 12, 6, 3, 1)  # so many problems are shown: all, or as many as fit
_MOST_BYTES = 25_000
_SECONDS_BETWEEN_LINES = 0.2
_TEXT_WIDTH = 100

_on_show: tuple[Optional[weakref.ref[Report]], int] = (None, -1)
"""The report that was shown last, and the number of the cell that showed it."""


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext kdoctor``: adds ``%kdoctor``, the command line, whose report is a card in a notebook."""
    shell.register_magic_function(run, "line", "kdoctor")


def run(line: str) -> None:
    """Do what ``kdoctor`` with these options does: ``%kdoctor --no-canaries``, ``%kdoctor explain ctc-batch-cost``."""
    from kdoctor.cli import run as run_command
    from kdoctor.notebook.kernel import with_kernel

    try:
        arguments = shlex.split(line, posix=sys.platform != "win32")
    except ValueError as error:
        sys.stderr.write(f"kdoctor: {error}: a text with an apostrophe in it goes between double quotation marks.\n")
        return
    shell = source.kernel_shell()
    show = (lambda report: Place(shell).show(with_kernel(report))) if shell is not None else None
    try:
        run_command(arguments, name="%kdoctor", show=show)
    except KeyboardInterrupt:
        sys.stderr.write("kdoctor: interrupted.\n")


def bundle(report: Report) -> dict[str, object]:
    """The report as HTML and as text, in at most 25 kB: it is saved with the notebook, and the notebook is shared."""
    from kdoctor import formats
    from kdoctor.formats import html

    report = formats.for_notebook(report)
    for most in _PROBLEMS:
        card, plain = html.card(report, most), text(report, Look(_TEXT_WIDTH), most)
        if len(card.encode()) + len(plain.encode()) <= _MOST_BYTES:
            break
    return {"text/html": card, "text/plain": plain}


def text(report: Report, look: Look, most: int = 0) -> str:
    """The report where no HTML is shown; ``most`` as in :func:`kdoctor.formats.document.document`."""
    from kdoctor import formats

    return formats.render("plain", report, Context(look, most=most)).decode(look.encoding)


def is_on_show(report: Report) -> bool:
    """Whether the cell that runs now has shown this very report."""
    shown, number = _on_show
    shell = source.kernel_shell()
    return shell is not None and shown is not None and shown() is report and number == shell.execution_count


class Place:
    """The place in a cell's output where one thing is shown, replaced by the next.

    A line of progress does not stay there when a run ends otherwise than with a report.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._id = f"kdoctor-{os.urandom(8).hex()}"
        self._is_taken = False
        self._last = 0.0

    def __enter__(self) -> Place:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *rest: object) -> None:
        if kind is not None and self._is_taken:
            is_ended = issubclass(kind, KeyboardInterrupt)
            said = "was interrupted; its canaries have ended." if is_ended else "stopped; the error says why."
            self._put({"text/plain": f"kdoctor {said}"})

    def progress(self, step: Progress) -> None:
        """Show how far the run is; more often than anybody can read, it does nothing."""
        from kdoctor.console import progress_line

        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            self._put({"text/plain": f"kdoctor: {progress_line(step)}"})

    def show(self, report: Report) -> None:
        """Show the report, in place of whatever stands there."""
        global _on_show
        self._put(bundle(report))
        _on_show = (weakref.ref(report), self._shell.execution_count)

    def _put(self, data: dict[str, object]) -> None:
        self._shell.display_pub.publish(data, metadata={}, transient={"display_id": self._id}, update=self._is_taken)
        self._is_taken = True
