"""How long a run takes beside the import of TensorFlow that nobody can avoid.

``python -m tests.benchmarks.run [RUNS] INTERPRETER [...]`` times, for each interpreter and in turns, the bare import
and a full first run, on two cores and on one, and prints the medians of RUNS (5) and of their ratios. Bars: a first run
at most 1.6 times the import on two cores and 2.5 times on one, its largest process at most 1.1 times that of the
import; a second run at most 0.6 s, ``check()`` once more 0.3 s, a run without canaries at most 250 ms, ``import
kdoctor`` at most 30 ms above ``python -c pass``. All in an empty
folder. Ratios of processor time hold on a busy machine too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

IMPORT = "import tensorflow as tf; tf.keras.layers"
RUNS = 5


def seconds(command: Sequence[str]) -> float:
    """Wall time of one process."""
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, cwd=folder, check=False
        )
        return time.perf_counter() - started


def alternately(*commands: Sequence[str], runs: int = RUNS) -> list[float]:
    """The median of each, after one run of each that is not counted."""
    timed: list[list[float]] = [[] for _ in commands]
    for run in range(runs + 1):
        for figures, command in zip(timed, commands):
            took = seconds(command)
            if run:
                figures.append(took)
    return [statistics.median(figures) for figures in timed]


def loading() -> float:
    """The quickest of several first loads of the table of observations, each in a process of its own."""
    code = (
        "import kdoctor.report, kdoctor.versions, json, re, time; started = time.perf_counter();"
        "from kdoctor.records import table; table.shipped(); print(time.perf_counter() - started)"
    )
    command = [sys.executable, "-c", code]
    return min(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(7))


class Cost(NamedTuple):
    """What one process cost, with all that it started."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds on all cores together."""
    memory: int
    """Bytes of the largest process."""


_COST = """
import ctypes, os, resource, subprocess, sys, time
os.sched_setaffinity(0, map(int, sys.argv[1].split(',')))
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what is killed leaves its children here, so that their time counts too
started = time.perf_counter()
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall = time.perf_counter() - started
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""


def cost(command: Sequence[str], cores: Sequence[int], environ: Mapping[str, str]) -> Cost:
    """Run a command on these cores alone, in an empty folder."""
    wrapper = [sys.executable, "-c", _COST, ",".join(map(str, cores)), *command]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(wrapper, capture_output=True, check=True, text=True, env=environ, cwd=folder)
    wall, processor, memory = done.stdout.split()
    return Cost(float(wall), float(processor), int(memory))


def first_runs(interpreter: str, cores: Sequence[int], runs: int) -> None:
    """Print the ratio of a first run to the bare import, in turns."""
    bar = 1.6 if len(cores) > 1 else 2.5
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    doctor = [sys.executable, "-m", "kdoctor", "--python", interpreter, "--no-cache"]
    bare_command = [interpreter, "-c", IMPORT]
    figures = [(cost(bare_command, cores, environ), cost(doctor, cores, environ)) for _ in range(runs)]
    bare, full = ([statistics.median(row[side][which] for row in figures) for which in range(3)] for side in range(2))
    ratios = [statistics.median(row[1][which] / row[0][which] for row in figures) for which in range(3)]
    print(
        f"{interpreter}, {len(cores)} cores: import {bare[0]:.1f} s, first run {full[0]:.1f} s, {ratios[0]:.2f} times "
        f"(bar {bar}); processor {bare[1]:.1f} s, {full[1]:.1f} s, {ratios[1]:.2f} times; largest process "
        f"{ratios[2]:.2f} times (bar 1.1)",
        flush=True,
    )


_WARM = """
import sys, time
import kdoctor
kdoctor.check(sys.argv[1], show=False)
started = time.perf_counter()
kdoctor.check(sys.argv[1], show=False)
print(time.perf_counter() - started)
"""


def later_runs(interpreter: str, runs: int) -> None:
    """Print how long a run takes whose results are cached, and ``check()`` in a process that has checked before."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "KDOCTOR_CACHE_DIR": cache, "CUDA_VISIBLE_DEVICES": "-1"}
        doctor = [sys.executable, "-m", "kdoctor", "--python", interpreter]
        every = sorted(os.sched_getaffinity(0))
        cost(doctor, every, environ)
        figures = [cost(doctor, every, environ) for _ in range(runs)]
        warm = [sys.executable, "-c", _WARM, interpreter]
        said = [
            float(subprocess.run(warm, capture_output=True, check=True, text=True, env=environ, cwd=folder).stdout)
            for _ in range(runs)
        ]
    wall, processor = (statistics.median(row[which] for row in figures) for which in range(2))
    print(
        f"{interpreter}: second run {wall:.2f} s, {processor:.2f} s of processor (bar 0.6); "
        f"check() once more {statistics.median(said):.2f} s (bar 0.3)",
        flush=True,
    )


def main(arguments: Sequence[str]) -> None:
    runs = int(arguments[0]) if arguments and arguments[0].isdigit() else RUNS
    interpreters = [one for one in arguments if not one.isdigit()]
    bare, light = alternately([sys.executable, "-c", "pass"], [sys.executable, "-c", "import kdoctor"], runs=20)
    print(f"import kdoctor: {1000 * (light - bare):.0f} ms above python -c pass (bar 30)")
    print(f"loading what a run needs of the record: {1000 * loading():.0f} ms (bar 20)")
    cores = sorted(os.sched_getaffinity(0))
    for interpreter in interpreters:
        (facts,) = alternately([sys.executable, "-m", "kdoctor", "--python", interpreter, "--no-canaries"], runs=10)
        print(f"{interpreter}: without canaries {1000 * facts:.0f} ms (bar 250)")
        first_runs(interpreter, cores[:2], runs)
        first_runs(interpreter, cores[:1], runs)
        later_runs(interpreter, runs)


if __name__ == "__main__":
    main(sys.argv[1:])
