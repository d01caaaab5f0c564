"""What is printed for a place does there what it says, when it is pasted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kdoctor.environment.installers import Place, lines
from kdoctor.environment.steps import InstallStep, VariableStep
from tests.remedies.packages import installed, made, site, variables, wheel

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(os.name != "posix", reason="asks a POSIX shell")]
UV = pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")


def _shell(pasted: Sequence[str]) -> str:
    return "\n".join(pasted)


def _instructions(pasted: Sequence[str]) -> str:
    """What Docker does with them."""
    kinds = {"RUN": "", "ENV": "export "}
    return "\n".join(kinds[line.partition(" ")[0]] + line.partition(" ")[2] for line in pasted)


def _steps(pasted: Sequence[str]) -> str:
    """What GitHub does with the steps of a job and its variables."""
    runs = [line[len("- run: ") :] for line in pasted if line.startswith("- run: ")]
    pairs = [line.strip().split(": ") for text in pasted if text.startswith("env:\n") for line in text.splitlines()[1:]]
    return "\n".join([*(f"export {name}={value}" for name, value in pairs), *runs])


def _requirements(pasted: Sequence[str]) -> str:
    text = "\n".join(pasted)
    return f"cat > asked.txt <<'END'\n{text}\nEND\npython -m pip install -r asked.txt"


def _conda(pasted: Sequence[str]) -> str:
    """The packages that conda leaves to pip."""
    found = [line.strip()[2:] for text in pasted for line in text.splitlines() if line.startswith("  - ")]
    return _requirements(found)


@UV
@pytest.mark.parametrize(
    ("place", "run"),
    [
        (Place.BASH, _shell),
        (Place.DOCKERFILE, _instructions),
        (Place.WORKFLOW, _steps),
        (Place.REQUIREMENTS, _requirements),
        (Place.CONDA, _conda),
    ],
)
def test_pasted_lines_install_and_set(tmp_path: Path, place: Place, run: Callable[[Sequence[str]], str]) -> None:
    facts = made(tmp_path / "my env", ("lantern", "1.0"))
    python = facts.interpreter.executable
    subprocess.run([python, "-m", "ensurepip"], check=True, capture_output=True)
    wheel(tmp_path / "wheels", "lantern", "2.0")
    environ = variables(tmp_path / "wheels")
    environ["PATH"] = f"{Path(python).parent}:{environ['PATH']}"
    pasted = lines([InstallStep(("lantern>=2,<3",)), VariableStep("A", "x y")], facts, place)
    show = f"{sys.executable} -c 'import os; print(os.environ.get(\"A\"))'"
    script = f"set -e\n{run(pasted)}\n{show}"
    done = subprocess.run(
        ["bash", "-c", script], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    assert installed(python)["lantern"] == "2.0"
    assert (site(python) / "lantern.py").read_text().startswith("__version__ = '2.0'")
    if place in (Place.BASH, Place.DOCKERFILE, Place.WORKFLOW):
        assert done.stdout.splitlines()[-1] == "x y"
