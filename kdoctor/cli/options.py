"""The declaration of the command line: all options, each written once, and the commands that take them.

What the user does not give is None: then the settings decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, NamedTuple, Optional

import typer

from kdoctor.formats import FORMATS
from kdoctor.language import LANGUAGES, VARIABLE
from kdoctor.settings import names
from kdoctor.words import StackId, did_you_mean

_WHAT, _HOW, _REPORT, _SETTINGS = "What is checked", "How it is checked", "The report", "Settings"

FailOn = Enum("FailOn", {"ERROR": "error", "WARNING": "warning", "NEVER": "never"}, type=str)
PageFormat = Enum("PageFormat", {"RICH": "rich", "PLAIN": "plain", "JSON": "json"}, type=str)
By = Enum("By", {"RULE": "rule", "FILE": "file"}, type=str)
As = Enum(
    "As",
    {
        "SHELL": "shell",
        "POWERSHELL": "powershell",
        "NOTEBOOK": "notebook",
        "DOCKERFILE": "dockerfile",
        "REQUIREMENTS": "requirements",
        "CONDA": "conda",
        "GITHUB": "github",
    },
    type=str,
)


def _positive(seconds: Optional[float]) -> Optional[float]:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise typer.BadParameter("give a number of seconds above 0")
    return seconds


def _known(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(FORMATS)}")
    return name


def _stacks(values: Optional[Sequence[str]]) -> tuple[StackId, ...]:
    known = [stack.value for stack in StackId]
    for name in names(values):
        if name not in known:
            near = did_you_mean(name, known)
            raise typer.BadParameter(f"There is no stack called {name!r}.{near} The stacks are {', '.join(known)}.")
    return tuple(map(StackId, names(values)))


_PYTHON = """Python to check: its path, the folder of a virtual environment (.venv, ./env), or a name on PATH.
Repeatable. Default: the Python that runs kdoctor, or the active environment where that has no Keras. Nothing but
kdoctor fix --apply --environment installs into it."""
_TARGET = """Release to check against, e.g. tensorflow==2.21. Combine different packages; repeat a package to check a
second target. Default: the newest known release."""
_STACK = "Check only this way to Keras: tf.keras, tf.keras+legacy, tf.keras+keras3 or keras."
_IGNORE_LEGACY = "Read code that sets TF_USE_LEGACY_KERAS as if it did not."
_NO_CANARIES = "Don't run the test models; report from installed versions and known issues only."
_TIMEOUT = "Longest time for one check: 30 by default, and ten times that for all of them."
_CONFIG = """Configuration file. Default: the nearest kdoctor.toml, or pyproject.toml with a table tool.kdoctor, in this
folder or a parent folder."""
_TRUST = """Allow this file, as it is now, to name the interpreters that are started. Needed once for an interpreter in
the repository, and again when the file changes."""
_FORMATS = f"Output format: {', '.join(FORMATS)}. Default: rich (colour if the terminal supports it)."
_PAGE = "Output format. Default: rich (colour if the terminal supports it)."
_FILES = "Also write the report to a file: json=FILE, sarif=FILE, ... Repeatable."
_PROVE_FILE = (
    "With --convert: where no Keras 2 is here to compare with, install tf-keras in a copy that is removed again."
)
_CONVERT = "Write a copy that this Keras loads, after its predictions were compared. The old file is untouched."
_LANGUAGE = f"Language of text for people: {' or '.join(LANGUAGES)}. Default: {VARIABLE}, or that of the system."
_BASELINE = "Where to write it. Default: kdoctor-baseline.json, or the configured file."

_TEXT, _LIST, _FLAG, _MAYBE = Optional[str], Optional[list[str]], bool, Optional[bool]
_COMPLETE = {"autocompletion": lambda: list(FORMATS)}
_NAMES = {"metavar": "NAMES", "callback": names}
_ROWS: tuple[tuple[str, Any, Optional[str], str, str, dict[str, Any]], ...] = (
    ("python", _LIST, _WHAT, "--python", _PYTHON, {"metavar": "PATH"}),
    ("one_python", _TEXT, None, "--python", "Python to describe. Default: as for kdoctor check.", {"metavar": "PATH"}),
    ("targets", _LIST, _WHAT, "--target", _TARGET, {"metavar": "RELEASE", "callback": names}),
    ("only", _LIST, _WHAT, "--only", "Check only these areas or rules (comma-separated; repeatable).", _NAMES),
    ("skip", _LIST, _WHAT, "--skip", "Leave out these areas or rules (comma-separated; repeatable).", _NAMES),
    ("stack", _LIST, _WHAT, "--stack", _STACK, {"metavar": "STACK", "callback": _stacks}),
    ("require", _LIST, _WHAT, "--require", "Areas or features that must work: ctc,rnn-stateful-carry@keras.", _NAMES),
    ("no_code", _FLAG, _WHAT, "--no-code", "Don't read the code in this folder.", {}),
    ("ignore_legacy", _FLAG, _WHAT, "--ignore-legacy-variable", _IGNORE_LEGACY, {}),
    ("diff", _FLAG, None, "--diff", "Print the changes of the code; exit code 1 if there are any.", {}),
    ("apply", _FLAG, None, "--apply", "Make the safe changes of the code.", {}),
    ("unsafe", _FLAG, None, "--unsafe", "Also changes that may give other numbers, names or file formats.", {}),
    ("prove", _FLAG, None, "--prove", "Try the steps in a copy of the environment; opens a connection.", {}),
    ("environment", _FLAG, None, "--environment", "With --apply: install what the plan says, after asking.", {}),
    ("yes", _FLAG, None, "--yes", "With --environment: install without asking.", {}),
    ("spelled", Optional[As], None, "--as", "Write the steps of the plan for this place.", {}),
    ("no_canaries", _FLAG, _HOW, "--no-canaries", _NO_CANARIES, {}),
    ("every", _MAYBE, _HOW, "--all", "Also run the slower checks that are skipped by default.", {}),
    ("timeout", Optional[float], _HOW, "--timeout", _TIMEOUT, {"metavar": "SECONDS", "callback": _positive}),
    ("no_cache", _FLAG, _HOW, "--no-cache", "Don't read or write cached results.", {}),
    ("fresh", _FLAG, _HOW, "--fresh", "Ignore cached results, run everything again and update the cache.", {}),
    ("fail_on", Optional[FailOn], _REPORT, "--fail-on", "Least severity that exits with 1: error by default.", {}),
    ("strict", _MAYBE, _REPORT, "--strict", "Also fail on probable uses and on checks that gave no result.", {}),
    ("format", str, _REPORT, "--format", _FORMATS, {"metavar": "FORMAT", "callback": _known, **_COMPLETE}),
    ("page_format", PageFormat, None, "--format", _PAGE, {}),
    ("output", _LIST, _REPORT, "--output -o", _FILES, {"metavar": "FORMAT=FILE"}),
    ("statistics", _FLAG, _REPORT, "--statistics", "Only count the problems of each rule, most first.", {}),
    ("by", Optional[By], _REPORT, "--by", "Only count the problems, by rule or by file.", {}),
    ("list", _FLAG, _REPORT, "--list", "Only list every known difference, by area.", {}),
    ("verbose", _FLAG, _REPORT, "--verbose -v", "Show every check, and all that is known.", {}),
    ("quiet", _FLAG, _REPORT, "--quiet -q", "Show only the verdict.", {}),
    ("lang", _TEXT, _REPORT, "--lang", _LANGUAGE, {"metavar": "LANGUAGE"}),
    ("releases", _FLAG, None, "--verbose -v", "Also what was seen on each release.", {}),
    ("config", _TEXT, _SETTINGS, "--config", _CONFIG, {"metavar": "FILE"}),
    ("no_config", _FLAG, _SETTINGS, "--no-config", "Use no configuration file and no default baseline.", {}),
    ("trust", _FLAG, None, "--trust", _TRUST, {}),
    ("file", _TEXT, None, "--file", _BASELINE, {"metavar": "FILE"}),
    ("area", _TEXT, None, "--area", "Only the rules of this area: rnn, saving, ...", {"metavar": "NAME"}),
    ("write", _TEXT, None, "--write", "Write the lines that load it to a file.", {"metavar": "FILE.py"}),
    ("try_", _FLAG, None, "--try", "Really load it on each stack, in a child process, and compare the numbers.", {}),
    ("convert", _TEXT, None, "--convert", _CONVERT, {"metavar": "NEW.keras"}),
    ("trust_file", _FLAG, None, "--trust", "With --try or --convert: run code that is in the file. No sandbox.", {}),
    ("force", _FLAG, None, "--force", "With --convert: write the copy although its predictions differ.", {}),
    ("prove_file", _FLAG, None, "--prove", _PROVE_FILE, {}),
    ("markdown", _FLAG, None, "--markdown", "As a block for an issue.", {}),
    ("json", _FLAG, None, "--json", "For programs.", {}),
)
"""Each option: its name, type, group in the help, spelling, help, and what else typer gets."""


# Arguments are described in the command's own text: some versions of click lose their help.
_ARGUMENTS = (("paths", _LIST, "[PATHS]..."), ("files", _LIST, "FILES..."), ("what", _TEXT, "[RULE|TEXT|FILE|-]"))
OPTIONS: Mapping[str, Any] = {
    **{
        name: Annotated[kind, typer.Argument(metavar=metavar, show_default=False, hidden=True)]
        for name, kind, metavar in _ARGUMENTS
    },
    **{
        name: Annotated[
            kind, typer.Option(*flags.split(), help=text, rich_help_panel=panel, show_default=False, **more)
        ]
        for name, kind, panel, flags, text, more in _ROWS
    },
}
_REPORT_OPTIONS = "fail_on strict format output statistics by list verbose quiet lang config no_config"
DEFAULTS: Mapping[str, Any] = {
    **{name: False for name, kind, *_ in _ROWS if kind is _FLAG},
    "format": "rich",
    "page_format": PageFormat.RICH,
}


IS_BARE = "kdoctor.is_bare"  # in a context's `meta`: no command was given
EPILOG = """\b
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


class Command(NamedTuple):
    """A command: a function of its name in a module of this package, which is given what the user gave."""

    module: str
    options: str
    help: str
    examples: tuple[str, ...] = ()


COMMANDS: Mapping[str, Command] = {
    "check": Command(
        "check",
        "paths python only skip stack require no_code no_canaries every timeout no_cache fresh " + _REPORT_OPTIONS,
        """Check environments, and the code that is to run there.

        PATHS are Python files, notebooks and folders; - is standard input. They are read, not run. Without PATHS this
        folder is read, or what the configuration names. kdoctor without a command does the same if a file in this
        folder imports TensorFlow or Keras.
        """,
        (
            "kdoctor check src notebooks",
            "kdoctor check --python .venv --require ctc,rnn-stateful-carry",
            "kdoctor check --python .tox/py311 --python .tox/py312 src",
        ),
    ),
    "scan": Command(
        "check",
        "paths targets only skip ignore_legacy " + _REPORT_OPTIONS,
        """Check code against releases that are not installed.

        Nothing is imported or run. Results come from tests recorded on those releases. Without PATHS this folder is
        read, or what the configuration names; - is standard input.
        """,
        (
            "kdoctor scan . --target tensorflow==2.21 --target keras==3.15",
            "kdoctor scan train.py --target tensorflow==2.15 --target tensorflow==2.21",
            "git show HEAD~3:train.py | kdoctor scan -",
        ),
    ),
    "fix": Command(
        "fix",
        "paths diff apply unsafe prove environment yes python targets only skip no_canaries spelled lang config "
        "no_config",
        """Show how to fix what is found, and change the code.

        Without --diff or --apply it prints the plan: the steps, those that change least first, what each fixes and
        what it costs. Only --apply writes anything. With --target, or where no TensorFlow is installed, the code is
        judged by results on record, as kdoctor scan does. With --prove and --environment packages are downloaded and
        installed: with --prove into a copy of the environment that is removed again.
        """,
        ("kdoctor fix src", "kdoctor fix src --diff", "kdoctor fix src notebooks --apply"),
    ),
    "explain": Command(
        "explain",
        "what page_format releases lang",
        """Explain a rule, an error message or a traceback.

        A rule is named by its code or its name: KD201, or ctc-batch-cost. An error is its message, or a file that
        holds it with everything around it; - is standard input.
        """,
        (
            "kdoctor explain mask-metric",
            "kdoctor explain \"'Sequential' object has no attribute 'fit_generator'\"",
            "python train.py 2>&1 | kdoctor explain -",
        ),
    ),
    "model": Command(
        "model",
        "files python targets stack write try_ convert trust_file force prove_file page_format verbose lang",
        """Say what a saved model is, whether it loads, and how.

        FILES are model files, SavedModel folders, checkpoints, and folders that hold some. They are read, not loaded:
        nothing in them is run, unless --try or --convert is given. These run TensorFlow on the file in a child
        process, which is limited in time and memory but has your rights.
        """,
        (
            "kdoctor model old.h5",
            "kdoctor model saved_model/ --python ../prod/.venv",
            "kdoctor model model.keras --target keras==3.15",
            "kdoctor model old.h5 --convert new.keras",
        ),
    ),
    "baseline": Command(
        "check",
        "paths python targets no_canaries require config no_config file",
        """Record today's problems, so that only new ones fail.

        check and scan use kdoctor-baseline.json where it exists; another file is named in the configuration. With
        --target it holds what kdoctor scan finds, otherwise what kdoctor check does. Nothing is written where not
        everything could be checked, and no file is replaced that is not a baseline.
        """,
    ),
    "rules": Command("explain", "area page_format lang", "List every rule: code, name and title."),
    "env": Command(
        "about",
        "one_python markdown json config no_config",
        """Print what is installed, to paste into an issue.

        Nothing private is in it: no path, no name of a user or a machine, no address of an index. Nothing is run.
        """,
    ),
    "config": Command(
        "about",
        "config no_config trust",
        """Print the settings that are in force, and where each comes from.

        Nothing is started. With --trust, allow the configuration to name interpreters of its own repository.
        """,
    ),
}
