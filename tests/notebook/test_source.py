from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kdoctor.errors import UsageError
from kdoctor.notebook import source
from tests.notebook.shells import Shell, enter

STATEFUL = "import tensorflow as tf\ntf.keras.layers.LSTM(3, batch_input_shape=(4, 5, 2), stateful=True)"


def notebook(*cells: str) -> dict[str, Any]:
    return {
        "cells": [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": []} for cell in cells],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def saved(folder: Path, *cells: str) -> Path:
    path = folder / "lesson 3.ipynb"
    path.write_text(json.dumps(notebook(*cells)))
    return path


def places(reading: Any) -> set[tuple[str, str, int]]:
    return {(hit.location.path, hit.slug, hit.location.cell) for hit in reading.usage.hits}


FOUND = {("lesson 3.ipynb", "rnn-batch-input-shape", 2)}


def test_vs_code_says_where_the_notebook_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shell = enter(monkeypatch, Shell("kdoctor.check()"))
    shell.user_ns["__vsc_ipynb_file__"] = str(saved(tmp_path, "1", STATEFUL))
    reading = source.read_this_notebook()
    assert reading is not None
    assert (reading.name, reading.read) == ("lesson 3.ipynb", source.SAVED)
    assert places(reading) >= FOUND


def test_jupyter_server_says_where_the_notebook_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    enter(monkeypatch, Shell("kdoctor.check()"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(saved(tmp_path, "1", STATEFUL)))
    reading = source.read_this_notebook()
    assert reading is not None
    assert places(reading) >= FOUND


@pytest.mark.parametrize("name", ["gone.ipynb", "console-1", "0f2c-11ee"])
def test_a_session_without_a_file_is_read_by_its_cells(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell("1", STATEFUL, "kdoctor.check()"))
    monkeypatch.setenv("JPY_SESSION_NAME", name)
    reading = source.read_this_notebook()
    assert reading is not None
    assert reading.read == source.RUN
    assert {(slug, cell) for _, slug, cell in places(reading)} >= {("rnn-batch-input-shape", 2)}


def test_a_notebook_that_uses_nothing_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell("import pandas", "import kdoctor; kdoctor.check()"))
    assert source.read_this_notebook() is None


def test_no_shell_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert source.find() is None


def test_the_file_that_is_named_is_read_wherever_this_runs(tmp_path: Path) -> None:
    reading = source.read_this_notebook(str(saved(tmp_path, "1", STATEFUL)))
    assert reading is not None
    assert places(reading) >= FOUND


def test_a_file_that_does_not_exist_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no notebook .*gone\.ipynb"):
        source.read_this_notebook(str(tmp_path / "gone.ipynb"))


def colab(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[str]:
    asked = []

    def blocking_request(request: str, request_args: Any = None, **_options: Any) -> Any:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    message = ModuleType("google.colab._message")
    message.blocking_request = (  # type: ignore[attr-defined]
        lambda name, request="", timeout_sec=5: blocking_request(name, request, timeout_sec=timeout_sec)
    )
    monkeypatch.setitem(sys.modules, "google.colab._message", message)
    return asked


def test_colab_is_asked_for_what_its_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell("kdoctor.check()"))
    assert colab(monkeypatch, {"ipynb": notebook("1", STATEFUL)}) == []
    reading = source.read_this_notebook()
    assert reading is not None
    assert reading.read == source.SHOWN
    assert {(slug, cell) for _, slug, cell in places(reading)} >= {("rnn-batch-input-shape", 2)}


@pytest.mark.parametrize("answer", [None, {}, {"ipynb": None}, {"ipynb": {"cells": 1}}, TimeoutError("no page")])
def test_a_page_that_does_not_answer_costs_nothing(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell(STATEFUL, "kdoctor.check()"))
    asked = colab(monkeypatch, answer)
    reading = source.read_this_notebook()
    assert asked == ["get_ipynb"]
    assert reading is not None
    assert reading.read == source.RUN


def test_colab_is_not_asked_from_a_thread_that_would_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, Shell(STATEFUL))
    asked = colab(monkeypatch, {"ipynb": notebook(STATEFUL)})
    found = []
    thread = threading.Thread(target=lambda: found.append(source.find()))
    thread.start()
    thread.join()
    assert asked == []
    assert [one.read for one in found if one] == [source.RUN]
