"""The command: ``kdoctor`` and ``python -m kdoctor``."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn, Optional

_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT")
"""A cancelled build, a closed terminal, Ctrl-\\; a Ctrl-C is Python's own KeyboardInterrupt."""


def main() -> None:
    """Run the command line and exit with its code."""
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored, and so it stays
            signal.signal(number, _end)
    if hasattr(signal, "SIGCHLD"):  # a parent may ignore it: then nobody learns how a child of ours ended
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        from kdoctor.cli import app

        app(prog_name="kdoctor")
    except KeyboardInterrupt:
        sys.exit(130)


def _end(number: int, frame: Optional[FrameType]) -> NoReturn:
    """Whoever asks the command to end leaves no process and no half-written file behind."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
