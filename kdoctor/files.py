"""Opens any file with a bound, and writes whole files. The only place of kdoctor that opens what others wrote.

A path that somebody else chose may name a FIFO, a device, a directory or ten gigabytes. Everything is therefore opened
without blocking, checked through the descriptor that was opened (so nothing can be exchanged in between), and read
only up to a bound.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from typing import BinaryIO, Optional

MIB = 2**20
MOST_CODE = 32 * MIB  # bytes of a file of code, of a notebook, or of standard input
MOST_METADATA = 4 * MIB  # bytes of a metadata file, a configuration, a baseline

MOST_DIGITS = 4000  # digits of a number in JSON


class Unreadable(OSError):  # noqa: N818  a reason, put as a user reads it
    """A file that is not read; the text says why and names no path: ``not a regular file``."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing  # whether there is no such file, as opposed to one that is not read

    def __str__(self) -> str:
        return self.reason


def is_path(name: str) -> bool:
    """Whether a path is meant: it has a separator, or begins with a dot, as ``.venv`` does. Else a name on ``PATH``."""
    return any(sign in name for sign in (os.sep, os.altsep) if sign) or name.startswith((".", "~"))


def upwards(folder: str) -> list[str]:
    """A folder and all above it."""
    found = [folder]
    while os.path.dirname(found[-1]) != found[-1]:
        found.append(os.path.dirname(found[-1]))
    return found


def user_folder(variable: str, mac: str, unix: str) -> str:
    """Kdoctor's folder for files of this user; empty where there is no place for them.

    Args:
        variable: the variable of the XDG base directory specification that may name the parent.
        mac: the parent on macOS.
        unix: the parent on other systems than that and Windows.
    """
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):  # a relative one is to be ignored, the specification says
        on_windows = sys.platform == "win32"
        base = os.environ.get("LOCALAPPDATA", "") if on_windows else mac if sys.platform == "darwin" else unix
        base = os.path.expanduser(base)
    return os.path.join(base, "kdoctor") if os.path.isabs(base) else ""


def read(path: str, most: int = MOST_METADATA, *, beginning: bool = False) -> bytes:
    """What is in a regular file.

    Args:
        path: the file; symbolic links are followed.
        most: bytes; a larger file is not read at all.
        beginning: of a larger file, read the first ``most`` bytes.

    Raises:
        Unreadable: it is missing, not a regular file, larger than ``most``, or the system refuses it.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most and not beginning:
            raise Unreadable(_too_large(size, most))
        try:
            data = file.read(most + (not beginning))  # the size may lie: files below /proc say 0, others grow
        except MemoryError as error:
            raise Unreadable(f"cannot be read: {error}") from None
    if len(data) > most:
        raise Unreadable(_too_large(len(data), most))
    return data


@contextlib.contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A regular file, to read parts of what is too large to be read whole.

    Args:
        path: the file; symbolic links are followed.

    Raises:
        Unreadable: it is missing, not a regular file, or the system refuses it, also while it is read.
    """
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable("no such file", missing=True) from None
    except ValueError as error:  # a null byte in the path
        raise Unreadable(f"not a path: {error}") from None
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or error}") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    finally:
        os.close(descriptor)


def integer(digits: str) -> int:
    """A number of JSON, for ``json.loads(parse_int=...)``: thousands of digits, which Python 3.11 refuses, take older
    releases minutes.
    """
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _too_large(size: int, most: int) -> str:
    return f"too large: {size / MIB:.0f} MiB, and at most {most / MIB:.0f} MiB are read"


def write(path: str, data: bytes, *, mode: Optional[int] = None) -> None:
    """Replace a file as a whole: a reader sees the old content or the new, never a part of one.

    The temporary file is created exclusively in the same folder, so that no link that somebody planted is followed.
    A link at ``path`` itself is replaced, not followed.

    Args:
        path: the file.
        data: what it shall hold.
        mode: its permissions; by default those that the file had, or what the umask leaves of 0666.

    Raises:
        OSError: the folder does not exist, the disk is full, or the like. The old file is then untouched.
    """
    import tempfile  # four milliseconds, which reading does not need

    if mode is None:
        os.umask(umask := os.umask(0))
        mode = 0o666 & ~umask
        with contextlib.suppress(OSError, ValueError):
            status = os.lstat(path)
            mode = stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else mode
    descriptor, temporary = tempfile.mkstemp(prefix=".kdoctor-", suffix=".tmp", dir=os.path.dirname(path) or os.curdir)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
