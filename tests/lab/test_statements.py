"""How statements are read, which of them break by themselves, and how kdoctor is judged by them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.environments import VISITED, Builder, NoInterpreter
from tests.lab.statements import alarms_of, cells_of, compare, judge, main, without_magics


def verdicts(source: str, failing: dict[int, str], old: tuple[int, ...] = ()) -> dict[int, str]:
    """Verdict of each statement by its line, when these lines fail with these errors on the new side."""
    lines = range(1, len(source.splitlines()) + 1)

    def row(error: str) -> dict[str, Any]:
        broken = {"type": error, "message": "", "raised_in": "", "lines": []} if error else {}
        return {**broken, "seen": [], "numbers": [], "s": 0.1}

    before = {(0, line): row("OSError" if line in old else "") for line in lines}
    after = {(0, line): row(failing.get(line, "")) for line in lines}
    return {each.line: each.verdict for each in compare("x.py", [(0, source)], before, after)}


@pytest.mark.parametrize(
    ("source", "failing", "expected"),
    [
        ("import k\na = k.f()\nb = a + 1\nc = k.g()", {2: "E", 3: "NameError", 4: "E"}, "works breaks after breaks"),
        ("import k\na = k.f()\na = 2\nk.h(a)", {2: "E", 4: "E"}, "works breaks works breaks"),
        ("m = 1\nm.compile()\nm.fit()", {2: "E", 3: "E"}, "works breaks after"),
        ("m = 1\nm.opt.lr = 2\nprint(m.opt)", {2: "E", 3: "E"}, "works breaks after"),
        ("import k\nk.a()\nk.b()", {2: "E", 3: "E"}, "works breaks breaks"),
        ("def f(): return a\na = 1 / x\nf()", {2: "E", 3: "NameError"}, "works breaks after"),
        ("def f(): return g()\ndef g(): return a\na = 1 / x\nf()", {3: "E", 4: "E"}, "works works breaks after"),
        ("a = x()\nb = str(a)\nb.y()", {1: "E", 3: "E"}, "breaks works after"),
        ("a = x()\nfor i in a: pass\nprint(i)", {1: "E", 2: "E", 3: "E"}, "breaks after after"),
        ("a = x()\na *= 2\nb = str(a)", {1: "E", 2: "NameError"}, "breaks after works"),
        ("a = x()\nb = y()", {1: "TooLong"}, "not-run works"),
    ],
)
def test_what_follows_from_an_earlier_failure_does_not_break_by_itself(
    source: str, failing: dict[int, str], expected: str
) -> None:
    assert " ".join(verdicts(source, failing).values()) == expected


def test_what_fails_on_the_old_side_too_says_nothing() -> None:
    assert verdicts("a = x()\nb = a()", {1: "E", 2: "E"}, old=(1, 2)) == {1: "unusable", 2: "unusable"}


def test_what_works_after_a_failure_on_both_sides_can_still_break_by_itself() -> None:
    assert verdicts("a = x()\nb = y(a)", {1: "E", 2: "E"}, old=(1,)) == {1: "unusable", 2: "breaks"}


def test_a_statement_that_was_not_reached_is_not_judged() -> None:
    assert [each.verdict for each in compare("x.py", [(0, "a = 1")], {}, {})] == ["not-run"]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("!pip install x \\\n  y\nimport a", "__shell__('pip install x  y')\n\nimport a"),
        ("!wget 'http://x/a.zip' \\\n -O \\\n b.zip\na", "__shell__('wget \"http://x/a.zip\"  -O  b.zip')\n\n\na"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if a:\n    %time b()\nc", "if a:\n    pass\nc"),
        ("files = !ls", "files = []"),
        ("%%bash\nls -l", ""),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("print 'two'", ""),
    ],
)
def test_magics_become_python_line_for_line(source: str, plain: str) -> None:
    assert without_magics(source) == plain


def test_cells_are_counted_as_a_reader_of_the_notebook_counts_them(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["x"]}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    assert cells_of(notebook) == [(2, "a = 1\nb = 2")]


def row(line: int, verdict: str, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {"lines": [], "seen": [], "origins": [], "error": "E", "message": "m"}
    return {"file": "x.py", "cell": 0, "line": line, "end_line": line, "verdict": verdict, **blank, **more}


@pytest.mark.parametrize(
    ("rows", "alarms", "expected"),
    [
        ([row(3, "breaks")], [(3, "certain")], {"named": 1, "alarm-right": 1}),
        ([row(3, "breaks")], [(3, "likely")], {"named-not-certain": 1}),
        ([row(3, "breaks")], [], {"missed": 1}),
        ([row(3, "works", seen=[(0, 3)])], [(3, "certain")], {"alarm-false": 1}),
        ([row(3, "works", seen=[(0, 3)])], [(3, "likely")], {}),
        ([row(3, "unusable")], [(3, "certain")], {"alarm-open": 1}),
        ([row(3, "after")], [(3, "certain")], {"alarm-right": 1}),
        # A line inside a function: seen through the traceback, or open where it never ran.
        (
            [row(1, "works", end_line=9), row(12, "breaks", lines=[(0, 12), (0, 5)])],
            [(5, "certain")],
            {"named": 1, "alarm-right": 1},
        ),
        ([row(1, "works", end_line=9, seen=[(0, 1)])], [(5, "certain")], {"alarm-open": 1}),
        # The reason stands further up.
        (
            [row(1, "works", seen=[(0, 1)]), row(2, "breaks", origins=[(0, 1)])],
            [(1, "certain")],
            {"named-upstream": 1, "alarm-right": 1},
        ),
    ],
)
def test_alarms_are_held_against_what_ran(
    rows: list[dict[str, Any]], alarms: list[tuple[int, str]], expected: dict[str, int], tmp_path: Path
) -> None:
    at = [{"cell": 0, "line": line, "end_line": line, "certainty": level} for line, level in alarms]
    report = {"environments": [{"findings": [{"severity": "error", "slug": "s", "ignored": "", "locations": at}]}]}
    command = tmp_path / "kdoctor.py"
    command.write_text(f"print({json.dumps(report)!r})")
    counts = judge(rows, [sys.executable, str(command)], show=False)
    assert {key: count for key, count in counts.items() if "named" in key or "alarm" in key or key == "missed"} == (
        expected
    )


def test_an_alarm_within_the_statement_that_a_traceback_names_counts(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def f():\n    return g(\n        1,\n        2,\n    )\n\nf()\n")
    at = [{"cell": 0, "line": 4, "end_line": 4, "certainty": "certain"}]
    report = {"environments": [{"findings": [{"severity": "error", "slug": "s", "ignored": "", "locations": at}]}]}
    command = tmp_path / "kdoctor.py"
    command.write_text(f"print({json.dumps(report)!r})")
    one = {**row(7, "breaks", lines=[(0, 7), (0, 2)]), "file": str(tmp_path / "x.py")}
    assert judge([one], [sys.executable, str(command)], show=False)["named"] == 1


def test_a_scan_that_fails_is_not_a_scan_that_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = tmp_path / "kdoctor.py"
    command.write_text("raise SystemExit(2)")
    assert alarms_of("x.py", [sys.executable, str(command)]) is None
    assert judge([row(3, "breaks")], [sys.executable, str(command)], show=False) == {"files not scanned": 1}
    assert "exit code 2" in capsys.readouterr().err


@pytest.mark.lab
@pytest.mark.timeout(1200)
def test_statements_run_in_two_real_environments(builder: Builder, tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(
        "from tensorflow import keras\n"
        "(x, y), _ = keras.datasets.mnist.load_data()\n"
        "opt = keras.optimizers.Adam(lr=0.1)\n"
        "assert opt\n"
        "model = keras.Sequential([keras.layers.Flatten(input_shape=(28, 28)), keras.layers.Dense(10)])\n"
        "model.compile('adam', 'mse')\n"
        "history = model.fit(x, y, epochs=90)\n"
        "assert len(history.history['loss']) < 3\n"
        "open('missing.txt')\n"
    )
    wanted = {each.id: each for each in VISITED}
    try:
        old = builder.python(wanted["tensorflow-2.15.1"])
        new = builder.python(wanted["tensorflow-2.21.0-keras-3.15.1"])
    except NoInterpreter as reason:
        pytest.skip(str(reason))
    main([str(script), "--old", str(old), "--new", str(new), "--out", str(tmp_path / "truth.jsonl")])
    rows = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    found = [row["verdict"] for row in rows]
    assert found == ["works", "works", "breaks", "after", "works", "works", "works", "works", "unusable"]
