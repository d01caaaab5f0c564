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
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# What a card cannot do without where a host keeps no style but these: some set tables to the right.
_ASIDE = ' style="text-align:left;vertical-align:top"'
_WRAPPED = ' style="white-space:pre-wrap;text-align:left"'
# The selection comes first: it works in frames to which the clipboard is closed, and leaves something to copy by hand.
_COPY = (
    "var b=this,p=b.parentNode.querySelector('pre'),s=getSelection(),r=document.createRange(),ok=false;"
    "var d=function(){b.setAttribute('data-copied','');b.setAttribute('aria-label','Copied');"
    "setTimeout(function(){b.removeAttribute('data-copied');b.setAttribute('aria-label','Copy these lines')},2000)};"
    "r.selectNodeContents(p);s.removeAllRanges();s.addRange(r);"
    "try{ok=document.execCommand('copy')}catch(e){}"
    "if(ok){d()}else if(navigator.clipboard){navigator.clipboard.writeText(p.textContent).then(d,function(){})}"
    "return false"
)


def render(report: Report, context: Context) -> str:
    """The whole page: no script, light and dark, and nothing wider than a phone."""
    title = f"kdoctor: {_(report.status.value.replace('-', ' '))}"
    body = box(document(report, full=True), _when(report), card=False)
    return (
        f'<!DOCTYPE html>\n<html lang="{current()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(title)}</title>\n<style>{_style('page.css')}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{_('kdoctor report')}</h1>\n{body}</main>\n</body>\n</html>\n"
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
    body = _Writer(copies=card).all(made_of.blocks) + ("" if is_well else when)
    style = f"<style>{_style('card.css')}</style>"
    return f'<div class="kdoctor kd-is-{made_of.mood}" lang="{current()}">{style}{title}{body}</div>'


def _style(name: str) -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, encoding="utf-8") as file:
        return " ".join(file.read().split())


class _Writer:
    def __init__(self, *, copies: bool) -> None:
        self._copies = copies

    def all(self, blocks: Iterable[made.Block]) -> str:
        return "".join(map(self._block, blocks))

    def _block(self, block: made.Block) -> str:
        if isinstance(block, made.Heading):
            return f"<h3>{_text(block.title)}</h3>"
        if isinstance(block, made.Paragraph):
            return "" if block.is_verdict else f"<p>{_spans(block.text)}</p>"
        if isinstance(block, made.Table):
            return _table(block)
        if isinstance(block, made.Code):
            return self._code(block)
        if isinstance(block, made.Steps):
            head = f"<p><strong>{_text((block.label + _(': ')).strip())}</strong> {_text(block.title)}</p>"
            return head + self.all(block.blocks)
        if isinstance(block, made.Fold):
            return f"<details><summary>{_text(block.title)}</summary>{self.all(block.blocks)}</details>"
        return self._problem(block)

    def _problem(self, block: made.Problem) -> str:
        kind = f'<span class="{_CLASSES[block.kind]}">{_text(_(block.kind))}</span>'
        code, link = f"<code>{_text(block.code)}</code>", page(block.code)
        code = _link(link, code) if link else code
        head = f"<h3>{kind} {_text(block.title)} {_link(block.url, code) if block.url else code}</h3>"
        places = []
        for place in block.places:
            note = f' <span class="kd-faint">{_text(place.note)}</span>' if place.note else ""
            code = _lines(made.Code(place.diff, "diff")) if place.diff else _text(place.line)
            line = f"<pre{_WRAPPED}><code>{code}</code></pre>" if code else ""
            places.append(f"<p>{_text(place.where)}{note}</p>{line}")
        return f'<section class="kd-problem">{head}{"".join(places)}{self.all(block.blocks)}</section>'

    def _code(self, block: made.Code) -> str:
        """Lines with a button, which shows only where its script was kept, and takes its label from the style."""
        lines = f"<pre{_WRAPPED}><code>{_lines(block)}</code></pre>"
        if not self._copies or block.language == "diff":
            return lines
        button = f'style="display:none" aria-label="Copy these lines" onclick="{html.escape(_COPY)}"'
        return f'<div class="kd-copy">{lines}<button type="button" {button}></button></div>'


def _lines(block: made.Code) -> str:
    if block.language != "diff":
        return _text(block.lines.strip("\n"))
    classes = {"-": "kd-bad", "+": "kd-good"}
    lines = block.lines.strip("\n").split("\n")
    return "\n".join(f'<span class="{classes.get(line[:1], "")}">{_text(line)}</span>' for line in lines)


def _table(block: made.Table) -> str:
    head = "".join(f'<th scope="col"{_ASIDE}>{_text(title)}</th>' for title in block.head)
    rows = "".join("<tr>" + "".join(f"<td{_ASIDE}>{_spans(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{rows}</tbody></table>"


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
