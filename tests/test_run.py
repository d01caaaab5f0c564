"""What a run looks at, how it ends, and that it is true of the TensorFlow beside these tests."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import kdoctor.run as module
from kdoctor.canaries import Canary
from kdoctor.diagnosis.findings import Diagnosis
from kdoctor.environment import InterpreterError
from kdoctor.environment.model import Environment
from kdoctor.errors import UsageError
from kdoctor.observe.model import Observations, Opened
from kdoctor.remedies.plan import Plan
from kdoctor.report import Finding, Interrupted, Status
from kdoctor.run import Choices, choose, run
from kdoctor.words import Implementation, Outcome, Severity, StackId
from tests.builders import environment, observation, rule

CATALOGUE = (
    Canary("rnn-one", "rnn", "one"),
    Canary("rnn-two", "rnn", "two", tier="full"),
    Canary("ctc-one", "ctc", "one"),
)


def chosen(*only: str, skip: tuple[str, ...] = (), every: bool = False) -> list[str]:
    return [canary.slug for canary in choose(CATALOGUE, Choices(only=only, skip=skip, every=every))]


def test_by_default_the_core_runs() -> None:
    assert chosen() == ["rnn-one", "ctc-one"]
    assert chosen(every=True) == ["rnn-one", "rnn-two", "ctc-one"]


def test_areas_and_slugs_choose_and_skip() -> None:
    assert chosen("rnn") == ["rnn-one", "rnn-two"]
    assert chosen("rnn-two", "ctc") == ["rnn-two", "ctc-one"]
    assert chosen(skip=("rnn",)) == ["ctc-one"]
    assert chosen("rnn", skip=("rnn-one",)) == ["rnn-two"]


def test_a_ctrl_c_leaves_a_report_of_what_was_seen_and_examines_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Observations((observation("rnn-one"),), failures=("3 checks were not run: Ctrl-C",), interrupted=True)
    examined(monkeypatch, environment(), seen)
    with pytest.raises(Interrupted) as caught:
        module.run([None, "another"], Choices(cache=False))
    report = caught.value.report
    assert len(report.environments) == 1
    assert report.environments[0].canaries == seen.rows
    assert report.status is Status.INCOMPLETE
    assert isinstance(caught.value, KeyboardInterrupt)  # a notebook stops as at any other


def test_a_visit_that_would_look_at_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"Nothing is left to examine: rnn was asked for, and rnn-one, rnn-two left"):
        chosen("rnn", skip=("rnn-one", "rnn-two"))
    examined(monkeypatch, environment())
    with pytest.raises(UsageError, match=r"There is no stack tf.keras\+keras3 here. The stacks are tf.keras,"):
        module.run([None], Choices(stacks=[StackId.KERAS_3], canaries=False))


def test_what_does_not_exist_is_named_with_what_is_near() -> None:
    with pytest.raises(UsageError, match=r"called 'rnn-ones'. Did you mean rnn-one"):
        chosen("rnn-ones")
    with pytest.raises(UsageError, match=r"The areas are ctc, rnn"):
        chosen(skip=("zzz",))


def examined(
    monkeypatch: pytest.MonkeyPatch,
    facts: Environment,
    seen: Observations | None = None,
    findings: tuple[Finding, ...] = (),
) -> None:
    """A run to an environment that is only words."""
    monkeypatch.setattr("kdoctor.environment.examine", lambda python, environ: facts)
    for name in ("kdoctor.observe.run.observe", "kdoctor.observe.cache.observe"):
        monkeypatch.setattr(name, lambda *arguments, **options: seen or Observations(()))
    monkeypatch.setattr(module, "diagnose", lambda *arguments, **options: Diagnosis(findings))
    monkeypatch.setattr("kdoctor.remedies.plan.plan", lambda facts, diagnosis, *rest: Plan(diagnosis.findings, ()))


def finding(severity: Severity) -> Finding:
    from kdoctor.words import Evidence

    return Finding("KD101", "rnn-one", "rnn", "title", severity, Evidence.OBSERVED, "detail")


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [
        (Severity.ERROR, "error", Status.FINDINGS),
        (Severity.WARNING, "error", Status.OK),
        (Severity.WARNING, "warning", Status.FINDINGS),
        (Severity.INFO, "warning", Status.OK),
        (Severity.ERROR, "never", Status.OK),
    ],
)
def test_what_is_merely_known_fails_nothing(
    severity: Severity, fail_on: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined(monkeypatch, environment(), findings=(finding(severity),))
    assert run(choices=Choices(fail_on=fail_on)).status is status


def test_nothing_to_examine_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    examined(monkeypatch, environment(stacks=()))
    assert run().status is Status.NOTHING_CHECKED


def test_what_kdoctor_could_not_finish_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    examined(monkeypatch, environment(), Observations((), failures=("the worker died 9 times",)))
    report = run()
    assert report.status is Status.INCOMPLETE
    assert report.environments[0].failures == ("the worker died 9 times",)


def test_a_stack_that_does_not_open_is_an_error_although_no_fact_foretold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sighting = {StackId.TF_KERAS: Opened(False, "ImportError: broken")}
    examined(monkeypatch, environment(), Observations((), sighting))
    report = run()
    (found,) = report.environments[0].findings
    assert (found.code, found.severity) == ("KD090", Severity.ERROR)
    assert "tf.keras: ImportError: broken" in found.detail
    stack = report.environments[0].environment.stack(StackId.TF_KERAS)
    assert stack
    assert not stack.available
    assert report.status is Status.FINDINGS


def test_what_was_seen_of_a_stack_stands_above_what_was_derived(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Opened(True, implementation="keras3", version="3.11.3", tensorflow="2.19.1", backend="tensorflow")
    examined(monkeypatch, environment(), Observations((observation(),), {StackId.TF_KERAS: seen}))
    stack = run().environments[0].environment.stack(StackId.TF_KERAS)
    assert stack
    assert (stack.version, stack.tensorflow) == ("3.11.3", "2.19.1")


def test_notes_say_how_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (observation(outcome=Outcome.WORKS),)
    examined(monkeypatch, environment(), Observations(rows, pinned=("floatx=float16",)))
    notes = " ".join(run().environments[0].notes)
    assert "on the CPU" in notes
    assert "floatx=float16" in notes
    assert "No test models were run" in run(choices=Choices(canaries=False)).environments[0].notes[0]


def test_several_environments_are_examined_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    examined(monkeypatch, environment())
    assert len(run(["one", "two"], Choices(canaries=False)).environments) == 2


@pytest.mark.tensorflow
@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="needs TensorFlow beside the tests")
@pytest.mark.timeout(600)
def test_a_visit_to_the_tensorflow_beside_these_tests() -> None:
    """The README's first command: its report is whole, valid, and what was recorded of these releases."""
    import jsonschema

    from kdoctor import records
    from kdoctor.environment import examine
    from kdoctor.formats import json as rendering

    command = [sys.executable, "-m", "kdoctor", "--no-code", "--format", "json", "--timeout", "120"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    schema = Path(rendering.__file__).with_name("report.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(document, json.loads(schema))
    (examination,) = document["environments"]
    facts = examine()
    stacks = {
        stack["id"]: replace(
            facts.stack(StackId(stack["id"])) or pytest.fail(f"no stack {stack['id']}"),
            implementation=Implementation(stack["implementation"]),
            version=stack["version"],
        )
        for stack in examination["stacks"]
        if stack["available"]
    }
    assert {"tf.keras", "tf.keras+legacy", "keras"} <= set(stacks)
    different, compared = [], 0
    for row in examination["canaries"]:
        if row["by_choice"]:
            continue
        assert row["outcome"] not in ("not-run", "times-out"), row
        record = records.lookup(row["slug"], stacks[row["stack"]], facts)
        if record and row["outcome"] != "not-applicable":
            compared += 1
            if record.outcome.value != row["outcome"]:
                different.append((row["slug"], row["stack"], row["outcome"], row["message"], record.outcome.value))
    assert different == []
    assert compared > 80


def test_only_what_was_asked_for_is_told() -> None:
    """What is recorded of other features is no answer to the question."""
    ours, other = rule("ctc-batch-cost", "KD201"), rule("rnn-stateful-fit", "KD104")
    assert [module._counts(each, Choices(only=("ctc",)), ()) for each in (ours, other)] == [True, False]
    assert [module._counts(each, Choices(only=("ctc-batch-cost",)), ()) for each in (ours, other)] == [
        True,
        False,
    ]
    assert [module._counts(each, Choices(skip=("rnn",)), ()) for each in (ours, other)] == [True, False]
    assert [module._counts(each, Choices(only=("ctc",)), ["rnn-stateful-fit"]) for each in (ours, other)] == [
        True,
        True,
    ]
    fault = rule("numpy-2", "KD005", canary=False, detect=lambda facts: None)
    assert module._counts(fault, Choices(only=("ctc",)), ())


def test_one_of_several_interpreters_costs_its_own_part_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def examine(python: str | None, environ: object) -> Environment:
        if python is not None and python.startswith("bad"):
            raise InterpreterError(f"There is no {python}.")
        return environment()

    examined(monkeypatch, environment())
    monkeypatch.setattr("kdoctor.environment.examine", examine)
    for pythons, place in ((("bad", "good"), 0), (("good", "bad"), 1), (("good", "good", "bad"), 2)):
        report = run(pythons)
        assert report.status is Status.INCOMPLETE
        assert [bool(one.failures) for one in report.environments] == [
            number == place for number in range(len(pythons))
        ]
        assert report.environments[place].failures == ("There is no bad.",)
    with pytest.raises(InterpreterError, match=r"no bad1.\nThere is no bad2"):
        run(("bad1", "bad2"))
