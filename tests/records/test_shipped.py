"""The table that ships: it is complete, up to date, and small."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from kdoctor import canaries
from kdoctor.canaries import Canary
from kdoctor.records import api, table
from kdoctor.records.table import COLUMNS
from kdoctor.versions import minor
from kdoctor.words import Implementation
from tests.lab.fingerprint import fingerprint
from tests.lab.recording import NO_STACK, NOT_RECORDED

MOST_BYTES = 1_000_000
SHIPPED = table.shipped()


@pytest.mark.parametrize("canary", canaries.catalogue(), ids=lambda canary: canary.slug)
def test_every_canary_is_recorded_as_it_is_now(canary: Canary) -> None:
    assert SHIPPED.canaries.get(canary.slug, {}).get("canary") == fingerprint(canary), (
        f"{canary.slug} is not what was recorded. Record it with: python -m tests.lab.record --canary {canary.slug}"
    )


def test_no_canary_is_recorded_that_does_not_exist() -> None:
    assert set(SHIPPED.canaries) <= {canary.slug for canary in canaries.catalogue()}


@pytest.mark.parametrize("environment", SHIPPED.environments, ids=lambda environment: environment.id)
def test_no_cell_is_empty_without_a_reason(environment: table.RecordedEnvironment) -> None:
    index = SHIPPED.environments.index(environment)
    for column in COLUMNS:
        stack = environment.stacks[column]
        for slug, canary in SHIPPED.canaries.items():
            letter = canary[column.value][index]
            assert letter != NOT_RECORDED, f"record it with: python -m tests.lab.record --environment {environment.id}"
            if letter == NO_STACK:
                assert stack.reason, f"nothing says why {environment.id} has no {column.value}"
            else:
                assert stack.implementation, f"{slug} cannot have run on {column.value}"


def test_enough_releases_are_recorded() -> None:
    ran = [environment for environment in SHIPPED.environments if not environment.problem]
    tensorflows = {minor(environment.tensorflow) for environment in ran if environment.tensorflow}
    kerases = {minor(place.version) for place in SHIPPED.places if place.way.implementation is Implementation.KERAS_3}
    assert len(tensorflows) >= 10
    assert len(kerases) >= 16


def test_every_recorded_environment_says_what_was_installed() -> None:
    for environment in SHIPPED.environments:
        if not environment.problem:
            assert environment.python
            assert environment.date
            assert {"keras", "numpy", "h5py"} <= set(environment.versions), environment.id
            if environment.tensorflow:
                assert "protobuf" in environment.versions, environment.id


def test_the_files_are_small() -> None:
    packed = sum(len(zlib.compress(Path(path).read_bytes(), 6)) for path in (table.PATH, api.PATH))
    assert packed <= MOST_BYTES


@pytest.mark.parametrize("path", [table.PATH, api.PATH], ids=os.path.basename)
def test_nothing_of_the_machine_that_recorded_it_is_in_the_files(path: str) -> None:
    text = Path(path).read_text("utf-8")
    for folder in (os.path.expanduser("~"), "/tmp", "/home", "/usr"):
        assert folder + os.sep not in text.replace("//", "/"), folder
