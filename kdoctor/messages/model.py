"""What was read in a text, and what it was matched with: frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from kdoctor.model import Implementation, Rule


class Kind(str, Enum):
    """In which form an error stood in the text."""

    EXCEPTION = "exception"
    """With the frames that led to it."""
    MESSAGE = "message"
    """The exception's name and message alone, or the message alone."""
    WARNING = "warning"
    """What Python's ``warnings`` printed."""
    LOG = "log"
    """A line of a log, or what an installer said."""


@dataclass(frozen=True)
class Frame:
    """One step of a traceback."""

    path: str
    """As it was printed; ``Cell In[3]`` for a notebook's cell."""
    line: int = 0
    function: str = ""
    text: str = ""
    """The line of code, where the text has it."""
    own: bool = False
    """Whether it is the user's own code: no installed package, nothing of Python's."""


@dataclass(frozen=True)
class Error:
    """One error of the text, whole or what is left of it."""

    type: str
    """As it was printed, its module included; empty where only a message is there."""
    message: str
    """Without the type; the lines of a longer one are kept."""
    kind: Kind = Kind.EXCEPTION
    frames: tuple[Frame, ...] = ()
    """Outermost first, as Python prints them."""
    line: int = 0
    """Where it begins in the text, from 1; in a notebook file where it begins in the cell's output."""
    cell: int = 0
    """In a notebook file the position of the cell among all cells, from 1."""
    cut: bool = False
    """Whether the text breaks off before the message."""
    led_to: str = ""
    """Of a chain, how the error after it came about: ``cause`` or ``handling``; empty for the last one."""

    @property
    def own_frames(self) -> tuple[Frame, ...]:
        """Those in the user's own code."""
        return tuple(frame for frame in self.frames if frame.own)


@dataclass(frozen=True)
class Reading:
    """Everything of a text that matters here."""

    errors: tuple[Error, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the packages that the text names with a version, ``python`` included."""
    implementation: Optional[Implementation] = None
    """The Keras whose files or names show in the text; None where it shows none, or several."""
    about: bool = False
    """Whether Keras or TensorFlow is named anywhere in the text."""
    left_out: int = 0
    """Errors beyond those that are kept."""


class Sureness(str, Enum):
    """How surely a rule is what an error is about."""

    EXACT = "exact"
    """Its message, which nothing else says."""
    LIKELY = "likely"
    """A part of its message, or a message which other code could give too."""
    NEAR = "near"
    """Not its message, but one like it."""


@dataclass(frozen=True)
class Match:
    """A rule that an error was matched with."""

    rule: Rule
    symptom: str
    """Of the rule, the one that matched."""
    matched: str
    """The part of the error's text that is the symptom."""
    sureness: Sureness
    rank: int
    """1 for the first; rules that the text cannot tell apart share it."""
    because: tuple[str, ...] = ()
    """What decided between it and others, or speaks against it, in sentences."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the text has for the named parts of the symptom: ``{"layer": "LSTM", "argument": "time_major"}``."""
    answer: str = ""
    """What the rule says of these values; empty where it says nothing about them."""


@dataclass(frozen=True)
class Explained:
    """One error, and what it is."""

    error: Error
    matches: tuple[Match, ...] = ()
    near: tuple[Match, ...] = ()
    """Only for an error that is unknown."""
    concerned: bool = False
    """Whether Keras or TensorFlow shows in it at all."""
    caller: Optional[Frame] = None
    """The innermost step outside of Keras, TensorFlow and Python: whose code has to change."""
    package: str = ""
    """The installed package that this step belongs to; empty where it is the user's own code."""

    @property
    def is_known(self) -> bool:
        """Whether a rule knows it."""
        return bool(self.matches)


@dataclass(frozen=True)
class Explanation:
    """What a text was about."""

    reading: Reading
    errors: tuple[Explained, ...] = ()
    """In the order of the text; equal ones once."""

    @property
    def is_known(self) -> bool:
        """Whether a rule knows one of them at least."""
        return any(each.is_known for each in self.errors)
