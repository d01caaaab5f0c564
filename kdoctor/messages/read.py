"""Reads errors out of any text: tracebacks of Python, IPython, rich and pytest, warnings, log lines, bare messages.

It goes through the lines once, keeps a bounded number of bounded errors, and raises nothing whatever the text is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, Optional

from kdoctor.messages.model import Error, Frame, Kind, Reading
from kdoctor.model import Implementation

MOST_ERRORS = 200
MOST_FRAMES = 120
"""Of one error; of more (a recursion without end) the first and the last halves are kept."""
LONGEST_LINE = 8_000
"""Characters of a line that are read: more than any message in one line has before it repeats the data."""
LONGEST_MESSAGE = 6_000
SHORT = 60
"""Lines of a text that is taken for a message where nothing in it looks like an error."""

# ----------------------------------------------------------------------------- what others put around a text

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff]")
_BOX = re.compile(
    r"^\s*[│┃║|] ?(?=.*[│┃║|]\s*$)|(?<=\s)[│┃║|]\s*$|^\s*[╭┌╔][─━═]*\s?|\s?[─━═]*[╮┐╗]\s*$|^\s*[╰└╚][─━═]+[╯┘╝]\s*$"
)
_LINK = re.compile(
    r"\[([^\[\]]{1,300}(?:\[\d{0,9}\])?[^\[\]]{0,200})\]\((?:https?|file|vscode[\w-]*):[^()\s]{0,2000}\)|</?(?:a|br|span)\b[^>]{0,2000}>"
)
_STAMP = re.compile(
    r"(?:[^\t]{1,120}\t[^\t]{1,120}\t)?\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?P<native>: [IWEF] )?(?: \d\d[OE](?=[ +]))?[ +]?"
)
_NATIVE = re.compile(r"(?:[IWEF]\d{4} [\d:.]{8,}\s+\d+ |WARNING: All log messages before absl::Init)")
"""Lines of TensorFlow's C++ side, which fall between those of a traceback."""
_SOURCE = re.compile(r"^\S{1,200}:\d{1,6}\] ")
_AROUND = re.compile(r"(?:##\[\w{1,20}\]|::(?:error|warning|notice)[^:]{0,200}::|(?:> ?){1,6}(?!>>))")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w -]{0,30}$")
_LINE = re.compile(r"\n+|[^\n]+\n?")
_BREAK = re.compile(r"\\r?\\n|\\n")


class Line(NamedTuple):
    """A line without what was put around it."""

    number: int
    text: str
    fence: bool = False
    stamped: bool = False
    """Whether a log put its time before it."""
    native: bool = False


def sections(text: str) -> Iterator[tuple[str, int]]:
    """The whole input, or each output of a notebook file that shows errors, with the number of its cell."""
    if text[:200].lstrip("\ufeff \t\r\n").startswith("{") and '"cell_type"' in text:
        try:
            cells = json.loads(text.lstrip("\ufeff"), strict=False)["cells"]
            for number, cell in enumerate(cells, 1):
                for output in cell.get("outputs", ()):
                    yield from ((part, number) for part in _of_output(output))
            return
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            text = _BREAK.sub("\n", text)
    yield text, 0


def _of_output(output: Mapping[str, object]) -> Iterator[str]:
    trace, printed = output.get("traceback"), output.get("text", "")
    if trace and isinstance(trace, list):
        yield "\n".join(map(str, trace))
    elif output.get("ename"):
        yield f"{output['ename']}: {output.get('evalue', '')}"
    if printed:
        yield "".join(map(str, printed)) if isinstance(printed, list) else str(printed)


def lines(text: str) -> Iterator[Line]:
    """The lines, one by one, so that a large text costs no more than itself."""
    number = 1
    for found in _LINE.finditer(text):
        raw, here = found.group(), number
        number += raw.count("\n")
        if raw[0] == "\n":
            yield Line(here, "")
        elif "\\n" in raw and "Traceback (most recent call last)" in raw:
            for part in _BREAK.split(raw[: LONGEST_LINE * 4]):
                yield Line(here, part.replace('\\"', '"').rstrip())
        else:
            yield _cleaned(here, raw[:LONGEST_LINE].rstrip())


def _cleaned(number: int, line: str) -> Line:
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    if "\r" in line or "\x08" in line:
        line = re.split(r"[\r\x08]+", line)[-1]
    if not line.isprintable():
        line = _CONTROL.sub("", line)
    if not line.isascii() or line.endswith("|"):
        line = _BOX.sub("", line.replace("：", ": ").replace("\xa0", " ")).rstrip()
    if "](" in line or "<" in line:
        line = html.unescape(_LINK.sub(r"\1", line))
    stamp = _STAMP.match(line)
    native = _NATIVE.match(line)
    if stamp:
        line = line[stamp.end() :]
    elif native:
        line = line[native.end() :]
    if line[:1] in "#:>" and not line.startswith(">>>"):
        line = _AROUND.sub("", line, count=1) if _AROUND.match(line) else line
    is_native = bool(native or (stamp and stamp.group("native")))
    return Line(number, line, bool(_FENCE.match(line)), bool(stamp), is_native)


# --------------------------------------------------------------------------------------------- the versions

_NUMBER = r"v?(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:rc|a|b|\.dev)\d{1,8})?)(?![\w])"
_NAMED = re.compile(
    r"(?<![\w./-])(tensorflow(?:[-_](?:cpu|gpu|macos|intel))?|tf[-_]keras|keras|numpy|jax|torch|protobuf|tensorflow[-_]hub|python|tf)"
    r"(?:\.__version__|\.version\.VERSION)?(?: version)?(?:\s{0,40}(?:==|[:=]|is|\s)\s{0,3})[\"']?" + _NUMBER,
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(tf|tensorflow|keras|tf_keras|np|numpy)\.__version__\)?\s*$")
_ANSWER = re.compile(rf"\s*[\"']?{_NUMBER}[\"']?\s*$")
_PYTHON_PATH = re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]")
_MARKS = (
    (Implementation.TF_KERAS, re.compile(r"\btf_keras[./\\](?:src|api|engine)\b")),
    (
        Implementation.KERAS_3,
        re.compile(
            r"\bkeras[./\\]_tf_keras\b|(?<!tf_)\bkeras[./\\]src[./\\](?:trainers|ops|backend|legacy|callbacks[./\\]callback_list"
            r"|layers[./\\](?:layer|core)|models|random)\b(?!\.py)|KerasTensor shape=|\bkeras[./\\]api[./\\](?!_v)\w|\bKeras 3\b"
        ),
    ),
    (
        Implementation.KERAS_2,
        re.compile(r"(?<!tf_)\bkeras[./\\](?:src[./\\])?engine[./\\]|\bkeras[./\\]api[./\\]_v[12]\b"),
    ),
)
_SHORT_NAMES = {"tf": "tensorflow", "np": "numpy"}
_ABOUT = re.compile(r"keras|tensorflow|\btf\.\w", re.IGNORECASE)
_VERSIONED = re.compile("tensorflow|keras|numpy|jax|torch|protobuf|tf|python", re.IGNORECASE)


class Versions:
    """Collects which releases the lines of a text name, and which Keras; the first mention of a package counts."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self._seen: set[Implementation] = set()
        self._asked = ""
        self.about = False

    def read(self, line: str) -> None:
        """Take what one line has."""
        if self._asked:
            answer = _ANSWER.match(line)
            if answer:
                self.named.setdefault(self._asked, answer.group(1))
            self._asked = ""
        if not _VERSIONED.search(line):
            return
        self.about = self.about or bool(_ABOUT.search(line))
        of_path = _PYTHON_PATH.search(line)
        if of_path:
            self.named.setdefault("python", of_path.group(1))
        self._seen.update(one for one, mark in _MARKS if one not in self._seen and mark.search(line))
        for found in _NAMED.finditer(line[:1_000]):
            self.named.setdefault(_distribution(found.group(1)), found.group(2))
        asked = _ASKED.search(line[:1_000])
        if asked:
            self._asked = _distribution(asked.group(1))

    @property
    def implementation(self) -> Optional[Implementation]:
        """The Keras that shows, where it is one."""
        if self._seen:
            return next(iter(self._seen)) if len(self._seen) == 1 else None
        keras, tensorflow = self.named.get("keras", ""), self.named.get("tensorflow", "")
        if "tf-keras" in self.named and not keras and not tensorflow:
            return Implementation.TF_KERAS
        minor = re.match(r"2\.(\d+)", tensorflow)
        if not keras and not minor:
            return None
        is_2 = keras.startswith("2.") if keras or not minor else int(minor.group(1)) < 16
        return Implementation.KERAS_2 if is_2 else Implementation.KERAS_3


def _distribution(name: str) -> str:
    name = name.lower().replace("_", "-")
    return "tensorflow" if name.startswith("tensorflow-") and "hub" not in name else _SHORT_NAMES.get(name, name)


# ----------------------------------------------------------------------------------------------- the errors

_HEADER = "Traceback (most recent call last)"
_DOTTED = r"(?:[A-Za-z_]\w{0,99}\.){0,12}"
_NAME = rf"{_DOTTED}[A-Za-z_]\w{{0,99}}"
_RAISED = rf"(?<![A-Za-z0-9_.]){_DOTTED}[A-Z]\w{{0,80}}(?:Error|Exception|Interrupt|Exit|Warning|Refused|NotFound)"
_NAMED_HEADER = re.compile(rf"(?<![\w.])({_DOTTED}[A-Z]\w{{0,99}}[a-z]\w{{0,99}})\s{{2,}}$")
"""What IPython writes before the header."""
_PYTHON = re.compile(r'\s*File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{0,300}))?')
_CELL = re.compile(
    r"(?:File )?((?:Cell |Input )In ?\[\d{1,9}\]|<ipython-input-[\w-]{1,60}>)(?:, line (\d{1,9})|:(\d{1,9}))?(?:,? in (.{0,300}))?$"
)
_PLACE = re.compile(r"(?:File )?((?:[~/<.]|[A-Za-z]:\\|\w)[^:\"]{0,500}):(\d{1,9})(?:,? in (.{0,300}))?$")
_OLD_PLACE = re.compile(r"((?:[~/]|[A-Za-z]:\\)[^:\"]{1,500}\.py) in (.{1,300})$")
_ARROW = re.compile(r"(?:-{1,6}>|❱) ?(\d{1,9}) ?(.*)")
_DECORATION = re.compile(r"-{3,}|\d{1,9}\b|\.\.\.|~|\[\.\.\.|[─━═]{3}")
_PYTEST = re.compile(r"E(?: {3,}(.*))?$")
_EXCEPTION = re.compile(rf"({_NAME})(?::(?: (.*))?)?$", re.DOTALL)
_BARE = re.compile(rf"({_RAISED})\s?: (.*)", re.DOTALL)
_ALONE = re.compile(rf"({_RAISED}):?$")
_WARNING = re.compile(r"\s{0,20}(\S.{0,300}?):(\d{1,9}): (\w{0,60}Warning): (.*)", re.DOTALL)
_LOGGED = re.compile(
    r"(?:WARNING|ERROR|CRITICAL|FATAL)[: ]|A module that was compiled|\S{1,100} \S{1,60} requires .{1,200}, but you have "
)
_LOOKS_LIKE_ONE = re.compile(
    r"rror|arning|xception|Interrupt|Exit|Refused|NotFound|WARNING|CRITICAL|FATAL|requires|A module"
)
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


def read(text: str) -> Reading:
    """Every error of the text, what versions it names, and which Keras shows in it."""
    versions = Versions()
    errors: list[Error] = []
    logged: dict[str, Error] = {}
    left_out = 0
    for section, cell in sections(text):
        for error in _Reader(versions).read(section, logged):
            if len(errors) < MOST_ERRORS:
                errors.append(replace(error, cell=cell) if cell else error)
            else:
                left_out += 1
    errors[:0] = list(logged.values())[: MOST_ERRORS - len(errors)]
    wrapped = text[:200].lstrip().startswith("Exception encountered when calling")
    bare = not errors or wrapped or not any(error.kind in (Kind.EXCEPTION, Kind.MESSAGE) for error in errors)
    if bare and len(text) < 20_000 and text.count("\n") < SHORT:
        said = [line for line in lines(text) if line.text.strip() and not line.fence]
        if said:
            whole = "\n".join(line.text for line in said).strip()[:LONGEST_MESSAGE]
            errors.insert(0, Error("", whole, Kind.MESSAGE, line=said[0].number))
    return Reading(tuple(errors), versions.named, versions.implementation, versions.about, left_out)


class _Reader:
    """Goes through one text; an error is collected until something says that it is over."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._reset()

    def _reset(self) -> None:
        self._prefix = self._type = self._expected = ""
        self._in_frames = self._blank = self._stamped = self._ipython = False
        self._kind = Kind.EXCEPTION
        self._message: Optional[list[str]] = None
        self._frames: list[Frame] = []
        self._size = self._start = self._strange = 0

    def read(self, text: str, logged: dict[str, Error]) -> Iterator[Error]:
        """The errors, in their order; what chains two of them is said at the first. Native logs go into ``logged``."""
        last: Optional[Error] = None
        for line in lines(text):
            self._versions.read(line.text)
            if line.native:
                said = _SOURCE.sub("", line.text).strip()
                if said and len(logged) < MOST_ERRORS:
                    logged.setdefault(re.sub(r"\d+", "0", said[:80]), Error("", said, Kind.LOG, line=line.number))
                continue
            for error in self._line(line):
                if last is not None:
                    yield last
                last = error
            if last is not None and line.text.endswith(":"):
                link = _CHAINED.get(line.text[len(self._prefix) :].strip()) or _CHAINED.get(line.text.strip("|+ \t"))
                last = replace(last, led_to=link) if link else last
        for error in self._finish():
            if last is not None:
                yield last
            last = error
        if last is not None:
            yield last

    # ------------------------------------------------------------------------------------------ line by line

    def _line(self, line: Line) -> Iterator[Error]:
        at = line.text.find(_HEADER)
        if at >= 0 and not line.text[:at].rstrip().endswith(('"', "'")):  # quoted by code
            yield from self._finish()
            self._begin(line, at)
            return
        if self._message is not None or self._in_frames:
            text, belongs = self._without_prefix(line.text)
            belongs = belongs and not line.fence
            if self._message is not None:
                if belongs and not (line.stamped and not self._stamped) and self._continue(text):
                    return
            elif belongs:
                self._stamped = line.stamped
                self._step(text)
                return
            elif not line.fence and self._frame(line.text):
                self._prefix = ""
                return
            yield from self._finish()
        self._stamped = line.stamped
        self._idle(line)

    def _begin(self, line: Line, at: int) -> None:
        before = line.text[:at]
        named = _NAMED_HEADER.search(before)
        if named:
            self._expected, before, self._ipython = named.group(1), before[: named.start()], True
        if before.strip().endswith("Exception Group"):
            before = before[: before.index("Exception")].replace("+", "|")
        self._prefix = "" if before.strip().endswith(":") and _EXCEPTION.match(before.strip()) else before
        self._in_frames = True
        self._start = line.number

    def _without_prefix(self, text: str) -> tuple[str, bool]:
        """A line without what precedes every line of this traceback, and whether it is there."""
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
        arrow = _ARROW.match(text.lstrip() if "❱" in text else text)
        if arrow and self._frames:
            last = self._frames[-1]
            self._frames[-1] = replace(last, line=int(arrow.group(1)), text=last.text or arrow.group(2).strip()[:300])
            return
        if not text.strip() or text[0].isspace() or _DECORATION.match(text):
            self._code(text)
            return
        said = _EXCEPTION.match(text)
        if said and (not self._expected or _last(said.group(1)) == _last(self._expected)):
            self._say(said.group(1), said.group(2) or "")
            return
        self._strange += 1
        if self._strange > 8:
            self._in_frames = False

    def _frame(self, text: str) -> bool:
        found = _PYTHON.match(text)
        if found:
            return self._add(*found.groups())
        found = _CELL.match(text)
        if found:
            return self._add(found.group(1), found.group(2) or found.group(3) or "0", found.group(4))
        if not text or text[0].isspace() or (" in " not in text and not text.startswith("File ")):
            return False
        found = _PLACE.match(text)
        if found and ("/" in found.group(1) or "\\" in found.group(1) or found.group(1).startswith("<")):
            return self._add(*found.groups())
        found = _OLD_PLACE.match(text)
        return self._add(found.group(1), "0", found.group(2)) if found else False

    def _add(self, path: str, line: str, function: Optional[str]) -> bool:
        if len(self._frames) >= MOST_FRAMES:
            del self._frames[MOST_FRAMES // 2]
        path = re.sub(r"(?<=In)(?=\[)", " ", path) if path.startswith("Input") else path
        own = bool(path) and not _FOREIGN.search(path)
        self._frames.append(Frame(path, int(line), (function or "").strip().rstrip("* ").strip()[:300], own=own))
        return True

    def _code(self, text: str) -> None:
        text = text.strip()
        if text and self._frames and not self._frames[-1].text and not set(text) <= set("^~ ") and not self._ipython:
            self._frames[-1] = replace(self._frames[-1], text=text[:300])

    # --------------------------------------------------------------------------------------------- the message

    def _say(self, name: str, message: str, kind: Kind = Kind.EXCEPTION) -> None:
        self._in_frames = False
        self._type, self._kind, self._message, self._size = name, kind, [message], len(message)

    def _continue(self, text: str) -> bool:
        """Take one more line of the message; False where the message is over."""
        assert self._message is not None
        if text.strip() in _CHAINED or _ENDS.match(text):
            return False
        if not text.strip():
            self._blank = True
            return True
        if self._kind is Kind.WARNING and text[0].isspace() and self._frames and not self._frames[-1].text:
            self._code(text)
            return True
        if self._kind in (Kind.LOG, Kind.WARNING):
            return False
        if self._blank:
            before = (self._message[0], *self._message[-3:])  # a message of several paragraphs
            if not (text[0].isspace() or _GOES_ON.match(text) or any(_GOES_ON.search(one) for one in before)):
                return False
            self._message.append("")
        elif "Warning:" in text and _WARNING.match(text):
            return False
        self._blank = False
        found = _PYTHON.match(text)
        if found:
            self._add(*found.groups())
        elif self._frames and _PYTHON.match(self._message[-1]):
            self._code(text)
        if self._size < LONGEST_MESSAGE:
            self._message.append(text[:LONGEST_MESSAGE])
            self._size += len(text) + 1
        return True

    def _finish(self) -> Iterator[Error]:
        """What was collected, as far as it came."""
        frames = tuple(self._frames)
        if self._message is not None:
            said = "\n".join(self._message).strip()[:LONGEST_MESSAGE]
            yield Error(self._type, said, self._kind, frames, self._start)
        elif frames or self._expected:
            yield Error(self._expected, "", Kind.EXCEPTION, frames, self._start, cut=True)
        self._reset()

    # ------------------------------------------------------------------------------------ outside of tracebacks

    def _idle(self, line: Line) -> None:
        text = line.text
        if not text or line.fence or not (text[0] == "E" or _LOOKS_LIKE_ONE.search(text)):
            return
        self._start = line.number
        if text[0] == "E" and _PYTEST.match(text):
            found = _EXCEPTION.match(text[1:].strip())
            if found and (found.group(2) is not None or _ALONE.match(text[1:].strip())):
                self._say(found.group(1), found.group(2) or "")
                self._prefix = text[: len(text) - len(text[1:].lstrip())]
            return
        warned = _WARNING.match(text) if "arning: " in text else None
        if warned:
            self._add(warned.group(1), warned.group(2), None)
            self._say(warned.group(3), warned.group(4), Kind.WARNING)
            return
        if _LOGGED.match(text.lstrip()):
            self._say("", text.strip(), Kind.LOG)
            return
        bare = _BARE.search(text) or _ALONE.match(text.strip())
        if bare:
            self._say(bare.group(1), bare.group(2) if bare.re is _BARE else "", Kind.MESSAGE)


def _shape(text: str) -> str:
    return re.sub(r"\d", "0", text)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
