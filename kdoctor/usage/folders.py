"""Which files a path stands for: folders are walked, what version control ignores is passed over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Optional

from kdoctor.model import Lost
from kdoctor.usage.model import Problem

SUFFIXES = (".py", ".ipynb")
SKIPPED = frozenset(
    {".bzr", ".conda", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox"}
    | {".pixi", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv", ".virtual_documents", ".virtualenv"}
    | {"__pycache__", "__pypackages__", "node_modules", "site-packages"}
)


class _IgnoreLine(NamedTuple):
    """One line of a ``.gitignore``, ready to be matched against a path relative to its folder."""

    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool


class _IgnoreFile(NamedTuple):
    folder: str
    lines: tuple[_IgnoreLine, ...]

    def verdict(self, path: str, is_folder: bool) -> Optional[bool]:
        """Whether it ignores (or, with a ``!`` line, keeps) the path; None where it says nothing."""
        relative = os.path.relpath(path, self.folder).replace(os.sep, "/")
        for line in reversed(self.lines):
            if (is_folder or not line.folders_only) and line.pattern.fullmatch(relative):
                return not line.negated
        return None


_HERE = os.path.join(os.curdir, "")
"""What stands before the names of files of the working folder, and says nothing."""


def find_files(paths: Iterable[str]) -> tuple[list[str], list[Problem]]:
    """Every file that these paths stand for, each once, in a stable order.

    A file that is named is always taken; what is found in a folder is a Python file or a notebook that no
    ``.gitignore`` ignores.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        if os.path.isdir(path):
            before = len(problems)
            file = ""
            for file in _walk(path, problems):
                found.setdefault(os.path.realpath(file), file[2:] if file.startswith(_HERE) else file)
            if not file and len(problems) == before:  # a gate that reads nothing would be green for ever
                problems.append(Problem(path, "no Python file and no notebook was found in it", lost=Lost.ALL))
        elif path == "-" or os.path.lexists(path):
            found.setdefault(path if path == "-" else os.path.realpath(path), path)
        else:
            problems.append(Problem(path, "no such file or folder", lost=Lost.ALL))
    return list(found.values()), problems


def _walk(top: str, problems: list[Problem]) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        problems.append(Problem(str(error.filename), f"cannot be listed: {error.strerror}", lost=Lost.ALL))

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
            kept.append(name)
            ignoring[path] = rules
        subfolders[:] = kept
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.endswith(SUFFIXES) and not _ignored(rules, path, False):
                yield path


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
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
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
    line = re.sub(r"^\\([#!])", r"\1", line)
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    line = line.lstrip("/")
    if not line:
        return None
    try:
        pattern = re.compile(("" if anchored else "(?:.*/)?") + _translate(line))
    except re.error:
        return None
    return _IgnoreLine(pattern, negated, folders_only)


def _translate(glob: str) -> str:
    """A regular expression for a glob in which ``*`` does not cross a slash and ``**`` does."""
    out = ""
    position = 0
    while position < len(glob):
        rest = glob[position:]
        if rest.startswith("**/") and (position == 0 or glob[position - 1] == "/"):
            out, position = out + "(?:.*/)?", position + 3
        elif rest == "**" and (position == 0 or glob[position - 1] == "/"):
            out, position = out + ".*", position + 2
        elif rest[0] == "*":
            while position < len(glob) and glob[position] == "*":
                position += 1
            out += "[^/]*"
        elif rest[0] == "?":
            out, position = out + "[^/]", position + 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = glob.index("]", position + 2)
            inside = glob[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out += "[" + ("^" + inside[1:] if inside[0] in "!^" else inside) + "]"
            position = end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            out, position = out + re.escape(rest[1]), position + 2
        else:
            out, position = out + re.escape(rest[0]), position + 1
    return out
