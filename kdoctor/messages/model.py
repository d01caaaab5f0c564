"""What was read in a text, and what it was matched with: frozen data, which is all that renderings see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from kdoctor.rules.rule import Rule
from kdoctor.words import Implementation


class Kind(str, Enum):
    """In which form an error is in the text."""

    EXCEPTION = "exception"  # with the frames that led to it
    MESSAGE = "message"  # the exception's name and message alone, or the message alone
    WARNING = "warning"  # what Python's warnings printed
    LOG = "log"  # a line of a log, or what an installer said


ASIDE = (Kind.LOG, Kind.WARNING)  # what is around an error: it comes after what is said of the error


@dataclass(frozen=True)
class Frame:
    """One step of a traceback, as it was printed."""

    path: str
    line: int = 0
    function: str = ""
    text: str = ""  # the line of code, where the text has it
    own: bool = False  # the user's own code: no installed package, nothing of Python's


@dataclass(frozen=True)
class Error:
    """One error of the text, whole or what is left of it."""

    type: str  # as it was printed, its module included; empty where only a message is there
    message: str
    kind: Kind = Kind.EXCEPTION
    frames: tuple[Frame, ...] = ()  # outermost first
    line: int = 0  # where it begins in the text, or in the output of a notebook's cell, from 1
    cell: int = 0  # the number of the cell among all cells of a notebook file
    cut: bool = False  # the text breaks off before the message

    @property
    def own_frames(self) -> tuple[Frame, ...]:
        """Those in the user's own code."""
        return tuple(frame for frame in self.frames if frame.own)


@dataclass(frozen=True)
class Reading:
    """Everything of a text that matters here."""

    errors: tuple[Error, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)  # by distribution, python included
    implementation: Optional[Implementation] = None  # the Keras that shows; None where none or several do
    about: bool = False  # Keras or TensorFlow is named somewhere
    left_out: int = 0  # errors beyond those that are kept


class Sureness(str, Enum):
    """How surely a rule is what an error is about."""

    EXACT = "exact"  # its message, which nothing else says
    LIKELY = "likely"  # a part of its message, or a message which other code could give too
    NEAR = "near"  # not its message, but one like it: a guess


@dataclass(frozen=True)
class Match:
    """A rule that an error was matched with."""

    rule: Rule
    symptom: str
    matched: str  # the part of the error's text that is the symptom
    sureness: Sureness
    rank: int  # 1 for the first; rules between which the text does not decide share it
    because: tuple[str, ...] = ()  # what decided between it and others, or speaks against it
    values: Mapping[str, str] = field(default_factory=dict)  # of the symptom's named parts
    answer: str = ""  # what the rule says of these values


@dataclass(frozen=True)
class Explained:
    """One error, and what it is."""

    error: Error
    matches: tuple[Match, ...] = ()
    near: tuple[Match, ...] = ()  # guesses, where nothing is sure
    concerned: bool = False  # Keras or TensorFlow shows in it
    caller: Optional[Frame] = None  # the innermost step outside of Keras, TensorFlow and Python
    package: str = ""  # the installed package of that step; empty for the user's own code
    files: tuple[str, ...] = ()  # the model files that its lines load, or that its message names

    @property
    def is_known(self) -> bool:
        """Whether a rule knows it."""
        return bool(self.matches)


@dataclass(frozen=True)
class Explanation:
    """What a text was about: its errors in their order, equal ones once."""

    reading: Reading
    errors: tuple[Explained, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether a rule knows one of them at least."""
        return any(each.is_known for each in self.errors)

    def ranking(self) -> tuple[Match, ...]:
        """The matches of all errors, those of logs last, the surest first; of equally sure ones the last error's."""
        order = list(Sureness)
        placed = [
            ((kind in ASIDE, order.index(match.sureness), match.rank, kind is not Kind.EXCEPTION, -position), match)
            for position, each in enumerate(self.errors)
            for kind in [each.error.kind]
            for match in each.matches
        ]
        return tuple(match for _, match in sorted(placed, key=lambda place: place[0]))
