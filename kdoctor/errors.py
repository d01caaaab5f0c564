"""What a caller did wrong, in words meant for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdoctor.model import Report


class UsageError(Exception):
    """What was asked for does not exist, or cannot be understood; the command line exits with 2."""


class UnfitEnvironment(Exception):  # noqa: N818  what it says, in the caller's words
    """``check(fail_on=...)`` found this environment unfit, or could not look; ``report`` says all about it."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """A notebook shows the reason alone: the way to it through kdoctor tells nobody anything."""
        return [f"UnfitEnvironment: {self}"]


class Interrupted(KeyboardInterrupt):
    """A Ctrl-C while checks ran; what was found until then is worth a report."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report
