"""What a rendering is told besides the report."""

from __future__ import annotations

from dataclasses import dataclass, field

from kdoctor.pins import Pins
from kdoctor.render.page import Look


@dataclass(frozen=True)
class Context:
    """What the place wants that the text goes to; the defaults suit a file that nothing is known of."""

    look: Look = field(default_factory=Look)
    verbose: bool = False
    quiet: bool = False
    pins: Pins = field(default_factory=Pins)
    """Where the project says which TensorFlow and Keras it wants."""
    root: str = ""
    """The absolute path of the folder that paths are written relative to, the repository's; empty where it is the
    folder that the report's paths are relative to already."""
    folder: str = ""
    """The absolute path of the folder that the report's paths are relative to: the working directory."""
