"""The action's steps, run by a shell as GitHub would run them."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

yaml: Any = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(os.name != "posix" or BASH is None, reason="there is no bash that these tests can use")

RECORDER = """\
#!{python}
import json, sys
json.dump(sys.argv[1:], open({record!r}, "w"))
for value in sys.argv[1:]:
    name, sign, path = value.partition("=")
    if name in ("json", "sarif"):
        open(path, "w").write("{{}}")
raise SystemExit({code})
"""


class Ran(NamedTuple):
    code: int
    outputs: Mapping[str, str]
    text: str


class Job:
    """A job's folders and variables."""

    def __init__(self, folder: Path) -> None:
        self.workspace, self.temporary = folder / "a workspace", folder / "temp folder"
        self.workspace.mkdir()
        (self.temporary / "keras-doctor").mkdir(parents=True)
        self.record = folder / "arguments.json"
        self.doctor = folder / "doctor"

    def doctor_that_records(self, code: int = 0) -> Mapping[str, str]:
        """What stands for the interpreter of the doctor's environment, as the step is told of it."""
        self.doctor.write_text(RECORDER.format(python=sys.executable, record=str(self.record), code=code))
        self.doctor.chmod(self.doctor.stat().st_mode | stat.S_IEXEC)
        return {"steps.install.outputs.doctor": str(self.doctor)}

    def run(self, step: str, contexts: Mapping[str, str], **inputs: str) -> Ran:
        """One step with the variables that GitHub gives it; ``contexts`` are values of ``steps.`` and ``github.``."""
        known = {f"inputs.{name}": str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        known.update({f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()})
        known.update(contexts)
        own = {name: expanded(str(value), known) for name, value in STEPS[step]["env"].items()}
        output, script = self.temporary / "output", self.temporary / "script.sh"
        output.write_text("")
        script.write_text(STEPS[step]["run"])
        environ = {
            **os.environ,
            **own,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self.temporary),
        }
        command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=self.workspace, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=280
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return Ran(done.returncode, outputs, done.stdout + done.stderr)

    def arguments(self, **inputs: str) -> Sequence[str]:
        """What kdoctor is called with."""
        ran = self.run("check", self.doctor_that_records(), **inputs)
        assert ran.code == 0, ran.text
        arguments: list[str] = json.loads(self.record.read_text())
        assert arguments[:4] == ["-I", "-m", "kdoctor", "check"]
        return arguments[4:]


def expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: known[found[1]], text)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def after(arguments: Sequence[str], option: str) -> list[str]:
    return [value for name, value in zip(arguments, arguments[1:]) if name == option]


def test_no_input_is_part_of_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step.get("run", ""), "an input would be code"


def test_every_input_is_used_and_every_output_is_made() -> None:
    text = json.dumps(ACTION["runs"])
    for name in ACTION["inputs"]:
        assert f"inputs.{name} " in text, name
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.check.outputs.{name} }}}}"
        assert f'"{name}=' in STEPS["check"]["run"]


def test_other_actions_are_named_by_their_commit() -> None:
    files = [ROOT / "action.yml", ROOT / ".github" / "workflows" / "release.yml"]
    used = re.findall(r"uses: (\S+)", "\n".join(file.read_text(encoding="utf-8") for file in files))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action


def test_the_readme_names_every_input_and_output() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## In continuous")[2].partition("\n## ")[0]
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert re.search(rf"`{name}`|^ +{name}: ", section, re.M), name


@needs_bash
def test_without_inputs_the_python_of_the_job_is_examined_as_the_configuration_says(job: Job) -> None:
    arguments = job.arguments()
    assert after(arguments, "--python") == ["python"]
    assert after(arguments, "--format") == ["github"]
    assert arguments[-1] == "--"
    assert not {"--require", "--fail-on", "--strict"} & set(arguments)
    assert "--python" not in job.arguments(python="")


@needs_bash
def test_inputs_are_words_or_lines(job: Job) -> None:
    words = job.arguments(
        python=".venv .tox/py311/bin/python", paths="src notebooks", require="ctc, rnn-stateful-carry\nmasking@keras"
    )
    assert after(words, "--python") == [".venv", ".tox/py311/bin/python"]
    assert after(words, "--require") == ["ctc", "rnn-stateful-carry", "masking@keras"]
    assert words[words.index("--") + 1 :] == ["src", "notebooks"]
    lines = job.arguments(paths="my code\r\n  notebooks\n\n-odd-name", args="--no-canaries\n--only\nrnn, ctc\n")
    assert lines[lines.index("--") + 1 :] == ["my code", "notebooks", "-odd-name"]
    assert after(lines, "--only") == ["rnn, ctc"]


@needs_bash
def test_inputs_are_never_code_or_patterns(job: Job) -> None:
    (job.workspace / "src").mkdir()
    code = "*;$(touch${IFS}pwned)`touch<pwned`\"'&&touch<pwned\\"
    arguments = job.arguments(paths=code, python="*", require="$(id)", fail_on="error;touch pwned", args="[a-z]*")
    assert arguments[-1] == code
    assert arguments[arguments.index("--") - 1] == "[a-z]*"
    assert after(arguments, "--python") == ["*"]
    assert after(arguments, "--require") == ["$(id)"]
    assert after(arguments, "--fail-on") == ["error;touch pwned"]
    assert not list(job.workspace.rglob("pwned"))


@needs_bash
def test_no_input_can_name_another_output(job: Job) -> None:
    ran = job.run("check", job.doctor_that_records(1), sarif="a.sarif\nexit-code=0")
    assert ran.outputs["exit-code"] == "1"


@needs_bash
def test_strict_is_true_or_false(job: Job) -> None:
    assert "--strict" in job.arguments(strict="true")
    assert "--strict" not in job.arguments(strict="false")
    ran = job.run("check", job.doctor_that_records(), strict="yes")
    assert (ran.code, ran.outputs["exit-code"]) == (2, "2")
    assert "strict is true or false" in ran.text


@needs_bash
@pytest.mark.parametrize("code", [0, 1, 4])
def test_the_step_ends_as_kdoctor_did_and_says_where_the_files_are(job: Job, code: int) -> None:
    ran = job.run("check", job.doctor_that_records(code), sarif="results/kdoctor.sarif")
    assert ran.code == code
    assert ran.outputs["exit-code"] == str(code)
    assert ran.outputs["sarif"] == str(job.workspace / "results" / "kdoctor.sarif")
    assert Path(ran.outputs["report"]).is_file()
    assert "sarif" not in job.run("check", job.doctor_that_records(code)).outputs


@needs_bash
def test_files_of_an_earlier_run_are_not_taken_for_those_of_this_one(job: Job) -> None:
    job.run("check", job.doctor_that_records(), sarif="kdoctor.sarif")
    ran = job.run("check", {"steps.install.outputs.doctor": "false"}, sarif="kdoctor.sarif")
    assert (ran.code, ran.outputs) == (1, {"exit-code": "1"})


@needs_bash
def test_it_examines_this_python_and_reads_this_code(job: Job) -> None:
    (job.workspace / "train.py").write_text("import tensorflow as tf\n")
    doctor = {"steps.install.outputs.doctor": sys.executable}
    ran = job.run(
        "check", doctor, python=sys.executable, paths="train.py", args="--no-canaries --no-cache", format="plain"
    )
    assert ran.code in (0, 1, 3), ran.text
    report = json.loads(Path(ran.outputs["report"]).read_text(encoding="utf-8"))
    assert report["exit_code"] == ran.code
    assert report["code"]["files"] == 1
    wrong = job.run("check", doctor, require="no-such-thing", format="plain")
    assert (wrong.code, wrong.outputs) == (2, {"exit-code": "2"})
    assert "no-such-thing" in wrong.text


@needs_bash
def test_as_it_is_used_it_writes_for_github(job: Job) -> None:
    asked = [sys.executable, "-m", "kdoctor", "check", "--help"]
    if "github" not in subprocess.run(asked, capture_output=True, text=True).stdout:
        pytest.skip("this kdoctor does not write for GitHub")
    (job.workspace / "train.py").write_text("import tensorflow as tf\n")
    doctor = {"steps.install.outputs.doctor": sys.executable}
    ran = job.run(
        "check", doctor, python=sys.executable, paths="train.py", args="--no-canaries --no-cache", sarif="out/k.sarif"
    )
    assert ran.code in (0, 1, 3), ran.text
    sarif = json.loads(Path(ran.outputs["sarif"]).read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"
    assert (job.temporary / "summary.md").read_text(encoding="utf-8").strip()


@needs_bash
@pytest.mark.lab
def test_a_release_is_installed_if_one_is_asked_for(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, timeout=280)
    version = importlib.import_module("kdoctor").__version__
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    base = {"steps.python.outputs.python-path": sys.executable, "github.action_path": "/nowhere"}
    ran = job.run("install", base, version=version)
    assert ran.code == 0, ran.text
    assert f"kdoctor {version}" in ran.text
    assert job.run("install", base, version="0.0.dev999").code != 0


@needs_bash
@pytest.mark.lab
def test_it_is_installed_beside_the_job_and_not_into_it(job: Job) -> None:
    def installed() -> set[str]:
        from importlib.metadata import distributions

        return {f"{one.name} {one.version}" for one in distributions()}

    before = installed()
    base = {"steps.python.outputs.python-path": sys.executable, "github.action_path": str(ROOT)}
    ran = job.run("install", base)
    assert ran.code == 0, ran.text
    doctor = ran.outputs["doctor"]
    assert Path(doctor).is_relative_to(job.temporary)
    assert installed() == before
    checked = job.run(
        "check",
        {"steps.install.outputs.doctor": doctor},
        python=sys.executable,
        args="--no-canaries",
        format="plain",
        sarif="",
    )
    report = json.loads(Path(checked.outputs["report"]).read_text(encoding="utf-8"))
    assert report["exit_code"] == checked.code
