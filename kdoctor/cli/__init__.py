"""The command line: ``options.py`` declares it, and each command's module is loaded when the command runs."""

from __future__ import annotations

import importlib
import inspect
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Callable, Optional

import typer
from typer.core import TyperGroup

from kdoctor.cli.common import Given, failures
from kdoctor.cli.options import COMMANDS, DEFAULTS, EPILOG, IS_BARE, OPTIONS, Command
from kdoctor.console import complain
from kdoctor.language import speaking
from kdoctor.settings import language

if TYPE_CHECKING:
    from kdoctor.report import Report


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
        return list(self.commands)  # in the order of the declaration; older versions sort them by name

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


_VERSION = typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")


def _root(version: bool = False) -> None:
    """Find out what a TensorFlow or Keras upgrade breaks: in an environment, and in your code.

    Small test models are run in the Python that is checked, and their numbers are compared with known right ones. The
    options of check work without a command too: kdoctor check --help lists them.
    """


_root.__annotations__["version"] = Annotated[bool, _VERSION]  # Python 3.9 evaluates no text
app.callback(epilog=EPILOG)(_root)


def _callback(name: str, command: Command) -> Callable[..., None]:
    """What typer calls: a function with the command's options as its parameters."""

    def run(context: typer.Context, **values: Any) -> None:
        with failures(bool(values.get("verbose"))), speaking(language(values.get("lang"), "--lang")):
            module = importlib.import_module(f"kdoctor.cli.{command.module}")
            code = getattr(module, name)(Given(context, values))
            raise typer.Exit(code if isinstance(code, int) else 0)

    kinds = {"context": typer.Context, **{option: OPTIONS[option] for option in command.options.split()}}
    run.__annotations__ = kinds
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=DEFAULTS.get(option))
            for option, kind in kinds.items()
        ]
    )
    return run


for _name, _command in COMMANDS.items():
    _examples = "\n\n* ".join(("Examples:", *_command.examples)) if _command.examples else None
    app.command(_name, help=_command.help, epilog=_examples)(_callback(_name, _command))


def run(
    arguments: Optional[Sequence[str]] = None,
    *,
    name: str = "kdoctor",
    show: Optional[Callable[[Report], None]] = None,
) -> int:
    """Do what a command line says, by default that of this process, and return its exit code.

    ``name`` is what help and messages call the command; ``show`` shows a report in the place of the terminal.
    """
    command: Any = typer.main.get_command(app)
    if any(one.name == "timeout" and getattr(one, "is_flag", False) for one in command.commands["check"].params):
        # typer 0.9 with a click of two years later: options lose their values, and every run would print the version.
        raise ImportError(
            f"typer {typer.__version__} does not work with the click that is installed; upgrade it: "
            f'"{sys.executable}" -m pip install --upgrade typer'
        )
    try:
        given = None if arguments is None else list(arguments)
        code = command.main(args=given, prog_name=name, standalone_mode=False, obj=show)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # Wrong usage. Its classes belong to click, or to the click inside of typer, by typer's release.
        show_usage, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if show_usage is None or not isinstance(code, int):
            raise
        text = io.StringIO()
        show_usage(file=text)
        complain(text.getvalue().rstrip())
        return code
    return code if isinstance(code, int) else 0
