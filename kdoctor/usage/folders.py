"""Which files a path stands for: folders are walked, what version control ignores is passed over."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

from kdoctor.files import MOST_METADATA, Unreadable, read
from kdoctor.model import Lost
from kdoctor.usage.model import Problem
from kdoctor.usage.source import SUFFIXES

SKIPPED = frozenset(
    {".bzr", ".conda", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox"}
    | {".pixi", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv", ".virtual_documents", ".virtualenv"}
    | {"__pycache__", "__pypackages__", "node_modules", "site-packages"}
)
_NEVER = re.compile(r"(?!)")
_LEADS_OUT = "a link that leads out of the folder; name it to have it read"


class _IgnoreLine(NamedTuple):
    """One line of a ``.gitignore``, ready to be matched against a path relative to its folder."""

    parts: tuple[Optional[re.Pattern[str]], ...]
    """Of the path, from the folder on; None stands for any number of parts."""
    negated: bool
    folders_only: bool

    def matches(self, path: Sequence[str]) -> bool:
        """Whether it stands for this path. The time is at most the product of the lengths, whatever the line."""
        wanted = self.parts
        position = number = 0
        star, resumed = -1, 0
        while number < len(path):
            one = wanted[position] if position < len(wanted) else _NEVER
            if one is None:
                star, resumed = position, number
                position += 1
            elif one.match(path[number]):
                position += 1
                number += 1
            elif star >= 0:
                resumed += 1
                position, number = star + 1, resumed
            else:
                return False
        return all(one is None for one in wanted[position:])


class _IgnoreFile(NamedTuple):
    folder: str
    lines: tuple[_IgnoreLine, ...]

    def verdict(self, path: str, is_folder: bool) -> Optional[bool]:
        """Whether it ignores (or, with a ``!`` line, keeps) the path; None where it says nothing."""
        relative = os.path.relpath(path, self.folder).split(os.sep)
        for line in reversed(self.lines):
            if (is_folder or not line.folders_only) and line.matches(relative):
                return not line.negated
        return None


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
    problems: Sequence[Problem]


def find_files(paths: Iterable[str]) -> Found:
    """Every file that these paths stand for.

    A file that is named is always taken; what is found in a folder is a Python file or a notebook that no
    ``.gitignore`` ignores.
    """
    found: dict[str, str] = {}
    folders: dict[str, list[str]] = {}
    named: set[str] = set()
    problems: list[Problem] = []
    for path in paths:
        if os.path.isdir(path):
            before = len(problems)
            inside = folders.setdefault(path, [])
            for file in _walk(path, problems):
                inside.append(os.path.realpath(file))
                found.setdefault(inside[-1], file[2:] if file.startswith(_HERE) else file)
            if not inside:  # a gate that reads nothing would be green for ever
                why = "nothing in it could be read" if len(problems) > before else _NOTHING_IN_IT
                problems.append(Problem(path, why, lost=Lost.ALL))
        elif path == "-" or os.path.lexists(path):
            found[path if path == "-" else os.path.realpath(path)] = path  # as it was named
            named.add(path)
        else:
            problems.append(Problem(path, "no such file or folder", lost=Lost.ALL))
    return Found(
        list(found.values()),
        {folder: [found[file] for file in inside] for folder, inside in folders.items()},
        frozenset(named),
        problems,
    )


_NOTHING_IN_IT = "no Python file and no notebook was found in it"


def _walk(top: str, problems: list[Problem]) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        problems.append(Problem(str(error.filename), f"cannot be listed: {error.strerror}", lost=Lost.ALL))

    inside = os.path.join(os.path.realpath(top), "")
    ignoring: dict[str, tuple[_IgnoreFile, ...]] = {top: _ignore_files_above(top)}
    for folder, subfolders, files in os.walk(top, onerror=refuse):
        rules = ignoring.pop(folder, ())
        if ".gitignore" in files:
            rules = (*rules, _read_ignore_file(os.path.join(folder, ".gitignore"), folder))
        kept = []
        for name in sorted(subfolders):
            path = os.path.join(folder, name)
            if name in SKIPPED or os.path.exists(os.path.join(path, "pyvenv.cfg")) or _ignored(rules, path, True):
                continue
            if os.path.isdir(os.path.join(path, "conda-meta")):
                continue
            if _leads_out(path, inside):
                problems.append(Problem(path, _LEADS_OUT, lost=Lost.ALL))
                continue
            kept.append(name)
            ignoring[path] = rules
        subfolders[:] = kept
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith(SUFFIXES) or _ignored(rules, path, False):
                continue
            if _leads_out(path, inside):
                problems.append(Problem(path, _LEADS_OUT, lost=Lost.ALL))
            else:
                yield path


def _leads_out(path: str, inside: str) -> bool:
    """Whether a link of this folder stands for something elsewhere, which a stranger's repository may have chosen."""
    return os.path.islink(path) and not os.path.realpath(path).startswith(inside)


def _ignored(rules: tuple[_IgnoreFile, ...], path: str, is_folder: bool) -> bool:
    for file in reversed(rules):
        verdict = file.verdict(path, is_folder)
        if verdict is not None:
            return verdict
    return False


def _ignore_files_above(top: str) -> tuple[_IgnoreFile, ...]:
    """Those of the repository that ``top`` lies in, outermost first; none outside a repository."""
    found: list[_IgnoreFile] = []
    folder = os.path.abspath(top)
    while True:
        if folder != os.path.abspath(top) and os.path.isfile(os.path.join(folder, ".gitignore")):
            found.append(_read_ignore_file(os.path.join(folder, ".gitignore"), folder))
        if os.path.exists(os.path.join(folder, ".git")):
            exclude = os.path.join(folder, ".git", "info", "exclude")
            if os.path.isfile(exclude):
                found.append(_read_ignore_file(exclude, folder))
            return tuple(reversed(found))
        parent = os.path.dirname(folder)
        if parent == folder:
            return ()
        folder = parent


def _read_ignore_file(path: str, folder: str) -> _IgnoreFile:
    try:
        lines = read(path, MOST_METADATA).decode("utf-8", "replace").splitlines()
    except Unreadable:
        lines = []
    return _IgnoreFile(os.path.abspath(folder), tuple(filter(None, map(_ignore_line, lines))))


def _ignore_line(line: str) -> Optional[_IgnoreLine]:
    """One line in the language of gitignore(5)."""
    if not line.endswith("\\ "):
        line = line.rstrip()
    if not line or len(line) > 1000 or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    if not line.strip("/"):
        return None
    try:
        parts = [_part(part) for part in line.lstrip("/").split("/")]
    except re.error:  # [z-a]
        return None
    if "/" not in line:
        parts.insert(0, None)
    elif parts[-1] is None:  # `a/**` is all that is in it, and not the folder
        parts.append(_part("*"))
    return _IgnoreLine(tuple(parts), negated, folders_only)


def _part(glob: str) -> Optional[re.Pattern[str]]:
    """What one part of a path must be; the expressions of fnmatch take linear time."""
    if glob == "**":
        return None
    glob = re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], glob)
    return re.compile(fnmatch.translate(glob.replace("[^", "[!")))
