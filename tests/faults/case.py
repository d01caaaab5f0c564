"""What a row of the table of faults is: a folder with something bad in it, a command, and what must come of it."""

from __future__ import annotations

import contextlib
import functools
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional, Union

from tests.environment.sites import Site

ROOT = Path(__file__).parents[2]
MEMORY_BYTES = 2 * 2**30
"""Address space of every process that a case starts: a fault that eats the memory fails, and harms nobody."""


@dataclass(frozen=True)
class World:
    """The temporary folders in which a case happens."""

    folder: Path

    @property
    def work(self) -> Path:
        """The working folder of the command."""
        return self.folder / "work"

    @property
    def home(self) -> Path:
        """HOME."""
        return self.folder / "home"

    @property
    def tmp(self) -> Path:
        """TMPDIR; nothing may be left there."""
        return self.folder / "tmp"

    @property
    def site(self) -> Path:
        """The site-packages of the fake environment, if ``fake()`` made one."""
        return self.folder / "fake" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def make(self) -> World:
        """Create the folders."""
        for place in (self.work, self.home, self.tmp):
            place.mkdir(parents=True)
        return self


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    """Its exit code; the negative number of a signal that killed it."""
    out: str
    err: str
    seconds: float


Given = Callable[[World], None]


@dataclass(frozen=True)
class Case:
    """One fault. Every case also fails on a traceback, a left process, a left temporary file, an internal error."""

    name: str
    run: str
    """The command, split as a shell does; ``{fake}`` is the fake interpreter, ``{work}`` the working folder."""
    exit: Union[int, tuple[int, ...]]
    given: Sequence[Given] = ()
    says: Sequence[str] = ()
    """Each must stand in stdout or stderr, whatever its case."""
    never: Sequence[str] = ()
    """None may stand there."""
    stdin: Optional[bytes] = None
    environ: Mapping[str, str] = field(default_factory=dict)
    within: float = 20.0
    """Seconds."""
    signal: int = 0
    """Sent to the command's process after ``signal_after`` seconds."""
    signal_after: float = 1.0
    then: Optional[Callable[[World, Result], None]] = None
    """More that must hold afterwards."""
    thorough: bool = False
    """Slow: not among the fast tests."""
    memory_bytes: int = MEMORY_BYTES


# ------------------------------------------------------------------------------------------------- what may be given


def file(path: str, content: Union[str, bytes] = "", mode: int = 0o644) -> Given:
    """A file below the folder of the case: ``work/a.py``, ``home/.keras/keras.json``."""

    def make(world: World) -> None:
        place = world.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        place.chmod(mode)

    return make


def sparse(path: str, size: int) -> Given:
    """A file that is large and takes no room."""

    def make(world: World) -> None:
        file(path)(world)
        os.truncate(world.folder / path, size)

    return make


def fifo(path: str) -> Given:
    """A FIFO to which nobody writes."""

    def make(world: World) -> None:
        (world.folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(world.folder / path)

    return make


def link(path: str, target: str) -> Given:
    """A symbolic link; ``{folder}`` in the target is the folder of the case."""

    def make(world: World) -> None:
        (world.folder / path).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (world.folder / path).unlink()
        (world.folder / path).symlink_to(target.format(folder=world.folder))

    return make


def folder(path: str, mode: int = 0o755) -> Given:
    """A folder."""

    def make(world: World) -> None:
        (world.folder / path).mkdir(parents=True, exist_ok=True)
        (world.folder / path).chmod(mode)

    return make


def repository(path: str = "work") -> Given:
    """Makes a folder look like the root of a git repository."""
    return folder(f"{path}/.git")


TENSORFLOW_PACKAGE = """\
import os
exec(os.environ.get("FAULT_TF", ""))
import keras
__version__ = "2.19.0"
"""
KERAS_PACKAGE = """\
import os
exec(os.environ.get("FAULT_KERAS", ""))
from keras import backend, layers
__version__ = "3.10.0"
"""


@functools.cache
def _has_numpy() -> bool:
    """Whether the interpreter behind this one, whose packages the fake environment sees, has a NumPy."""
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('numpy') is None)"
    return subprocess.run([os.path.realpath(sys.executable), "-c", code], check=False).returncode == 0


def fake(tensorflow: str = "2.19.0", keras: str = "3.10.0") -> Given:
    """An environment ``{fake}`` with a TensorFlow that executes FAULT_TF, and a Keras FAULT_KERAS, when imported."""

    def make(world: World) -> None:
        root = world.folder / "fake"
        (root / "bin").mkdir(parents=True)
        (root / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
        (root / "pyvenv.cfg").write_text(f"home = {Path(os.path.realpath(sys.executable)).parent}\n")
        site = Site(world.site)
        if not _has_numpy():
            site.numpy("1.26.4")
        site.tensorflow(tensorflow)
        site.package("tensorflow", TENSORFLOW_PACKAGE)
        site.keras(keras)
        shutil.copytree(ROOT / "tests" / "observe" / "patient" / "keras", world.site / "keras", dirs_exist_ok=True)
        site.package("keras", KERAS_PACKAGE)

    return make


# ------------------------------------------------------------------------------------------------------------ running


def run(case: Case, place: Path) -> None:
    """Run a case and hold what came of it against what must.

    Args:
        case: the row.
        place: an empty folder for it.
    """
    world = World(place).make()
    for give in case.given:
        give(world)
    names = {"fake": str(world.folder / "fake" / "bin" / "python"), "work": str(world.work), "folder": str(place)}
    words = [word.format(**names) if "{" in word else word for word in shlex.split(case.run)]
    if words[0] == "kdoctor":
        words[:1] = [sys.executable, "-m", "kdoctor"]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(world.home),
        "TMPDIR": str(world.tmp),
        "KDOCTOR_CACHE_DIR": str(world.folder / "cache"),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        **{name: value.format(**names) if "{" in value else value for name, value in case.environ.items()},
    }
    result = _run(case, words, environ, world)
    outcome = f"\n{' '.join(words)}\nended with {result.code} after {result.seconds:.1f} s\n{result.out}\n{result.err}"
    text = result.out + result.err
    expected = (case.exit,) if isinstance(case.exit, int) else case.exit
    assert result.code in expected, f"exit code {result.code}, not {case.exit}{outcome}"
    assert result.seconds < case.within, f"took {result.seconds:.1f} s{outcome}"
    assert "Traceback (most recent call last)" not in result.err, f"a traceback{outcome}"
    assert "error in kdoctor itself" not in text, f"an internal error{outcome}"
    without_blanks = "".join(text.split()).lower()  # a line may be broken anywhere, a long path within a word
    for words_said in case.says:
        said = "".join(words_said.format(**names).split()).lower()
        assert said in without_blanks, f"does not say {words_said!r}{outcome}"
    for words_never in case.never:
        assert words_never.format(**names) not in text, f"says {words_never!r}{outcome}"
    left = [one.name for one in world.tmp.iterdir()]
    assert not left, f"left in the temporary folder: {left}{outcome}"
    if case.then:
        case.then(world, result)


def _run(case: Case, words: Sequence[str], environ: Mapping[str, str], world: World) -> Result:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (case.memory_bytes, case.memory_bytes))

    given = world.folder / "stdin"
    if case.stdin is not None:
        given.write_bytes(case.stdin)
    with (
        open(given if case.stdin is not None else os.devnull, "rb") as stdin,
        open(world.folder / "out", "wb") as out,
        open(world.folder / "err", "wb") as err,
    ):
        started = time.monotonic()
        process = subprocess.Popen(
            words,
            stdin=stdin,
            stdout=out,
            stderr=err,
            cwd=world.work,
            env=environ,
            start_new_session=True,
            preexec_fn=limit,
        )
        try:
            if case.signal:
                time.sleep(case.signal_after)
                process.send_signal(case.signal)
            process.wait(case.within + 5)
        finally:
            seconds = time.monotonic() - started
            left = _of_this_case(world)
            while left and time.monotonic() - started < seconds + 3:
                time.sleep(0.05)
                left = _of_this_case(world)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    assert process.poll() is not None
    assert not left, f"{len(left)} processes were left"
    return Result(
        process.returncode,
        (world.folder / "out").read_text("utf-8", "replace"),
        (world.folder / "err").read_text("utf-8", "replace"),
        seconds,
    )


def _of_this_case(world: World) -> list[int]:
    """The processes that carry this case's HOME in their environment, daemons included (Linux)."""
    wanted = f"HOME={world.home}".encode()
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as environ:
                if wanted in environ.read().split(b"\0"):
                    found.append(int(name))
    return found
