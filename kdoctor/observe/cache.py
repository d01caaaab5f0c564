"""Keeps what canaries did and which names there are, so that a second run in the same environment is instant.

One JSON file an environment, named by a key made of everything that can change what a canary does: the interpreter,
every installed distribution, the variables, ``keras.json``, the processor and what accelerators there are, the
canaries and the code that runs them. Each row stands for itself, so that a larger choice of canaries later runs those
alone that are new. Kept are answers only: what crashed, timed out or was not run is tried again.

The files stand in a folder of kdoctor's own, below the one that the system or ``KDOCTOR_CACHE_DIR`` names. Nothing
else is ever written there or removed from there: a folder of that name which holds anything else is not used.

A cache is a convenience: whatever is wrong with it costs a note in the report and nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import re
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Optional, get_args, get_origin, get_type_hints

from kdoctor import files
from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment, Stack
from kdoctor.environment.steps import Proof
from kdoctor.observe.model import LookedUp, Observation, Observations, Opened, Request, left_out
from kdoctor.words import Outcome, StackId

FORMAT = "kdoctor.cache/4"
FOLDER_VARIABLE = "KDOCTOR_CACHE_DIR"
KEPT = (Outcome.WORKS, Outcome.WRONG, Outcome.RAISES, Outcome.NOT_APPLICABLE)
"""A crash may have been want of memory, a silence a busy machine."""
MOST_DAYS = 30  # libraries of the system, too, change in time, and they are not in the key
MOST_FILES = 32
MOST_BYTES = 8 * files.MIB
TAG = "CACHEDIR.TAG"
"""Says to programs that make backups that the folder can be left out (https://bford.info/cachedir/)."""
_TAG_TEXT = b"""Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache folder of kdoctor. Everything in it can be removed at any time.
"""
_OBSERVATIONS = re.compile(r"[0-9a-f]{40}\.json")
_DRAFT = re.compile(r"\.kdoctor-\w+\.tmp")  # as kdoctor.files.write names a file until it is whole

_TROUBLE = "|".join(
    re.escape(text)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.EIO)
    for text in (f"[Errno {number}]", os.strerror(number))
)
_IS_TROUBLE = re.compile(
    rf"{_TROUBLE}|\bMemoryError\b|\bbad_alloc\b|\bRESOURCE_EXHAUSTED\b|ResourceExhaustedError", re.I
)
"""What an error says that comes of the machine (no disk, no memory, no descriptors), and not of Keras."""

_KERAS_DEFAULTS = {
    "backend": "tensorflow",
    "epsilon": 1e-7,
    "floatx": "float32",
    "image_data_format": "channels_last",
}
_MATTERS = re.compile(
    r"(DNNL|DYLD|JAX|KMP|MKL|OMP|ONEDNN|OPENBLAS|PYTORCH|TFHUB)_.*"
    r"|LD_LIBRARY_PATH|LD_PRELOAD|PYTHON(HASHSEED|HOME|OPTIMIZE|USERBASE|WARNINGS)"
)
"""Variables that reach into the numbers or the imports, besides those that the report shows."""


class _Unusable(Exception):  # noqa: N818  an answer, not an error
    """Why nothing can be kept, or read, in the words of a note."""

    def __init__(self, reason: str, what: str = "Results are not cached") -> None:
        super().__init__(f"{what}: {reason}.")


@dataclass(frozen=True)
class _Kept:
    """What a file holds."""

    rows: tuple[Observation, ...] = ()
    opened: Mapping[StackId, Opened] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    names: Mapping[str, LookedUp] = field(default_factory=dict)
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    def by_place(self) -> dict[tuple[str, StackId], Observation]:
        return {(row.slug, row.stack): row for row in self.rows}


# ------------------------------------------------------------------------------------------------------------ observing


def observe(request: Request, *, fresh: bool = False) -> Observations:
    """The same as :func:`kdoctor.observe.run.observe`, but runs only what is not cached.

    Args:
        request: what is to be learned.
        fresh: run everything, and keep what is observed.
    """
    notes: list[str] = []
    path, kept = "", _Kept()
    try:
        path = os.path.join(_own_folder(), key(request.environment, request.environ) + ".json")
        kept = _read(path)
    except _Unusable as reason:
        notes.append(str(reason))
    use, wanted = _Kept() if fresh else kept, request.wanted
    known = use.by_place()

    def need_not_run(canary: Canary, stack: Stack) -> bool:
        rows = (known.get((canary.slug, one.id)) for one in wanted if one is not stack)
        return not stack.same_as and request.leaves_out(canary.slug, stack.id, [row.outcome for row in rows if row])

    def lacks(canary: Canary, stack: Stack) -> bool:
        return stack.available and (canary.slug, stack.id) not in known and not need_not_run(canary, stack)

    missing = [one for one in request.canaries if not wanted or any(lacks(one, stack) for stack in wanted)]
    unasked = [
        batch
        for batch in request.names
        if batch.spelling not in use.names or not set(batch.names) <= set(use.names[batch.spelling].names)
    ]
    seen = Observations((), use.opened, use.pinned)
    if missing or unasked:
        from kdoctor.observe import run

        seen = run.observe(replace(request, canaries=missing, names=unasked))
        if path:
            try:
                _write(path, _together(kept, seen), request.environment)
            except _Unusable as reason:
                notes.append(str(reason))
    ran = {(row.slug, row.stack): row for row in seen.rows}

    def row_of(canary: Canary, stack: Stack) -> Observation:
        if (canary.slug, stack.id) in ran:
            return ran[canary.slug, stack.id]
        if stack.available and need_not_run(canary, stack):
            return left_out(canary.slug, canary.area)
        plain = Observation(canary.slug, stack.id, Outcome.NOT_RUN, stack.reason, area=canary.area)
        row = known.get((canary.slug, stack.id), plain) if stack.available else plain
        for place in (row.stack, row.via, stack.same_as):  # a stack that does not open any more proves nothing
            opened = seen.opened.get(place) if place else None
            if opened and not opened.available:
                return replace(plain, message=f"cannot be imported: {opened.reason}")
        return row

    opened = {**use.opened, **seen.opened}
    answers = {batch.spelling: seen.names.get(batch.spelling) or use.names[batch.spelling] for batch in request.names}
    return seen._replace(
        rows=tuple(row_of(canary, stack) for canary in request.canaries for stack in wanted),
        opened={stack.id: opened[stack.id] for stack in wanted if stack.id in opened},
        names={spelling: answer._replace(observed="") for spelling, answer in answers.items()},
        notes=tuple(notes),
        proofs=kept.proofs,
    )


def keep_proofs(environment: Environment, environ: Mapping[str, str], proofs: Mapping[str, Proof]) -> str:
    """Keep what remedies did in a copy of an environment for its later runs; why not, where that cannot be."""
    try:
        path = os.path.join(_own_folder(), key(environment, environ) + ".json")
        kept = _read(path)
        _write(path, replace(kept, proofs={**kept.proofs, **proofs}), environment)
    except _Unusable as reason:
        return str(reason)
    return ""


def _together(kept: _Kept, seen: Observations) -> _Kept:
    """What was kept and what was seen just now, which stands above it."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    rows = kept.by_place()
    for row in seen.rows:
        if _is_answer(row):
            rows[row.slug, row.stack] = replace(row, observed=now)
        elif row.outcome is not Outcome.NOT_RUN:  # it no longer does what it did
            rows.pop((row.slug, row.stack), None)
    opened = {stack: facts for stack, facts in seen.opened.items() if facts.available}
    names = {one: answer._replace(observed=now) for one, answer in seen.names.items() if not answer.reason}
    return _Kept(tuple(rows.values()), {**kept.opened, **opened}, seen.pinned, {**kept.names, **names}, kept.proofs)


def _is_answer(row: Observation) -> bool:
    """Whether a row says something of Keras, and not of the machine, which may be well again tomorrow."""
    return row.outcome in KEPT and not (row.outcome is Outcome.RAISES and _IS_TROUBLE.search(row.message))


# -------------------------------------------------------------------------------------------------------------- the key


def key(environment: Environment, environ: Mapping[str, str]) -> str:
    """What an environment's file is called: another one as soon as a canary may do something else.

    Raises:
        _Unusable: something is in play that can change without a trace.
    """
    import hashlib

    from kdoctor import __version__

    for found in environment.distributions:
        if found.editable and found.name not in ("kdoctor", "keras-doctor"):
            raise _Unusable(f"{found.name} is an editable installation, which can change at any time")
    for shadow in environment.shadows:
        if shadow.on_path:
            raise _Unusable(f"{shadow.path} is imported in place of {shadow.name}, and can change at any time")
    interpreter, config = environment.interpreter, environment.keras_config
    identity = {
        "kdoctor": [FORMAT, __version__, _own_code()],
        "interpreter": [interpreter.executable, interpreter.version, interpreter.implementation],
        "binary": _stamp(os.path.realpath(interpreter.executable)),
        "machine": [interpreter.system, interpreter.machine, _processor(), _accelerators()],
        "installed": _installed(environment.search_path),
        "packages": [[one.name, one.path, one.version, _stamp(one.path)] for one in environment.packages],
        "variables": {
            name: value
            for name, value in environ.items()
            if (name in environment.variables or _MATTERS.fullmatch(name))
            # What TensorFlow sets by itself when it is imported, and what changes only how much it prints.
            and not ((name, value) == ("TF2_BEHAVIOR", "1") or name.startswith("TF_CPP_"))
        },
        "keras.json": _configuration(config.path if config and config.exists else ""),
        "stacks": [
            [one.id.value, one.available, one.implementation and one.implementation.value, one.version, one.backend]
            for one in environment.stacks
        ],
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _configuration(path: str) -> str:
    """What ``keras.json`` says; the same where there is none yet, since the first import of Keras writes it."""
    text = _content(path) if path else "{}"
    try:
        given = json.loads(text)
        return json.dumps({**_KERAS_DEFAULTS, **given} if isinstance(given, dict) else given, sort_keys=True)
    except (ValueError, RecursionError):
        return text


def _stamp(path: str) -> Optional[list[int]]:
    """Changes with a file or package that is replaced."""
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):  # its own time changes when Python puts __pycache__ there
            found = os.stat(os.path.join(path, "__init__.py"))
    except (OSError, ValueError):
        return None
    return [found.st_mtime_ns, found.st_size]


def _content(path: str) -> str:
    """A small file as text that JSON can carry; the reason where it is not read."""
    try:
        return files.read(path).decode("latin-1")
    except files.Unreadable as reason:
        return str(reason)


def _installed(folders: Sequence[str]) -> list[Any]:
    """Every distribution on the search path with the stamp of its RECORD, in the order in which they are found."""
    found = []
    for folder in folders:
        names: list[str] = []
        with contextlib.suppress(OSError):
            names = sorted(os.listdir(folder))
        for name in names:
            place = os.path.join(folder, name)
            if name.endswith(".dist-info"):
                found.append([name, _stamp(os.path.join(place, "RECORD")) or _stamp(os.path.join(place, "METADATA"))])
            elif name.endswith((".egg-info", ".egg-link", ".pth")):
                found.append([name, _stamp(os.path.join(place, "PKG-INFO")) or _stamp(place)])
    return found


def _own_code() -> list[Any]:
    """Stamps of the canaries, their fixtures, and what runs them."""
    from kdoctor import canaries as canary_files

    return [
        [name, _stamp(os.path.join(folder, name))]
        for folder in (canary_files.FOLDER, canary_files.FIXTURES, os.path.dirname(os.path.abspath(__file__)))
        for name in sorted(os.listdir(folder))
        if not name.startswith((".", "_")) or name == "__init__.py"
    ]


def _processor() -> str:
    """What this processor can do, where the system says it without starting a process."""
    try:
        # The kernel's own file, of which the beginning is enough: the whole takes a while on many cores.
        first = files.read("/proc/cpuinfo", 8192, beginning=True).decode("latin-1").partition("\n\n")[0]
    except files.Unreadable:
        return os.environ.get("PROCESSOR_IDENTIFIER", "")
    telling = ("model name", "flags", "Features", "CPU implementer", "CPU part", "isa", "cpu")
    return "\n".join(line for line in first.splitlines() if line.partition("\t")[0].rstrip(" :") in telling)


def _accelerators() -> list[str]:
    """The graphics processors that the system's drivers name."""
    found = []
    with contextlib.suppress(OSError):
        found += sorted(os.listdir("/proc/driver/nvidia/gpus"))
        found.append(_content("/proc/driver/nvidia/version"))
    return [*found, *(place for place in ("/dev/kfd", "/dev/dxg") if os.path.exists(place))]


# ------------------------------------------------------------------------------------------------------------ the files


def folder() -> str:
    """Where observations are kept; empty where there is no place for them."""
    chosen = os.environ.get(FOLDER_VARIABLE, "")
    if chosen:
        return os.path.join(os.path.abspath(os.path.expanduser(chosen)), "kdoctor")
    return files.user_folder("XDG_CACHE_HOME", "~/Library/Caches", "~/.cache")


def _own_folder() -> str:
    """The folder, made and marked if need be, if it is the user's own and holds nothing but a cache.

    Raises:
        _Unusable: it is not, or cannot be made.
    """
    place, another = folder(), f"; set {FOLDER_VARIABLE} to a folder of yours"
    if not place:
        raise _Unusable("there is no home folder" + another)
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        for part in files.upwards(place) if hasattr(os, "getuid") else ():
            # Whoever owns a link chooses where it leads to, and could lead us into any folder of this user.
            found = os.lstat(part)
            if stat.S_ISLNK(found.st_mode) and found.st_uid not in (os.getuid(), 0):
                raise _Unusable(f"{part} is a symbolic link of another user{another}")
        if not _is_own(os.stat(place)):
            raise _Unusable(f"{place} belongs to another user, or others may write there")
        names = os.listdir(place)
        if TAG not in names:
            if not all(_OBSERVATIONS.fullmatch(name) or _DRAFT.fullmatch(name) for name in names):
                raise _Unusable(f"{place} holds other files than a cache of kdoctor{another}")
            files.write(os.path.join(place, TAG), _TAG_TEXT, mode=0o600)
    except (OSError, ValueError) as error:
        raise _Unusable(f"{place} cannot be made or read ({getattr(error, 'strerror', '') or error})") from None
    return place


def _is_own(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & stat.S_IWOTH)


def _read(path: str) -> _Kept:
    """What is kept there and not too old; nothing where there is no file.

    Raises:
        _Unusable: it is not to be believed.
    """
    try:
        if not _is_own(os.stat(path)):
            reason = "belongs to another user, or others may write to it"
        else:
            kept: _Kept = _made(_Kept, json.loads(files.read(path, MOST_BYTES)))
            if not all(map(_is_answer, kept.rows)):
                raise ValueError("a row that is never kept")
            rows = tuple(row for row in kept.rows if _is_recent(row.observed))
            names = {spelling: answer for spelling, answer in kept.names.items() if _is_recent(answer.observed)}
            return replace(kept, rows=rows, names=names)
    except FileNotFoundError:
        return _Kept()
    except OSError as error:
        reason = f"is not read ({error.strerror or error})"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reason = "is damaged"
    raise _Unusable(f"{path} {reason}", "Cached results are not used")


def _made(kind: Any, raw: Any) -> Any:
    """A value of a type out of JSON; a ValueError, TypeError or KeyError where it is anything else."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return raw
    if hasattr(kind, "_fields"):  # a named tuple, which is a list in JSON
        return kind(*(_made(hint, one) for hint, one in zip(_hints(kind).values(), raw)))
    if is_dataclass(kind):
        return kind(**{name: _made(hint, raw[name]) for name, hint in _hints(kind).items()})  # type: ignore[arg-type,operator]
    if type(None) in inner:
        return None if raw is None else _made(inner[0], raw)
    if origin is tuple:
        return tuple(_made(inner[0], one) for one in raw)
    if origin is not None:
        return {_made(inner[0], name): _made(inner[1], one) for name, one in raw.items()}
    if issubclass(kind, Enum):
        return kind(raw)
    if kind is float and not 0 <= raw < 1e6:
        raise ValueError(f"{raw} where seconds must be")
    if kind is not float and type(raw) is not kind:
        raise TypeError(f"{raw!r:.60} where a {kind.__name__} must be")
    return raw


_hints = functools.cache(get_type_hints)


def _is_recent(observed: str) -> bool:
    when = datetime.fromisoformat(observed)
    if when.tzinfo is None:
        raise ValueError("a time of nowhere")
    # One of the future was observed by a clock that is wrong, and would never grow old.
    return time.time() - MOST_DAYS * 86400 < when.timestamp() <= time.time()


def _write(path: str, kept: _Kept, environment: Environment) -> None:
    """Replace the file. Of two runs that end at once, the later one's is kept: what is lost is observed again.

    Raises:
        _Unusable: it cannot be written.
    """
    if not kept.rows and not kept.names and not kept.proofs:
        return
    document = {"python": environment.interpreter.executable, **asdict(kept)}  # the first for whoever opens the file
    place = os.path.dirname(path)
    try:
        files.write(path, json.dumps(document).encode(), mode=0o600)
        _prune(place)
    except OSError as error:
        raise _Unusable(f"{place} cannot be written to ({error.strerror or error})") from None


def _prune(place: str) -> None:
    """Keep the newest files; remove what is old, and drafts of runs that were ended while they wrote.

    Only files whose names kdoctor gives are ever removed.
    """
    ages = []
    with os.scandir(place) as entries:
        for entry in entries:
            is_draft = bool(_DRAFT.fullmatch(entry.name))
            if (is_draft or _OBSERVATIONS.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    ages.append((entry.stat(follow_symlinks=False).st_mtime, is_draft, entry.path))
    now, kept = time.time(), 0
    for written, is_draft, path in sorted(ages, reverse=True):
        kept += not is_draft
        if now - written > (3600 if is_draft else MOST_DAYS * 86400) or (kept > MOST_FILES and not is_draft):
            with contextlib.suppress(OSError):  # another process may have been quicker
                os.unlink(path)
