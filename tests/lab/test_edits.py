"""The programs of the rules in three layouts: each fails as its rule says, and is right when it is rewritten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from kdoctor.words import Implementation, Outcome, StackId
from tests.lab import examples
from tests.lab.conftest import Patient
from tests.remedies.rewriting import notebook, renamed, rewritten, sources, split

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


def in_a_cell(text: str) -> str:
    """The same program; :func:`programs_in` puts it into a notebook."""
    return text


LAYOUTS: dict[str, Callable[[str], str]] = {"other-names": renamed, "split": split, "cell": in_a_cell}


def programs_in(layout: str, folder: Path) -> Iterator[examples.Program]:
    """The programs of rules with edits in another layout, each as it is and as its edits leave it."""
    for program in examples.programs():
        if not program.is_before or not program.rule.edits or program.rule.code in OTHERWISE:
            continue
        before = LAYOUTS[layout](program.path.read_text("utf-8"))
        if layout == "cell":
            result = rewritten(notebook("import sys", before), path="a.ipynb")
            after = "\n".join(sources(result.after))
        else:
            result = rewritten(before)
            after = result.after.decode("utf-8")
        for name, text in ((program.name, before), (f"edited_{program.name}", after)):
            path = folder / f"{program.rule.slug}-{name}.py"
            path.write_text(text, "utf-8")
            if result.made:
                yield examples.Program(program.rule, name, path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_programs_fail_and_are_right_when_rewritten(patient: Patient, layout: str, tmp_path: Path) -> None:
    if not any(stack.available for stack in patient.environment.stacks):
        pytest.skip("no Keras can be imported here")
    implementations = {stack.id: stack.implementation for stack in patient.environment.stacks}
    wrong = []
    counts: Counter[str] = Counter()
    for verdict in examples.run(patient.environment, patient.variables, list(programs_in(layout, tmp_path))):
        program, row = verdict.program, verdict.row
        is_keras_3 = implementations[row.stack] is Implementation.KERAS_3
        if row.stack not in (StackId.TF_KERAS, StackId.KERAS) or verdict.expected.startswith("nothing"):
            continue
        if not program.is_before and (is_keras_3 or program.rule.code not in ONLY_KERAS_3):
            is_right = row.outcome is Outcome.WORKS
        elif program.is_before and verdict.right is not None:
            is_right = verdict.right
        else:
            continue
        counts["before" if program.is_before else "edited"] += 1
        if not is_right:
            wrong.append(f"{program.rule.code} {program.name} on {row.stack.value}: {row.outcome.value} {row.message}")
    print(layout, dict(counts))
    assert not wrong, "\n".join(wrong)
