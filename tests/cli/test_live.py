"""What a terminal shows while checks run, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.terminal import until
from tests.faults.case import World, fake

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


def start(world: World, stream: int) -> subprocess.Popen[bytes]:
    """A run on an environment with a variable that asks for what is not there, and an import that never ends."""
    fake()(world)
    hangs = f"open({str(world.folder / 'importing')!r}, 'w').close(); import time; time.sleep(60)"
    environ = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "HOME": str(world.home),
        "KDOCTOR_CACHE_DIR": str(world.folder),
        "FAULT_TF": hangs,
        "FAULT_KERAS": hangs,
        "TF_USE_LEGACY_KERAS": "1",
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    python = str(world.folder / "fake" / "bin" / "python")
    return subprocess.Popen(
        [sys.executable, "-m", "kdoctor", "--python", python],
        env=environ,
        cwd=world.work,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
    )


def test_facts_and_faults_stand_there_before_any_check_has_answered(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = start(World(tmp_path).make(), theirs)
    os.close(theirs)
    shown = until(ours, b"slow part")
    assert b"TensorFlow 2.19.0" in shown
    assert b"error[KD" in shown.replace(b"\x1b[1;31m", b"")
    process.send_signal(signal.SIGINT)
    rest = until(ours, b"never said")
    os.close(ours)
    assert process.wait(20) == 4
    assert b"Ctrl-C ended the run" in rest
    assert b"TensorFlow 2.19.0" in rest, "the report comes after what was shown meanwhile"


def test_a_pipe_gets_the_report_alone(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = start(World(tmp_path).make(), writing)
    os.close(writing)
    deadline = time.monotonic() + 15
    while not (tmp_path / "importing").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown = until(reading, b"never said")
    os.close(reading)
    assert process.wait(20) == 4
    assert b"\x1b" not in shown
    assert b"slow part" not in shown
    assert shown.count(b"TensorFlow 2.19.0") == 1
