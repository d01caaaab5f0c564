"""stdout and stderr: what they can show, files that are never half written, and a line of progress."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional, TextIO, Union

from kdoctor import files
from kdoctor.formats.context import Look
from kdoctor.formats.text import clean, harmless
from kdoctor.language import _
from kdoctor.observe.model import Progress
from kdoctor.words import Outcome

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from kdoctor.report import Report

WIDEST = 120  # lines longer than this are tiring to read, however wide the window
_DESCRIPTOR = re.compile(r"/dev/(stdout|stderr)|(?:/dev/fd|/proc/self/fd)/(\d+)")
"""Paths that mean what is open already. They are never opened anew: that would begin at the file's first byte."""


class DeliveryError(Exception):
    """The report was made and could not be delivered; the text is meant for the user."""


def shows_colour(stream: Optional[TextIO], environ: Mapping[str, str]) -> bool:
    """Whether colour is wanted there: ``NO_COLOR`` before ``FORCE_COLOR`` before what the terminal can do."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return _is_terminal(stream) and environ.get("TERM", "") not in ("dumb", "unknown")


def _is_terminal(stream: Optional[TextIO]) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


class Sink:
    """stdout, whatever it is today. A DeliveryError says that the disk is full, or the like."""

    def __init__(self, *, colour: bool = True) -> None:
        import shutil

        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
        self.look = Look(width, colour and shows_colour(sys.stdout, os.environ), encoding)

    def deliver(self, data: bytes) -> None:
        """Write a report as its format made it: a document in UTF-8, whatever stdout's encoding is."""
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None or (self.look.colour and os.name == "nt"):  # a notebook's, or a console that knows no codes
            self._write(data.decode(self.look.encoding if self.look.colour else "utf-8", "replace"))
            return
        with self._failures():
            sys.stdout.flush()
            buffer.write(data)
            buffer.flush()

    def write(self, text: str) -> None:
        """Write text for people: in stdout's encoding, and with nothing in it that a CI service takes for a command."""
        self._write(harmless(text))

    def write_document(self, text: str) -> None:
        """Write what programs read: in UTF-8, whatever stdout's encoding is."""
        self.deliver(text.encode("utf-8", "replace"))

    def _write(self, text: str) -> None:
        if sys.stdout is None:
            return
        with self._failures():
            with contextlib.suppress(LookupError):
                text = text.encode(self.look.encoding, "replace").decode(self.look.encoding)
            if self.look.colour and os.name == "nt":
                import typer

                typer.echo(text, nl=False, color=True)
            else:
                sys.stdout.write(str(text))
            sys.stdout.flush()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """A reader who left (``kdoctor | head``) is no failure; anything else is."""
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError, ValueError):  # the interpreter's own last flush must not fail once more
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, sys.stdout.fileno())
                os.close(nowhere)
            if not isinstance(error, BrokenPipeError):
                raise DeliveryError(f"The report could not be written: {error.strerror or error}.") from error


def complain(message: str) -> None:
    """One message on stderr, without what would move the cursor or command a CI service: it may quote anything."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(harmless(clean(message)) + "\n")
        sys.stderr.flush()


def write_file(path: str, text: Union[str, bytes], *, append: bool = False) -> None:
    """Put ``text`` in a file, whole or not at all; a link at ``path`` is replaced, not followed.

    A descriptor (``/dev/stdout``, what a shell makes of ``>(program)``), a device or a FIFO is written to.

    Raises:
        DeliveryError: the folder does not exist, the disk is full, or the like.
    """
    # A name of a file may hold bytes that are not UTF-8.
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    try:
        stream = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if append else _stream(path)
        if stream is None:
            files.write(path, data)
        else:
            with contextlib.suppress(AttributeError, ValueError):
                sys.stdout.flush()
            with os.fdopen(stream, "wb") as file:
                file.write(data)
    except (OSError, ValueError) as error:
        raise DeliveryError(f"{path} could not be written: {getattr(error, 'strerror', None) or error}.") from error


def _stream(path: str) -> Optional[int]:
    """A descriptor for what is written to and not replaced; None for a regular file, or where there is none yet.

    Raises:
        OSError: it is a folder, a socket, a disk.
    """
    whole = os.path.abspath(path)
    descriptor = _DESCRIPTOR.fullmatch(whole)
    if descriptor:
        return os.dup(int(descriptor[2] or {"stdout": 1, "stderr": 2}[descriptor[1]]))
    is_link_of_system = whole.startswith("/dev/") and os.path.islink(whole)
    whole = os.path.realpath(whole) if is_link_of_system else whole
    try:
        mode = os.lstat(whole).st_mode
    except OSError:
        return None
    if not is_link_of_system and (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        return None
    if not stat.S_ISFIFO(mode) and not stat.S_ISCHR(mode):
        raise OSError("it is neither a file, nor a FIFO or a terminal")
    return os.open(whole, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NOCTTY", 0))


class Live:
    """What a terminal shows while checks run: what is here, what runs now, and a table that fills."""

    def __init__(self, console: Console) -> None:
        self.look = Look(min(console.width, WIDEST), True, console.encoding)
        self._facts, self._line = "", "starting"
        self._seen: dict[tuple[str, str], Counter[str]] = {}
        self._spinner: Any = None

    def __call__(self, step: Progress) -> None:
        """Show a step."""
        row = step.row
        if row is None:
            self._line = progress_line(step)
        elif row.outcome in _SHOWN:
            self._seen.setdefault((row.area, row.stack.value), Counter())[_SHOWN[row.outcome]] += 1

    def begin(self, report: Report) -> None:
        """Put what is known before any check above the rest."""
        from kdoctor.formats.terminal import opening

        self._facts = opening(report, self.look)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        self._spinner = self._spinner or Spinner("dots" if self.look.has_signs else "line")
        self._spinner.update(text=Text(self._line, overflow="ellipsis", no_wrap=True))
        stacks = list(dict.fromkeys(stack for _, stack in self._seen))
        table = Table("", *stacks, box=None, pad_edge=False)
        for area in dict.fromkeys(area for area, stack in self._seen):
            counted = (self._seen.get((area, stack), Counter()) for stack in stacks)
            table.add_row(area, *(", ".join(f"{number} {what}" for what, number in one.items()) for one in counted))
        return Group(*([Text.from_ansi(self._facts)] if self._facts else ()), self._spinner, table)


_SHOWN = {Outcome.WORKS: "work", **dict.fromkeys((one for one in Outcome if one.is_broken), "broken")}


@contextlib.contextmanager
def live_progress() -> Iterator[Optional[Live]]:
    """What to call with each step: its lines on stderr are gone at the end. None where nothing can be shown."""
    if not _is_terminal(sys.stderr):
        yield None
        return
    if os.environ.get("TERM", "") in ("dumb", "unknown") or os.environ.get("NO_COLOR"):
        complain(_("Running checks ..."))  # a line that moves needs the codes that are not wanted here
        yield None
        return
    from rich.console import Console
    from rich.live import Live as Screen

    console = Console(stderr=True, force_jupyter=False, highlight=False)
    shown = Live(console)
    with Screen(shown, console=console, transient=True, refresh_per_second=10):
        yield shown


def progress_line(step: Progress) -> str:
    """``12/57 tf.keras rnn-stateful-fit``; ``Importing TensorFlow (the slow part) ...``."""
    if step.phase.startswith("importing"):
        what = step.phase.partition(" ")[2].replace("tensorflow", "TensorFlow")
        return clean(_("Importing {what} (the slow part) ...", what=what))
    words = [f"{step.done}/{step.total}"] if step.total else []
    words += [step.stack.value] if step.stack else []
    words += [step.slug or step.phase] if step.slug or step.phase else []
    return clean(" ".join(words))


MANIFESTS = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "environment.yml", "Pipfile")
"""Files that say which packages a project wants, in the order in which one stands for its environment."""


def repository(folder: str) -> str:
    """The folder of the repository that ``folder`` is in, which tools of a forge count paths from; else itself."""
    here = os.path.abspath(folder)
    return next((one for one in files.upwards(here) if os.path.exists(os.path.join(one, ".git"))), here)


def manifest(folder: str) -> str:
    """The file there that stands for the environment; the first of them where there is none."""
    return next((name for name in MANIFESTS if os.path.isfile(os.path.join(folder, name))), MANIFESTS[0])
