"""How long the second look takes: ``import kdoctor; kdoctor.check(show=False)`` where an earlier run is kept.

``python -m tests.benchmarks.cache INTERPRETER [...]`` takes interpreters in which kdoctor is installed (compiled, as
installers do) beside a TensorFlow. For each it makes the first run, into a cache of its own, and then times the
second in a process of its own, with ``python -c pass`` and the switch in turns with it. Bars: 300 ms of wall time
for the second run, import included; 50 ms for a switch.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

RUNS = 20
SECOND_VISIT_MS, SWITCH_MS = 300, 50
CHECK = "import kdoctor; kdoctor.check(show=False)"
SWITCH = (
    "import time; began = time.perf_counter(); import kdoctor; kdoctor.use_legacy_keras();"
    "print((time.perf_counter() - began) * 1000)"
)


def run(interpreter: str, code: str, environ: Mapping[str, str]) -> tuple[float, str]:
    """Milliseconds of wall time of one process, and what it printed."""
    started = time.perf_counter()
    done = subprocess.run([interpreter, "-c", code], env=environ, capture_output=True, text=True, check=False)
    took = (time.perf_counter() - started) * 1000
    if done.returncode:
        sys.exit(done.stderr)
    return took, done.stdout


def main(interpreters: Sequence[str]) -> int:
    """Measure, print, and say by the exit code whether the bars are met."""
    met = True
    with tempfile.TemporaryDirectory() as folder:
        foreign = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "TF_USE_LEGACY_KERAS")
        environ = {name: value for name, value in os.environ.items() if name not in foreign}
        environ["KDOCTOR_CACHE_DIR"] = folder
        os.chdir(folder)  # where no checkout of kdoctor takes the place of the one that is installed
        for interpreter in interpreters:
            first, _ = run(interpreter, CHECK, environ)
            bare, second, switch = [], [], []
            for _ in range(RUNS):
                bare.append(run(interpreter, "pass", environ)[0])
                second.append(run(interpreter, CHECK, environ)[0])
                switch.append(float(run(interpreter, SWITCH, environ)[1]))
            print(f"{interpreter}: first run {first / 1000:.1f} s")
            for name, figures, bar in (
                ("python -c pass", bare, 0),
                ("second run", second, SECOND_VISIT_MS),
                ("use_legacy_keras(), import included", switch, SWITCH_MS),
            ):
                median = statistics.median(figures)
                met &= not bar or median <= bar
                print(f"  {name}: {median:.0f} ms, quickest {min(figures):.0f}" + (f" (bar {bar})" if bar else ""))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main([os.path.abspath(interpreter) for interpreter in sys.argv[1:]]))
