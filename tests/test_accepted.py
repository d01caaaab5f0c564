"""What the configuration and the baseline accept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kdoctor import accepted
from kdoctor.code.places import Location
from kdoctor.errors import UsageError
from kdoctor.observe.model import Observation
from kdoctor.report import Examination, Finding, Report, Status, gate
from kdoctor.settings import Ignore, Settings
from kdoctor.words import Certainty, Evidence, Outcome, Relevance, Severity, StackId
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
    return accepted.apply(before, Settings(baseline="", ignore=entries), TODAY)


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


def test_a_likely_use_alone_is_a_warning_once_the_certain_one_is_ignored() -> None:
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
        "The check of KD102 passes here, so the ignore of it can go.",
    )
    assert ignored(report(), Ignore("KD102", "x")).environments[0].notes == ("Nothing here needs the ignore of KD102.",)


# ---------------------------------------------------------------------------------------------- the baseline


def kept(before: Report, folder: Path) -> str:
    path = folder / "known.json"
    path.write_bytes(accepted.write(before, str(folder))[0])
    return str(path)


def held(before: Report, baseline: str) -> Report:
    return accepted.apply(before, Settings(baseline=baseline), TODAY)


def test_only_what_is_new_fails(tmp_path: Path) -> None:
    before = report(finding(place()))
    known = kept(before, tmp_path)
    moved = report(finding(place(line=99)))
    after = held(moved, known)
    assert (after.status, after.findings[0].ignored) == (Status.OK, "in the baseline of 2026-11-21")
    more = report(finding(place(line=99), place(line=120), place("src/other.py")))
    after = held(more, known)
    assert after.status is Status.FINDINGS
    assert [[(spot.path, spot.line) for spot in one.locations] for one in after.findings] == [
        [("src/train.py", 120), ("src/other.py", 3)],
        [("src/train.py", 99)],
    ]


def test_it_is_known_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    known = kept(report(finding(place("src/train.py"))), tmp_path)
    assert [path for _, _, path, _ in accepted.read(known).known] == ["src/train.py"]
    monkeypatch.chdir(tmp_path / "src")
    assert held(report(finding(place("train.py"))), known).status is Status.OK


def test_two_environments_that_run_the_same_code_need_one_entry(tmp_path: Path) -> None:
    one = report(finding(place()))
    both = replace(one, environments=(one.environments * 2))
    known = kept(both, tmp_path)
    assert list(accepted.read(known).known.values()) == [1]
    assert held(both, known).status is Status.OK


def test_a_fault_without_a_place_is_known_again(tmp_path: Path) -> None:
    before = report(finding())
    assert held(before, kept(before, tmp_path)).status is Status.OK
    other = replace(finding(), code="KD103", slug="other")
    assert held(report(other), kept(before, tmp_path)).status is Status.FINDINGS


def test_what_is_merely_known_is_not_written_down(tmp_path: Path) -> None:
    assert accepted.read(kept(report(finding(severity=Severity.INFO)), tmp_path)).known == {}


def test_the_file_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    one, other = place("a.py"), place("b.py")
    assert accepted.write(report(finding(one, other))) == accepted.write(report(finding(other, one)))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "other/1"}', '{"schema": "kdoctor.baseline/1"}'])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kdoctor-baseline.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a baseline of kdoctor"):
        accepted.read(str(path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be read"):
        accepted.read(str(tmp_path / "none.json"))


def test_the_file_says_its_schema() -> None:
    assert json.loads(accepted.write(report())[0])["schema"] == "kdoctor.baseline/1"


@pytest.mark.parametrize(
    ("line", "later"),
    [
        ("model.reset_states()", "model.reset_states()  # why"),
        ("model.reset_states()  # noqa", "model.reset_states()"),
        ("model.reset_states()", "model.reset_states()#x"),
        ("f('#', 1)", "f('#', 1)  # x"),
        ('f("\\"#")', 'f("\\"#") # "'),
        ("f( 1,  2)", "f( 1, 2)   # it's"),
    ],
)
def test_a_comment_at_the_end_of_a_line_does_not_make_it_new(tmp_path: Path, line: str, later: str) -> None:
    baseline = kept(report(finding(place(text=line))), tmp_path)
    assert held(report(finding(place(text=later))), baseline).status is Status.OK


@pytest.mark.parametrize(("line", "later"), [("f('#1')", "f('#2')"), ("f('x # 1", "f('x # 2"), ("f(1)", "f(2)  # 1")])
def test_other_code_is_new_whatever_looks_like_a_comment(tmp_path: Path, line: str, later: str) -> None:
    baseline = kept(report(finding(place(text=line))), tmp_path)
    assert held(report(finding(place(text=later))), baseline).status is Status.FINDINGS


def test_the_default_file_is_used_where_it_is_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = report(finding(place()))
    Path(kept(before, tmp_path)).rename(accepted.FILE)
    after = accepted.apply(before, Settings(), TODAY)
    assert after.status is Status.OK
    assert any(accepted.FILE in note for note in after.environments[0].notes)
    assert held(before, "").status is Status.FINDINGS


def test_the_default_file_stands_next_to_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    assert accepted.default_path(Settings(file=str(tmp_path / "kdoctor.toml"))) == str(Path("..") / accepted.FILE)
    before = report(finding(place("train.py")))
    Path(kept(before, tmp_path)).rename(tmp_path / accepted.FILE)
    assert accepted.apply(before, Settings(file=str(tmp_path / "kdoctor.toml")), TODAY).status is Status.OK
    assert accepted.apply(before, Settings(), TODAY).status is Status.FINDINGS


def test_a_default_file_that_is_a_link_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = report(finding(place()))
    (tmp_path / accepted.FILE).symlink_to(kept(before, tmp_path))
    assert accepted.apply(before, Settings(), TODAY).status is Status.FINDINGS
