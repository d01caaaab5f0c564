"""The command line: one module a command. Each parses, makes one call into the core, writes and exits.

Whatever one command does not need is imported where it is needed: a run without test models answers in a blink. In
the modules of the commands annotations are evaluated, which typer needs on Python 3.9 to see more than bare types.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Callable, Optional

import typer
from typer.core import TyperGroup

from kdoctor.cli.baseline import baseline
from kdoctor.cli.check import IS_BARE, check, scan
from kdoctor.cli.config import config
from kdoctor.cli.env import env
from kdoctor.cli.explain import explain, rules
from kdoctor.cli.fix import fix
from kdoctor.cli.model import model

if TYPE_CHECKING:
    from kdoctor.report import Report

_EPILOG = """\b
Examples:
  kdoctor                              check this environment and this folder
  kdoctor --python ~/project/.venv     check another environment
  kdoctor check src notebooks          and what this code uses
  kdoctor scan . --target tensorflow==2.21
  python train.py 2>&1 | kdoctor explain -

\b
Exit codes:
  0 no problems at or above --fail-on    3 nothing could be checked
  1 problems                             4 not everything could be checked
  2 wrong usage or configuration
"""


class _Group(TyperGroup):
    """Without a command it is ``check``, with all its options and paths; help names the commands first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            ctx.meta[IS_BARE] = True
            args = ["check", *args]
        elif args[0] not in self.commands and ("." in args[0] or os.path.exists(args[0])):  # kdoctor train.py
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)  # in the order below; older versions sort them by name

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_commands(ctx, formatter)
        with formatter.section("Options"):
            formatter.write_dl([line for line in (one.get_help_record(ctx) for one in self.get_params(ctx)) if line])
        self.format_epilog(ctx, formatter)


app = typer.Typer(
    name="kdoctor",
    cls=_Group,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from kdoctor import __version__

        typer.echo(f"kdoctor {__version__}")
        raise typer.Exit


@app.callback(epilog=_EPILOG)
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find out what a TensorFlow or Keras upgrade breaks: in an environment, and in your code.

    Small test models are run in the Python that is checked, and their numbers are compared with known right ones. The
    options of check work without a command too: kdoctor check --help lists them.
    """


_EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    check: (
        "kdoctor check src notebooks",
        "kdoctor check --python .venv --require ctc,rnn-stateful-carry",
        "kdoctor check --python .tox/py311 --python .tox/py312 src",
    ),
    scan: (
        "kdoctor scan . --target tensorflow==2.21 --target keras==3.15",
        "kdoctor scan train.py --target tensorflow==2.15 --target tensorflow==2.21",
        "git show HEAD~3:train.py | kdoctor scan -",
    ),
    fix: (
        "kdoctor fix src",
        "kdoctor fix src --diff",
        "kdoctor fix src notebooks --apply",
    ),
    explain: (
        "kdoctor explain mask-metric",
        "kdoctor explain \"'Sequential' object has no attribute 'fit_generator'\"",
        "python train.py 2>&1 | kdoctor explain -",
    ),
    model: (
        "kdoctor model old.h5",
        "kdoctor model saved_model/ --python ../prod/.venv",
        "kdoctor model model.keras --target keras==3.15",
        "kdoctor model old.h5 --convert new.keras",
    ),
    baseline: (),
    rules: (),
    env: (),
    config: (),
}
for _command, _lines in _EXAMPLES.items():
    app.command(epilog="\n\n* ".join(("Examples:", *_lines)) if _lines else None)(_command)


def run(
    arguments: Optional[Sequence[str]] = None,
    *,
    name: str = "kdoctor",
    show: "Optional[Callable[[Report], None]]" = None,
) -> int:
    """Do what a command line says, by default that of this process, and return its exit code.

    ``name`` is what help and messages call the command; ``show`` shows a report in the place of the terminal.
    """
    command: Any = typer.main.get_command(app)
    if any(
        option.name == "timeout" and getattr(option, "is_flag", False) for option in command.commands["check"].params
    ):
        # typer 0.9 with a click of two years later: options lose their values, and every run would print the version.
        raise ImportError(
            f"typer {typer.__version__} does not work with the click that is installed; upgrade it: "
            f'"{sys.executable}" -m pip install --upgrade typer'
        )
    try:
        code = command.main(
            args=None if arguments is None else list(arguments), prog_name=name, standalone_mode=False, obj=show
        )
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # Wrong usage. Its classes belong to click, or to the click inside of typer, by typer's release.
        show_usage, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if show_usage is None or not isinstance(code, int):
            raise
        import io

        from kdoctor.console import complain

        text = io.StringIO()
        show_usage(file=text)
        complain(text.getvalue().rstrip())
        return code
    return code if isinstance(code, int) else 0
