"""What fails a gate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest

from kdoctor.code.places import Location, Remark
from kdoctor.environment.model import Lost, Unread
from kdoctor.report import CodeRead, Examination, Finding, Report, Requirement, Status, gate
from kdoctor.words import Evidence, Outcome, Relevance, Severity, StackId
from tests.builders import environment, keras_3, observation

SLUG = "rnn-model-reset-states"


def finding(severity: Severity, **changes: Any) -> Finding:
    plain = Finding("KD101", SLUG, "rnn", "Title", severity, Evidence.OBSERVED, "detail", stacks=(StackId.TF_KERAS,))
    return replace(plain, **changes)


def examined(*findings: Finding, **changes: Any) -> Examination:
    return replace(Examination(environment(), findings=findings), **changes)


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected"),
    [
        (Severity.ERROR, Severity.ERROR, True),
        (Severity.WARNING, Severity.ERROR, False),
        (Severity.INFO, Severity.ERROR, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.INFO, Severity.WARNING, False),
        (Severity.ERROR, None, False),
    ],
)
def test_a_finding_fails_by_its_severity(severity: Severity, fail_on: Optional[Severity], expected: bool) -> None:
    assert gate.fails(finding(severity), fail_on) is expected
    assert gate.status([examined(finding(severity))], fail_on) is (Status.FINDINGS if expected else Status.OK)


def test_strict_fails_a_likely_use_and_nothing_that_is_merely_known() -> None:
    likely = finding(Severity.WARNING, relevance=Relevance.USED)
    assert not gate.fails(likely, Severity.ERROR)
    assert gate.fails(likely, Severity.ERROR, strict=True)
    assert not gate.fails(likely, None, strict=True)
    assert not gate.fails(finding(Severity.WARNING), Severity.ERROR, strict=True)


def test_what_is_ignored_never_fails() -> None:
    ignored = finding(Severity.ERROR, ignored="we patched it", relevance=Relevance.USED)
    assert not gate.fails(ignored, Severity.WARNING, strict=True)
    assert gate.status([examined(ignored)], Severity.ERROR) is Status.OK


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.WORKS, Status.OK),
        (Outcome.WRONG, Status.FINDINGS),
        (Outcome.RAISES, Status.FINDINGS),
        (Outcome.NOT_APPLICABLE, Status.FINDINGS),
        (Outcome.NOT_RUN, Status.INCOMPLETE),
        (Outcome.TIMES_OUT, Status.INCOMPLETE),
    ],
)
def test_a_requirement_is_met_by_success_alone(outcome: Outcome, expected: Status) -> None:
    required = Requirement(SLUG, StackId.TF_KERAS, outcome)
    assert gate.status([examined(requirements=(required,))], Severity.ERROR) is expected


def test_a_required_feature_that_is_ignored_does_not_fail() -> None:
    required = Requirement(SLUG, StackId.TF_KERAS, Outcome.RAISES)
    ignored = finding(Severity.ERROR, ignored="known", relevance=Relevance.REQUIRED)
    assert gate.status([examined(ignored, requirements=(required,))], Severity.ERROR) is Status.OK


def test_what_could_not_be_looked_at_is_never_well() -> None:
    broken = examined(finding(Severity.ERROR), failures=("the worker died",))
    assert gate.status([broken], None) is Status.INCOMPLETE
    empty = Examination(environment("", stacks=()))
    assert gate.status([empty], None) is gate.status([empty, empty], None) is Status.NOTHING_CHECKED
    assert gate.status([examined(), empty], None) is Status.INCOMPLETE
    assert gate.status([], Severity.ERROR) is Status.NOTHING_CHECKED


def test_strict_fails_what_gave_no_answer_where_it_could_have() -> None:
    late = (observation(outcome=Outcome.TIMES_OUT),)
    assert gate.status([examined(canaries=late)], Severity.ERROR) is Status.OK
    assert gate.status([examined(canaries=late)], Severity.ERROR, strict=True) is Status.INCOMPLETE
    # On a stack that is not there no canary was to answer.
    away = Examination(
        environment(stacks=(keras_3(available=False, reason="no"),)), canaries=(observation(outcome=Outcome.NOT_RUN),)
    )
    assert gate.status([away], Severity.ERROR, strict=True) is Status.OK


def test_strict_fails_code_that_could_not_be_read() -> None:
    code = CodeRead(("src",), 3, (Unread("src/broken.py", "not valid Python", 2),))
    assert gate.status([examined()], Severity.ERROR, code=code) is Status.OK
    assert gate.status([examined()], Severity.ERROR, strict=True, code=code) is Status.INCOMPLETE
    assert gate.status([examined()], None, strict=True, code=code) is Status.OK


def test_a_comment_that_ignores_nothing_is_a_warning() -> None:
    code = CodeRead(("src",), 3, remarks=(Remark(Severity.WARNING, "it gives no reason", Location("src/a.py", 2)),))
    assert gate.status([examined()], Severity.ERROR, strict=True, code=code) is Status.OK
    assert gate.status([examined()], Severity.WARNING, code=code) is Status.FINDINGS
    assert gate.status([examined()], None, code=code) is Status.OK


TARGET = Examination(environment(), target="tensorflow==2.21")


@pytest.mark.parametrize(
    ("path", "lost", "read", "examination", "expected"),
    [
        ("a.py", Lost.ALL, 0, TARGET, Status.NOTHING_CHECKED),
        ("./a.py", Lost.ALL, 0, TARGET, Status.NOTHING_CHECKED),
        ("a.py", Lost.ALL, 1, TARGET, Status.INCOMPLETE),
        ("a.py", Lost.REST, 1, TARGET, Status.INCOMPLETE),
        ("a.py", Lost.PART, 1, TARGET, Status.OK),
        ("src", Lost.ALL, 0, TARGET, Status.NOTHING_CHECKED),
        ("src/b.py", Lost.ALL, 1, TARGET, Status.OK),
        ("a.py", Lost.ALL, 0, examined(), Status.INCOMPLETE),
        ("src", Lost.ALL, 0, examined(), Status.INCOMPLETE),
        ("src/b.py", Lost.ALL, 0, examined(), Status.OK),
        ("-", Lost.ALL, 0, TARGET, Status.OK),  # not asked for
    ],
)
@pytest.mark.parametrize("fail_on", [Severity.ERROR, None])
def test_code_that_was_named_and_not_read(
    path: str, lost: Lost, read: int, examination: Examination, expected: Status, fail_on: Optional[Severity]
) -> None:
    code = CodeRead(("a.py", "src/"), read + 1, (Unread(path, "not valid Python", lost=lost),), read=read)
    assert gate.status([examination], fail_on, code=code) is expected
    # Findings are still there when the rest is known.
    worse = replace(examination, findings=(finding(Severity.ERROR),))
    found = Status.FINDINGS if expected is Status.OK and fail_on else expected
    assert gate.status([worse], fail_on, code=code) is found


def test_a_stack_that_was_wanted_and_not_opened_is_a_gap() -> None:
    late = observation(outcome=Outcome.NOT_RUN, message="the deadline was reached")
    assert gate.status([examined(canaries=(late,))], None) is Status.INCOMPLETE
    assert gate.gaps(examined(canaries=(late,))) == ("1 check was not run: the deadline was reached",)


def test_an_unknown_requirement_goes_before_findings() -> None:
    required = Requirement(SLUG, StackId.TF_KERAS, Outcome.NOT_RUN)
    assert gate.status([examined(finding(Severity.ERROR), requirements=(required,))], None) is Status.INCOMPLETE


def test_the_exit_codes_are_a_contract() -> None:
    assert {status.value: status.exit_code for status in Status} == {
        "ok": 0,
        "findings": 1,
        "usage": 2,
        "nothing-checked": 3,
        "incomplete": 4,
    }


def test_the_status_follows_the_findings_as_they_are() -> None:
    report = Report("0", "now", (examined(finding(Severity.ERROR)),), Status.OK)
    assert gate.settle(report).status is Status.FINDINGS
