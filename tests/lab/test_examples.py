"""Every before fails as its rule says, and every after runs and is right, wherever it is offered."""

from __future__ import annotations

import pytest

from tests.lab import examples
from tests.lab.conftest import Patient

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("every", [pytest.param(12, id="a sample"), pytest.param(1, id="all")])
def test_the_examples_do_what_their_rules_say(patient: Patient, every: int) -> None:
    if not any(stack.available for stack in patient.environment.stacks):
        pytest.skip("no Keras can be imported here")
    verdicts = examples.run(patient.environment, patient.variables, examples.programs()[::every])
    wrong = [
        f"{each.program.rule.slug}/{each.program.name} as {each.stack.value}, expected: {each.expected}, but it "
        f"{each.row.outcome.value}: {each.row.message}"
        for each in verdicts
        if each.right is False
    ]
    assert not wrong, "\n".join(wrong)
