"""The README cannot drift from the program."""

from __future__ import annotations

import re

import pytest

from kdoctor.formats import FORMATS
from kdoctor.report import Status
from kdoctor.words import Outcome, StackId
from tests.readme import README, blocks, needs_environment, output_of

TEXT = README.read_text(encoding="utf-8")
STATIC = [(command, output) for command, output in blocks(TEXT) if not needs_environment(command)]


@pytest.mark.parametrize(("command", "output"), STATIC, ids=[command for command, _ in STATIC])
def test_shown_output_is_what_the_program_prints(command: str, output: str) -> None:
    shown, printed = (text.replace("[COMMAND]", "COMMAND") for text in (output, output_of(command, {})))
    assert shown == printed, "run: python -m tests.readme"  # click writes the one or the other, by release


def table(first_header: str) -> list[str]:
    """The first column of the table that starts with this header."""
    rows = re.search(rf"^\| {first_header} \|.*?\n\|[- |]+\n(.*?)\n\n", TEXT, re.S | re.M)
    assert rows, first_header
    return [re.sub(r"[`| ]", "", row.split("|")[1]) for row in rows.group(1).splitlines()]


def test_tables_name_what_there_is() -> None:
    assert table("stack") == [stack.value for stack in StackId]
    assert table("outcome") == [outcome.value for outcome in Outcome]
    assert table("code") == [str(status.exit_code) for status in Status]
    assert table("format") == list(FORMATS)


def test_the_first_screen_shows_real_output() -> None:
    above = TEXT[: TEXT.index("## Set up")]
    ((command, output),) = blocks(above)
    assert command.startswith("kdoctor --python")
    assert "tf.keras" in output


def test_what_it_sends_the_reader_to_exists() -> None:
    from kdoctor import rules

    for slug in re.findall(r"kdoctor explain ([a-z][a-z0-9-]+)", TEXT):
        assert rules.find(slug), slug
