"""Which rules apply, and how that is known."""

from __future__ import annotations

import pytest

from kdoctor.code import Hit, Usage
from kdoctor.code.places import Location
from kdoctor.diagnosis.findings import default_stack, diagnose
from kdoctor.environment.model import Stack
from kdoctor.records import Record
from kdoctor.report import Requirement
from kdoctor.rules.rule import Affected, Fault
from kdoctor.words import Certainty, Evidence, Outcome, Relevance, Severity, StackId
from tests.builders import environment, keras_3, legacy, observation, rule


def test_an_observed_breakage_is_a_finding_with_its_message() -> None:
    (finding,) = diagnose(environment(), [observation()], [rule()]).findings
    assert finding.evidence is Evidence.OBSERVED
    assert finding.detail == "AttributeError: 'Sequential' object has no attribute 'reset_states'"
    assert finding.stacks == (StackId.TF_KERAS,)
    assert finding.outcomes == {StackId.TF_KERAS: Outcome.RAISES}


def test_an_observation_beats_a_range() -> None:
    claimed = rule(affects=(Affected(">=3.0"),))
    works = [observation(outcome=Outcome.WORKS, stack=stack.id) for stack in environment().stacks]
    assert diagnose(environment(), works, [claimed]).findings == ()


def test_a_range_speaks_where_nothing_was_observed() -> None:
    (finding,) = diagnose(environment(), [], [rule(affects=(Affected(">=3.0,<3.12"),))]).findings
    assert finding.evidence is Evidence.KNOWN
    assert finding.stacks == (StackId.TF_KERAS, StackId.KERAS)


@pytest.mark.parametrize("outcome", [Outcome.TIMES_OUT, Outcome.NOT_RUN])
def test_an_unknown_outcome_leaves_the_word_to_the_range(outcome: Outcome) -> None:
    rows = [observation(outcome=outcome, stack=stack.id) for stack in environment().stacks]
    (finding,) = diagnose(environment(), rows, [rule(affects=(Affected(">=3.0"),))]).findings
    assert finding.evidence is Evidence.KNOWN
    assert diagnose(environment(), rows, [rule()]).findings == ()


def test_a_range_of_other_versions_says_nothing() -> None:
    assert diagnose(environment(), [], [rule(affects=(Affected(">=3.12"),))]).findings == ()


def test_what_is_broken_only_under_a_remedy_is_no_finding() -> None:
    assert diagnose(environment(), [observation(stack=StackId.LEGACY)], [rule()]).findings == ()


def test_unless_that_stack_was_asked_for() -> None:
    rows = [observation(stack=StackId.LEGACY)]
    (finding,) = diagnose(environment(), rows, [rule()], stacks=[StackId.LEGACY]).findings
    assert finding.stacks == (StackId.LEGACY,)


def test_an_unavailable_stack_is_not_claimed_to_be_broken() -> None:
    facts = environment(stacks=(keras_3(available=False, reason="no"),))
    assert diagnose(facts, [], [rule(affects=(Affected(">=3.0"),))]).findings == ()


@pytest.mark.parametrize(
    ("outcome", "required", "severity"),
    [
        (Outcome.RAISES, False, Severity.INFO),
        (Outcome.CRASHES, False, Severity.INFO),
        (Outcome.WRONG, False, Severity.INFO),
        (Outcome.RAISES, True, Severity.ERROR),
        (Outcome.WRONG, True, Severity.ERROR),
    ],
)
def test_severity_follows_from_what_happens_and_whom_it_concerns(
    outcome: Outcome, required: bool, severity: Severity
) -> None:
    rows = [observation(outcome=outcome)]
    needed = [("rnn-model-reset-states", StackId.TF_KERAS)] if required else []
    (finding,) = diagnose(environment(), rows, [rule()], required=needed).findings
    assert finding.severity is severity


def record(outcome: Outcome, between: bool = False) -> Record:
    return Record(outcome, "the mask is ignored", ("Keras 3.10.0 under TensorFlow 2.19.0",), between)


def test_a_record_speaks_where_nothing_was_observed() -> None:
    (finding,) = diagnose(environment(), [], [rule()], recorded=lambda slug, stack: record(Outcome.WRONG)).findings
    assert finding.evidence is Evidence.RECORDED
    assert finding.severity is Severity.INFO
    assert finding.detail == "the mask is ignored (recorded on Keras 3.10.0 under TensorFlow 2.19.0)"
    assert finding.outcomes[StackId.KERAS] is Outcome.WRONG


def test_what_stands_between_two_records_is_said() -> None:
    between = record(Outcome.RAISES, between=True)
    (finding,) = diagnose(environment(), [], [rule()], recorded=lambda slug, stack: between).findings
    assert "not recorded on this release" in finding.detail


def test_nothing_is_claimed_of_what_was_not_recorded() -> None:
    assert diagnose(environment(), [], [rule()], recorded=lambda slug, stack: None).findings == ()


def test_an_observation_beats_a_record_and_the_report_says_that_they_disagree() -> None:
    def recorded(slug: str, stack: Stack) -> Record | None:
        return record(Outcome.WRONG) if stack.id is StackId.TF_KERAS else None

    works = diagnose(environment(), [observation(outcome=Outcome.WORKS)], [rule()], recorded=recorded)
    assert works.findings == ()
    (conflict,) = works.conflicts
    assert conflict.startswith("rnn-model-reset-states on tf.keras works here and gives wrong numbers as recorded on")
    (finding,) = diagnose(environment(), [observation()], [rule()], recorded=recorded).findings
    assert finding.detail.startswith("AttributeError")
    assert "raises an error here" in finding.conflict


def test_what_agrees_with_the_record_is_no_conflict() -> None:
    (finding,) = diagnose(
        environment(), [observation()], [rule()], recorded=lambda slug, stack: record(Outcome.RAISES)
    ).findings
    assert finding.conflict == ""


def test_a_breakage_that_no_rule_knows_is_a_finding_all_the_same() -> None:
    (finding,) = diagnose(
        environment(), [observation("ctc-batch-cost", Outcome.WRONG, message="7, not 8")], []
    ).findings
    assert (finding.slug, finding.severity, finding.detail) == ("ctc-batch-cost", Severity.INFO, "7, not 8")
    assert finding.conflict
    assert diagnose(environment(), [observation("ctc-batch-cost", Outcome.WORKS)], []).findings == ()


def test_a_fault_of_the_environment_needs_no_canary() -> None:
    fault = Fault("TF_USE_LEGACY_KERAS=yes is ignored", Severity.ERROR)
    (finding,) = diagnose(environment(), [], [rule(canary=False, detect=lambda facts: fault)]).findings
    assert (finding.severity, finding.detail) == (Severity.ERROR, "TF_USE_LEGACY_KERAS=yes is ignored")
    assert finding.stacks == ()


def test_the_worst_comes_first() -> None:
    rules = [
        rule("rnn-a", "KD101"),
        rule("rnn-b", "KD102"),
        rule("env-c", "KD103", canary=False, detect=lambda facts: Fault("c", Severity.ERROR)),
    ]
    rows = [observation("rnn-a"), observation("rnn-b", Outcome.WRONG)]
    required = [("rnn-b", StackId.TF_KERAS)]
    findings = diagnose(environment(), rows, rules, required=required).findings
    assert [finding.code for finding in findings] == ["KD102", "KD103", "KD101"]


def test_the_default_stack_is_keras_where_there_is_no_tensorflow() -> None:
    assert default_stack(environment()) is StackId.TF_KERAS
    assert default_stack(environment(stacks=(keras_3(StackId.KERAS),))) is StackId.KERAS
    assert default_stack(environment(stacks=(legacy(), keras_3()))) is StackId.TF_KERAS


# ------------------------------------------------------------------------------------------------- code


def hit(code: str = "KD101", stack: str = "tf.keras", certainty: Certainty = Certainty.CERTAIN, line: int = 3) -> Hit:
    what = "model.reset_states()"
    where = Location("train.py", line, 1, line, stack=stack, certainty=certainty, what=what, text=what)
    return Hit(code, "rnn-model-reset-states", where)


def used(*hits: Hit) -> Usage:
    return Usage(files=1, hits=hits)


@pytest.mark.parametrize(
    ("certainty", "outcome", "severity"),
    [
        (Certainty.CERTAIN, Outcome.RAISES, Severity.ERROR),
        (Certainty.CERTAIN, Outcome.WRONG, Severity.ERROR),
        (Certainty.LIKELY, Outcome.RAISES, Severity.WARNING),
        (Certainty.LIKELY, Outcome.WRONG, Severity.WARNING),
    ],
)
def test_what_code_uses_matters_as_much_as_it_is_sure(
    certainty: Certainty, outcome: Outcome, severity: Severity
) -> None:
    usage = used(hit(certainty=certainty))
    (finding,) = diagnose(environment(), [observation(outcome=outcome)], [rule()], usage=usage).findings
    assert finding.severity is severity
    assert finding.relevance is Relevance.USED
    assert [(place.path, place.line, place.certainty) for place in finding.locations] == [("train.py", 3, certainty)]


def test_a_use_of_what_works_here_is_no_finding() -> None:
    rows = [observation(outcome=Outcome.WORKS)]
    assert diagnose(environment(), rows, [rule()], usage=used(hit())).findings == ()


def test_code_is_judged_on_the_stack_that_it_is_on() -> None:
    """Code that sets the variable itself runs on legacy Keras, whatever is broken without it."""
    rows = [observation(outcome=Outcome.RAISES), observation(outcome=Outcome.WORKS, stack=StackId.LEGACY)]
    (finding,) = diagnose(environment(), rows, [rule()], usage=used(hit(stack="tf.keras+legacy"))).findings
    assert (finding.severity, finding.locations) == (Severity.INFO, ())
    rows = [observation(outcome=Outcome.WORKS), observation(outcome=Outcome.RAISES, stack=StackId.LEGACY)]
    (finding,) = diagnose(environment(), rows, [rule()], usage=used(hit(stack="tf.keras+legacy"))).findings
    assert (finding.severity, finding.stacks) == (Severity.ERROR, (StackId.LEGACY,))
    (finding,) = diagnose(environment(), rows, [rule()], usage=used(hit(stack="tf_keras"))).findings
    assert finding.stacks == (StackId.LEGACY,)


def test_only_the_places_on_a_broken_stack_are_named() -> None:
    rows = [observation(outcome=Outcome.RAISES), observation(outcome=Outcome.WORKS, stack=StackId.KERAS)]
    usage = used(hit(line=1), hit(stack="keras", line=2))
    (finding,) = diagnose(environment(), rows, [rule()], usage=usage).findings
    assert [place.line for place in finding.locations] == [1]


def test_what_is_wrong_in_silence_and_not_used_is_information_once_code_was_read() -> None:
    silent = [observation(outcome=Outcome.WRONG)]
    (finding,) = diagnose(environment(), silent, [rule()], usage=used()).findings
    assert finding.severity is Severity.INFO


def test_a_fault_of_code_needs_code() -> None:
    late = rule(canary=False, where=lambda facts: True)
    assert diagnose(environment(), [], [late]).findings == ()
    (finding,) = diagnose(environment(), [], [late], usage=used(hit())).findings
    assert finding.severity is Severity.ERROR
    elsewhere = rule(canary=False, where=lambda facts: False)
    assert diagnose(environment(), [], [elsewhere], usage=used(hit())).findings == ()


def test_a_fault_that_the_environment_does_not_show_may_be_one_of_the_code() -> None:
    either = rule(canary=False, detect=lambda facts: None, where=lambda facts: True)
    assert diagnose(environment(), [], [either]).findings == ()
    (finding,) = diagnose(environment(), [], [either], usage=used(hit())).findings
    assert (finding.severity, len(finding.locations)) == (Severity.ERROR, 1)
    shown = rule(canary=False, detect=lambda facts: Fault("seen", Severity.WARNING), where=lambda facts: True)
    (finding,) = diagnose(environment(), [], [shown], usage=used(hit())).findings
    assert finding.detail == "seen"


def test_what_is_required_is_told_on_its_stack() -> None:
    rows = [observation(outcome=Outcome.WORKS), observation(outcome=Outcome.RAISES, stack=StackId.LEGACY)]
    required = [("rnn-model-reset-states", StackId.LEGACY)]
    (finding,) = diagnose(environment(), rows, [rule()], required=required).findings
    assert (finding.severity, finding.relevance) == (Severity.ERROR, Relevance.REQUIRED)
    assert finding.stacks == (StackId.LEGACY,)


def test_a_required_feature_that_does_not_exist_is_an_error() -> None:
    absent = Requirement("savedmodel-tfsm", StackId.TF_KERAS, Outcome.NOT_APPLICABLE, "Keras 2 has no TFSMLayer")
    (finding,) = diagnose(environment(), [], []).with_absent([absent]).findings
    assert (finding.code, finding.slug, finding.severity) == ("KD092", "savedmodel-tfsm", Severity.ERROR)
    assert finding.detail == "Keras 2 has no TFSMLayer"
