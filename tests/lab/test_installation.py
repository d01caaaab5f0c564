"""Installing kdoctor into an environment changes no package that is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

REPOSITORY = Path(__file__).parent.parent.parent


def test_a_dry_run_of_the_installer_shows_only_additions(patient: Patient) -> None:
    done = subprocess.run(
        ["uv", "pip", "install", "--dry-run", "--python", str(patient.python), str(REPOSITORY)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    changes = [line for line in done.stderr.splitlines() if line.startswith((" -", " ~", " +"))]
    assert any("keras-doctor" in line for line in changes)
    assert [line for line in changes if not line.startswith(" +")] == []
