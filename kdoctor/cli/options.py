"""The options of all commands, each written once. What the user does not give is None: then the settings decide."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, NamedTuple, Optional

import typer

from kdoctor.formats import FORMATS
from kdoctor.formats.context import View
from kdoctor.words import StackId, did_you_mean

_WHAT, _HOW, _REPORT, _SETTINGS = "What is checked", "How it is checked", "The report", "Settings"


class FailOn(str, Enum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class PageFormat(str, Enum):
    """How what is known is written."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"


class By(str, Enum):
    """What the rows of the table of problems are."""

    RULE = "rule"
    FILE = "file"


class As(str, Enum):
    """Where the steps of a plan are pasted."""

    SHELL = "shell"
    POWERSHELL = "powershell"
    NOTEBOOK = "notebook"
    DOCKERFILE = "dockerfile"
    REQUIREMENTS = "requirements"
    CONDA = "conda"
    GITHUB = "github"


class Given(NamedTuple):
    """What the command line of one command says."""

    context: typer.Context
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """An option by its name; None where the command has no such option."""
        return self.values.get(name)


def takes(options: str) -> Callable[[Callable[[Given], object]], Callable[..., None]]:
    """Make a command with these options of a function that gets what was given.

    Args:
        options: names of :data:`OPTIONS`, in the order of the help.
    """

    def decorate(command: Callable[[Given], object]) -> Callable[..., None]:
        def run(context: typer.Context, **values: Any) -> None:
            from kdoctor.cli.common import failures

            with failures(bool(values.get("verbose"))):
                code = command(Given(context, values))
                raise typer.Exit(code if isinstance(code, int) else 0)

        kinds = {"context": typer.Context, **{name: OPTIONS[name] for name in options.split()}}
        run.__name__, run.__doc__, run.__annotations__ = command.__name__, command.__doc__, kinds
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY if name != "context" else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    annotation=kind,
                    default=inspect.Parameter.empty if name == "context" else _DEFAULTS.get(name),
                )
                for name, kind in kinds.items()
            ]
        )
        return run

    return decorate


# ------------------------------------------------------------------------------------------------------ their values


def _positive(seconds: Optional[float]) -> Optional[float]:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise typer.BadParameter("give a number of seconds above 0")
    return seconds


def _known(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(FORMATS)}")
    return name


def _names(values: Optional[Sequence[str]]) -> tuple[str, ...]:
    """``--only rnn,ctc --only hub`` as three names."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def _stacks(values: Optional[Sequence[str]]) -> tuple[StackId, ...]:
    known = [stack.value for stack in StackId]
    for name in _names(values):
        if name not in known:
            near = did_you_mean(name, known)
            raise typer.BadParameter(f"There is no stack called {name!r}.{near} The stacks are {', '.join(known)}.")
    return tuple(map(StackId, _names(values)))


# ---------------------------------------------------------------------------------------------------------- the table


def _option(kind: Any, text: str, *names: str, panel: Optional[str] = None, **more: Any) -> Any:
    option = typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)
    return Annotated[kind, option]


def _list(panel: str, text: str, *names: str, **more: Any) -> Any:
    return _option(Optional[list[str]], text, *names, panel=panel, **more)


def _flag(panel: Optional[str], text: str, *names: str, kind: Any = bool) -> Any:
    return _option(kind, text, *names, panel=panel)


def _argument(metavar: str, kind: Any) -> Any:
    # Described in the command's own text: some versions of click lose the help of an argument.
    return Annotated[Optional[kind], typer.Argument(metavar=metavar, show_default=False, hidden=True)]


_PYTHON = """Python to check: its path, the folder of a virtual environment (.venv, ./env), or a name on PATH.
Repeatable. Default: the Python that runs kdoctor, or the active environment where that has no Keras. Nothing is
installed into it."""
_TARGET = """Release to check against, e.g. tensorflow==2.21. Combine different packages; repeat a package to check a
second target. Default: the newest known release."""
_CONFIG = """Configuration file. Default: the nearest kdoctor.toml, or pyproject.toml with a table tool.kdoctor, in this
folder or a parent folder."""
_TRUST = """Allow this file, as it is now, to name the interpreters that are started. Needed once for an interpreter in
the repository, and again when the file changes."""

OPTIONS: Mapping[str, Any] = {
    "paths": _argument("[PATHS]...", list[str]),
    "what": _argument("[RULE|TEXT|FILE|-]", str),
    "python": _list(_WHAT, _PYTHON, "--python", metavar="PATH"),
    "diff": _flag(None, "Print the changes of the code; exit code 1 if there are any.", "--diff"),
    "apply": _flag(None, "Make the safe changes of the code.", "--apply"),
    "unsafe": _flag(None, "Also changes that may give other numbers, names or file formats.", "--unsafe"),
    "spelled": _option(Optional[As], "Write the steps of the plan for this place.", "--as"),
    "one_python": _option(Optional[str], "Python to describe. Default: as for kdoctor check.", "--python"),
    "targets": _list(_WHAT, _TARGET, "--target", metavar="RELEASE", callback=_names),
    "only": _list(
        _WHAT,
        "Check only these areas or rules (comma-separated; repeatable).",
        "--only",
        metavar="NAMES",
        callback=_names,
    ),
    "skip": _list(
        _WHAT,
        "Leave out these areas or rules (comma-separated; repeatable).",
        "--skip",
        metavar="NAMES",
        callback=_names,
    ),
    "stack": _list(
        _WHAT,
        "Check only this way to Keras: tf.keras, tf.keras+legacy, tf.keras+keras3 or keras.",
        "--stack",
        metavar="STACK",
        callback=_stacks,
    ),
    "require": _list(
        _WHAT,
        "Areas or features that must work: ctc,rnn-stateful-carry@keras.",
        "--require",
        metavar="NAMES",
        callback=_names,
    ),
    "no_code": _flag(_WHAT, "Don't read the code in this folder.", "--no-code"),
    "no_canaries": _flag(
        _HOW, "Don't run the test models; report from installed versions and known issues only.", "--no-canaries"
    ),
    "every": _flag(_HOW, "Also run the slower checks that are skipped by default.", "--all", kind=Optional[bool]),
    "timeout": _option(
        Optional[float],
        "Longest time for one check: 30 by default, and ten times that for all of them.",
        "--timeout",
        panel=_HOW,
        metavar="SECONDS",
        callback=_positive,
    ),
    "no_cache": _flag(_HOW, "Don't read or write cached results.", "--no-cache"),
    "fresh": _flag(_HOW, "Ignore cached results, run everything again and update the cache.", "--fresh"),
    "format": _option(
        str,
        f"Output format: {', '.join(FORMATS)}. Default: rich (colour if the terminal supports it).",
        "--format",
        panel=_REPORT,
        metavar="FORMAT",
        callback=_known,
        autocompletion=lambda: list(FORMATS),
    ),
    "page_format": _option(
        PageFormat, "Output format. Default: rich (colour if the terminal supports it).", "--format"
    ),
    "output": _list(
        _REPORT,
        "Also write the report to a file: json=FILE, sarif=FILE, ... Repeatable.",
        "--output",
        "-o",
        metavar="FORMAT=FILE",
    ),
    "fail_on": _option(
        Optional[FailOn], "Least severity that makes the exit code 1: error by default.", "--fail-on", panel=_REPORT
    ),
    "strict": _flag(
        _REPORT, "Also fail on probable uses and on checks that gave no result.", "--strict", kind=Optional[bool]
    ),
    "statistics": _flag(_REPORT, "Only count the problems of each rule, most first.", "--statistics"),
    "by": _option(Optional[By], "Only count the problems, by rule or by file.", "--by", panel=_REPORT),
    "list": _flag(_REPORT, "Only list every known difference, by area.", "--list"),
    "verbose": _flag(_REPORT, "Show every check, and all that is known.", "--verbose", "-v"),
    "quiet": _flag(_REPORT, "Show only the verdict.", "--quiet", "-q"),
    "releases": _flag(None, "Also what was seen on each release.", "--verbose", "-v"),
    "config": _option(Optional[str], _CONFIG, "--config", panel=_SETTINGS, metavar="FILE"),
    "no_config": _flag(_SETTINGS, "Use no configuration file and no default baseline.", "--no-config"),
    "trust": _flag(None, _TRUST, "--trust"),
    "file": _option(
        Optional[str],
        "Where to write it. Default: kdoctor-baseline.json, or the configured file.",
        "--file",
        metavar="FILE",
    ),
    "area": _option(Optional[str], "Only the rules of this area: rnn, saving, ...", "--area", metavar="NAME"),
    "markdown": _flag(None, "As a block for an issue.", "--markdown"),
    "json": _flag(None, "For programs.", "--json"),
}
REPORT = "fail_on strict format output statistics by list verbose quiet config no_config"
"""The options of every command that makes a report."""
_DEFAULTS: Mapping[str, Any] = {
    "format": "rich",
    "page_format": PageFormat.RICH,
    **{name: False for name, kind in OPTIONS.items() if kind.__origin__ is bool},
}


def view(given: Given) -> View:
    """Which part of the report is wanted."""
    if given.statistics or given.by is By.RULE:
        return View.RULES
    if given.by is By.FILE:
        return View.FILES
    return View.LIST if given.list else View.REPORT
