"""A document as HTML: a card for a notebook, or one page. Neither asks the network for anything or needs trust.

Where a host strips the style (GitHub) or scripts (a notebook that is not trusted), what is left is headings, tables,
lists and text that fold and read well: the button that copies is hidden then, and the lines can be selected. Whatever
a message says is text here, never markup.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterable

from kdoctor.formats import blocks as made
from kdoctor.formats.context import Context
from kdoctor.formats.document import document, when_made
from kdoctor.formats.text import clean, page
from kdoctor.language import _, current
from kdoctor.report import Report

_MOST_TEXT = 8000
_CLASSES = {"error": "kd-bad", "warning": "kd-doubt", "possible": "kd-doubt", "info": "kd-faint"}
_SIGNS = {"-": "kd-bad", "+": "kd-good"}
# What a card cannot do without where a host keeps no style but these: some set tables to the right.
_ASIDE = ' style="text-align:left;vertical-align:top"'
_WRAPPED = ' style="white-space:pre-wrap;text-align:left"'


def render(report: Report, context: Context) -> str:
    """The whole page: no script, light and dark, and nothing wider than a phone."""
    return _file("page.html").format(
        language=current(),
        title=_text(f"kdoctor: {_(report.status.value.replace('-', ' '))}"),
        style=_style("page.css"),
        heading=_("kdoctor report"),
        body=box(document(report, full=True), _when(report), card=False),
    )


def card(report: Report, most: int = 0) -> str:
    """What a notebook shows in the output of a cell; ``most`` as in :func:`kdoctor.formats.document.document`."""
    return box(document(report, card=True, most=most), _when(report))


def _when(report: Report) -> str:
    return f'<p class="kd-faint">{_text(f"kdoctor {report.version}, {when_made(report)}")}</p>'


def box(made_of: made.Document, when: str = "", *, card: bool = True) -> str:
    """Any document in the frame of a card."""
    is_well = card and made_of.mood == "good"
    title = f"<h2>{_text(('✓ ' if is_well else '') + 'kdoctor: ' + made_of.verdict)}</h2>"
    # The selection comes first: it works in frames to which the clipboard is closed, and can be copied by hand.
    copy = html.escape("".join(_file("copy.js").splitlines())) if card else ""
    body = _all(made_of.blocks, copy) + ("" if is_well else when)
    style = f"<style>{_style('card.css')}</style>"
    return f'<div class="kdoctor kd-is-{made_of.mood}" lang="{current()}">{style}{title}{body}</div>'


def _file(name: str) -> str:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
        return file.read()


def _style(name: str) -> str:
    return " ".join(_file(name).split())


def _all(blocks: Iterable[made.Block], copy: str) -> str:
    return "".join(_block(block, copy) for block in blocks)


def _block(block: made.Block, copy: str) -> str:
    """One block; ``copy`` is the script of its buttons that copy lines."""
    if isinstance(block, made.Heading):
        return f"<h3>{_text(block.title)}</h3>"
    if isinstance(block, made.Paragraph):
        return "" if block.is_verdict else f"<p>{_spans(block.text)}</p>"
    if isinstance(block, made.Table):
        head = "".join(f'<th scope="col"{_ASIDE}>{_text(title)}</th>' for title in block.head)
        cells = ("".join(f"<td{_ASIDE}>{_spans(cell)}</td>" for cell in row) for row in block.rows)
        rows = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{rows}</tbody></table>"
    if isinstance(block, made.Code):
        lines = _lines(block)
        if not copy or block.language == "diff":
            return lines
        # It shows only where its script was kept, and takes its label from the style.
        button = f'style="display:none" aria-label="Copy these lines" onclick="{copy}"'
        return f'<div class="kd-copy">{lines}<button type="button" {button}></button></div>'
    if isinstance(block, made.Steps):
        head = f"<p><strong>{_text((block.label + _(': ')).strip())}</strong> {_text(block.title)}</p>"
        return head + _all(block.blocks, copy)
    if isinstance(block, made.Fold):
        return f"<details><summary>{_text(block.title)}</summary>{_all(block.blocks, copy)}</details>"
    kind = f'<span class="{_CLASSES[block.kind]}">{_text(_(block.kind))}</span>'
    code, link = f"<code>{_text(block.code)}</code>", page(block.code)
    code = _link(link, code) if link else code
    head = f"<h3>{kind} {_text(block.title)} {_link(block.url, code) if block.url else code}</h3>"
    places = "".join(map(_place, block.places))
    return f'<section class="kd-problem">{head}{places}{_all(block.blocks, copy)}</section>'


def _place(place: made.Place) -> str:
    note = f' <span class="kd-faint">{_text(place.note)}</span>' if place.note else ""
    line = made.Code(place.diff, "diff") if place.diff else made.Code(place.line, "text")
    return f"<p>{_text(place.where)}{note}</p>{_lines(line) if line.lines else ''}"


def _lines(block: made.Code) -> str:
    lines = _text(block.lines.strip("\n"))
    if block.language == "diff":
        parts = block.lines.strip("\n").split("\n")
        lines = "\n".join(f'<span class="{_SIGNS.get(line[:1], "")}">{_text(line)}</span>' for line in parts)
    return f"<pre{_WRAPPED}><code>{lines}</code></pre>"


def _spans(text: made.Text) -> str:
    return "".join(map(_span, text))


def _span(span: made.Span) -> str:
    inner = _text(span.text).replace("\n", "<br>")
    if span.url:
        return _link(span.url, inner)
    if span.style in ("strong", "code"):
        return f"<{span.style}>{inner}</{span.style}>"
    return f'<span class="kd-{span.style}">{inner}</span>' if span.style else inner


def _link(url: str, inner: str) -> str:
    """A link to the web, and nothing else: no address of another kind becomes one."""
    if not url.startswith(("https://", "http://")):
        return f"{inner} {_text(url)}"
    return f'<a href="{_text(url)}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def _text(words: str) -> str:
    kept = clean(words if len(words) <= _MOST_TEXT else words[:_MOST_TEXT] + " ...")
    return html.escape(kept.encode("utf-8", "replace").decode("utf-8"), quote=True)
