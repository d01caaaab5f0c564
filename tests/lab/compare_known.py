"""What is known of the differences that ``tests.lab.compare`` finds."""

from __future__ import annotations

KNOWN: tuple[tuple[str, str, str], ...] = ()
NOT_COMPARED: tuple[tuple[str, str], ...] = ()
