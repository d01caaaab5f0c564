"""``kdoctor fix --prove`` and ``--apply --environment``: what is installed is afterwards the old or the new."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import pytest

from kdoctor.environment.steps import UNFINISHED
from tests.cli.test_run import environment as quiet
from tests.remedies.packages import contents, installed, made, site, variables, wheel

pytestmark = pytest.mark.thorough  # each makes a virtual environment and starts the command
STEP = "tf-keras~=2.18.0"

# In place of an installer: it does the half, waits, and does the rest.
SLOW_UV = """#!{python}
import os, pathlib, sys, time
folder, site = pathlib.Path({folder!r}), pathlib.Path({site!r})
(folder / ("dry" if "--dry-run" in sys.argv else "half")).touch()
if "--dry-run" not in sys.argv:
    (site / "tf_keras.py").unlink()
    (site / "tf_keras-2.16.0.dist-info").rename(site / "tf_keras-2.18.0.dist-info")
    (site.parents[2] / "bin" / "new-program").touch()
    time.sleep({seconds})
    if {fails}:
        sys.exit("error: it went wrong")
    (site / "tf_keras.py").write_text("__version__ = '2.18.0'")
    text = (site / "tf_keras-2.18.0.dist-info" / "METADATA").read_text().replace("2.16.0", "2.18.0")
    (site / "tf_keras-2.18.0.dist-info" / "new").write_text(text)
    (site / "tf_keras-2.18.0.dist-info" / "new").replace(site / "tf_keras-2.18.0.dist-info" / "METADATA")
time.sleep({seconds} / 4)
"""


@pytest.fixture
def python(tmp_path: Path) -> str:
    """An environment in which tf-keras is of another release than TensorFlow."""
    facts = made(tmp_path / "env", ("tensorflow", "2.18.1"), ("keras", "3.8.0"), ("tf_keras", "2.16.0"))
    wheel(tmp_path / "wheels", "tf_keras", "2.18.0")
    return facts.interpreter.executable


def command(python: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "kdoctor", "fix", "--python", python, "--no-canaries", *arguments]


def fix(python: str, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    where = Path(python).parents[2] / "empty"
    where.mkdir(exist_ok=True)
    return subprocess.run(
        command(python, *arguments),
        env={**quiet(), **environ},
        cwd=where,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def everything(python: str) -> dict[str, bytes]:
    prefix = Path(python).parents[1]
    return {name: data for name, data in contents(prefix).items() if "__pycache__" not in name and name != ".lock"}


def slow(python: str, folder: Path, seconds: float = 1.0, *, fails: bool = False) -> dict[str, str]:
    program = folder / "programs" / "uv"
    program.parent.mkdir(exist_ok=True)
    text = SLOW_UV.format(
        python=sys.executable, folder=str(folder), site=str(site(python)), seconds=seconds, fails=fails
    )
    program.write_text(text)
    program.chmod(0o755)
    return {**variables(folder), "PATH": f"{program.parent}:/usr/bin:/bin"}


def mark_as_uv(python: str) -> None:
    """What uv leaves behind in the environments that it makes."""
    with (Path(python).parents[1] / "pyvenv.cfg").open("a") as file:
        file.write("uv = 0.9\n")


def test_it_installs_what_the_plan_says_and_shows_it_before(python: str, tmp_path: Path) -> None:
    mark_as_uv(python)
    done = fix(python, variables(tmp_path / "wheels"), "--apply", "--environment", "--yes")
    assert done.returncode == 0, done.stderr
    assert STEP in done.stdout
    assert "Would install 1 package" in done.stdout
    assert "Before: KD014. After: nothing to fix." in done.stdout
    assert "opening a connection" in done.stderr
    assert installed(python)["tf_keras"] == "2.18.0"
    assert not (Path(python).parents[1] / UNFINISHED).exists()


def test_it_asks_and_a_script_has_to_say_yes(python: str, tmp_path: Path) -> None:
    before = everything(python)
    done = fix(python, variables(tmp_path / "wheels"), "--apply", "--environment")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert everything(python) == before


@pytest.mark.parametrize("option", ["--prove", "--apply --environment --yes"])
def test_without_a_network_nothing_is_changed(python: str, tmp_path: Path, option: str) -> None:
    mark_as_uv(python)
    before = everything(python)
    done = fix(python, variables(tmp_path / "wheels", wheels=False), *option.split())
    assert done.returncode == 4
    assert "cannot reach its package index" in done.stdout + done.stderr
    assert everything(python) == before


def test_an_install_that_fails_leaves_what_was_there(python: str, tmp_path: Path) -> None:
    mark_as_uv(python)
    before = everything(python)
    done = fix(python, slow(python, tmp_path, 0.1, fails=True), "--apply", "--environment", "--yes")
    assert done.returncode == 4
    assert "it went wrong" in done.stderr
    assert "What was there before is back." in done.stderr
    assert everything(python) == before


def test_a_result_that_is_worse_is_taken_back(python: str, tmp_path: Path) -> None:
    """The new tf-keras brings a distribution that writes to the same package as the TensorFlow that is there."""
    mark_as_uv(python)
    wheel(tmp_path / "wheels", "tf_keras", "2.18.0", requires=("keras==2.15.0",))
    wheel(tmp_path / "wheels", "keras", "2.15.0")
    before = everything(python)
    done = fix(python, variables(tmp_path / "wheels"), "--apply", "--environment", "--yes")
    assert done.returncode == 4, done.stdout
    assert "What was there before is back." in done.stderr
    assert everything(python) == before
    done = fix(python, variables(tmp_path / "wheels"), "--prove")
    assert done.returncode == 1
    assert "Newly fails" in done.stdout
    assert everything(python) == before


def test_what_no_index_has_is_named_and_nothing_is_installed(python: str, tmp_path: Path) -> None:
    origin = {"url": "file:///home/ada/lantern", "dir_info": {"editable": True}}
    (site(python) / "tf_keras-2.16.0.dist-info" / "direct_url.json").write_text(json.dumps(origin))
    done = fix(python, variables(tmp_path / "wheels"), "--apply", "--environment", "--yes")
    assert done.returncode == 2
    assert "tf_keras (editable)" in done.stderr


def test_no_python_but_that_of_a_virtual_environment_is_changed(tmp_path: Path) -> None:
    base = made(tmp_path / "env", ("tensorflow", "2.18.1"), ("keras", "3.8.0"), ("tf_keras", "2.16.0")).interpreter
    environ = {**variables(tmp_path / "wheels"), "PYTHONPATH": str(site(base.executable))}
    done = fix(os.path.realpath(base.executable), environ, "--apply", "--environment", "--yes")
    assert done.returncode == 2
    assert "virtual environment" in done.stderr


def test_options_that_do_not_go_together(python: str) -> None:
    for options in (["--environment"], ["--apply", "--yes"], ["--prove", "--diff"], ["--prove", "--apply"]):
        assert fix(python, {}, *options).returncode == 2


@pytest.mark.parametrize(
    ("journal", "said"),
    [
        ({"state": "installing", "pid": 0}, "packages may be missing"),
        ({"state": "installed", "pid": 0}, "it is installed"),
        ({"state": "installing", "pid": os.getpid()}, "at this moment"),
        (None, "nothing was changed"),
        ({"state": "installing", "pid": 0, "kept": [["/etc", "kept-0"]]}, ""),
        ({"state": "installing", "pid": 0, "kept": [["{prefix}/lib", "../kept-0"]]}, ""),
        ({"state": "installing", "pid": "1"}, ""),
    ],
)
def test_check_says_what_became_of_an_installation(python: str, journal: Optional[dict[str, Any]], said: str) -> None:
    prefix = Path(python).parents[1]
    folder = prefix / UNFINISHED
    folder.mkdir()
    if journal is not None:
        whole = {"prefix": str(prefix), "what": STEP, "problem": "", "kept": [], **journal}
        (folder / "journal.json").write_text(json.dumps(whole).replace("{prefix}", str(prefix)))
    checked = [sys.executable, "-m", "kdoctor", "check", "--python", python, "--no-canaries", "--no-code"]
    done = subprocess.run(checked, env=quiet(), cwd=prefix.parent, capture_output=True, text=True, check=False)
    assert said in done.stderr
    assert bool(said) == ("earlier kdoctor fix" in done.stderr or "is installing" in done.stderr)
    assert folder.exists(), "check changes nothing"


def test_what_was_there_comes_back_where_nothing_is_left_to_examine(python: str) -> None:
    """A kill of all while packages are put back: the folder of the packages is away for a moment."""
    prefix, packages = Path(python).parents[1], site(python)
    before = everything(python)
    (prefix / UNFINISHED).mkdir()
    packages.rename(prefix / UNFINISHED / "kept-0")
    journal = {"prefix": str(prefix), "what": "keras>=3.12", "state": "installing", "kept": [[str(packages), "kept-0"]]}
    (prefix / UNFINISHED / "journal.json").write_text(json.dumps(journal))
    done = fix(python, {}, "--apply", "--environment", "--yes")
    assert (done.returncode, "what was there before is back" in done.stderr) == (4, True), done.stderr
    assert everything(python) == before
    assert fix(python, {}, "--apply", "--environment").returncode == 2, "there is nobody to ask"


MOMENTS: dict[str, Callable[[Path, Path], bool]] = {
    "it shows what it would do": lambda folder, prefix: (folder / "dry").exists(),
    "it keeps what is there": lambda folder, prefix: (prefix / UNFINISHED).exists(),
    "the half is installed": lambda folder, prefix: (folder / "half").exists(),
    "all is installed": lambda folder, prefix: (
        _has(prefix, "tf_keras-2.18.0.dist-info/INSTALLED") or '"installed"' in _journal(prefix)
    ),
    "what was there is put back": lambda folder, prefix: (
        '"restored"' in _journal(prefix) or _has(prefix, "*.kdoctor-new")
    ),
}


def _has(prefix: Path, pattern: str) -> bool:
    """Whether there is such a file at this moment; a folder that goes while it is searched raises on older Pythons."""
    with contextlib.suppress(FileNotFoundError):
        return any(prefix.rglob(pattern))
    return False


def _journal(prefix: Path) -> str:
    try:
        return (prefix / UNFINISHED / "journal.json").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("both", [False, True], ids=["alone", "with-what-installs"])
def test_a_kill_leaves_the_old_or_the_new_and_the_next_run_says_which(
    python: str, tmp_path: Path, moment: str, both: bool
) -> None:
    mark_as_uv(python)
    prefix = Path(python).parents[1]
    (tmp_path / "empty").mkdir()
    before = everything(python)
    environ = {**quiet(), **slow(python, tmp_path, fails=moment.startswith("what was"))}
    deadline = time.monotonic() + 60
    while not _is_killed(python, tmp_path, environ, MOMENTS[moment], both=both):
        assert time.monotonic() < deadline, "it came to its end before it could be killed, every time"
    quiet_since = time.monotonic()  # what installs outlives a killed kdoctor, and may just have begun
    while time.monotonic() < quiet_since + 0.5:
        assert time.monotonic() < deadline
        if _at_work(prefix):
            quiet_since = time.monotonic()
        time.sleep(0.02)
    had_journal = bool(_journal(prefix))
    next_run = fix(python, environ)
    if both and "may be missing" in next_run.stderr:
        next_run = fix(python, environ, "--apply", "--environment", "--yes")
        assert next_run.returncode == 4
    now = everything(python)
    if "it is installed" in next_run.stderr:
        assert installed(python)["tf_keras"] == "2.18.0"
        assert b"2.18.0" in now[str((site(python) / "tf_keras.py").relative_to(prefix))]
    else:
        assert not had_journal or "nothing was changed" in next_run.stderr or "is back" in next_run.stderr
        assert now == before
    assert not (prefix / UNFINISHED).exists()
    assert not list(prefix.rglob("*.kdoctor-*"))


def _is_killed(
    python: str, folder: Path, environ: dict[str, str], is_now: Callable[[Path, Path], bool], *, both: bool
) -> bool:
    """Start a run and kill it at a moment; False where it was over before, with what was there put back."""
    prefix = Path(python).parents[1]
    with subprocess.Popen(
        command(python, "--apply", "--environment", "--yes"),
        env=environ,
        cwd=folder / "empty",
        stderr=subprocess.PIPE,
    ) as process:
        while not is_now(folder, prefix):
            if process.poll() is not None:
                assert process.stderr
                assert b"is back" in process.stderr.read()
                return False
            time.sleep(0.002)
        process.kill()
        journal = json.loads(_journal(prefix) or "{}")
        if both and journal.get("pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(journal["pid"], signal.SIGKILL)
    return True


def _at_work(prefix: Path) -> bool:
    try:
        os.kill(json.loads(_journal(prefix))["pid"], 0)
    except (OSError, ValueError, KeyError):
        return False
    return '"installed"' not in _journal(prefix) and '"restored"' not in _journal(prefix)
