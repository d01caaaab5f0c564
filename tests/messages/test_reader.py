"""Where an error of a log begins and ends; what messages mean is the business of the corpus."""

from __future__ import annotations

import pytest

from kdoctor.messages.read import read

TRACEBACK = """\
Traceback (most recent call last):
  File "train.py", line 12, in <module>
    loss = K.ctc_batch_cost(y, p, il, ll)
AttributeError: module 'keras.backend' has no attribute 'ctc_batch_cost'"""
SAID = "module 'keras.backend' has no attribute 'ctc_batch_cost'"


@pytest.mark.parametrize(
    "record",
    [
        "2026-01-01 10:00:09 INFO step 9 loss 0.9",
        "2026-01-01T10:00:09.123Z step 9 loss 0.9",
        "[2026-01-01 10:00:09,123] step 9 loss 0.9",
        "10:00:09 INFO step 9 loss 0.9",
        "INFO:train:step 9 loss 0.9",
        "[INFO] step 9 loss 0.9",
    ],
)
def test_the_next_record_of_a_log_is_not_of_the_message(record: str) -> None:
    read_from_log = read(f"{record}\n{TRACEBACK}\n{record}\n{record}\n")
    (error,) = read_from_log.errors
    assert (error.message, error.frames[0].path, error.line) == (SAID, "train.py", 2)


def test_where_every_line_has_a_time_the_message_has_all_of_its_lines() -> None:
    stamped = [f"2026-01-01T10:00:09.123Z {line}" for line in (*TRACEBACK.splitlines(), "Did you mean: ctc_decode?")]
    (error,) = read("\n".join(stamped)).errors
    assert error.message == f"{SAID}\nDid you mean: ctc_decode?"


def test_a_record_with_a_time_may_begin_a_traceback_without() -> None:
    (error,) = read(f"2026-01-01 10:00:09 ERROR {TRACEBACK}\n2026-01-01 10:00:10 done\n").errors
    assert error.message == SAID


def test_the_end_of_a_traceback_is_one_too() -> None:
    (error,) = read("\n".join(TRACEBACK.splitlines()[1:])).errors
    assert (error.message, [frame.path for frame in error.frames]) == (SAID, ["train.py"])
    assert error.frames[0].text == "loss = K.ctc_batch_cost(y, p, il, ll)"


def test_a_place_alone_is_no_error() -> None:
    assert read('mail me this:\n  File "notes.txt", line 3, in spirit\n' + "thanks\n" * 80).errors == ()
