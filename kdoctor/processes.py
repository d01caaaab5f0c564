"""Starts, bounds and ends any child process.

The processes that are started for one purpose are a family. All of a family end together, daemons in sessions of their
own included: each carries the mark of its family in its environment, which is found again below ``/proc``. Should this
process be killed, a guard that waits at a pipe does the same for it.

Standard library only, and nothing of kdoctor: the guard runs this file alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

MIB = 2**20
MOST_ANSWER = 16 * MIB  # bytes of an answer; whoever says more is not listened to any longer
MOST_ERRORS = 64 * 2**10  # bytes that are kept of the end of what a process writes to its standard error

_MARK = "KDOCTOR_FAMILY"
_PROC = "/proc"
_SECONDS_TO_DIE = 2.0
"""How long a process that was killed is waited for; one that the kernel holds longer is left to it."""
_SECONDS_TO_DRAIN = 0.5
"""How long a pipe is read on after its process ended: what it wrote is there, and a daemon may hold it open."""

# It costs a tenth of what a waiting Python does. Its pipe ends when this process does, however that comes.
_WAIT_FOR_THE_END = 'while read -r pid; do set -- "$@" "$pid"; done; exec "$@"'


class Child:
    """A child process in a session of its own."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        self.process = process
        self._mark = mark

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End the process and whatever it has started, at once and for certain."""
        _kill_all(self._mark, self.sessions())
        self.reap()

    def sessions(self) -> list[int]:
        """The number of its session, while it cannot have been given to another process."""
        return [] if self.process.returncode is not None and os.path.isdir(f"{_PROC}/self") else [self.process.pid]

    def reap(self) -> None:
        """Make sure that the process itself is gone."""
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_SECONDS_TO_DIE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def how_it_ended(code: Optional[int]) -> str:
    """A return code as :class:`subprocess.Popen` has it, in words: ``SIGILL``, ``exit code 1``."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


class Family:
    """Processes that end together, at the latest with this process, and the folder that they share.

    Args:
        with_folder: whether they need a temporary folder; it is removed when they end.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(self, with_folder: bool = False) -> None:
        self._mark = os.urandom(16).hex()
        self._children: list[Child] = []
        self._started = 0
        # Named before the guard starts and made after it: it is never there unguarded.
        self.folder = ""
        if with_folder:
            self.folder = os.path.join(os.path.realpath(tempfile.gettempdir()), f"kdoctor-{self._mark[:12]}")
        self._guard = _start_guard(f"{_MARK}={self._mark}", self.folder)
        if with_folder:
            try:
                os.mkdir(self.folder, 0o700)
            except BaseException:
                self.end()
                raise

    def start(self, command: Sequence[str], environ: Mapping[str, str], **options: Any) -> Child:
        """Start a process.

        Args:
            command: the program and its arguments.
            environ: its variables.
            options: further ones of :class:`subprocess.Popen`.

        Raises:
            OSError: it cannot be started.
        """
        self._started += 1  # first: also one that is interrupted here is found again by its mark
        mark = f"{self._mark}.{self._started}."
        process = subprocess.Popen(
            command,
            env={**environ, _MARK: mark},
            start_new_session=True,  # a Ctrl-C reaches this process alone, which then ends the others
            **options,
        )
        child = Child(process, f"{_MARK}={mark}")
        self._children.append(child)
        if self._guard and self._guard.stdin:
            with contextlib.suppress(OSError):  # without a guard all the same
                self._guard.stdin.write(b"%d\n" % process.pid)
        return child

    def end(self) -> None:
        """End all of them with whatever they have started, and remove the folder."""
        if self._started:
            _kill_all(f"{_MARK}={self._mark}.", [pid for child in self._children for pid in child.sessions()])
        for child in self._children:
            child.reap()
        if self.folder:
            _remove(self.folder)
        if self._guard and self._guard.stdin:  # last: should this be interrupted, the guard does the rest
            self._guard.kill()
            self._guard.wait()
            self._guard.stdin.close()

    def __enter__(self) -> Family:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()


class Said(NamedTuple):
    """What a process said."""

    output: bytes
    errors: bytes  # the end of its standard error
    problem: str  # `late` where there was no answer in time, `much` where it said too much; empty otherwise


def listen(child: Child, closing: bytes, seconds: float) -> Said:
    """Read what a process says until its answer is complete, it says no more, or the time is up.

    The caller then ends it. Nobody waits for that end: threads, daemons and things to do at exit may never come to one.

    Args:
        child: started with pipes as ``stdout`` and ``stderr``.
        closing: what opens and closes an answer.
        seconds: how long it may take.
    """
    assert child.process.stdout
    assert child.process.stderr
    output, errors = bytearray(), bytearray()
    news, over = threading.Event(), threading.Event()

    def read(descriptor: int, kept: bytearray) -> None:
        with contextlib.suppress(OSError):
            while len(output) <= MOST_ANSWER and (data := os.read(descriptor, 65536)) and not over.is_set():
                kept.extend(data)
                del errors[:-MOST_ERRORS]
                news.set()

    pipes = ((child.process.stdout, output), (child.process.stderr, errors))
    readers = [threading.Thread(target=read, args=(pipe.fileno(), kept), daemon=True) for pipe, kept in pipes]
    for reader in readers:
        reader.start()
    deadline, gone, marks, searched = time.monotonic() + seconds, 0.0, 0, 0
    while True:
        is_open, now, size = readers[0].is_alive(), time.monotonic(), len(output)
        marks += output.count(closing, max(0, searched - len(closing) + 1), size)
        searched, answered = size, marks >= 2
        if child.ended() and not gone:
            gone = now
        is_late = not gone and now > deadline
        if answered or is_late or not is_open or (gone and now > gone + _SECONDS_TO_DRAIN):
            break
        news.wait(0.05)
        news.clear()
    problem = "much" if len(output) > MOST_ANSWER else "late" if is_late and is_open else ""
    if not answered and not problem:  # it said all that it will: how it ends says why
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(_SECONDS_TO_DRAIN)
        readers[1].join(_SECONDS_TO_DRAIN)
    over.set()  # whoever still holds a pipe is not listened to any longer
    return Said(bytes(output), bytes(errors), "" if answered else problem)


# ------------------------------------------------------------------------------------------------------------- the end


def _start_guard(mark: str, folder: str) -> Optional[subprocess.Popen[bytes]]:
    """Starts what ends a family and removes its folder should this process be killed; None where nothing can."""
    if os.name != "posix" or not sys.executable:
        return None
    clean = [sys.executable, "-I", "-S", os.path.abspath(__file__), mark, folder]
    for command in (["/bin/sh", "-c", _WAIT_FOR_THE_END, "kdoctor", *clean], clean):
        with contextlib.suppress(OSError):
            return subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
    return None


def _kill_all(mark: str, pids: Iterable[int]) -> None:
    """Kill these sessions, all that descends from them, and all that carries the mark, until none is left."""
    if os.name != "posix":
        return
    for pid in pids:
        descendants = _descendants(pid)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        for one in descendants:
            with contextlib.suppress(OSError):
                os.kill(one, signal.SIGKILL)
    deadline = time.monotonic() + _SECONDS_TO_DIE
    clean = 0
    # Twice: a process may start another and end between the moment when it is listed and the one when it is read.
    while clean < 2 and time.monotonic() < deadline:
        found = _marked(mark.encode())
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        clean = 0 if found else clean + 1
        time.sleep(0.005)


def _marked(mark: bytes) -> list[int]:
    """The processes with this in their environment; those that have ended have none."""
    found = []
    try:
        numbers = [int(name) for name in os.listdir(_PROC) if name.isdigit()]
    except OSError:
        return []
    for number in numbers:
        try:
            with open(f"{_PROC}/{number}/environ", "rb", buffering=0) as file:
                data = file.read(MIB)
        except OSError:  # another user's, or gone
            continue
        if data and mark in data and number != os.getpid():
            found.append(number)
    return found


def _descendants(pid: int) -> list[int]:
    """Children and children's children, as far as the system says."""
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) < 10_000:
        one = waiting.pop()
        with contextlib.suppress(OSError, ValueError):
            for task in os.listdir(f"{_PROC}/{one}/task"):
                with open(f"{_PROC}/{one}/task/{task}/children", "rb") as file:
                    children = [int(number) for number in file.read(MIB).split()]
                found += children
                waiting += children
    return found


def _remove(folder: str) -> None:
    """Remove a folder with all that is in it, also what was made unreadable."""
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        return
    for place, names, _ in os.walk(folder):
        for name in (os.curdir, *names):
            with contextlib.suppress(OSError):
                if not os.path.islink(os.path.join(place, name)):
                    os.chmod(os.path.join(place, name), 0o700)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # What is left to do after the process that started a family was killed.
    _, own_mark, own_folder, *numbers = sys.argv
    sys.stdin.read()
    # Where marks can be found they are surer: a number may have been given to another process since.
    _kill_all(f"{own_mark}.", [] if os.path.isdir(f"{_PROC}/self") else map(int, numbers))
    if own_folder:
        _remove(own_folder)
