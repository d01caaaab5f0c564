"""What one file may cost: values of a name, seconds, bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor.model import Lost
from kdoctor.usage import bounds, scan, workers
from kdoctor.usage.index import Index, RulePatterns, Symbol
from kdoctor.usage.patterns import Name
from kdoctor.usage.values import MOST_ALTERNATIVES, MOST_ITEMS, Alternatives, Many, many, merge

RULES = (RulePatterns("KD801", "legacy", (Name("keras.optimizers.legacy"),)),)
USE = "import keras\nkeras.optimizers.legacy.SGD()\n"


def _symbols(number: int) -> list[Symbol]:
    root = Index(RULES).root("keras")
    assert root is not None
    return [root.child(f"a{one}") for one in range(number)]


def test_a_name_stands_for_so_many_things_and_then_for_nothing_that_is_known() -> None:
    symbols = _symbols(MOST_ALTERNATIVES + 1)
    value: object = symbols[0]
    for symbol in symbols[1:-1]:
        value = merge(value, symbol)
    assert isinstance(value, Alternatives)
    assert value.symbols == tuple(symbols[:-1])
    assert merge(value, symbols[3]) is value
    assert merge(value, symbols[-1]) is None


def test_a_list_that_holds_itself_twice_again_and_again_is_soon_unknown() -> None:
    value = many((None,))
    sizes = []
    while isinstance(value, Many):
        sizes.append(value.size)
        value = many((value, value))
    assert sizes[:4] == [1, 4, 10, 22]
    assert max(sizes) <= MOST_ITEMS
    assert many((None,) * (MOST_ITEMS + 1)) is None


def test_a_name_does_not_grow_for_ever() -> None:
    symbol = _symbols(1)[0]
    for _ in range(5000):
        symbol = symbol.child("b")
    assert len(symbol.name) < 1100


def test_a_file_that_takes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("import keras\n" + "x = keras.a.b(keras.c)\n" * 2000 + USE)
    (tmp_path / "b.py").write_text("x = 1\n")
    clock = iter(range(10**6))  # a second each time it is asked
    monkeypatch.setattr("kdoctor.usage.bounds.time.thread_time", lambda: float(next(clock)))
    usage = scan([str(tmp_path)], rules=RULES, jobs=1)
    assert [(Path(one.path).name, one.reason, one.lost) for one in usage.problems] == [
        ("a.py", bounds.TOO_LONG, Lost.ALL)
    ]
    assert usage.hits == ()


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
    assert [Path(hit.path).name for hit in usage.hits] == ["a.py", "c.py"]
