"""The table of faults. A module of this folder that defines ``CASES`` is part of it."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

import tests.faults
from tests.faults.case import Case, run

MODULES = sorted(one.name for one in pkgutil.iter_modules(tests.faults.__path__) if not one.name.startswith("test_"))
ROWS: list[tuple[int, int, Case]] = [
    (number, len(cases), case)
    for module in MODULES
    for cases in [getattr(importlib.import_module(f"tests.faults.{module}"), "CASES", ())]
    for number, case in enumerate(cases)
]
CASES = [case for _, _, case in ROWS]
LONG = 50
"""Of a longer module every second row is left to the thorough tests, so that the fast rows take less than 90 s."""


def is_thorough(number: int, length: int, case: Case) -> bool:
    return case.thorough or (length > LONG and number % 2 == 1)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find what was left")


@pytest.mark.parametrize(
    "case",
    [pytest.param(row[2], marks=[pytest.mark.thorough] if is_thorough(*row) else [], id=row[2].name) for row in ROWS],
)
def test_fault(case: Case, tmp_path: Path) -> None:
    run(case, tmp_path)


def test_every_name_stands_once() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
