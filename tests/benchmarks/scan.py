"""How fast code is read, on real files: against ``ast.parse`` alone, and against TensorFlow's own ``tf_upgrade_v2``.

``python tests/benchmarks/scan.py FOLDER... [--upgrade PYTHON-WITH-TENSORFLOW] [--files 1000]`` takes real files of 200
to 420 lines that mention TensorFlow or Keras from the folders (site-packages of any environment will do), and prints

* the processor time that reading them takes on one core, as a multiple of ``ast.parse`` alone on the same files
  (bar: 2.5), and how much memory a second and a third pass add (bar: none to speak of);
* the wall time;
* the most memory that a process holds which reads these files, and one that reads four times as many;
* the processor time of ``tf_upgrade_v2`` on the same files, as a multiple of kdoctor's, both started as a
  process of their own (bar: 5).
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

from kdoctor.code import scan
from kdoctor.code.match import RulePatterns
from kdoctor.code.reading import Reader
from kdoctor.rules import all_rules
from tests.code.patterns import rules as rules_of_the_tests

MOST = 2.5
"""Times ``ast.parse``: what reading may take."""


def main() -> int:
    """Measure, print, and say by the exit code whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--upgrade", help="an interpreter whose tf_upgrade_v2 is compared")
    parser.add_argument("--files", type=int, default=1000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    files = real_files(arguments.folders, arguments.files)
    sources = [path.read_bytes() for path in files]
    lines = sum(source.count(b"\n") for source in sources)
    print(f"{len(files)} files, {lines / len(files):.0f} lines each")
    rules = (*rules_of_the_tests(), *(RulePatterns(rule.code, rule.slug, rule.uses) for rule in all_rules()))
    print(f"{sum(len(rule.uses) for rule in rules)} patterns")

    parsing, reading, ratio = compare(lambda: parse(sources), lambda: read(files, sources, rules))
    print(f"ast.parse {parsing:.2f} s, kdoctor {reading:.2f} s: {ratio:.2f} times (bar {MOST})")
    growth = memory_growth(files, sources, rules)
    print(f"memory kept after one pass more: {growth / 1e6:.2f} MB (bar 1)")

    met = ratio <= MOST and growth < 1e6
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        for number, source in enumerate(sources):
            Path(tree, str(number % 20)).mkdir(parents=True, exist_ok=True)
            Path(tree, str(number % 20), f"file_{number}.py").write_bytes(source)
        print(f"folder {wall(lambda: scan([str(tree)], rules=rules)):.2f} s")
        copies = [tree, *(Path(shutil.copytree(tree, Path(folder, f"copy_{number}"))) for number in range(3))]
        for trees in (copies[:1], copies):
            print("{} files: at most {:.0f} MB".format(*peak_memory(trees)))
        if arguments.upgrade:
            met &= compare_with_upgrade(arguments.upgrade, tree, folder)
    return 0 if met else 1


def real_files(folders: list[str], count: int) -> list[Path]:
    """Files of a usual size that the reader does not pass over; the same ones each time."""
    found: dict[bytes, Path] = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            data = path.read_bytes() if path.is_file() else b""
            if 200 <= data.count(b"\n") <= 420 and (b"keras" in data or b"tensorflow" in data) and is_python(data):
                found.setdefault(data, path)
            if len(found) >= count:
                return list(found.values())
    return list(found.values())


def is_python(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def parse(sources: list[bytes]) -> None:
    for source in sources:
        ast.parse(source)


def read(files: list[Path], sources: list[bytes], rules: tuple[RulePatterns, ...]) -> None:
    reader = Reader(rules)
    for path, source in zip(files, sources):
        reader.read_bytes(str(path), source)


def compare(one: Callable[[], object], other: Callable[[], object], times: int = 7) -> tuple[float, float, float]:
    """Processor seconds of both and the median of their ratio, taken in turns so that a busy machine slows both."""
    pairs = []
    for _ in range(times):
        start = time.process_time()
        one()
        middle = time.process_time()
        other()
        pairs.append((middle - start, time.process_time() - middle))
    first, second = (statistics.median(column) for column in zip(*pairs))
    return first, second, statistics.median(theirs / ours for ours, theirs in pairs)


def wall(action: Callable[[], object], times: int = 3) -> float:
    measured = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        measured.append(time.perf_counter() - start)
    return min(measured)


def memory_growth(files: list[Path], sources: list[bytes], rules: tuple[RulePatterns, ...]) -> int:
    """Bytes that are kept when everything is read once more with the same reader and the results are let go."""
    reader = Reader(rules)

    def once() -> None:
        for path, source in zip(files, sources):
            reader.read_bytes(str(path), source)
        reader.uses, reader.hits = [], []

    tracemalloc.start()
    once()
    gc.collect()  # it also empties what Python keeps for reuse
    before = tracemalloc.get_traced_memory()[0]
    once()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


SCAN = (
    "import sys, resource; from kdoctor.code import scan; from tests.code.patterns import rules;"
    "usage = scan(sys.argv[1:], rules=rules());"
    "print(usage.files, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def processor_seconds(command: list[str]) -> tuple[float, int]:
    """What a process of its own takes, whatever else the machine does; and its exit code."""
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, done.returncode


def peak_memory(trees: list[Path]) -> tuple[int, float]:
    """How many files a process of its own has read, and the most memory that it held, in MB."""
    command = [sys.executable, "-c", SCAN, *map(str, trees)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(said[0]), int(said[1]) / 1024


# What tf_upgrade_v2 --intree does with each file, but that a file on which it gives up costs the others nothing: the
# command itself stops at the first.
UPGRADE = """
import sys, time
from pathlib import Path
from tensorflow.tools.compatibility import ast_edits, tf_upgrade_v2
upgrader = ast_edits.ASTCodeUpgrader(tf_upgrade_v2.TFAPIChangeSpec())
began, done = time.process_time(), 0
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    try:
        upgrader.process_file(str(path), sys.argv[2])
        done += 1
    except Exception:
        pass
sys.stderr.write(f"\\n{done} {time.process_time() - began}")
"""


def compare_with_upgrade(python: str, tree: Path, folder: str) -> bool:
    """Both tools over the same tree, each in a process of its own; the import of TensorFlow is not counted."""
    command = [*python.split(), "-c", UPGRADE, str(tree), str(Path(folder, "out.py"))]
    said = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
    done, theirs = said.rpartition("\n")[2].split()
    ours, _ = processor_seconds([sys.executable, "-c", SCAN, str(tree)])
    times = float(theirs) / ours
    print(f"tf_upgrade_v2 {float(theirs):.1f} s for {done} files, kdoctor {ours:.1f} s: {times:.1f} times (bar 5)")
    return times >= 5


if __name__ == "__main__":
    sys.exit(main())
