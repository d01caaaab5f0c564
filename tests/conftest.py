"""What tests of several folders share: the builder of real environments."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.environments import Builder, kept_or_temporary

_NUMBERS = itertools.count()


def pytest_configure() -> None:
    """Signals end what these tests start, also where the tests run under nohup or in the background of a script."""
    for name in ("SIGHUP", "SIGINT", "SIGQUIT"):
        number = getattr(signal, name, None)  # Windows has one of them
        if number and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Shares the fast tests between all cores when all of them run.

    Everything else runs in one process (0): a file or a test named starts at once, and the laboratory's tests bound
    how many TensorFlow processes run at a time, and share the environments that they build.
    """
    everything = config.args == config.getini("testpaths")
    fast = config.option.markexpr.startswith("not lab and not thorough")
    return os.cpu_count() or 1 if everything and fast else 0


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is kept of runs, not yet made: no test meets another's, nor the user's own."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_NUMBERS)}"
    monkeypatch.setenv("KDOCTOR_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def builder() -> Iterator[Builder]:
    """Builds real environments, each once a session; removes them at its end, unless they are to be kept."""
    with kept_or_temporary(keep=True) as builder:
        yield builder
