"""``kdoctor env``."""

from typing import Annotated, Optional

import typer

from kdoctor.cli import common


def env(
    python: Annotated[
        Optional[str],
        typer.Option("--python", metavar="PATH", help="Python to describe. Default: the Python that runs kdoctor."),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a block for an issue.")] = False,
) -> None:
    """Print what is installed, to paste into an issue.

    Nothing private is in it: no path, no name of a user or a machine, no address of an index.
    """
    with common.failures():
        from kdoctor.console import Sink
        from kdoctor.environment import examine
        from kdoctor.formats import issue_block

        environment = examine(python)
        write = issue_block.render if markdown else issue_block.render_plain
        Sink(colour=False).write(write(environment))
