"""Imports point one way: down the list of DESIGN's layout. Imports inside of functions count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import kdoctor

ROOT = Path(kdoctor.__file__).parent
FLOORS = (
    ("__main__",),
    ("cli", "api", "notebook"),
    ("run",),
    ("trust",),
    ("console", "accepted", "formats", "remedies"),
    ("settings",),
    ("diagnosis",),
    ("report",),
    ("messages", "modelfiles"),
    ("code",),
    ("observe",),
    ("rules",),
    ("records",),
    ("canaries",),
    ("environment",),
    ("processes",),
    ("versions",),
    ("errors",),
    ("words", "files", "language"),
)
"""From the top; a room imports of its own floor and of those below."""
STILL_UP = {
    ("report", "formats"),  # Report.to_json()
    ("report", "notebook"),  # a report shows itself in a notebook
}
"""Arrows that point up as yet, and why. The list only gets shorter."""


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


ROOMS = {room(path) for path in ROOT.rglob("*.py")} - {"__init__"}


def imports(path: Path) -> Iterator[str]:
    """The rooms that a file imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "kdoctor" and len(parts) > 1 and parts[1] in ROOMS:
                yield parts[1]


def arrows() -> set[tuple[str, str]]:
    files = (path for path in ROOT.rglob("*.py") if "examples" not in path.parts and path != ROOT / "__init__.py")
    return {(room(path), target) for path in files for target in imports(path) if target != room(path)}


def test_every_room_has_a_floor() -> None:
    assert {name for floor in FLOORS for name in floor} == ROOMS


def test_imports_point_down() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    up = {(above, below) for above, below in arrows() if floor[below] < floor[above]}
    assert up == STILL_UP
