"""The real environments of the laboratory: which there are, and how each is built with uv.

``KDOCTOR_LAB`` names a folder in which built environments are kept between runs; without it they are built in a
temporary folder and removed. Interpreters are found as uv finds them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

KEPT_FOLDER = "KDOCTOR_LAB"
INSTALL_SECONDS = 900
BESIDE = ("scipy", "pillow", "tensorflow-hub", "setuptools<81")
"""What some canaries need beside TensorFlow; tensorflow-hub still needs the pkg_resources of an older setuptools."""


class NoInterpreter(Exception):  # noqa: N818  a reason to skip, not an error
    """uv finds no Python of that version on this machine."""


class InstallFailed(Exception):  # noqa: N818  for a record it is an answer
    """The packages cannot be installed together; the text says why."""


@dataclass(frozen=True)
class LabEnvironment:
    """An environment that can be built."""

    id: str
    python: str
    requirements: tuple[str, ...] = ()
    overlay: tuple[str, ...] = ()
    """Put over them afterwards without their dependencies: pairs that no resolver would choose."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Set while it is examined."""
    prereleases: bool = False
    walked: bool = False
    """Whether its public API is recorded: of each release from one environment, all on the same Python."""

    @property
    def signature(self) -> str:
        """Changes with anything that decides what is installed."""
        what = repr((self.python, self.requirements, self.overlay, self.prereleases))
        return hashlib.sha256(what.encode()).hexdigest()[:12]


# ------------------------------------------------------------------------------------- the run is tested on these


def _with_keras_3(tensorflow: str, keras: str, tf_keras: str = "", python: str = "3.11") -> LabEnvironment:
    requirements = [f"tensorflow=={tensorflow}", f"keras=={keras}"]
    if tf_keras:
        requirements.append(f"tf-keras=={tf_keras}")
    name = f"tensorflow-{tensorflow}-keras-{keras}" + ("" if tf_keras else "-without-tf-keras")
    return LabEnvironment(name, python, tuple(requirements))


VISITED = (
    LabEnvironment("tensorflow-2.13.1", "3.11", ("tensorflow==2.13.1",)),
    LabEnvironment("tensorflow-2.15.1", "3.11", ("tensorflow==2.15.1",)),
    LabEnvironment(
        "tensorflow-2.15.1-keras-3.0.5", "3.11", ("tensorflow==2.15.1", "namex", "rich", "dm-tree"), ("keras==3.0.5",)
    ),
    _with_keras_3("2.16.2", "3.3.3", "2.16.0"),
    _with_keras_3("2.16.1", "3.0.5"),
    _with_keras_3("2.17.0", "3.4.1", "2.17.*"),
    _with_keras_3("2.18.0", "3.8.0", "2.18.*"),
    LabEnvironment(
        "tensorflow-2.18.0-tf-keras-2.16.0", "3.11", ("tensorflow==2.18.0", "keras==3.8.0"), ("tf-keras==2.16.0",)
    ),
    _with_keras_3("2.19.0", "3.10.0", "2.19.*"),
    _with_keras_3("2.20.0", "3.12.0", "2.20.*"),
    _with_keras_3("2.21.0", "3.15.1", "2.21.*"),
    LabEnvironment("tensorflow-2.17.0-numpy-2.2", "3.11", ("tensorflow==2.17.0", "keras==3.4.1"), ("numpy==2.2.*",)),
    LabEnvironment("tensorflow-2.18.0-keras-2.15.0", "3.11", ("tensorflow==2.18.0",), ("keras==2.15.0",)),
    LabEnvironment("keras-jax", "3.11", ("keras>=3.15,<3.16", "jax"), variables={"KERAS_BACKEND": "jax"}),
    LabEnvironment("python-3.9-tensorflow-2.12.1", "3.9", ("tensorflow==2.12.1",)),
    LabEnvironment("python-3.13-tensorflow-2.20.0", "3.13", ("tensorflow==2.20.0", "keras==3.13.*")),
    LabEnvironment("empty", "3.11"),
)

# ------------------------------------------------------------------------------------ the table is recorded on these


def _release(
    name: str, tensorflow: str, keras: str = "", tf_keras: bool = True, python: str = "3.11", walked: bool = False
) -> LabEnvironment:
    requirements = [f"tensorflow~={tensorflow}.0", *BESIDE]  # unlike ==2.13.*, this lets no release candidate in
    if keras:
        requirements.append(f"keras~={keras}.0")
    # From 0.16 on tensorflow-hub brings a tf-keras of 2.15 with it, which is none of these TensorFlows' own.
    requirements.append(f"tf-keras~={tensorflow}.0" if tf_keras else "tensorflow-hub<0.16")
    return LabEnvironment(name, python, tuple(requirements), walked=walked)


_TENSORFLOW_OF_KERAS = {
    "3.0": "2.16",
    "3.1": "2.16",
    "3.2": "2.16",
    "3.3": "2.16",
    "3.4": "2.17",
    "3.5": "2.17",
    "3.6": "2.18",
    "3.7": "2.18",
    "3.8": "2.18",
    "3.9": "2.19",
    "3.10": "2.19",
    "3.11": "2.20",
    "3.12": "2.20",
    "3.13": "2.20",
    "3.14": "2.21",
    "3.15": "2.21",
}
"""Each minor release of Keras 3 under a TensorFlow of its time."""

RECORDED = (
    _release("tensorflow-2.12", "2.12", tf_keras=False, walked=True),
    _release("tensorflow-2.13", "2.13", tf_keras=False, walked=True),
    _release("tensorflow-2.14", "2.14", tf_keras=False, walked=True),
    _release("tensorflow-2.15", "2.15", walked=True),
    *(_release(f"keras-{keras}", tensorflow, keras, walked=True) for keras, tensorflow in _TENSORFLOW_OF_KERAS.items()),
    LabEnvironment(
        "keras-3.0-tensorflow-2.15",
        "3.11",
        ("tensorflow~=2.15.0", "tf-keras~=2.15.0", *BESIDE, "namex", "rich", "dm-tree"),
        ("keras==3.0.5",),
    ),
    # One Keras under several TensorFlows, for what depends on TensorFlow rather than on Keras.
    _release("keras-3.15-tensorflow-2.17", "2.17", "3.15"),
    _release("keras-3.15-tensorflow-2.19", "2.19", "3.15"),
    LabEnvironment(
        "tensorflow-2.18-tf-keras-2.16", "3.11", ("tensorflow~=2.18.0", "keras~=3.8.0", *BESIDE), ("tf-keras==2.16.0",)
    ),
    _release("python-3.9-tensorflow-2.12", "2.12", tf_keras=False, python="3.9"),
    _release("python-3.13-tensorflow-2.20", "2.20", "3.13", python="3.13"),
    LabEnvironment("keras-3.15-jax", "3.11", ("keras~=3.15.0", "jax"), variables={"KERAS_BACKEND": "jax"}),
)

NIGHTLY = LabEnvironment(
    "nightly", "3.12", ("tf-nightly", "keras-nightly", "tf-keras-nightly", *BESIDE[:2]), prereleases=True
)


def recorded_with(newest_tensorflow: str, newest_keras: str) -> tuple[LabEnvironment, ...]:
    """The environments to record, with those for minor releases that came after the last one declared here."""
    newest = _minor_numbers(newest_tensorflow)
    last_tensorflow = max(_minor_numbers(value) for value in _TENSORFLOW_OF_KERAS.values())
    last_keras = max(_minor_numbers(value) for value in _TENSORFLOW_OF_KERAS)
    new_tensorflows = [f"2.{number}" for number in range(last_tensorflow[1] + 1, newest[1] + 1)]
    new_kerases = [f"3.{number}" for number in range(last_keras[1] + 1, _minor_numbers(newest_keras)[1] + 1)]
    return (
        *RECORDED,
        *(_release(f"tensorflow-{number}", number, walked=True) for number in new_tensorflows),
        *(_release(f"keras-{number}", f"2.{newest[1]}", number, walked=True) for number in new_kerases),
    )


def _minor_numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


# -------------------------------------------------------------------------------------------------------- building


def newest(package: str) -> str:
    """The newest release of a package that the registry serves, as the resolver sees it."""
    resolved = _uv(
        ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", "3.11", "-"], package
    )
    found = re.search(rf"^{re.escape(package)}==(\S+)", resolved, re.MULTILINE)
    if not found:
        raise InstallFailed(f"the resolver does not say which {package} is the newest")
    return found.group(1)


class Builder:
    """Builds environments into a folder, and removes those that it built unless they are to be kept."""

    def __init__(self, folder: Path, keep: bool) -> None:
        self.folder = folder
        self.keep = keep
        self.built: list[str] = []

    def python(self, environment: LabEnvironment) -> Path:
        """The interpreter of an environment, built now unless it stands there complete.

        Raises:
            NoInterpreter: there is no such Python on this machine.
            InstallFailed: the packages cannot be installed together.
        """
        folder = self.folder / environment.id
        complete = folder / "complete"
        if not (complete.exists() and complete.read_text() == environment.signature):
            shutil.rmtree(folder, ignore_errors=True)
            self.built.append(environment.id)
            self._build(environment, folder)
            complete.write_text(environment.signature)
        return interpreter_of(folder)

    def _build(self, environment: LabEnvironment, folder: Path) -> None:
        try:
            _uv(["venv", "--quiet", "--python", environment.python, str(folder)])
        except InstallFailed as error:
            raise NoInterpreter(f"no Python {environment.python}: {error}") from error
        python = str(interpreter_of(folder))
        install = ["pip", "install", "--quiet", "--python", python]
        if environment.prereleases:
            install.append("--prerelease=allow")
        if environment.requirements:
            _uv([*install, *environment.requirements])
        if environment.overlay:
            _uv([*install, "--no-deps", *environment.overlay])

    def remove(self, environment: LabEnvironment) -> None:
        """Take away an environment that was built here, unless environments are kept."""
        if not self.keep and environment.id in self.built:
            shutil.rmtree(self.folder / environment.id, ignore_errors=True)


@contextlib.contextmanager
def kept_or_temporary(keep: bool) -> Iterator[Builder]:
    """Builds into the folder that is kept between runs, or into one that goes away."""
    kept = os.environ.get(KEPT_FOLDER)
    if kept:
        yield Builder(Path(kept), keep)
        return
    with tempfile.TemporaryDirectory(prefix="kdoctor-lab-", ignore_cleanup_errors=True) as folder:
        yield Builder(Path(folder), keep=False)


def variables_for(environment: LabEnvironment) -> dict[str, str]:
    """Those of this process but for what decides which Keras answers, and what this environment is examined with."""
    foreign = {"TF_USE_LEGACY_KERAS", "KERAS_BACKEND", "KERAS_HOME", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    variables = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**variables, **environment.variables}


def interpreter_of(folder: Path) -> Path:
    """The interpreter in a virtual environment's folder."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _uv(arguments: list[str], given: Optional[str] = None) -> str:
    """Run uv; returns what it prints.

    Raises:
        InstallFailed: with what uv said, without the addresses and folders of this machine.
    """
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        ["uv", *arguments],
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environ,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        raise InstallFailed(reason_from(done.stderr))
    return done.stdout


def reason_from(said: str) -> str:
    """The part of uv's words that explains, in one line, fit to be read elsewhere."""
    lines = said.splitlines()
    start = next((number for number, line in enumerate(lines) if re.match(r"\s*(\u00d7|error:)", line)), 0)
    text = re.sub(r"\s+", " ", " ".join(line.strip(" \u00d7│╰─▶├") for line in lines[start:]))
    text = re.sub(r"(https?|file)://\S+", "<address>", text)
    text = re.sub(r"(?<![\w.])(/[\w.@+-]+){2,}", "<path>", text)
    return text.strip()[:400] or "uv failed and did not say why"
