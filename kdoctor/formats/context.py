"""What a format must know besides the report: what the place can show, and where the project is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

_SIGNS = "✓✗│·…"


class Look(NamedTuple):
    """What the place that shows the text can show."""

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"

    @property
    def has_signs(self) -> bool:
        """Whether the report's signs can be written there."""
        try:
            _SIGNS.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


class View(Enum):
    """Which part of a report is shown."""

    REPORT = "report"
    RULES = "rules"  # how many places each rule has
    FILES = "files"
    LIST = "list"  # everything that is known to differ, by area


@dataclass(frozen=True)
class Context:
    """The defaults suit a file of which nothing is known."""

    look: Look = field(default_factory=Look)
    verbose: bool = False
    quiet: bool = False
    view: View = View.REPORT
    most: int = 0  # how many problems are shown; 0 for all
    manifest: str = "pyproject.toml"
    """The file that stands for the environment in formats that want a file of everything, relative to the root."""
    root: str = ""
    """The absolute path of the folder that paths are written relative to, the repository's; empty where it is the
    folder that the report's paths are relative to already."""
    folder: str = ""  # the absolute path of the folder that the report's paths are relative to: the working directory
