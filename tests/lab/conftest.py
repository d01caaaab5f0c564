"""The real environments of the laboratory, each built when the first test asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kdoctor.environment import examine
from kdoctor.environment.model import Environment
from tests.lab.environments import VISITED, Builder, LabEnvironment, NoInterpreter, variables_for

SAMPLE = (
    "tensorflow-2.15.1",
    "tensorflow-2.17.0-keras-3.4.1",
    "tensorflow-2.21.0-keras-3.15.1",
    "keras-jax",
    "python-3.9-tensorflow-2.12.1",
)
"""Those that every change must pass: Keras 2, an old and the newest Keras 3, no TensorFlow, the oldest Python."""


@dataclass(frozen=True)
class Patient:
    """A real environment, built and read."""

    id: str
    python: Path
    environment: Environment
    variables: dict[str, str]


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(each, id=each.id, marks=[pytest.mark.sample] if each.id in SAMPLE else []) for each in VISITED
    ],
)
def patient(request: pytest.FixtureRequest, builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """Each of the environments that a run must get right."""
    wanted: LabEnvironment = request.param
    try:
        python = builder.python(wanted)
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    home = tmp_path_factory.mktemp("home")
    variables = {**variables_for(wanted), "HOME": str(home), "USERPROFILE": str(home)}
    environment = examine(str(python), working_folder=str(home), environ=variables)
    return Patient(wanted.id, python, environment, variables)
