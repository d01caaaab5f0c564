"""Reads errors out of any text: tracebacks of Python, IPython and pytest, warnings, log lines, bare messages.

It goes through the lines once, keeps a bounded number of bounded errors, and raises nothing whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Optional

from kdoctor.tracebacks.cleaning import Line, lines, sections
from kdoctor.tracebacks.model import Error, Frame, Kind, Reading
from kdoctor.tracebacks.versions import Versions

MOST_ERRORS = 200
MOST_FRAMES = 120
"""Of one error; of more (a recursion without end) the first and the last halves are kept."""
LONGEST_MESSAGE = 6_000
SHORT = 60
"""Lines of a text that is taken for a message where nothing in it looks like an error."""

_HEADER = "Traceback (most recent call last)"
_NAME = r"[A-Za-z_]\w{0,99}(?:\.\w{1,99}){0,12}"
_RAISED = r"(?:[A-Za-z_]\w{0,99}\.){0,12}[A-Z]\w{0,80}(?:Error|Exception|Interrupt|Exit|Warning|Refused|NotFound)"
_NAMED_HEADER = re.compile(r"(?<![\w.])((?:[A-Za-z_]\w{0,99}\.){0,12}[A-Z]\w{0,99}[a-z]\w{0,99})\s{2,}$")
"""What IPython writes before the header."""
_PYTHON = re.compile(r'\s*File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{0,300}))?')
_IPYTHON = re.compile(r"(?:File )?((?:[~/<.]|[A-Za-z]:\\|\w)[^:\"]{0,500}):(\d{1,9})(?:, in (.{0,300}))?$")
_CELL = re.compile(
    r"(?:File )?((?:Cell |Input )In ?\[\d{1,9}\]|<ipython-input-[\w-]{1,60}>)"
    r"(?:, line (\d{1,9})|:(\d{1,9}))?(?:,? in (.{0,300}))?$"
)
_OLD_IPYTHON = re.compile(r"((?:[~/]|[A-Za-z]:\\)[^:\"]{1,500}\.py) in (.{1,300})$")
_ARROW = re.compile(r"-{1,6}> ?(\d{1,9}) ?(.*)")
_PYTEST_FRAME = re.compile(r"(\S{1,300}\.py):(\d{1,9}): (?:in (.{1,200})|" + _NAME + r")?$")
_PYTEST_SAYS = re.compile(r"E(?: {3,}(.*))?$")
_EXCEPTION = re.compile(rf"({_NAME})(?::(?: (.*))?)?$", re.DOTALL)
_BARE = re.compile(rf"(?<![\w.])({_RAISED}): (.*)", re.DOTALL)
_ALONE = re.compile(rf"(?<![\w.])({_RAISED})$")
_WARNING = re.compile(r"\s{0,20}(\S.{0,300}?):(\d{1,9}): (\w{0,60}Warning): (.*)", re.DOTALL)
_LOGGED = re.compile(
    r"(?:WARNING|ERROR|CRITICAL|FATAL)[: ]|A module that was compiled"
    r"|\S{1,100} \S{1,60} requires .{1,200}, but you have "
)
_LOG_MARKS = ("WARNING", "ERROR", "CRITICAL", "FATAL", " requires ", "A module that")
_CHAINED = {
    "During handling of the above exception, another exception occurred:": "handling",
    "The above exception was the direct cause of the following exception:": "cause",
}
_ENDS = re.compile(
    r"[=_]{5,}|[=_-]{2,} .{1,200} [=_-]{2,}$|-{20,}$|\+-|Process completed with exit code|>>> |In ?\[\d+\]:|[$#] "
    r"|\S{1,80}@\S{1,80}[:~ ].{0,200}[$#] |(?:\[?\d\d:\d\d:\d\d\S{0,9} )?\[?(?:DEBUG|INFO)\b\]?[: ]"
)
"""What follows a message in a terminal, in pytest, in a group of exceptions, in CI, in a log."""
_GOES_ON = re.compile(
    r"Exception encountered when calling|in user code|Graph execution error|defined at|Arguments received"
    r"|Call arguments received|Received|Detected|Layer |Error|\[Op:|\{\{|\t|Stack trace|Function call stack|`|\x00"
)
"""In a message of several paragraphs, what it says before or after an empty line."""

_FOREIGN = re.compile(
    r"[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/]python\d|[\\/]Lib[\\/](?!site-packages)\w+\.py$|^<(?!ipython-input)"
    r"|[\\/](?:tensorflow|tf_keras|keras)[\\/](?:src|python|engine|api|_api|_tf_keras|lite)[\\/]|__autograph_generated_file"
    r"|^(?:keras|tf_keras|tensorflow)[\\/]|[\\/]python\d\.\d+[\\/]|\bruntimes?[\\/]python|^/usr/(?:bin|local/bin)/|\.(?:pyx|pxi|pxd|so|c|cpp|h)$",
)


def is_own(path: str) -> bool:
    """Whether a file of a traceback is the user's: neither installed, nor Python's, nor generated."""
    return bool(path) and not _FOREIGN.search(path)


def read(text: str) -> Reading:
    """Every error of the text, what versions it names, and which Keras shows in it."""
    versions = Versions()
    errors: list[Error] = []
    left_out = 0
    for section in sections(text):
        for error in _Reader(versions).read(section.text):
            if len(errors) < MOST_ERRORS:
                errors.append(replace(error, cell=section.cell) if section.cell else error)
            else:
                left_out += 1
    is_wrapped = text[:200].lstrip().startswith("Exception encountered when calling")
    if (not errors or is_wrapped) and len(text) < 20_000 and text.count("\n") < SHORT:
        errors[:0] = _as_messages(text)
    return Reading(tuple(errors), versions.named, versions.implementation, left_out)


def _as_messages(text: str) -> Iterator[Error]:
    """A text without any error in it, taken for messages that stand alone."""
    said = [line for line in lines(text) if line.text.strip()]
    if said and len(said) > 1:
        whole = "\n".join(line.text for line in said)
        yield Error("", whole[:LONGEST_MESSAGE], Kind.MESSAGE, line=said[0].number)
    elif said:
        yield Error("", said[0].text.strip()[:LONGEST_MESSAGE], Kind.MESSAGE, line=said[0].number)


class _Reader:
    """Goes through one text; an error is collected until something says that it is over."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._prefix = ""
        self._frames: list[Frame] = []
        self._message: Optional[list[str]] = None
        self._reset()

    def _reset(self) -> None:
        self._in_frames = False
        self._type = ""
        self._expected = ""
        self._kind = Kind.EXCEPTION
        self._message = None
        self._size = 0
        self._blank = False
        self._frames = []
        self._start = 0
        self._stamped = False
        self._strange = 0
        self._ipython = False

    def read(self, text: str) -> Iterator[Error]:
        """The errors, in their order; what chains two of them is said at the first."""
        last: Optional[Error] = None
        for line in lines(text):
            self._versions.look(line.text)
            for error in self._line(line):
                if last is not None:
                    yield last
                last = error
            link = _CHAINED.get(line.text[len(self._prefix) :].strip()) or _CHAINED.get(line.text.strip("|+ \t"))
            if link and last is not None:
                last = replace(last, led_to=link)
        for error in self._finish():
            if last is not None:
                yield last
            last = error
        if last is not None:
            yield last

    # ------------------------------------------------------------------------------------------ line by line

    def _line(self, line: Line) -> Iterator[Error]:
        at = line.text.find(_HEADER)
        if at >= 0 and not self._is_quoted_header(line.text, at):
            yield from self._finish()
            self._begin(line, at)
            return
        text, belongs = self._without_prefix(line.text)
        if self._message is not None:
            is_next_record = line.stamped and not self._stamped
            if belongs and not line.fence and not is_next_record and self._continue(text):
                return
            yield from self._finish()
        elif self._in_frames:
            if belongs and not line.fence:
                self._stamped = line.stamped
                self._step(text)
                return
            if not belongs and self._frame(line.text):
                self._prefix = ""
                return
            yield from self._finish()
        self._stamped = line.stamped
        self._idle(line)

    def _is_quoted_header(self, text: str, at: int) -> bool:
        """TensorFlow's own messages have ``defined at (most recent call last)``; only code quotes the whole words."""
        return text[:at].rstrip().endswith(('"', "'"))

    def _begin(self, line: Line, at: int) -> None:
        before = line.text[:at]
        named = _NAMED_HEADER.search(before)
        if named:
            self._expected, before, self._ipython = named.group(1), before[: named.start()], True
        if before.strip().endswith("Exception Group"):
            before = before[: before.index("Exception")].replace("+", "|")
        inner = _EXCEPTION.match(before.strip()) if before.strip().endswith(":") else None
        self._prefix = "" if inner else before
        self._in_frames = True
        self._start = line.number

    def _without_prefix(self, text: str) -> tuple[str, bool]:
        """A line without what stands before every line of this traceback, and whether it stands there."""
        if not self._prefix:
            return text, True
        size = len(self._prefix)
        if _shape(text[:size]) == _shape(self._prefix):
            return text[size:], True
        if text.rstrip() == self._prefix.rstrip() or not text.strip():
            return "", True
        if self._prefix.strip() and not self._frames:  # only the first line carried it
            self._prefix = ""
            return text, True
        return text, False

    def _step(self, text: str) -> None:
        """One line of the frames, or the first of the message."""
        if self._frame(text):
            return
        arrow = _ARROW.match(text)
        if arrow and self._frames:
            last = self._frames[-1]
            self._frames[-1] = replace(last, line=int(arrow.group(1)), text=last.text or arrow.group(2).strip()[:300])
            return
        if not text.strip() or text[0].isspace() or self._is_decoration(text):
            self._code(text)
            return
        said = _EXCEPTION.match(text)
        if said and (not self._expected or _last(said.group(1)) == _last(self._expected)):
            self._say(said.group(1), said.group(2) or "")
            return
        self._strange += 1
        if self._strange > 8:
            self._in_frames = False

    def _is_decoration(self, text: str) -> bool:
        return bool(re.match(r"-{3,}|\d{1,9}\b|\.\.\.|~|\[\.\.\.", text))

    def _frame(self, text: str) -> bool:
        found = _PYTHON.match(text)
        if found:
            self._add(found.group(1), found.group(2), found.group(3))
            return True
        found = _CELL.match(text)
        if found:
            self._add(found.group(1), found.group(2) or found.group(3) or "0", found.group(4))
            return True
        if not text or text[0].isspace() or (" in " not in text and not text.startswith("File ")):
            return False
        found = _IPYTHON.match(text)
        if found and ("/" in found.group(1) or "\\" in found.group(1) or found.group(1).startswith("<")):
            self._add(found.group(1), found.group(2), found.group(3))
            return True
        found = _OLD_IPYTHON.match(text)
        if found:
            self._add(found.group(1), "0", found.group(2))
            return True
        return False

    def _add(self, path: str, line: str, function: Optional[str]) -> None:
        if len(self._frames) >= MOST_FRAMES:
            del self._frames[MOST_FRAMES // 2]
        # Outside of Keras and TensorFlow the function's name is all that a message's own frames have of it.
        name = (function or "").strip().rstrip("* ").strip()
        path = re.sub(r"(?<=In)(?=\[)", " ", path) if path.startswith("Input") else path
        self._frames.append(Frame(path, int(line), name[:300], own=is_own(path)))

    def _code(self, text: str) -> None:
        text = text.strip()
        if text and self._frames and not self._frames[-1].text and not set(text) <= set("^~ ") and not self._ipython:
            self._frames[-1] = replace(self._frames[-1], text=text[:300])

    # --------------------------------------------------------------------------------------------- the message

    def _say(self, name: str, message: str, kind: Kind = Kind.EXCEPTION) -> None:
        self._in_frames = False
        self._type, self._kind = name, kind
        self._message = [message]
        self._size = len(message)

    def _continue(self, text: str) -> bool:
        """Take one more line of the message; False where the message is over."""
        assert self._message is not None
        if text.strip() in _CHAINED or _ENDS.match(text):
            return False
        if not text.strip():
            self._blank = True
            return True
        if self._kind is Kind.LOG or (
            self._kind is Kind.WARNING and not (text[0].isspace() and not self._frames[-1].text)
        ):
            return False
        if self._kind is Kind.WARNING:
            self._code(text)
            return True
        if self._blank:
            goes_on = text[0].isspace() or self._of_paragraphs(text)
            if not goes_on:
                return False
            self._message.append("")
        self._blank = False
        if self._message[-1:] != [""] and (_WARNING.match(text) if "Warning:" in text else False):
            return False
        found = _PYTHON.match(text)
        if found:
            self._add(*found.groups())
        elif self._frames and _PYTHON.match(self._message[-1]):
            self._code(text)
        if self._size < LONGEST_MESSAGE:
            self._message.append(text[:LONGEST_MESSAGE])
            self._size += len(text) + 1
        return True

    def _of_paragraphs(self, text: str) -> bool:
        """Whether the message is one that goes on after an empty line."""
        assert self._message is not None
        told = self._message[-3:]
        return any(_GOES_ON.search(one) for one in (self._message[0], *told)) or bool(_GOES_ON.match(text))

    def _finish(self) -> Iterator[Error]:
        """What was collected, as far as it came."""
        message, frames = self._message, tuple(self._frames)
        if message is not None:
            while len(message) > 1 and not message[-1].strip():
                message.pop()
            said = "\n".join(message).strip()[:LONGEST_MESSAGE]
            yield Error(self._type, said, self._kind, frames, self._start)
        elif frames or self._expected:
            yield Error(self._expected, "", Kind.EXCEPTION, frames, self._start, cut=True)
        self._reset()
        self._prefix = ""

    # ------------------------------------------------------------------------------------ outside of tracebacks

    def _idle(self, line: Line) -> None:
        text = line.text
        if not text or line.fence:
            return
        if text[0] == "E" and _PYTEST_SAYS.match(text):
            said = text[1:].strip()
            found = _EXCEPTION.match(said)
            if found and (found.group(2) is not None or _ALONE.match(said)):
                self._start = line.number
                self._say(found.group(1), found.group(2) or "", Kind.EXCEPTION)
                self._prefix = text[: len(text) - len(text[1:].lstrip())]
            return
        if "arning: " in text:
            warned = _WARNING.match(text)
            if warned:
                self._start = line.number
                self._frames = [Frame(warned.group(1), int(warned.group(2)), own=is_own(warned.group(1)))]
                self._say(warned.group(3), warned.group(4), Kind.WARNING)
                return
        if any(mark in text for mark in _LOG_MARKS) and _LOGGED.match(text.lstrip()):
            self._start = line.number
            self._say("", text.strip(), Kind.LOG)
            return
        bare = (_BARE.search(text) if ": " in text else None) or _ALONE.match(text.strip())
        if bare:
            self._start = line.number
            self._say(bare.group(1), bare.group(2) if bare.re is _BARE else "", Kind.MESSAGE)


def _shape(text: str) -> str:
    return re.sub(r"\d", "0", text)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
