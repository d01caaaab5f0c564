"""The files of a new rule: they load, and fail until they are written."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from kdoctor import canaries, rules
from tests import new_rule


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part in ("canaries", "rules"):
        shutil.copytree(new_rule.ROOT / "kdoctor" / part, tmp_path / "kdoctor" / part)
    return tmp_path


@pytest.mark.parametrize("area", new_rule.areas())
def test_the_files_load_and_the_canary_fails(root: Path, area: str) -> None:
    slug = f"{area}-quite-new"
    written = new_rule.write(area, slug, kind="trap", namespace=True, full=False, root=root)
    for path in written:
        ast.parse(path.read_bytes())
    function = canaries.functions(str(written[0]))[-1]
    assert function.__name__ == slug.replace("-", "_")
    assert function.canary == {"kind": "trap", "namespace": True, "full": False}

    class Lab:
        def true(self, condition: bool, wrong: str) -> None:
            assert condition, wrong

    with pytest.raises(AssertionError, match="not written yet"):
        function(Lab())
    names: dict[str, object] = {}
    exec(compile(written[1].read_bytes(), str(written[1]), "exec"), names)
    added = names["RULES"][-1]  # type: ignore[index]
    assert (added.slug, added.area) == (slug, area)
    assert added.code not in {rule.code for rule in rules.all_rules()}


@pytest.mark.parametrize(
    ("area", "slug", "reason"),
    [
        ("nosuch", "rnn-new", "there is no area"),
        ("rnn", "RNN new", "is not a slug"),
        ("rnn", "rnn-stateful-carry", "exists already"),
    ],
)
def test_what_cannot_be_added_says_why(root: Path, area: str, slug: str, reason: str) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    with pytest.raises(ValueError, match=reason):
        new_rule.write(area, slug, kind="trap", namespace=False, full=False, root=root)
    assert {path: path.read_bytes() for path in root.rglob("*.py")} == before


def test_both_answers_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        new_rule.main(["rnn", "rnn-new"])
    assert "--namespace" in capsys.readouterr().err
