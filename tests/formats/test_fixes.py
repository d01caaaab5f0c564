"""What the plan says of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from kdoctor.environment.steps import InstallStep, Proof, Remedy, VariableStep
from kdoctor.formats import terminal
from kdoctor.formats.context import Look
from kdoctor.formats.fixes import plan
from kdoctor.report import Examination, Finding
from kdoctor.words import Evidence, Relevance, Severity, StackId
from tests.builders import environment

INSTALL = Remedy("install", "Install it", (InstallStep(("lantern",)),), cost="It is heavy.")
SET = Remedy("set", "Set it", (VariableStep("A", "1"),))


def finding(code: str, *remedies: Remedy) -> Finding:
    plain = Finding(code, f"slug-{code}", "area", "Title", Severity.ERROR, Evidence.OBSERVED, "")
    return replace(plain, relevance=Relevance.REQUIRED, remedies=tuple(one.id for one in remedies))


def shown(
    *findings: Finding,
    remedies: tuple[Remedy, ...] = (INSTALL, SET),
    problems: Mapping[str, str] = MappingProxyType({}),
) -> str:
    examination = Examination(environment(), (), findings, remedies)
    blocks = plan(examination, (), (), command=lambda flags: f"kdoctor fix {flags}", problems=problems)
    return " ".join(terminal.write(blocks, Look()).split())


def proved(**seen: tuple[str, ...]) -> Remedy:
    return replace(INSTALL, proof=Proof(StackId.TF_KERAS, **{"fixed": (), "left": (), **seen}, copied=True))


def test_the_smallest_step_is_first_and_what_could_be_done_instead_is_last() -> None:
    said = shown(finding("KD1", INSTALL), finding("KD2", SET), finding("KD3", SET, INSTALL))
    assert said.index("1: Set it") < said.index("2: Install it")
    said = shown(finding("KD2", SET, INSTALL))
    assert said.index("1: Set it") < said.index("Or: Install it")
    assert "Downside: It is heavy." in said
    assert "in this shell only" in said


def test_a_step_says_what_trying_it_showed() -> None:
    one = finding("KD1", INSTALL)
    assert "Not tested here." in shown(one)
    assert "Proved in a copy." in shown(one, remedies=(proved(fixed=(one.slug,)),))
    assert "Still fails: KD1." in shown(one, remedies=(proved(left=(one.slug,)),))
    assert "Not known: KD1." in shown(one, remedies=(proved(unknown=(one.slug,)),))
    assert "Newly fails: another." in shown(one, remedies=(proved(fixed=(one.slug,), worse=("another",)),))
    assert "Not tried: no network." in shown(one, problems={"install": "no network"})
