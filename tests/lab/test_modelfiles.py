"""What kdoctor says of model files is what really happens to them: written by one release, loaded by another."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kdoctor.environment.model import Environment
from kdoctor.modelfiles.examine import examine
from kdoctor.modelfiles.model import Verdict, Way
from tests.lab import modelfiles
from tests.lab.conftest import Patient
from tests.lab.environments import VISITED, Builder, NoInterpreter, variables_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3600)]

WRITERS = ("tensorflow-2.13.1", "tensorflow-2.15.1", "tensorflow-2.17.0-keras-3.4.1", "tensorflow-2.21.0-keras-3.15.1")
SECONDS = 1800
ENOUGH = 0.98


def run(python: Path, variables: Mapping[str, str], *arguments: str) -> None:
    """The generator, or the loader, in an environment."""
    command = [str(python), modelfiles.__file__, *arguments]
    subprocess.run(command, env={**os.environ, **variables}, check=True, timeout=SECONDS, capture_output=True)


@pytest.fixture(scope="session")
def written(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of several releases."""
    folder = tmp_path_factory.mktemp("modelfiles")
    for wanted in VISITED:
        if any(wanted.id.startswith(one) for one in WRITERS):
            try:
                python = builder.python(wanted)
            except NoInterpreter as reason:
                pytest.skip(str(reason))
            generation = "k3" if "keras-3" in wanted.id else "k2"
            run(python, variables_for(wanted), "write", str(folder / f"{generation}-{wanted.id}"))
    return folder


def truth(ways: Mapping[str, str]) -> str:
    """What really happened to a file, in the words of a verdict."""
    plain, uncompiled = ways["plain"], ways.get("nocompile", "error")
    if plain == "loads":
        return Way.LOADS.value
    if plain.startswith("differs"):
        return "differs"
    if uncompiled == "loads":
        return Way.NO_COMPILE.value
    if uncompiled.startswith("differs"):
        return "differs"
    if plain.startswith("object"):
        return Way.OBJECT.value
    if ways.get("layer") == "loads":
        return Way.LAYER.value
    return Way.SIGNATURE.value if ways.get("signature", "").startswith("loads") else Way.NOT.value


def said(verdict: Verdict) -> str:
    """What kdoctor says, in the same words."""
    if verdict.silent and verdict.way in (Way.LOADS, Way.NO_COMPILE):
        return "differs"
    return Way.LOADS.value if verdict.way is Way.CONFIG else verdict.way.value


def cells(
    found: Mapping[str, Mapping[str, str]], folder: Path, environment: Environment, environ: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Each file with what happened and what is said of the first stack."""
    paths = [str(folder / name) for name in found]
    judged = {one.file.path: one.verdicts[0] for one in examine(paths, [environment], environ).files}
    for name, ways in found.items():
        yield name, truth(ways), said(judged[str(folder / name)])


def test_verdicts_are_what_happens(patient: Patient, written: Path, tmp_path: Path) -> None:
    first = patient.environment.stacks[0] if patient.environment.stacks else None
    if first is None or not first.available or not first.tensorflow:
        pytest.skip("no tf.keras is here")
    run(patient.python, patient.variables, "load", str(written), str(tmp_path / "truth.json"))
    found: dict[str, Any] = json.loads((tmp_path / "truth.json").read_text())["files"]
    rows = list(cells(found, written, patient.environment, patient.variables))
    wrong = [f"{name}: {real}, and kdoctor says {claim}" for name, real, claim in rows if real != claim]
    loadable = [one for one in wrong if one.endswith((f"says {Way.LOADS.value}", f"says {Way.NO_COMPILE.value}"))]
    assert len(rows) > 100
    assert not loadable, "\n".join(loadable)
    assert len(wrong) <= (1 - ENOUGH) * len(rows), "\n".join(wrong)
