"""``kdoctor.check()`` in a kernel, in a terminal's IPython and in plain Python, with runs made by hand."""

from __future__ import annotations

import contextlib
import html
import io
import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Callable

import pytest

import kdoctor
from kdoctor import accepted
from kdoctor.notebook import source
from kdoctor.observe.model import Progress
from kdoctor.records.hypothetical import targets
from kdoctor.records.table import shipped
from kdoctor.report import Report, Requirement, Status
from kdoctor.run import Choices, assess
from kdoctor.settings import level
from kdoctor.words import Severity, StackId
from tests.formats.samples import faults, healthy, many_findings, report
from tests.notebook.shells import Shell, enter

STATEFUL = "import tensorflow as tf\ntf.keras.layers.LSTM(3, batch_input_shape=(4, 5, 2), stateful=True)"
MIMES = {"text/html", "text/plain"}


def here(sample: Report) -> Report:
    """The report as if it were of the interpreter that runs this."""
    [examination] = sample.environments
    interpreter = replace(examination.environment.interpreter, executable=sys.executable)
    environment = replace(examination.environment, interpreter=interpreter)
    return replace(sample, environments=(replace(examination, environment=environment),))


@pytest.fixture(autouse=True)
def _no_ipython(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What ``run`` was asked; it answers with findings, and tells of its progress."""
    asked: list[dict[str, Any]] = []

    def run(pythons: Any, choices: Choices) -> Report:
        asked.append({**vars(choices), "pythons": pythons})
        if choices.progress:
            for number in range(50):
                choices.progress(Progress(number, 50, StackId.TF_KERAS, "rnn-stateful-fit"))
        found = replace(here(many_findings()), fail_on=level(choices.fail_on))
        return accepted.apply(found, choices, date.today())

    monkeypatch.setattr("kdoctor.run.run", run)
    return asked


def answer(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Report]) -> None:
    monkeypatch.setattr("kdoctor.run.run", lambda pythons, choices: here(make()))


# ------------------------------------------------------------------------------------------------- in a kernel


def test_the_card_takes_the_place_of_the_line_of_progress(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check()"))
    found = kdoctor.check()
    first, *_, last = shell.display_pub.history
    assert first["text/plain"] == "kdoctor: 0/50 tf.keras rnn-stateful-fit"
    assert len(shell.display_pub.history) < 10, "not more often than anybody can read"
    [shown] = shell.display_pub.shown.values()
    assert shown is last
    assert set(shown) == MIMES
    assert found.kernel is not None
    assert found.kernel.is_notebook
    assert capsys.readouterr() == ("", "")


def test_both_kinds_say_the_same(runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell("kdoctor.check()"))
    bundle = kdoctor.check(show=False)._repr_mimebundle_()
    for text in (str(bundle["text/html"]), str(bundle["text/plain"])):
        assert "No problems with this installation. 1 check gave no answer." in text


def test_a_report_is_not_shown_twice_by_its_own_cell(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check()"))
    found = kdoctor.check()
    found._ipython_display_()  # what IPython calls for the value of the cell; it does nothing
    assert len(shell.display_pub.shown) == 1
    shell.execution_count += 1
    with pytest.raises(NotImplementedError):
        found._ipython_display_()  # so that IPython shows its bundle
    shell.execution_count -= 1
    with pytest.raises(NotImplementedError):
        kdoctor.check(show=False)._ipython_display_()


def test_nothing_is_shown_where_nothing_is_wanted(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check(show=False)"))
    kdoctor.check(show=False)
    assert shell.display_pub.history == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [(KeyboardInterrupt(), "kdoctor was interrupted"), (ValueError("no"), "kdoctor stopped; the error says why")],
)
def test_a_visit_that_ends_early_leaves_no_line_of_progress(
    error: BaseException, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check()"))

    def run(pythons: Any, choices: Choices) -> Report:
        assert choices.progress is not None
        choices.progress(Progress(1, 50, StackId.TF_KERAS, "rnn-stateful-fit"))
        raise error

    monkeypatch.setattr("kdoctor.run.run", run)
    with pytest.raises(type(error)):
        kdoctor.check()
    [shown] = shell.display_pub.shown.values()
    assert shown["text/plain"].startswith(words)


def test_the_cells_that_were_run_are_read(runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell(STATEFUL, "kdoctor.check()"))
    found = kdoctor.check()
    [asked] = runs
    assert asked["paths"] == ("this notebook",)
    assert "rnn-batch-input-shape" in {hit.slug for hit in asked["usage"].hits}
    assert found.kernel is not None
    assert found.kernel.read == "as run so far"


def test_the_card_offers_the_cell_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(pythons: Any, choices: Choices) -> Report:
        return here(assess(targets(("keras==3.15",), shipped().environments), choices))

    monkeypatch.setattr("kdoctor.run.run", run)
    cell = "import keras\nrates = [keras.optimizers.SGD(lr=r) for r in (1, 2)]\nprint(rates)"
    shell = enter(monkeypatch, Shell(cell, "kdoctor.check()"))
    report = kdoctor.check()
    assert report.kernel is not None
    assert report.kernel.cells == {1: cell.replace("lr=", "learning_rate=")}
    [shown] = shell.display_pub.shown.values()
    assert "In [1] with its changes" in shown["text/html"]
    assert html.escape(report.kernel.cells[1]) in shown["text/html"]


def test_another_interpreter_is_not_judged_by_this_kernel(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(monkeypatch, Shell(STATEFUL, "kdoctor.check('other')"))
    monkeypatch.setattr("tests.notebook.test_check.here", lambda sample: sample)
    found = kdoctor.check("other")
    assert runs[0]["usage"] is None
    assert runs[0]["pythons"] == ("other",)
    assert found.kernel is None


def test_a_thread_may_check(runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    shell = enter(monkeypatch, Shell("threading.Thread(target=kdoctor.check)"))
    thread = threading.Thread(target=kdoctor.check)
    thread.start()
    thread.join()
    [shown] = shell.display_pub.shown.values()
    assert set(shown) == MIMES


# ----------------------------------------------------------------------------------------------- in a terminal


def test_in_plain_python_it_is_text(runs: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    found = kdoctor.check()
    text = capsys.readouterr().out
    assert "No problems with this installation." in text
    assert repr(found) == "<kdoctor report: ok, 31 findings>"
    assert runs[0]["usage"] is None


def test_in_the_ipython_of_a_terminal_it_is_text_too(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check()", kernel=False))
    assert source.shell() is shell
    assert source.kernel_shell() is None
    kdoctor.check()
    assert "No problems with this installation." in capsys.readouterr().out
    assert shell.display_pub.history == []


# ------------------------------------------------------------------------------------------- what it is asked


def test_names_may_be_given_as_one_text(runs: list[dict[str, Any]]) -> None:
    kdoctor.check(only="rnn, ctc", skip=("hub",), require="masking", fresh=True, timeout=7, canaries=False, show=False)
    [asked] = runs
    assert (asked["only"], asked["skip"], asked["require"]) == (("rnn", "ctc"), ("hub",), ("masking",))
    assert (asked["fresh"], asked["timeout"], asked["canaries"]) == (True, 7, False)


def test_what_the_project_accepts_is_ignored_here_too(
    runs: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = kdoctor.check(show=False)
    (tmp_path / "kdoctor-baseline.json").write_bytes(accepted.write(before)[0])
    assert {one.slug for one in before.findings if one.severity is not Severity.INFO} == {
        one.slug for one in kdoctor.check(show=False).findings if one.ignored
    }
    (tmp_path / "kdoctor-baseline.json").unlink()
    ignore = "[[tool.kdoctor.ignore]]\nrule = 'mask-metric'\nreason = 'we know'\n"
    (tmp_path / "pyproject.toml").write_text(ignore)
    assert {one.slug: one.ignored for one in kdoctor.check(show=False).findings if one.ignored} == {
        "mask-metric": "we know"
    }
    (tmp_path / "pyproject.toml").write_text(ignore.replace("reason", "raeson"))
    with pytest.raises(kdoctor.UsageError, match=r"pyproject\.toml:3: there is no key 'raeson'"):
        kdoctor.check(show=False)


@pytest.mark.parametrize(
    ("given", "level"), [(None, "error"), ("never", "never"), ("error", "error"), ("warning", "warning")]
)
def test_the_level_that_decides(given: Any, level: Any, runs: list[dict[str, Any]]) -> None:
    kdoctor.check(fail_on=given, show=False)
    assert runs[0]["fail_on"] == level


def test_a_level_that_does_not_exist() -> None:
    with pytest.raises(kdoctor.UsageError, match=r"fail_on='fatal' is not a level\. The levels are 'error', 'warning'"):
        kdoctor.check(fail_on="fatal")
    with pytest.raises(kdoctor.UsageError, match="severity info never fails"):
        kdoctor.check(fail_on="info")


@pytest.mark.parametrize("fail_on", [None, "never"])
def test_nothing_is_raised_unless_it_is_asked_for(fail_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, faults)
    found = kdoctor.check(fail_on=fail_on, show=False)
    assert not found.ok
    assert found.findings


def test_an_unfit_environment_raises_with_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check(fail_on='error')"))
    answer(monkeypatch, faults)
    with pytest.raises(kdoctor.UnfitEnvironment, match="1 problem with the installation") as raised:
        kdoctor.check(fail_on="error")
    [shown] = shell.display_pub.shown.values()
    assert "1 problem with the installation" in shown["text/html"]
    assert raised.value.report.status is Status.FINDINGS
    assert raised.value._render_traceback_() == [f"UnfitEnvironment: {raised.value}"]


def test_what_is_required_and_missing_is_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    [examination] = many_findings().environments
    unmet = Requirement("ctc", StackId.TF_KERAS, kdoctor.Outcome.RAISES)
    answer(monkeypatch, lambda: report(replace(examination, requirements=(unmet,)), status=Status.FINDINGS))
    with pytest.raises(kdoctor.UnfitEnvironment, match=r"Required: ctc on tf\.keras is raises\."):
        kdoctor.check(require="ctc", fail_on="error", show=False)


@pytest.mark.parametrize("status", [Status.INCOMPLETE, Status.NOTHING_CHECKED])
def test_what_could_not_be_looked_at_is_not_fit(status: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, lambda: replace(healthy(), status=status))
    with pytest.raises(kdoctor.UnfitEnvironment):
        kdoctor.check(fail_on="error", show=False)


def test_a_fit_environment_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, healthy)
    found = kdoctor.check(fail_on="warning", show=False)
    assert found.ok
    assert json.loads(found.to_json())["status"] == "ok"


# -------------------------------------------------------------------------------------------------- the magic


typers_own = pytest.mark.filterwarnings("ignore:'click.*:DeprecationWarning")
"""What the command line is made with uses names that its own foundation gives up."""


def magic_of(shell: Shell) -> Callable[[str], None]:
    kdoctor.load_ipython_extension(shell)
    return shell.magics["kdoctor"]


@typers_own
def test_the_magic_shows_a_card(runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    shell = enter(monkeypatch, Shell("%kdoctor"))
    magic_of(shell)("--only rnn --require 'ctc, hub' --no-canaries")
    [asked] = runs
    assert (asked["only"], asked["require"], asked["canaries"]) == (("rnn",), ("ctc", "hub"), False)
    [shown] = shell.display_pub.shown.values()
    assert set(shown) == MIMES
    assert "kdoctor: " in shown["text/html"]


@typers_own
def test_a_quotation_mark_too_few_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    magic_of(enter(monkeypatch, Shell()))("explain module 'keras' can't")
    assert "between double quotation marks" in capsys.readouterr().err


@typers_own
@pytest.mark.parametrize("line", ["explain -", "scan -"])
def test_a_kernel_has_no_standard_input(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    magic = magic_of(enter(monkeypatch, Shell()))
    monkeypatch.setattr("sys.stdin", io.StringIO("a kernel's has no bytes to give"))
    with contextlib.suppress(SystemExit):
        magic(line)
    assert "There is no standard input to read here" in capsys.readouterr().err


@typers_own
@pytest.mark.parametrize("line", ["--format plain", "--quiet", "check --format plain"])
def test_the_magic_writes_what_is_no_card_as_text(
    line: str, runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = enter(monkeypatch, Shell("%kdoctor"))
    magic_of(shell)(line)
    assert "No problems with this installation." in " ".join(capsys.readouterr().out.split())
    assert shell.display_pub.history == []


@typers_own
def test_the_magic_in_a_terminal_is_the_command(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = enter(monkeypatch, Shell("%kdoctor", kernel=False))
    magic_of(shell)("")
    assert "No problems with this installation." in " ".join(capsys.readouterr().out.split())


@typers_own
def test_the_magic_explains_and_says_what_was_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = magic_of(enter(monkeypatch, Shell("%kdoctor")))
    run("explain mask-metric")
    assert "mask-metric" in capsys.readouterr().out
    run("--no-such-option")
    assert "no such option" in capsys.readouterr().err.lower()
    run("--only nonsense")
    assert "called 'nonsense'" in capsys.readouterr().err


@typers_own
def test_the_magic_leaves_the_hook_for_exceptions_alone(
    runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sys.excepthook
    magic_of(enter(monkeypatch, Shell("%kdoctor")))("")
    assert sys.excepthook is before


# ------------------------------------------------------------------------------------------------ what it costs


def test_importing_kdoctor_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import kdoctor; new = set(sys.modules) - before; "
        "hasattr(kdoctor, 'nonsense'); print(sorted(new))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['__future__', 'kdoctor']"


def test_explain_takes_the_name_of_a_rule_as_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("kd201", "ctc-decode-beam"):
        kdoctor.explain(name)
        assert "What happens" in capsys.readouterr().out
    with pytest.raises(kdoctor.UsageError, match="Did you mean mask-metric"):
        kdoctor.explain("mask-metrics")
    kdoctor.explain("AttributeError: module 'keras.backend' has no attribute 'ctc_decode'")
    assert "Matched by" in capsys.readouterr().out
