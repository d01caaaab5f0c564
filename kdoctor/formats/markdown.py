"""A document as Markdown, to paste into an issue or a pull request: short, with the rest folded.

Folders of users are left out of it. Whatever a message says is text here: no markup, no mention, no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kdoctor.formats import blocks as made
from kdoctor.formats.context import Context
from kdoctor.formats.document import document, when_made
from kdoctor.formats.text import count, one_line, page, safe
from kdoctor.report import Report

MOST = 6000  # so many characters are read in an issue; what does not fit is left out whole, and counted
MOST_LINES = 60

_SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~$&]|^[-+](?=\s)|^(?:\d+)(?=[.)]\s)")
_MENTION = re.compile(r"@(?=\w)|(?<=\w)@")


def render(
    report: Report, context: Context, most: int = MOST, most_lines: int = MOST_LINES, *, suggests: bool = False
) -> str:
    """The whole report, in ``most`` characters and ``most_lines`` lines at most, with edits where it ``suggests``."""
    made_of = document(report)
    kept = [f"## kdoctor: {escape(made_of.verdict)}"]
    foot = f"<sub>kdoctor {_html(report.version)}, {_html(when_made(report))}</sub>"
    left = 0
    for block in made_of.blocks:
        part = _problem(block, suggests=suggests) if isinstance(block, made.Problem) else _block(block)
        if not part:
            continue
        both = "\n\n".join([*kept, part, foot])
        if len(both) + 80 > most or both.count("\n") + 4 > most_lines:
            left += 1
        else:
            kept.append(part)
    if left:
        kept.append(f"{count(left, 'part')} of the report left out; all of it: `kdoctor --format html`.")
    return "\n\n".join([*kept, foot]) + "\n"


def about(problem: made.Problem) -> str:
    """What is known of a problem, wherever it was found."""
    return _inner(part for one in problem.blocks for part in (one.blocks if isinstance(one, made.Fold) else (one,)))


def _inner(blocks: Iterable[made.Block]) -> str:
    return "\n\n".join(filter(None, map(_block, blocks)))


def _block(block: made.Block) -> str:
    if isinstance(block, made.Heading):
        return f"### {escape(block.title)}"
    if isinstance(block, made.Paragraph):
        return "" if block.is_verdict else _spans(block.text)
    if isinstance(block, made.Table):
        if block.is_of_commands:
            return ""
        head = block.head or ("",) * len(block.rows[0])
        rows = [list(map(escape, head)), ["---"] * len(head), *(map(_spans, row) for row in block.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    if isinstance(block, made.Code):
        return fenced(block.lines, block.language)
    if isinstance(block, made.Steps):
        return f"**{escape(block.label)}:** {escape(block.title)}\n\n{_inner(block.blocks)}".rstrip("\n")
    if isinstance(block, made.Fold):
        return f"<details><summary>{_html(block.title)}</summary>\n\n{_inner(block.blocks)}\n\n</details>"
    return _problem(block)


def _problem(block: made.Problem, *, suggests: bool = False) -> str:
    places = "\n".join(
        f"- {code(place.where)}{f': {code(place.line)}' if place.line else ''}"
        f"{f' ({escape(place.note)})' if place.note else ''}"
        f"{_suggested(place.diff) if suggests and place.diff else ''}"
        for place in block.places
    )
    link = page(block.code)
    named = f"[{code(block.code)}]({link})" if link else code(block.code)
    title = f"**{escape(block.kind)} {named}: {escape(block.title)}**"
    shown = [one for one in block.blocks if not isinstance(one, made.Fold)]
    return "\n\n".join(filter(None, (title, places, _inner(shown))))


def _suggested(diff: str) -> str:
    """The new lines as a review comment on the old ones takes them; more than one change of lines as a diff."""
    lines = diff.split("\n")
    new = [line[2:] for line in lines if line.startswith("+")]
    is_one = "".join(line[:1] for line in lines) == "-" * (len(lines) - len(new)) + "+" * len(new)
    block = fenced("\n".join(new), "suggestion") if is_one and len(new) < len(lines) else fenced(diff, "diff")
    return "\n\n" + "\n".join(f"  {line}" for line in block.split("\n"))


def _spans(text: made.Text) -> str:
    return "".join(map(_span, text))


def _span(span: made.Span) -> str:
    if span.url:
        return f"{escape(span.text)} {_address(span.url)}"
    if span.style == "code":
        return code(span.text)
    inner = escape(span.text)
    before, after = (" " if span.text[edge].isspace() else "" for edge in (0, -1)) if inner else ("", "")
    return before + (f"**{inner}**" if span.style == "strong" and inner else inner) + after


def escape(text: str) -> str:
    """Text that stays text, in one line."""

    def escaped(found: re.Match[str]) -> str:
        if found[0].isdigit():  # what would begin a numbered list
            return f"{found[0]}\u200b"
        return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(found[0], "\\" + found[0])

    return _MENTION.sub("&#64;", _SPECIAL.sub(escaped, one_line(text, 2000)))


def code(text: str) -> str:
    """Text as code in a line, and in the cell of a table."""
    kept = one_line(text).replace("|", "\u2502")
    if not kept:
        return ""
    ticks = _ticks(kept, 1)
    gap = " " if kept.startswith("`") or kept.endswith("`") else ""
    return f"{ticks}{gap}{kept}{gap}{ticks}"


def _ticks(text: str, least: int) -> str:
    """As many as nothing in the text ends."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def fenced(text: str, language: str = "text") -> str:
    """Lines to copy, in a fence that nothing in them ends."""
    kept = safe(text).strip("\n")
    ticks = _ticks(kept, 3)
    return f"{ticks}{language}\n{kept}\n{ticks}"


def _html(text: str) -> str:
    """Text inside of a tag, where Markdown is not read but for mentions."""
    kept = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub("&#64;", kept)


def _address(url: str) -> str:
    kept = one_line(url)
    return f"<{kept}>" if re.fullmatch(r"https?://[^\s<>\"`|]+", kept) else code(kept)
