"""The command: ``kdoctor`` and ``python -m kdoctor``."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn, Optional


def main() -> None:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _end)
    try:
        from kdoctor.cli import app

        app(prog_name="kdoctor")
    except KeyboardInterrupt:
        sys.exit(130)


def _end(number: int, frame: Optional[FrameType]) -> NoReturn:
    """Whoever asks the command to end, a cancelled build say, leaves no process and no half-written file behind."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
