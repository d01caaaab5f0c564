"""``%load_ext kdoctor`` adds ``%kdoctor``: the command line, whose report is a card in a notebook."""

from __future__ import annotations

import shlex
import sys
from typing import Any

from kdoctor.notebook import host
from kdoctor.report import Report


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext kdoctor``."""
    shell.register_magic_function(run, "line", "kdoctor")


def run(line: str) -> None:
    """Do what ``kdoctor`` with these options does: ``%kdoctor --no-canaries``, ``%kdoctor explain ctc-batch-cost``."""
    from kdoctor.cli import run as run_command

    try:
        arguments = shlex.split(line, posix=sys.platform != "win32")
    except ValueError as error:
        sys.stderr.write(f"kdoctor: {error}: a text with an apostrophe in it goes between double quotation marks.\n")
        return
    shell = host.kernel_shell()
    shown = (lambda report: show(report, shell)) if shell is not None else None
    try:
        run_command(arguments, name="%kdoctor", show=shown)
    except KeyboardInterrupt:
        sys.stderr.write("kdoctor: interrupted.\n")


def show(report: Report, shell: Any) -> None:
    """Show a report of the command line as a card."""
    from kdoctor.notebook.display import Place
    from kdoctor.notebook.kernel import with_kernel

    Place(shell).show(with_kernel(report))
