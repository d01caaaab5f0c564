"""Every canary says what it is, whether it is about a name and whether it runs by default; what is forgotten fails."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kdoctor import canaries


@pytest.mark.parametrize("area", canaries.AREAS)
def test_every_function_that_takes_a_lab_alone_and_returns_nothing_is_marked(area: str) -> None:
    path = canaries.source_path(area)
    tree = ast.parse(Path(path).read_bytes())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}  # helpers, unlike canaries
    alike = [node.name for node in functions if ast.unparse(node.args) == "lab: Lab" and is_none(node.returns)]
    alike = [name for name in alike if name not in called]
    assert [function.__name__ for function in canaries.functions(path)] == alike


def is_none(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Constant) and annotation.value is None


@pytest.mark.parametrize(
    "marks", ["", "kind='trap', namespace=True", "kind='trap', full=False", "namespace=True, full=False"]
)
def test_all_answers_are_asked_for(tmp_path: Path, marks: str) -> None:
    path = tmp_path / "rnn.py"
    path.write_text(f"@canary({marks})\ndef rnn_new(lab):\n    pass\n")
    with pytest.raises(TypeError, match="keyword-only"):
        canaries.functions(str(path))


def test_a_file_gives_its_canaries_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "rnn.py"
    path.write_text(
        "@canary(kind='trap', namespace=True, full=False)\ndef rnn_b(lab):\n    pass\n"
        "def helper(lab):\n    pass\n"
        "@canary(kind='trap', namespace=False, full=True)\ndef rnn_a(lab):\n    pass\n"
    )
    assert [function.__name__ for function in canaries.functions(str(path))] == ["rnn_b", "rnn_a"]


def test_there_are_three_kinds(tmp_path: Path) -> None:
    path = tmp_path / "rnn.py"
    path.write_text("@canary(kind='feature', namespace=True, full=False)\ndef rnn_new(lab):\n    pass\n")
    with pytest.raises(ValueError, match="capability"):
        canaries.functions(str(path))


def test_every_area_but_those_of_names_and_of_old_files_has_a_capability() -> None:
    able = {canary.area for canary in canaries.catalogue() if canary.kind == "capability"}
    assert set(canaries.AREAS) - able == {"api", "modelfile"}
