"""What a caller did wrong, in words meant for the user."""

from __future__ import annotations


class UsageError(Exception):
    """What was asked for does not exist, or cannot be understood; the command line exits with 2."""
