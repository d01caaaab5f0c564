from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdoctor.code.places import Change, Fix, Location
from kdoctor.environment.model import Effect, Kernel
from kdoctor.formats import html
from kdoctor.report import CodeRead, Examination, Report, Requirement
from kdoctor.words import Certainty, Outcome, Relevance, Severity, StackId
from tests.formats.samples import ALL, MASK_METRIC, faults, many_findings, several
from tests.formats.test_any_report import NASTY, garbled

LEGACY_LINE = "import kdoctor; kdoctor.use_legacy_keras()"
VOID = {"br"}
KNOWN = {
    *("div", "style", "h2", "h3", "h4", "p", "strong", "span", "code", "pre", "ul", "li", "a", "br", "button"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "section"),
}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></td></table>&amp;"


class Page(HTMLParser):
    """A card, taken apart; that it is well formed is asserted on the way."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Optional[str]]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self._open), data))

    def words(self, within: str = "div") -> str:
        return "\n".join(text for path, text in self.texts if within in path and "style" not in path)

    def all(self, tag: str) -> list[dict[str, Optional[str]]]:
        return [attributes for name, attributes in self.tags if name == tag]


def look(report: Report) -> Page:
    page = Page(html.card(report))
    assert {tag for tag, _ in page.tags} <= KNOWN
    return page


def of_a_notebook(report: Report, *, kernel: Optional[Kernel] = None) -> Report:
    """The report where the notebook's cells 3 and 5 use ``mask-metric``."""
    [examination] = report.environments
    locations = (
        Location("lesson.ipynb", 2, cell=3, text='model.compile(metrics=["accuracy"])'),
        Location("lesson.ipynb", 1, cell=5, certainty=Certainty.LIKELY, text="model.compile(metrics=m)"),
    )
    findings = tuple(
        replace(one, relevance=Relevance.USED, locations=locations, severity=Severity.ERROR)
        if one.slug == MASK_METRIC.slug
        else one
        for one in examination.findings
    )
    return replace(
        report,
        environments=(replace(examination, findings=findings),),
        code=CodeRead(("lesson.ipynb",), 1),
        kernel=kernel or Kernel(is_notebook=True, read="as last saved"),
    )


@pytest.mark.parametrize("name", ALL)
def test_every_sample_is_html_that_needs_no_network(name: str) -> None:
    page = look(ALL[name]())
    shown = html.card(ALL[name]())
    assert not re.search(r"url\(|@import|<script|<link|<img|<iframe|<svg|src=", shown)
    for link in page.all("a"):
        assert (link["href"] or "").startswith("https://")
        assert link["rel"] == "noopener noreferrer"
    assert all(not (sign >= "\U0001f000" or "\u2600" <= sign <= "\u27bf") for sign in shown if sign not in "✓✗"), (
        "no emoji"
    )


@pytest.mark.parametrize("name", ALL)
def test_a_screen_reader_finds_its_way(name: str) -> None:
    page = look(ALL[name]())
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 2
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:]))
    assert all(heading["scope"] in ("row", "col") for heading in page.all("th"))
    assert all(button["aria-label"] and button["type"] == "button" for button in page.all("button"))
    assert not any("id" in attributes for _, attributes in page.tags), "two cards on a page would share it"


def test_the_verdict_comes_first() -> None:
    page = look(of_a_notebook(many_findings()))
    first = next(text for path, text in page.texts if "style" not in path)
    assert first.startswith("kdoctor: 1 problem ")


def test_where_nothing_is_wrong_the_card_is_short() -> None:
    report = replace(ALL["healthy"](), kernel=Kernel(is_notebook=True), code=CodeRead(("lesson.ipynb",), 1, read=1))
    words = look(report).words()
    assert "No known problem: 1 file read" in words
    assert not look(report).all("pre"), "no step"


def test_what_the_cells_use_is_told_with_their_lines() -> None:
    words = look(of_a_notebook(many_findings())).words()
    assert words.index(MASK_METRIC.title) < words.index("known differences")
    assert "cell 3, line 2" in words
    assert 'model.compile(metrics=["accuracy"])' in words
    assert "cell 5, line 1" in words
    assert "possibly" in words
    assert MASK_METRIC.detail not in words


def test_of_several_files_each_place_names_its_own() -> None:
    report = of_a_notebook(many_findings())
    [examination] = report.environments
    elsewhere = Location("train.py", 7, text="model.compile(metrics=m)")
    findings = tuple(
        replace(one, locations=(*one.locations, elsewhere)) if one.slug == MASK_METRIC.slug else one
        for one in examination.findings
    )
    several = replace(
        report,
        environments=(replace(examination, findings=findings),),
        code=CodeRead(("lesson.ipynb", "train.py"), 2),
        kernel=None,
    )
    words = look(several).words()
    assert "lesson.ipynb, cell 5, line 1" in words
    assert "train.py:7:1" in words


def test_cells_that_were_run_are_called_by_their_number() -> None:
    report = of_a_notebook(many_findings(), kernel=Kernel(is_notebook=True, read="as run so far"))
    assert "In [3], line 2" in look(report).words()


def test_a_cell_that_is_to_be_changed_is_offered_whole_and_once() -> None:
    whole = "a = 1\nb = '<b>'\nc = 3"
    report = of_a_notebook(many_findings(), kernel=Kernel(is_notebook=True, cells={3: whole, 4: "not mentioned"}))
    [examination] = report.environments
    fix = Fix((Change(2, 0, 2, 1, "b", 3),), ("- x = '<b>'", "+ b = '<b>'"))
    findings = tuple(
        replace(one, locations=tuple(replace(at, fix=fix) for at in one.locations)) for one in examination.findings
    )
    page = look(replace(report, environments=(replace(examination, findings=findings),)))
    assert page.words("summary").count("cell 3 with its changes") == 1
    assert whole in [said for path, said in page.texts if "details" in path and path[-1] == "code"]
    assert "not mentioned" not in page.words()
    assert "details summary div pre code button" in " ".join(tag for tag, _ in page.tags)


def test_where_no_cell_was_read_the_card_says_how_it_can() -> None:
    unread = replace(many_findings(), kernel=Kernel(is_notebook=True))
    assert "kdoctor.check(notebook=" in look(unread).words()
    assert "kdoctor.check(notebook=" not in look(of_a_notebook(many_findings())).words()


def test_the_differences_are_folded() -> None:
    page = look(of_a_notebook(many_findings()))
    others = [one for one in many_findings().findings if one.slug != MASK_METRIC.slug]
    assert f"{len(others)} known differences" in page.words("summary")
    for finding in others:
        assert finding.slug in page.words("details")


def test_a_fresh_kernel_is_offered_a_line_for_this_cell() -> None:
    page = look(of_a_notebook(many_findings()))
    assert LEGACY_LINE in page.words("pre")
    assert "export " not in page.words("pre")
    assert "Restart the kernel" not in page.words()


def test_a_kernel_that_holds_a_keras_must_be_restarted() -> None:
    kernel = Kernel(
        is_notebook=True,
        imported={"tensorflow": "2.17.0", "keras": "3.4.1"},
        effect=Effect.NONE,
        touched=True,
        tf_keras="Keras 3.4.1",
        tensorflow_keras="Keras 3.4.1",
    )
    words = look(of_a_notebook(many_findings(), kernel=kernel)).words()
    assert "This kernel has imported TensorFlow 2.17.0 and Keras 3.4.1; its tf.keras is Keras 3.4.1." in words
    assert "Restart the kernel, then run this in the first cell" in words


def test_what_is_required_and_not_met_is_named() -> None:
    report = many_findings()
    [examination] = report.environments
    unmet = Requirement("ctc-batch-cost", StackId.TF_KERAS, Outcome.RAISES, "AttributeError: gone")
    met = Requirement("rnn-stateful-carry", StackId.TF_KERAS, Outcome.WORKS)
    words = look(replace(report, environments=(replace(examination, requirements=(unmet, met)),))).words()
    assert "ctc-batch-cost is required" in words
    assert "AttributeError: gone" in words
    assert "rnn-stateful-carry" not in words


def test_what_a_message_says_is_never_markup() -> None:
    [examination] = of_a_notebook(faults()).environments
    evil = garbled(examination, random.Random(1), [EVIL])
    assert str(evil).count("alert(1)") > 100
    report = replace(of_a_notebook(faults()), environments=(evil,), version=EVIL, created=EVIL)
    page = look(report)
    assert "alert(1)" in page.words()
    assert {name for tag, attributes in page.tags for name in attributes if name.startswith("on")} <= {"onclick"}
    assert {one["onclick"] for one in page.all("button")} <= {"".join(html._file("copy.js").splitlines())}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.integers(0, 10**6), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_a_report_holds_the_card_is_well_formed(name: str, seed: int, texts: list[str]) -> None:
    report: Report = garbled(ALL[name](), random.Random(seed), [*NASTY, EVIL, *texts])
    text = html.card(report)
    text.encode("utf-8")
    look(report)


def test_without_style_and_scripts_nothing_is_missing_and_no_dead_button_is_left() -> None:
    shown = html.card(of_a_notebook(many_findings()))
    bare = re.sub(r"<style>.*?</style>", "", shown)
    assert "<button" in bare
    for button in re.findall(r"<button.*?</button>", bare):
        assert button.startswith('<button type="button" style="display:none"')
        assert re.sub(r"<.*?>", "", button) == "", "a page that drops the element would keep its text"
    style = re.search(r"<style>(.*?)</style>", shown)
    assert style is not None
    assert ".kd-copy button[onclick] { display: block !important;" in style[1]


def test_the_style_reaches_nothing_outside_of_the_card() -> None:
    style = re.sub(r"/\*.*?\*/", "", html._style("card.css"))
    selectors = re.findall(r"([^{}@;]+)\{", re.sub(r"@[^{]+\{", "", style))
    assert selectors
    for selector in selectors:
        assert all(".kdoctor" in one for one in re.split(r",(?![^(]*\))", selector)), selector


def test_several_environments_are_told_apart() -> None:
    words = look(several()).words()
    for number, _ in enumerate(several().environments, 1):
        assert f"[{number}] Python" in words


def test_a_very_long_message_is_cut() -> None:
    [examination] = many_findings().environments
    long = replace(examination.findings[0], detail="x" * 10**6)
    report = replace(many_findings(), environments=(replace(examination, findings=(long,)),))
    assert len(html.card(report)) < 60_000


def test_an_examination_without_any_fact_can_be_shown() -> None:
    [examination] = ALL["nothing"]().environments
    assert isinstance(examination, Examination)
    assert "neither TensorFlow nor Keras" in look(ALL["nothing"]()).words("h2")
