"""Where text goes: what stdout can show, files that are never half written, and a line of progress on stderr."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from typing import Callable, Optional, TextIO, Union

from kdoctor.formats.context import Look
from kdoctor.model import Progress

WIDEST = 120
"""Lines longer than this are tiring to read, however wide the window."""


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

    def write(self, text: Union[str, bytes]) -> None:
        """Write it all, or find out why not. A reader who left (``kdoctor | head``) is no failure.

        A document is bytes, and goes out as they are whatever the encoding of stdout.

        Raises:
            DeliveryError: the disk is full, or the like.
        """
        if sys.stdout is None:
            return
        try:
            buffer = getattr(sys.stdout, "buffer", None)
            if isinstance(text, bytes) and (buffer is None or (self.look.colour and os.name == "nt")):
                text = text.decode("utf-8" if buffer is None else self.look.encoding, "replace")
            if isinstance(text, bytes) and buffer is not None:
                sys.stdout.flush()
                buffer.write(text)
            elif self.look.colour and os.name == "nt":
                import click

                click.echo(text, nl=False, color=True)
            else:
                sys.stdout.write(str(text))
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_stdout()
        except OSError as error:
            _forget_stdout()
            raise DeliveryError(f"The report could not be written: {error.strerror or error}.") from error


def _forget_stdout() -> None:
    """Let the interpreter's own last flush go nowhere instead of failing once more."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write_file(path: str, text: Union[str, bytes]) -> None:
    """Put ``text`` in a file, whole or not at all.

    Raises:
        DeliveryError: the folder does not exist, the disk is full, or the like.
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    try:
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "wb") as device:
                device.write(data)
            return
        _replace(os.path.realpath(path), data)
    except OSError as error:
        raise DeliveryError(f"{path} could not be written: {error.strerror or error}.") from error


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


def _replace(path: str, data: bytes) -> None:
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


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
    return " ".join(words)


MANIFESTS = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "environment.yml", "Pipfile")
"""Files that say which packages a project wants, in the order in which one stands for its environment."""


def repository(folder: str) -> str:
    """The folder of the repository that ``folder`` is in, which tools of a forge count paths from; else itself."""
    here = os.path.abspath(folder)
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return os.path.abspath(folder)
        here = above
    return here


def manifest(folder: str) -> str:
    """The file there that stands for the environment; the first of them where there is none."""
    return next((name for name in MANIFESTS if os.path.isfile(os.path.join(folder, name))), MANIFESTS[0])
