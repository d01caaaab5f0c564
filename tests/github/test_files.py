"""What the hosts of code read of this repository: valid by their own schemas, and the hooks really run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

yaml: Any = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent.parent
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.thorough
@pytest.mark.skipif(importlib.util.find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed")
@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-actions", [ROOT / "action.yml"]),
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_files_are_valid(schema: str, files: list[Path]) -> None:
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_issue_forms_ask_for_the_environment(form: Path) -> None:
    fields = {field["id"]: field for field in yaml.safe_load(form.read_text(encoding="utf-8"))["body"]}
    assert "kdoctor env --markdown" in fields["environment"]["attributes"]["description"]
    assert fields["environment"]["validations"]["required"] is True


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_workflows_give_no_right_that_a_job_does_not_ask_for(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert not re.search(r"\$\{\{.*(event|head_ref|title|body)", step.get("run", ""))


def test_only_publishing_may_act_as_the_project_on_pypi() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert "id-token" not in jobs["build"]["permissions"]
    assert not [step for step in jobs["publish"]["steps"] if "run" in step]


# ----------------------------------------------------------------------------------------------- pre-commit

CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: kdoctor-scan
      - id: kdoctor-fix
        args: [--target, tensorflow==2.21]
      - id: kdoctor-check
        args: [--no-canaries, --require, rnn-stateful-carry]
"""
OLD_CODE = """\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.LSTM(4, stateful=True, batch_input_shape=(1, 2, 3))])
model.reset_states()
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all", "--no-verify")
    return git(folder, "rev-parse", "HEAD")


def copy_of_this_repository(target: Path) -> None:
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if name.startswith("tests/") or not (ROOT / name).is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target / name)


def run_hook(folder: Path, home: Path, hook: str) -> tuple[int, str]:
    environ = {**os.environ, "PRE_COMMIT_HOME": str(home), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color", "never", "--verbose"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8")
    found = re.search(r"- exit code: (\d+)", done.stdout)
    assert found or done.returncode == 0 or "files were modified" in done.stdout, done.stdout + done.stderr
    return int(found[1]) if found else 0, done.stdout


@pytest.mark.thorough
def test_the_hook_that_fixes_changes_the_files_that_it_is_given(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    entry = next(hook["entry"] for hook in hooks if hook["id"] == "kdoctor-fix").split()
    (tmp_path / "train.py").write_text(OLD_CODE)
    (tmp_path / "other.py").write_text(OLD_CODE)
    command = [sys.executable, "-m", *entry, "--target", "tensorflow==2.21", "train.py"]
    outputs = [subprocess.run(command, cwd=tmp_path, capture_output=True, text=True) for _ in range(2)]
    assert [done.returncode for done in outputs] == [0, 0], outputs
    assert "Input(batch_shape=(1, 2, 3))" in (tmp_path / "train.py").read_text()
    assert "No change." in outputs[1].stdout
    assert (tmp_path / "other.py").read_text() == OLD_CODE


@pytest.mark.lab
@pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed")
def test_pre_commit_runs_the_hooks(tmp_path: Path) -> None:
    hooks, project, home = tmp_path / "hooks", tmp_path / "project", tmp_path / "home"
    hooks.mkdir()
    project.mkdir()
    copy_of_this_repository(hooks)
    (project / "train.py").write_text(OLD_CODE)
    (project / "notes.txt").write_text("model.reset_states()\n")
    (project / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=hooks, revision=committed(hooks)))
    (project / "kdoctor.toml").write_text(f"python = ['{sys.executable}']\n")
    committed(project)

    code, said = run_hook(project, home, "kdoctor-scan")
    assert code == 1, said
    assert "train.py:4" in said
    assert "notes.txt" not in said

    code, said = run_hook(project, home, "kdoctor-fix")
    assert "files were modified by this hook" in said
    assert "Input(batch_shape=(1, 2, 3))" in (project / "train.py").read_text()
    assert (project / "notes.txt").read_text() == "model.reset_states()\n"
    git(project, "add", "--all")
    code, said = run_hook(project, home, "kdoctor-fix")
    assert "Passed" in said

    (project / "train.py").write_text("import tensorflow as tf\n\nprint(tf.constant(1.0))\n")
    git(project, "add", "--all")
    code, said = run_hook(project, home, "kdoctor-scan")
    assert code == 0, said

    code, said = run_hook(project, home, "kdoctor-check")
    assert code in (0, 1, 3, 4), said
    version = ".".join(map(str, sys.version_info[:3]))
    assert version in said, "the interpreter that the configuration names is examined, not that of pre-commit"
