"""What people read is in their language where a catalogue has it; what programs read never is."""

from __future__ import annotations

import gettext
import io
import string
from collections.abc import Mapping
from typing import Optional

import pytest

from kdoctor import language
from kdoctor.language import _
from tests import translate

SOURCES = {name: translate.read(translate.path(name).read_text(encoding="utf-8")) for name in language.LANGUAGES[1:]}
CATALOGUES = pytest.mark.parametrize("name", list(SOURCES))


@pytest.mark.parametrize(
    ("asked", "environ", "expected"),
    [
        (None, {}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LANG": "de_DE", "KDOCTOR_LANG": "zh"}, "zh"),
        ("en", {"LANG": "zh_TW", "KDOCTOR_LANG": "zh"}, "en"),
        ("zh-Hans", {}, "zh"),
    ],
)
def test_the_language_is_chosen(asked: Optional[str], environ: Mapping[str, str], expected: str) -> None:
    assert language.chosen(asked, environ) == expected


@pytest.mark.parametrize(("asked", "environ"), [("klingon", {}), (None, {"KDOCTOR_LANG": "xx"})])
def test_an_unknown_language_is_refused(asked: Optional[str], environ: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="The languages are en and zh"):
        language.chosen(asked, environ)


@CATALOGUES
def test_everything_is_translated(name: str) -> None:
    where = translate.wanted()
    assert {text for text in where if not SOURCES[name].get(text)} == set(), "run: python -m tests.translate"
    assert set(SOURCES[name]) <= set(where), "run: python -m tests.translate"


def placeholders(text: str) -> list[str]:
    return sorted(field for _text, field, *_rest in string.Formatter().parse(text) if field is not None)


@CATALOGUES
def test_placeholders_and_code_are_those_of_the_text(name: str) -> None:
    for text, done in SOURCES[name].items():
        if "{" in text and "`" not in text:
            assert placeholders(done) == placeholders(text), text
        assert sorted(done.split("`")[1::2]) == sorted(text.split("`")[1::2]), text
        assert text[:1].isspace() == done[:1].isspace(), text
        assert text[-1:].isspace() == done[-1:].isspace(), text


@CATALOGUES
def test_the_compiled_catalogue_is_that_of_the_source(name: str) -> None:
    stored = translate.path(name).with_suffix(".mo").read_bytes()
    assert stored == translate.compiled(SOURCES[name]), "run: python -m tests.translate"
    read = gettext.GNUTranslations(io.BytesIO(stored))
    for text, done in SOURCES[name].items():
        assert read.gettext(text) == done


def test_the_language_holds_inside_of_its_block() -> None:
    text = "Accuracy counts the padding"
    with language.speaking("zh"):
        assert _(text) == SOURCES["zh"][text]
        with language.speaking("en"):
            assert _(text) == text
        assert _("no catalogue has this") == "no catalogue has this"
    assert _(text) == text


def test_marked_texts_are_found() -> None:
    source = 'a = _("one {n}").format(n=1)\nb = _("two" if a else "three")\nc = other("four")\n'
    assert translate.marked(source) == ["one {n}", "two", "three"]
