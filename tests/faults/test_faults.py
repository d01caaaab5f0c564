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
CASES: list[Case] = [
    case for module in MODULES for case in getattr(importlib.import_module(f"tests.faults.{module}"), "CASES", ())
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find what was left")


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.thorough] if case.thorough else [], id=case.name) for case in CASES],
)
def test_fault(case: Case, tmp_path: Path) -> None:
    run(case, tmp_path)


def test_every_name_stands_once() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
