"""Installs in the examined environment itself, so that it is afterwards the old one or the new one.

What is installed is first kept as links in a folder of the environment, next to a journal that says how far it is. The
installer runs under a process that outlives this one: killed at any time, it still comes to the end, or back to what
was there. Should that process be killed too, the next run finds the journal.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Optional

from kdoctor import files
from kdoctor.environment.installers import is_conda
from kdoctor.environment.model import Environment, Interpreter
from kdoctor.environment.steps import UNFINISHED
from kdoctor.errors import UsageError
from kdoctor.processes import Family
from kdoctor.remedies.prove import InstallError, link, run

_RECORDING, _INSTALLING, INSTALLED, RESTORED = "recording", "installing", "installed", "restored"
_NAME = re.compile(r"kept-\d+")
_PROJECT_FILES = ("pyproject.toml", "poetry.lock", "pdm.lock", "uv.lock", "pixi.lock", "pixi.toml")


@dataclass(frozen=True)
class Journal:
    """How far an installation is, and what stood there before; kept in the environment while it lasts."""

    prefix: str
    what: str  # is installed: for the sentence that says so
    pid: int = 0  # the process that is at work
    state: str = _RECORDING
    problem: str = ""  # why it was not installed
    kept: tuple[tuple[str, str], ...] = ()  # folders and files, each with its name among what is kept

    @property
    def folder(self) -> str:
        """Where journal and copies are."""
        return os.path.join(self.prefix, UNFINISHED)

    @property
    def at_work(self) -> bool:
        """Whether the process that writes it is still there."""
        if not self.pid or self.state in (INSTALLED, RESTORED):
            return False
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            return True
        except OSError:
            return False
        return True

    @property
    def said(self) -> str:
        """What became of it, as a later run says it."""
        if self.at_work:
            return f"kdoctor fix is installing {self.what} here at this moment (process {self.pid})."
        ended = f"An earlier kdoctor fix, which installs {self.what}, did not come to its end: "
        if self.state == _RECORDING:
            return ended + "nothing was changed."
        if self.state == _INSTALLING:
            return ended + "packages may be missing. kdoctor fix --apply --environment puts back what was there."
        return ended + ("it is installed." if self.state == INSTALLED else "what was there before is back.")

    def saved(self, **changes: Any) -> Journal:
        """The same with these changes, written as a whole."""
        new = replace(self, **changes)
        files.write(os.path.join(self.folder, "journal.json"), json.dumps(asdict(new)).encode())
        return new


def unfinished(environment: Environment) -> Optional[Journal]:
    """What an earlier run left behind; None where it left nothing."""
    prefix = environment.interpreter.prefix
    folder = os.path.join(prefix, UNFINISHED)
    try:
        raw = json.loads(files.read(os.path.join(folder, "journal.json")))
        kept = tuple((str(path), str(name)) for path, name in raw["kept"])
        journal = Journal(**{**raw, "prefix": prefix, "kept": kept})
        is_ours = all(_is_ours(path, name, prefix) for path, name in kept)
        return journal if is_ours and isinstance(journal.pid, int) else None
    except files.Unreadable as reason:  # it may have ended before it was written
        return Journal(prefix, "packages") if reason.missing and os.path.isdir(folder) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_ours(path: str, name: str, prefix: str) -> bool:
    """Whether it is a place that is kept: nothing else is ever replaced, whatever a journal says."""
    inside = os.path.normpath(path).startswith(os.path.realpath(prefix) + os.sep)
    return bool(_NAME.fullmatch(name)) and (inside or os.path.basename(path) in _PROJECT_FILES)


def refuse(environment: Environment) -> None:
    """Stop where nothing may be installed, or what is there could not be put back.

    Raises:
        UsageError: with the reason.
    """
    interpreter = environment.interpreter
    plan = "kdoctor fix prints the lines to run yourself."
    if is_conda(environment):
        raise UsageError(f"conda's packages are in use here, which kdoctor cannot put back. {plan}")
    if interpreter.manager == "system" or not (interpreter.venv or interpreter.manager in ("conda", "pixi")):
        raise UsageError(f"{interpreter.executable} is not the Python of a virtual environment. {plan}")
    local = ", ".join(_not_from_an_index(environment))
    if local:
        raise UsageError(f"No package index has what is installed here, so that it is not on record: {local}. {plan}")
    journal = unfinished(environment)
    if journal and journal.at_work:
        raise UsageError(journal.said)


def _not_from_an_index(environment: Environment) -> Iterator[str]:
    """Packages that were installed from a folder, a file or a repository (PEP 610)."""
    for site in environment.search_path:
        for path in sorted(glob.glob(os.path.join(glob.escape(site), "*.dist-info", "direct_url.json"))):
            folder, kind = os.path.dirname(path), "of unknown origin"
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
                origin = json.loads(files.read(path))
                kind = "editable" if origin.get("dir_info", {}).get("editable") else str(origin["url"])
                if "archive_info" in origin and kind.startswith("http"):
                    continue
            with contextlib.suppress(OSError):
                if files.read(os.path.join(folder, "INSTALLER")).strip() == b"conda":
                    continue  # it says where it was built
            yield f"{os.path.basename(folder).partition('-')[0]} ({kind})"
        for path in sorted(glob.glob(os.path.join(glob.escape(site), "*.egg-link"))):
            yield f"{os.path.basename(path)[: -len('.egg-link')]} (editable)"


def tidy(journal: Journal) -> None:
    """Remove journal and copies, where nothing is left to put back."""
    if journal.state != _INSTALLING and not journal.at_work:
        shutil.rmtree(journal.folder, ignore_errors=True)


def install(
    commands: Sequence[Sequence[str]], what: str, environment: Environment, environ: Mapping[str, str]
) -> Journal:
    """Carry out the commands, or put back what was there; the journal says which.

    Args:
        commands: of the installer, word by word.
        what: is installed, in words.
        environment: where.
        environ: the variables that the installer runs with.

    Raises:
        OSError: the folder for the journal cannot be made.
    """
    interpreter = environment.interpreter
    start = Journal(interpreter.prefix, what, os.getpid(), kept=tuple(_to_keep(environment)))
    os.makedirs(start.folder, exist_ok=True)
    start = start.saved()
    if not hasattr(os, "fork"):
        return _carry_out(start, commands, interpreter, environ)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()  # a Ctrl-C and the end of the terminal are for the other process
            signal.signal(signal.SIGTERM, _stop)
            _carry_out(start, commands, interpreter, environ)
        finally:
            os._exit(0)
    try:
        os.waitpid(pid, 0)
    except BaseException:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        raise
    journal = unfinished(environment) or start
    if journal.state in (_RECORDING, _INSTALLING):  # it was killed
        return undo(journal)
    return journal


def undo(journal: Journal) -> Journal:
    """Put back what was there before."""
    if journal.state != _RECORDING:
        _restore(journal)
    return journal.saved(state=RESTORED)


def _stop(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what follows puts back what was there
    raise InstallError("it was ended")


def _carry_out(
    journal: Journal, commands: Sequence[Sequence[str]], interpreter: Interpreter, environ: Mapping[str, str]
) -> Journal:
    """Keep what is there, then install; back to the former if that fails."""
    try:
        journal = journal.saved(pid=os.getpid())
        for path, name in journal.kept:
            _copy(path, os.path.join(journal.folder, name))
        journal = journal.saved(state=_INSTALLING)
        with Family() as family:
            for words in commands:
                run(words, environ, family, interpreter.project)
        return journal.saved(state=INSTALLED)
    except (InstallError, OSError) as error:
        return undo(replace(journal, problem=str(error)))


def _to_keep(environment: Environment) -> Iterator[tuple[str, str]]:
    """The folders of packages and programs, and the files that say what a project needs."""
    interpreter = environment.interpreter
    prefix = os.path.realpath(interpreter.prefix)
    names = ("site-packages", "dist-packages")
    sites = [one for one in map(os.path.realpath, environment.search_path) if os.path.basename(one) in names]
    scripts = [os.path.join(prefix, name) for name in ("bin", "Scripts")]
    project = [os.path.join(interpreter.project, name) for name in _PROJECT_FILES] if interpreter.project else []
    for number, path in enumerate(dict.fromkeys((*sites, *scripts, *project))):
        if os.path.exists(path) and (path in project or path.startswith(prefix + os.sep)):
            yield path, f"kept-{number}"


def _copy(source: str, target: str) -> None:
    _remove(target)
    if os.path.isdir(source):
        os.mkdir(target)
        link(source, target, ways=(os.link,))
    else:
        shutil.copy2(source, target)  # an editor may write into it


def _restore(journal: Journal) -> None:
    """Put back what was kept; begun anew if it was broken off."""
    for path, name in journal.kept:
        new, old = f"{path}.kdoctor-new", f"{path}.kdoctor-old"
        _copy(os.path.join(journal.folder, name), new)
        _remove(old)
        with contextlib.suppress(OSError):  # some file systems of containers rename no folder of the image
            os.rename(path, old)
        _remove(path)
        os.rename(new, path)
        _remove(old)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
