"""Steps as they are pasted: each manager's language, each shell's quoting."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kdoctor.environment.installers import Part, Place, dry_run, lines, place_of, spell
from kdoctor.environment.model import Distribution, Environment, Kernel
from kdoctor.environment.steps import InstallStep, RestartStep, Step, TextStep, VariableStep
from tests.builders import environment, interpreter

ADD = InstallStep(("tf-keras~=2.19.0",))
ALONE = InstallStep(("tf-keras~=2.19.0",), dependencies=False)
REMOVE = InstallStep(uninstall=("keras",))
REPLACE = InstallStep(("keras>=3.12",), ("keras",))
SET, UNSET = VariableStep("A", "1"), VariableStep("A")
SYSTEM = interpreter(executable="/usr/bin/python3", prefix="/usr", manager="system", venv=False)


def of(manager: str = "pip", *installed: str, **changes: str) -> Environment:
    return environment(interpreter=interpreter(manager=manager, **changes), installed=installed or ("pip",))


@pytest.mark.parametrize(
    ("manager", "add", "alone", "remove"),
    [
        ("pip", "/envs/one/bin/python -m pip install", "install --no-deps", "-m pip uninstall -y keras"),
        (
            "uv",
            "uv pip install --python /envs/one/bin/python",
            "install --python /envs/one/bin/python --no-deps",
            "uv pip uninstall --python /envs/one/bin/python keras",
        ),
        ("poetry", "poetry add", "poetry run python -m pip install --no-deps", "poetry remove keras"),
        ("pdm", "pdm add", "pdm run python -m pip install --no-deps", "pdm remove keras"),
        ("pixi", "pixi add --pypi", "pixi run python -m pip install --no-deps", "pixi remove --pypi keras"),
        ("conda", "/envs/one/bin/python -m pip install", "install --no-deps", "-m pip uninstall -y keras"),
    ],
)
def test_each_manager_is_spoken_to_in_its_language(manager: str, add: str, alone: str, remove: str) -> None:
    facts = of(manager)
    assert lines([ADD], facts) == (f"{add} 'tf-keras~=2.19.0'",)
    assert lines([ALONE], facts)[0].endswith(f"{alone} 'tf-keras~=2.19.0'")
    assert lines([REMOVE], facts)[0].endswith(remove)


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        (
            "conda",
            (
                "conda remove -p /envs/one --force keras",
                "conda install -p /envs/one -c conda-forge tf-keras=2.19 'keras>=3.12'",
            ),
        ),
        ("pixi", ("pixi remove keras", "pixi add tf-keras=2.19 'keras>=3.12'")),
    ],
)
def test_conda_is_used_where_tensorflow_came_from_conda(manager: str, expected: tuple[str, ...]) -> None:
    from_conda = (Distribution("tensorflow", "2.19.0", "/site", installer="conda"),)
    facts = environment(interpreter=interpreter(manager=manager), distributions=from_conda)
    assert lines([InstallStep(("tf-keras~=2.19.0", "keras>=3.12"), ("keras",))], facts) == expected
    in_a_cell = lines([ADD], facts, Place.CELL)[0]
    assert in_a_cell.startswith(f"!{manager} ")
    assert manager != "conda" or " -y " in in_a_cell, "a cell cannot answer a question"


def test_what_uv_locks_for_a_project_is_added_to_it() -> None:
    facts = of("uv", project="/work")
    assert lines([REPLACE], facts) == ("uv remove keras", "uv add 'keras>=3.12'")
    assert lines([ALONE], facts)[0].startswith("uv pip install --python /envs/one/bin/python --no-deps")


def test_a_file_of_conda_takes_from_an_index_what_came_from_one() -> None:
    assert lines([REPLACE], of("conda"), Place.CONDA) == ("- pip:\n  - keras>=3.12",)
    from_conda = (Distribution("tensorflow", "2.19.0", "/site", installer="conda"),)
    facts = environment(interpreter=interpreter(manager="conda"), distributions=from_conda)
    assert lines([ADD], facts, Place.CONDA) == ("- tf-keras=2.19",)


@pytest.mark.parametrize("place", [Place.CONDA, Place.REQUIREMENTS])
def test_no_file_asks_for_what_must_come_without_its_requirements(place: Place) -> None:
    assert lines([ALONE], of(), place) == ()
    assert "--no-deps" in spell([ALONE], of(), place)[0].text


@pytest.mark.parametrize(
    ("command", "trial"),
    [
        ("uv pip install --python /p a", "uv pip install --dry-run --python /p a"),
        ("uv pip uninstall --python /p a", "uv pip uninstall --dry-run --python /p a"),
        ("/p -m pip install a", "/p -m pip install --dry-run a"),
        ("/p -m pip uninstall -y a", ""),
        ("poetry add a", "poetry add --dry-run a"),
        ("pdm remove a", "pdm remove --dry-run a"),
        ("pixi add --pypi a", ""),
        ("/p -m ensurepip", ""),
    ],
)
def test_what_an_installer_would_do(command: str, trial: str) -> None:
    assert " ".join(dry_run(command.split())) == trial


def test_releases_that_are_only_named_have_no_interpreter() -> None:
    assert lines([ADD], of(executable="")) == ("pip install 'tf-keras~=2.19.0'",)


def test_an_environment_without_pip_gets_one_first() -> None:
    assert lines([ADD], of("pip", "tensorflow", "keras"))[0] == "/envs/one/bin/python -m ensurepip"
    assert "ensurepip" not in lines([ADD], of("pip", "tensorflow", "pip"))[0]


# --------------------------------------------------------------------------------------------------- notebooks


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (of("colab"), '%pip install "tf-keras~=2.19.0"'),
        (of("kaggle", "tensorflow"), '%pip install "tf-keras~=2.19.0"'),
        (of("pip", "pip", "keras"), '%pip install "tf-keras~=2.19.0"'),
        (of("uv", "pip", "keras"), '%pip install "tf-keras~=2.19.0"'),
        (of("uv", "keras"), 'import sys\n!uv pip install --python "{sys.executable}" "tf-keras~=2.19.0"'),
        (of("poetry"), '!poetry add "tf-keras~=2.19.0"'),
    ],
)
def test_a_cell_has_magics(facts: Environment, expected: str) -> None:
    assert lines([ADD], facts, Place.CELL) == (expected,)


def test_variables_in_a_cell_are_those_of_the_kernel() -> None:
    facts = environment()
    assert lines([SET, UNSET], facts, Place.CELL) == ("%env A=1", 'import os; os.environ.pop("A", None)')
    (legacy,) = lines([VariableStep("TF_USE_LEGACY_KERAS", "1")], facts, Place.CELL)
    assert legacy == "import kdoctor; kdoctor.use_legacy_keras()"
    compile(legacy, "cell", "exec")


@pytest.mark.parametrize(("imported", "restarts"), [({}, False), ({"numpy": "2"}, False), ({"keras": "3"}, True)])
def test_a_kernel_that_has_imported_keras_is_restarted(imported: dict[str, str], restarts: bool) -> None:
    kernel = Kernel(is_notebook=True, imported=imported)
    parts = spell([RestartStep(), SET], environment(), kernel=kernel)
    assert [part.is_code for part in parts] == ([False, True] if restarts else [True])
    assert not restarts or parts[0].text == "Restart the kernel, then run this in the first cell:"
    assert spell([RestartStep()], environment(), Place.BASH) == []


def test_where_lines_are_pasted() -> None:
    assert place_of(of("colab")) is Place.CELL
    assert place_of(of(), Kernel(is_notebook=True)) is Place.CELL
    assert place_of(of(), Kernel(is_notebook=False)) is Place.BASH
    assert place_of(of(system="Windows")) is Place.POWERSHELL


# --------------------------------------------------------------------------------------------------- the system


def test_a_python_of_the_operating_system_gets_a_virtual_environment() -> None:
    parts = spell([ADD], environment(interpreter=SYSTEM))
    assert [part.text for part in parts] == [
        "/usr/bin/python3 -m venv --system-site-packages .venv",
        ".venv/bin/python -m pip install 'tf-keras~=2.19.0'",
        "Then start your program with .venv/bin/python.",
    ]
    fresh = lines([REPLACE], environment(interpreter=SYSTEM))
    assert fresh[0] == "/usr/bin/python3 -m venv .venv", "what is to go stays outside of it"
    cell = spell([ADD], environment(interpreter=SYSTEM), Place.CELL)
    assert [part.text for part in cell][1:] == [
        '!.venv/bin/python -m pip install "tf-keras~=2.19.0" ipykernel',
        "Choose .venv as the notebook's kernel.",
    ]


# ------------------------------------------------------------------------------------------------------ quoting


@pytest.mark.parametrize(
    ("place", "executable", "first"),
    [
        (Place.CMD, r"C:\envs\a\python.exe", r"C:\envs\a\python.exe"),
        (Place.CMD, r"C:\Program Files\py\python.exe", r'"C:\Program Files\py\python.exe"'),
        (Place.POWERSHELL, r"C:\Program Files\py\python.exe", r'& "C:\Program Files\py\python.exe"'),
        (Place.POWERSHELL, r"C:\$envs\python.exe", r"& 'C:\$envs\python.exe'"),
        (Place.POWERSHELL, r"C:\envs\a\python.exe", r"C:\envs\a\python.exe"),
    ],
)
def test_windows_quotes_with_double_marks(place: Place, executable: str, first: str) -> None:
    facts = of(system="Windows", executable=executable)
    assert lines([InstallStep(("keras>=3.12",))], facts, place) == (f'{first} -m pip install "keras>=3.12"',)


@pytest.mark.parametrize(
    ("place", "set_line", "unset_line"),
    [
        (Place.BASH, "export A=1", "unset A"),
        (Place.POWERSHELL, '$env:A = "1"', "Remove-Item Env:A"),
        (Place.CMD, 'set "A=1"', 'set "A="'),
        (Place.DOCKERFILE, "ENV A=1", "Remove the line that sets A."),
        (Place.WORKFLOW, 'env:\n  A: "1"', "Remove the line that sets A."),
    ],
)
def test_variables(place: Place, set_line: str, unset_line: str) -> None:
    assert [part.text for part in spell([SET, UNSET], environment(), place)] == [set_line, unset_line]


def test_images_and_workflows_install_with_the_pip_of_their_own_python() -> None:
    assert lines([ADD], of("poetry"), Place.DOCKERFILE) == ("RUN python -m pip install 'tf-keras~=2.19.0'",)
    assert lines([ADD], of("uv"), Place.WORKFLOW) == ("- run: python -m pip install 'tf-keras~=2.19.0'",)


def test_the_home_folder_is_a_tilde_that_the_shell_expands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    facts = of(executable="/home/ada/my envs/bin/python")
    assert lines([ADD], facts, Place.BASH)[0].startswith("~/'my envs/bin/python' -m pip")


@pytest.mark.skipif(os.name == "nt", reason="asks a POSIX shell")
@pytest.mark.parametrize("word", ["keras>=3.12,<4", "a b", "x'y", 'q"r', "$HOME", "~=2.0", "é"])
def test_a_shell_reads_back_what_was_quoted(word: str, tmp_path: Path) -> None:
    program = tmp_path / "echo words.py"
    program.write_text("import sys; print(*sys.argv[1:], sep='\\n')")
    (line,) = lines([InstallStep((word,))], of("uv", executable="/x"), Place.BASH)
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {line}"
    seen = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=True)
    assert seen.stdout.splitlines()[-1] == word


def test_a_text_is_sentences() -> None:
    steps: list[Step] = [TextStep("Close it.\nRename it.")]
    assert spell(steps, environment()) == [Part("Close it.", False), Part("Rename it.", False)]
