"""The lines in which a project asks for TensorFlow and Keras, so that a fault of the environment has a place.

Files are searched, not parsed: a file that is not valid still has lines, and a lock file of a megabyte is only looked
through.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kdoctor import files
from kdoctor.model import Location

FALLBACK = "pyproject.toml"
"""The file that is named where no file asks for anything."""

_NAMES = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-gpu",
    "tensorflow-macos",
    "tensorflow-intel",
    "tf-nightly",
    "keras",
    "keras-nightly",
    "tf-keras",
    "tf-keras-nightly",
    "tensorflow-addons",
    "tensorflow-hub",
    "tensorflow-probability",
    "tensorflow-text",
    "numpy",
    "protobuf",
    "h5py",
    "ml-dtypes",
    "jax",
    "torch",
)
_LONGEST_TEXT = 200
"""Characters of a line that are shown."""

# In the order in which people look for a dependency: where they write it before where a tool does.
_FILES = (
    re.compile(r"pyproject\.toml"),
    re.compile(r"requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt"),
    re.compile(r"setup\.cfg|setup\.py|Pipfile|pixi\.toml"),
    re.compile(r"environment[^/]*\.ya?ml|conda[^/]*\.ya?ml"),
    re.compile(r"(?:uv|poetry|pdm|pixi|pylock[^/]*|conda-lock)\.(?:lock|toml|yml)|Pipfile\.lock"),
)
_FOLDERS = ("", "requirements")

_NAME = "|".join(sorted((re.escape(name).replace(r"\-", "[-_.]") for name in _NAMES), key=len, reverse=True))
# ``tensorflow==2.17``, ``keras=3.4``, ``"tf-keras~=2.17; extra"``, ``keras = "^3.4"``, ``name = "numpy"``: the
# beginning of a line, after the blanks and dashes of an item. It takes time in proportion to the line, as every
# repetition ends where the next part begins.
_REQUEST = re.compile(
    rf"""(?:install_requires\s*=\s*)?
         (?:name\s*=\s*|[\w-]+::)?                            # a lock file's entry, a channel of conda
         ["']?(?P<name>{_NAME})["']?
         (?:\[[\w\s,.-]*\])?                                  # extras
         \s*(?:[=<>!~^;@,"'\]#:{{]|$)""",
    re.X | re.I,
)
# A list in one line: ``dependencies = ["numpy", "keras>=3"]``.
_LISTED = re.compile(rf"""["'](?P<name>{_NAME})(?:\[[\w\s,.-]*\])?\s*(?:[=<>!~;@][^"']*)?["']""", re.I)


# What names a package and asks for none, in a file that people write.
_ABOUT = re.compile(r"\s*(?:name|keywords|description|classifiers|title|packages)\s*=")


@dataclass(frozen=True)
class Pins:
    """Where the project asks for what."""

    lines: Mapping[str, Location] = field(default_factory=dict)
    """By the normalised name of the distribution."""
    fallback: Location = field(default_factory=lambda: Location(FALLBACK, 1))
    """The first line of the first file that names dependencies."""

    def of(self, *distributions: str) -> Location:
        """The line that asks for the first of these that any line asks for, else the fallback."""
        return next((self.lines[name] for name in distributions if name in self.lines), self.fallback)


def find(folder: str) -> Pins:
    """What the files of ``folder`` ask for; a file that cannot be read is passed over."""
    lines: dict[str, Location] = {}
    fallback = None
    for path in _candidates(folder):
        try:
            text = files.read(os.path.join(folder, path)).decode("utf-8", "replace")
        except files.Unreadable:
            continue
        fallback = fallback or Location(path, 1)
        for name, location in requests(text, path):
            lines.setdefault(name, location)
    return Pins(lines, fallback or Location(FALLBACK, 1))


def requests(text: str, path: str) -> Iterator[tuple[str, Location]]:
    """Each request in the text of a file: the normalised name and the line. Pure."""
    is_locked = _FILES[-1].fullmatch(path.rpartition("/")[2]) is not None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", ";")) or (not is_locked and _ABOUT.match(line)):
            continue
        found = _REQUEST.match(line.lstrip(" \t-"))
        names = [found["name"]] if found else []
        names += [match["name"] for match in _LISTED.finditer(line)]
        for name in dict.fromkeys(names):
            yield re.sub(r"[-_.]+", "-", name).lower(), Location(path, number, text=line.strip()[:_LONGEST_TEXT])


def repository(folder: str) -> str:
    """The folder of the repository that ``folder`` is in, which tools of a forge count paths from; else itself."""
    here = os.path.abspath(folder)
    while True:
        if os.path.exists(os.path.join(here, ".git")):
            return here
        above = os.path.dirname(here)
        if above == here:
            return os.path.abspath(folder)
        here = above


def _candidates(folder: str) -> Iterator[str]:
    """The files that may ask for something, relative to ``folder``, with slashes."""
    listed = []
    for below in _FOLDERS:
        try:
            names = sorted(os.listdir(os.path.join(folder, below)))
        except OSError:
            continue
        # In a folder for requirements any text file is one.
        listed += [(below, name) for name in names if not below or name.endswith((".txt", ".in"))]
    for pattern in _FILES:
        for below, name in listed:
            if pattern.fullmatch(name) or (below and pattern is _FILES[1]):
                yield f"{below}/{name}" if below else name
