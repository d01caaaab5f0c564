"""The options of all commands, each written once. What the user does not give is None: then the settings decide."""

from enum import Enum
from typing import Annotated, Any, Optional

import typer

from kdoctor.formats import FORMATS

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


def _option(panel: str, text: str, *names: str, metavar: Optional[str] = None, **more: Any) -> Any:
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel=panel, show_default=False, **more)


def _positive(seconds: Optional[float]) -> Optional[float]:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise typer.BadParameter("give a number of seconds above 0")
    return seconds


def _known(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(FORMATS)}")
    return name


# Described in the command's own text: some versions of click lose the help of an argument.
Paths = Annotated[Optional[list[str]], typer.Argument(metavar="[PATHS]...", show_default=False, hidden=True)]

_PYTHON = """Python to check: its path, the folder of a virtual environment (.venv, ./env), or a name on PATH.
Repeatable. Default: the Python that runs kdoctor. Nothing is installed into it."""
_TARGET = """Release to check against, e.g. tensorflow==2.21. Combine different packages; repeat a package to check a
second target. Default: the newest known release."""
_STACK = "Check only this way to Keras: tf.keras, tf.keras+legacy, tf.keras+keras3 or keras."
_REQUIRE = "Areas or features that must work: ctc,rnn-stateful-carry@keras."
Pythons = Annotated[Optional[list[str]], _option(_WHAT, _PYTHON, "--python", metavar="PATH")]
Targets = Annotated[Optional[list[str]], _option(_WHAT, _TARGET, "--target", metavar="RELEASE")]
Only = Annotated[
    Optional[list[str]],
    _option(_WHAT, "Check only these areas or rules (comma-separated; repeatable).", "--only", metavar="NAMES"),
]
Skip = Annotated[
    Optional[list[str]],
    _option(_WHAT, "Leave out these areas or rules (comma-separated; repeatable).", "--skip", metavar="NAMES"),
]
Stacks = Annotated[Optional[list[str]], _option(_WHAT, _STACK, "--stack", metavar="STACK")]
Require = Annotated[Optional[list[str]], _option(_WHAT, _REQUIRE, "--require", metavar="NAMES")]
NoCode = Annotated[bool, _option(_WHAT, "Don't read the code in this folder.", "--no-code")]

_NO_CANARIES = "Don't run the test models; report from installed versions and known issues only."
_TIMEOUT = "Longest time for one check: 30 by default, and ten times that for all of them."
_FRESH = "Ignore cached results, run everything again and update the cache."
NoCanaries = Annotated[bool, _option(_HOW, _NO_CANARIES, "--no-canaries")]
Every = Annotated[Optional[bool], _option(_HOW, "Also run the slower checks that are skipped by default.", "--all")]
Timeout = Annotated[Optional[float], _option(_HOW, _TIMEOUT, "--timeout", metavar="SECONDS", callback=_positive)]
NoCache = Annotated[bool, _option(_HOW, "Don't read or write cached results.", "--no-cache")]
Fresh = Annotated[bool, _option(_HOW, _FRESH, "--fresh")]

_FORMAT = f"Output format: {', '.join(FORMATS)}. Default: rich (colour if the terminal supports it)."
_PAGE_FORMAT = "Output format. Default: rich (colour if the terminal supports it)."
_OUTPUT = "Also write the report to a file: json=FILE, sarif=FILE, ... Repeatable."
_STRICT = "Also fail on probable uses and on checks that gave no result."
FormatOption = Annotated[
    str,
    _option(_REPORT, _FORMAT, "--format", metavar="FORMAT", callback=_known, autocompletion=lambda: list(FORMATS)),
]
PageFormatOption = Annotated[PageFormat, typer.Option("--format", show_default=False, help=_PAGE_FORMAT)]
Outputs = Annotated[Optional[list[str]], _option(_REPORT, _OUTPUT, "--output", "-o", metavar="FORMAT=FILE")]
FailOnOption = Annotated[
    Optional[FailOn], _option(_REPORT, "Least severity that makes the exit code 1: error by default.", "--fail-on")
]
Strict = Annotated[Optional[bool], _option(_REPORT, _STRICT, "--strict")]
Verbose = Annotated[bool, _option(_REPORT, "Show every check, and all that is known.", "--verbose", "-v")]
Quiet = Annotated[bool, _option(_REPORT, "Show only the verdict.", "--quiet", "-q")]

_CONFIG = """Configuration file. Default: the nearest kdoctor.toml, or pyproject.toml with a table tool.kdoctor, in this
folder or a parent folder."""
_NO_CONFIG = "Use no configuration file and no default baseline."
ConfigFile = Annotated[Optional[str], _option(_SETTINGS, _CONFIG, "--config", metavar="FILE")]
NoConfig = Annotated[bool, _option(_SETTINGS, _NO_CONFIG, "--no-config")]
