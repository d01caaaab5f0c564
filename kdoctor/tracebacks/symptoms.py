"""The symptoms of the rules, prepared for comparing: what is literal in them, what varies, how telling they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Optional

from kdoctor.model import Rule

_TYPE = re.compile(r"((?:\w{1,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Warning))(?:: |$|(?= \())")
_NOTE = re.compile(r" \((?![^()]*\.\.\.)(?!most likely)[^()]{3,80}\)$")
"""What a rule adds in brackets: where it is seen. It is no part of the message."""
_TELLING = re.compile(
    r"[Kk]eras|encountered when calling|tensorflow|TensorFlow|\btf\.|TF-|TF_|Tensor\b|KerasTensor|TFSM"
    r"|tf_function|Trainer\b|EarlyStopping|deserializ"
    r"|'(?:Sequential|Functional|Dense|InputLayer|Adam|SGD|LSTM|GRU)' object|Layer\b|Lambda|Cell\b|Pooling\w*\b"
    r"|Embedding|BatchNorm|add_weight|base_dtype|reset_states|fit_generator|evaluate_generator|predict_generator|add_update"
    r"|output_shape|input_shape|get_output_at|add_loss|ModelCheckpoint|weights\.h5|initializer identifier|\bReduction\b"
    r"|multiple outputs|_UserObject|compile_loss|compiled_|loss dict|optimizer|called and thus has no defined"
    r"|batch_input_shape|time_major|'as_list'|'Variable' object"
    r"|Argument\(s\) not recognized"
)
"""Words by which a message is about Keras or TensorFlow whoever says it."""
_MISSING = re.compile(r"No module named '\w+'$")
"""Says of any program that something is not installed; whose fault it is only the frames show."""
_GENERIC = re.compile(
    r"(?:module )?(?:\.\.\. )?(?:has no attribute|cannot import name|got an unexpected keyword argument) \.\.\.|\.\.\."
)
LEAST_OF_PROSE = 30
"""Characters that an untyped symptom needs to be looked for: shorter ones are what anybody writes."""


class Found(NamedTuple):
    """How a symptom lies in a message."""

    text: str
    whole: bool
    """Whether nothing of the message is left before it or after it."""


@dataclass(frozen=True)
class Symptom:
    """One symptom of one rule."""

    rule: Rule
    text: str
    type: str
    """The exception's name without its module; empty where the symptom names none."""
    pieces: tuple[str, ...]
    """What is literal of the message; something that varies stands between two of them."""
    weight: int
    """How many characters are literal."""
    telling: bool
    """Whether it is about Keras or TensorFlow by its own words."""
    open_at_start: bool
    generic: bool
    """Whether what varies is the very thing it is about, so that it fits any module, name or argument."""

    @property
    def missing(self) -> bool:
        """Whether it only says that a package is not there."""
        return len(self.pieces) == 1 and bool(_MISSING.match(self.pieces[0]))

    @property
    def longest(self) -> str:
        """The piece that is looked for first."""
        return max(self.pieces, key=len)

    def find(self, message: str, anywhere: bool) -> Optional[Found]:
        """The part of a message (of single spaces) that is this symptom.

        Args:
            message: what the error says.
            anywhere: whether something may stand before it.
        """
        position = start = -1
        for number, piece in enumerate(self.pieces):
            if position < 0:
                position = start = message.find(piece)
                if position < 0 or (position and not anywhere and not self.open_at_start):
                    return None
            else:
                at = message.find(piece, position)
                quoted = self.pieces[number - 1][-1:] in "'\"`" and piece[:1] in "'\"`" and piece[:1]
                if at < 0 or (quoted and quoted in message[position:at]):
                    return None
                position = at
            position += len(piece)
        if position < 0:  # nothing literal: the type is the symptom
            return Found("", True) if not message else None
        ends = position >= len(message.rstrip(" .")) or self.text.endswith("...")
        if not ends and self.weight < 12:
            return None
        return Found(message[start:position], ends and start == 0)


def prepared(rule: Rule) -> Iterable[Symptom]:
    """The symptoms of one rule that can be looked for in a text."""
    for text in rule.symptoms:
        symptom = _prepare(rule, text)
        if symptom is not None:
            yield symptom


def _prepare(rule: Rule, text: str) -> Optional[Symptom]:
    said = " ".join(_NOTE.sub("", text).split())
    typed = _TYPE.match(said)
    message = said[typed.end() :].strip() if typed else said
    pieces = tuple(piece.strip() for piece in message.split("...") if piece.strip())
    weight = sum(map(len, pieces))
    if not typed and weight < LEAST_OF_PROSE:
        return None
    return Symptom(
        rule,
        text,
        typed.group(1).rpartition(".")[2] if typed else "",
        pieces,
        weight,
        bool(_TELLING.search(" ".join(pieces))) and not _MISSING.match(message),
        message.startswith("..."),
        bool(_GENERIC.fullmatch(message)),
    )


@lru_cache(maxsize=4)
def all_prepared(rules: tuple[Rule, ...]) -> tuple[Symptom, ...]:
    """The symptoms of all rules."""
    return tuple(symptom for rule in rules for symptom in prepared(rule))
