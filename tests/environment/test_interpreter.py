"""Finding an interpreter, asking it, and saying clearly why it cannot be asked."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from kdoctor import files
from kdoctor.environment import InterpreterError, examine, locate

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for interpreters are shell scripts")


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


class Script:
    """Makes programs that are no Python, or not quite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, name: str = "python") -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing in it, at a path that is not easy to spell."""
    folder = tmp_path_factory.mktemp("alte Umgebung für 环境") / "v env"
    venv.create(folder, with_pip=False, symlinks=True)
    return folder


def test_an_interpreter_a_folder_and_a_project_are_all_understood(bare: Path, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(bare)
    for given in (bare / "bin" / "python", bare, tmp_path):
        interpreter = examine(str(given)).interpreter
        assert Path(interpreter.prefix).samefile(bare)
        assert interpreter.venv


def test_a_name_on_path_is_understood(bare: Path) -> None:
    environment = examine("python", environ={"PATH": str(bare / "bin"), "HOME": str(bare)})
    assert Path(environment.interpreter.prefix).samefile(bare)


def test_a_relative_path_and_a_tilde_are_understood(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bare.parent)
    assert Path(examine(f".{os.sep}{bare.name}").interpreter.prefix).samefile(bare)
    monkeypatch.setenv("HOME", str(bare.parent))
    assert Path(examine(f"~{os.sep}{bare.name}").interpreter.prefix).samefile(bare)


def test_the_facts_are_the_same_from_within_and_from_without(tmp_path: Path) -> None:
    """The running interpreter is asked in process, which must not make a difference."""
    code = (
        "import dataclasses, json\n"
        "from kdoctor.environment import examine\n"
        "import sys\n"
        "for python in (None, sys.executable):\n"
        "    facts = dataclasses.replace(examine(python), imported=())\n"
        "    print(json.dumps(dataclasses.asdict(facts), default=str))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, check=True, text=True)
    within, without = map(json.loads, done.stdout.splitlines())
    assert within == without


def test_noise_at_start_does_no_harm(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text('print("{\\"too_old\\": 1}"); import sys; sys.stderr.write("noise")\n')
    environment = examine(str(bare), environ={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert environment.interpreter.venv


def test_modules_in_the_working_folder_are_not_imported(bare: Path, tmp_path: Path) -> None:
    for name in ("json", "re", "tensorflow"):
        (tmp_path / f"{name}.py").write_text('raise SystemExit("imported")\n')
    environment = examine(str(bare), working_folder=str(tmp_path))
    assert [shadow.name for shadow in environment.shadows] == ["tensorflow"]


def test_pythonpath_is_seen_as_programs_see_it(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").touch()
    environment = examine(str(bare), environ={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert [(shadow.name, shadow.on_path) for shadow in environment.shadows] == [("keras", True)]


@pytest.mark.parametrize(
    ("python_path", "names", "blamed"),
    [
        (":/nowhere", ["json.py"], "json.py"),
        ("{folder}", ["code.py", "stat.txt", "re"], "re"),
        ("/nowhere:{folder}", ["sitecustomize.py"], "sitecustomize.py"),
        (".", ["linecache.py", "json"], "json"),
    ],
)
def test_a_file_that_hides_one_of_pythons_is_named(
    bare: Path, tmp_path: Path, python_path: str, names: list[str], blamed: str
) -> None:
    if python_path == "." and sys.version_info >= (3, 13):
        pytest.skip("of a relative PYTHONPATH this Python does not say where it leads")
    for name in names:
        place = tmp_path / name / "__init__.py" if "." not in name else tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text("" if name == "code.py" else "import os; os._exit(3)\n")
    environ = {"PYTHONPATH": python_path.replace("{folder}", str(tmp_path)).replace(":", os.pathsep)}
    with pytest.raises(InterpreterError) as raised:
        examine(str(bare), working_folder=str(tmp_path), environ={**os.environ, **environ})
    said = str(raised.value)
    assert os.path.join(tmp_path, blamed) in said
    assert "stat.txt" not in said
    assert "anew" not in said


def test_what_fails_without_pythonpath_too_is_not_blamed_on_it(script: Script, tmp_path: Path) -> None:
    (tmp_path / "json.py").touch()
    with pytest.raises(InterpreterError, match="does not answer like a Python"):
        examine(
            script("#!/bin/sh\nexit 0\n"),
            working_folder=str(tmp_path),
            environ={**os.environ, "PYTHONPATH": str(tmp_path)},
        )


def test_nothing_is_written(bare: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    before = sorted(bare.rglob("*"))
    examine(str(bare), environ={"HOME": str(home), "PATH": os.defpath})
    assert list(home.iterdir()) == []
    assert sorted(bare.rglob("*")) == before


def test_no_home_and_a_home_that_is_not_there(bare: Path) -> None:
    for environ in ({"PATH": os.defpath}, {"PATH": os.defpath, "HOME": "/there/is/none"}):
        assert examine(str(bare), environ=environ).keras_config is not None


def test_a_working_folder_that_is_gone_is_no_obstacle(bare: Path, tmp_path: Path) -> None:
    assert examine(str(bare), working_folder=str(tmp_path / "gone")).shadows == ()


def test_it_says_that_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"There is no .*nowhere.*Give the path of an interpreter"):
        examine(str(tmp_path / "nowhere" / "python"))
    with pytest.raises(InterpreterError, match="There is no python-of-nowhere on PATH"):
        examine("python-of-nowhere")


def test_it_says_that_what_is_there_is_no_program(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "python")
    for path in ("/dev/null", str(tmp_path / "python")):
        with pytest.raises(InterpreterError, match="is not a program"):
            examine(path)


def test_it_says_that_a_folder_holds_none(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="There is no Python in the folder"):
        examine(str(tmp_path))


def test_it_says_that_the_python_of_an_environment_is_gone(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(tmp_path / "removed")
    with pytest.raises(InterpreterError, match=r"points to .*removed.*Create the environment again"):
        examine(str(link))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\necho hello\n", "does not answer like a Python interpreter"),
        ('#!/bin/sh\nprintf "%s\\n" "$@"\n', "does not answer like a Python interpreter"),
        ("#!/bin/sh\nexit 3\n", r"exit status 3.*It said nothing"),
        ("#!/bin/sh\nhead -c 100000 /dev/urandom\n", "does not answer like a Python interpreter"),
        ("#!/bin/sh\nkill -9 $$\n", "signal 9"),
        ("#!/bin/sh\necho 'Fatal Python error: init_fs_encoding' >&2\nexit 1\n", "Fatal Python error"),
        ("\x7fELF rubbish", "cannot be run"),
    ],
)
def test_it_says_that_it_is_no_python(script: Script, text: str, says: str) -> None:
    with pytest.raises(InterpreterError, match=says):
        examine(script(text))


def test_it_says_that_it_may_not_be_run(tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\n")
    with pytest.raises(InterpreterError, match="cannot be run"):
        examine(str(path))


def test_it_says_that_a_python_is_too_old(script: Script) -> None:
    pretender = (
        f"#!{sys.executable}\n"
        "import sys\n"
        "code = sys.argv[sys.argv.index('-c') + 1]\n"
        "sys.argv = ['-c'] + sys.argv[sys.argv.index('-c') + 2:]\n"
        "sys.version_info = (3, 7, 17, 'final', 0)\n"
        "exec(code)\n"
    )
    with pytest.raises(InterpreterError, match=r"is Python 3\.7\.17\. kdoctor examines Python 3\.8 and newer"):
        examine(script(pretender))


def test_an_interpreter_is_known_by_the_path_that_was_given(script: Script) -> None:
    wrapper = script(f'#!/bin/sh\nexport WRAPPED=1\nexec "{sys.executable}" "$@"\n', name="module-python")
    assert examine(wrapper).interpreter.executable == wrapper


def test_a_python_that_hangs_is_given_up_with_all_that_it_started(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kdoctor.environment.DEADLINE", 0.5)
    start = time.monotonic()
    with pytest.raises(InterpreterError, match=r"did not answer within 0\.5 seconds"):
        examine(script("#!/bin/sh\nsleep 60 &\nsleep 60\n"))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("name", ["python", "python3", "venv"])
def test_a_name_is_looked_for_on_path_only(
    bare: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository may hold a folder or a program of that name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).symlink_to(bare)
    with pytest.raises(InterpreterError, match=rf"There is no {name} on PATH.*the folder of that name.*\./{name}$"):
        locate(name, {"PATH": str(tmp_path / "empty")})
    assert locate(f"./{name}", {}) == str(tmp_path / name / "bin" / "python")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / name).symlink_to(bare / "bin" / "python")
    assert locate(name, {"PATH": str(tmp_path / "bin")}) == str(tmp_path / "bin" / name)


def test_a_program_in_the_working_folder_is_offered_by_its_path(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(script.folder)
    script("#!/bin/sh\ntouch started\n", "python3.99")
    with pytest.raises(InterpreterError, match=r"the file of that name in this folder, give its path: \./python3\.99$"):
        examine("python3.99")
    assert not (script.folder / "started").exists()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("python", False),
        ("python3.11", False),
        ("venv", False),
        (".venv", True),
        ("..", True),
        ("a/b", True),
        ("~", True),
    ],
)
def test_a_path_has_a_separator_or_begins_with_a_dot(name: str, path: bool) -> None:
    assert files.is_path(name) is path
