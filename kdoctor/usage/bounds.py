"""What reading one file may cost."""

from __future__ import annotations

import sys
import time

from kdoctor.usage.source import UnreadableError

MOST_SECONDS = 10
"""Of a processor, for one file."""
MOST_MEMORY = 512 * 2**20
"""Bytes, for one file."""
_STEPS = 256
"""Steps between two looks at the clock, which costs as much as a step."""


class Bound:
    """The clock and the memory of one file; asked at every step while code is followed."""

    def __init__(self) -> None:
        self._steps = 0
        self._end = time.thread_time() + MOST_SECONDS
        self._most = peak_memory() + MOST_MEMORY

    def step(self) -> None:
        """One step more.

        Raises:
            UnreadableError: the file costs too much.
        """
        self._steps += 1
        if not self._steps % _STEPS:
            self.check()

    def check(self) -> None:
        """The same at once."""
        if time.thread_time() > self._end:
            raise UnreadableError(TOO_LONG)
        if peak_memory() > self._most:
            raise UnreadableError(TOO_MUCH_MEMORY)


TOO_LONG = f"takes more than {MOST_SECONDS} s to read"
TOO_MUCH_MEMORY = f"takes more than {MOST_MEMORY // 2**20} MiB of memory to read"


def peak_memory() -> int:
    """The most bytes that this process ever held; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class ProcessBound:
    """Holds the process that reads to the bounds, which also hold while it is inside of Python's own parser."""

    def __init__(self) -> None:
        """Bounds the memory of this process from here on, where the system can."""
        try:
            import resource

            with open("/proc/self/statm", "rb") as file:
                held = int(file.read().split()[0]) * resource.getpagesize()
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            wanted = held + MOST_MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
        except (ImportError, OSError, ValueError):
            pass

    def start(self) -> None:
        """Ends this process, with status 1, if :meth:`stop` is not called in time."""
        import faulthandler

        # Twice the time: what can be stopped from within names its reason, and another process may be in the way.
        faulthandler.dump_traceback_later(2 * MOST_SECONDS, exit=True, file=2)

    def stop(self) -> None:
        """The file was read."""
        import faulthandler

        faulthandler.cancel_dump_traceback_later()
