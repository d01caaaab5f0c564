"""Distributions as importlib_metadata finds them, and the little that is left inside the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdoctor.environment import distributions, examine, probe
from kdoctor.environment.distributions import Reader
from tests.environment.sites import Site

PROBE = Path(probe.__file__)


def test_an_egg_says_what_it_requires_in_a_file_of_its_own(site: Site) -> None:
    folder = site.folder / "Keras-2.15.0-py3.11.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: Keras\nVersion: 2.15.0\n\nVersion: 9\n")
    (folder / "requires.txt").write_text("h5py\nnumpy<2\n\n[tests]\npytest\n")
    (folder / "top_level.txt").write_text("keras\n")
    site.package("keras")
    found, installed = distributions.find([str(site.folder)], Reader())
    (keras,) = (one.distribution for one in found)
    assert (keras.name, keras.version, keras.problem, keras.owns) == ("keras", "2.15.0", "", ("keras",))
    assert keras.requires == ("h5py", "numpy<2")
    assert installed == ("keras",)


def test_the_order_is_that_of_the_search_path(tmp_path: Path) -> None:
    last, first = Site(tmp_path / "a"), Site(tmp_path / "b")
    for place in (last, first):
        for name in ("tf-keras", "Keras_Hub", "h5py", "unwatched.name"):
            place.distribution(name, "1.0")
    found, installed = distributions.find([str(first.folder), str(last.folder)], Reader())
    expected = [(str(place.folder), name) for place in (first, last) for name in ("keras-hub", "h5py", "tf-keras")]
    assert sorted((one.distribution.location, one.distribution.name) for one in found) == sorted(expected)
    assert [one.distribution.location for one in found] == [str(first.folder)] * 3 + [str(last.folder)] * 3
    assert installed == ("h5py", "keras-hub", "tf-keras", "unwatched-name")


@pytest.mark.parametrize("lines", ["keras/__init__.py,,\n", "a,,\nkeras.py,x,1\n", "x,,\r\nkeras\\__init__.py,,\r\n"])
def test_whoever_wrote_a_package_owns_it(site: Site, lines: str) -> None:
    metadata = site.distribution("keras-nightly", "3.9.0")
    (metadata / "RECORD").write_bytes(lines.encode())
    ((keras, _),) = distributions.find([str(site.folder)], Reader())[0]
    assert keras.owns == ("keras",)


@pytest.mark.parametrize("lines", ["", "keras/src/__init__.py,,\n", "my/keras/__init__.py,,\n", "keras_x.py,,\n"])
def test_whoever_wrote_something_else_does_not(site: Site, lines: str) -> None:
    metadata = site.distribution("keras-tuner", "1.4.0")
    (metadata / "RECORD").write_text(lines)
    ((tuner, _),) = distributions.find([str(site.folder)], Reader())[0]
    assert tuner.owns == ()


def test_no_file_of_a_package_that_does_not_matter_is_opened(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.distribution("requests", "2.0")
    opened: list[str] = []

    def read(path: str, *_: object, **__: object) -> bytes:
        opened.append(path)
        return b""

    monkeypatch.setattr("kdoctor.files.read", read)
    assert distributions.find([str(site.folder)], Reader()) == ([], ("requests",))
    assert opened == []
    site.distribution("keras", "3.0")
    distributions.find([str(site.folder)], Reader())
    assert opened
    assert all("keras-3.0" in path for path in opened)


def test_the_probe_opens_no_file_and_imports_little() -> None:
    code = (
        "import builtins, json, os, sys\n"
        "source = open(sys.argv[1], encoding='utf-8').read()\n"
        "names = {'__name__': 'probe'}\n"
        "code = compile(source, 'probe', 'exec')\n"
        "def refuse(*_, **__): raise AssertionError('opened')\n"
        "builtins.open = os.open = os.scandir = os.listdir = refuse\n"
        "before = set(sys.modules)\n"
        "exec(code, names)\n"
        "json.dumps(names['collect']())\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(PROBE)], capture_output=True, text=True, check=True)
    assert done.stdout == "['__future__']\n"


@pytest.mark.skipif(os.name != "posix", reason="the wrapper is a shell script")
def test_a_wrapper_is_asked_as_it_starts_python(tmp_path: Path) -> None:
    """What it sets, programs see; kdoctor's own variables do not count."""
    home = tmp_path / "another home"
    (home / ".keras").mkdir(parents=True)
    (home / ".keras" / "keras.json").write_text('{"backend": "torch"}')
    added = Site(tmp_path / "added")
    added.keras("3.9.0")
    wrapper = tmp_path / "python"
    wrapper.write_text(
        f'#!/bin/sh\nHOME="{home}" PYTHONPATH="{added.folder}" KERAS_BACKEND=jax exec "{sys.executable}" "$@"\n'
    )
    wrapper.chmod(0o755)
    environment = examine(str(wrapper), environ={**os.environ, "KERAS_BACKEND": "openvino", "PYTHONPATH": ""})
    assert environment.variables["KERAS_BACKEND"] == "jax"
    assert environment.keras_config is not None
    assert (environment.keras_config.path, environment.keras_config.backend) == (
        str(home / ".keras" / "keras.json"),
        "torch",
    )
    package = environment.package("keras")
    assert package is not None
    assert package.path == str(added.folder / "keras")
    assert environment.find("keras") is not None


def test_the_finders_of_this_process_stay_as_they_are() -> None:
    """In a notebook this process is the user's kernel."""
    code = (
        "import sys, importlib.metadata as metadata; before = list(sys.meta_path);"
        "names = sorted(str(found._path) for found in metadata.distributions());"
        "import kdoctor.environment.distributions;"
        "assert sys.meta_path == before, sys.meta_path;"
        "again = list(metadata.distributions());"
        "assert sorted(str(found._path) for found in again) == names;"
        "assert all(type(found) is metadata.PathDistribution for found in again)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
