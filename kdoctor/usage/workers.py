"""Reading many files on all cores.

Each worker is a fresh interpreter with a pipe, not a child of :mod:`multiprocessing`: that would run the main script of
whoever called kdoctor once more. A file that a worker dies of is named, and the others are read all the same.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from kdoctor.model import Lost
from kdoctor.processes import Family
from kdoctor.usage.index import RulePatterns
from kdoctor.usage.model import FileUsage, Problem

_START = "import sys; sys.path[:] = {path!r}; from kdoctor.usage.workers import serve; serve()"


def scan_in_parallel(files: Sequence[str], rules: tuple[RulePatterns, ...], workers: int) -> list[FileUsage]:
    """What each file uses, in the order of the files."""
    shares = _shares(files, workers)
    found: dict[str, FileUsage] = {}
    pool = ThreadPoolExecutor(len(shares))
    try:
        with Family() as family:  # an interrupt ends the readers, and with them what waits for them
            for results in pool.map(lambda share: _scan_share(share, rules, family), shares):
                found.update(results)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [found[path] for path in files]


def _shares(files: Sequence[str], workers: int) -> list[list[str]]:
    """The files in so many shares of about the same size."""

    def size(path: str) -> int:
        try:
            return os.stat(path).st_size
        except OSError:
            return 0

    shares: list[tuple[int, list[str]]] = [(0, []) for _ in range(min(workers, len(files)))]
    for path in sorted(files, key=size, reverse=True):
        smallest = min(range(len(shares)), key=lambda number: shares[number][0])
        amount, share = shares[smallest]
        share.append(path)
        shares[smallest] = (amount + size(path), share)
    return [share for _, share in shares]


def _scan_share(paths: list[str], rules: tuple[RulePatterns, ...], family: Family) -> dict[str, FileUsage]:
    found: dict[str, FileUsage] = {}
    left = paths
    while left:
        for result in _run_worker(left, rules, family):
            found[result.path] = result
        left = [path for path in left if path not in found]
        if left:
            # It died of the first one that it did not answer for.
            reason = "reading it ended the process that read it"
            found[left[0]] = FileUsage(left[0], problems=(Problem(left[0], reason, lost=Lost.ALL),))
            left = left[1:]
    return found


def _run_worker(paths: list[str], rules: tuple[RulePatterns, ...], family: Family) -> list[FileUsage]:
    """The answers of one worker, as far as it comes."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        _START.format(path=[os.path.abspath(entry or ".") for entry in sys.path]),
    ]
    results: list[FileUsage] = []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    worker = family.start(command, os.environ, **pipes)
    stdin, stdout = worker.process.stdin, worker.process.stdout
    assert stdin is not None
    assert stdout is not None
    try:
        with contextlib.suppress(OSError):  # it is gone already, or will be
            pickle.dump((rules, paths), stdin)
            stdin.close()
            # It stops at the end of the answers, or where a worker that died left half of one.
            with contextlib.suppress(EOFError, pickle.UnpicklingError):
                while True:
                    results.append(pickle.load(stdout))
        return results
    finally:
        worker.reap()


def serve() -> None:
    """What a worker does: reads the files that it is told on standard input, and answers on standard output."""
    from kdoctor.usage.scanning import Reader

    rules, paths = pickle.load(sys.stdin.buffer)
    reader = Reader(rules)
    answers = sys.stdout.buffer
    for path in paths:
        pickle.dump(reader.scan_path(path), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
