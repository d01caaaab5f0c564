"""Steps are carried out in a copy: what is installed stays as it is, byte by byte."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kdoctor.environment.model import Distribution, Environment
from kdoctor.environment.steps import InstallStep, Step, VariableStep
from kdoctor.remedies.prove import InstallError, index, throwaway
from tests.builders import environment, interpreter
from tests.remedies.packages import contents, installed, made, site, variables, wheel

pytestmark = pytest.mark.thorough  # each makes a virtual environment, and runs an installer
BOTH = pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])


@pytest.fixture(autouse=True)
def _there(request: pytest.FixtureRequest) -> None:
    if "[uv]" in request.node.name and not shutil.which("uv"):
        pytest.skip("uv is not installed")


def carry_out(facts: Environment, requirement: str, environ: dict[str, str]) -> None:
    with throwaway(facts, [InstallStep((requirement,))], environ, lambda said: None):
        raise AssertionError("it must not get here")


@BOTH
def test_the_copy_gets_the_packages_and_the_environment_keeps_its_own(tmp_path: Path, uv: bool) -> None:
    facts = made(tmp_path / "env", ("lantern", "1.0"), ("unrelated", "3.2"), ("goes", "1"))
    wheel(tmp_path / "wheels", "lantern", "2.0", requires=("wick",))
    wheel(tmp_path / "wheels", "wick", "0.1")
    before = contents(site(facts.interpreter.executable))
    said: list[str] = []
    steps: list[Step] = [InstallStep(("lantern>=2",), ("goes",)), VariableStep("A", "1")]
    with throwaway(facts, steps, variables(tmp_path / "wheels", uv=uv), said.append) as python:
        now = installed(python)
        now.pop("pip", None)
        now.pop("setuptools", None)
        assert now == {"lantern": "2.0", "wick": "0.1", "unrelated": "3.2"}
        assert os.path.samefile(site(python) / "unrelated.py", site(facts.interpreter.executable) / "unrelated.py")
    assert not os.path.exists(python)
    assert contents(site(facts.interpreter.executable)) == before
    assert "lantern>=2" in said[0]
    assert "index" in said[0]


@BOTH
def test_from_another_file_system_nothing_is_written_through_a_link(
    tmp_path: Path, uv: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    facts = made(tmp_path / "env", ("lantern", "1.0"), ("goes", "1"))
    wheel(tmp_path / "wheels", "lantern", "2.0")
    before = contents(site(facts.interpreter.executable))
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    steps = [InstallStep(("lantern>=2",), ("goes",))]
    with throwaway(facts, steps, variables(tmp_path / "wheels", uv=uv), lambda said: None) as python:
        assert python.startswith(str(elsewhere))
        assert installed(python)["lantern"] == "2.0"
        assert "goes" not in installed(python)
    assert contents(site(facts.interpreter.executable)) == before


@BOTH
def test_without_a_network_it_says_so(tmp_path: Path, uv: bool) -> None:
    facts = made(tmp_path / "env", ("lantern", "1.0"))
    before = contents(site(facts.interpreter.executable))
    environ = variables(tmp_path / "wheels", uv=uv, wheels=False)
    with pytest.raises(InstallError, match="cannot reach") as caught:
        carry_out(facts, "lantern>=2", environ)
    assert caught.value.offline
    assert contents(site(facts.interpreter.executable)) == before


@BOTH
def test_what_cannot_be_installed_together_is_no_want_of_a_network(tmp_path: Path, uv: bool) -> None:
    facts = made(tmp_path / "env")
    wheel(tmp_path / "wheels", "lantern", "2.0")
    with pytest.raises(InstallError) as caught:
        carry_out(facts, "lantern>=7", variables(tmp_path / "wheels", uv=uv))
    assert not caught.value.offline
    assert "lantern" in str(caught.value)


def test_what_an_earlier_folder_hides_is_not_in_the_copy(tmp_path: Path) -> None:
    facts = made(tmp_path / "env", ("lantern", "1.0"))
    behind = made(tmp_path / "system", ("lantern", "0.5"), ("wick", "0.1"))
    both = environment(
        interpreter=facts.interpreter,
        search_path=(*facts.search_path, str(site(behind.interpreter.executable))),
    )
    with throwaway(both, (), os.environ, lambda said: None) as python:
        assert {"lantern": "1.0", "wick": "0.1"}.items() <= installed(python).items()
        assert "1.0" in (site(python) / "lantern.py").read_text()


def test_packages_of_conda_are_not_tried_with_another_installer() -> None:
    from_conda = (Distribution("tensorflow", "2.19.0", "/site", installer="conda"),)
    facts = environment(interpreter=interpreter(manager="conda"), distributions=from_conda)
    with pytest.raises(InstallError, match="conda create --clone"):
        carry_out(facts, "tf-keras", {})


def test_an_index_is_named_without_its_password() -> None:
    assert index("uv", {"UV_DEFAULT_INDEX": "https://me:secret@example.org/simple"}) == "https://example.org/simple"
    assert index("pip", {"PIP_INDEX_URL": "http://example.org:3141/root"}) == "http://example.org:3141/root"
    assert "pip" in index("pip", {"UV_DEFAULT_INDEX": "https://example.org"})
