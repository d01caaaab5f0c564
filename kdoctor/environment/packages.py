"""What stands on a search path under an import name, read from files alone: nothing is imported.

Light on purpose: :mod:`kdoctor.notebook.legacy_keras`, in a notebook's first cell, takes it without the rest.
"""

from __future__ import annotations

import os
import re

from kdoctor import files
from kdoctor.words import LEGACY_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Optional

LOADER_PARTS = {
    "keras": ("_tf_keras/keras", "api/_v2/keras"),
    "tf_keras": ("api/_v2/keras",),
    "tensorflow": ("keras", "_api/v2/keras"),
}
"""The folders that TensorFlow's ``__path__`` leads to when ``tensorflow.keras`` is imported."""

OWNERS = {
    "tensorflow": ("tensorflow", "tf-nightly", "intel-tensorflow"),
    "tf_keras": ("tf-keras",),
    "keras": ("keras",),
    "kdoctor": ("kdoctor", "keras-doctor"),
}
"""Import packages that more than one distribution writes to, and how the names of those distributions begin. Only these
are asked whether they did, each for that package only: a RECORD can be megabytes long."""

MOST_RECORD = 32 * files.MIB  # bytes of a RECORD; that of TensorFlow 2.16 has 3 MiB without any compiled file in it

_GENERATED_CODE = {"tensorflow": "core/framework/attr_value_pb2.py", "tf_keras": "protobuf/saved_metadata_pb2.py"}
"""Files that protobuf's compiler wrote, and that are imported with the package; they refuse an older protobuf."""

_VERSION_LINE = re.compile(
    r"""^(?:__version__|version|short_version)(?:[ \t]*:[ \t]*str)?[ \t]*=[ \t]*["']([^"'\n]+)["']""", re.M
)
LONGEST_VALUE = 100  # characters of a value that is shown; one that is longer is none that anybody meant


class Reader:
    """Reads files, and remembers those that are there and cannot be read."""

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}  # the reasons, by path

    def text(self, path: str, most: int = files.MOST_METADATA, *, beginning: bool = False) -> Optional[str]:
        """The text of a file, or of its first ``most`` bytes; None where it is missing or not read."""
        try:
            return files.read(path, most, beginning=beginning).decode("utf-8", "replace")
        except files.Unreadable as error:
            if not error.missing:
                self.unread[path] = error.reason
            return None

    def try_folder(self, folder: str) -> None:
        """Remember a folder that cannot be listed."""
        try:
            os.scandir(folder).close()
        except (OSError, ValueError) as error:
            self.unread[folder] = getattr(error, "strerror", None) or str(error)


def module_on(folders: Iterable[str], name: str, suffixes: Sequence[str]) -> str:
    """The path of what ``import name`` would find in the first of these folders that has it, regular packages and files
    only; else empty.
    """
    for folder in folders:
        package = os.path.join(folder, name)
        if any(os.path.isfile(os.path.join(package, "__init__" + suffix)) for suffix in suffixes):
            return package
        found = next((package + suffix for suffix in suffixes if os.path.isfile(package + suffix)), "")
        if found:
            return found
    return ""


def parts_of(path: str, name: str) -> tuple[str, ...]:
    """Which of the folders that TensorFlow's loader looks for a package has."""
    return tuple(part for part in LOADER_PARTS.get(name, ()) if os.path.isfile(os.path.join(path, part, "__init__.py")))


def source_version(path: str, name: str, reader: Reader) -> str:
    """The version that the source of a package gives itself, without executing it; empty where it gives none."""
    if not os.path.isdir(path):
        return ""
    if name == "tensorflow":
        public = os.path.join(path, "include", "tensorflow", "core", "public")
        for header in ("release_version.h", "version.h"):
            text = reader.text(os.path.join(public, header), 4096, beginning=True) or ""
            found = dict(re.findall(r"#define TF_(MAJOR|MINOR|PATCH)_VERSION (\d+)", text))
            if len(found) == 3:
                suffix = re.search(r'#define TF_VERSION_SUFFIX "([^"]*)"', text)
                numbers = ".".join(found[part] for part in ("MAJOR", "MINOR", "PATCH"))
                return (numbers + (suffix.group(1) if suffix else ""))[:LONGEST_VALUE]
        return ""
    for file in ("src/version.py", "version.py", "__init__.py"):
        line = _VERSION_LINE.search(reader.text(os.path.join(path, *file.split("/"))) or "")
        if line:
            return line.group(1)[:LONGEST_VALUE]
    return ""


def protobuf_of(path: str, name: str, reader: Reader) -> str:
    """The protobuf that a package's generated code demands at least; empty where it does not check."""
    if name not in _GENERATED_CODE:
        return ""
    text = reader.text(os.path.join(path, *_GENERATED_CODE[name].split("/")), 2048, beginning=True) or ""
    found = re.search(r"^# Protobuf Python Version: (\S+)", text, re.M)
    return found.group(1)[:LONGEST_VALUE] if found and "ValidateProtobufRuntimeVersion" in text else ""


def loader_of(tensorflow: str, reader: Reader) -> tuple[Optional[bool], tuple[str, ...]]:
    """Whether TensorFlow's own loader reads the variable, and the values that it accepts; None where it is not read."""
    text = reader.text(os.path.join(tensorflow, "python", "util", "lazy_loader.py"))
    if text is None:
        return None, ()
    # Every part is bounded, since each of many beginnings would else be followed to the end of the file.
    values = re.search(rf"""{LEGACY_VARIABLE}["'][^)]{{0,200}}\)\s{{1,20}}in\s{{1,20}}\(([^)]{{0,200}})\)""", text)
    accepted = re.findall(r"""["']([^"']*)["']""", values.group(1)) if values else []
    return LEGACY_VARIABLE in text, tuple(accepted)


def owns(folder: str, package: str, reader: Reader) -> bool:
    """Whether the distribution of a metadata folder wrote a package; parsing its RECORD as CSV would take a second."""
    record = reader.text(os.path.join(folder, "RECORD"), MOST_RECORD)
    if record is None:
        listed = (reader.text(os.path.join(folder, "top_level.txt")) or "").split()
        return package in listed and os.path.exists(os.path.join(os.path.dirname(folder), package))
    return re.search(rf"^{package}(?:[/\\]__init__)?\.py,", record, re.M) is not None
