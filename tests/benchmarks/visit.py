"""How long a visit takes beside the import of TensorFlow that nobody can avoid.

``python -m tests.benchmarks.visit INTERPRETER [...]`` times, for each interpreter and alternately, the bare import and
the full visit, and prints medians and their ratio. Bars: a full visit at most 2.5 times the import (1.6 is the aim), a
visit without canaries at most 250 ms, ``import kdoctor`` at most 30 ms above ``python -c pass``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

IMPORT = "import tensorflow as tf; tf.keras.layers"
RUNS = 5


def seconds(command: Sequence[str]) -> float:
    """Wall time of one process."""
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, check=False)
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
        "import kdoctor.model, kdoctor.versions, json, re, time; started = time.perf_counter();"
        "from kdoctor.records import table; table.shipped(); print(time.perf_counter() - started)"
    )
    command = [sys.executable, "-c", code]
    return min(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(7))


def main(interpreters: Sequence[str]) -> None:
    doctor = [sys.executable, "-m", "kdoctor"]
    bare, light = alternately([sys.executable, "-c", "pass"], [sys.executable, "-c", "import kdoctor"], runs=20)
    print(f"import kdoctor: {1000 * (light - bare):.0f} ms above python -c pass (bar 30)")
    print(f"loading what a visit needs of the record: {1000 * loading():.0f} ms (bar 20)")
    for interpreter in interpreters:
        examined = [*doctor, "--python", interpreter]
        (facts,) = alternately([*examined, "--no-canaries"], runs=10)
        print(f"{interpreter}: without canaries {1000 * facts:.0f} ms (bar 250)")
        imported, visited = alternately([interpreter, "-c", IMPORT], examined)
        ratio = visited / imported
        print(
            f"{interpreter}: import {imported:.1f} s, full visit {visited:.1f} s, {ratio:.2f} times (bar 2.5, aim 1.6)"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
