"""The report as a card for a notebook: HTML that stands alone, asks the network for nothing and needs no trust.

Where a page strips the style (GitHub) or scripts (a notebook that is not trusted), what is left is headings, tables,
lists and text that fold and read well: the button that copies is hidden then, and the lines can be selected. Whatever
a message says is text here, never markup.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Sequence
from typing import Optional

from kdoctor.model import (
    Certainty,
    CodeRead,
    Evidence,
    Examination,
    Finding,
    Kernel,
    Location,
    Relevance,
    Report,
    Severity,
)
from kdoctor.render import digest, kernel_words
from kdoctor.render.page import clean

_FIRST_ROWS = 8
"""So many findings are told in full where nothing says which of them matter; the others are in a fold."""
_MOST_TEXT = 8000
_LISTED_PLACES = 8
_SEVERITY_CLASSES = {Severity.ERROR: "kd-bad", Severity.WARNING: "kd-doubt", Severity.INFO: "kd-faint"}
# What the card cannot do without where a page keeps no style but these: some set tables to the right.
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


def render(report: Report) -> str:
    """The whole card."""
    mood = "doubt"
    if report.environments:
        moods = {digest.verdict(examination, report.code).mood for examination in report.environments}
        mood = next(mood for mood in ("bad", "doubt", "good") if mood in moods)
    several = len(report.environments) > 1
    body = "".join(_Card(report, examination, several).html() for examination in report.environments)
    if not report.environments:
        body = _tag("h2", "kdoctor: nothing could be checked.")
    return f'<div class="kdoctor kd-is-{mood}" lang="en"><style>{_style()}</style>{body}{_footer(report)}</div>'


def _style() -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "card.css")
    with open(path, encoding="utf-8") as file:
        return re.sub(r"\s+", " ", file.read()).strip()


def _footer(report: Report) -> str:
    seconds = sum(examination.seconds for examination in report.environments)
    took = f", {seconds:.1f} s" if seconds else ""
    created = re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\+00:00|Z)$", r"\1 \2 UTC", report.created)
    return _tag("p", _text(f"kdoctor {report.version}, {created}{took}"), "kd-faint")


class _Card:
    """One environment's part of the card."""

    def __init__(self, report: Report, examination: Examination, several: bool) -> None:
        self._examination = examination
        self._code: Optional[CodeRead] = report.code
        self._kernel: Optional[Kernel] = report.kernel
        self._several = several
        self._table = digest.tabulate(examination)
        findings = [finding for finding in digest.by_weight(examination.findings) if not finding.ignored]
        self._used = [one for one in digest.used(examination) if one.relevance is not Relevance.REQUIRED]
        self._required = [one for one in findings if one.relevance is Relevance.REQUIRED]
        told = [*self._used, *self._required]
        self._faults = [one for one in findings if digest.is_fault(one) and one not in told]
        self._others = [one for one in findings if one not in told and one not in self._faults]
        concerning = told or None if self._code is not None or self._required else None
        self._shared = digest.shared_remedies(examination, concerning, self._kernel)
        self._numbers = {one.remedy.id: number for number, one in enumerate(self._shared, 1)}
        self._remedies = digest.spelled(examination, self._kernel)

    def html(self) -> str:
        """The parts in the order in which a reader needs them."""
        parts = [
            self._verdict(),
            self._what_is_here(),
            self._where_the_kernel_stands(),
            *(_tag("p", _text(f"kdoctor could not finish: {one}"), "kd-doubt") for one in self._examination.failures),
            self._unmet(),
            self._findings("Faults of the environment", self._faults),
            self._findings(
                "Broken, and used by this notebook" if self._is_notebook else "Broken, and used", self._used
            ),
            self._findings("Broken, and required", self._required),
            self._steps_that_mend_many(),
            self._the_others(),
            self._what_works(),
            self._about(),
        ]
        return "".join(parts)

    @property
    def _is_notebook(self) -> bool:
        return self._code is not None and all(path.endswith(".ipynb") or " " in path for path in self._code.paths)

    @property
    def _is_one_notebook(self) -> bool:
        """Whether a cell's number says enough."""
        return self._code is not None and self._code.files <= 1

    # -- the head

    def _verdict(self) -> str:
        name = self._examination.target or self._examination.environment.interpreter.executable
        which = f"{name}: " if self._several else ""
        return _tag("h2", _text(f"kdoctor: {which}{digest.verdict(self._examination, self._code).text}"))

    def _what_is_here(self) -> str:
        is_here = not self._examination.target
        words = digest.ingredients(self._examination.environment, with_python=is_here)
        answers = digest.answers(self._examination.environment)
        here = ", ".join(_text(word) for word in words)
        names = f". <strong>{_text('; '.join(answers))}</strong>" if answers else ""
        return _tag("p", f"{here}{names}.")

    def _where_the_kernel_stands(self) -> str:
        said = kernel_words.sentences(self._kernel) if self._kernel else []
        return "".join(_tag("p", _text(sentence), "kd-kernel") for sentence in said)

    def _unmet(self) -> str:
        unmet = [one for one in self._examination.requirements if not one.is_met]
        if not unmet:
            return ""
        items = [
            f"<code>{_text(one.slug)}</code> on {_text(one.stack.value)}: <strong>{_text(one.outcome.value)}</strong>"
            + (f" ({_text(one.message)})" if one.message else "")
            for one in unmet
        ]
        return _tag("h3", "Required, and not met") + _list(items)

    # -- the findings

    def _findings(self, title: str, findings: Sequence[Finding]) -> str:
        if not findings:
            return ""
        opened = len(findings) == 1
        rows = "".join(self._row(finding, opened=opened, full=True) for finding in findings)
        return _tag("h3", _text(title)) + _table(rows, title)

    def _the_others(self) -> str:
        if not self._others:
            return ""
        if self._code is not None or self._required:
            words = digest.count(len(self._others), "other feature is", "other features are")
            unused = ", and this notebook was not seen to use" if self._is_notebook else ", and not seen to be used:"
            them = " it" if len(self._others) == 1 else " them"
            title = f"{words} broken here{unused}{them if self._is_notebook else ''}".rstrip(":")
            return self._fold(title, self._others)
        if len(self._others) <= _FIRST_ROWS + 2:
            return self._findings(self._others_title(), self._others)
        first, rest = self._others[:_FIRST_ROWS], self._others[_FIRST_ROWS:]
        return self._findings(self._others_title(), first) + self._fold(f"{len(rest)} more", rest)

    def _others_title(self) -> str:
        evidence = {finding.evidence for finding in self._others}
        if evidence == {Evidence.OBSERVED}:
            return "Broken here, as seen"
        return "Broken here" if Evidence.OBSERVED in evidence else "Broken, as is known of these versions"

    def _fold(self, title: str, findings: Sequence[Finding]) -> str:
        rows = "".join(self._row(finding, opened=False, full=False) for finding in findings)
        return f"<details><summary>{_text(title)}</summary>{_table(rows, title)}</details>"

    def _row(self, finding: Finding, *, opened: bool, full: bool) -> str:
        kind = f'<span class="{_SEVERITY_CLASSES[finding.severity]}">{finding.severity.value}</span>'
        silent = ', <span class="kd-doubt">silent</span>' if digest.is_silent(finding) else ""
        head = f"<code>{_text(finding.slug)}</code><br>{kind}{silent}"
        where = self._cells(finding.locations)
        summary = f'<span class="kd-title">{_text(finding.title)}</span>{f" ({_text(where)})" if where else ""}'
        return (
            f'<tr><th scope="row"{_ASIDE}>{head}</th><td{_ASIDE}><details{" open" if opened else ""}>'
            f"<summary>{summary}</summary>{self._details(finding, full)}</details></td></tr>"
        )

    def _cells(self, locations: Sequence[Location]) -> str:
        """``cells 3 and 5`` of the notebook that was read, or the files and lines."""
        numbers = list(dict.fromkeys(location.cell for location in locations if location.cell))
        if numbers and self._is_one_notebook:
            return self._named_cells(numbers)
        places = list(dict.fromkeys(digest.place(one.path, one.line, one.cell) for one in locations))
        return "; ".join(places[:2]) + (f" and {len(places) - 2} more" if len(places) > 2 else "")

    def _named_cells(self, numbers: Sequence[int]) -> str:
        if self._kernel is not None and self._kernel.read == "as run so far":
            return ", ".join(f"In [{number}]" for number in numbers)
        words = [str(number) for number in numbers]
        listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
        return f"cell{'' if len(words) == 1 else 's'} {listed}"

    def _details(self, finding: Finding, full: bool) -> str:
        parts = [self._places(finding.locations)]
        if finding.detail:
            parts.append(_labelled("Here", _lines(finding.detail)))
        if finding.conflict:
            parts.append(_labelled("Conflict", _lines(finding.conflict)))
        if full and finding.explanation:
            parts.append(_tag("p", _lines(finding.explanation)))
        if full and finding.symptoms:
            parts.append(
                _labelled("What you see", "") + _list(f"<code>{_lines(one)}</code>" for one in finding.symptoms)
            )
        remedies = [self._remedies[one] for one in dict.fromkeys(finding.remedies) if one in self._remedies]
        parts += [self._remedy(remedy, "Or" if number else "Remedy", full) for number, remedy in enumerate(remedies)]
        if full and finding.references:
            parts.append(_labelled("Read", "") + _list(_link(one.url, one.says) for one in finding.references))
        stacks = ", ".join(stack.value for stack in finding.stacks)
        facts = f"{finding.code}, {finding.evidence.value}" + (f", on {stacks}" if stacks else "")
        more = "" if full else f"; all about it: kdoctor explain {finding.slug}"
        parts.append(_tag("p", _text(facts + more), "kd-faint"))
        return "".join(parts)

    def _places(self, locations: Sequence[Location]) -> str:
        items = []
        for one in locations[:_LISTED_PLACES]:
            where = digest.place(one.path, one.line, one.cell)
            if one.cell and self._is_one_notebook:
                where = f"{self._named_cells([one.cell])}, line {one.line}"
            likely = " (likely)" if one.certainty is Certainty.LIKELY else ""
            items.append(f"{_text(where + likely)}: <code>{_text(one.text or one.what)}</code>")
        if len(locations) > _LISTED_PLACES:
            items.append(f"and {len(locations) - _LISTED_PLACES} more places")
        return _list(items)

    # -- the remedies

    def _remedy(self, remedy: digest.Spelled, label: str, full: bool) -> str:
        number = self._numbers.get(remedy.id)
        if number is not None:
            named = f"step {number}, " if len(self._shared) > 1 else "the step for several, "
            return _labelled(label, f"{named}{_text(remedy.title)}")
        if not full:
            return _labelled(label, _text(remedy.title))
        costs = _labelled("Costs", _text(remedy.cost)) if remedy.cost else ""
        return _labelled(label, _text(remedy.title)) + self._steps(remedy) + costs

    def _steps(self, remedy: digest.Spelled) -> str:
        parts = []
        if remedy.commands:
            parts.append(_copyable("\n".join(remedy.commands)))
        if remedy.text:
            parts.append(_tag("p", _lines(remedy.text)))
        if remedy.before:
            parts.append(_tag("p", "Instead of") + _verbatim(remedy.before) + _tag("p", "write"))
        if remedy.after:
            parts.append(_copyable(remedy.after))
        return "".join(parts)

    def _steps_that_mend_many(self) -> str:
        if not self._shared:
            return ""
        parts = [_tag("h3", "One step that mends several" if len(self._shared) == 1 else "Steps that mend several")]
        for number, one in enumerate(self._shared, 1):
            remedy = one.remedy
            name = f"{number}. " if len(self._shared) > 1 else ""
            parts += [_tag("h4", _text(f"{name}{remedy.title}")), self._steps(remedy)]
            proof = remedy.proof
            mended = proof.mended if proof is not None else tuple(finding.slug for finding in one.findings)
            word = digest.proof_sentence(proof) if proof is not None else "Known, not tried here."
            parts.append(_tag("p", _text(word), "kd-good" if proof is not None and proof.mended else "kd-faint"))
            lists = [
                ("mends", mended),
                ("leaves", proof.left if proof else ()),
                ("unknown", proof.unknown if proof else ()),
            ]
            for verb, slugs in lists:
                if slugs:
                    title = f"It {verb} {len(slugs)}" if verb != "unknown" else f"Unknown: {len(slugs)}"
                    parts.append(f"<details><summary>{title}</summary><p>{_text(', '.join(slugs))}</p></details>")
            if remedy.cost:
                parts.append(_labelled("Costs", _text(remedy.cost)))
        return "".join(parts)

    # -- the rest

    def _what_works(self) -> str:
        parts = []
        healthy = digest.healthy_sentence(self._table)
        if healthy and digest.verdict(self._examination, self._code).mood != "good":
            parts.append(_tag("p", _text(healthy)))
        for idle in digest.not_looked_at(self._examination, self._table):
            names = ", ".join(idle.slugs) if len(idle.slugs) <= 3 else digest.count(len(idle.slugs), "feature")
            parts.append(_tag("p", _text(f"Not run: {names}" + (f" ({idle.reason})." if idle.reason else "."))))
        notes = " ".join(note if note.endswith(".") else f"{note}." for note in self._examination.notes)
        if notes:
            parts.append(_tag("p", _text(notes), "kd-faint"))
        if self._kernel is not None and self._kernel.is_notebook and self._code is None:
            hint = (
                'No cell was read. What this notebook uses comes first with kdoctor.check(notebook="its-name.ipynb").'
            )
            parts.append(_tag("p", _text(hint), "kd-faint"))
        return "".join(parts)

    def _about(self) -> str:
        environment = self._examination.environment
        items = [f"Python: <code>{_text(environment.interpreter.executable)}</code>"]
        for stack in environment.stacks:
            if stack.same_as is not None:
                what = f"the same as {stack.same_as.value}"
            elif not stack.available:
                what = f"not available: {stack.reason}" if stack.reason else "not available"
            else:
                what = digest.keras_name(stack.implementation, stack.version)
            items.append(_text(f"{stack.id.value}: {what}"))
        items += [f"<code>{_text(f'{name}={value}')}</code>" for name, value in environment.variables.items()]
        items += [
            _text(f"Set aside: {one.code} {one.slug}: {one.ignored}")
            for one in self._examination.findings
            if one.ignored
        ]
        if self._code is not None:
            items += self._what_was_read(self._code)
        return f"<details><summary>About this check</summary>{_list(items)}</details>"

    def _what_was_read(self, code: CodeRead) -> list[str]:
        state = f" {self._kernel.read}" if self._kernel is not None and self._kernel.read else ""
        said = [_text(f"Read: {', '.join(code.paths)}{state}")]
        for one in code.unread:
            cell = f", cell {one.cell}" if one.cell else ""
            line = f", line {one.line}" if one.line else ""
            said.append(_text(f"Not read: {one.path}{cell}{line}: {one.reason}"))
        said += [_text(f"Set aside in the code: {one.code} {one.slug}: {one.reason}") for one in code.set_aside]
        return said


# ----------------------------------------------------------------------------------------------------- HTML


def _text(words: str) -> str:
    """Text that stays text, whatever is in it."""
    kept = clean(words if len(words) <= _MOST_TEXT else words[:_MOST_TEXT] + " ...")
    return html.escape(kept.encode("utf-8", "replace").decode("utf-8"), quote=True)


def _lines(words: str) -> str:
    """Text whose lines stay lines."""
    return _text(words.strip("\n")).replace("\n", "<br>")


def _tag(name: str, inner: str, style: str = "") -> str:
    attribute = f' class="{style}"' if style else ""
    return f"<{name}{attribute}>{inner}</{name}>"


def _labelled(label: str, inner: str) -> str:
    return f"<p><strong>{label}:</strong> {inner}</p>"


def _list(items: Iterable[str]) -> str:
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def _table(rows: str, title: str) -> str:
    head = f'<thead><tr><th scope="col"{_ASIDE}>Feature</th><th scope="col"{_ASIDE}>What happens</th></tr></thead>'
    return f'<table aria-label="{_text(title)}">{head}<tbody>{rows}</tbody></table>'


def _link(url: str, words: str) -> str:
    """A link to the web, and nothing else: no address of another kind becomes one."""
    if not url.startswith(("https://", "http://")):
        return _text(f"{words} {url}")
    return f'<a href="{_text(url)}" target="_blank" rel="noopener noreferrer">{_text(words)}</a>'


def _copyable(lines: str) -> str:
    """Lines with a button, which shows only where its script was kept, and takes its label from the style."""
    button = f'style="display:none" aria-label="Copy these lines" onclick="{html.escape(_COPY)}"'
    return f'<div class="kd-copy">{_verbatim(lines)}<button type="button" {button}></button></div>'


def _verbatim(lines: str) -> str:
    kept = lines.strip("\n")
    return f"<pre{_WRAPPED}><code>{_text(kept)}</code></pre>"
