"""Install lines in the language of each manager."""

from __future__ import annotations

import sys

import pytest

from kdoctor import installers
from kdoctor.model import Distribution
from tests.builders import environment, interpreter

REQUIREMENT = "tf-keras~=2.19.0"


@pytest.mark.parametrize(
    ("manager", "install", "without_dependencies", "uninstall"),
    [
        (
            "pip",
            "/envs/one/bin/python -m pip install 'tf-keras~=2.19.0'",
            "/envs/one/bin/python -m pip install --no-deps 'tf-keras~=2.19.0'",
            "/envs/one/bin/python -m pip uninstall -y keras",
        ),
        (
            "uv",
            "uv pip install --python /envs/one/bin/python 'tf-keras~=2.19.0'",
            "uv pip install --python /envs/one/bin/python --no-deps 'tf-keras~=2.19.0'",
            "uv pip uninstall --python /envs/one/bin/python keras",
        ),
        (
            "poetry",
            "poetry add 'tf-keras~=2.19.0'",
            "poetry run python -m pip install --no-deps 'tf-keras~=2.19.0'",
            "poetry remove keras",
        ),
        (
            "pdm",
            "pdm add 'tf-keras~=2.19.0'",
            "pdm run python -m pip install --no-deps 'tf-keras~=2.19.0'",
            "pdm remove keras",
        ),
        (
            "pixi",
            "pixi add --pypi 'tf-keras~=2.19.0'",
            "pixi run python -m pip install --no-deps 'tf-keras~=2.19.0'",
            "pixi remove --pypi keras",
        ),
        (
            "colab",
            "%pip install 'tf-keras~=2.19.0'",
            "%pip install --no-deps 'tf-keras~=2.19.0'",
            "%pip uninstall -y keras",
        ),
        (
            "conda",
            "/envs/one/bin/python -m pip install 'tf-keras~=2.19.0'",
            "/envs/one/bin/python -m pip install --no-deps 'tf-keras~=2.19.0'",
            "/envs/one/bin/python -m pip uninstall -y keras",
        ),
    ],
)
def test_lines(manager: str, install: str, without_dependencies: str, uninstall: str) -> None:
    facts = environment(interpreter=interpreter(manager=manager))
    assert installers.install(facts, [REQUIREMENT]) == install
    assert installers.install(facts, [REQUIREMENT], dependencies=False) == without_dependencies
    assert installers.uninstall(facts, ["keras"]) == uninstall


@pytest.mark.parametrize(
    ("manager", "install", "uninstall"),
    [
        (
            "conda",
            "conda install -p /envs/one -c conda-forge tf-keras=2.19 'keras>=3.12'",
            "conda remove -p /envs/one --force keras",
        ),
        ("pixi", "pixi add tf-keras=2.19 'keras>=3.12'", "pixi remove keras"),
    ],
)
def test_conda_is_spoken_where_tensorflow_came_from_conda(manager: str, install: str, uninstall: str) -> None:
    facts = environment(
        interpreter=interpreter(manager=manager),
        distributions=(Distribution("tensorflow", "2.19.0", "/site", installer="conda"),),
    )
    assert installers.install(facts, [REQUIREMENT, "keras>=3.12"]) == install
    assert installers.uninstall(facts, ["keras"]) == uninstall


def test_the_running_interpreter_is_called_python() -> None:
    facts = environment(interpreter=interpreter(executable=sys.executable))
    assert installers.install(facts, [REQUIREMENT]) == "python -m pip install 'tf-keras~=2.19.0'"


def test_releases_that_are_only_named_have_no_interpreter() -> None:
    facts = environment(interpreter=interpreter(executable=""))
    assert installers.install(facts, ["keras"]) == "pip install keras"


def test_a_path_with_spaces_is_quoted() -> None:
    facts = environment(interpreter=interpreter(executable="/my envs/bin/python"))
    assert installers.install(facts, ["keras"]).startswith("'/my envs/bin/python' -m pip")


@pytest.mark.parametrize(
    ("manager", "system", "set_line", "unset_line"),
    [
        ("pip", "Linux", "export A=1", "unset A"),
        ("pip", "Windows", "set A=1", "set A="),
        ("kaggle", "Linux", "%env A=1", 'import os; os.environ.pop("A", None)'),
    ],
)
def test_variables(manager: str, system: str, set_line: str, unset_line: str) -> None:
    facts = environment(interpreter=interpreter(manager=manager, system=system))
    assert installers.set_variable(facts, "A", "1") == (set_line,)
    assert installers.unset_variable(facts, "A") == (unset_line,)
