"""A canary that cannot fail says nothing: each must notice the fault that is planted for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kdoctor import canaries
from kdoctor.observe.model import Request
from kdoctor.observe.run import observe
from kdoctor.words import Outcome
from tests.lab import mutants
from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1800)]


def test_every_canary_notices_the_fault_that_is_planted_for_it(patient: Patient, tmp_path: Path) -> None:
    if not any(stack.available for stack in patient.environment.stacks):
        pytest.skip("no Keras can be imported here")
    survivors, killed = survivors_in(patient, tmp_path)
    assert killed, "nothing ran"
    assert survivors == []


def survivors_in(patient: Patient, folder: Path) -> tuple[list[str], int]:
    """The canaries that work here, with the fault and without it; and how many notice it."""
    catalogue = canaries.catalogue()
    clean = observe(Request(patient.environment, catalogue, environ=patient.variables, timeout=60))
    works = {(row.slug, row.stack) for row in clean.rows if row.outcome is Outcome.WORKS and not row.via}
    chosen = [canary for canary in catalogue if any(slug == canary.slug for slug, _ in works)]
    for area in {canary.area for canary in chosen}:
        mutants.write([canary for canary in chosen if canary.area == area], Path(canaries.source_path(area)), folder)
    planted = [replace(canary, path=str(folder / f"{canary.area}.py")) for canary in chosen]
    faulty = observe(Request(patient.environment, planted, environ=patient.variables, timeout=60))
    judged = [row for row in faulty.rows if (row.slug, row.stack) in works]
    # a fault that calls itself without end says nothing of the canary
    killed = [row for row in judged if row.outcome.is_broken and "RecursionError" not in row.message]
    return [f"{row.slug}@{row.stack.value}" for row in judged if row not in killed], len(killed)


def test_what_the_table_names_exists() -> None:
    slugs = {canary.slug for canary in canaries.catalogue()}
    assert set(mutants.OF_CANARY) <= slugs
    assert set(mutants.OF_AREA) == set(canaries.AREAS)
