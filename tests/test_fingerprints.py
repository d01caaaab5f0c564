"""Two runs agree on what a finding is."""

from __future__ import annotations

from dataclasses import replace

from kdoctor.code.places import Location
from kdoctor.report import Finding, unique
from kdoctor.words import Evidence, Severity, StackId

FINDING = Finding("KD301", "mask-metric", "masking", "Accuracy counts", Severity.ERROR, Evidence.OBSERVED, "seen")
PLACE = Location("src/train.py", 10, stack="tf.keras", text='model.compile(metrics=["accuracy"])')


def test_lines_wording_and_the_way_to_a_file_do_not_matter() -> None:
    moved = replace(PLACE, path="./src\\train.py", line=99, column=7, text='model.compile(metrics=["accuracy"])  ')
    told_otherwise = replace(FINDING, title="Another title", detail="elsewhere", severity=Severity.INFO)
    assert FINDING.fingerprint(PLACE) == told_otherwise.fingerprint(moved)


def test_rule_file_stack_and_text_do() -> None:
    changed = [replace(PLACE, path="src/other.py"), replace(PLACE, stack="keras"), replace(PLACE, text="m.compile()")]
    others = [FINDING.fingerprint(location) for location in changed]
    others.append(replace(FINDING, code="KD302").fingerprint(PLACE))
    assert len({FINDING.fingerprint(PLACE), *others}) == 5


def test_without_code_the_stacks_are_the_place() -> None:
    broken = replace(FINDING, stacks=(StackId.TF_KERAS, StackId.KERAS))
    assert len({broken.fingerprint(), FINDING.fingerprint(), FINDING.fingerprint(PLACE)}) == 3


def test_equal_fingerprints_are_told_apart_the_same_way_each_time() -> None:
    made = list(unique(["a", "b", "a", "a"]))
    assert made[:2] == ["a", "b"]
    assert len(set(made)) == 4
    assert made == list(unique(["a", "b", "a", "a"]))
