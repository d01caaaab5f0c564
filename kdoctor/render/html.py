"""The report as one page of HTML: no script, nothing from the network, light and dark, and nothing wider than a phone.

Its head is the card that a notebook shows; below it stands every feature on every stack.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from kdoctor.model import Examination, Outcome, Report
from kdoctor.render import card, digest, entries
from kdoctor.render.context import Context
from kdoctor.render.text import one_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_BUTTON = re.compile(r'<button type="button" [^<>]*></button>')
"""The button that copies needs a script; the lines can be selected."""

_STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --ink: #1f2328; --line: #d0d7de; --bad: #b3261e; --doubt: #7a4d00;
  --good: #1a6b35; --faint: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0d1014; --ink: #e6edf3; --line: #444c56; --bad: #ff9b90; --doubt: #f0b95a; --good: #74d28f;
    --faint: #a9b1ba; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 64em; margin: 0 auto; }
h1 { font-size: 1.4em; margin: 0 0 0.6em; }
h2.kd-all { font-size: 1.1em; margin: 1.6em 0 0.4em; }
main .kdoctor { max-width: none; }
.kd-features { list-style: none; margin: 0; padding: 0; }
.kd-features > li { border-top: 1px solid var(--line); padding: 0.4em 0; }
.kd-features p { margin: 0; }
.kd-features .kd-what { color: var(--faint); }
.kd-state { display: inline-block; margin-right: 1.2em; }
.kd-broken { color: var(--bad); font-weight: 600; }
.kd-unknown { color: var(--doubt); }
.kd-works { color: var(--good); }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.93em; }
@media print { body { padding: 0; background: none; } }
"""


def render(report: Report, context: Context) -> str:
    """The whole document, in UTF-8."""
    names = entries.labels(report)
    parts = [_BUTTON.sub("", card.render(report))]
    parts += [_features(name, examination) for name, examination in zip(names, report.environments)]
    title = "kdoctor: " + report.status.value.replace("-", " ")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>kdoctor report</h1>\n{_joined(parts)}</main>\n</body>\n</html>\n"
    )


def _features(name: str, examination: Examination) -> str:
    """A list rather than a table, for a table of four stacks is wider than a phone."""
    table = digest.tabulate(examination)
    if not table.rows:
        return ""
    items = []
    for row in table.rows:
        states = "".join(
            f'<span class="kd-state {_class(state)}">{_text(column.id.value)}: {_text(state.replace("-", " "))}</span>'
            for column, state in zip(table.columns, row.states)
        )
        what = f'<p class="kd-what">{_text(row.finding.title)}</p>' if row.finding is not None else ""
        items.append(f"<li><p><code>{_text(row.slug)}</code></p>{what}<p>{states}</p></li>")
    summary = digest.count(len(items), "feature")
    return (
        f'<h2 class="kd-all">Every feature, {_text(name)}</h2>\n'
        f'<details><summary>{summary} on every stack</summary>\n<ul class="kd-features">{"".join(items)}</ul></details>'
    )


def _class(state: str) -> str:
    if state == digest.BROKEN or state in {outcome.value for outcome in Outcome if outcome.is_broken}:
        return "kd-broken"
    if state == Outcome.WORKS.value:
        return "kd-works"
    return "kd-na" if state == Outcome.NOT_APPLICABLE.value else "kd-unknown"


def _text(words: str) -> str:
    return html.escape(one_line(words), quote=True)


def _joined(parts: Iterable[str]) -> str:
    return "".join(part + "\n" for part in parts if part)
