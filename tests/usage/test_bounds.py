"""What one file may cost: seconds, bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor.code.match import RulePatterns
from kdoctor.rules.patterns import Name
from kdoctor.usage import bounds, scan, workers

RULES = (RulePatterns("KD801", "legacy", (Name("keras.optimizers.legacy"),)),)
USE = "import keras\nkeras.optimizers.legacy.SGD()\n"


def test_a_file_that_takes_too_much_memory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text(USE)
    monkeypatch.setattr(bounds, "MOST_MEMORY", -(2**40))
    assert [one.reason for one in scan([str(path)], rules=RULES).problems] == [bounds.TOO_MUCH_MEMORY]


def test_a_parser_that_does_not_come_back_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / f"{name}.py").write_text(USE)
    stuck = (
        "import sys, re; sys.path[:] = {path!r}; from kdoctor.usage import bounds, scanning, workers;"
        "bounds.MOST_SECONDS = 0.5; read = scanning.Reader.scan_path;"
        "scanning.Reader.scan_path = lambda self, path: read(self, path) if not path.endswith('b.py')"
        " else re.match('(a*)*b', 'a' * 60);"  # one call into C, which no signal handler interrupts
        "workers.serve()"
    )
    monkeypatch.setattr(workers, "_START", stuck)
    usage = scan([str(tmp_path)], rules=RULES, jobs=2)
    assert [Path(one.path).name for one in usage.problems] == ["b.py"]
    assert [Path(hit.location.path).name for hit in usage.hits] == ["a.py", "c.py"]
