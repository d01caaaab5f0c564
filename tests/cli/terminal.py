"""Reads what a program writes to a pseudo-terminal."""

from __future__ import annotations

import os
import time


def until(stream: int, said: bytes = b"", seconds: float = 15) -> bytes:
    """What was written up to these words, or, without any, to its end."""
    shown, deadline = b"", time.monotonic() + seconds
    while not (said and said in shown) and time.monotonic() < deadline:
        try:
            piece = os.read(stream, 65536)
        except OSError:  # Linux says so at the end
            break
        if not piece:
            break
        shown += piece
    return shown
