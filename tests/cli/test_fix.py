"""``kdoctor fix`` as a user starts it: nothing is written without --apply, and then whole files only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.cli.test_run import environment
from tests.remedies.rewriting import notebook, sources

pytestmark = pytest.mark.thorough  # each starts the command

TARGET = ("--target", "tensorflow==2.21", "--target", "keras==3.15")
SAFE = "import keras\na = keras.optimizers.Adam(lr=0.1)  # rate\r\n"
UNSAFE = "import keras\nb = keras.optimizers.legacy.SGD(0.1)\n"


def fix(where: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "kdoctor", "fix", *arguments, *TARGET],
        env=environment(),
        cwd=where,
        input=stdin.encode(),
        capture_output=True,
        check=False,
    )


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode()


def test_the_plan_changes_nothing_and_begins_with_the_code(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes((SAFE + UNSAFE).encode())
    done = fix(tmp_path, "a.py")
    assert done.returncode == 0
    plan = said(done)
    assert plan.index("1: Change the code in 1 file") < plan.index("kdoctor fix a.py --apply --unsafe")
    assert (tmp_path / "a.py").read_bytes() == (SAFE + UNSAFE).encode()
    assert os.listdir(tmp_path) == ["a.py"]


def test_the_commands_of_the_plan_judge_as_the_plan_did(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes((SAFE + UNSAFE).encode())
    plan = said(fix(tmp_path, "a.py", "--only", "KD802"))
    offered = [line.split() for line in plan.splitlines() if line.split()[:2] == ["kdoctor", "fix"]]
    assert [line[3] for line in offered] == ["--diff", "--apply"]
    for line in offered:
        assert line[4:] == ["--target", TARGET[1], "--target", TARGET[3], "--only", "KD802"]
    left = said(fix(tmp_path, "a.py", "--apply", "--no-config")).splitlines()[-1]
    assert f"kdoctor fix a.py --diff --unsafe {' '.join(TARGET)} --no-config shows them" in left


def test_a_diff_is_a_patch_and_the_exit_code_says_whether_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SAFE.encode())
    done = fix(tmp_path, "--diff")
    assert done.returncode == 1
    assert done.stderr.decode() == "1 change in 1 file.\n"
    (tmp_path / "patch").write_bytes(done.stdout)
    assert (tmp_path / "a.py").read_bytes() == SAFE.encode()
    subprocess.run(["git", "apply", "-p0", "patch"], cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == SAFE.replace("lr=", "learning_rate=").encode()
    again = fix(tmp_path, "--diff")
    assert (again.returncode, again.stdout) == (0, b"")


def test_apply_makes_safe_changes_and_unsafe_ones_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SAFE.encode())
    (tmp_path / "a.py").chmod(0o640)
    (tmp_path / "b.py").write_bytes(UNSAFE.encode())
    (tmp_path / "c.ipynb").write_text(notebook(SAFE), "utf-8")
    done = fix(tmp_path, "--apply")
    assert done.returncode == 0
    assert "a.py: 1 change (KD802)" in said(done)
    assert "1 more change with --unsafe" in said(done)
    assert (tmp_path / "a.py").read_bytes() == SAFE.replace("lr=", "learning_rate=").encode()
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "b.py").read_bytes() == UNSAFE.encode()
    assert sources((tmp_path / "c.ipynb").read_bytes()) == [SAFE.replace("lr=", "learning_rate=")]
    done = fix(tmp_path, "--apply", "--unsafe")
    assert "b.py:2: KD801: " in said(done)
    assert "keras.optimizers.SGD(0.1)" in (tmp_path / "b.py").read_text()
    assert "No change." in said(fix(tmp_path, "--apply", "--unsafe"))


@pytest.mark.parametrize("flags", [(), ("--diff",), ("--apply",)], ids=["plan", "diff", "apply"])
def test_what_cannot_be_read_is_named_and_is_no_success(flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("from keras import (\n")
    (tmp_path / "good.py").write_text("import keras\n")
    (tmp_path / "folder").mkdir()
    for paths, code in ((("bad.py",), 3), (("bad.py", "good.py"), 4), (("folder",), 3), (("good.py",), 0)):
        done = fix(tmp_path, *paths, *flags)
        assert done.returncode == code, (paths, done.stderr)
        assert (b"Not read: bad.py" in done.stderr) is ("bad.py" in paths)
    assert fix(tmp_path, "missing.py", *flags).returncode == 2


def test_a_link_stays_a_link_and_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").write_bytes(SAFE.encode())
    (tmp_path / "link.py").symlink_to("real/a.py")
    assert fix(tmp_path, "link.py", "--apply").returncode == 0
    assert (tmp_path / "link.py").is_symlink()
    assert b"learning_rate" in (tmp_path / "real" / "a.py").read_bytes()
    assert fix(tmp_path, "-", "--apply", stdin=SAFE).returncode == 2
    assert "+a = keras.optimizers.Adam(learning_rate" in said(fix(tmp_path, "-", "--diff", stdin=SAFE))


def test_what_reads_sarif_can_make_the_same_changes(tmp_path: Path) -> None:
    text = "é = 1; import keras\r\na = keras.optimizers.Adam(\r\n    lr=é,  # ü\r\n    decay=0.0)\r\n"
    (tmp_path / "ä b.py").write_bytes(text.encode())
    (tmp_path / "c.ipynb").write_text(notebook(SAFE), "utf-8")
    command = [sys.executable, "-m", "kdoctor", "scan", "--format", "sarif", *TARGET]
    done = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, check=False)
    [run] = json.loads(done.stdout)["runs"]
    found = [(result, one) for result in run["results"] for one in result.get("fixes", ())]
    assert {result["ruleId"] for result, _ in found} == {"KD802", "KD803"}
    lines = text.split("\n")
    ranges = []
    for _, one_fix in found:
        assert one_fix["description"]["text"]
        [change] = one_fix["artifactChanges"]
        assert unquote(change["artifactLocation"]["uri"]) == "ä b.py", "cells have no lines in their file"
        for one in change["replacements"]:
            where = {name: value - 1 for name, value in one["deletedRegion"].items()}
            start, end = (
                sum(len(line) + 1 for line in lines[: where[f"{at}Line"]]) + where[f"{at}Column"]
                for at in ("start", "end")
            )
            ranges.append((start, end, one["insertedContent"]["text"]))
    for start, end, new in sorted(ranges, reverse=True):
        text = text[:start] + new + text[end:]
    assert fix(tmp_path, "ä b.py", "--apply").returncode == 0
    assert (tmp_path / "ä b.py").read_bytes().decode() == text


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("shell", "export TF_USE_LEGACY_KERAS=1"),
        ("powershell", '$env:TF_USE_LEGACY_KERAS = "1"'),
        ("notebook", "import kdoctor; kdoctor.use_legacy_keras()"),
        ("dockerfile", "RUN python -m pip install 'tf-keras~=2.21.0'"),
        ("requirements", "tf-keras~=2.21.0"),
        ("conda", "  - tf-keras~=2.21.0"),
        ("github", "- run: python -m pip install 'tf-keras~=2.21.0'"),
    ],
)
def test_the_steps_are_written_for_a_place(place: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from tensorflow import keras\nkeras.Sequential().fit_generator(x)\n")
    assert f"\n    {line}\n" in said(fix(tmp_path, "a.py", "--as", place))


def test_names_of_tensorflow_1_and_of_its_arguments(tmp_path: Path) -> None:
    code = (
        "import tensorflow as tf\na = tf.log(tf.reduce_sum(1.0, reduction_indices=0))\nb = tf.placeholder(tf.float32)\n"
    )
    (tmp_path / "a.py").write_text(code)
    assert fix(tmp_path, "--apply").returncode == 0
    safe = code.replace("tf.log", "tf.compat.v1.log").replace("reduction_indices", "axis")
    assert (tmp_path / "a.py").read_text() == safe
    fix(tmp_path, "--apply", "--unsafe")
    assert (tmp_path / "a.py").read_text() == safe.replace("tf.placeholder", "tf.compat.v1.placeholder")
