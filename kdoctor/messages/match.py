"""Compares what errors say with the symptoms of the rules: pure, and the same for every text.

A symptom is a template: ``...`` and named parts (``{layer}``) vary, the rest is literal. How telling that is follows
from how rare its words are in messages that have nothing to do with Keras (``common.json``); which of two rules it is,
from how rare they are among the rules.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Optional

from kdoctor.messages.model import ASIDE, Error, Explained, Explanation, Frame, Kind, Match, Reading, Sureness
from kdoctor.messages.read import read
from kdoctor.modelfiles import named_by
from kdoctor.records.table import shipped
from kdoctor.records.whereabouts import is_known
from kdoctor.rules.mentioned import shown_in
from kdoctor.rules.rule import PART, Rule, Symptom
from kdoctor.words import Shown

MOST_NEAR = 3
TELLING, HINT = 11.0, 6.0  # bits of two rare words, which nothing else says together, and of one
SHORT, CUT, LONG = 12, 20, 30  # characters: known only alone; worth naming; a phrase that nobody else writes
LONGEST_PART, LONGEST_CUT_PART = 2_000, 40
MOST, ALIKE, RESEMBLES = 0.6, 0.9, 0.3
"""Shares of what is special about a symptom: of a piece that stands for it all, of another wording, of a guess."""

NOTE = re.compile(r" \((?!')(?![^()]*\.\.\.)(?!most likely)[^()]{3,80}\)$")  # where it is seen: no part of it
_TYPE = re.compile(r"((?:\w{1,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Warning|NotFound))(?:: |$|(?= \())")
_FREE = ("path", "value", "config", "text")  # parts that may hold anything; all others hold one word, as names do
_WORD = re.compile(r"[A-Za-z_]\w+")
_ONE = re.compile(r"[\w.+:~/<>=!-]*")
_QUOTES = str.maketrans('`"\u2018\u2019\u201c\u201d\u00b4\u201e', "''''''''")
_VARIES = re.compile(r"\([^()]*\)|\[[^\]]*\]|(?<==)\S+|\d[\d.]*|0x\w+")  # of the model that was recorded
_ABOUT = re.compile(
    r"\bkeras(?:\b|_)|tensorflow|\bml_dtypes|tf_keras|Keras|TensorFlow|\b(?:tf|K|layers|optimizers)\.\w", re.A
)
_OURS = re.compile(r"(?:^|[/\\])(keras|tf_keras|tensorflow\w*)[/\\]|__autograph_generated_file")
_MISSING = re.compile(r"has no attribute '(\w+)'")
_PACKAGE = re.compile(r"(?:site|dist)-packages[/\\](\w+)")


class _Template(NamedTuple):
    """One symptom of one rule, prepared for comparing; texts are squeezed."""

    rule: Rule
    text: str
    type: str  # of the exception, without its module; empty where the symptom names none
    pieces: tuple[str, ...]  # what is literal
    parts: tuple[Optional[str], ...]  # the name of what varies before each piece; empty for ..., None for nothing
    tail: Optional[str]  # the same after the last piece
    places: tuple[tuple[int, int, str], ...]  # its words, with where they begin and end in the joined pieces
    marked: bool  # by its rule, as what anybody could say
    generic: bool  # marked, or of common words

    def words(self, start: int = 0, end: int = sys.maxsize) -> frozenset[str]:
        """The words of a stretch of its pieces; of one that is cut, three letters are enough."""
        cut = ((min(stop, end) - max(begin, start), word) for begin, stop, word in self.places)
        return frozenset(word for size, word in cut if size >= min(3, len(word)))


class _Hit(NamedTuple):
    """A symptom in a message, and where in the squeezed message it and its named parts are."""

    template: _Template
    start: int = 0
    end: int = 0
    values: tuple[tuple[str, int, int], ...] = ()
    score: float = 0.0
    sureness: Sureness = Sureness.NEAR
    answer: str = ""


class _Part(NamedTuple):
    """A stretch of a symptom that a message has."""

    words: frozenset[str]
    length: int
    enough: bool  # no more can be expected: the message ends with it, or it holds most of what is special


class _Said(NamedTuple):
    """What one error says, as it is compared."""

    error: Error
    reading: Reading
    type: str
    text: str
    places: list[int]  # of the squeezed text's characters in the message
    words: frozenset[str]
    concerned: bool
    package: str  # whose file made the call
    line: str  # of code, which made it

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The functions and lines of the user's own code."""
        return [(frame.function, frame.text) for frame in self.error.own_frames]

    def original(self, start: int, end: int) -> str:
        """A stretch of the squeezed text as it is in the message, its blanks as one."""
        places = self.places[start:end] or [0, -1]
        return " ".join(self.error.message[places[0] : places[-1] + 1].split())


class _Book:
    """All symptoms of the rules, and how rare each word is."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        common = json.loads(Path(__file__).with_name("common.json").read_text("utf-8"))
        self._texts, self._common = int(common["texts"]), Counter[str](common["words"])
        said = ((rule, text) for rule in rules for text in (*rule.symptoms, *_recorded(rule)))
        symptoms = [(rule, each) for rule, text in said for each in _spellings(text)]
        by_rule = {(rule.slug, word) for rule, text in symptoms for word in _words(_split(text)[1])}
        self._rules, self._ours = len(rules), Counter(word for _, word in by_rule)
        self.templates = tuple(one for each in symptoms for one in [self._template(*each)] if one)

    def _template(self, rule: Rule, text: str) -> Optional[_Template]:
        kind, message = _split(text)
        split = PART.split(message)
        pieces: list[str] = []
        parts: list[Optional[str]] = []
        places: list[tuple[int, int, str]] = []
        part: Optional[str] = None
        for number, piece in enumerate(split[::2]):
            part = (split[2 * number - 1] or "") if number else None
            if piece.strip():
                before = sum(map(len, pieces))
                for word in _WORD.finditer(piece):
                    stop = before + len(squeezed(piece[: word.end()]))
                    places.append((stop - len(word.group()), stop, word.group()))
                pieces.append(squeezed(piece))
                parts.append(part)
                part = None
        plain = self.telling(word for _, _, word in places) < TELLING
        marked = bool(getattr(text, "generic", False))
        if plain and not kind and not (_ABOUT.search(message) and len(message) >= LONG):
            return None  # a sentence that anybody writes
        return _Template(rule, text, kind, tuple(pieces), tuple(parts), part, tuple(places), marked, plain or marked)

    def telling(self, words: Iterable[str]) -> float:
        """Bits by which words are rare in messages that have nothing to do with Keras; what is common has none."""
        # fsum: the words come out of sets, in an order that changes from process to process, and with it a plain sum.
        rare = (self._common[word] for word in set(words) if self._common[word] < 2)
        return math.fsum(math.log2((self._texts + 1) / (1 + count)) for count in rare)

    def bits(self, words: Iterable[str]) -> float:
        """Bits by which words are rare among the rules."""
        return math.fsum(math.log2((self._rules + 1) / self._ours[word]) for word in set(words) if word in self._ours)

    def concerns(self, words: Iterable[str]) -> bool:
        """Whether words are names of Keras: several that the rules speak of, or a class of its API."""
        names = [word for word in words if not self._common[word] and (not word.islower() or "_" in word)]
        return sum(self._ours[word] > 1 for word in names) >= 2 or any(map(is_known, names))


_book = lru_cache(maxsize=2)(_Book)


def _recorded(rule: Rule) -> Iterator[str]:
    """How other releases word a rule's message: what its canary was answered there, where it is much the same."""
    mine = [(_words(_split(one)[1]), getattr(one, "generic", False)) for one in rule.symptoms if _split(one)[0]]
    for said in shipped().canaries.get(rule.slug, {}).get("messages", ()):
        kind, message = _split(said.partition("rguments received by")[0].partition("Full object config")[0])
        message = _VARIES.sub("...", message)
        words = _words(message)
        alike = [generic for each, generic in mine if len(words & each) > 0.5 * len(words | each)]
        if kind and alike and all(words != each for each, _ in mine):
            yield Symptom(f"{kind}: {message}...", generic=all(alike))


def _spellings(symptom: str) -> Iterator[str]:
    """A symptom, and how a page shows it that takes its backquotes for markup."""
    yield symptom
    if "`" in symptom:
        yield Symptom(symptom.replace("`", ""), generic=getattr(symptom, "generic", False))


def _split(symptom: str) -> tuple[str, str]:
    """The type that a symptom names, and its message."""
    said = " ".join(NOTE.sub("", symptom).split())
    typed = _TYPE.match(said)
    message = said[typed.end() :].strip() if typed else said
    return _last(typed.group(1)) if typed else "", message if message.endswith("...") else message.rstrip(" ).")


def squeezed(text: str) -> str:
    """A text without its blanks, and with one kind of quotation mark: terminals break lines anywhere."""
    return "".join(text.translate(_QUOTES).split())


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(PART.sub(" ", text[:4_000])))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def explain(text: str, rules: Sequence[Rule]) -> Explanation:
    """What every error of a text is, as far as the rules know it."""
    reading, book = read(text), _book(tuple(rules))
    explained: dict[tuple[str, str], Explained] = {}
    for error in reading.errors:
        key = _last(error.type), error.message
        if key not in explained or len(error.frames) > len(explained[key].error.frames):
            explained[key] = _explained(error, reading, book)
    found = tuple(explained.values())
    return Explanation(reading, tuple(one for one in found if not any(_repeats(one, other) for other in found)))


def _repeats(one: Explained, other: Explained) -> bool:
    """Whether the message is a part of another one that is the same rules: a short text is read whole and by line."""
    longer = len(one.error.message) < len(other.error.message) and one.error.message in other.error.message
    first, second = ({match.rule.code for match in each.matches if match.rank == 1} for each in (one, other))
    is_line = one.error.kind in ASIDE or not one.error.frames
    return longer and bool(one.error.message) and is_line and first <= second


def _explained(error: Error, reading: Reading, book: _Book) -> Explained:
    words = _words(f"{error.type} {error.message}")
    about = "\n".join((error.type, error.message, *(frame.text for frame in error.frames)))
    concerned = bool(_ABOUT.search(about)) or any(_OURS.search(frame.path) for frame in error.frames)
    concerned = concerned or book.concerns(words) or (not error.frames and reading.about)
    caller = next((frame for frame in reversed(error.frames) if frame.own or _package(frame)), None)
    files = named_by(tuple(frame.text for frame in error.own_frames), error.message)
    package = _package(caller) if caller else ""
    found = Explained(error, concerned=concerned, caller=caller, package=package, files=files)
    if error.cut or (found.package and not concerned):
        return found
    places = [place for place, character in enumerate(error.message) if not character.isspace()]
    line = caller.text if caller else ""
    text = squeezed(error.message)
    said = _Said(error, reading, _last(error.type), text, places, words, concerned, found.package, line)
    best: dict[str, _Hit] = {}
    for hit in sorted(_hits(said, book), key=lambda one: (one.sureness is Sureness.EXACT, one.score), reverse=True):
        best.setdefault(hit.template.rule.slug, hit)
    sure = [hit for hit in best.values() if hit.sureness is not Sureness.NEAR]
    is_exact = any(hit.sureness is Sureness.EXACT for hit in sure)
    near = [hit for hit in best.values() if hit.sureness is Sureness.NEAR and not is_exact]
    return replace(found, matches=tuple(_ranked(sure, said)), near=tuple(_ranked(near, said))[:MOST_NEAR])


def _package(frame: Frame) -> str:
    """The installed package whose file a step is in; empty for Keras, TensorFlow and what is not installed."""
    named = _PACKAGE.findall(frame.path)
    return named[-1] if named and named[-1] not in ("keras", "tf_keras", "tensorflow") else ""


def _hits(said: _Said, book: _Book) -> Iterator[_Hit]:
    """The symptoms whose whole message is there; and those of which a longer part is, or something alike."""
    whole = [hit for one in book.templates for hit in [_whole(one, said)] if hit]
    judged = [hit for each in whole for hit in [_judged(each, said, book)] if hit]
    confirmed = min((hit.score for hit in judged if hit.answer), default=math.inf)
    for hit in judged:  # what a family has looked up holds for the rule of that one name too
        same = hit.score > confirmed and not hit.template.marked
        yield hit._replace(sureness=Sureness.EXACT) if same else hit
    best = max((sum(map(len, hit.template.pieces)) for hit in judged if not hit.template.marked), default=0)
    for one in book.templates if len(said.text) >= SHORT else ():
        family = one.generic and one.rule.answer is not None
        if (one.marked and not family) or (one.type and said.type and one.type != said.type):
            continue
        near = any(piece[:SHORT] in said.text or said.text in piece for piece in one.pieces)
        part = _part(one, said.text, book) if near else None
        if part is None and said.concerned and not best and one.type == said.type:
            both = one.words() & said.words
            if book.bits(both) >= RESEMBLES * book.bits(one.words() | said.words):
                part = _Part(both, LONG, book.bits(both) >= ALIKE * book.bits(one.words()))
        if part is None or part.length < max(best, SHORT):
            continue
        telling, is_long = book.telling(part.words), part.length >= LONG
        if part.enough and (said.concerned if family else not one.generic and (telling >= TELLING or is_long)):
            yield _Hit(one, score=book.bits(part.words), sureness=Sureness.LIKELY)
        elif not family and (telling >= HINT or is_long):
            guess = part.length >= CUT and telling >= HINT  # of a text that ends with it
            if (part.enough and (guess or said.concerned)) or (one.type and not best and said.concerned):
                yield _Hit(one, score=book.bits(part.words))


def _whole(one: _Template, said: _Said) -> Optional[_Hit]:
    """A symptom whose pieces are all there, in their order, and whose parts hold what they can hold."""
    text, start, position = said.text, 0, 0
    if not one.pieces and (text or not shown_in(said.steps, one.rule.uses)[1]):
        return None  # nothing but the type: then the code has to show it
    values: list[tuple[str, int, int]] = []
    for number, (piece, part) in enumerate(zip(one.pieces, one.parts)):
        at = text.find(piece, position)
        if at < 0:
            return None
        if number:
            between = text[position:at]
            if one.pieces[number - 1][-1:] == "'" == piece[:1] and "'" in between:
                return None
            if len(between) > LONGEST_PART or (part and part not in _FREE and not _ONE.fullmatch(between)):
                return None
            values += [(part, position, at)] if part else []
        else:
            if len(piece) < 4 and len(one.pieces) > 1:  # a quotation mark: the one nearest to what follows
                at = text.rfind(piece, 0, max(text.find(one.pieces[1]), at + 1))
            start = at
        position = at + len(piece)
    return _Hit(one, start, position, tuple(values))


def _part(one: _Template, text: str, book: _Book) -> Optional[_Part]:
    """The most telling stretch of a symptom that is there."""
    found: list[_Part] = []
    position = length = before = 0
    for piece in one.pieces:
        at = text.find(piece, position)
        if at >= 0:
            position, length = at + len(piece), length + len(piece)
            continue
        low, high = 0, len(piece)
        while low < high:  # the longest beginning of this piece
            middle = (low + high + 1) // 2
            low, high = (middle, high) if text.find(piece[:middle], position) >= 0 else (low, middle - 1)
        ends = text.endswith(piece[:low]) if low else bool(length) and len(text) - position <= LONGEST_CUT_PART
        found.append(_Part(one.words(0, length + low), length + low, ends))
        break
    for piece in one.pieces:
        inside = piece.find(text)
        if piece in text:
            words = one.words(before, before + len(piece))
            found.append(_Part(words, len(piece), book.bits(words) >= MOST * book.bits(one.words())))
        elif inside >= 0:
            found.append(_Part(one.words(before + inside, before + inside + len(text)), len(text), True))
        before += len(piece)
    return max((part for part in found if part.words), key=lambda part: (part.enough, part.length), default=None)


def _judged(hit: _Hit, said: _Said, book: _Book) -> Optional[_Hit]:
    """How sure a whole symptom is; None where something speaks against it."""
    one, before = hit.template, said.text[: hit.start]
    fits = not one.type or not said.type or one.type == said.type or before.endswith(f"{one.type}:")
    if not fits and one.type and before.endswith(":"):  # a message that quotes another one, without its type
        fits = said.error.message[: said.places[hit.start]].rstrip(" \t").endswith("\n")
    alone = said.concerned or not said.error.frames or not (one.marked or one.rule.answer)
    starts = not before or one.parts[:1] != (None,) or before.endswith((":", ").", "'"))
    if one.generic and not (fits and alone and (starts or not said.type or not one.type)):
        return None
    if not one.type and said.type and one.rule.silent and said.error.kind is Kind.EXCEPTION:
        return None
    is_all = not before and len(said.text) <= hit.end + 1
    if sum(map(len, one.pieces)) < SHORT and one.tail is None and not is_all:
        return None
    if _wants_another_name(one, said):
        return None
    raised = said.error.frames[-1].text if said.error.frames else ""
    shown = Shown(said.reading.versions, said.reading.implementation, said.line, raised)
    ask = one.rule.answer
    answer = ask(_values(hit, said), shown) if ask else ""
    if answer is None or (ask and one.generic and not answer and not said.concerned):
        return None
    named = bool(said.package) and said.package.replace("_", " ") in one.rule.title.lower()
    sure = fits and (not one.generic or named or (bool(answer) and said.concerned))
    sureness = Sureness.EXACT if sure else Sureness.LIKELY
    return hit._replace(score=book.bits(one.words()), sureness=sureness, answer=answer)


def _wants_another_name(one: _Template, said: _Said) -> bool:
    """Whether the line goes on, after the name that is missing, otherwise than all code that the rule is about."""
    missing = _MISSING.search(said.error.message)
    goes_on = re.compile(rf"\.{missing.group(1)}\.(\w+)") if missing else None
    wanted = goes_on.search(said.line) if goes_on else None
    if goes_on is None or wanted is None:
        return False
    known = {found.group(1) for use in one.rule.uses for found in goes_on.finditer(str(getattr(use, "name", "")))}
    return bool(known) and wanted.group(1) not in known


def _values(hit: _Hit, said: _Said) -> dict[str, str]:
    """What the message has for the named parts of a symptom."""
    message, one = said.error.message, hit.template
    values = {name: said.original(*span) for name, *span in hit.values}
    if hit.start and one.parts[0]:
        before = re.search(r"[A-Za-z_][\w.]*$", message[: said.places[hit.start]], re.ASCII)
        values[one.parts[0]] = before.group() if before else ""
    if one.tail and hit.end < len(said.places):
        values[one.tail] = message[said.places[hit.end] :].split()[0].rstrip(".,;:'`\"")[:200]
    return values


def _ranked(hits: Sequence[_Hit], said: _Said) -> Iterator[Match]:
    """By how sure and how long the symptom is; between equals by the versions, the raising file and the code."""
    shown, frames = said.reading.implementation, said.error.frames
    raiser = [name for name in _OURS.findall(frames[-1].path) if name][-1:] if frames else []
    levels = [(list(Sureness).index(hit.sureness), -round(hit.score, 3)) for hit in hits]
    placed: list[tuple[tuple[object, ...], Match]] = []
    for hit, level in zip(hits, levels):
        rule, equals = hit.template.rule, [other for other, its in zip(hits, levels) if its == level]
        # A rule that says nothing of code cannot be distinguished from others by code.
        by_code = len(equals) > 1 and all(other.template.rule.uses for other in equals)
        weight, words = shown_in(said.steps, rule.uses) if by_code else (0, ())
        elsewhere = bool(shown and rule.affects) and all(one.implementation is not shown for one in rule.affects)
        because = [f"the code shows {', '.join(words)}"] if words else []
        because += [f"the text shows {shown.label}, which it does not concern"] if shown and elsewhere else []
        names = any(re.search(rf"(?<![-\w]){one.replace('_', '-')}\b", rule.title, re.I) for one in raiser)
        matched, values = said.original(hit.start, hit.end), _values(hit, said)
        match = Match(rule, hit.template.text, matched, hit.sureness, 0, tuple(because), values, hit.answer)
        placed.append(((*level, elsewhere, not names, -weight), match))
    order = sorted(key for key, _ in placed)
    for key, match in sorted(placed, key=lambda each: each[0]):
        yield replace(match, rank=order.index(key) + 1)
