"""What a remedy did in a copy, from what was found before and after; and the steps that follow from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kdoctor.environment.steps import (
    CodeStep,
    InstallStep,
    Proof,
    Remedy,
    RestartStep,
    TextStep,
    VariableStep,
)
from kdoctor.observe.model import Observation
from kdoctor.records.hypothetical import targets
from kdoctor.records.table import shipped
from kdoctor.remedies.plan import Way, depth, smallest
from kdoctor.remedies.prove import compared, under
from kdoctor.report import Examination, Finding
from kdoctor.words import Evidence, Outcome, Relevance, Severity, StackId
from tests.builders import environment, observation

NUMPY, UPGRADE, LEGACY = (Remedy(name, name, (InstallStep((name,)),)) for name in ("numpy<2", "tensorflow", "tf-keras"))
VARIABLE = Remedy("variable", "Set it", (RestartStep(), VariableStep("A", "1")))
CODE = Remedy("code", "Write it so", (CodeStep("after"),))
BOTH = (StackId.TF_KERAS, StackId.KERAS)


def finding(code: str, *remedies: Remedy, stacks: tuple[StackId, ...] = (), **changes: object) -> Finding:
    slug = f"slug-of-{code}"
    ways = tuple(one.id for one in remedies)
    plain = Finding(code, slug, "area", code, Severity.ERROR, Evidence.OBSERVED, "", stacks, remedies=ways)
    return replace(plain, relevance=Relevance.REQUIRED, **changes)  # type: ignore[arg-type]


def examined(*findings: Finding, rows: tuple[Observation, ...] = ()) -> Examination:
    return Examination(environment(), rows, findings, (NUMPY, UPGRADE, LEGACY, VARIABLE, CODE))


def rows(outcomes: dict[str, Outcome], *stacks: StackId) -> tuple[Observation, ...]:
    return tuple(observation(slug, outcome, stack) for slug, outcome in outcomes.items() for stack in stacks or BOTH)


def ids(ways: tuple[Way, ...]) -> list[str]:
    return [one.remedy.id for one in ways]


def test_steps_that_findings_share_stand_once_and_make_others_needless() -> None:
    done = smallest(examined(finding("A", NUMPY, UPGRADE), finding("B", UPGRADE)))
    assert ids(done.taken) == ["tensorflow"]
    assert ids(done.instead) == ["numpy<2"]


def test_of_several_ways_the_first_is_taken_and_the_smallest_step_comes_first() -> None:
    done = smallest(examined(finding("A", NUMPY, UPGRADE), finding("B", VARIABLE), finding("C", LEGACY)))
    assert ids(done.taken) == ["variable", "tf-keras", "numpy<2"]
    assert ids(done.instead) == ["tensorflow"]


def test_of_upgrades_of_one_package_the_newest_serves_all() -> None:
    ways = [Remedy(f"upgrade:{one}", one, (InstallStep((one,)),)) for one in ("keras>=3.9", "keras>=3.10", "jax>=1")]
    findings = tuple(finding(code, way) for code, way in zip("ABC", ways))
    done = smallest(replace(examined(*findings), remedies=tuple(ways)))
    assert [(way.remedy.id, [one.code for one in way.fixes]) for way in done.taken] == [
        ("upgrade:keras>=3.10", ["A", "B"]),
        ("upgrade:jax>=1", ["C"]),
    ]


def test_a_step_that_leads_into_another_finding_says_so() -> None:
    """On record an .h5 file with a lambda loads on Keras 3.10, and is refused from 3.11 on."""
    upgrade = Remedy("upgrade:keras>=3.12", "Upgrade", (InstallStep(("keras>=3.12",)),))
    done = smallest(replace(examined(finding("A", upgrade)), remedies=(upgrade,)))
    assert "saving-lambda" in done.taken[0].breaks
    assert "rnn-model-reset-states" not in done.taken[0].breaks, "it was broken before"


@pytest.mark.parametrize(
    ("wanted", "slug", "breaks"),
    [
        ("tensorflow>=2.15,<2.16", "api-scikit-wrapper", True),
        ("tensorflow-cpu~=2.13.0", "api-scikit-wrapper", True),
        ("tensorflow==2.12.*", "api-scikit-wrapper", False),
        ("tensorflow~=2.14.0", "saving-lambda", False),
        ("tensorflow>=2.13", "api-add-metric", True),
    ],
)
def test_another_tensorflow_says_what_its_keras_breaks(wanted: str, slug: str, breaks: bool) -> None:
    [old] = targets(["tensorflow==2.12"], shipped().environments)
    other = Remedy("upgrade:tensorflow", "Upgrade", (InstallStep((wanted,)),))
    known = replace(examined(finding("A", other)), environment=old.environment, remedies=(other,))
    assert (slug in smallest(known).taken[0].breaks) is breaks


def test_what_code_can_do_needs_no_other_package() -> None:
    both = finding("A", CODE, LEGACY, stacks=BOTH)
    assert smallest(examined(both), {"A"})[1:] == ((), (Way(LEGACY, (both,)),), ())
    assert smallest(examined(both))[1:] == ((), (Way(LEGACY, (both,)),), (both,))


def test_a_way_that_was_seen_to_break_something_is_not_the_one_taken() -> None:
    broken = replace(NUMPY, proof=Proof(StackId.TF_KERAS, ("slug-of-A",), (), worse=("another",), copied=True))
    examination = replace(examined(finding("A", NUMPY, UPGRADE)), remedies=(broken, UPGRADE))
    assert ids(smallest(examination).taken) == ["tensorflow"]


def test_what_does_not_concern_the_reader_needs_no_step() -> None:
    ignored = replace(finding("A", NUMPY), ignored="as the configuration says")
    known = replace(finding("B", NUMPY, stacks=BOTH), relevance=Relevance.KNOWN)
    assert smallest(examined(ignored, known)).concerning == ()


def test_remedies_are_ordered_by_how_much_they_change() -> None:
    advice = Remedy("advice", "A new environment", (TextStep("Make one"),))
    assert [depth(one) for one in (advice, VARIABLE, LEGACY, NUMPY)] == [0, 1, 2, 3]


def test_a_proof_says_what_passes_what_still_fails_and_what_fails_only_now() -> None:
    claimed = [finding(code, UPGRADE, stacks=BOTH) for code in "ABC"]
    before = examined(*claimed, rows=rows({"slug-of-A": Outcome.WRONG, "other": Outcome.WORKS, "also": Outcome.RAISES}))
    seen = {"slug-of-A": Outcome.WORKS, "slug-of-B": Outcome.RAISES, "slug-of-C": Outcome.TIMES_OUT}
    after = examined(rows=rows({**seen, "other": Outcome.WRONG, "also": Outcome.WRONG}))
    proof = compared(claimed, before, after)
    assert (proof.fixed, proof.left, proof.unknown) == (("slug-of-A",), ("slug-of-B",), ("slug-of-C",))
    assert proof.worse == ("other",)
    assert not proof.holds


def test_legacy_keras_is_judged_by_what_tf_keras_then_is() -> None:
    before = examined(finding("A", LEGACY, stacks=BOTH))
    fixed = rows({"slug-of-A": Outcome.WORKS}, StackId.TF_KERAS)
    still = rows({"slug-of-A": Outcome.RAISES}, StackId.KERAS, StackId.LEGACY)
    assert compared(before.findings, before, examined(rows=fixed + still)).holds


def test_a_fault_is_gone_or_there_and_a_new_one_is_worse() -> None:
    fault = finding("A", NUMPY)
    assert compared([fault], examined(fault), examined()).holds
    assert compared([fault], examined(fault), examined(fault)).left == (fault.slug,)
    assert compared([fault], examined(fault), examined(finding("B"))).worse == ("slug-of-B",)
    assert compared([fault], examined(fault), examined(replace(finding("B"), severity=Severity.INFO))).holds


def test_variables_are_set_and_unset() -> None:
    assert under((VariableStep("A", "1"), VariableStep("B"), InstallStep(("x",))), {"B": "2", "C": "3"}) == {
        "A": "1",
        "C": "3",
    }
