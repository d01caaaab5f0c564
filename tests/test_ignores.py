"""What the configuration and the baseline set aside."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kdoctor import baseline, gate, ignores
from kdoctor.config import Ignore
from kdoctor.errors import UsageError
from kdoctor.model import (
    Certainty,
    Evidence,
    Examination,
    Finding,
    Location,
    Observation,
    Outcome,
    Relevance,
    Report,
    Severity,
    StackId,
    Status,
)
from tests.builders import environment, observation

TODAY = date(2026, 11, 21)
SLUG = "rnn-model-reset-states"


def place(path: str = "src/train.py", line: int = 3, text: str = "model.reset_states()") -> Location:
    return Location(path, line, text=text)


def finding(*locations: Location, severity: Severity = Severity.ERROR, **changes: Any) -> Finding:
    plain = Finding("KD102", SLUG, "rnn", "Title", severity, Evidence.OBSERVED, "detail", stacks=(StackId.TF_KERAS,))
    relevance = Relevance.USED if locations else Relevance.KNOWN
    return replace(plain, locations=locations, relevance=relevance, **changes)


def report(*findings: Finding, canaries: tuple[Observation, ...] = ()) -> Report:
    examination = Examination(environment(), findings=findings, canaries=canaries)
    return gate.settle(Report("0", "2026-11-21T10:00:00+00:00", (examination,), Status.OK))


def ignored(before: Report, *entries: Ignore) -> Report:
    return gate.settle(ignores.apply(before, entries, TODAY))


@pytest.mark.parametrize("rule", ["KD102", SLUG])
def test_what_is_ignored_is_listed_and_fails_no_gate(rule: str) -> None:
    before = report(finding(place()))
    assert before.status is Status.FINDINGS
    after = ignored(before, Ignore(rule, "we never call it"))
    assert after.status is Status.OK
    assert [one.ignored for one in after.findings] == ["we never call it"]


def test_after_its_last_day_it_counts_again() -> None:
    before = report(finding(place()))
    assert ignored(before, Ignore("KD102", "x", until=TODAY)).status is Status.OK
    over = ignored(before, Ignore("KD102", "x", until=date(2026, 11, 20)))
    assert over.status is Status.FINDINGS
    assert over.environments[0].notes == ("The ignore of KD102 ended on 2026-11-20, so it counts again.",)


def test_some_files_only() -> None:
    before = report(finding(place("scripts/old.py"), place("src/train.py")))
    after = ignored(before, Ignore("KD102", "old", paths=("scripts/*",)))
    assert [(one.ignored, [spot.path for spot in one.locations]) for one in after.findings] == [
        ("", ["src/train.py"]),
        ("old", ["scripts/old.py"]),
    ]
    assert after.status is Status.FINDINGS
    assert ignored(before, Ignore("KD102", "old", paths=("scripts", "src/"))).status is Status.OK


def test_files_are_those_of_the_folder_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scripts").mkdir()
    monkeypatch.chdir(tmp_path / "scripts")
    entry = Ignore("KD102", "old", paths=("scripts/*",), folder=str(tmp_path))
    for path in ("old.py", "./old.py", str(tmp_path / "scripts" / "old.py")):
        assert ignored(report(finding(place(path))), entry).status is Status.OK, path
    assert ignored(report(finding(place("../old.py"))), entry).status is Status.FINDINGS


def test_a_likely_use_alone_is_a_warning_once_the_certain_one_is_set_aside() -> None:
    likely = replace(place("src/train.py"), certainty=Certainty.LIKELY)
    before = report(finding(place("scripts/old.py"), likely))
    after = ignored(before, Ignore("KD102", "old", paths=("scripts/*",)))
    assert [(one.severity, one.ignored) for one in after.findings] == [(Severity.WARNING, ""), (Severity.ERROR, "old")]
    assert after.status is Status.OK


def test_where_only_code_is_judged_an_idle_ignore_is_no_news() -> None:
    examination = Examination(environment(), target="tensorflow==2.21")
    judged = Report("0", "2026-11-21T10:00:00+00:00", (examination,), Status.OK)
    assert ignored(judged, Ignore("KD102", "x")).environments[0].notes == ()


def test_an_ignore_that_can_go_is_told() -> None:
    healthy = report(canaries=(observation(SLUG, Outcome.WORKS),))
    assert ignored(healthy, Ignore("KD102", "x")).environments[0].notes == (
        "The canary of KD102 passes here, so the ignore of it can go.",
    )
    assert ignored(report(), Ignore("KD102", "x")).environments[0].notes == ("Nothing here needs the ignore of KD102.",)


# ---------------------------------------------------------------------------------------------- the baseline


def kept(before: Report, folder: Path) -> baseline.Baseline:
    path = folder / "kdoctor-baseline.json"
    path.write_text(baseline.write(before, str(folder)), encoding="utf-8")
    return baseline.read(str(path))


def test_only_what_is_new_fails(tmp_path: Path) -> None:
    before = report(finding(place()))
    known = kept(before, tmp_path)
    moved = report(finding(place(line=99)))
    after = gate.settle(baseline.apply(moved, known))
    assert (after.status, after.findings[0].ignored) == (Status.OK, "in the baseline of 2026-11-21")
    more = report(finding(place(line=99), place(line=120), place("src/other.py")))
    after = gate.settle(baseline.apply(more, known))
    assert after.status is Status.FINDINGS
    assert [[(spot.path, spot.line) for spot in one.locations] for one in after.findings] == [
        [("src/train.py", 120), ("src/other.py", 3)],
        [("src/train.py", 99)],
    ]


def test_it_is_known_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    known = kept(report(finding(place("src/train.py"))), tmp_path)
    assert [path for _, _, path, _ in known.known] == ["src/train.py"]
    monkeypatch.chdir(tmp_path / "src")
    assert gate.settle(baseline.apply(report(finding(place("train.py"))), known)).status is Status.OK


def test_two_environments_that_run_the_same_code_need_one_entry(tmp_path: Path) -> None:
    one = report(finding(place()))
    both = replace(one, environments=(one.environments * 2))
    known = kept(both, tmp_path)
    assert list(known.known.values()) == [1]
    assert gate.settle(baseline.apply(both, known)).status is Status.OK


def test_a_fault_without_a_place_is_known_again(tmp_path: Path) -> None:
    before = report(finding())
    assert gate.settle(baseline.apply(before, kept(before, tmp_path))).status is Status.OK
    other = replace(finding(), code="KD103", slug="other")
    assert gate.settle(baseline.apply(report(other), kept(before, tmp_path))).status is Status.FINDINGS


def test_what_is_merely_known_is_not_written_down(tmp_path: Path) -> None:
    assert kept(report(finding(severity=Severity.INFO)), tmp_path).known == {}


def test_the_file_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    one, other = place("a.py"), place("b.py")
    assert baseline.write(report(finding(one, other))) == baseline.write(report(finding(other, one)))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "other/1"}', '{"schema": "kdoctor.baseline/1"}'])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kdoctor-baseline.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a baseline of kdoctor"):
        baseline.read(str(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be read"):
        baseline.read(str(tmp_path / "none.json"))


def test_the_file_says_its_schema() -> None:
    assert json.loads(baseline.write(report()))["schema"] == "kdoctor.baseline/1"
