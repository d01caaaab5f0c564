from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kdoctor.environment.model import Distribution, Environment, Interpreter, KerasConfig, Name, Shadow, Stack
from kdoctor.environment.steps import Proof
from kdoctor.formats import json as rendering
from kdoctor.observe.model import Observation
from kdoctor.report import Examination, Finding, Status
from kdoctor.rules.rule import Reference
from kdoctor.words import Evidence, Outcome, Severity, StackId
from tests.formats import make_schema
from tests.formats.samples import ALL, MASK_METRIC, faults, healthy, many_findings

SCHEMA: dict[str, Any] = json.loads(
    (Path(rendering.__file__).with_name("report.schema.json")).read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["title"] == rendering.SCHEMA


def test_the_schema_is_that_of_the_model() -> None:
    assert make_schema.PATH.read_text(encoding="utf-8") == make_schema.make(), "run python -m tests.formats.make_schema"


@pytest.mark.parametrize("name", ALL)
def test_every_sample_validates(name: str) -> None:
    text = rendering.render(ALL[name]())
    assert text.isascii()
    VALIDATOR.validate(json.loads(text))


@pytest.mark.parametrize(
    "class_",
    [
        Distribution,
        Finding,
        Interpreter,
        KerasConfig,
        Name,
        Observation,
        Proof,
        Reference,
        Shadow,
        Stack,
    ],
)
def test_the_schema_knows_every_field(class_: type) -> None:
    definition = SCHEMA["$defs"][class_.__name__]
    fields = {field.name for field in dataclasses.fields(class_)}
    fields -= set(rendering.TEXTS) if class_ is Finding else set()
    assert set(definition["properties"]) == fields == set(definition["required"])
    assert definition["additionalProperties"] is False


def test_the_schema_knows_every_fact_of_an_environment() -> None:
    fields = {field.name for class_ in (Environment, Examination) for field in dataclasses.fields(class_)}
    assert set(SCHEMA["$defs"]["Examination"]["required"]) == fields - {"environment"}


@pytest.mark.parametrize("class_", [Outcome, Severity, Evidence, StackId, Status])
def test_the_schema_knows_every_word(class_: Any) -> None:
    assert SCHEMA["$defs"][class_.__name__]["enum"] == [member.value for member in class_]


def test_the_document_says_what_the_report_says() -> None:
    document = rendering.document(faults())
    assert document["status"] == "findings"
    assert document["exit_code"] == 1
    environment = document["environments"][0]
    assert environment["variables"] == {"TF_USE_LEGACY_KERAS": "yes"}
    canary = environment["canaries"][0]
    assert canary["slug"] == "mask-metric"
    assert (canary["stack"], canary["outcome"], canary["area"]) == ("tf.keras", "wrong", "masking")
    finding = next(one for one in environment["findings"] if one["slug"] == "mask-metric")
    assert finding["outcomes"] == {"tf.keras": "wrong", "tf.keras+legacy": "works", "keras": "wrong"}
    assert document["rules"]["mask-metric"]["references"][0]["url"] == MASK_METRIC.references[0].url


def test_the_texts_of_what_concerns_nobody_are_left_out() -> None:
    known = dataclasses.replace(MASK_METRIC, severity=Severity.INFO)
    [examination] = healthy().environments
    report = dataclasses.replace(healthy(), environments=(dataclasses.replace(examination, findings=(known,)),))
    short, full = rendering.document(report), rendering.document(report, full=True)
    assert (list(short["rules"]), list(full["rules"])) == ([], ["mask-metric"])
    assert [one["slug"] for one in short["environments"][0]["findings"]] == ["mask-metric"]
    VALIDATOR.validate(short)
    VALIDATOR.validate(full)


@pytest.mark.parametrize(
    ("fail_on", "word"), [(None, "never"), (Severity.WARNING, "warning"), (Severity.ERROR, "error")]
)
def test_fail_on(fail_on: Severity | None, word: str) -> None:
    assert rendering.document(dataclasses.replace(healthy(), fail_on=fail_on))["fail_on"] == word


@pytest.mark.parametrize("status", Status)
def test_the_exit_code_goes_with_the_status(status: Status) -> None:
    document = rendering.document(dataclasses.replace(many_findings(), status=status))
    assert (document["status"], document["exit_code"]) == (status.value, status.exit_code)
    VALIDATOR.validate(document)


def test_a_number_that_json_cannot_say_is_null() -> None:
    assert rendering.as_plain({"epsilon": float("nan"), "other": float("inf")}) == {"epsilon": None, "other": None}


def test_the_schema_refuses_what_it_does_not_know() -> None:
    document = rendering.document(healthy())
    document["environments"][0]["canaries"][0]["outcome"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)
    document = rendering.document(healthy())
    document["environments"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)
