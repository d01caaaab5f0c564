"""``kdoctor.fix`` writes a copy, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import kdoctor
from kdoctor import rules
from kdoctor.code import scan
from kdoctor.records.hypothetical import targets
from kdoctor.records.table import shipped
from kdoctor.remedies.edits import edited_cells
from kdoctor.run import Choices, assess
from tests.remedies.rewriting import notebook, sources

CELL = "import keras\nkeras.optimizers.SGD(lr=1)\nkeras.optimizers.legacy.Adam()"


def test_the_copy_is_fixed_and_the_notebook_stays(tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.ipynb"
    lesson.write_text(notebook(CELL), "utf-8")
    copy = Path(kdoctor.fix(str(lesson)))
    assert copy == tmp_path / "lesson.fixed.ipynb"
    assert sources(copy.read_bytes()) == [CELL.replace("lr=", "learning_rate=")]
    assert lesson.read_text("utf-8") == notebook(CELL)
    with pytest.raises(kdoctor.UsageError, match="exists already"):
        kdoctor.fix(str(lesson))
    other = kdoctor.fix(str(lesson), to=str(tmp_path / "b.ipynb"), unsafe=True)
    assert "keras.optimizers.Adam()" in sources(Path(other).read_bytes())[0]


def test_the_cells_of_a_notebook_with_all_their_changes() -> None:
    cells = "import keras", CELL, "a = keras.optimizers.SGD(lr=2,\n    decay=0)"
    usage = scan(["-"], rules=rules.all_rules(), stdin=notebook(*cells).encode(), stdin_name="a.ipynb")
    report = assess(targets(("keras==3.15",), shipped().environments), Choices(usage=usage))
    second = CELL.replace("lr=", "learning_rate=").replace(".legacy", "")
    assert edited_cells(report.findings, usage, rules.all_rules()) == {
        3: second,
        4: "a = keras.optimizers.SGD(learning_rate=2)",
    }


def test_what_is_not_changed_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import keras\nkeras.optimizers.legacy.Adam()\n")
    with pytest.raises(kdoctor.UsageError, match="unsafe=True makes more changes"):
        kdoctor.fix(str(tmp_path / "a.py"))
    with pytest.raises(kdoctor.UsageError, match="was not read"):
        kdoctor.fix(str(tmp_path / "b.py"))
    assert [one.name for one in tmp_path.iterdir()] == ["a.py"]
