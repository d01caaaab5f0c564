from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from kdoctor import console
from kdoctor.observe.model import Observation, Progress
from kdoctor.words import Outcome, StackId


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "terminal", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_when_there_is_colour(environ: dict[str, str], terminal: bool, colour: bool) -> None:
    assert console.shows_colour(Terminal() if terminal else io.StringIO(), environ) is colour


def test_a_closed_stream_shows_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    assert not console.shows_colour(stream, {})
    assert not console.shows_colour(None, {})


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report with é.json"
    path.write_text("old")
    console.write_file(str(path), "new\n")
    assert path.read_text() == "new\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(console.DeliveryError, match="No space left on device"):
        console.write_file(str(path), "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced() -> None:
    console.write_file(os.devnull, "text")
    assert not Path(os.devnull).is_file()


def test_no_progress_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with console.live_progress() as progress:
        assert progress is None
    assert log.getvalue() == ""


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_cannot_redraw_gets_a_line(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with console.live_progress() as progress:
        assert progress is None
    assert terminal.getvalue() == "Running checks ...\n"


def test_a_terminal_that_can_redraw_shows_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with console.live_progress() as progress:
        assert progress is not None
        progress(Progress(12, 57, StackId.TF_KERAS, "rnn-stateful-fit"))
    assert "rnn-stateful-fit" in terminal.getvalue() or "starting" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


def test_a_table_fills_as_checks_answer() -> None:
    out = Console(file=io.StringIO(), width=80, force_terminal=True)
    live = console.Live(out)
    answers = [
        ("rnn", StackId.TF_KERAS, Outcome.WORKS),
        ("rnn", StackId.TF_KERAS, Outcome.WORKS),
        ("rnn", StackId.TF_KERAS, Outcome.CRASHES),
        ("hub", StackId.TF_KERAS, Outcome.NOT_APPLICABLE),
        ("rnn", StackId.LEGACY, Outcome.WRONG),
        ("ctc", StackId.LEGACY, Outcome.NOT_RUN),
    ]
    for area, stack, outcome in answers:
        live(Progress(1, 9, stack, row=Observation("x", stack, outcome, area=area)))
    live(Progress(7, 9, StackId.LEGACY, "ctc-loss"))
    with out.capture() as captured:
        out.print(live)
    lines = [line.split() for line in Text.from_ansi(captured.get()).plain.splitlines()]
    assert ["rnn", "2", "work,", "1", "broken", "1", "broken"] in lines
    assert not any("hub" in line or "ctc" in line for line in lines)
    assert any(line[-2:] == ["tf.keras+legacy", "ctc-loss"] for line in lines)


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (Progress(12, 57, StackId.TF_KERAS, "rnn-stateful-fit"), "12/57 tf.keras rnn-stateful-fit"),
        (Progress(0, 57, StackId.LEGACY, phase="importing TensorFlow"), "Importing TensorFlow (the slow part) ..."),
        (Progress(phase="reading"), "reading"),
    ],
)
def test_the_line_of_progress(step: Progress, line: str) -> None:
    assert console.progress_line(step) == line


class Stdout(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, errors="strict", newline="\r\n")


@pytest.mark.parametrize("encoding", ["cp1252", "cp936", "ascii", "utf-16", "utf-8"])
def test_documents_are_utf_8_and_text_is_what_stdout_can_show(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "模型 é \ud800\n"
    out = Stdout(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    console.Sink().write_document(text)
    assert out.bytes.getvalue() == "模型 é ?\n".encode()
    out = Stdout(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    console.Sink().write(text)
    assert out.bytes.getvalue().decode(encoding).endswith("?\r\n")


@pytest.mark.parametrize(
    "hidden", ["\x1b[2J", "\x1b]0;t\x07", "\x07", "\x9b2J", *"\u202e\u2066\u200b\u200d\u200f\xad\ufeff\u2060\U000e0041"]
)
def test_what_is_hidden_is_not_in_a_complaint(hidden: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    console.complain(f"kdoctor: a{hidden}b\n::error::c ##[error]d")
    assert hidden not in log.getvalue()
    assert "\n: :error::c # #[error]d\n" in log.getvalue()
