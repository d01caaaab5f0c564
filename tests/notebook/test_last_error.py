"""The exception that a notebook showed last, and how a card begins with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kdoctor.code.places import Location
from kdoctor.environment.model import Environment, Kernel, LastError
from kdoctor.formats import html
from kdoctor.notebook.display import bundle
from kdoctor.notebook.kernel import last_error
from kdoctor.report import CodeRead
from kdoctor.words import Relevance, Severity
from tests.builders import environment
from tests.formats.samples import MASK_METRIC, healthy, many_findings
from tests.notebook.shells import Shell

KNOWN = "raise AttributeError(\"module 'keras.backend' has no attribute 'ctc_batch_cost'\")"
HERE: Environment = environment()


@pytest.fixture(autouse=True)
def _no_error() -> Iterator[None]:
    """Not by ``monkeypatch``: pytest itself takes these away after a test that failed."""
    for name in ("last_exc", "last_value"):
        vars(sys).pop(name, None)
    yield
    vars(sys).pop("last_value", None)


def error_of(*cells: str, failing: int = 1) -> Any:
    shell = Shell(*cells)
    shell.run(failing)
    return last_error(shell, HERE)


def test_a_known_error_has_its_cell_its_line_and_its_rule() -> None:
    found = error_of("x = 1", f"y = 2\n{KNOWN}", "kdoctor.check()", failing=2)
    assert (found.type, found.where, found.line) == ("AttributeError", "In [2], line 2", KNOWN)
    assert found.code == "KD201"
    assert found.remedies


def test_an_error_that_no_rule_knows_is_named_all_the_same() -> None:
    found = error_of("{}['loss']", "kdoctor.check()")
    assert (found.type, found.message, found.code) == ("KeyError", "'loss'", "")


def test_an_error_whose_cell_ran_again_is_over() -> None:
    assert error_of(KNOWN, KNOWN, "kdoctor.check()") is None


def card(kernel: Kernel, **changes: Any) -> str:
    return html.card(replace(healthy(), kernel=kernel, **changes))


def test_the_card_begins_with_what_stopped() -> None:
    error = LastError(
        "ValueError", "no such thing", "In [5], line 2", "fit(x)", "KD999", "a title", "It is so. Really."
    )
    shown = card(Kernel(is_notebook=True, error=error), code=CodeRead(("lesson.ipynb",), 1, read=1))
    assert shown.index("Stopped with ValueError") < shown.index("In [5], line 2") < shown.index("no such thing")
    assert "a title" in shown


def test_what_stopped_and_is_found_in_the_cells_is_one_problem() -> None:
    [examination] = many_findings().environments
    places = (Location("lesson.ipynb", 2, cell=5, text="fit(x)"),)
    findings = tuple(
        replace(one, relevance=Relevance.USED, locations=places, severity=Severity.ERROR)
        if one.code == MASK_METRIC.code
        else one
        for one in examination.findings
    )
    error = LastError("ValueError", "no such thing", "In [5], line 2", "fit(x)", MASK_METRIC.code, MASK_METRIC.title)
    shown = card(
        Kernel(is_notebook=True, error=error, runs={5: 7}, read="as last saved"),
        code=CodeRead(("lesson.ipynb",), 1, read=1),
        environments=(replace(examination, findings=findings),),
    )
    assert shown.count("Stopped with ValueError") == 1
    assert shown.count(MASK_METRIC.title) == 1
    assert "In [7] (cell 5), line 2" in shown


def test_a_message_that_no_rule_knows_is_that_of_what_was_found_at_the_line() -> None:
    shell = Shell("x = 1", "{}['loss']", "kdoctor.check()")
    shell.run(2)
    place = Location("lesson.ipynb", 1, cell=7)
    finding = replace(MASK_METRIC, code="KD201", locations=(place,))
    found = last_error(shell, HERE, (finding,), {7: 2})
    assert found is not None
    assert found.code == "KD201"
    elsewhere = last_error(shell, HERE, (finding,), {7: 1})
    assert elsewhere is not None
    assert elsewhere.code == ""


def test_a_notebook_keeps_at_most_25_kilobytes_and_no_folder_of_this_machine() -> None:
    [examination] = many_findings().environments
    long = "It is so, and that is a long story. " * 20
    findings = tuple(
        replace(
            MASK_METRIC,
            code=f"KD{700 + number}",
            explanation=long,
            relevance=Relevance.USED,
            locations=(Location("lesson.ipynb", 1, cell=number + 1, text="model.compile()"),),
        )
        for number in range(60)
    )
    report = replace(
        many_findings(),
        environments=(replace(examination, findings=findings),),
        code=CodeRead(("lesson.ipynb",), 1, read=1),
        kernel=Kernel(is_notebook=True),
    )
    shown = bundle(report)
    assert sum(len(str(text).encode()) for text in shown.values()) <= 25_000
    assert "more problems not shown here" in str(shown["text/html"])
    assert not any(folder in str(shown) for folder in (*examination.environment.search_path, "/home/ada"))
