"""What tests of several folders share: the builder of real environments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.environments import Builder, kept_or_temporary


@pytest.fixture(scope="session")
def builder() -> Iterator[Builder]:
    """Builds real environments, each once a session; removes them at its end, unless they are to be kept."""
    with kept_or_temporary(keep=True) as builder:
        yield builder
