"""What canaries do in a real environment is what was recorded of its releases."""

from __future__ import annotations

import pytest

from kdoctor import canaries
from kdoctor.observe.model import Request
from kdoctor.observe.run import observe
from kdoctor.records import lookup
from kdoctor.words import Outcome
from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def test_a_visit_sees_what_was_recorded(patient: Patient) -> None:
    environment = patient.environment
    if not any(stack.available for stack in environment.stacks):
        pytest.skip("no Keras can be imported here")
    seen = observe(Request(environment, canaries.catalogue(), 60, patient.variables))
    assert not seen.failures
    different, compared = [], 0
    for row in seen.rows:
        stack = environment.stack(row.stack)
        assert stack
        record = lookup(row.slug, stack, environment) if stack.available else None
        # what wants a package that this environment lacks tells nothing of Keras
        if record and not record.between and row.outcome is not Outcome.NOT_APPLICABLE:
            compared += 1
            if row.outcome is not record.outcome:
                different.append(
                    f"{row.slug} on {row.stack.value}: {row.outcome.value} ({row.message}), recorded "
                    f"{record.outcome.value} on {', '.join(record.releases)}"
                )
    assert not different, "\n".join(different)
    assert compared, "nothing of this environment was recorded"
