"""The line in which a project asks for a package."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from kdoctor.model import Location
from kdoctor.pins import Pins, find, repository, requests


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("tensorflow==2.17.0", "tensorflow"),
        ("tensorflow", "tensorflow"),
        ("tensorflow[and-cuda]~=2.17 ; python_version < '3.13'", "tensorflow"),
        ("tensorflow_cpu>=2.16  # for the tests", "tensorflow-cpu"),
        ("  - keras=3.4", "keras"),
        ("  - conda-forge::tensorflow=2.16.*", "tensorflow"),
        ("    \"tf-keras~=2.17; extra == 'legacy'\",", "tf-keras"),
        ('keras = "^3.4"', "keras"),
        ('tensorflow = {version = "2.17", extras = ["and-cuda"]}', "tensorflow"),
        ('dependencies = ["numpy<2"]', "numpy"),
        ('    install_requires=["h5py", "rich"],', "h5py"),
        ('        "tensorflow": {', "tensorflow"),
        ("keras @ git+https://github.com/keras-team/keras", "keras"),
    ],
)
def test_a_line_that_asks(line: str, name: str) -> None:
    assert [(found, where.line) for found, where in requests("\n" + line + "\n", "file")] == [(name, 2)]


@pytest.mark.parametrize(
    "line",
    [
        "# tensorflow==2.17",
        "tensorflow-datasets==4.9",
        "keras_tuner",
        "my-keras==1",
        'description = "A tool for keras models"',
        'keywords = ["tensorflow", "keras"]',
        'name = "keras"',
        "-r keras.txt",
        "[tool.tensorflow]",
        "tensorflow is great",
    ],
)
def test_a_line_that_does_not_ask(line: str) -> None:
    assert list(requests(line, "file")) == []


def test_two_in_one_line() -> None:
    found = [name for name, _ in requests('dependencies = ["numpy<2", "keras>=3", "rich"]', "pyproject.toml")]
    assert sorted(found) == ["keras", "numpy"]


def test_where_people_write_comes_before_where_tools_do(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "keras"\nversion = "3.4"\n\nname = "numpy"\n')
    (tmp_path / "requirements-dev.txt").write_text("rich\nkeras>=3\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "gpu.txt").write_bytes(b"\xff\xfe\ntf-keras\n")
    (tmp_path / "environment.yml").write_text("dependencies:\n  - pip:\n    - tensorflow==2.17\n")
    pins = find(str(tmp_path))
    places = {name: (where.path, where.line) for name, where in pins.lines.items()}
    assert places == {
        "keras": ("requirements-dev.txt", 2),
        "tf-keras": ("requirements/gpu.txt", 2),
        "tensorflow": ("environment.yml", 3),
        "numpy": ("uv.lock", 5),
    }
    assert pins.fallback == Location("requirements-dev.txt", 1)
    assert pins.of("tensorflow-cpu", "keras").path == "requirements-dev.txt"
    assert pins.of("torch") == pins.fallback


def test_where_nothing_asks(tmp_path: Path) -> None:
    assert find(str(tmp_path)) == find(str(tmp_path / "missing")) == Pins()
    assert Pins().of("keras") == Location("pyproject.toml", 1)
    (tmp_path / "pyproject.toml").mkdir()
    assert find(str(tmp_path)) == Pins()


def test_the_repository_is_above(tmp_path: Path) -> None:
    below = tmp_path / "repo" / "sub"
    below.mkdir(parents=True)
    (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere")
    assert repository(str(below)) == str(tmp_path / "repo")


@pytest.mark.parametrize(
    "line",
    [
        "-" * 400_000,
        "- " * 200_000,
        " \t" * 200_000,
        "a" * 400_000,
        "a = [" + "a" * 400_000,
        "a = [" * 80_000,
        "install_requires" + " " * 400_000,
        "name = " * 60_000,
        "a::" * 130_000,
        '"keras' * 70_000,
        '"keras[' * 60_000,
        "keras[" + " ," * 200_000,
        'keras = "' + "\\'" * 200_000,
        "keras" + " " * 400_000 + "x",
        '"keras' + " " * 400_000 + "x",
    ],
    ids=lambda line: line[:12],
)
def test_any_line_takes_time_in_proportion_to_its_length(line: str) -> None:
    started = time.process_time()
    list(requests(line, "requirements.txt"))
    assert time.process_time() - started < 1


def test_what_is_shown_of_a_line_is_short() -> None:
    ((_, where),) = requests("keras>=3  # " + "x" * 100_000, "requirements.txt")
    assert len(where.text) <= 200


@pytest.mark.skipif(os.name != "posix", reason="Windows has no FIFOs")
def test_what_is_no_file_of_text_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "requirements.txt")
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    (tmp_path / "setup.cfg").mkdir()
    (tmp_path / "uv.lock").touch()
    os.truncate(tmp_path / "uv.lock", 10 * 2**30)
    (tmp_path / "environment.yml").write_text("dependencies:\n  - keras=3.4\n")
    assert find(str(tmp_path)).of("keras") == Location("environment.yml", 2, text="- keras=3.4")
