"""The installed distributions of any interpreter, read by importlib_metadata over the search path that it reports.

Names are those of metadata folders; a file in one is checked before it is read, and read up to a bound, since metadata
may be damaged, exchanged for a FIFO or a device, or ten gigabytes long.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import json
import os
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple, Optional, Union
from urllib.parse import unquote, urlparse

from packaging.utils import canonicalize_name

from kdoctor import files
from kdoctor.environment.model import Distribution
from kdoctor.versions import is_version

_FINDERS, _FIND = list(sys.meta_path), vars(importlib.machinery.PathFinder).get("find_distributions")
import importlib_metadata  # noqa: E402

# Its import puts a finder of its own in the place of Python's. In a notebook this process is the user's kernel, whose
# importlib.metadata must answer as before; here the finder is asked directly.
sys.meta_path[:] = _FINDERS
if _FIND is not None:
    importlib.machinery.PathFinder.find_distributions = _FIND  # type: ignore[method-assign]

LONGEST_VALUE = 100  # characters of a value that is shown; one that is longer is none that anybody meant
OWNERS = {
    "tensorflow": ("tensorflow", "tf-nightly", "intel-tensorflow"),
    "tf_keras": ("tf-keras",),
    "keras": ("keras",),
    "kdoctor": ("kdoctor", "keras-doctor"),
}
"""Import packages that more than one distribution writes to, and how the names of those distributions begin. Only these
are asked whether they did, each for that package only: a RECORD can be megabytes long."""

MOST_RECORD = 32 * files.MIB  # bytes of a RECORD; that of TensorFlow 2.16 has 3 MiB without any compiled file in it
_WATCHED = re.compile(
    r"(tensorflow|keras|tf-keras|tf-nightly|tf-models|intel-tensorflow|tensorboard|tb-nightly)(-.*)?"
    r"|scikeras|tfp-nightly|transformers|numpy|protobuf|h5py|ml-dtypes|optree|namex|packaging|wrapt|typing-extensions"
    r"|jax|jaxlib|jax-metal|torch|openvino|kdoctor|keras-doctor|setuptools|scipy|pandas|onnx|tf2onnx"
)
_BEGINNINGS = {"INSTALLER": 80, "WHEEL": 4096}  # bytes that are enough of a metadata file
_MAIN = ("METADATA", "PKG-INFO", "")  # where importlib_metadata looks for name and version


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


class Found(NamedTuple):
    """One installed distribution that matters here."""

    distribution: Distribution
    project: str  # the project's folder of an editable installation; empty for any other


def find(folders: Sequence[str], reader: Reader) -> tuple[list[Found], tuple[str, ...]]:
    """The distributions that matter, in the order of the search path, and the normalised names of all."""
    for folder in folders:
        reader.try_folder(folder)  # importlib_metadata passes over one that it cannot list
    position = {folder: number for number, folder in enumerate(folders)}
    everything = [
        _Metadata(found, reader)
        for found in importlib_metadata.MetadataPathFinder().find_distributions(
            importlib_metadata.DistributionFinder.Context(path=list(folders))  # type: ignore[no-untyped-call]
        )
        if isinstance(found, importlib_metadata.PathDistribution)
    ]
    everything.sort(key=lambda found: (position.get(found.location, len(position)), found.entry))
    return (
        [_described(found) for found in everything if _WATCHED.fullmatch(found.project_name)],
        tuple(sorted({str(canonicalize_name(found.spelled)) for found in everything})),
    )


class _Metadata(importlib_metadata.PathDistribution):
    """A metadata folder (or ``.egg-info`` file) of which only regular files of a bounded size are opened."""

    def __init__(self, found: importlib_metadata.PathDistribution, reader: Reader) -> None:
        super().__init__(found._path)
        self.folder = str(found._path)
        self.location, self.entry = os.path.split(self.folder)
        stem = self.entry.rpartition(".")[0]
        self.spelled = stem.split("-")[0]
        self.is_leftover = stem.startswith(("~", "-"))
        self.project_name: str = canonicalize_name(stem.lstrip("~-").split("-")[0])
        if self.is_leftover:
            # pip renames `tensorflow` to `~ensorflow` (and on a clash `~nsorflow`, ...) while it replaces it.
            whole = ("tensorflow", "tf-keras", "keras", "numpy")
            self.project_name = next((known for known in whole if known.endswith(self.project_name)), self.project_name)
        self.main = Reader()
        """For the file that holds name and version: that it cannot be read is a fact of the distribution."""
        self.has_main = False
        self.others = reader

    def read_text(self, filename: Union[str, os.PathLike[str]]) -> Optional[str]:
        """The text of one of its files, by name; None where it is missing or not read."""
        name = os.fspath(filename)
        if not name and os.path.isdir(self.folder):
            return None
        reader = self.main if name in _MAIN else self.others
        path = os.path.join(self.folder, name) if name else self.folder
        text = reader.text(path, _BEGINNINGS.get(name, files.MOST_METADATA), beginning=name in _BEGINNINGS)
        self.has_main |= name in _MAIN and text is not None
        return text


def no_version(spelled: str) -> str:
    """Why nothing can be judged by what stands where a version should; empty where it is one."""
    return "" if is_version(spelled) else f"its version {spelled!r} is not a version"


def _described(found: _Metadata) -> Found:
    headers = None
    with contextlib.suppress(FileNotFoundError):  # newer releases of importlib_metadata raise it where there is none
        headers = found.metadata

    def header(name: str) -> str:
        return ((headers.get(name) if headers else None) or "").strip()[:LONGEST_VALUE]

    version, is_folder = header("Version"), os.path.isdir(found.folder)
    if found.is_leftover:
        problem = "left over from an interrupted upgrade"
    elif found.main.unread:
        problem = f"metadata cannot be read ({next(iter(found.main.unread.values()))})"
    elif not found.has_main:
        problem = "metadata is missing"  # an interrupted uninstall leaves a folder without the file
    elif not version or not header("Name"):
        problem = "metadata cannot be read"
    else:
        problem = no_version(version)
    package = next((package for package, names in OWNERS.items() if found.project_name.startswith(names)), "")
    project = _editable_project(found) if is_folder else ""
    tag = re.search(r"^Tag: *([^-\s]+)", (package and found.read_text("WHEEL")) or "", re.M)
    requires = (found.requires or ()) if package and headers else ()
    return Found(
        Distribution(
            name=found.project_name,
            version=version,
            location=found.location,
            problem=problem,
            editable=bool(project),
            installer=(found.read_text("INSTALLER") or "").strip() if is_folder else "",
            owns=(package,) if package and is_folder and _owns(found.folder, package, found.others) else (),
            requires=tuple(line for line in requires if "extra ==" not in line),
            requires_python=header("Requires-Python"),
            python_tag=tag.group(1)[:LONGEST_VALUE] if tag else "",
        ),
        project,
    )


def _owns(folder: str, package: str, reader: Reader) -> bool:
    """Whether the distribution of a metadata folder wrote a package; parsing its RECORD as CSV would take a second."""
    record = reader.text(os.path.join(folder, "RECORD"), MOST_RECORD)
    if record is None:
        listed = (reader.text(os.path.join(folder, "top_level.txt")) or "").split()
        return package in listed and os.path.exists(os.path.join(os.path.dirname(folder), package))
    return re.search(rf"^{package}(?:[/\\]__init__)?\.py,", record, re.M) is not None


def _editable_project(found: _Metadata) -> str:
    """The project's folder of an editable installation (PEP 610); empty for any other."""
    text = found.read_text("direct_url.json")
    if not text:
        return ""
    try:
        origin = json.loads(text, parse_int=files.integer)
        kind = origin.get("dir_info") if isinstance(origin, dict) else None
        if not isinstance(kind, dict) or not kind.get("editable"):
            return ""
        project = unquote(urlparse(str(origin.get("url", ""))).path)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "not what PEP 610 asks for"
        found.others.unread[os.path.join(found.folder, "direct_url.json")] = reason
        return ""
    return project[1:] if re.match(r"/[A-Za-z]:", project) else project
