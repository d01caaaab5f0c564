"""The report as Markdown, to paste into an issue or a pull request: tables, with the details folded.

Folders of users are left out of it. Whatever a message says is text here: no markup, no mention, no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Optional

from kdoctor.model import Examination, Finding, Outcome, Remedy, Report, Severity
from kdoctor.render import digest, entries
from kdoctor.render.context import Context
from kdoctor.render.entries import Entry
from kdoctor.render.text import one_line, safe

_SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~$&]|^[-+](?=\s)|^(?:\d+)(?=[.)]\s)")
_MENTION = re.compile(r"@(?=\w)|(?<=\w)@")
_LISTED_USES = 50
_LISTED_PLACES = 20


def render(report: Report, context: Context, most: Optional[int] = None) -> str:
    """The whole report, in ``most`` bytes of UTF-8 at most; what does not fit is said to be left out."""
    blocks: list[str] = []
    several = len(report.environments) > 1
    found = entries.collect(report, context)
    blocks.append("## kdoctor" if report.environments else "## kdoctor: nothing could be checked")
    if several:
        blocks.append(_overview(report))
    elif report.environments:
        verdict = digest.verdict(report.environments[0], report.code).text
        blocks += [f"**{escape(verdict)}**", _what_is_here(report.environments[0])]
    for trouble in entries.troubles(report, context):
        blocks.append(f"> **{trouble.severity.value}**: {escape(trouble.text)}")
    blocks += _uses(found)
    for name, examination in zip(entries.labels(report), report.environments):
        if several:
            blocks += [f"## {escape(name)}", f"**{escape(digest.verdict(examination, report.code).text)}**"]
            blocks.append(_what_is_here(examination))
        blocks += _examination(examination, context)
    blocks += _set_aside(found)
    blocks.append(_footer(report))
    return _joined(blocks, most)


def about(finding: Finding, remedies: Sequence[Remedy]) -> str:
    """What is known of a finding, wherever it was found."""
    parts = [escape(finding.explanation, lines=True)]
    if finding.symptoms:
        parts.append("What you see:\n\n" + "\n".join(f"- {code(one)}" for one in finding.symptoms))
    for number, remedy in enumerate(remedies):
        parts += _remedy(remedy, "Or" if number else "Remedy")
    if finding.references:
        parts.append("\n".join(f"- {escape(one.says)} {_address(one.url)}".rstrip() for one in finding.references))
    parts.append(f"All about it: {code('kdoctor explain ' + finding.slug)}")
    return "\n\n".join(part for part in parts if part.strip())


# ---------------------------------------------------------------------------------------------------- parts


def _overview(report: Report) -> str:
    rows = []
    for name, examination in zip(entries.labels(report), report.environments):
        rows.append([escape(name), escape(digest.verdict(examination, report.code).text)])
    return _table(("environment", "verdict"), rows)


def _examination(examination: Examination, context: Context) -> list[str]:
    blocks = _requirements(examination)
    findings = [one for one in digest.by_weight(examination.findings) if not one.ignored]
    faults = [one for one in findings if digest.is_fault(one) and not one.locations]
    remedies = {remedy.id: remedy for remedy in examination.remedies}
    if faults:
        blocks.append("### Faults of the environment")
        blocks += [_folded(one, remedies) for one in faults]
    features = [one for one in findings if one not in faults]
    concerning = [one for one in features if one.locations or one.severity is Severity.ERROR]
    if concerning:
        blocks.append("### What is used or required, and broken")
        blocks += [_folded(one, remedies) for one in concerning]
    others = [one for one in features if one not in concerning]
    if others:
        table = _features(examination, others)
        title = digest.count(len(others), "other feature is", "other features are") if concerning else ""
        summary = f"{title} broken here" if title else _title(others)
        if concerning and not context.verbose:
            blocks.append(f"<details><summary>{_html(summary)}</summary>\n\n{table}\n\n</details>")
        else:
            blocks += [f"### {escape(summary)}", table]
        loud = [one for one in others if one.severity is not Severity.INFO or context.verbose]
        blocks += [_folded(one, remedies) for one in loud]
    for shared in digest.shared_remedies(examination):
        blocks += _shared(shared)
    healthy = digest.healthy_sentence(digest.tabulate(examination))
    notes = " ".join(note if note.endswith(".") else note + "." for note in examination.notes)
    blocks += [escape(text) for text in (healthy, notes) if text]
    return blocks


def _title(findings: Sequence[Finding]) -> str:
    return digest.count(len(findings), "feature is", "features are") + " broken here"


def _what_is_here(examination: Examination) -> str:
    environment = examination.environment
    said = [", ".join(digest.ingredients(environment, with_python=not examination.target))]
    said += digest.answers(environment)
    return ". ".join(escape(one) for one in said if one) + "."


def _requirements(examination: Examination) -> list[str]:
    rows = [
        [code(one.slug), code(one.stack.value), escape(one.outcome.value), escape(one.message)]
        for one in examination.requirements
        if not one.is_met
    ]
    return ["### Required, and not met", _table(("feature", "stack", "outcome", ""), rows)] if rows else []


def _uses(found: Sequence[Entry]) -> list[str]:
    """Where the code uses what is broken: the table that a reviewer wants first."""
    uses = [entry for entry in found if entry.is_code and not entry.aside]
    if not uses:
        return []
    rows = []
    for entry in uses[:_LISTED_USES]:
        place = f"{entry.where.path}, {entry.cell}" if entry.cell else f"{entry.where.path}:{entry.where.line}"
        likely = "" if entry.where.certainty.value == "certain" else " (likely)"
        rows.append([code(place), escape(entry.severity.value + likely), code(entry.code), escape(entry.title)])
    more = [f"and {len(uses) - _LISTED_USES} more uses."] if len(uses) > _LISTED_USES else []
    return ["### Used in this code, and broken", _table(("place", "severity", "rule", "what"), rows), *more]


def _features(examination: Examination, findings: Sequence[Finding]) -> str:
    table = digest.tabulate(examination)
    states = {row.slug: row.states for row in table.rows}
    head = ("feature", *(column.id.value for column in table.columns), "what")
    rows = []
    for finding in findings:
        cells = states.get(finding.slug, ("",) * len(table.columns)) if digest.is_feature(finding) else ()
        cells = cells or ("",) * len(table.columns)
        rows.append([code(finding.slug), *(_state(cell) for cell in cells), escape(finding.title)])
    return _table(head, rows)


def _state(state: str) -> str:
    broken = {outcome.value for outcome in Outcome if outcome.is_broken} | {digest.BROKEN}
    return f"**{escape(state)}**" if state in broken else escape(state)


def _folded(finding: Finding, remedies: dict[str, Remedy]) -> str:
    facts = f"{finding.code} {finding.slug}, {finding.severity.value}"
    facts += ", silent" if digest.is_silent(finding) else ""
    summary = f"<b>{_html(finding.title or finding.slug)}</b> ({_html(facts)})"
    parts = []
    if finding.locations:
        shown = finding.locations[:_LISTED_PLACES]
        parts.append("\n".join(f"- {code(_spot(one.path, one.line, one.cell))}: {code(one.text)}" for one in shown))
    if len(finding.locations) > _LISTED_PLACES:
        parts.append(f"and {len(finding.locations) - _LISTED_PLACES} more places")
    if finding.detail.strip():
        parts.append("Here:\n\n" + fenced(finding.detail))
    if finding.conflict:
        parts.append(f"Conflict: {escape(finding.conflict)}")
    ways = [remedies[one] for one in dict.fromkeys(finding.remedies) if one in remedies]
    parts.append(about(finding, ways))
    return f"<details><summary>{summary}</summary>\n\n" + "\n\n".join(parts) + "\n\n</details>"


def _spot(path: str, line: int, cell: int) -> str:
    path = path.replace("\\", "/")
    return f"{path}, cell {cell}, line {line}" if cell else f"{path}:{line}"


def _remedy(remedy: Remedy, label: str) -> list[str]:
    parts = [f"{label}: {escape(remedy.title)}"]
    if remedy.commands:
        parts.append(fenced("\n".join(remedy.commands), "shell"))
    if remedy.text:
        parts.append(escape(remedy.text, lines=True))
    if remedy.before:
        parts += ["Instead of", fenced(remedy.before, "python"), "write"]
    if remedy.after:
        parts.append(fenced(remedy.after, "python"))
    if remedy.cost:
        parts.append(f"Costs: {escape(remedy.cost)}")
    return parts


def _shared(shared: digest.SharedRemedy) -> list[str]:
    remedy = shared.remedy
    blocks = [f"### {escape(remedy.title)}"]
    if remedy.commands:
        blocks.append(fenced("\n".join(remedy.commands), "shell"))
    number = len(remedy.proof.mended) if remedy.proof is not None else len(shared.findings)
    if remedy.proof is not None:
        blocks.append(escape(digest.proof_sentence(remedy.proof)))
    else:
        blocks.append(f"Known to mend {digest.count(number, 'finding')}; not tried here.")
    if remedy.cost:
        blocks.append(f"Costs: {escape(remedy.cost)}")
    return blocks


def _set_aside(found: Sequence[Entry]) -> list[str]:
    aside = [entry for entry in found if entry.aside]
    if not aside:
        return []
    rows = [[code(entry.code), code(entry.slug), escape(entry.aside)] for entry in aside]
    table = _table(("rule", "feature", "why"), rows)
    return [f"<details><summary>{len(aside)} set aside</summary>\n\n{table}\n\n</details>"]


def _footer(report: Report) -> str:
    read = f" {digest.count(report.code.files, 'file')} read." if report.code is not None else ""
    return f"<sub>kdoctor {_html(report.version)}, {_html(report.created)}.{read}</sub>"


# ----------------------------------------------------------------------------------------------------- text


def escape(text: str, *, lines: bool = False) -> str:
    """Text that stays text; in one line unless ``lines`` are wanted, which then are those of the text."""
    if lines:
        return "\n".join(escape(line) for line in safe(text).strip().splitlines())
    return _MENTION.sub("&#64;", _SPECIAL.sub(_escaped, one_line(text, 2000)))


def _escaped(found: re.Match[str]) -> str:
    if found[0].isdigit():  # what would begin a numbered list
        return f"{found[0]}\u200b"
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(found[0], "\\" + found[0])


def code(text: str) -> str:
    """Text as code in a line, and in the cell of a table."""
    kept = one_line(text).replace("|", "\u2502")
    if not kept:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", kept)), default=0) + 1)
    gap = " " if kept.startswith("`") or kept.endswith("`") else ""
    return f"{ticks}{gap}{kept}{gap}{ticks}"


def fenced(text: str, language: str = "text") -> str:
    """Lines to copy, in a fence that nothing in them ends."""
    kept = safe(text).strip("\n")
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", kept)), default=0) + 1)
    return f"{ticks}{language}\n{kept}\n{ticks}"


def _html(text: str) -> str:
    """Text inside of a tag, where Markdown is not read but for mentions."""
    kept = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub("&#64;", kept)


def _address(url: str) -> str:
    kept = one_line(url)
    return f"<{kept}>" if re.fullmatch(r"https?://[^\s<>\"`|]+", kept) else code(kept)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _joined(blocks: Sequence[str], most: Optional[int]) -> str:
    """The blocks with a free line between; those that do not fit are left out whole, and counted."""
    text = "\n\n".join(blocks) + "\n"
    if most is None or len(text.encode("utf-8")) <= most:
        return text
    kept: list[str] = []
    used = 200  # room for the sentence at the end
    for block in blocks:
        size = len(block.encode("utf-8")) + 2
        if used + size <= most:
            kept.append(block)
            used += size
    number = len(blocks) - len(kept)
    kept.append(f"{digest.count(number, 'part')} of the report left out, for there is no room for more here.")
    return "\n\n".join(kept) + "\n"
