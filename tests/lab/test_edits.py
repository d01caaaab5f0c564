"""The programs of the rules, rewritten: each runs and gives the right numbers, where it did not before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kdoctor.words import Implementation, Outcome, StackId
from tests.lab import examples
from tests.lab.conftest import Patient
from tests.remedies.rewriting import rewritten, split

pytestmark = [pytest.mark.lab, pytest.mark.timeout(2400)]

OTHERWISE = {
    "KD610": "the loaded model is not compiled",
    "KD650": "the file is another",
    "KD651": "the file is another",
    "KD811": "SciKeras is not installed",
}
"""Rules of which only unsafe edits are known that leave something to do, and what."""
ONLY_KERAS_3 = {"KD501", "KD502", "KD814", "KD815", "KD913", "KD914", "KD949"}
"""Rules whose edits say what Keras 2 does not have: keras.ops, an argument less."""


def edited(folder: Path) -> Iterator[examples.Program]:
    """The programs of rules with edits, rewritten; the second half of each after its lines were split."""
    for program in examples.programs():
        text = program.path.read_text("utf-8")
        after = rewritten(text)
        if program.is_before and program.rule.edits and after.made and program.rule.code not in OTHERWISE:
            for name, result in (("one-line", after), ("split", rewritten(split(text)))):
                path = folder / f"{program.slug}-{name}.py"
                path.write_bytes(result.after)
                yield examples.Program(program.rule, f"{program.name}_{name}", path)


def test_rewritten_programs_are_right(patient: Patient, tmp_path: Path) -> None:
    if not any(stack.available for stack in patient.environment.stacks):
        pytest.skip("no Keras can be imported here")
    implementations = {stack.id: stack.implementation for stack in patient.environment.stacks}
    wrong = []
    for program, row in examples.watch(patient.environment, patient.variables, list(edited(tmp_path))):
        is_keras_3 = implementations[row.stack] is Implementation.KERAS_3
        if row.stack not in (StackId.TF_KERAS, StackId.KERAS) or (not is_keras_3 and program.rule.code in ONLY_KERAS_3):
            continue
        missing = "No module named" in row.message or "scipy" in row.message
        if row.outcome is not Outcome.WORKS and not missing:
            wrong.append(f"{program.rule.code} {program.name} on {row.stack.value}: {row.outcome.value} {row.message}")
    assert not wrong, "\n".join(wrong)
