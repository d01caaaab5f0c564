"""What people see by default: one screen, the user's own lines, and no step that does not concern this reader."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from rich.cells import cell_len

from kdoctor import formats
from kdoctor.code.places import Location
from kdoctor.environment.installers import lines
from kdoctor.environment.model import Environment
from kdoctor.environment.steps import CodeStep, Proof, Remedy, TextStep
from kdoctor.formats.blocks import Table, paragraph
from kdoctor.formats.blocks import text as block_text
from kdoctor.formats.context import Context, Look, View
from kdoctor.formats.document import age_in_words
from kdoctor.formats.terminal import render, write
from kdoctor.observe.model import Observation
from kdoctor.report import CodeRead, Examination, Finding, Report
from kdoctor.words import Certainty, Outcome, Relevance, Severity, StackId
from tests.formats.samples import (
    ALL,
    ENVIRONMENT,
    IGNORED_VARIABLE,
    LEGACY_REMEDY,
    MASK_METRIC,
    UPGRADE_REMEDY,
    loud,
    many_findings,
    report,
    seen,
)

ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
SCREEN = 24


def text(made: Report, width: int = 80, *, verbose: bool = False, quiet: bool = False, encoding: str = "utf-8") -> str:
    return render(made, Context(Look(width, encoding=encoding), verbose, quiet))


def used(*findings: Finding, remedies: tuple[Remedy, ...] = (), files: int = 1) -> Report:
    """Code that uses them, each in a line of its own of train.py."""
    placed = tuple(
        replace(
            one,
            severity=Severity.ERROR,
            relevance=Relevance.USED,
            locations=one.locations or (Location("train.py", 10 - number, 5, text=f"line of {one.code}"),),
        )
        for number, one in enumerate(findings)
    )
    made = report(Examination(ENVIRONMENT, findings=placed, remedies=remedies, canaries=many_observations()))
    return replace(made, code=CodeRead(("train.py",), files, read=files))


def many_observations() -> tuple[Observation, ...]:
    return many_findings().environments[0].canaries


# ------------------------------------------------------------------------------------------------ the first screen


@pytest.mark.parametrize(
    "name", ["healthy", "many_findings", "recorded", "jax_only", "nothing", "faults", "unimportable"]
)
def test_the_first_screen_is_one_screen(name: str) -> None:
    shown = text(ALL[name]())
    assert len(shown.splitlines()) <= SCREEN


def test_differences_are_counted_and_not_listed() -> None:
    shown = text(many_findings())
    findings = many_findings().environments[0].findings
    assert f"{len(findings)} things" in shown
    assert not any(finding.slug in shown for finding in findings if finding.slug != "hub-keras-layer")
    numbers = [
        int(number) for number in re.findall(r"[a-z]+ (\d+)", shown.partition("message:\n")[2].partition("\n\n")[0])
    ]
    assert sum(numbers) == len(findings)
    assert "Use Keras 2" not in shown, "no step where nothing says that it concerns the reader"
    assert "✗" not in shown


def test_a_fault_is_all_there_is() -> None:
    shown = text(ALL["faults"]())
    assert "error[KD102]: TensorFlow ignores this value" in shown
    assert "\n      export TF_USE_LEGACY_KERAS=1\n" in shown
    assert "may stop or change" not in shown
    assert "1 problem with the installation." in shown


def test_where_nothing_could_be_imported_nothing_else_was_checked() -> None:
    shown = text(ALL["unimportable"]())
    assert "[✗]  TensorFlow 2.17.0" in shown
    assert "'numpy<2.0.0,>=1.23.5'" in shown
    assert "nothing else was checked" in " ".join(shown.split())


def test_a_variable_that_asks_for_what_is_missing_is_marked() -> None:
    environment = replace(
        ENVIRONMENT,
        distributions=ENVIRONMENT.distributions[:2],
        variables={"TF_USE_LEGACY_KERAS": "1"},
        legacy_values=("1",),
    )
    shown = text(report(Examination(environment, findings=(IGNORED_VARIABLE,))))
    assert "[✗]  tf-keras" in shown


@pytest.mark.parametrize("name", ["unknown", "incomplete", "nothing", "recorded"])
def test_unknown_is_never_healthy(name: str) -> None:
    shown = text(ALL[name]())
    assert "No problems with this installation." not in shown.splitlines()


# ------------------------------------------------------------------------------------------------------- the code


def test_code_shows_the_users_own_lines_sorted_by_place() -> None:
    loudest = loud("KD201", "ctc-batch-cost", "ctc")
    shown = text(used(MASK_METRIC, loudest))
    assert shown.index("train.py:9:5") < shown.index("train.py:10:5")
    assert "error[KD201]: " in shown
    assert "\n      line of KD201\n" in shown
    assert "train.py:9:5  AttributeError when this line runs" in shown
    assert "2 problems in 1 file (1 file read)." in shown
    assert MASK_METRIC.detail not in shown, "what a test model said is for explain"


def test_a_likely_use_is_a_possible_problem() -> None:
    place = Location("b.py", 1, certainty=Certainty.LIKELY, text="x")
    shown = text(used(replace(loud("KD201", "ctc-x", "ctc"), locations=(place,))))
    assert "possible[KD201]" in shown
    assert "1 possible problem in 1 file" in shown


def test_many_places_of_one_problem_are_counted() -> None:
    places = tuple(Location("a.py", line, text="x") for line in range(1, 31))
    shown = text(used(replace(MASK_METRIC, locations=places)))
    assert shown.count("a.py:") < 10
    assert "25 more places" in shown
    assert "1 problem at 30 places" in shown


def test_a_pattern_shows_the_lines_that_change() -> None:
    before = "import keras\n\nmodel = f()\nmodel.compile(a)\nmodel.fit(x)\n"
    after = "import keras\n\nmodel = f()\nmodel.compile(a)\nmodel.fit(x, w)\n"
    remedy = Remedy("code", "Give it weights", (CodeStep(after, before),))
    shown = text(used(replace(MASK_METRIC, remedies=("code",)), remedies=(remedy,)))
    assert "\n      - model.fit(x)\n      + model.fit(x, w)\n" in shown
    assert "model.compile(a)" not in shown
    long = Remedy("code", "Give it weights", (CodeStep("\n".join(f"line{n}" for n in range(30)), before),))
    assert "line29" not in text(used(replace(MASK_METRIC, remedies=("code",)), remedies=(long,)))


def test_keras_2_says_what_it_fixes_leaves_and_makes_worse() -> None:
    legacy = {"fixed": Outcome.WORKS, "worse": Outcome.WRONG, "left": Outcome.RAISES}
    findings = [
        replace(
            loud(f"KD10{number}", f"x-{word}", "x"),
            outcomes={StackId.TF_KERAS: Outcome.RAISES, StackId.LEGACY: outcome},
            remedies=("use-legacy-keras",) if word == "fixed" else (),
        )
        for number, (word, outcome) in enumerate(legacy.items())
    ]
    proved = replace(LEGACY_REMEDY, proof=Proof(StackId.LEGACY, ("x-fixed",), ("x-left",)))
    shown = " ".join(text(used(*findings, remedies=(proved,))).split())
    assert "fixes 1 of 3 problems (KD100), not KD102; makes KD101 worse" in shown
    assert "(tested here)" in shown


def test_what_was_tried_in_a_copy_is_proved_only_if_all_of_it_holds() -> None:
    proof = Proof(StackId.TF_KERAS, (MASK_METRIC.slug,), (), copied=True)
    finding = replace(MASK_METRIC, remedies=("upgrade-keras",))

    def shown(proof: Proof) -> str:
        return text(used(finding, remedies=(replace(UPGRADE_REMEDY, proof=proof),)))

    assert "(proved)" in shown(proof)
    assert "(proved)" not in shown(replace(proof, worse=("another",)))
    assert "(proved)" not in shown(replace(proof, left=(MASK_METRIC.slug,)))


def test_an_upgrade_that_fixes_several_stands_once_and_before_keras_2() -> None:
    one, other = replace(MASK_METRIC, remedies=("use-legacy-keras", "upgrade-keras")), loud("KD201", "ctc-x", "ctc")
    other = replace(other, remedies=("upgrade-keras", "use-legacy-keras"))
    shown = text(used(one, other, remedies=(LEGACY_REMEDY, UPGRADE_REMEDY)))
    assert shown.count("'keras>=3.12'") == 1
    assert shown.index("'keras>=3.12'") < shown.index("TF_USE_LEGACY_KERAS=1")
    assert "fixes all 2 problems" in shown


def test_code_without_a_problem_says_what_was_read() -> None:
    shown = text(used(files=12))
    assert "No known problem: 12 files read," in shown
    assert "may stop or change" not in shown


def test_a_long_report_says_the_verdict_first_and_last() -> None:
    findings = [loud(f"KD1{number:02}", f"x-{number}", "x") for number in range(6)]
    shown = text(used(*findings))
    assert shown.count("6 problems in 1 file") == 2
    assert len(shown.splitlines()) <= 8 * len(findings) + 12


# ------------------------------------------------------------------------------------------------------ everything


def test_verbose_lists_every_difference_and_every_feature() -> None:
    shown = text(many_findings(), verbose=True)
    for finding in many_findings().environments[0].findings:
        assert finding.code in shown
        assert finding.slug in shown
    assert "fine-21" in shown
    assert "tf.keras+legacy: tf-keras 2.17.0" in shown


def test_quiet_is_the_verdict() -> None:
    assert text(ALL["healthy"](), quiet=True) == "No problems with this installation.\n"
    several = text(ALL["several"](), 200, quiet=True).splitlines()
    assert [line[:3] for line in several] == ["[1]", "[2]"]


def test_several_environments_stand_side_by_side() -> None:
    shown = text(ALL["several"]())
    row = next(line for line in shown.splitlines() if "ctc-batch-cost" in line)
    assert row.split() == ["ctc-batch-cost", "✗", "error", "✓"]
    assert "fine-1" not in shown, "what is alike is counted"


def test_a_remedy_that_nobody_wrote_down_is_left_out() -> None:
    shown = text(used(replace(MASK_METRIC, remedies=("nowhere",))))
    assert "nowhere" not in shown


def test_advice_keeps_its_lines() -> None:
    remedy = Remedy("rename", "Rename the file", steps=(TextStep("Close the notebook.\nRename keras.py."),))
    fault = replace(IGNORED_VARIABLE, remedies=("rename",))
    shown = text(report(Examination(ENVIRONMENT, findings=(fault,), remedies=(remedy,))))
    assert re.search(r"\n +Close the notebook.\n +Rename keras.py.\n", shown)


def test_a_conflict_with_the_record_is_named() -> None:
    assert "ragged-input" in text(ALL["conflict"]())
    odd = replace(MASK_METRIC, conflict="Recorded as working, and seen to fail.")
    assert "Recorded as working, and seen to fail." in text(used(odd))


# ----------------------------------------------------------------------------------------------------- any terminal


def pasted(made: Report, environment: Environment) -> set[str]:
    """Lines that are never wrapped: commands, the user's lines, places and addresses."""
    found: set[str] = set()
    for examination in made.environments:
        for remedy in examination.remedies:
            found.update(lines(remedy.steps, examination.environment))
        for finding in examination.findings:
            found.update(reference.url for reference in finding.references)
    return found


@pytest.mark.parametrize("width", [20, 40, 56, 80, 100, 120])
@pytest.mark.parametrize("name", ALL)
def test_every_line_fits_except_what_is_to_be_pasted(name: str, width: int) -> None:
    made = ALL[name]()
    never = pasted(made, ENVIRONMENT)
    for verbose in (False, True):
        for line in text(made, width, verbose=verbose).splitlines():
            kept = line.strip()
            is_line = kept in never or "kdoctor " in kept or kept.startswith(("- ", "+ "))
            is_place = ".py:" in kept or ".ipynb, " in kept or "when this line runs" in kept or "No error mess" in kept
            assert cell_len(line) <= width or is_line or is_place, line


@pytest.mark.parametrize("name", ALL)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain = text(ALL[name]())
    coloured = render(ALL[name](), Context(Look(80, colour=True)))
    assert "\x1b" not in plain
    assert "\x1b" in coloured
    assert "\n".join(line.rstrip() for line in ESCAPES.sub("", coloured).split("\n")) == plain


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp936"])
@pytest.mark.parametrize("name", ALL)
def test_what_a_terminal_cannot_write_is_written_otherwise(name: str, encoding: str) -> None:
    for verbose in (False, True):
        data = formats.render("plain", ALL[name](), Context(Look(encoding=encoding), verbose))
        assert "\\u" not in data.decode(encoding).replace("\\udc80", "")


def test_a_message_cannot_move_the_cursor() -> None:
    shown = text(used(replace(MASK_METRIC, title="\x1b[31mred\x1b]8;;http://x\x07 \x08[bold]x[/bold]")))
    assert "\x1b" not in shown
    assert "[bold]x[/bold]" in shown


def test_an_observation_alone_is_enough() -> None:
    rows = tuple(seen("ragged-input", "ragged", *[Outcome.RAISES] * 3))
    assert "ragged-input" in text(report(Examination(ENVIRONMENT, rows)), verbose=True)


def many_problems() -> Report:
    """Twenty problems at two hundred places of thirty files."""
    [examination] = many_findings().environments
    findings = tuple(
        replace(
            MASK_METRIC,
            code=f"KD{700 + number}",
            slug=f"made-{number}",
            relevance=Relevance.USED,
            severity=Severity.ERROR,
            locations=tuple(
                Location(f"src/{(number + place) % 30}.py", place + 1, text="model.compile()")
                for place in range(number + 1)
            ),
        )
        for number in range(20)
    )
    return replace(
        many_findings(),
        environments=(replace(examination, findings=findings),),
        code=CodeRead(("src",), 30, read=30),
    )


def test_many_problems_take_eight_lines_each_and_a_table_says_where_most_are() -> None:
    lines = text(many_problems()).splitlines()
    assert len(lines) <= 20 * 8
    assert next(line for line in lines if "KD719" in line).split()[:3] == ["KD719", "20", "20"]
    verdict = next(line for line in lines if "210 places" in line)
    assert verdict in lines[:4]
    assert verdict in lines[-20:]


@pytest.mark.parametrize(
    ("view", "first"), [(View.RULES, "KD719  20"), (View.FILES, "src/18.py  [0-9]"), (View.LIST, "masking")]
)
def test_a_table_in_the_place_of_the_report(view: View, first: str) -> None:
    shown = render(many_problems(), Context(Look(80), view=view))
    assert re.search(first.replace("  ", " +"), shown)
    assert "error[" not in shown
    assert "210 places" in shown


def test_links_lead_to_the_file_and_to_a_page_about_the_rule() -> None:
    shown = render(many_problems(), Context(Look(80, colour=True)))
    assert "\x1b]8;" in shown
    assert MASK_METRIC.references[0].url in shown
    assert "file://" in shown


@pytest.mark.parametrize("width", [62, 80, 100])
def test_a_cell_is_never_cut(width: int) -> None:
    cells = ["models/a-long-name-of-a-file.h5", "a model of Keras 2.15.0", "does not load on this", "loads here"]
    table = Table((tuple(block_text(cell) for cell in cells),), ("File", "What it is", "one · Keras 3", "another"))
    said = " ".join(write([table], Look(width)).split())
    assert all(cell in said for cell in cells)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "a moment ago"),
        (timedelta(seconds=59), "a moment ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(hours=30), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_its_age_is_said_in_words(age: timedelta, words: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    assert age_in_words((now - age).isoformat(), now.isoformat()) == words


def test_results_of_an_earlier_run_say_how_old_they_are_and_how_to_run_them_again() -> None:
    made = many_findings()
    rows = tuple(replace(one, observed="2026-01-01T00:00:00+00:00") for one in made.environments[0].canaries)
    for kept, start in ((rows, "Results are"), (rows[:1] + made.environments[0].canaries[1:], "Some results are")):
        examination = replace(made.environments[0], canaries=kept, seconds=0.1)
        said = text(replace(made, created="2026-01-01T02:00:00Z", environments=(examination,)), 200)
        assert f"{start} from 2 h ago; --fresh runs the tests again." in said
        assert " 0 s" not in said


def test_a_file_is_no_notebook_because_of_a_space_in_its_name_and_only_what_was_read_is_counted() -> None:
    made = used(MASK_METRIC)
    made = replace(made, code=CodeRead(("my train.py", "notes.txt"), 2, read=1))
    assert "1 problem in 1 file (1 file read)." in text(made)


def test_a_name_that_is_no_utf_8_gets_a_link_too() -> None:
    located = replace(MASK_METRIC, locations=(Location("tr\udcffin.py", 3, text="model.fit()"),))
    shown = render(used(located), Context(Look(80, colour=True)))
    assert "/tr%FFin.py\x1b" in shown


def test_a_no_break_space_holds_a_name_and_its_number_together() -> None:
    pieces = [piece for number in range(12, 30) for piece in (f"masking\u00a0{number}", "  ")]
    for look in (Look(40), Look(40, encoding="ascii")):
        lines = write([paragraph(*pieces)], look).splitlines()
        assert len(lines) > 4
        assert all(line.split()[::2] == ["masking"] * (len(line.split()) // 2) for line in lines)
