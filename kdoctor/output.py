"""Where text goes: what stdout can show, files that are never half written, and a line of progress on stderr."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Callable, Optional, TextIO

from kdoctor import files
from kdoctor.model import Progress
from kdoctor.render.page import Look, clean
from kdoctor.render.text import harmless

if TYPE_CHECKING:
    from kdoctor.render.formats import Format

WIDEST = 120
"""Lines longer than this are tiring to read, however wide the window."""
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
    """stdout, whatever it is today."""

    def __init__(self, *, colour: bool = True) -> None:
        import shutil

        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
        self.look = Look(width, colour and shows_colour(sys.stdout, os.environ), encoding)

    def deliver(self, text: str, form: Format) -> None:
        """Write a report; see :meth:`write` and :meth:`write_document`."""
        if form.is_document:
            self.write_document(text)
        else:
            self._write(text)

    def write(self, text: str) -> None:
        """Write text for people: in stdout's encoding, and with nothing in it that a CI service takes for a command.

        Raises:
            DeliveryError: the disk is full, or the like.
        """
        self._write(harmless(text))

    def write_document(self, text: str) -> None:
        """Write what programs read: in UTF-8, whatever stdout's encoding is.

        Raises:
            DeliveryError: the disk is full, or the like.
        """
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:  # a notebook's, which has no encoding
            self._write(text)
            return
        with self._failures():
            sys.stdout.flush()
            buffer.write(text.encode("utf-8", "replace"))
            buffer.flush()

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
                sys.stdout.write(text)
            sys.stdout.flush()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """A reader who left (``kdoctor | head``) is no failure; anything else is."""
        try:
            yield
        except BrokenPipeError:
            _forget_stdout()
        except OSError as error:
            _forget_stdout()
            raise DeliveryError(f"The report could not be written: {error.strerror or error}.") from error


def complain(message: str) -> None:
    """One message on stderr, without what would move the cursor or command a CI service: it may quote anything."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(harmless(clean(message)) + "\n")
        sys.stderr.flush()


def _forget_stdout() -> None:
    """Let the interpreter's own last flush go nowhere instead of failing once more."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write_file(path: str, text: str) -> None:
    """Put ``text`` in a file, whole or not at all; a link at ``path`` is replaced, not followed.

    A descriptor (``/dev/stdout``, what a shell makes of ``>(program)``), a device or a FIFO is written to.

    Raises:
        DeliveryError: the folder does not exist, the disk is full, or the like.
    """
    data = text.encode("utf-8", "backslashreplace")  # a name of a file may hold bytes that are not UTF-8
    try:
        stream = _stream(path)
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
    if is_link_of_system:
        whole = os.path.realpath(whole)
    try:
        mode = os.lstat(whole).st_mode
    except OSError:
        return None
    if not is_link_of_system and (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        return None
    if not stat.S_ISFIFO(mode) and not stat.S_ISCHR(mode):
        raise OSError("it is neither a file, nor a FIFO or a terminal")
    return os.open(whole, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NOCTTY", 0))


def append_to_file(path: str, text: str) -> None:
    """Put ``text`` behind what is in a file already.

    Raises:
        DeliveryError: the folder does not exist, the disk is full, or the like.
    """
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DeliveryError(f"{path} could not be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def live_progress() -> Iterator[Optional[Callable[[Progress], None]]]:
    """What to call with each step: a line on stderr that is gone at the end, or nothing where none can be shown."""
    if not _is_terminal(sys.stderr):
        yield None
        return
    if os.environ.get("TERM", "") in ("dumb", "unknown") or os.environ.get("NO_COLOR"):
        sys.stderr.write("Running canaries ...\n")  # a line that moves needs the codes that are not wanted here
        sys.stderr.flush()
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    signs = "dots" if Look(encoding=console.encoding).has_signs else "line"
    with console.status(Text("looking"), spinner=signs) as status:
        yield lambda step: status.update(Text(progress_line(step), no_wrap=True, overflow="ellipsis"))


def progress_line(step: Progress) -> str:
    """``12/57 tf.keras rnn-stateful-fit``."""
    words = [f"{step.done}/{step.total}"] if step.total else []
    words += [step.stack.value] if step.stack else []
    words += [step.slug] if step.slug else []
    words += [step.phase] if step.phase and not step.slug else []
    return clean(" ".join(words))
