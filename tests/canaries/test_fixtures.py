"""The model files that ship: numbers and graphs, no code, nothing of the machine that made them."""

from __future__ import annotations

import os
import pathlib
import zipfile
from collections.abc import Iterator

import pytest

from kdoctor.canaries import FIXTURES

FILES = sorted(name for name in os.listdir(FIXTURES) if not name.endswith((".py", ".pyc", "__pycache__")))


def contents(name: str) -> Iterator[tuple[str, bytes]]:
    """Each file in a fixture; all of them are zip archives, ``.keras`` too."""
    with zipfile.ZipFile(os.path.join(FIXTURES, name)) as archive:
        for entry in archive.namelist():
            yield entry, archive.read(entry)


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_is_small(name: str) -> None:
    assert os.path.getsize(os.path.join(FIXTURES, name)) < 12_000


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_holds_no_code(name: str) -> None:
    for entry, data in contents(name):
        for code in (b"Lambda", b"PyFunc", b"ReadFile", b"WriteFile"):
            assert code not in data, (entry, code)


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_names_no_folder_of_its_maker(name: str) -> None:
    for entry, data in contents(name):
        for folder in (b"/home/", b"/root/", b"/opt/", b"/tmp/", b"site-packages"):
            assert folder not in data, (entry, folder)


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_unpacks_into_the_folder_it_is_given(name: str) -> None:
    for entry, _ in contents(name):
        assert not os.path.isabs(entry)
        assert ".." not in entry.split("/")


def test_every_fixture_is_used() -> None:
    folder = os.path.dirname(FIXTURES)
    sources = [pathlib.Path(folder, name).read_text("utf-8") for name in ("savedmodel.py", "saving.py")]
    assert FILES
    for name in FILES:
        assert any(name in source for source in sources), name
