"""Whether an interpreter that a configuration file names may be started.

A repository may come from anybody, and its configuration can name any program. An interpreter that a file names is
started only if nobody else can change that file, and the interpreter does not come with the repository. Otherwise the
user allows it once, with ``kdoctor config --trust``. That is kept outside of the repository, for this very content of
the file and this path of an interpreter.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kdoctor import files
from kdoctor.environment import locate
from kdoctor.settings import ConfigError, Settings, owners

SCHEMA = "kdoctor.trust/1"
MOST_ENTRIES = 500
_STATE = ("XDG_STATE_HOME", "~/Library/Application Support", "~/.local/state")
_OF_A_PROCESS = ("/proc", "/dev/fd")
"""Below these a path means another file in each process: /proc/self/cwd is the working folder."""


def interpreters(settings: Settings, environ: Mapping[str, str], option: str = "") -> tuple[str, ...]:
    """The interpreters that a configuration names, as paths, if all of them may be started.

    Args:
        settings: what the configuration says.
        environ: the variables, for ``PATH``.
        option: how this configuration is named on the command line, ``--config FILE``; empty if it was found.

    Raises:
        ConfigError: one of them may not be started.
        InterpreterError: one of them does not exist.
    """
    found = tuple(locate(name, environ) for name in settings.python)
    place = _Place.of(settings.file)
    allowed, fault = _allowed(settings, place), _fault(place)
    for python in found:
        if fault.repair or python not in allowed:
            reason = fault.reason or _objection(python, settings, place)
            if reason:
                start = f"First run {fault.repair}; then, to start it" if fault.repair else "To start it"
                raise ConfigError(  # no full stop behind a command: it would be copied with it
                    f"{settings.origins['python']}: {python} was not started: {reason}. A repository must not choose "
                    f"which program runs. {start} this once, run kdoctor --python {shlex.quote(python)}; to allow it "
                    f"until the file changes, run kdoctor config --trust{option and ' ' + option}"
                )
    return found


def allow(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Allow a configuration, as it is now, to have the interpreters started that it names. They are the result.

    Raises:
        ConfigError: it names none, anybody can change it, or there is no safe place to keep this.
        InterpreterError: one of them does not exist.
        OSError: the place cannot be written to.
    """
    if not settings.file:
        raise ConfigError("There is no configuration here, so there is nothing to allow.")
    if not settings.python:
        raise ConfigError(f"{settings.file} names no interpreter with python = [...], so there is nothing to allow.")
    place = _Place.of(settings.file)
    fault = _fault(place)
    if fault.repair:
        raise ConfigError(f"{settings.file} is not allowed: {fault.reason}. First run {fault.repair}")
    found = tuple(locate(name, environ) for name in settings.python)
    folder = files.user_folder(*_STATE)
    if not folder:
        raise ConfigError("There is no home folder to keep this in. Name the interpreter with --python instead.")
    if _lies_below(folder, place.root):
        raise ConfigError(
            f"{folder}, where this is kept, lies in {place.root}, which could then allow itself. Set XDG_STATE_HOME to "
            "a folder outside of it, or name the interpreter with --python."
        )
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not _is_private(folder):
        raise ConfigError(f"{folder} belongs to another user, or others may write to it, so nothing is kept there.")
    new = {"file": place.file, "sha256": settings.digest, "python": list(found)}
    kept = [entry for entry in _entries(folder) if entry.get("file") != place.file]
    document = {"schema": SCHEMA, "allowed": [*kept, new][-MOST_ENTRIES:]}
    files.write(os.path.join(folder, "trusted.json"), (json.dumps(document, indent=1) + "\n").encode(), mode=0o600)
    return found


class _Place(NamedTuple):
    """Where a configuration lies, with the links to its folder resolved."""

    file: str
    root: str  # the folder of the repository; that of the file where there is none
    is_repository: bool

    @classmethod
    def of(cls, path: str) -> _Place:
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        home = os.path.realpath(os.path.expanduser("~"))
        # The outermost repository: a submodule may name what lies in the repository around it. A home folder that is
        # kept in git is no such repository.
        roots = [one for one in files.upwards(folder) if os.path.lexists(os.path.join(one, ".git"))]
        outer = [one for one in roots if one not in files.upwards(home)] or roots[:1]
        return cls(os.path.join(folder, os.path.basename(path)), outer[-1] if outer else folder, bool(outer))


def _lies_below(path: str, root: str) -> bool:
    """Whether a path leads through a folder, whatever it is called there: upper case, a second mount."""
    with contextlib.suppress(OSError):
        wanted = os.stat(root)
        for folder in files.upwards(os.path.abspath(path)):
            with contextlib.suppress(OSError, ValueError):
                if os.path.samestat(os.stat(folder), wanted):
                    return True
    return False


def _stations(path: str) -> Iterator[str]:
    """A path as it is written, and as each link on the way to its file is resolved."""
    for _ in range(64):
        path = os.path.abspath(path)
        yield path
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        yield path
        if not os.path.islink(path):
            return
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        path = os.path.join(os.path.realpath(os.path.dirname(target)), os.path.basename(target))


def _objection(python: str, settings: Settings, place: _Place) -> str:
    """Why an interpreter may come from whoever wrote the configuration; empty if it does not."""
    what = "the repository" if place.is_repository else "the folder"
    for station in _stations(python):
        if _lies_below(station, place.root):
            return f"it lies in {what} {place.root}"
        if any(station.startswith(one + "/") for one in _OF_A_PROCESS):
            return f"{station} is another file in each process"
        reason = _of_others(station)
        if reason:
            return reason
    written = (one for one in settings.relative if python == one or python.startswith(one + os.sep))
    if not place.is_repository and any(written):
        return f"its path is relative to {settings.file}, and may have come with it"
    return ""


class _Fault(NamedTuple):
    reason: str = ""
    repair: str = ""
    """The command that changes it, where everybody can write: that cannot be allowed either, for whoever does so can
    exchange the interpreter too."""


def _fault(place: _Place) -> _Fault:
    trusted = owners()
    if trusted is None:
        return _Fault()
    weaker = _Fault()
    folders = files.upwards(os.path.dirname(place.file))
    for path in (place.file, *folders[: folders.index(place.root) + 1]):
        status = os.lstat(path)
        reason = _of_others(path)
        if reason:
            change = "chmod o-w" if status.st_uid in trusted else f"chown {trusted[0]}"
            return _Fault(reason, f"{change} {shlex.quote(path)}")
        if stat.S_ISLNK(status.st_mode):
            weaker = _Fault(f"{path} is a symbolic link")
        elif status.st_mode & stat.S_IWGRP and not weaker.reason:
            weaker = _Fault(f"the group may write to {path}")
    return weaker


def _of_others(path: str) -> str:
    """Why another user decides what a file is; empty if none does."""
    trusted = owners()
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        if trusted is not None and status.st_uid not in trusted:
            return f"{path} belongs to another user (uid {status.st_uid})"
        if trusted is not None and status.st_mode & stat.S_IWOTH and not stat.S_ISLNK(status.st_mode):
            return f"every user of this machine may write to {path}"
    return ""


def _allowed(settings: Settings, place: _Place) -> Sequence[str]:
    folder = files.user_folder(*_STATE)
    if not folder or _lies_below(folder, place.root) or not _is_private(folder):
        return ()
    wanted = {"file": place.file, "sha256": settings.digest}
    found = [entry.get("python") for entry in _entries(folder) if wanted.items() <= entry.items()]
    return found[0] if found and isinstance(found[0], list) else ()


def _entries(folder: str) -> list[Mapping[str, object]]:
    """What was allowed; nothing where the file is damaged or not the user's own, so that it is asked for again."""
    path = os.path.join(folder, "trusted.json")
    with contextlib.suppress(OSError, ValueError, RecursionError, TypeError, KeyError):
        document = json.loads(files.read(path)) if _is_private(path) else {}
        if document["schema"] == SCHEMA:
            return [entry for entry in document["allowed"] if isinstance(entry, dict)]
    return []


def _is_private(path: str) -> bool:
    with contextlib.suppress(OSError):
        status = os.stat(path)
        trusted = owners()
        return trusted is None or (status.st_uid in trusted and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    return False
