"""Environments to examine: fake ones on disk, and the real ones of the laboratory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import packaging.requirements  # noqa: F401  here, since the fake folders of packages lack what kdoctor depends on
import pytest

from tests.environment.sites import Site
from tests.lab.environments import VISITED, Builder, NoInterpreter


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
def environment_python(builder: Builder) -> Callable[[str], str]:
    """The interpreter of a real environment, built unless it stands already."""

    def python_of(identifier: str) -> str:
        try:
            return str(builder.python(next(found for found in VISITED if found.id == identifier)))
        except NoInterpreter as reason:
            pytest.skip(str(reason))

    return python_of
