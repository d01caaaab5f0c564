"""The folder in which results are kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.faults.case import Case, Given, Result, World, fake, fifo, file, folder, link

CHECK = "kdoctor --python {fake} --only rnn-stateful-carry"


def _files(below: Path) -> list[str]:
    return sorted(str(path.relative_to(below)) for path in below.rglob("*") if not path.is_dir())


def users(*paths: str) -> Given:
    """Files of the user, a year old."""

    def make(world: World) -> None:
        for path in paths:
            file(path, "{}")(world)
            os.utime(world.folder / path, (1, 1))

    return make


def untouched(*paths: str) -> Callable[[World, Result], None]:
    """Holds that these files are there, and as they were."""

    def check(world: World, _: Result) -> None:
        for path in paths:
            assert (world.folder / path).read_text() == "{}", path
            assert (world.folder / path).stat().st_mtime == 1, path

    return check


def kept(world: World, _: Result) -> None:
    """Holds that there is one file of results, in a folder that says that it is a cache."""
    names = _files(world.folder / "cache")
    assert "kdoctor/CACHEDIR.TAG" in names
    assert len([name for name in names if name.endswith(".json")]) == 1


def nothing_kept(world: World, _: Result) -> None:
    """Holds that no results were written anywhere below the folder of the case."""
    assert not [name for name in _files(world.folder) if Path(name).name.startswith(".kdoctor")]
    assert not [path for path in world.folder.rglob("*.json") if len(path.stem) == 40]


MANY = tuple(f"cache/{number}.json" for number in range(60))
PROJECT = ("cache/kdoctor/package.json", "cache/kdoctor/work.tmp", "cache/kdoctor/src/main.json")

CASES = [
    Case("results are kept in a folder that is marked", CHECK, 0, [fake()], then=kept),
    Case(
        "sixty files of the user's in the cache's folder",
        CHECK,
        0,
        [fake(), users(*MANY, "cache/work.tmp")],
        then=untouched(*MANY, "cache/work.tmp"),
    ),
    Case(
        "a project of the user's in place of the cache",
        CHECK,
        0,
        [fake(), users(*PROJECT)],
        says=["holds other files"],
        then=untouched(*PROJECT),
    ),
    Case("a file in place of the cache", CHECK, 0, [fake(), file("cache/kdoctor")], says=["not cached"]),
    Case("a FIFO in place of the cache", CHECK, 0, [fake(), fifo("cache/kdoctor")], says=["not cached"]),
    Case(
        "a link to itself in place of the cache",
        CHECK,
        0,
        [fake(), link("cache/kdoctor", "kdoctor")],
        says=["not cached"],
    ),
    Case(
        "a folder for everybody in place of the cache",
        CHECK,
        0,
        [fake(), folder("cache/kdoctor", 0o777)],
        says=["others may write"],
        then=nothing_kept,
    ),
    Case("a FIFO in place of the tag", CHECK, 0, [fake(), fifo("cache/kdoctor/CACHEDIR.TAG")], then=kept),
    Case(
        "a cache below a device",
        CHECK,
        0,
        [fake()],
        environ={"KDOCTOR_CACHE_DIR": "/dev/null/x"},
        says=["not cached"],
    ),
    Case(
        "a cache with a null character in its name is no cache",
        CHECK,
        0,
        [fake()],
        environ={"KDOCTOR_CACHE_DIR": "x" * 5000},
        says=["not cached"],
    ),
    Case(
        "an import that fails is not kept",
        CHECK,
        1,
        [fake()],
        environ={"FAULT_KERAS": "raise ImportError('x')"},
        then=nothing_kept,
    ),
]
