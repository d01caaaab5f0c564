"""The recorder, over an environment with a stand-in for Keras: nothing is installed and no TensorFlow is imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kdoctor.canaries import Canary
from kdoctor.records import lookup
from kdoctor.records.table import read
from kdoctor.words import Implementation, Outcome, StackId
from tests.builders import environment, keras_3
from tests.lab import comparison
from tests.lab.environments import Builder, InstallFailed, LabEnvironment, interpreter_of, reason_from
from tests.lab.record import Recorder
from tests.lab.recording import Recording

pytestmark = pytest.mark.thorough  # each makes virtual environments

PATIENT = Path(__file__).parents[1] / "observe" / "patient" / "keras"
CANARIES = """\
def first_canary(lab):
    lab.true({condition}, "1 is not 2")

def second_canary(lab):
    lab.keras.gone
"""
TORCH = {"KERAS_BACKEND": "torch"}
HEALTHY = LabEnvironment("healthy", "3", variables=TORCH)
ANOTHER = LabEnvironment("another", "3", variables=TORCH)
BROKEN = LabEnvironment("broken", "3")
CATALOGUE = {slug: Canary(slug, "area", slug) for slug in ("first-canary", "second-canary")}


class FakeBuilder(Builder):
    """Makes virtual environments of this very Python with a stand-in for Keras, and counts them."""

    version = "3.99.0"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, keep=False)

    def python(self, wanted: LabEnvironment) -> Path:
        if wanted.id == "broken":
            raise InstallFailed("no such release")
        self.built.append(wanted.id)
        folder = self.folder / wanted.id
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        site = next(folder.rglob("site-packages"))
        shutil.copytree(PATIENT, site / "keras")
        (site / "torch").mkdir()
        (site / "torch" / "__init__.py").touch()
        (site / "keras" / "__init__.py").write_text(
            f'from . import backend, layers\n\n__version__ = "{self.version}"\n', encoding="utf-8"
        )
        metadata = site / f"keras-{self.version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: keras\nVersion: {self.version}\n", "utf-8")
        (metadata / "RECORD").write_text("keras/__init__.py,,\n", "utf-8")
        return interpreter_of(folder)


@pytest.fixture
def builder(tmp_path: Path) -> FakeBuilder:
    return FakeBuilder(tmp_path / "environments")


class Bench:
    """A recorder, its files and what it said."""

    def __init__(self, folder: Path, builder: FakeBuilder) -> None:
        self.folder = folder
        self.builder = builder
        self.table = folder / "observations.json"
        self.said: list[str] = []

    def recorder(self, condition: str) -> Recorder:
        sources = self.folder / f"canaries-{condition.replace(' ', '')}"
        sources.mkdir(exist_ok=True)
        (sources / "area.py").write_text(CANARIES.format(condition=condition), "utf-8")
        return Recorder(self.builder, CATALOGUE, sources, self.said.append)

    def record(
        self, *chosen: LabEnvironment, condition: str = "1 == 2", slugs: tuple[str, ...] = (), everything: bool = False
    ) -> int:
        declared = (HEALTHY, ANOTHER, BROKEN)
        return self.recorder(condition).record(
            chosen or declared, declared, slugs, everything, self.table, self.folder / "api.json"
        )


@pytest.fixture
def bench(tmp_path: Path, builder: FakeBuilder) -> Bench:
    return Bench(tmp_path, builder)


def test_it_records_every_canary_and_removes_what_it_built(bench: Bench) -> None:
    assert bench.record() == 0
    table = read(bench.table.read_text("utf-8"))
    assert [found.id for found in table.environments] == ["healthy", "another", "broken"]
    assert table.canaries["first-canary"][StackId.KERAS][0] == "x"
    assert list(table.canaries["first-canary"]["messages"]) == ["1 is not 2"]
    assert table.canaries["second-canary"][StackId.KERAS][1] == "r"
    assert table.canaries["second-canary"][StackId.TF_KERAS][1] == "-"
    assert table.environments[0].stacks[StackId.TF_KERAS].reason == "TensorFlow is not installed"
    assert table.environments[0].versions == {"keras": "3.99.0"}
    assert not list(bench.builder.folder.iterdir())


def test_what_stood_there_before_is_not_removed(tmp_path: Path) -> None:
    kept = Builder(tmp_path, keep=False)
    (tmp_path / HEALTHY.id).mkdir()
    (tmp_path / HEALTHY.id / "complete").write_text(HEALTHY.signature)
    kept.python(HEALTHY)
    kept.remove(HEALTHY)
    assert (tmp_path / HEALTHY.id).exists()


def test_a_failed_installation_is_a_record_with_its_reason(bench: Bench) -> None:
    bench.record()
    assert read(bench.table.read_text("utf-8")).environments[2].problem == "cannot be installed: no such release"


def test_what_is_recorded_is_not_recorded_again(bench: Bench) -> None:
    bench.record(HEALTHY)
    assert bench.builder.built == ["healthy"]
    bench.record(HEALTHY, ANOTHER)
    assert bench.builder.built == ["healthy", "another"]


def test_a_changed_canary_is_recorded_again_and_only_that(bench: Bench) -> None:
    bench.record(HEALTHY)
    before = read(bench.table.read_text("utf-8"))
    bench.record(HEALTHY, condition="2 == 2")
    after = read(bench.table.read_text("utf-8"))
    assert after.canaries["first-canary"][StackId.KERAS][0] == "w"
    assert after.canaries["first-canary"]["canary"] != before.canaries["first-canary"]["canary"]
    assert after.canaries["second-canary"]["canary"] == before.canaries["second-canary"]["canary"]


def test_what_is_named_is_recorded_again(bench: Bench) -> None:
    bench.record(HEALTHY)
    bench.record(HEALTHY, everything=True)
    bench.record(HEALTHY, slugs=("second-canary",), everything=True)
    assert bench.builder.built == ["healthy"] * 3


def test_other_packages_make_the_whole_environment_be_recorded(bench: Bench) -> None:
    bench.record(HEALTHY)
    bench.builder.version = "3.99.1"
    bench.record(HEALTHY, slugs=("second-canary",), everything=True)
    table = read(bench.table.read_text("utf-8"))
    assert table.environments[0].versions == {"keras": "3.99.1"}
    assert table.canaries["first-canary"][StackId.KERAS][0] == "x"


def test_what_was_recorded_is_found(bench: Bench) -> None:
    bench.record(HEALTHY)
    stack = keras_3(
        StackId.KERAS, version="3.99.5", backend="none", implementation=Implementation.KERAS_3, tensorflow=""
    )
    record = lookup("first-canary", stack, environment(), read(bench.table.read_text("utf-8")))
    assert record
    assert (record.outcome, record.message) == (Outcome.WRONG, "1 is not 2")


def test_a_comparison_says_what_changed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.record(HEALTHY)
    assert bench.recorder("1 == 2").compare([HEALTHY], bench.table) == 0
    assert "Every outcome is as recorded" in capsys.readouterr().out
    assert bench.recorder("2 == 2").compare([HEALTHY], bench.table) == 1
    assert "| `first-canary` | `keras` | wrong: 1 is not 2 | works |" in capsys.readouterr().out


def test_a_comparison_says_what_could_not_be_built(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.record(HEALTHY)
    assert bench.recorder("1 == 2").compare([BROKEN], bench.table) == 1
    assert "no such release" in capsys.readouterr().out


def test_where_nothing_can_be_compared_nothing_is_said_to_be_as_recorded(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.recorder("1 == 2").compare([HEALTHY], bench.table) == 1
    assert "Nothing that is recorded can be compared with it." in capsys.readouterr().out


def test_a_stack_that_is_gone_is_a_change() -> None:
    from tests.records.tables import WORKS, keras_3, recording

    known, fresh = recording(keras_3("3.8.0", WORKS)), recording(keras_3("3.9.0", WORKS, name="nightly"))
    environment = fresh.environments["nightly"]
    gone = {**environment.stacks, StackId.TF_KERAS: environment.stacks[StackId.LEGACY]}
    fresh.environments["nightly"] = environment._replace(stacks=gone)
    report = comparison.of(fresh, known, "nightly")
    assert report.changed
    assert "not there: tf-keras is not installed" in report.text


def test_a_reason_names_no_address_and_no_folder_of_this_machine() -> None:
    said = (
        "warning: something\n  \u00d7 No solution found when resolving dependencies:\n  \u2570\u2500\u25b6 Because "
        "only tensorflow<=2.21 is available at https://registry.example/simple and /home/me/env wants it\n      no."
    )
    assert reason_from(said) == (
        "No solution found when resolving dependencies: Because only tensorflow<=2.21 is available at <address> and "
        "<path> wants it no."
    )


def test_a_recording_that_was_never_made_is_empty(tmp_path: Path) -> None:
    assert Recording.at(tmp_path / "none.json") == Recording()
