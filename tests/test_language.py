"""What people read is in their language where a catalogue has it; what programs read never is."""

from __future__ import annotations

import gettext
import io
import string
from collections.abc import Mapping
from typing import Optional

import pytest
from rich.cells import cell_len

from kdoctor import formats, language
from kdoctor.cli import run
from kdoctor.formats import blocks
from kdoctor.formats.context import Context, Look
from kdoctor.formats.terminal import write
from kdoctor.language import _
from kdoctor.remedies import plan
from kdoctor.report import Report, gate
from tests import translate
from tests.formats import samples

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


@pytest.mark.parametrize(
    ("text", "made_from", "expected"),
    [
        (
            language.fill(
                "Install the tf-keras that matches TensorFlow {tensorflow_minor}", {"tensorflow_minor": "2.19"}
            ),
            None,
            "安装与 TensorFlow 2.19 匹配的 tf-keras",
        ),
        (language.fill(plan.UPGRADE, {"package": "flax", "versions": ">=0.9"}), None, "把 flax 升级到 >=0.9"),
        (
            language.fill("Install the {which} drivers first", {"which": "newest"}),
            None,
            "Install the newest drivers first",
        ),
        ("3 checks were not run: no (memory)", gate.GAPS, "有 3 项检查没有运行\uff1ano (memory)"),
        ("Nothing here needs the ignore of a+b.", gate.NOTES, "此处不需要忽略 a+b。"),
        (
            "TensorFlow cannot be imported: NumPy is not installed",
            None,
            "无法导入 TensorFlow\uff1aNumPy 没有安装",
        ),
        ("too large: at most 4 MiB are read", None, "太大\uff1a最多读取 4 MiB"),
        (
            "Keras 3.1 requires what is not installed: a, b and c",
            None,
            "Keras 3.1 需要的包没有安装\uff1aa、b 和 c",
        ),
        ("something that no catalogue has", None, "something that no catalogue has"),
        ("Use Keras 2 (tf-keras)", (), SOURCES["zh"]["Use Keras 2 (tf-keras)"]),
    ],
)
def test_a_text_with_its_values_is_translated_by_its_template(
    text: str, made_from: Optional[tuple[str, ...]], expected: str
) -> None:
    assert language.filled(text, made_from) == text
    with language.speaking("zh"):
        assert language.filled(text, made_from) == expected


def test_marked_texts_are_found() -> None:
    source = (
        'a = _("one {n}", n="0")\nb = _("two" if a else "three")\nc = other("four")\nd = count(3, "five", "sixes")\n'
    )
    assert translate.marked(source) == ["one {n}", "two", "three", "five"]


def test_what_was_seen_is_found_with_its_values() -> None:
    source = (
        'f(reason=f"no file {a!r} in {b}" + (": gone" if c else ""))\n'
        'class A:\n def x_fault(self):\n  return f"{d}{e} refuses it" if d else ""\nother = "no reason at all"\n'
    )
    assert translate.seen(source) == ["no file {v0} in {v1}: gone", "no file {v0} in {v1}", "{v0} refuses it"]


def in_chinese(format_: str, report: Report, width: int = 80) -> str:
    with language.speaking("zh"):
        return formats.render(format_, report, Context(Look(width))).decode("utf-8")


@pytest.mark.parametrize("format_", ["json", "sarif", "junit", "github", "gitlab", "markdown"])
def test_what_programs_read_stays_english(format_: str) -> None:
    assert in_chinese(format_, samples.gated()) == formats.render(format_, samples.gated(), Context(Look(80))).decode()


def test_a_screen_is_in_the_readers_language() -> None:
    said = in_chinese("plain", samples.healthy())
    assert "安装没有问题。" in said
    assert "No problem" not in said
    page = in_chinese("html", samples.healthy())
    assert '<html lang="zh">' in page
    assert "安装没有问题。" in page


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_wide_characters_stay_in_80_columns_and_in_their_columns(name: str) -> None:
    english = formats.render("plain", samples.ALL[name](), Context(Look(80))).decode()
    verbatim = max((cell_len(line) for line in english.splitlines()), default=0)  # commands are not wrapped
    said = in_chinese("plain", samples.ALL[name]())
    assert max((cell_len(line) for line in said.splitlines()), default=0) <= max(80, verbatim)


def test_columns_of_a_table_stay_in_line() -> None:
    rows = tuple(
        (blocks.text("[✓]"), blocks.text(one), blocks.text("| right")) for one in ("版本", "ab", "准确率把填充")
    )
    lines = write([blocks.Table(rows)], Look(80)).splitlines()
    assert len({cell_len(line.partition("|")[0]) for line in lines}) == 1


def test_the_option_goes_before_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KDOCTOR_LANG", "zh")
    assert run(["explain", "KD301"]) == 0
    assert "准确率把填充也计算在内" in capsys.readouterr().out
    assert run(["explain", "KD301", "--lang", "en"]) == 0
    assert "Accuracy counts the padding" in capsys.readouterr().out
    assert language.current() == "en"
    assert run(["explain", "KD301", "--lang", "klingon"]) == 2
    assert "The languages are en and zh" in capsys.readouterr().err
