"""The command as a user starts it: what goes to stdout, what to stderr, and with which code it ends."""

from __future__ import annotations

import ast
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path

import pytest

import kdoctor
from kdoctor import formats
from tests.cli.terminal import until

ROOT = Path(__file__).parents[2]
NO_CODE = tempfile.TemporaryDirectory()
"""A working folder without code, which kdoctor would read."""
atexit.register(NO_CODE.cleanup)

# Starts the command with the run replaced: the reports of tests/formats/samples.py, or what may go wrong.
DRIVER = """
import os, sys, time
import kdoctor.run
from kdoctor.environment import InterpreterError
from tests.formats import samples

def run(pythons=(None,), choices=None):
    options = vars(choices)
    kind = os.environ["SAMPLE"]
    said = sorted(((key, value) for key, value in options.items() if key != 'environ'), key=str)
    sys.stderr.write(os.environ.get("ECHO", "") and f"{pythons} {said}\\n")
    if kind == "usage":
        raise kdoctor.run.UsageError("There is no area called 'rnm'. Did you mean rnn?")
    if kind == "interpreter":
        raise InterpreterError("There is no /nowhere/python. Give the path of an interpreter.")
    if kind == "bug":
        raise ZeroDivisionError("division by zero")
    if kind == "slow":
        print("started", flush=True)
        time.sleep(60)
    return samples.ALL[kind]()

kdoctor.run.run = run
from kdoctor.__main__ import main
main()
"""


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "TEMP", "HOME")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **variables}


def run(*arguments: str, sample: str = "healthy", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DRIVER, *arguments],
        env=environment(SAMPLE=sample, **variables),
        cwd=NO_CODE.name,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def command_in(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kdoctor", *arguments],
        env=environment(**variables),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return command_in(Path(NO_CODE.name), *arguments, **variables)


EVERYDAY = ("rich", "plain", "json")
FORMATS = [name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.thorough) for name in formats.FORMATS]
FILE_FORMATS = [
    name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.thorough)
    for name in formats.FORMATS
    if name != "rich"
]

# --------------------------------------------------------------------------------------- what ends how


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("sample", "code"),
    [("healthy", 0), ("many_findings", 0), ("faults", 1), ("nothing", 3), ("incomplete", 4)],
)
@pytest.mark.parametrize("format_", FORMATS)
def test_the_exit_code_is_that_of_the_report(sample: str, code: int, format_: str) -> None:
    done = run("--format", format_, sample=sample)
    assert done.returncode == code
    assert done.stderr == ""
    if format_ == "json":
        assert json.loads(done.stdout)["exit_code"] == code
    elif format_ in EVERYDAY:
        assert "(Python 3.11.7" in done.stdout.splitlines()[0]
    elif format_ == "gitlab":
        assert isinstance(json.loads(done.stdout), list)
    else:
        assert done.stdout.strip()


def test_wrong_usage_is_2_in_a_few_lines() -> None:
    done = run(sample="usage")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "kdoctor: There is no area called 'rnm'. Did you mean rnn?\n"


def test_an_interpreter_that_cannot_be_examined_is_3() -> None:
    done = run(sample="interpreter")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "kdoctor: There is no /nowhere/python. Give the path of an interpreter.\n"


def test_an_error_of_its_own_is_4_in_one_line() -> None:
    done = run(sample="bug")
    assert (done.returncode, done.stdout) == (4, "")
    assert len(done.stderr.splitlines()) == 1
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "report it" in done.stderr


@pytest.mark.parametrize(("arguments", "variables"), [(["--verbose"], {}), ([], {"KDOCTOR_DEBUG": "1"})])
def test_an_error_of_its_own_has_its_traceback_on_request(arguments: list[str], variables: dict[str, str]) -> None:
    done = run(*arguments, sample="bug", **variables)
    assert done.returncode == 4
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "No such option"),
        (["--format", "xml"], "xml"),
        (["--fail-on", "sometimes"], "sometimes"),
        (["--timeout", "0"], "above 0"),
        (["--timeout", "nan"], "above 0"),
        (["--stack", "tf.kears"], "Did you mean tf.keras"),
        (["--output", "report.json"], "--output json=report.json"),
        (["--output", "xml=report.xml"], "plain, concise"),
        (["--output", "json=/no/such/folder/report.json"], "does not exist"),
        (["nonsense"], "nonsense"),
        (["--no-canaries", "rules"], "kdoctor rules"),
    ],
)
def test_what_is_not_understood_is_2(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_interrupted() -> None:
    # What runs tests in the background has told its children to ignore the interrupt.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    with subprocess.Popen(
        [sys.executable, "-c", heeding + DRIVER],
        env=environment(SAMPLE="slow"),
        cwd=NO_CODE.name,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert errors == "kdoctor: interrupted.\n"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_whoever_ends_it_gets_a_clean_end(tmp_path: Path) -> None:
    """What runs `finally` runs, so no process and no temporary file is left."""
    report = tmp_path / "report.json"
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, "--output", f"json={report}"],
        env=environment(SAMPLE="slow"),
        cwd=NO_CODE.name,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.terminate()
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (128 + signal.SIGTERM, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("format_", FORMATS)
def test_a_reader_who_leaves_is_no_failure(format_: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, "--format", format_],
            env=environment(SAMPLE="faults"),
            cwd=NO_CODE.name,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            env=environment(SAMPLE="healthy"),
            cwd=NO_CODE.name,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr == "kdoctor: The report could not be written: No space left on device.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("format_", FILE_FORMATS)
def test_a_full_disk_under_a_file_is_told(format_: str) -> None:
    done = run("--output", f"{format_}=/dev/full", sample="faults")
    assert done.returncode == 4
    assert done.stderr == "kdoctor: /dev/full could not be written: No space left on device.\n"


@pytest.mark.thorough
@pytest.mark.parametrize("format_", FILE_FORMATS)
def test_two_that_write_one_file_leave_one_whole_report(tmp_path: Path, format_: str) -> None:
    report = tmp_path / "report"
    command_line = [sys.executable, "-c", DRIVER, "--quiet", "--output", f"{format_}={report}"]
    processes = [
        subprocess.Popen(command_line, cwd=NO_CODE.name, env=environment(SAMPLE="faults"), stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [process.wait(timeout=120) for process in processes] == [1, 1, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    alone = tmp_path / "alone"
    assert run("--quiet", "--output", f"{format_}={alone}", sample="faults").returncode == 1
    assert report.read_bytes() == alone.read_bytes()


# ---------------------------------------------------------------------------------------- what is passed on


def test_every_option_reaches_the_run() -> None:
    done = run(
        "--python", "/a/python", "--python", "/b c/é", "--no-canaries", "--all", "--only", "rnn, ctc", "--only", "hub",
        "--skip", "api", "--stack", "keras", "--timeout", "5", "--fail-on", "never",
        "--no-cache", "--fresh",
        ECHO="1",
    )  # fmt: skip
    assert "('/a/python', '/b c/é')" in done.stderr
    for said in (
        "('canaries', False)",
        "('every', True)",
        "('only', ('rnn', 'ctc', 'hub'))",
        "('skip', ('api',))",
        "('fail_on', 'never')",
        "('timeout', 5.0)",
        "('cache', False)",
        "('fresh', True)",
        "('stacks', (<StackId.KERAS: 'keras'>,))",
        "('progress', None)",
    ):
        assert said in done.stderr


def test_check_is_the_same_as_no_command() -> None:
    bare, named = run("--skip", "api", ECHO="1"), run("check", "--skip", "api", ECHO="1")
    assert (bare.stdout, bare.stderr, bare.returncode) == (named.stdout, named.stderr, named.returncode)
    assert "('fail_on', 'error')" in bare.stderr
    assert "('cache', True)" in bare.stderr
    assert "('fresh', False)" in bare.stderr


def test_a_path_without_a_command_is_checked(tmp_path: Path) -> None:
    (tmp_path / "scan").mkdir()
    (tmp_path / "Lernen.py").write_text("import keras\n")
    for path in ("Lernen.py", "gone.py"):
        arguments = path, "--no-canaries", "--no-cache"
        bare, named = command_in(tmp_path, *arguments), command_in(tmp_path, "check", *arguments)
        assert (bare.stdout, bare.stderr, bare.returncode) == (named.stdout, named.stderr, named.returncode)
    assert "No such command 'chekc'" in command_in(tmp_path, "chekc").stderr
    assert "Usage: kdoctor scan" in command_in(tmp_path, "scan", "--help").stdout


def test_the_report_goes_to_files_too(tmp_path: Path) -> None:
    machine, human = tmp_path / "r é.json", tmp_path / "r.txt"
    done = run("--output", f"json={machine}", "-o", f"plain={human}", "--quiet", sample="faults", FORCE_COLOR="1")
    assert done.returncode == 1
    assert json.loads(machine.read_text(encoding="utf-8"))["status"] == "findings"
    assert "\x1b" not in human.read_text(encoding="utf-8")
    assert "1 problem with the installation" in human.read_text(encoding="utf-8")
    assert sorted(tmp_path.iterdir()) == sorted([machine, human])


# ------------------------------------------------------------------------------------------ where it is shown


def test_no_codes_in_a_pipe() -> None:
    assert "\x1b" not in run(sample="faults").stdout


def test_colour_on_request() -> None:
    assert "\x1b[1;31m" in run(sample="faults", FORCE_COLOR="1").stdout
    assert "\x1b" not in run(sample="faults", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in run("--format", "plain", sample="faults", FORCE_COLOR="1").stdout


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_width_of_the_window(columns: str) -> None:
    done = run(sample="healthy", COLUMNS=columns)
    wrapped = [line for line in done.stdout.splitlines() if "kdoctor " not in line]  # commands never are
    assert max(map(len, wrapped)) <= int(columns)


def test_a_locale_without_signs() -> None:
    done = run("--verbose", sample="several", PYTHONIOENCODING="ascii", COLUMNS="200")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "x error" in done.stdout
    assert "n\\xe9 w" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
@pytest.mark.parametrize(
    ("variables", "codes"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_a_terminal(variables: dict[str, str], codes: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        env=environment(SAMPLE="faults", **variables),
        cwd=NO_CODE.name,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = until(ours)
        process.wait(20)
    os.close(ours)
    assert process.returncode == 1
    assert (b"\x1b" in shown) is codes
    assert b"with the installation" in shown


# ------------------------------------------------------------------------------------------ the real command


def test_version_and_help() -> None:
    assert command("--version").stdout == f"kdoctor {kdoctor.__version__}\n"
    for arguments in (["--help"], ["-h"], ["check", "--help"], ["explain", "--help"], ["rules", "-h"]):
        done = command(*arguments, COLUMNS="80")
        assert done.returncode == 0
        assert "Usage: kdoctor" in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80
    lines = command("--help", COLUMNS="80").stdout.splitlines()
    assert len(lines) <= 40
    assert not [line for line in lines[1:] if line.endswith("...")], "a command's sentence is cut"


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert kdoctor.__version__ == version("keras-doctor")


def test_rules_lists_every_rule() -> None:
    from kdoctor.rules import all_rules, healthy_pages

    shown = command("rules").stdout
    made = json.loads(command("rules", "--format", "json").stdout)
    for rule in all_rules():
        assert rule.code in shown
        assert rule.slug in shown
    assert [rule["code"] for rule in made["rules"]] == [rule.code for rule in all_rules()]
    assert [page["slug"] for page in made["healthy"]] == [page.slug for page in healthy_pages()]


def test_explain_tells_every_rule_and_page() -> None:
    from kdoctor.formats.context import Look
    from kdoctor.formats.explain import Entry, render
    from kdoctor.remedies.plan import usual
    from kdoctor.rules import all_rules, healthy_pages

    entries: list[Entry] = [*all_rules(), *healthy_pages()]
    for entry in entries:
        assert entry.slug in render(entry, usual(), Look(80))


def test_explain_takes_a_slug_or_a_code() -> None:
    by_slug, by_code = command("explain", "ctc-batch-cost"), command("explain", "KD201")
    assert by_slug.returncode == by_code.returncode == 0
    assert "ctc-batch-cost" in by_slug.stdout
    assert "KD201" in by_code.stdout


def test_explain_knows_what_was_meant() -> None:
    done = command("explain", "ctc-batch-costs")
    assert done.returncode == 2
    assert "Did you mean ctc-batch-cost" in done.stderr
    assert "ctc-batch-cost" in command("explain", "CTC").stderr


def test_what_a_visit_without_canaries_imports() -> None:
    """It has a quarter of a second; these take a part of that, and none is needed."""
    code = (
        "import sys\nfrom kdoctor.cli import app\n"
        "try:\n    app(['--no-canaries', '--quiet'])\n"
        "except SystemExit as end:\n    assert end.code in (0, 1, 3), end\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=NO_CODE.name, capture_output=True, text=True, check=True
    )
    modules = json.loads(done.stdout.splitlines()[-1].replace("'", '"'))
    assert not {"tensorflow", "keras", "numpy", "asyncio", "pygments"} & set(modules)


def test_importing_kdoctor_imports_nothing_heavy() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport kdoctor\nprint(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "['__future__', 'kdoctor']\n"


def best_of(*code: str) -> float:
    times = []
    for _ in range(9):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", *code], env=environment(), check=True)
        times.append(time.perf_counter() - started)
    return min(times)


def test_importing_kdoctor_takes_next_to_no_time() -> None:
    assert best_of("import kdoctor") - best_of("pass") < 0.030


def test_the_public_names() -> None:
    for name in kdoctor.__all__:
        assert getattr(kdoctor, name) is not None
        assert name in dir(kdoctor)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        kdoctor.nonsense  # noqa: B018


# ----------------------------------------------------------------------------------------- explain a message

MESSAGE = "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'"


def test_explain_takes_a_message_a_file_or_standard_input(tmp_path: Path) -> None:
    said = command("explain", MESSAGE)
    assert said.returncode == 0
    assert "KD201 ctc-batch-cost-keras" in said.stdout
    log = tmp_path / "train.log"
    log.write_text(f"epoch 1\n{MESSAGE}\n")
    assert "KD201 ctc-batch-cost-keras" in command("explain", str(log)).stdout
    piped = subprocess.run(
        [sys.executable, "-m", "kdoctor", "explain", "-"],
        env=environment(),
        input=MESSAGE,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "KD201 ctc-batch-cost-keras" in piped.stdout


def test_explain_says_that_no_rule_knows_a_message() -> None:
    said = command("explain", "KeyError: 'weight of the parcel'")
    assert said.returncode == 0
    assert "No rule knows this message." in said.stdout


def test_explain_of_a_file_that_is_not_there_or_no_text_is_a_mistake(tmp_path: Path) -> None:
    missing = command("explain", "train.log")
    assert (missing.returncode, missing.stderr) == (2, "kdoctor: There is no file train.log.\n")
    (tmp_path / "model.log").write_bytes(b"\x89HDF\x00\x01")
    binary = command("explain", str(tmp_path / "model.log"))
    assert (binary.returncode, "it holds null bytes" in binary.stderr) == (2, True)
    text = "AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'\r\n"
    (tmp_path / "powershell.txt").write_bytes(text.encode("utf-16"))
    assert "KD201" in command("explain", str(tmp_path / "powershell.txt")).stdout


def test_explain_of_one_wrong_word_is_a_mistake() -> None:
    said = command("explain", "ctc-batch-cots")
    assert said.returncode == 2
    assert "Did you mean ctc-batch-cost" in said.stderr


# ------------------------------------------------------------------------------------------------- settings


@pytest.mark.skipif(os.name == "nt", reason="a working directory cannot be removed there")
def test_a_working_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = "import os, sys; os.mkdir('x'); os.chdir('x'); os.rmdir('../x'); from kdoctor.__main__ import main; main()"
    said = subprocess.run(
        [sys.executable, "-c", gone, "check", "--no-canaries"],
        env={**environment(), "PYTHONPATH": str(Path(kdoctor.__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (said.returncode, "The working directory does not exist any more" in said.stderr) == (2, True)


def test_config_prints_what_is_in_force(tmp_path: Path) -> None:
    (tmp_path / "kdoctor.toml").write_text("strict = true\n")
    said = subprocess.run(
        [sys.executable, "-m", "kdoctor", "config"],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "strict = true  # " in said.stdout
    assert "kdoctor.toml:1" in said.stdout


@pytest.mark.thorough
def test_a_mistake_in_the_file_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "kdoctor.toml").write_text("\nstrikt = true\n")
    for arguments in (["--no-canaries"], ["check"], ["scan"], ["config"], ["baseline"]):
        said = subprocess.run(
            [sys.executable, "-m", "kdoctor", *arguments],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert said.returncode == 2, arguments
        assert "kdoctor.toml:2: there is no key 'strikt'. Did you mean strict?" in said.stderr


@pytest.mark.thorough
def test_a_baseline_makes_only_new_uses_fail(tmp_path: Path) -> None:
    kdoctor = partial(command_in, tmp_path)

    (tmp_path / "old.py").write_text("import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
    (tmp_path / "kdoctor.toml").write_text("baseline = 'known.json'\n")
    missing = kdoctor("scan")
    assert missing.returncode == 2
    assert "kdoctor baseline writes one" in missing.stderr
    written = kdoctor("baseline", "--target", "tensorflow==2.21")
    assert written.returncode == 0
    assert "written to known.json" in written.stdout
    assert kdoctor("scan").returncode == 0
    (tmp_path / "new.py").write_text("import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
    assert kdoctor("scan").returncode == 1


@pytest.mark.thorough
def test_a_baseline_is_not_replaced_where_nothing_was_examined(tmp_path: Path) -> None:
    kdoctor = partial(command_in, tmp_path, "baseline", "--no-canaries", "old.py")

    (tmp_path / "old.py").write_text("import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
    venv.create(tmp_path / "empty", with_pip=False, symlinks=True)
    nothing = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin") / "python"
    known = tmp_path / "known.json"
    content = '{"schema": "kdoctor.baseline/1", "created": "2026-01-01", "findings": []}'
    known.write_text(content)
    refused = kdoctor("--python", str(nothing), "--file", "known.json")
    assert (refused.returncode, known.read_text()) == (3, content)
    assert "There was nothing to examine, so known.json was not written." in refused.stderr
    nowhere = kdoctor("--python", str(nothing), "--file", "no/where.json")
    assert (nowhere.returncode, "--file: the folder" in nowhere.stderr) == (2, True)


@pytest.mark.thorough
def test_what_is_ignored_is_not_in_the_baseline_so_that_it_counts_again_when_the_ignore_ends(tmp_path: Path) -> None:
    kdoctor = partial(command_in, tmp_path)

    (tmp_path / "old.py").write_text("import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
    ignore = "baseline = 'known.json'\n[[ignore]]\nrule = 'KD201'\nreason = 'for now'\nuntil = {}\n"
    (tmp_path / "kdoctor.toml").write_text(ignore.format("9999-01-01"))
    assert "0 problems written" in kdoctor("baseline", "--target", "tensorflow==2.21").stdout
    assert kdoctor("scan").returncode == 0
    (tmp_path / "kdoctor.toml").write_text(ignore.format("2020-01-01"))
    assert kdoctor("scan").returncode == 1


def test_nothing_is_imported_from_click() -> None:
    """The newest typer has a click inside of it and none beside it."""
    for path in (ROOT / "kdoctor").rglob("*.py"):
        if "examples" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] == "click"], path
