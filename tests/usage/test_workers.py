"""Reading in parallel ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.laboratory.test_laboratory import processes_with

MANY_LINES = "import keras\n" + "keras.layers.Dense(1)(keras.Input((2,)))\n" * 20_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGKILL", -9)])
def test_a_signal_ends_the_readers_and_starts_no_others(tmp_path: Path, name: str, code: int) -> None:
    for number in range(40):
        (tmp_path / f"a{number}.py").write_text(MANY_LINES)
    mark = f"kdoctor-test-{os.getpid()}-{name}"
    command = "import signal; signal.signal(2, signal.default_int_handler); from kdoctor.__main__ import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "scan", "--target", "tensorflow==2.21", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "KDOCTOR_TEST_MARK": mark},
    )
    deadline = time.monotonic() + 20
    while len(processes_with(mark)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is not None:
        pytest.skip("one core: nothing is read in parallel")
    process.send_signal(getattr(signal, name))
    started = time.monotonic()
    assert process.wait(10) == code
    assert time.monotonic() - started < 2
    while processes_with(mark) and time.monotonic() - started < 3:
        time.sleep(0.05)
    assert processes_with(mark) == []
