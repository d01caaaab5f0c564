from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdoctor.render.page import Look, Page, cells, clean, shorten


def test_a_paragraph_is_wrapped_between_words_and_hangs() -> None:
    page = Page(Look(24))
    page.add("one two three four five six", indent=2, hang=2)
    assert str(page) == "  one two three four\n    five six\n"


def test_styles_are_codes_only_where_colour_is_wanted() -> None:
    plain, coloured = Page(Look(40)), Page(Look(40, colour=True))
    for page in (plain, coloured):
        page.add(("✓ ", "good"), "all ", ("is", "strong"), " well")
    assert str(plain) == "✓ all is well\n"
    assert str(coloured) == "\x1b[32m✓\x1b[0m all \x1b[1mis\x1b[0m well\n"


def test_a_word_may_change_its_style_inside() -> None:
    page = Page(Look(20))
    page.add("(", ("bold", "strong"), "),", " next")
    assert str(page) == "(bold), next\n"


def test_a_word_longer_than_the_line_is_cut() -> None:
    page = Page(Look(20))
    page.add("x" * 50, indent=2)
    assert str(page).splitlines() == ["  " + "x" * 18, "  " + "x" * 18, "  " + "x" * 14]


def test_what_is_to_be_pasted_is_never_wrapped() -> None:
    page = Page(Look(20))
    command = 'uv pip install "tf-keras~=2.17.0" "keras>=3.12"'
    page.verbatim(command, indent=4)
    assert str(page) == f"    {command}\n"


def test_signs_become_plain_characters_where_there_is_no_room_for_them() -> None:
    page = Page(Look(60, encoding="ascii"))
    page.add("✓ works · ✗ raises → “é” … \u2013")
    assert str(page) == '+ works - x raises -> "\\xe9" ... -\n'


def test_what_an_encoding_can_write_is_kept() -> None:
    page = Page(Look(60, encoding="latin-1"))
    page.add("✓ René")
    assert str(page) == "+ René\n"


def test_an_unknown_encoding_is_taken_for_the_poorest() -> None:
    page = Page(Look(60, encoding="no-such-encoding"))
    page.add("✓ René")
    assert str(page) == "+ Ren\\xe9\n"


def test_a_message_cannot_repaint_the_terminal() -> None:
    assert clean("\x1b[2J\x1b[31mred\x1b]0;title\x07\rback\x07") == "red\nback\ufffd"
    page = Page(Look(60))
    page.verbatim("a\x1b[1mb\x08c")
    assert "\x1b" not in str(page)
    assert "\x08" not in str(page)


@pytest.mark.parametrize(
    ("text", "width", "short"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a\nb", 9, "a b"), ("日本語", 5, "日本…")]
)
def test_shorten(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short


def test_wide_characters_count_twice() -> None:
    assert cells("日本") == 4
    assert cells("é") == cells("e\u0301") == 1


@given(
    st.lists(st.tuples(st.text(), st.sampled_from(["", "bad", "strong"]))),
    st.integers(0, 130),
    st.integers(0, 14),
    st.integers(0, 14),
    st.sampled_from(["utf-8", "ascii", "cp1252"]),
)
def test_no_line_is_wider_than_the_page(
    pieces: list[tuple[str, str]], width: int, indent: int, hang: int, encoding: str
) -> None:
    page = Page(Look(width, encoding=encoding))
    page.add(*pieces, indent=indent, hang=hang)
    for line in str(page).splitlines():
        assert cells(line) <= page.width
    str(page).encode(encoding)


@given(st.text(), st.integers(20, 90), st.booleans())
def test_no_character_of_a_paragraph_is_lost(text: str, width: int, colour: bool) -> None:
    page = Page(Look(width, colour))
    page.add(text)
    assert "".join(str(page).split()) == "".join(clean(text).replace("\u00a0", " ").split())
