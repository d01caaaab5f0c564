from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kdoctor.environment.installers import lines
from kdoctor.model import (
    CodeStep,
    Evidence,
    Examination,
    Finding,
    Outcome,
    Remedy,
    Report,
    Severity,
    StackId,
    TextStep,
)
from kdoctor.render.page import Look, cells
from kdoctor.render.terminal import render
from tests.render.samples import (
    ALL,
    ENVIRONMENT,
    KERAS,
    LEGACY,
    LEGACY_REMEDY,
    MASK_METRIC,
    TF_KERAS,
    loud,
    many_findings,
    report,
    seen,
)

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text(made: Report, width: int = 80, *, verbose: bool = False, quiet: bool = False, encoding: str = "utf-8") -> str:
    return render(made, Look(width, encoding=encoding), verbose=verbose, quiet=quiet)


def row(shown: str, slug: str) -> str:
    return next(line for line in shown.splitlines() if slug in line.split())


def test_a_healthy_environment_is_three_lines() -> None:
    assert text(ALL["healthy"](), 100) == (
        "Python 3.11.7 · TensorFlow 2.17.0 · Keras 3.4.1 · tf-keras 2.17.0 → tf.keras is Keras 3.4.1\n"
        "\n"
        "✓ All is well: 30 features work.\n"
        "  Canaries ran on the CPU.\n"
    )


def test_the_table() -> None:
    shown = text(many_findings())
    assert "tf.keras   +legacy      keras" in shown
    assert row(shown, "mask-metric").split() == ["masking", "mask-metric", "✗", "wrong", "✓", "works", "✗", "wrong"]
    assert row(shown, "hub-keras-layer").endswith("✗ crashes  ? times out  ✗ raises")
    assert row(shown, "savedmodel-tfsm-multi-input").endswith("✗ raises   - n/a        ✗ raises")
    assert "fine-" not in shown
    assert "✓ 22 other features work on every stack." in shown


def test_thirty_findings_are_not_ten_screens() -> None:
    assert len(text(many_findings(), 80).splitlines()) <= 90
    assert len(text(many_findings(), 40).splitlines()) <= 125


def test_a_step_that_mends_many_stands_once_with_its_proof() -> None:
    shown = text(many_findings(), 100)
    assert shown.count("'tf-keras~=2.17.0'") == 1
    assert "✓ Proved here: 29 of these 31 canaries pass under TF_USE_LEGACY_KERAS=1." in shown
    assert re.search(r"Leaves +savedmodel-tfsm-multi-input", shown)
    assert re.search(r"Unknown +hub-keras-layer", shown)
    assert re.search(r"Or +step \[1\]: ", shown)


def test_the_silent_ones_are_told_in_full_and_first() -> None:
    shown = text(many_findings(), 100)
    told = shown[shown.index("Read these: wrong numbers without any message") :]
    assert told.index("KD301 mask-metric · warning · silent · observed · tf.keras, keras") < told.index("KD111")
    assert MASK_METRIC.detail in told
    assert 'model.compile(loss=loss, weighted_metrics=["accuracy"])' in told
    assert 'metrics=["accuracy"])\n' not in told.replace("weighted_metrics", "")  # the old code is shown on request
    assert "'keras>=3.12'" in told
    assert "rnn-stateful-fit" not in told


def test_a_number_that_was_seen_to_be_wrong_is_silent_whatever_the_rule_says() -> None:
    wrong = replace(loud("KD803", "api-optimizer-decay", "api"), outcomes={StackId.TF_KERAS: Outcome.WRONG})
    shown = text(report(Examination(ENVIRONMENT, (), (wrong,), (replace(LEGACY_REMEDY, title="use Keras 2"),))), 120)
    assert "KD803 api-optimizer-decay · info · silent · observed" in shown
    assert re.search(r"Remedy +Use Keras 2", shown)


def test_of_long_code_only_the_changed_lines_are_shown() -> None:
    before = "import keras\n\nmodel = f()\nmodel.compile(a)\nmodel.fit(x)\nmodel.fit(y)\n"
    after = "import keras\n\nw = g()\nmodel = f()\nmodel.compile(a)\nmodel.fit(x, w)\nmodel.fit(y, w)\n"
    remedy = Remedy("code", "Give it weights", (CodeStep(after, before),))
    finding = replace(MASK_METRIC, remedies=("code",))
    made = report(Examination(ENVIRONMENT, (), (finding,), (remedy,)))
    indent = " " * 14
    assert f"\n{indent}w = g()\n{indent}...\n{indent}model.fit(x, w)\n{indent}model.fit(y, w)\n" in text(made)
    assert "model.compile(a)" not in text(made)
    assert "model.compile(a)" in text(made, verbose=True)


def test_verbose_tells_everything() -> None:
    shown = text(many_findings(), 100, verbose=True)
    for finding in many_findings().environments[0].findings:
        assert f"{finding.code} {finding.slug} ·" in shown
    assert 'model.compile(loss=loss, metrics=["accuracy"])' in shown
    assert "https://github.com/keras-team/keras/issues/19836" in shown
    assert "fine-21" in shown


def test_quiet_is_the_verdict() -> None:
    assert text(many_findings(), 200, quiet=True) == (
        "! No error, but 31 of 53 features are broken on tf.keras (Keras 3.4.1), 2 of them silently, and 1 is unknown. "
        "Under TF_USE_LEGACY_KERAS=1, 29 of the broken ones pass.\n"
    )


def test_quiet_names_the_interpreter_where_there_are_several() -> None:
    lines = text(ALL["several"](), 300, quiet=True).splitlines()
    assert len(lines) == 2
    assert lines[1] == "✓ /opt/conda/envs/né w/bin/python: All is well: 30 features work."


def test_a_fault_comes_before_the_table_with_its_remedy() -> None:
    shown = text(ALL["faults"]())
    assert shown.index("KD102 variable-ignored · error · observed") < shown.index("Broken here")
    assert "\n              export TF_USE_LEGACY_KERAS=1\n" in shown
    assert "✗ 1 error: 1 fault of the environment, 31 of 53 features are broken" in shown


def test_an_environment_that_cannot_be_imported_is_one_fault() -> None:
    shown = text(ALL["unimportable"](), 200)
    assert "ImportError: numpy.core._multiarray_umath failed to import" in shown
    assert "'numpy<2.0.0,>=1.23.5'" in shown
    assert shown.count("it was built for NumPy 1") == 1
    assert "rnn-stateful-fit" not in shown
    assert "✗ 1 error: 1 fault of the environment, and no Keras could be examined." in shown


def test_unknown_is_never_healthy() -> None:
    shown = text(ALL["unknown"]())
    assert row(shown, "rnn-stateful-fit").split()[2:] == ["?", "times", "out", "✓", "works", "?", "not", "run"]
    assert "? Not run: ctc-loss (the visit's time was up)." in shown
    assert "! No error, but 2 features are unknown." in shown
    assert "All is well" not in shown


def test_nothing_run_and_nothing_known_is_not_called_healthy() -> None:
    shown = text(report(Examination(ENVIRONMENT)))
    assert "what is broken here was not looked at" in shown
    assert "✓" not in shown


def test_what_is_recorded_is_not_called_seen() -> None:
    shown = text(ALL["recorded"](), 100)
    assert "Broken here" not in shown
    assert "Broken, as recorded elsewhere or known of these versions" in shown
    assert "Not seen here, but known from a range of versions: hub-keras-layer." in shown
    assert re.search(r"Evidence +known, not tried here", shown)
    assert "Proved" not in shown
    assert "! No error, but 31 features are broken on tf.keras (Keras 3.4.1)" in shown


def test_a_finding_that_was_not_seen_among_those_that_were() -> None:
    base = many_findings().environments[0]
    findings = tuple(
        replace(one, evidence=Evidence.RECORDED) if one.slug == "ctc-batch-cost" else one for one in base.findings
    )
    shown = text(report(replace(base, findings=findings)))
    assert "Not seen here, but recorded elsewhere: ctc-batch-cost." in shown


def test_a_conflict_is_told_in_full() -> None:
    shown = text(ALL["conflict"](), 120)
    assert "what was seen is not what is known" in shown
    assert re.search(r"Conflict +Recorded as working on Keras 3.4.1", shown)


def test_an_incomplete_visit_says_so() -> None:
    shown = text(ALL["incomplete"](), 120)
    assert "? kdoctor could not finish: the worker for tf.keras could not be started: out of memory" in shown
    assert shown.endswith("! Incomplete: kdoctor could not finish looking.\n")


def test_nothing_installed() -> None:
    assert text(ALL["nothing"]()) == (
        "Python 3.11.7 · no TensorFlow · no Keras\n"
        "\n"
        "! Nothing could be checked: neither TensorFlow nor Keras is installed here.\n"
    )


def test_keras_without_tensorflow() -> None:
    assert text(ALL["jax_only"]()).startswith("Python 3.11.7 · no TensorFlow · Keras 3.11.0 → keras is Keras 3.11.0\n")


def test_a_stack_that_is_the_same_as_another_has_no_column() -> None:
    stacks = (TF_KERAS, replace(LEGACY, same_as=StackId.TF_KERAS), KERAS)
    finding = replace(loud("KD201", "ragged-input", "ragged"), stacks=(StackId.LEGACY,), outcomes={}, title="Gone")
    shown = text(report(Examination(replace(ENVIRONMENT, stacks=stacks), (), (finding,))), 60)
    assert row(shown, "ragged-input").split() == ["ragged", "ragged-input", "✗", "broken", "?", "unknown"]
    assert "- tf.keras+legacy: the same as tf.keras." in shown


def test_a_stack_that_nobody_asked_for_has_no_column() -> None:
    observations = [one for one in seen("ragged-input", "ragged", *[Outcome.RAISES] * 3) if one.stack is StackId.KERAS]
    shown = text(report(Examination(ENVIRONMENT, tuple(observations))))
    assert row(shown, "ragged-input").split() == ["ragged", "ragged-input", "✗", "raises"]
    assert "1 feature is broken on keras (Keras 3.4.1)" in shown


def test_many_errors_are_told_shortly() -> None:
    base = many_findings().environments[0]
    findings = tuple(replace(one, severity=Severity.ERROR) for one in base.findings)
    shown = text(report(replace(base, findings=findings)))
    assert "✗ 31 errors:" in shown
    assert MASK_METRIC.explanation[:30] not in shown
    assert len(shown.splitlines()) <= 240


def test_a_remedy_that_nobody_wrote_down_is_left_out() -> None:
    finding = replace(MASK_METRIC, remedies=("nowhere", "use-legacy-keras"))
    shown = text(report(Examination(ENVIRONMENT, (), (finding,), (LEGACY_REMEDY,))))
    assert "nowhere" not in shown
    assert re.search(r"Remedy +Use Keras 2", shown)


def test_advice_keeps_its_lines() -> None:
    remedy = Remedy("rename", "Rename the file", steps=(TextStep("Close the notebook.\nRename keras.py."),))
    finding = Finding(
        "KD120",
        "shadow",
        "environment",
        "A file hides Keras",
        Severity.ERROR,
        Evidence.OBSERVED,
        "",
        remedies=("rename",),
    )
    shown = text(report(Examination(ENVIRONMENT, (), (finding,), (remedy,))))
    assert "              Close the notebook.\n              Rename keras.py.\n" in shown


@pytest.mark.parametrize("width", [20, 40, 56, 80, 100, 120])
@pytest.mark.parametrize("name", ALL)
def test_every_line_fits_except_what_is_to_be_pasted(name: str, width: int) -> None:
    made = ALL[name]()
    pasted = {
        line.strip()
        for examination in made.environments
        for remedy in examination.remedies
        for step in remedy.steps
        for text in (
            (step.before, step.after) if isinstance(step, CodeStep) else lines([step], examination.environment)
        )
        for line in text.splitlines()
    } | {reference.url for one in made.environments for finding in one.findings for reference in finding.references}
    for verbose in (False, True):
        for line in text(made, width, verbose=verbose).splitlines():
            assert cells(line) <= width or line.strip() in pasted


@pytest.mark.parametrize("name", ALL)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain = text(ALL[name]())
    coloured = render(ALL[name](), Look(80, colour=True))
    assert "\x1b" not in plain
    assert "\x1b" in coloured
    assert ANSI.sub("", coloured) == plain


@pytest.mark.parametrize("name", ALL)
def test_plain_characters_where_the_locale_has_no_others(name: str) -> None:
    for verbose in (False, True):
        assert text(ALL[name](), encoding="ascii", verbose=verbose).isascii()


def test_the_same_report_gives_the_same_text() -> None:
    assert text(many_findings()) == text(many_findings())
