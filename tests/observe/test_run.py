"""Whatever a canary does costs its own row only, and a report always arrives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import types
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment, Interpreter, Stack
from kdoctor.observe import run as laboratory
from kdoctor.observe import worker
from kdoctor.observe.model import Observation, Observations, Progress, Request
from kdoctor.observe.run import observe
from kdoctor.words import Implementation, Outcome, StackId

HERE = Path(__file__).parent
PATIENT = HERE / "patient"
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="canaries are forked on Linux only")
ISOLATIONS = [pytest.param("fork", marks=LINUX_ONLY), "sequence"]


def canary(slug: str, *, per_namespace: bool = False) -> Canary:
    return Canary(slug, "nasty", slug, per_namespace=per_namespace, path=str(HERE / "nasty.py"))


def environment(*stacks: Stack) -> Environment:
    return environment_of(sys.executable, *stacks)


def environment_of(executable: str, *stacks: Stack) -> Environment:
    return Environment(Interpreter(executable), stacks=stacks or (keras_stack(),))


def keras_stack() -> Stack:
    return Stack(StackId.KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0")


def variables(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PATIENT), **extra}


def run(
    *slugs: str,
    isolation: str = "",
    timeout: float = 20,
    environ: Mapping[str, str] | None = None,
    patient: Environment | None = None,
    **options: Any,
) -> Observations:
    canaries = [canary(slug) for slug in slugs]
    environ = environ or variables()
    return observe(Request(patient or environment(), canaries, timeout, environ, isolation=isolation, **options))


def rows(observations: Observations) -> dict[str, Observation]:
    return {row.slug: row for row in observations.rows}


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize(
    ("slug", "outcome", "message"),
    [
        ("nasty-aborts", Outcome.CRASHES, "the process died: SIGABRT"),
        ("nasty-is-killed", Outcome.CRASHES, "the process died: SIGKILL"),
        ("nasty-prints-rubbish", Outcome.WRONG, "rubbish was written"),
        ("nasty-exits", Outcome.RAISES, "SystemExit: 0"),
        ("nasty-skips", Outcome.NOT_APPLICABLE, "never had it"),
        ("nasty-needs-a-package", Outcome.NOT_APPLICABLE, "needs no-such-distribution, which is not installed here"),
    ],
)
def test_costs_its_own_row_only(slug: str, outcome: Outcome, message: str, isolation: str) -> None:
    seen = rows(run("nasty-works", slug, "nasty-raises", isolation=isolation))
    assert (seen[slug].outcome, seen[slug].message) == (outcome, message)
    assert seen["nasty-works"].outcome is Outcome.WORKS
    assert seen["nasty-works"].message == "two and two: right"
    assert seen["nasty-raises"].outcome is Outcome.RAISES


@pytest.mark.thorough
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_one_that_never_ends_times_out_after_a_second_try(isolation: str) -> None:
    started = time.monotonic()
    seen = rows(run("nasty-sleeps", "nasty-works", isolation=isolation, timeout=1))
    assert seen["nasty-sleeps"].outcome is Outcome.TIMES_OUT
    assert seen["nasty-sleeps"].message == "no answer within 1 s"
    assert seen["nasty-works"].outcome is Outcome.WORKS
    assert 2 <= time.monotonic() - started < 10


@LINUX_ONLY
def test_one_that_fills_the_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "MEMORY_BYTES", 2**28)
    seen = rows(run("nasty-fills-memory", "nasty-works"))
    assert seen["nasty-fills-memory"].outcome is Outcome.CRASHES
    assert "of memory" in seen["nasty-fills-memory"].message
    assert seen["nasty-works"].outcome is Outcome.WORKS


@LINUX_ONLY
def test_one_that_kills_the_worker_is_found_and_the_rest_still_runs() -> None:
    seen = rows(run("nasty-works", "nasty-kills-the-worker", "nasty-skips", "nasty-raises"))
    assert seen["nasty-kills-the-worker"].outcome is Outcome.CRASHES
    assert seen["nasty-works"].outcome is Outcome.WORKS
    assert seen["nasty-skips"].outcome is Outcome.NOT_APPLICABLE
    assert seen["nasty-raises"].outcome is Outcome.RAISES


def test_what_was_printed_is_kept_where_it_explains_something() -> None:
    seen = rows(run("nasty-prints-rubbish", "nasty-works"))
    assert "text without an end" in seen["nasty-prints-rubbish"].output
    assert seen["nasty-works"].output == ""


def test_a_message_is_cut_and_has_no_colours() -> None:
    message = rows(run("nasty-raises"))["nasty-raises"].message
    assert message.startswith("ValueError: bold word")
    assert len(message) < 1300
    assert " ... " in message


def test_what_was_pinned_is_told() -> None:
    assert run("nasty-works").pinned == ("floatx=float16",)


def test_an_import_that_raises_leaves_every_cell_not_run(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("raise RuntimeError('broken install')")
    observations = run("nasty-works", environ=variables(PYTHONPATH=str(tmp_path)))
    row = observations.rows[0]
    assert row.outcome is Outcome.NOT_RUN
    assert row.message == "cannot be imported: RuntimeError: broken install"
    assert not observations.opened[StackId.KERAS].available


def test_an_import_that_kills_the_process_is_told(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    observations = run("nasty-works", environ=variables(PYTHONPATH=str(tmp_path)))
    assert observations.rows[0].outcome is Outcome.NOT_RUN
    assert observations.opened[StackId.KERAS].reason == "the process died while importing: SIGILL"


def test_an_import_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "IMPORT_SECONDS", 0.5)
    (tmp_path / "keras.py").write_text("import time; time.sleep(60)")
    observations = run("nasty-works", environ=variables(PYTHONPATH=str(tmp_path)))
    assert observations.opened[StackId.KERAS].reason == "the import did not end within 0.5 s"
    assert observations.failures == ("keras: the import did not end within 0.5 s",)


def test_the_time_of_the_import_is_not_taken_from_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "RUN_TIMEOUTS", 1)
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(1.5)")
    environ = variables(PYTHONPATH=os.pathsep.join([str(PATIENT), str(tmp_path)]))
    observations = run("nasty-works", timeout=1, environ=environ)
    assert observations.rows[0].outcome is Outcome.WORKS
    assert observations.failures == ()


def test_the_deadline_of_the_visit_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "RUN_TIMEOUTS", 1)
    observations = run("nasty-sleeps", "nasty-works", timeout=0.7, isolation="sequence")
    assert {row.outcome for row in observations.rows} == {Outcome.NOT_RUN}
    assert "deadline of the whole run, 0.7 s," in observations.rows[0].message


def test_a_stack_that_is_not_available_says_why() -> None:
    missing = Stack(StackId.TF_KERAS, False, reason="TensorFlow is not installed")
    observations = run("nasty-works", patient=environment(missing, keras_stack()))
    by_stack = {row.stack: row for row in observations.rows}
    assert by_stack[StackId.TF_KERAS].outcome is Outcome.NOT_RUN
    assert by_stack[StackId.TF_KERAS].message == "TensorFlow is not installed"
    assert by_stack[StackId.KERAS].outcome is Outcome.WORKS


def test_the_same_stack_under_another_name_shares_the_observation() -> None:
    twin = Stack(StackId.TF_KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0", same_as=StackId.KERAS)
    observations = run("nasty-works", patient=environment(twin, keras_stack()))
    by_stack = {row.stack: row for row in observations.rows}
    assert by_stack[StackId.TF_KERAS].outcome is Outcome.WORKS
    assert by_stack[StackId.TF_KERAS].via is StackId.KERAS
    assert by_stack[StackId.KERAS].via is None


def test_a_canary_runs_on_the_stack_that_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ImportError('broken, although the facts say that it is there')")
    promised = Stack(StackId.TF_KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0")
    environ = variables(PYTHONPATH=os.pathsep.join([str(PATIENT), str(tmp_path)]))
    observations = run("nasty-works", patient=environment(promised, keras_stack()), environ=environ)
    by_stack = {row.stack: row for row in observations.rows}
    assert by_stack[StackId.KERAS].outcome is Outcome.WORKS
    assert not observations.opened[StackId.TF_KERAS].available
    # What works on one stack says nothing of another that cannot be imported.
    assert by_stack[StackId.TF_KERAS].outcome is Outcome.NOT_RUN
    assert by_stack[StackId.TF_KERAS].message.startswith("cannot be imported: ImportError: broken")
    assert observations.failures == ()


def test_a_stack_that_was_in_trouble_shares_nothing_and_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("import errno; raise OSError(errno.ENFILE, 'Too many files')")
    promised = Stack(StackId.TF_KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0")
    environ = variables(PYTHONPATH=os.pathsep.join([str(PATIENT), str(tmp_path)]))
    observations = run("nasty-works", patient=environment(promised, keras_stack()), environ=environ)
    by_stack = {row.stack: row for row in observations.rows}
    assert by_stack[StackId.KERAS].outcome is Outcome.WORKS
    assert by_stack[StackId.TF_KERAS].outcome is Outcome.NOT_RUN
    assert StackId.TF_KERAS not in observations.opened
    assert by_stack[StackId.TF_KERAS].message == "OSError: [Errno 23] Too many files"


def test_a_twin_of_what_cannot_be_imported_is_not_available(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('broken')")
    twin = Stack(StackId.TF_KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0", same_as=StackId.KERAS)
    observations = run(
        "nasty-works", patient=environment(twin, keras_stack()), environ=variables(PYTHONPATH=str(tmp_path))
    )
    assert {row.message for row in observations.rows} == {"cannot be imported: ImportError: broken"}
    assert observations.failures == ()


TENSORFLOW = """
import os
if os.environ.get("TF_USE_LEGACY_KERAS") == "1":
    import tf_keras as keras
else:
    import keras
__version__ = "2.99.0"
"""
STACKS = (
    Stack(StackId.LEGACY, True, implementation=Implementation.TF_KERAS, version="2.99.0", tensorflow="2.99.0"),
    Stack(StackId.TF_KERAS, True, implementation=Implementation.KERAS_3, version="3.99.0", tensorflow="2.99.0"),
)


@pytest.fixture
def both(tmp_path: Path) -> dict[str, str]:
    """The variables of an environment with Keras 3 and tf-keras."""
    shutil.copytree(PATIENT / "keras", tmp_path / "keras", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tf_keras").mkdir()
    for path in (tmp_path / "keras").glob("*.py"):
        (tmp_path / "tf_keras" / path.name).write_text(path.read_text().replace("3.99", "2.99"))
    (tmp_path / "tensorflow.py").write_text(TENSORFLOW)
    return variables(PYTHONPATH=str(tmp_path))


def on(stack: StackId, seen: Observations) -> dict[str, Observation]:
    return {row.slug: row for row in seen.rows if row.stack is stack}


def test_legacy_keras_runs_what_fails_without_it(both: dict[str, str]) -> None:
    slugs = ("nasty-works", "nasty-fails-without-legacy", "nasty-skips")
    seen = run(*slugs, patient=environment(*STACKS), environ=both, on_legacy=())
    legacy = on(StackId.LEGACY, seen)
    assert legacy["nasty-fails-without-legacy"].outcome is Outcome.WORKS
    assert {row.slug for row in legacy.values() if row.by_choice} == {"nasty-works", "nasty-skips"}
    assert {row.outcome for row in legacy.values() if row.by_choice} == {Outcome.NOT_RUN}
    assert not any(row.by_choice for row in on(StackId.TF_KERAS, seen).values())


def test_what_is_asked_of_legacy_keras_runs_there(both: dict[str, str]) -> None:
    seen = run("nasty-works", "nasty-skips", patient=environment(*STACKS), environ=both, on_legacy=("nasty-works",))
    assert on(StackId.LEGACY, seen)["nasty-works"].outcome is Outcome.WORKS
    seen = run("nasty-works", patient=environment(*STACKS), environ=both)
    assert on(StackId.LEGACY, seen)["nasty-works"].outcome is Outcome.WORKS


def test_legacy_keras_runs_everything_where_the_rest_cannot_be_imported(both: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "keras" / "__init__.py").write_text("raise ImportError('broken')")
    seen = run("nasty-works", patient=environment(*STACKS), environ=both, on_legacy=())
    assert on(StackId.LEGACY, seen)["nasty-works"].outcome is Outcome.WORKS
    assert on(StackId.TF_KERAS, seen)["nasty-works"].outcome is Outcome.NOT_RUN


READS = {
    "get": 'os.environ.get("TF_USE_LEGACY_KERAS") == "1"',
    "getenv": 'os.getenv("TF_USE_LEGACY_KERAS", "0") != "0"',
    "index": '"TF_USE_LEGACY_KERAS" in os.environ and bool(int(os.environ["TF_USE_LEGACY_KERAS"]))',
    "bytes": 'os.environb.get(b"TF_USE_LEGACY_KERAS") == b"1"',
    "copy": 'dict(os.environ).get("TF_USE_LEGACY_KERAS") == "1"',
    "own": '__import__("subprocess").getoutput("echo $TF_USE_LEGACY_KERAS") == "1"',
}


@LINUX_ONLY
@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("found", [None, "0", "1"])
def test_both_implementations_open_however_the_variable_is_read(
    both: dict[str, str], tmp_path: Path, reads: str, found: str | None
) -> None:
    imported = tmp_path / "imported"
    text = f"import os\nwith open({str(imported)!r}, 'a') as file: file.write('+')\nos.environ['LATER'] = 'seen'\n"
    text += TENSORFLOW.replace(READS["get"], READS[reads]) + "assert os.environ['LATER'] == 'seen'\n"
    (tmp_path / "tensorflow.py").write_text(text)
    as_found, other = STACKS[1], STACKS[0]
    if found is not None:
        both["TF_USE_LEGACY_KERAS"] = found
    if found == "1":
        as_found = replace(STACKS[0], id=StackId.TF_KERAS)
        other = replace(STACKS[1], id=StackId.KERAS_3)
    seen = run("nasty-says-its-variable", patient=environment(as_found, other), environ=both)
    assert {stack: opened.implementation for stack, opened in seen.opened.items()} == {
        one.id: one.implementation.value for one in (as_found, other) if one.implementation
    }
    said = {row.stack: row.message for row in seen.rows}
    assert said == {as_found.id: str(found), other.id: "0" if found == "1" else "1"}
    assert imported.read_text() in ("+", "++")
    if reads in ("get", "getenv", "index"):
        assert imported.read_text() == "+"


@LINUX_ONLY
@pytest.mark.parametrize(
    ("place", "opens"),
    [
        ("tensorflow.py", set()),
        ("keras/__init__.py", {StackId.LEGACY}),
        ("tf_keras/__init__.py", {StackId.TF_KERAS}),
    ],
)
@pytest.mark.parametrize("how", ["os.kill(os.getpid(), 9)", "raise ImportError('broken')"])
def test_an_import_that_fails_costs_its_own_implementation(
    both: dict[str, str], tmp_path: Path, place: str, opens: set[StackId], how: str
) -> None:
    (tmp_path / place).write_text(f"import os\n{how}")
    seen = run("nasty-works", "nasty-skips", patient=environment(*STACKS), environ=both)
    assert {row.stack for row in seen.rows if row.outcome is Outcome.WORKS} == opens
    assert {stack for stack, opened in seen.opened.items() if opened.available} == opens
    assert len(seen.opened) == len(STACKS)


@LINUX_ONLY
@pytest.mark.parametrize("stack", [StackId.LEGACY, StackId.TF_KERAS])
def test_what_kills_its_worker_costs_nothing_elsewhere(both: dict[str, str], stack: StackId) -> None:
    both["KILLED"] = stack.value
    seen = run("nasty-works", "nasty-kills-one-worker", "nasty-raises", patient=environment(*STACKS), environ=both)
    killed = {row.stack: row.outcome for row in seen.rows if row.slug == "nasty-kills-one-worker"}
    assert killed.pop(stack) is Outcome.CRASHES
    assert set(killed.values()) == {Outcome.WORKS}
    assert {row.outcome for row in seen.rows if row.slug == "nasty-works"} == {Outcome.WORKS}
    assert {row.outcome for row in seen.rows if row.slug == "nasty-raises"} == {Outcome.RAISES}


@pytest.mark.parametrize(
    ("chosen", "on_record", "outcome"),
    [
        ({}, None, Outcome.WORKS),
        ({}, Outcome.RAISES, Outcome.WORKS),
        ({}, Outcome.WRONG, Outcome.WRONG),
        ({"TF_ENABLE_ONEDNN_OPTS": "0"}, None, Outcome.WRONG),
        ({"TF_ENABLE_ONEDNN_OPTS": "1"}, None, Outcome.WORKS),
    ],
    ids=["not on record", "otherwise on record", "as on record", "off by choice", "on by choice"],
)
def test_a_failure_without_onednn_is_confirmed_with_it(
    both: dict[str, str], chosen: dict[str, str], on_record: Outcome | None, outcome: Outcome
) -> None:
    both.pop("TF_ENABLE_ONEDNN_OPTS", None)
    seen = run(
        "nasty-needs-onednn",
        "nasty-works",
        patient=environment(STACKS[1]),
        environ={**both, **chosen},
        expected=lambda slug, stack: on_record,
    )
    assert on(StackId.TF_KERAS, seen)["nasty-needs-onednn"].outcome is outcome, seen
    assert on(StackId.TF_KERAS, seen)["nasty-works"].outcome is Outcome.WORKS


def test_a_failure_that_cannot_be_confirmed_is_not_claimed(both: dict[str, str], tmp_path: Path) -> None:
    once = "import os\nif os.environ.get('TF_ENABLE_ONEDNN_OPTS') != '0': os._exit(3)\n"
    (tmp_path / "tensorflow.py").write_text(once + TENSORFLOW)
    both.pop("TF_ENABLE_ONEDNN_OPTS", None)
    seen = run("nasty-raises", "nasty-works", patient=environment(STACKS[1]), environ=both)
    assert rows(seen)["nasty-raises"].outcome is Outcome.NOT_RUN
    assert rows(seen)["nasty-works"].outcome is Outcome.WORKS


def test_the_longest_run_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "_seconds", lambda: {"nasty-raises": 2.0, "nasty-skips": 5.0})
    started: list[str] = []
    run("nasty-works", "nasty-raises", "nasty-skips", progress=lambda progress: started.append(progress.slug))
    assert [slug for slug in started if slug] == ["nasty-skips", "nasty-raises", "nasty-works"]


def test_little_room_is_named_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: types.SimpleNamespace(free=3 * 2**19))
    observations = run("nasty-works", "nasty-skips")
    assert {row.outcome for row in observations.rows} == {Outcome.NOT_RUN}
    assert observations.rows[0].message == (
        f"only 1.5 MiB are free in {tmp_path}, and the checks need 64. Make room there, or name "
        "another folder in the variable TMPDIR"
    )
    assert list(tmp_path.iterdir()) == []


@LINUX_ONLY
def test_what_fails_in_a_full_folder_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = types.SimpleNamespace(f_bavail=3, f_frsize=4096)
    monkeypatch.setattr("os.statvfs", lambda folder: full)
    job = {"folder": "/somewhere", "memory_bytes": 2**32}
    assert worker.trouble(RuntimeError("cannot be saved"), job) == "No space left on device in /somewhere"
    full.f_bavail = 2**20
    assert worker.trouble(RuntimeError("cannot be saved"), job) == ""


def test_an_interpreter_that_cannot_be_started_is_no_verdict(tmp_path: Path) -> None:
    observations = run("nasty-works", patient=environment_of(str(tmp_path / "removed")))
    assert observations.rows[0].outcome is Outcome.NOT_RUN
    assert observations.rows[0].message.endswith("removed cannot be run: No such file or directory")


def test_progress_is_told() -> None:
    told: list[Progress] = []
    run("nasty-works", progress=told.append)
    assert [progress.slug for progress in told if progress.slug] == ["nasty-works"]
    assert "importing keras" in {progress.phase for progress in told}


def test_nothing_is_left_behind_and_nothing_changed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    temporary = tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    script = textwrap.dedent(
        f"""
        import sys; sys.path.insert(0, {str(HERE.parent.parent)!r}); sys.path.insert(0, {str(HERE)!r})
        import test_run as t
        t.run("nasty-works", "nasty-aborts", isolation="sequence")
        """
    )
    environ = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary)}
    before = sorted(path for path in PATIENT.rglob("*"))
    subprocess.run([sys.executable, "-B", "-c", script], env=environ, check=True, timeout=60)
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert sorted(path for path in PATIENT.rglob("*")) == before


@LINUX_ONLY
def test_an_interrupt_ends_every_child(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys; sys.path.insert(0, {str(HERE.parent.parent)!r}); sys.path.insert(0, {str(HERE)!r})
        import signal; signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
        import test_run as t
        print("ready", flush=True)
        t.run("nasty-sleeps")
        """
    )
    mark = f"kdoctor-test-{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "KDOCTOR_TEST_MARK": mark},
    )
    assert process.stdout
    process.stdout.readline()
    deadline = time.monotonic() + 20
    while len(processes_with(mark)) < 3 and time.monotonic() < deadline:  # the host, the worker, the canary
        time.sleep(0.05)
    assert len(processes_with(mark)) >= 3
    process.send_signal(signal.SIGINT)
    process.wait(20)
    process.stdout.close()
    assert processes_with(mark) == []


def processes_with(mark: str) -> list[int]:
    """The processes that have this in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
