"""What ``kdoctor fix`` shows: the plan in its order, and code changes as a diff. Pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Optional

from kdoctor.code import Hit
from kdoctor.environment.installers import Place, place_of
from kdoctor.environment.steps import Remedy, VariableStep
from kdoctor.formats.blocks import Block, Code, Heading, Line, Steps, paragraph
from kdoctor.formats.document import LEGACY, downside, step_blocks
from kdoctor.formats.text import count, listed, place
from kdoctor.language import _, filled
from kdoctor.remedies.plan import Way, smallest
from kdoctor.report import Examination, Finding
from kdoctor.words import Outcome, StackId

_MOST = 12


def plan(
    examination: Examination,
    edits: Sequence[Hit],
    unsafe: Sequence[Hit],
    *,
    command: Callable[[str], str],
    where: Optional[Place] = None,
    problems: Mapping[str, str] = {},
) -> list[Block]:
    """The fewest steps that fix what concerns this reader, those that change least first, then what else there is.

    Args:
        examination: the findings, with their remedies.
        edits: places in the code that ``fix --apply`` rewrites.
        unsafe: places that it rewrites with ``--unsafe`` only.
        command: the command line that was given, with more flags.
        where: where the steps are to be pasted; by default the shell of this machine.
        problems: why remedies could not be tried in a copy, by their identifiers.
    """
    times = Counter(hit.code for hit in (*edits, *unsafe))
    done = smallest(
        examination, {one.code for one in examination.findings if 0 < len(one.locations) <= times[one.code]}
    )
    found = done.concerning
    if not found:
        return [paragraph(_("Nothing to fix."), is_verdict=True)]
    blocks: list[Block] = [_code_step(edits, unsafe, command)] if times else []
    for way in (*done.taken, *done.instead):
        label = f"{len(blocks) + 1}" if way in done.taken else _("Or")
        blocks.append(_step(label, way, found, examination, where, problems.get(way.remedy.id, "")))
    by_hand = [one for one in done.by_hand if one.code not in times]
    if by_hand:
        blocks.append(Heading(_("To change by hand")))
        for one in by_hand[:_MOST]:
            first = one.locations[0] if one.locations else None
            at = f"{place(first.path, first.line, first.cell, first.column)}: " if first else ""
            blocks.append(paragraph((f"{one.code} ", "strong"), f"{at}{_(one.title)} (kdoctor explain {one.code})"))
    return blocks


def _code_step(edits: Sequence[Hit], unsafe: Sequence[Hit], command: Callable[[str], str]) -> Steps:
    files = len({hit.location.path for hit in (*edits, *unsafe)})
    blocks: list[Line] = []
    for hits, flags in ((edits, ""), (unsafe, " --unsafe")):
        if hits:
            rules = listed([f"{code} ({times})" for code, times in Counter(hit.code for hit in hits).most_common()])
            what = _("may change more than the error") if flags else _("the program does what it did on Keras 2")
            said = _("{edits}, {what}: {rules}.", edits=count(len(hits), "edit"), what=what, rules=rules)
            blocks += [paragraph(said), Code("\n".join((command(f"--diff{flags}"), command(f"--apply{flags}"))))]
    return Steps("1", _("Change the code in {files}", files=count(files, "file")), tuple(blocks))


def _step(
    label: str,
    way: Way,
    found: Sequence[Finding],
    examination: Examination,
    where: Optional[Place],
    problem: str,
) -> Steps:
    remedy, fixed, breaks = way
    left = [one for one in found if one not in fixed and one.stacks] if any(one.stacks for one in fixed) else []
    said = _("Fixes {codes}", codes=_codes(fixed))
    said += _(", not {codes}", codes=_codes(left)) if left else ""
    said += _("; on record breaks {slugs}", slugs=listed(breaks, 4)) if breaks else ""
    worse = [one for one in left if one.outcomes.get(StackId.LEGACY) is Outcome.WRONG and not one.silent]
    worse = worse if remedy.id == LEGACY else []
    said += _("; makes {codes} worse (no error message, other results)", codes=_codes(worse)) if worse else ""
    place = where or place_of(examination.environment)
    blocks: list[Line] = [paragraph(f"{said}. {_tried(remedy, fixed, problem)}")]
    blocks += step_blocks(remedy, examination.environment, where=place)
    sets = any(isinstance(step, VariableStep) and step.value for step in remedy.steps)
    if sets and place in (Place.BASH, Place.POWERSHELL, Place.CELL):
        holds = _(
            'It holds in this notebook only; for all of them, it goes under "env" in the kernel\'s kernel.json.'
            if place is Place.CELL
            else "It holds in this shell only; --as writes it for a notebook, an image, a workflow or conda."
        )
        blocks.append(paragraph(holds))
    return Steps(label, filled(remedy.title), (*blocks, *downside(remedy)))


def _tried(remedy: Remedy, fixed: Sequence[Finding], problem: str) -> str:
    """What is known of a remedy from trying it."""
    proof = remedy.proof
    if problem:
        return _("Not tried: {why}.", why=problem)
    if proof is None or not proof.copied:
        tested = proof is not None and proof.covers(one.slug for one in fixed)
        return _("Tested here.") if tested else _("Not tested here.")
    left = [one for one in fixed if one.slug in proof.left]
    unknown = [one for one in fixed if one.slug in proof.unknown]
    said = _("Still fails: {codes}.", codes=_codes(left)) if left else ""
    said += " " + _("Not known: {codes}.", codes=_codes(unknown)) if unknown else ""
    said += " " + _("Newly fails: {slugs}.", slugs=listed(proof.worse, 8)) if proof.worse else ""
    return _("Tried in a copy of this environment. {seen}", seen=said.strip()) if said else _("Proved in a copy.")


def _codes(findings: Sequence[Finding]) -> str:
    return listed(list(dict.fromkeys(one.code for one in findings)), 8)


def diff(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff of one text, as ``git apply`` takes them."""
    # Only a line feed ends a line here: what stands before it is part of the line, for git too.
    old, new = re.split(r"(?<=\n)", before), re.split(r"(?<=\n)", after)
    for line in difflib.unified_diff([one for one in old if one], [one for one in new if one], name, name):
        yield line.rstrip("\n")
        if line[:1] in " +-" and not line.endswith("\n"):
            yield "\\ No newline at end of file"
