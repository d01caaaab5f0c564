"""The gate that README shows is green where the features work, and red where one of them does not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_gate_of_the_readme_is_green_on_the_newest_release(patient: Patient, tmp_path: Path) -> None:
    if "2.21" not in patient.id:
        pytest.skip("it is about the newest release")
    [wanted] = re.findall(r"^    require: ([\w -]+?) +#", README, re.MULTILINE)

    def gate(*require: str) -> int:
        command = [sys.executable, "-m", "kdoctor", "check", "--python", str(patient.python), "--no-code"]
        names = [part for name in require for part in ("--require", name)]
        return subprocess.run([*command, *names], cwd=tmp_path, env=patient.variables, timeout=300).returncode

    assert gate(*wanted.split()) == 0
    assert gate("mask-rnn-initial-state") == 1
