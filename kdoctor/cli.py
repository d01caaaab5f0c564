"""The command line: parse, make one call into the core, render, exit.

Whatever one command does not need is imported where it is needed: a visit without canaries answers in a blink. The
annotations are evaluated here, which typer needs on Python 3.9 to see more than the bare types.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Callable, NamedTuple, NoReturn, Optional, Union

import typer

from kdoctor.words import CANARY_SECONDS

if TYPE_CHECKING:
    from kdoctor.code import Usage
    from kdoctor.model import HealthyPage, Report, Rule, Severity, StackId
    from kdoctor.render.context import Context
    from kdoctor.render.page import Look
    from kdoctor.settings import Settings

app = typer.Typer(
    name="kdoctor",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(str, Enum):
    """How the report is written on stdout; :mod:`kdoctor.render.formats` writes each."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"
    HTML = "html"


class PageFormat(str, Enum):
    """How what is known is written on stdout."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"


class FailOn(str, Enum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


_FILE_FORMATS = tuple(each.value for each in Format if each is not Format.RICH)
_INTERRUPTED = 130


def _positive(seconds: float) -> float:
    if not 0 < seconds < float("inf"):
        raise typer.BadParameter("give a number of seconds above 0")
    return seconds


Pythons = Annotated[
    Optional[list[str]],
    typer.Option(
        "--python",
        metavar="PATH",
        help="Interpreter to examine: its path, the folder of a virtual environment (.venv, ./env), or a name on PATH. "
        "May be repeated. Default: the Python that runs kdoctor. Nothing is installed into it.",
    ),
]
NoCanaries = Annotated[
    bool,
    typer.Option("--no-canaries", help="Start the interpreter only to read what is installed; run no test models."),
]
Every = Annotated[bool, typer.Option("--all", help="Also the canaries that a default visit leaves out.")]
Only = Annotated[
    Optional[list[str]],
    typer.Option("--only", metavar="NAMES", help="Areas or slugs to look at, with commas between; may be repeated."),
]
Skip = Annotated[
    Optional[list[str]],
    typer.Option("--skip", metavar="NAMES", help="Areas or slugs to leave out, with commas between; may be repeated."),
]
Stacks = Annotated[
    Optional[list[str]],
    typer.Option(
        "--stack", metavar="STACK", help="Only this way to Keras: tf.keras, tf.keras+legacy, tf.keras+keras3 or keras."
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        callback=_positive,
        show_default=False,
        help="How long one canary may take: 30 by default, and the whole visit ten times that.",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Neither take what an earlier visit saw in the same environment, nor keep what this one sees.",
    ),
]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Look again at what an earlier visit saw, and keep that instead."),
]
FailOnOption = Annotated[
    FailOn,
    typer.Option(
        "--fail-on", show_default=False, help="The least severity that makes the exit code 1: error by default."
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="FORMAT",
        show_default=False,
        help="How it is written on stdout: rich (the default, coloured where that shows), plain, json, sarif, junit, "
        "github, gitlab, markdown or html.",
    ),
]
PageFormatOption = Annotated[
    PageFormat,
    typer.Option(
        "--format", show_default=False, help="How it is written on stdout: rich by default, coloured where that shows."
    ),
]
Outputs = Annotated[
    Optional[list[str]],
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT=FILE",
        help="Write the report to a file too: json=FILE, sarif=FILE, ... May be repeated.",
    ),
]
Paths = Annotated[
    Optional[list[str]],
    # Described in the command's own text: some versions of click lose the help of an argument.
    typer.Argument(metavar="[PATHS]...", show_default=False, hidden=True),
]
Require = Annotated[
    Optional[list[str]],
    typer.Option(
        "--require",
        metavar="NAMES",
        help="Areas or slugs that must work, with commas between: ctc,rnn-stateful-carry@keras. May be repeated.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Likely uses and what is unknown fail too.")]
Targets = Annotated[
    Optional[list[str]],
    typer.Option(
        "--target",
        metavar="RELEASE",
        help="A release to judge by: tensorflow==2.21, keras==3.15. Different packages make one target, a package "
        "named again begins the next. Default: the newest that is recorded.",
    ),
]
ConfigFile = Annotated[
    Optional[str],
    typer.Option(
        "--config",
        metavar="FILE",
        help="The file to take settings from. Default: the nearest kdoctor.toml, or pyproject.toml with "
        "[tool.kdoctor], in this folder or a folder above it, up to the root of the repository.",
    ),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Take settings from no file.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Everything that is known, and every feature.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict.")]

_EXAMPLES = """\b
Examples:
  kdoctor                                 examine the Python that runs kdoctor
  kdoctor --python ~/project/.venv        examine another environment
  kdoctor --no-canaries                   what is known, in a blink
  kdoctor --only rnn,ctc --stack tf.keras
  kdoctor --format json > report.json
  kdoctor check src notebooks             and what this code uses of it
  kdoctor scan . --target tensorflow==2.21
  kdoctor explain ctc-batch-cost

\b
Exit codes:
  0 nothing at or above --fail-on    3 nothing could be checked
  1 findings                         4 kdoctor could not finish
  2 wrong usage
"""


_CHECK_EXAMPLES = """\b
Examples:
  kdoctor check src notebooks
  kdoctor check --python .venv --require ctc,rnn-stateful-carry
  kdoctor check --python .tox/py311 --python .tox/py312 src
"""
_SCAN_EXAMPLES = """\b
Examples:
  kdoctor scan . --target tensorflow==2.21 --target keras==3.15
  kdoctor scan train.py --target tensorflow==2.15 --target tensorflow==2.21
  git show HEAD~3:train.py | kdoctor scan -
"""
_EXPLAIN_EXAMPLES = """\b
Examples:
  kdoctor explain mask-metric
  kdoctor explain "'Sequential' object has no attribute 'fit_generator'"
  python train.py 2>&1 | kdoctor explain -
"""


def _show_version(wanted: bool) -> None:
    if wanted:
        from kdoctor import __version__

        typer.echo(f"kdoctor {__version__}")
        raise typer.Exit


def run(
    arguments: Optional[Sequence[str]] = None,
    *,
    name: str = "kdoctor",
    show: "Optional[Callable[[Report], None]]" = None,
) -> int:
    """Do what a command line says, and return its exit code.

    Args:
        arguments: its words; those of this process by default.
        name: what the command is called in help and messages.
        show: what shows a report in the place of the terminal.
    """
    command = typer.main.get_command(app)
    if any(option.name == "timeout" and getattr(option, "is_flag", False) for option in command.params):
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
        explain_usage, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if explain_usage is None or not isinstance(code, int):
            raise
        import io

        from kdoctor.output import complain

        said = io.StringIO()
        explain_usage(file=said)
        complain(said.getvalue().rstrip())
        return code
    return code if isinstance(code, int) else 0


@app.callback(invoke_without_command=True, epilog=_EXAMPLES)
def root(
    context: typer.Context,
    python: Pythons = None,
    no_canaries: NoCanaries = False,
    every: Every = False,
    only: Only = None,
    skip: Skip = None,
    stack: Stacks = None,
    require: Require = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    timeout: Timeout = CANARY_SECONDS,
    no_cache: NoCache = False,
    fresh: Fresh = False,
    fail_on: FailOnOption = FailOn.ERROR,
    strict: Strict = False,
    format: FormatOption = Format.RICH,  # noqa: A002 - the option's name
    output: Outputs = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find out what a TensorFlow or Keras upgrade breaks in one Python environment.

    Tiny canary models are run in the examined interpreter, and their numbers are checked. The report says which
    features are broken there, why, and what mends them. Without a command this is "kdoctor check".
    """
    if context.invoked_subcommand is None:
        _visit(context, _Delivery(format, _files(output or ()), verbose, quiet))
        return
    given = [name for name in context.params if _was_given(context, name)]
    if given:
        option = "--all" if given[0] == "every" else "--" + given[0].replace("_", "-")
        _stop(
            f"{option} stands before the command {context.invoked_subcommand}, where it has no effect. "
            f"Put it behind: kdoctor {context.invoked_subcommand} {option} ...",
            2,
        )


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


@app.command(epilog=_CHECK_EXAMPLES)
def check(
    context: typer.Context,
    paths: Paths = None,
    python: Pythons = None,
    no_canaries: NoCanaries = False,
    every: Every = False,
    only: Only = None,
    skip: Skip = None,
    stack: Stacks = None,
    require: Require = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    timeout: Timeout = CANARY_SECONDS,
    no_cache: NoCache = False,
    fresh: Fresh = False,
    fail_on: FailOnOption = FailOn.ERROR,
    strict: Strict = False,
    format: FormatOption = Format.RICH,  # noqa: A002 - the option's name
    output: Outputs = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Examine environments, and say what code uses of what is broken there.

    PATHS are Python files, notebooks and folders to read; what they use of what is broken is named with its line.
    Nothing of them is run. Without PATHS it is the same as kdoctor without a command.
    """
    _visit(context, _Delivery(format, _files(output or ()), verbose, quiet))


@app.command(epilog=_SCAN_EXAMPLES)
def scan(
    context: typer.Context,
    paths: Paths = None,
    target: Targets = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    fail_on: FailOnOption = FailOn.ERROR,
    strict: Strict = False,
    format: FormatOption = Format.RICH,  # noqa: A002 - the option's name
    output: Outputs = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Say what code would hit on releases that are not installed.

    Nothing is imported or run, and no interpreter is looked at: what is broken there is on record. Without PATHS the
    working folder is read, and - is standard input.
    """
    delivery = _Delivery(format, _files(output or ()), verbose, quiet)
    with _failures_told(verbose):
        report = _assess(_settings(context))
        delivery.send(report, context.obj)
        raise typer.Exit(report.status.exit_code)


@app.command()
def baseline(
    context: typer.Context,
    paths: Paths = None,
    python: Pythons = None,
    target: Targets = None,
    no_canaries: NoCanaries = False,
    require: Require = None,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    file: Annotated[
        Optional[str],
        typer.Option(
            "--file",
            metavar="FILE",
            help="Where to write it. Default: what the configuration says, or kdoctor-baseline.json.",
        ),
    ] = None,
) -> None:
    """Write the present findings down, so that only new ones fail.

    With --target it is what kdoctor scan finds, otherwise what kdoctor check does. Nothing is written where nothing
    could be examined, and no file is replaced that is not a baseline. To use the baseline, set baseline = "FILE" in the
    configuration.
    """
    with _failures_told(verbose=False):
        from dataclasses import replace

        from kdoctor import accepted
        from kdoctor.model import Status
        from kdoctor.output import write_file

        settings = _settings(context)
        path = file or settings.baseline or accepted.default_path(settings)
        _existing_folder(path, "--file")
        accepted.check_replaceable(path)
        # What is ignored stays out: it has a reason of its own, and an end.
        fresh = replace(settings, baseline="")
        scans = _was_given(context, "target")
        report = _assess(fresh) if scans else _examine(fresh, context.params, quiet=False)
        if report.status in (Status.INCOMPLETE, Status.NOTHING_CHECKED):
            is_part = report.status is Status.INCOMPLETE
            what = "Not everything could be examined" if is_part else "There was nothing to examine"
            _stop(
                f"{what}, so {path} was not written. kdoctor check with the same options says more.",
                report.status.exit_code,
            )
        content, number = accepted.write(report, os.path.dirname(path) or os.curdir)
        accepted.check_replaceable(path)  # a run takes its time, in which a file may have appeared
        write_file(path, content.decode())
        typer.echo(f"{number} finding{'' if number == 1 else 's'} written to {path}.")


@app.command("config")
def show_config(
    context: typer.Context,
    config: ConfigFile = None,
    no_config: NoConfig = False,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Allow this file, as it is now, to name the interpreters that are started. Needed once for an "
            "interpreter in the repository, and again when the file changes.",
        ),
    ] = False,
) -> None:
    """Print the settings that are in force here, and where each comes from. Nothing is started.

    With --trust, allow the configuration to name interpreters of its own repository.
    """
    with _failures_told(verbose=False):
        from kdoctor.output import Sink
        from kdoctor.settings import describe

        settings = _settings(context)
        if trust:
            _trust(settings)
            return
        Sink(colour=False).write(describe(settings, _objections(settings, context.params)))


def _trust(settings: "Settings") -> None:
    from kdoctor import trust
    from kdoctor.settings import visible

    try:
        allowed = trust.allow(settings, os.environ)
    except OSError as error:
        _stop(f"This could not be kept: {error.strerror or error}. Name the interpreter with --python instead.", 4)
    for python in allowed:
        typer.echo(visible(f"{settings.file} may start {python}, until the file changes."))


def _objections(settings: "Settings", options: Mapping[str, Any]) -> list[str]:
    """Why the interpreters of the configuration would not be started."""
    from kdoctor.environment import InterpreterError
    from kdoctor.errors import UsageError

    try:
        if settings.python_is_from_file:
            _pythons_of_file(settings, options)
    except (UsageError, InterpreterError) as objection:
        return [str(objection)]
    return []


def _pythons_of_file(settings: "Settings", options: Mapping[str, Any]) -> tuple[str, ...]:
    """The interpreters that the configuration names, if they may be started."""
    import shlex

    from kdoctor import trust

    option = f"--config {shlex.quote(options['config'])}" if options.get("config") else ""
    return trust.interpreters(settings, os.environ, option)


@app.command()
def env(
    python: Annotated[
        Optional[str],
        typer.Option(
            "--python", metavar="PATH", help="Interpreter to describe. Default: the Python that runs kdoctor."
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a block for an issue.")] = False,
) -> None:
    """Print what is installed, to paste into an issue.

    Nothing private is in it: no path, no name of a user or a machine, no address of an index.
    """
    with _failures_told(verbose=False):
        from kdoctor.environment import examine
        from kdoctor.output import Sink
        from kdoctor.render import environment_block

        environment = examine(python)
        write = environment_block.render if markdown else environment_block.render_plain
        Sink(colour=False).write(write(environment))


@app.command()
def rules(format: PageFormatOption = PageFormat.RICH) -> None:  # noqa: A002 - the option's name
    """List every rule: code, slug and title."""
    with _failures_told(verbose=False):
        from kdoctor import rules as known
        from kdoctor.output import Sink
        from kdoctor.render import explain as rendering

        sink = Sink(colour=format is PageFormat.RICH)
        if format is PageFormat.JSON:
            sink.write_document(_json(rendering.document((*known.all_rules(), *known.healthy_pages()))))
        else:
            sink.write(rendering.render_list(known.all_rules(), known.healthy_pages(), sink.look))


@app.command(epilog=_EXPLAIN_EXAMPLES)
def explain(
    what: Annotated[
        Optional[str],
        typer.Argument(metavar="SLUG|CODE|TEXT|FILE|-", show_default=False, hidden=True),
    ] = None,
    format: PageFormatOption = PageFormat.RICH,  # noqa: A002 - the option's name
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also what was seen on each release.")] = False,
) -> None:
    """Tell all about a rule, or what an error message or a traceback is about.

    A rule is named by its slug or its code: ctc-batch-cost, or KD201. An error is its message, a file that holds it, or
    - for standard input, with everything around it. Without any, the text is read from standard input; in a notebook
    or a Python shell the last error is taken.
    """
    with _failures_told(verbose):
        from kdoctor import rules as known

        if what is None:
            _explain_text(_last_error() or _pasted(), format)
            return
        entry = known.find(what)
        if entry is not None:
            _explain_rule(entry, format, verbose)
        elif what == "-":
            _explain_text(_standard_input().decode("utf-8", "replace"), format)
        elif os.path.isfile(what):
            _explain_text(_text_of(what), format)
        elif _is_a_path(what):
            _stop(f"There is no file {what}.", 2)
        elif _is_one_word(what):
            _stop(_no_such_rule(what), 2)
        else:
            _explain_text(what, format)


def _last_error() -> str:
    """The error that the calling Python shell or notebook showed last; empty in a process of its own."""
    import traceback

    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) if error is not None else ""


def _pasted() -> str:
    """What is typed or pasted into the terminal, or comes through a pipe."""
    if sys.stdin is not None and sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
        sys.stderr.write(f"Paste the error message or the whole traceback, then press Enter and {end}.\n")
    return _standard_input().decode("utf-8", "replace")


def _standard_input() -> bytes:
    """All of it, up to a bound; a notebook's kernel has none."""
    from kdoctor.files import MOST_CODE

    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        _stop("There is no standard input to read here. Name a file instead of -.", 2)
    return bytes(buffer.read(MOST_CODE + 1))  # one more than is read shows that it is too much


def _text_of(path: str) -> str:
    from kdoctor import files

    try:
        data = files.read(path, files.MOST_CODE)
    except files.Unreadable as reason:
        _stop(f"{path} is not read: {reason}.", 2)
    if b"\0" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        _stop(f"{path} is not a text: it holds null bytes.", 2)
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what PowerShell writes
    return data.decode("utf-16" if wide else "utf-8", "replace")


def _is_a_path(text: str) -> bool:
    """Whether it was meant for a file: no blank in it, and an ending that logs and notebooks have."""
    return not any(character.isspace() for character in text) and text.lower().endswith(
        (".txt", ".log", ".ipynb", ".out", ".err", ".md", ".py")
    )


def _is_one_word(text: str) -> bool:
    """Whether it was meant for the name of a rule."""
    return all(character.isalnum() or character in "-_" for character in text)


def _explain_rule(entry: "Union[Rule, HealthyPage]", format: PageFormat, verbose: bool) -> None:  # noqa: A002
    from kdoctor import records
    from kdoctor import rules as known
    from kdoctor.output import Sink
    from kdoctor.records import words
    from kdoctor.render import explain as rendering

    sink = Sink(colour=format is PageFormat.RICH)
    if format is PageFormat.JSON:
        sink.write_document(_json(rendering.document([entry])))
        return
    history = records.history(entry.slug)
    releases = words.details(history) if verbose else ()
    sink.write(rendering.render(entry, known.example, sink.look, words.sentences(history), releases))


def _explain_text(text: str, format: PageFormat) -> None:  # noqa: A002 - the option's name
    from kdoctor import messages
    from kdoctor import rules as known
    from kdoctor.output import Sink
    from kdoctor.render import traceback as rendering

    explanation = messages.explain(text, known.all_rules())
    sink = Sink(colour=format is PageFormat.RICH)
    if format is PageFormat.JSON:
        sink.write_document(_json(rendering.document(explanation)))
    else:
        sink.write(rendering.render(explanation, sink.look, known.example))


def _no_such_rule(name: str) -> str:
    from kdoctor import rules as known

    all_rules = known.all_rules()
    in_area = [rule.slug for rule in all_rules if rule.area == name]
    if in_area:
        return f"{name} is an area. Its rules are {', '.join(in_area)}."
    names = [rule.slug for rule in all_rules] + [rule.code for rule in all_rules]
    names += [page.slug for page in known.healthy_pages()]
    return f"There is no rule called {name!r}.{_nearest(name, names) or ' kdoctor rules lists them all.'}"


# ------------------------------------------------------------------------------------------------- a visit


def _visit(context: typer.Context, delivery: "_Delivery") -> None:
    """Examine, render, and exit with what the report says."""
    with _failures_told(delivery.verbose):
        report = _examine(_settings(context), context.params, quiet=delivery.quiet)
        delivery.send(report, context.obj)
        raise typer.Exit(report.status.exit_code)


def _examine(settings: "Settings", options: Mapping[str, Any], *, quiet: bool) -> "Report":
    """What is broken in the environments that are named; ``options`` are those that no file can set."""
    from kdoctor.errors import Interrupted
    from kdoctor.output import live_progress
    from kdoctor.visit import visit

    canaries = not options["no_canaries"]
    pythons = settings.python
    if settings.python_is_from_file:
        from kdoctor.settings import visible

        pythons = _pythons_of_file(settings, options)
        for python in pythons:
            typer.echo(visible(f"kdoctor: starting {python}, which {settings.file} names."), err=True)
    usage = _usage(settings.paths) if settings.paths else None
    try:
        with live_progress() if canaries and not quiet else _nothing() as progress:
            report = visit(
                pythons or (None,),
                canaries=canaries,
                every=settings.every,
                only=settings.only,
                skip=settings.skip,
                stacks=_stacks(_names(options.get("stack"))),
                timeout=settings.timeout,
                cache=not options.get("no_cache", False),
                fresh=options.get("fresh", False),
                fail_on=_level(settings.fail_on),
                strict=settings.strict,
                require=settings.require,
                usage=usage,
                paths=settings.paths,
                progress=progress,
            )
    except Interrupted as interrupt:
        report = interrupt.report
    return _with_exceptions(report, settings)


def _assess(settings: "Settings") -> "Report":
    """What the code would hit on the releases that are named."""
    from kdoctor.environment import hypothetical
    from kdoctor.records.table import shipped
    from kdoctor.visit import assess

    paths = settings.paths or (".",)
    report = assess(
        hypothetical.targets(settings.targets, shipped().environments),
        usage=_usage(paths),
        paths=paths,
        fail_on=_level(settings.fail_on),
        strict=settings.strict,
    )
    return _with_exceptions(report, settings)


def _with_exceptions(report: "Report", settings: "Settings") -> "Report":
    """The report, in which what the configuration and the baseline accept is ignored."""
    from datetime import date

    from kdoctor import accepted

    return accepted.apply(report, settings, date.today())


def _level(fail_on: str) -> "Optional[Severity]":
    from kdoctor.model import Severity

    return None if fail_on == FailOn.NEVER.value else Severity(fail_on)


def _usage(paths: Sequence[str]) -> "Usage":
    """What the code uses; a path that does not exist is a mistake of whoever named it."""
    from kdoctor import rules as known
    from kdoctor.code import scan

    for path in paths:
        if path != "-" and not os.path.exists(path):
            _stop(f"There is no file or folder {path}.", 2)
    return scan(paths, rules=known.all_rules(), stdin=_standard_input() if "-" in paths else None)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


class _Delivery(NamedTuple):
    """Where the report goes, and how."""

    format: Format
    files: Sequence[tuple[str, str]]
    verbose: bool
    quiet: bool

    def send(self, report: "Report", show: "Optional[Callable[[Report], None]]") -> None:
        """Write the files, then stdout.

        Args:
            report: the report.
            show: whoever runs this command inside of a program shows the report itself.
        """
        from kdoctor.output import WIDEST, Sink, write_file
        from kdoctor.render import formats
        from kdoctor.render.page import Look

        for kind, path in self.files:
            write_file(path, formats.render(kind, report, self._context(kind, Look(WIDEST))))
        if show is not None and self.format is Format.RICH and not self.quiet:
            show(report)
            return
        sink = Sink(colour=self.format is Format.RICH)
        context = self._context(self.format.value, sink.look)
        sink.deliver(formats.render(self.format.value, report, context), formats.FORMATS[self.format.value])
        if self.format is Format.GITHUB:
            _add_summary(report, context)

    def _context(self, kind: str, look: "Look") -> "Context":
        """What a format is told; the lines that pin packages are looked for where the format has places for them."""
        from kdoctor.render.context import Context

        if kind not in _WITH_PLACES:
            return Context(look, self.verbose, self.quiet)
        from kdoctor import pins

        here = os.getcwd()
        root = os.environ.get("GITHUB_WORKSPACE") or pins.repository(here)
        return Context(look, self.verbose, self.quiet, pins.find(here), root, here)


_WITH_PLACES = (Format.SARIF.value, Format.GITHUB.value, Format.GITLAB.value, Format.JUNIT.value)


def _add_summary(report: "Report", context: "Context") -> None:
    """The report on the page of a run of GitHub Actions, which other steps may have written to already."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        from kdoctor.output import append_to_file
        from kdoctor.render import formats

        append_to_file(path, formats.summary(report, context))


def _json(document: object) -> str:
    import json

    return json.dumps(document, indent=2) + "\n"


# --------------------------------------------------------------------------------------------- what is given


def _settings(context: typer.Context) -> "Settings":
    """What the command line says, over what the file says."""
    readers: dict[str, Callable[[Any], Any]] = {
        "paths": tuple,
        "python": tuple,
        "target": _names,
        "require": _names,
        "only": _names,
        "skip": _names,
        "every": bool,
        "fail_on": lambda level: FailOn(level).value,
        "strict": bool,
        "timeout": float,
    }
    given = {
        {"target": "targets"}.get(name, name): reader(context.params[name])
        for name, reader in readers.items()
        # Older versions of click say of arguments that none were given, and that the command line says so.
        if _was_given(context, name) and context.params[name] not in (None, (), [])
    }
    return _configuration(context.params).over(given)


def _configuration(options: Mapping[str, Any]) -> "Settings":
    from dataclasses import replace

    from kdoctor.settings import Settings, find, load, visible
    from kdoctor.visit import objection

    if options["no_config"]:
        return Settings(baseline="")
    try:
        path, note = (options["config"], "") if options["config"] else find(os.curdir)
    except FileNotFoundError:
        _stop("The working directory does not exist any more. Change to another.", 2)
    if note:
        typer.echo(visible(f"kdoctor: {note} --config FILE names the file to use."), err=True)
    return load(path, objection) if path else replace(Settings(), note=note)


def _names(values: Optional[Iterable[str]]) -> tuple[str, ...]:
    """``--only rnn,ctc --only hub`` as three names."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def _stacks(names: Sequence[str]) -> "tuple[StackId, ...]":
    if not names:
        return ()
    from kdoctor.model import StackId

    known = [stack.value for stack in StackId]
    for name in names:
        if name not in known:
            _stop(f"There is no stack called {name!r}.{_nearest(name, known)} The stacks are {', '.join(known)}.", 2)
    return tuple(StackId(name) for name in names)


def _files(outputs: Iterable[str]) -> list[tuple[str, str]]:
    """``json=report.json`` as format and path, checked before anything runs."""
    files = []
    for output in outputs:
        kind, sign, path = output.partition("=")
        if not sign or not path:
            _stop(f"--output {output} names no format. Write --output json={output}.", 2)
        if kind not in _FILE_FORMATS:
            _stop(f"--output: there is no format {kind!r} for a file. The formats are {', '.join(_FILE_FORMATS)}.", 2)
        if path == "-":
            _stop(f"--output writes files. For standard output write --format {kind}; for a file, {kind}=./-", 2)
        _existing_folder(path, "--output")
        files.append((kind, path))
    return files


def _existing_folder(path: str, option: str) -> None:
    """Stop where a file is to go into a folder that is not there, before anything runs."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        _stop(f"{option}: the folder {folder} does not exist. Make it first, or give another.", 2)


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(names), n=3)
    if not near:  # codes are written in capitals, slugs are not
        near = difflib.get_close_matches(name.upper(), list(names), n=3)
    return f" Did you mean {' or '.join(near)}?" if near else ""


# ------------------------------------------------------------------------------------------------- failures


def _stop(message: str, code: int) -> NoReturn:
    """End with a message that says what, why, and what to do."""
    from kdoctor.output import complain

    complain(f"kdoctor: {message}")
    raise typer.Exit(code)


@contextmanager
def _failures_told(verbose: bool) -> Iterator[None]:
    """Whatever goes wrong inside is told in a line or two and has its own exit code."""
    from kdoctor.environment import InterpreterError
    from kdoctor.errors import UsageError, shadows_of
    from kdoctor.output import DeliveryError, complain

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        complain("kdoctor: interrupted.")
        raise typer.Exit(_INTERRUPTED) from None
    except DeliveryError as error:
        _stop(str(error), 4)
    except UsageError as error:
        _stop(str(error), 2)
    except InterpreterError as error:
        _stop(str(error), 3)
    except Exception as error:
        if verbose or os.environ.get("KDOCTOR_DEBUG"):
            import traceback

            traceback.print_exc(file=sys.stderr)
        shadows = shadows_of(error)
        if shadows:
            _stop(shadows, 4)
        _stop(
            f"an error in kdoctor itself ({type(error).__name__}: {error}), so there is no report. Please report it, "
            "with what is printed when KDOCTOR_DEBUG=1 is set.",
            4,
        )
