"""Which files of code a path stands for."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kdoctor.environment.model import Lost, Unread

SUFFIXES = (".py", ".pyw", ".ipynb")
SKIPPED = frozenset(
    {".bzr", ".conda", ".direnv", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox"}
    | {".pants.d", ".pixi", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv"}
    | {".virtual_documents", ".virtualenv", ".vscode", "__pycache__", "__pypackages__", "_build", "buck-out", "build"}
    | {"dist", "node_modules", "site-packages", "venv"}
)
"""Folders in which nobody writes code. Below a folder that is named itself, these are skipped too."""
_HERE = os.path.join(os.curdir, "")
"""What stands before the names of files of the working folder, and says nothing."""


class Found(NamedTuple):
    """What paths stand for."""

    files: Sequence[str]
    """Each once, in a stable order."""
    folders: Mapping[str, Sequence[str]]
    """The files that were found in each folder that was asked for."""
    named: frozenset[str]
    """The files that were named themselves."""
    unread: Sequence[Unread]


def find(paths: Iterable[str]) -> Found:
    """The files that paths stand for. A file that is named is always taken; in folders, Python and notebooks are found.

    Args:
        paths: files and folders; ``-`` for standard input.
    """
    found: dict[str, str] = {}
    folders: dict[str, list[str]] = {}
    named: set[str] = set()
    unread: list[Unread] = []
    for path in paths:
        if os.path.isdir(path):
            refused = len(unread)
            inside = folders.setdefault(path, [])
            for file in _walk(path, unread):
                inside.append(os.path.realpath(file))
                found.setdefault(inside[-1], file[2:] if file.startswith(_HERE) else file)
            if not inside:  # a gate that reads nothing would be green for ever
                nothing = "no Python file and no notebook was found in it"
                reason = "nothing in it could be read" if len(unread) > refused else nothing
                unread.append(Unread(path, reason, lost=Lost.ALL))
        elif path == "-" or os.path.lexists(path):
            found[path if path == "-" else os.path.realpath(path)] = path  # as it was named
            named.add(path)
        else:
            unread.append(Unread(path, "no such file or folder", lost=Lost.ALL))
    shown = {folder: [found[file] for file in inside] for folder, inside in folders.items()}
    return Found(list(found.values()), shown, frozenset(named), unread)


def with_packages(some: Collection[str], files: Collection[str]) -> frozenset[str]:
    """These files, and those of the outermost packages in which they are.

    Args:
        some: several of the files.
        files: every file that was found.
    """

    def package(path: str) -> str:
        outermost, folder = "", os.path.dirname(path)
        while folder and os.path.join(folder, "__init__.py") in known:
            outermost, folder = folder, os.path.dirname(folder)
        return outermost

    known = frozenset(files)
    packages = {package(path) for path in some} - {""}
    return frozenset(some).union(path for path in files if packages and package(path) in packages)


def _walk(top: str, unread: list[Unread]) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        unread.append(Unread(str(error.filename), f"cannot be listed: {error.strerror}", lost=Lost.ALL))

    inside = os.path.join(os.path.realpath(top), "")
    for folder, folders, files in os.walk(top, onerror=refuse):
        folders[:] = sorted(name for name in folders if not _is_skipped(folder, name))
        wanted = sorted(name for name in files if name.endswith(SUFFIXES))
        for name in [*folders, *wanted]:
            path = os.path.join(folder, name)
            if os.path.islink(path) and not os.path.realpath(path).startswith(inside):
                # A stranger's repository may have chosen what it leads to.
                why = "a link that leads out of the folder; name it to have it read"
                unread.append(Unread(path, why, lost=Lost.ALL))
            elif name in wanted:
                yield path


def _is_skipped(folder: str, name: str) -> bool:
    """Whether it is a folder of tools, of what was built, or an environment, whatever that is called."""
    path = os.path.join(folder, name)
    is_environment = os.path.exists(os.path.join(path, "pyvenv.cfg")) or os.path.isdir(os.path.join(path, "conda-meta"))
    return name in SKIPPED or is_environment


def own_modules(files: Iterable[str]) -> set[str]:
    """The import names that need no package: Python's own, and what lies in the folders of these files or above them.

    Folders are searched up to the working folder. Python 3.9 has no list of its own modules; the folder is one.
    """
    names = {"", "kdoctor", *sys.builtin_module_names, *getattr(sys, "stdlib_module_names", ())}
    here = os.path.realpath(os.curdir)
    standard = sysconfig.get_paths()["stdlib"]
    folders = {standard, os.path.join(standard, "lib-dynload")}
    for file in files:
        folder = os.path.dirname(os.path.realpath(file))
        while folder not in folders:
            folders.add(folder)
            if folder == here or not folder.startswith(os.path.join(here, "")):
                break
            folder = os.path.dirname(folder)
    for folder in folders:
        with contextlib.suppress(OSError):
            names |= {name.partition(".")[0] for name in os.listdir(folder)}
    return names
