"""Tiny models that exercise one feature each and check the numbers.

One file an area. A canary is a function marked with ``@canary`` whose name, with hyphens, is its slug; it takes a
``Lab``. Both are in ``lab.py``, which travels with the files into the examined interpreter. The files import nothing of
kdoctor: they are loaded as files, with ``canary`` put among their names, and need only Python 3.8's standard library
and what is being examined.
"""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from kdoctor.canaries.lab import canary as mark

AREAS = (
    "rnn",
    "ragged",
    "ctc",
    "masking",
    "symbolic",
    "savedmodel",
    "saving",
    "modelfile",
    "hub",
    "api",
    "layers",
    "training",
)
FOLDER = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(FOLDER, "fixtures")
LAB = os.path.join(FOLDER, "lab.py")


def source_path(area: str) -> str:
    """The file that holds an area's canaries."""
    return os.path.join(FOLDER, f"{area}.py")


@dataclass(frozen=True)
class Canary:
    """A tiny model that exercises one feature."""

    slug: str
    area: str
    title: str  # the first line of its docstring: the feature in the user's words
    tier: str = "core"  # runs in every run; "full" only with --all
    per_namespace: bool = False  # it touches names that differ between tf.keras and keras: it runs on each stack
    kind: str = "capability"  # or "spelling", or "trap": see kdoctor.canaries.lab.canary
    path: str = ""  # of its file, where that is not the area's

    @property
    def source(self) -> str:
        """The file that holds its function."""
        return self.path or source_path(self.area)


@cache
def catalogue() -> tuple[Canary, ...]:
    """Every canary, area by area, in the order of its file."""
    return tuple(_canary(function, area) for area in AREAS for function in functions(source_path(area)))


def functions(path: str) -> list[Any]:
    """The functions that a canary file marks, in its order."""
    module = ModuleType(os.path.basename(path))
    module.__dict__["canary"] = mark
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    return [value for value in vars(module).values() if hasattr(value, "canary")]


def _canary(function: Any, area: str) -> Canary:
    return Canary(
        slug=function.__name__.replace("_", "-"),
        area=area,
        title=(inspect.getdoc(function) or "").partition("\n")[0].rstrip("."),
        tier="full" if function.canary["full"] else "core",
        per_namespace=function.canary["namespace"],
        kind=function.canary["kind"],
    )
