"""Environments to examine: fake ones on disk, and real ones that `uv` builds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environment.sites import Site

REAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "tf213": ("3.11", ("tensorflow==2.13.1",)),
    "tf2151": ("3.11", ("tensorflow==2.15.1",)),
    "tf2151-k305": ("3.11", ("tensorflow==2.15.1", "keras==3.0.5")),
    "tf2161-notfk": ("3.11", ("tensorflow==2.16.1", "keras==3.0.5")),
    "tf217": ("3.11", ("tensorflow==2.17.0", "keras==3.4.1", "tf-keras==2.17.0")),
    "tf217-np22": ("3.11", ("tensorflow==2.17.0", "numpy==2.2.6")),
    "tf218-k2": ("3.11", ("tensorflow==2.18.0", "keras==2.15.0")),
    "tf218-skew": ("3.11", ("tensorflow==2.18.0", "tf-keras==2.16.0")),
    "tf221": ("3.11", ("tensorflow==2.21.0", "keras==3.15.1", "tf-keras==2.21.0")),
    "jax": ("3.11", ("keras", "jax")),
    "py39": ("3.9", ("tensorflow==2.12.1",)),
    "empty": ("3.11", ()),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty folder of packages, which this interpreter has in place of its own."""
    site = Site(tmp_path / "lib" / "site-packages")
    own = [entry for entry in sys.path if entry and "site-packages" not in entry and entry != os.getcwd()]
    standard = [entry for entry in own if entry.startswith((sys.base_prefix, sys.base_exec_prefix))]
    monkeypatch.setattr(sys, "path", [str(site.folder), *standard])
    return site


@pytest.fixture
def working_folder(tmp_path: Path) -> Path:
    """The folder that programs are started in."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def plain_environ(tmp_path: Path) -> dict[str, str]:
    """Variables of a user who has set none that matter."""
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "USERPROFILE": str(home), "PATH": os.environ.get("PATH", "")}


@pytest.fixture(scope="session")
def environment_python(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The interpreter of a real environment: from the folder that KDOCTOR_LAB names, or built with `uv` on the spot."""
    made = os.environ.get("KDOCTOR_LAB", "")
    folder = tmp_path_factory.mktemp("environments")

    def python_of(name: str) -> str:
        there = Path(made) / name / "bin" / "python" if made else None
        if there and there.exists():
            return str(there)
        python = folder / name / "bin" / "python"
        if not python.exists():
            version, requirements = REAL[name]
            subprocess.run(["uv", "venv", "-q", "--python", version, str(folder / name)], check=True)
            # One after the other, so that a pair that no resolver would allow comes about as it does in life.
            for requirement in requirements:
                options = ["--no-deps"] if requirement != requirements[0] else []
                command = ["uv", "pip", "install", "-q", "--python", str(python), *options, requirement]
                subprocess.run(command, check=True)
        return str(python)

    return python_of
