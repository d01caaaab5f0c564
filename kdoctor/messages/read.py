"""Reads errors out of any text: tracebacks of Python, IPython, rich and pytest, warnings, log lines, bare messages.

It goes through the lines once, keeps a bounded number of bounded errors, and raises nothing whatever the text is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, Optional

from kdoctor.messages.model import ASIDE, Error, Frame, Kind, Reading
from kdoctor.words import Implementation

MOST_ERRORS, MOST_FRAMES = 200, 120  # of the frames of one error the first and the last halves are kept
LONGEST_LINE, LONGEST_MESSAGE = 8_000, 6_000  # characters: more than a message has before it repeats the data
SHORT = 60  # lines of a text that is taken for a message where nothing in it looks like an error

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff]")
_BOX = re.compile(
    r"^\s*[│┃║|] ?(?=.*[│┃║|]\s*$)|(?<=\s)[│┃║|]\s*$"
    r"|^\s*[╭┌╔][─━═]*\s?|\s?[─━═]*[╮┐╗]\s*$|^\s*[╰└╚][─━═]+[╯┘╝]\s*$"
)
_LINK = re.compile(
    r"\[([^\[\]]{1,300}(?:\[\d{0,9}\])?[^\[\]]{0,200})\]\((?:https?|file|vscode[\w-]*):[^()\s]{0,2000}\)"
    r"|</?(?:a|br|span)\b[^>]{0,2000}>"
)
_STAMP = re.compile(
    r"(?:[^\t]{1,120}\t[^\t]{1,120}\t)?\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?P<native>: [IWEF] )?(?: \d\d[OE](?=[ +]))?[ +]?"
)
# TensorFlow's C++ side, whose lines fall between those of a traceback
_NATIVE = re.compile(r"[IWEF]\d{4} [\d:.]{8,}\s+\d+ |WARNING: (?=All log messages before absl::Init)")
_SOURCE = re.compile(r"^\S{1,200}:\d{1,6}\] ")
_AROUND = re.compile(r"##\[\w{1,20}\]|::(?:error|warning|notice)[^:]{0,200}::|(?:> ?){1,6}(?!>>)")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w -]{0,30}$")
_LINE = re.compile(r"\n+|[^\n]+\n?")
_BREAK = re.compile(r"\\r?\\n|\\n")


class Line(NamedTuple):
    """A line without what was put around it."""

    number: int
    text: str
    fence: bool = False
    stamped: bool = False  # a log put its time before it
    native: bool = False


def _sections(text: str) -> Iterator[tuple[str, int]]:
    """The whole input, or each output of a notebook file, with the number of its cell."""
    if text[:200].lstrip("\ufeff \t\r\n").startswith("{") and '"cell_type"' in text:
        try:
            for number, cell in enumerate(json.loads(text.lstrip("\ufeff"), strict=False)["cells"], 1):
                for output in cell.get("outputs", ()):
                    shown = [*output.get("traceback", ())] or [f"{output.get('ename', '')}: {output.get('evalue', '')}"]
                    yield "\n".join(map(str, shown)), number
                    yield "".join(map(str, output.get("text", ""))), number
            return
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            text = _BREAK.sub("\n", text)  # a notebook that is cut
    yield text, 0


def _lines(text: str) -> Iterator[Line]:
    """The lines, one by one, so that a large text costs no more than itself."""
    number = 1
    for found in _LINE.finditer(text):
        raw, here = found.group(), number
        number += raw.count("\n")
        if "\\n" in raw and "Traceback (most recent call last)" in raw:
            for part in _BREAK.split(raw[: LONGEST_LINE * 4]):
                yield Line(here, part.replace('\\"', '"').rstrip())
        else:
            yield _cleaned(here, raw[: LONGEST_LINE * 4].rstrip())


def _cleaned(number: int, line: str) -> Line:
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    line = line[:LONGEST_LINE]
    if "\r" in line or "\x08" in line:
        line = re.split(r"[\r\x08]+", line)[-1]
    if not line.isprintable():
        line = _CONTROL.sub("", line)
    if not line.isascii() or line.endswith("|"):
        line = _BOX.sub("", line.replace("\uff1a", ": ").replace("\xa0", " ")).rstrip()
    if "](" in line or "<" in line:
        line = html.unescape(_LINK.sub(r"\1", line))
    stamp, native = _STAMP.match(line), _NATIVE.match(line)
    cut = stamp or native
    line = line[cut.end() :] if cut else line
    if line[:1] in "#:>" and not line.startswith(">>>"):
        line = re.sub(_AROUND, "", line, count=1) if _AROUND.match(line) else line
    is_native = bool(native or (stamp and stamp.group("native")))
    return Line(number, line, bool(_FENCE.match(line)), bool(stamp), is_native)


_HEADER = "Traceback (most recent call last)"
_DOTTED = r"(?:[A-Za-z_]\w{0,99}\.){0,12}"
_NAME = rf"{_DOTTED}[A-Za-z_]\w{{0,99}}"
_RAISED = rf"(?<![A-Za-z0-9_.]){_DOTTED}[A-Z]\w{{0,80}}(?:Error|Exception|Interrupt|Exit|Warning|Refused|NotFound)"
_NAMED_HEADER = re.compile(rf"(?<![\w.])({_DOTTED}[A-Z]\w{{0,99}}[a-z]\w{{0,99}})\s{{2,}}$")  # IPython's
_PYTHON = re.compile(r'\s*File "(?P<path>[^"]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>.{0,300}))?')
_FRAMES = tuple(
    re.compile(f"(?:File )?(?P<path>{path})(?:,? in (?P<function>.{{0,300}}))?$")
    for path in (
        r"(?:(?:Cell |Input )In ?\[\d{1,9}\]|<ipython-input-[\w-]{1,60}>)(?:(?:, line |:)(?P<line>\d{1,9}))?",
        r"(?:[~/<.]|[A-Za-z]:\\|\w)[^:\"]{0,500}[/\\>][^:\"]{0,500}:(?P<line>\d{1,9})",
        r"(?:[~/]|[A-Za-z]:\\)[^:\"]{1,500}\.py",
    )
)
_ARROW = re.compile(r"\s*(?:-{1,6}>|❱) ?(\d{1,9}) ?(.*)")
_DECORATION = re.compile(r"-{3,}|\d{1,9}\b|\.\.\.|~|\[\.\.\.|[─━═]{3}")
_EXCEPTION = re.compile(rf"({_NAME})(?::(?: (.*))?)?$", re.DOTALL)
_BARE = re.compile(rf"({_RAISED})(?:\s?: (.*)|:?$)", re.DOTALL)
_WARNING = re.compile(r"\s{0,20}(\S.{0,300}?):(\d{1,9}): (\w{0,60}Warning): (.*)", re.DOTALL)
_LOGGED = re.compile(
    r"\s*(?:(?:WARNING|ERROR|CRITICAL|FATAL)[: ]|A module that was compiled"
    r"|\S{1,100} \S{1,60} requires .{1,200}, but you have )"
)
_SIGNS = re.compile("rror|arning|xception|Interrupt|Exit|Refused|NotFound|WARNING|CRITICAL|FATAL|requires|A module")
_ENDS = re.compile(
    r"\s*(?:During handling of|The above exception was)|[=_]{5,}|[=_-]{2,} .{1,200} [=_-]{2,}$|-{20,}$|\+-"
    r"|Process completed with exit code|>>> |In ?\[\d+\]:|[$#] "
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
    reader, versions = _Reader(), Versions()
    errors: list[Error] = []
    left_out = 0
    for section, cell in _sections(text):
        for error in reader.read(section, versions):
            left_out += len(errors) >= MOST_ERRORS
            errors += [replace(error, cell=cell)] if len(errors) < MOST_ERRORS else []
    errors[:0] = list(reader.logged.values())[: MOST_ERRORS - len(errors)]
    wrapped = text[:200].lstrip().startswith("Exception encountered when calling")
    if (wrapped or all(error.kind in ASIDE for error in errors)) and len(text) < 20_000 and text.count("\n") < SHORT:
        said = [line for line in _lines(text) if line.text.strip() and not line.fence]
        whole = "\n".join(line.text for line in said).strip()[:LONGEST_MESSAGE]
        errors[:0] = [Error("", whole, Kind.MESSAGE, line=said[0].number)] if said else []
    return Reading(tuple(errors), versions.named, versions.implementation, versions.about, left_out)


class _Reader:
    """Goes through one text; an error is collected until something says that it is over."""

    def __init__(self) -> None:
        self.logged: dict[str, Error] = {}  # by what it says, numbers apart, one line of TensorFlow's C++ side
        self._reset()

    def _reset(self) -> None:
        self._prefix = self._type = self._expected = ""
        self._in_frames = self._blank = self._stamped = self._headless = False
        self._kind = Kind.EXCEPTION
        self._message: Optional[list[str]] = None
        self._frames: list[Frame] = []
        self._size = self._start = self._strange = 0

    def read(self, text: str, versions: Versions) -> Iterator[Error]:
        """The errors of a section, in their order."""
        for line in _lines(text):
            versions.read(line.text)
            said = _SOURCE.sub("", line.text).strip() if line.native else ""
            if said and len(self.logged) < MOST_ERRORS:
                self.logged.setdefault(re.sub(r"\d+", "0", said[:80]), Error("", said, Kind.LOG, line=line.number))
            yield from () if line.native else self._line(line)
        yield from self._finish()

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
            self._expected, before = named.group(1), before[: named.start()]
        if before.strip().endswith("Exception Group"):
            before = before[: before.index("Exception")].replace("+", "|")
        self._prefix = "" if before.strip().endswith(":") and _EXCEPTION.match(before.strip()) else before
        self._in_frames, self._start = True, line.number

    def _without_prefix(self, text: str) -> tuple[str, bool]:
        """A line without what precedes every line of this traceback, and whether it is there."""
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
        said = _EXCEPTION.match(text) if not self._headless or _BARE.match(text) else None
        if arrow and self._frames:
            last = self._frames[-1]
            self._frames[-1] = replace(last, line=int(arrow.group(1)), text=last.text or arrow.group(2).strip()[:300])
        elif not text.strip() or text[0].isspace() or _DECORATION.match(text):
            self._code("" if self._expected else text)
        elif said and (not self._expected or said.group(1).rpartition(".")[2] == self._expected.rpartition(".")[2]):
            self._say(said.group(1), said.group(2) or "")
        else:
            self._strange += 1
            self._in_frames = self._strange <= 8

    def _frame(self, text: str) -> bool:
        found = _PYTHON.match(text)
        if not found and not text[:1].isspace() and (" in " in text or text.startswith(("File ", "Cell ", "Input "))):
            found = next(filter(None, (frame.match(text) for frame in _FRAMES)), None)
        if not found:
            return False
        parts = found.groupdict()
        path = re.sub(r"(?<=^Input In)(?=\[)", " ", re.split(r"(?<=[\]>]), line |:(?=\d+$)", parts["path"])[0])
        if len(self._frames) >= MOST_FRAMES:
            del self._frames[MOST_FRAMES // 2]
        function = (parts["function"] or "").strip().rstrip("* ").strip()[:300]
        self._frames.append(Frame(path, int(parts.get("line") or 0), function, own=not _FOREIGN.search(path)))
        return True

    def _code(self, text: str) -> None:
        text = text.strip()
        if text and self._frames and not self._frames[-1].text and not set(text) <= set("^~ "):
            self._frames[-1] = replace(self._frames[-1], text=text[:300])

    def _say(self, name: str, message: str, kind: Kind = Kind.EXCEPTION) -> None:
        self._in_frames = False
        self._type, self._kind, self._message, self._size = name, kind, [message], len(message)

    def _continue(self, text: str) -> bool:
        """Take one more line of the message; False where the message is over."""
        assert self._message is not None
        if _ENDS.match(text):
            return False
        if not text.strip():
            self._blank = True
            return True
        if self._kind in ASIDE:
            is_code = text[0].isspace() and bool(self._frames) and not self._frames[-1].text
            self._code(text if is_code else "")
            return is_code
        if self._blank:
            before = (self._message[0], *self._message[-3:])  # a message of several paragraphs
            if not (text[0].isspace() or _GOES_ON.match(text) or any(_GOES_ON.search(one) for one in before)):
                return False
            self._message.append("")
        elif "Warning:" in text and _WARNING.match(text):
            return False
        self._blank = False
        if not (_PYTHON.match(text) and self._frame(text)) and self._frames and _PYTHON.match(self._message[-1]):
            self._code(text)
        if self._size < LONGEST_MESSAGE:
            self._message.append(text[:LONGEST_MESSAGE])
            self._size += len(text) + 1
        return True

    def _finish(self) -> Iterator[Error]:
        """What was collected, as far as it came."""
        if self._message is not None:
            said = "\n".join(self._message).strip()[:LONGEST_MESSAGE]
            yield Error(self._type, said, self._kind, tuple(self._frames), self._start)
        elif (self._frames and not self._headless) or self._expected:
            yield Error(self._expected, "", Kind.EXCEPTION, tuple(self._frames), self._start, cut=True)
        self._reset()

    def _idle(self, line: Line) -> None:
        """A line outside of tracebacks and messages."""
        text = line.text
        if not line.fence and 'File "' in text and _PYTHON.match(text) and self._frame(text):
            self._in_frames = self._headless = True  # the end of a traceback, pasted without its beginning
            self._start = line.number
            return
        if not text or line.fence or not (text[0] == "E" or _SIGNS.search(text)):
            return
        self._start = line.number
        warned = _WARNING.match(text) if "arning: " in text else None
        bare = _BARE.search(text)
        if re.match(r"E( {3,}|$)", text):  # pytest
            found = _EXCEPTION.match(text[1:].strip())
            if found and (found.group(2) is not None or _BARE.match(text[1:].strip())):
                self._say(found.group(1), found.group(2) or "")
                self._prefix = text[: len(text) - len(text[1:].lstrip())]
        elif warned:
            self._frames = [Frame(warned.group(1), int(warned.group(2)), own=not _FOREIGN.search(warned.group(1)))]
            self._say(warned.group(3), warned.group(4), Kind.WARNING)
        elif _LOGGED.match(text):
            self._say("", text.strip(), Kind.LOG)
        elif bare and (bare.group(2) is not None or bare.start() == len(text) - len(text.lstrip())):
            self._say(bare.group(1), bare.group(2) or "", Kind.MESSAGE)


def _shape(text: str) -> str:
    return re.sub(r"\d", "0", text)


# ------------------------------------------------------------------------------------------------------ the releases

_NUMBER = r"v?(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:rc|a|b|\.dev)\d{1,8})?)(?![\w])"
_NAMED = re.compile(
    r"(?<![\w./-])(tensorflow(?:[-_](?:cpu|gpu|macos|intel|hub))?|tf[-_]keras|keras|numpy|jax|torch|protobuf|python|tf|np)"
    r"(?:\.__version__\)?\s*\n\s*|(?:\.__version__|\.version\.VERSION)?(?: version)?(?:\s*(?:==|[:=]|is|\s)\s*))"
    rf"[\"']?{_NUMBER}",
    re.IGNORECASE,
)
_PYTHON_PATH = re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]")
_ABOUT = re.compile(r"keras|tensorflow|\btf\.\w", re.IGNORECASE)
_MARKS = {
    Implementation.TF_KERAS: re.compile(r"\btf_keras[./\\](?:src|api|engine)\b"),
    Implementation.KERAS_3: re.compile(
        r"\bkeras[./\\]_tf_keras\b|(?<!tf_)\bkeras[./\\]src[./\\](?:trainers|ops|backend|legacy|models|random"
        r"|callbacks[./\\]callback_list|layers[./\\](?:layer|core))\b(?!\.py)|KerasTensor shape="
        r"|\bkeras[./\\]api[./\\](?!_v)\w|\bKeras 3\b"
    ),
    Implementation.KERAS_2: re.compile(
        r"(?<!tf_)\bkeras[./\\](?:src[./\\])?engine[./\\]|\bkeras[./\\]api[./\\]_v[12]\b"
    ),
}
_ABSENT = re.compile(r"No module named '[\w.]+'|parent module \S+ cannot|'(?:module|registered_name)': '[\w.]+'")
"""Modules that are not there, or that a file names: the Keras that speaks is another one."""
_MENTIONS = re.compile("tensorflow|keras|numpy|jax|torch|protobuf|tf|np|python", re.IGNORECASE)
_DISTRIBUTIONS = {"tf": "tensorflow", "np": "numpy", "tensorflow-hub": "tensorflow-hub"}


class Versions:
    """Which releases the lines of a text name, and which Keras; the first mention of a package counts."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self.about = False
        self._seen: set[Implementation] = set()
        self._before = ""

    def read(self, line: str) -> None:
        """Take what one line has."""
        asked, self._before = self._before, ""
        if not asked and not _MENTIONS.search(line):
            return
        self.about = self.about or bool(_ABOUT.search(line))
        there = _ABSENT.sub("", line)
        self._seen.update(one for one, mark in _MARKS.items() if one not in self._seen and mark.search(there))
        for found in _PYTHON_PATH.finditer(line[:1_000]):
            self.named.setdefault("python", found.group(1))
        for found in _NAMED.finditer(f"{asked}\n{line[:1_000]}" if asked else line[:1_000]):
            name = found.group(1).lower().replace("_", "-")
            name = _DISTRIBUTIONS.get(name, "tensorflow" if name.startswith("tensorflow") else name)
            self.named.setdefault(name, found.group(2))
        self._before = line[-80:] if "__version__" in line else ""

    @property
    def implementation(self) -> Optional[Implementation]:
        """The Keras that shows, where it is one."""
        if self._seen:
            return next(iter(self._seen)) if len(self._seen) == 1 else None
        keras = self.named.get("keras", "")
        minor = re.match(r"2\.(\d+)", self.named.get("tensorflow", ""))
        if not keras and not minor:
            return Implementation.TF_KERAS if "tf-keras" in self.named else None
        is_2 = keras.startswith("2.") if keras or not minor else int(minor.group(1)) < 16
        return Implementation.KERAS_2 if is_2 else Implementation.KERAS_3
