"""What ``kdoctor fix`` shows: the plan in its order, and code changes as a diff. Pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Optional, Union

from kdoctor.code import Hit
from kdoctor.environment.installers import Place, place_of, spell
from kdoctor.environment.steps import InstallStep, Remedy, VariableStep
from kdoctor.formats.blocks import Block, Code, Heading, Paragraph, Steps, text
from kdoctor.formats.text import count, line_of, listed, place, sentence, title_of
from kdoctor.language import _
from kdoctor.report import Examination, Finding
from kdoctor.words import Relevance, Severity, StackId

_COMPANIONS = ("tf-keras", "tf_keras", "scikeras", "tensorflow-hub", "tensorflow-text")
"""Packages that are installed next to TensorFlow and Keras and change neither."""
_MOST = 12


def plan(
    examination: Examination,
    edits: Sequence[Hit],
    unsafe: Sequence[Hit],
    *,
    command: Callable[[str], str],
    where: Optional[Place] = None,
) -> list[Block]:
    """The steps that fix what concerns this reader, those that change least first.

    Args:
        examination: the findings, with their remedies.
        edits: places in the code that ``fix --apply`` rewrites.
        unsafe: places that it rewrites with ``--unsafe`` only.
        command: the command line that was given, with more flags.
        where: where the steps are to be pasted; by default the shell of this machine.
    """
    found = [one for one in examination.findings if not one.ignored and _concerns(one)]
    if not found:
        return [Paragraph(text(_("Nothing to fix.")), is_verdict=True)]
    blocks: list[Block] = []
    edited = {hit.code for hit in (*edits, *unsafe)}
    if edited:
        blocks.append(_code_step(len(blocks) + 1, edits, unsafe, command))
    remedies = {remedy.id: remedy for remedy in examination.remedies}
    shared = Counter(one for finding in found for one in dict.fromkeys(finding.remedies))
    steps = [remedies[one] for one in shared if one in remedies and not remedies[one].code]
    for remedy in sorted(steps, key=_depth):
        fixed = [finding for finding in found if remedy.id in finding.remedies]
        blocks.append(_step(len(blocks) + 1, remedy, fixed, found, examination, where))
    by_hand = [one for one in found if one.code not in edited and not {*one.remedies} & {step.id for step in steps}]
    if by_hand:
        blocks.append(Heading(_("To change by hand")))
        for one in by_hand[:_MOST]:
            first = one.locations[0] if one.locations else None
            at = f"{place(first.path, first.line, first.cell, first.column)}: " if first else ""
            blocks.append(
                Paragraph(text((f"{one.code} ", "strong"), f"{at}{_(one.title)} (kdoctor explain {one.code})"))
            )
    return blocks


def _concerns(finding: Finding) -> bool:
    is_fault = not finding.stacks and finding.severity is not Severity.INFO
    return bool(finding.locations) or finding.relevance is Relevance.REQUIRED or is_fault


def _code_step(number: int, edits: Sequence[Hit], unsafe: Sequence[Hit], command: Callable[[str], str]) -> Steps:
    files = len({hit.location.path for hit in (*edits, *unsafe)})
    blocks: list[Union[Paragraph, Code]] = []
    for hits, flags in ((edits, ""), (unsafe, " --unsafe")):
        if hits:
            rules = listed([f"{code} ({times})" for code, times in Counter(hit.code for hit in hits).most_common()])
            what = _("may change more than the error") if flags else _("the program does what it did on Keras 2")
            blocks.append(
                Paragraph(text(_("{edits}, {what}: {rules}.", edits=count(len(hits), "edit"), what=what, rules=rules)))
            )
            blocks.append(Code("\n".join((command(f"--diff{flags}"), command(f"--apply{flags}")))))
    return Steps(f"{number}", _("Change the code in {files}", files=count(files, "file")), tuple(blocks))


def _depth(remedy: Remedy) -> int:
    """How much a remedy changes: 1 a variable, 2 a package next to TensorFlow, 3 another version."""
    names = [one for step in remedy.steps if isinstance(step, InstallStep) for one in step.requirements]
    if not names and not any(isinstance(step, InstallStep) for step in remedy.steps):
        return 1 if any(isinstance(step, VariableStep) for step in remedy.steps) else 2
    return 2 if names and all(name.startswith(_COMPANIONS) for name in names) else 3


def _step(
    number: int,
    remedy: Remedy,
    fixed: Sequence[Finding],
    found: Sequence[Finding],
    examination: Examination,
    where: Optional[Place],
) -> Steps:
    blocks: list[Union[Paragraph, Code]] = []
    proof = remedy.proof
    tested = proof is not None and {one.slug for one in fixed} <= set(proof.fixed)
    left = [one.code for one in found if one not in fixed]
    said = _("Fixes {codes}", codes=listed(list(dict.fromkeys(one.code for one in fixed)), 8))
    said += _(", not {codes}", codes=listed(list(dict.fromkeys(left)), 8)) if left else ""
    worse = [one.code for one in found if StackId.LEGACY in one.outcomes and _is_worse(one, remedy)]
    said += _("; makes {codes} worse (no error message, other results)", codes=listed(worse)) if worse else ""
    said = _("{fixes}. Tested here." if tested else "{fixes}. Not tested here.", fixes=said)
    blocks.append(Paragraph(text(said)))
    parts = spell(remedy.steps, examination.environment, where or place_of(examination.environment))
    blocks += (Code(part.text) if part.is_code else Paragraph(text(line_of(part.text))) for part in parts)
    if remedy.cost:
        blocks.append(Paragraph(text((_("Downside: "), "faint"), (sentence(_(remedy.cost)), "faint"))))
    return Steps(f"{number}", title_of(remedy), tuple(blocks))


def _is_worse(finding: Finding, remedy: Remedy) -> bool:
    return remedy.id == "use-legacy-keras" and finding.outcomes[StackId.LEGACY].value == "wrong" and not finding.silent


def diff(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff of one text, as ``git apply`` takes them."""
    # Only a line feed ends a line here: what stands before it is part of the line, for git too.
    old, new = re.split(r"(?<=\n)", before), re.split(r"(?<=\n)", after)
    for line in difflib.unified_diff([one for one in old if one], [one for one in new if one], name, name):
        yield line.rstrip("\n")
        if line[:1] in " +-" and not line.endswith("\n"):
            yield "\\ No newline at end of file"
