"""The data file: what goes in comes out, and what has changed is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor.records.table import RecordedEnvironment, RecordedStack, positions, read
from kdoctor.words import Outcome, StackId
from tests.lab.recording import NO_STACK, NOT_RECORDED, Recording, cell_of, ranges
from tests.records.tables import DATE, RAISES, SLUG, WORKS, WRONG, jax, keras_2, keras_3, recording

EVERYTHING = (
    keras_2("2.15.0", WORKS),
    keras_3("3.8.0", WRONG, "0.4, not 0.8"),
    keras_3("3.9.0", WRONG, "0.4, not 0.8"),
    keras_3("3.12.0", Outcome.NOT_APPLICABLE, "needs SciPy, which is not installed here"),
    jax("3.12.0", Outcome.CRASHES, "the process died: SIGSEGV"),
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made, path = recording(*EVERYTHING), tmp_path / "observations.json"
    made.write(path)
    again = Recording.at(path)
    assert again == made
    assert again.text() == made.text()


def test_the_file_has_one_environment_and_one_canary_a_line() -> None:
    lines = recording(*EVERYTHING).text().splitlines()
    assert sum(line.startswith('{"id"') for line in lines) == len(EVERYTHING)
    assert sum(line.startswith(f'"{SLUG}"') for line in lines) == 1


def test_a_message_is_kept_once() -> None:
    assert recording(*EVERYTHING).text().count("0.4, not 0.8") == 1


def test_every_cell_without_an_outcome_says_why() -> None:
    made = recording(*EVERYTHING)
    del made.cells[SLUG, EVERYTHING[1][0].id, StackId.KERAS]
    table = read(made.text())
    assert table.canaries[SLUG][StackId.KERAS][1] == NOT_RECORDED
    assert table.canaries[SLUG][StackId.LEGACY][0] == NO_STACK
    assert table.environments[0].stacks[StackId.LEGACY].reason


def test_a_failed_installation_is_a_record() -> None:
    made = recording(EVERYTHING[0])
    problem = "cannot be installed: no such release"
    stacks = {column: RecordedStack(reason=problem) for column in EVERYTHING[0][0].stacks}
    made.set_environment(RecordedEnvironment("keras-3.99", "3.11", {}, stacks, problem, DATE))
    table = read(made.text())
    assert table.environments[1].problem == problem
    assert table.canaries[SLUG][StackId.TF_KERAS][1] == NO_STACK
    assert Recording.of(table) == made


def test_a_canary_that_changed_loses_its_rows() -> None:
    made = recording(*EVERYTHING)
    made.keep_only({SLUG: "ba9876543210"}, made.environments)
    assert not made.cells
    assert made.lacks(SLUG, EVERYTHING[0][0].id)


def test_a_canary_and_an_environment_that_are_gone_lose_their_rows() -> None:
    made, first = recording(*EVERYTHING), EVERYTHING[0][0].id
    made.keep_only(made.fingerprints, [first])
    assert list(made.environments) == [first]
    assert {key[1] for key in made.cells} == {first}
    made.keep_only({}, [first])
    assert not made.cells


def test_what_is_complete_lacks_nothing() -> None:
    made = recording(*EVERYTHING)
    assert not any(made.lacks(SLUG, environment.id) for environment, _ in EVERYTHING)
    assert made.lacks(SLUG, "keras-3.99")


def test_other_packages_make_what_was_recorded_outdated() -> None:
    made, environment = recording(*EVERYTHING), EVERYTHING[0][0]
    made.set_environment(environment._replace(date="2026-02-28"))
    assert not made.lacks(SLUG, environment.id)
    made.set_environment(environment._replace(versions={**environment.versions, "numpy": "1.26.4"}))
    assert made.lacks(SLUG, environment.id)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("<Layer at 0x7f3a91c2d0b0>", "<Layer at 0x...>"),
        ("filepath=/tmp/kdoctor-ab1_/group-0+/canary-x_y/model.h5", "filepath=.../model.h5"),
        ("in /home/me/env/lib/python3.11/site-packages/keras/a.py", "in .../site-packages/keras/a.py"),
        ("<KerasTensor name=keras_tensor_12>", "<KerasTensor name=keras_tensor>"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out_of_messages(message: str, kept: str) -> None:
    assert cell_of(RAISES, message, DATE).message == kept


@pytest.mark.parametrize("indices", [[], [0], [0, 1, 2, 5], [3, 5, 6, 7, 40]])
def test_ranges_are_read_as_they_are_written(indices: list[int]) -> None:
    assert list(positions(ranges(indices))) == indices
