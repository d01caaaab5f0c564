"""Whatever a child process does, it is bounded, and it ends with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from kdoctor.processes import MOST_ERRORS, Child, Family, Said, listen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="marks are found below /proc")
MARKER = b"<marker>"


def running(text: str) -> list[int]:
    """The processes that have this in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if text.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def seen(text: str, seconds: float) -> bool:
    """Whether a process with this in its command line appears in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running(text):
            return True
        time.sleep(0.02)
    return False


def wait_until_gone(text: str, seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while running(text) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running(text) == []


def python(family: Family, code: str) -> Child:
    return family.start([sys.executable, "-c", code], os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def heard(code: str, seconds: float = 10.0) -> tuple[Said, float]:
    """What is heard of this program, and after how long."""
    started = time.monotonic()
    with Family() as family:
        said = listen(python(family, code), MARKER, seconds)
    return said, time.monotonic() - started


ANSWER = f"import sys; sys.stdout.write('{MARKER.decode()}yes{MARKER.decode()}'); sys.stdout.flush();"


@pytest.mark.parametrize(
    "then",
    [
        "import time; time.sleep(60)",
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        "import atexit, time; atexit.register(time.sleep, 60)",
        "import subprocess; subprocess.Popen(['sleep', '61'], start_new_session=True)",
        "import os, time; os.fork() or time.sleep(60)",
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); time.sleep(60)",
        "import os; os.kill(os.getpid(), 19)",
        "import os; [os.write(1, b'x' * 65536) for _ in iter(int, 1)]",
    ],
    ids=["sleep", "thread", "atexit", "daemon", "fork", "blocks signals", "stops itself", "talks on"],
)
def test_an_answer_is_taken_when_it_is_complete(then: str) -> None:
    said, seconds = heard(ANSWER + then)
    assert said.output.split(MARKER)[1] == b"yes"
    assert said.problem == ""
    assert seconds < 5


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import time; time.sleep(60)", "late"),
        ("import os; [os.write(1, b'y\\n' * 30000) for _ in iter(int, 1)]", "much"),
        ("import os; [os.write(2, b'y\\n' * 30000) for _ in iter(int, 1)]", "late"),
        ("import os, time; os.close(1); time.sleep(60)", ""),
        ("import subprocess; subprocess.Popen(['sleep', '62'], start_new_session=True)", ""),
        ("print('<marker>half')", ""),
    ],
    ids=["hangs", "output without end", "errors without end", "closes its output", "leaves a daemon", "half an answer"],
)
def test_what_does_not_answer_is_given_up(code: str, problem: str) -> None:
    said, seconds = heard(code, seconds=1.0)
    assert said.problem == problem
    assert said.output.count(MARKER) < 2
    assert seconds < 4


def test_only_the_end_of_the_errors_is_kept() -> None:
    said, _ = heard("import sys; sys.stderr.write('line\\n' * 200000 + 'the last'); sys.stderr.flush();" + ANSWER)
    assert len(said.errors) <= MOST_ERRORS


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.Popen(NAME)",
        "subprocess.Popen(NAME, start_new_session=True)",
        "subprocess.Popen(NAME, env={}, start_new_session=True)",
        "subprocess.Popen(['setsid', 'sh', '-c', 'sleep 0.1; exec ' + ' '.join(NAME)])",
        "subprocess.Popen(['sh', '-c', 'setsid ' + ' '.join(NAME) + ' & exit'])",
    ],
    ids=["child", "own session", "without variables", "grandchild", "orphan"],
)
def test_what_a_process_has_started_ends_with_it(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{1000 + os.getpid()}.{abs(hash(start)) % 10**6}"
    monkeypatch.setenv("SECONDS", name)
    with Family() as family:
        before = "import os, subprocess, time; NAME = ['sleep', os.environ['SECONDS']];"
        child = python(family, f"{before} {start}; time.sleep(60)")
        # The program itself: a shell that starts it has its name too, and may be gone when it is looked for again.
        assert seen(f"sleep\0{name}\0", 10.0)
        other = python(family, "import time; time.sleep(60)")
        child.stop()
        wait_until_gone(name)
        assert not other.ended()


def test_one_that_is_interrupted_while_others_wait_ends_them() -> None:
    """A reader that waits for its pipe in another thread is let go."""
    with Family() as family:
        child = python(family, "import time; time.sleep(60)")
        assert child.process.stdout
        thread = threading.Thread(target=child.process.stdout.read)
        thread.start()
        started = time.monotonic()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - started < 3


def test_the_folder_goes_whatever_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Family(with_folder=True) as family:
        inside = Path(family.folder) / "a" / "b"
        inside.mkdir(parents=True)
        (inside / "file").touch()
        inside.chmod(0)
        (Path(family.folder) / "link").symlink_to("/")
        assert Path(family.folder).stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_leaves_no_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OSError, match="gone"):
        Family(with_folder=True)
    assert running(str(tmp_path)) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV])
@pytest.mark.parametrize("guard", ["shell", "python"])
def test_they_end_with_the_process_that_is_killed(tmp_path: Path, number: int, guard: str) -> None:
    name = f"{2000 + os.getpid()}.{number}{len(guard)}"
    script = textwrap.dedent(
        f"""
        import os, sys, time
        from kdoctor import processes
        if {guard!r} == "python":
            whole = processes.subprocess.Popen
            def popen(command, **options):
                if command[0] == "/bin/sh":
                    raise OSError("there is no shell")
                return whole(command, **options)
            processes.subprocess.Popen = popen
        family = processes.Family(with_folder=True)
        family.start(["sh", "-c", "setsid sleep $SECONDS & exec sleep $SECONDS"], os.environ)
        time.sleep(0.3)
        print("ready", flush=True)
        time.sleep(60)
        """
    )
    environ = {**os.environ, "TMPDIR": str(tmp_path), "SECONDS": name}
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environ)
    assert process.stdout
    process.stdout.readline()
    assert len(list(tmp_path.iterdir())) == 1
    assert len(running(name)) == 2
    process.send_signal(number)
    process.wait(10)
    process.stdout.close()
    wait_until_gone(name)
    wait_until_gone(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
