"""What a report says, place by place: for the formats that want a file and a line of everything.

A use in code is at its line. What has no code is at the file that stands for the environment, as a whole. The same
thing seen in several environments is one annotation.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple, Optional

from kdoctor.code.places import Location
from kdoctor.formats.context import Context
from kdoctor.formats.document import labels, what_you_see
from kdoctor.formats.text import one_line, sentence
from kdoctor.report import Examination, Finding, Report, Requirement, gate, unique
from kdoctor.words import Certainty, Evidence, Severity, StackId, listed

REQUIRED = "required"  # the code of an annotation for what is required and has no finding
_STDIN = "-"


class Annotation(NamedTuple):
    """One thing at one place."""

    code: str
    slug: str
    title: str
    severity: Severity
    fails: bool  # whether it fails the gate
    message: str  # in one line: what, what happens, and the first remedy
    where: Location  # the path relative to the root, with slashes; line 0 where it is about the environment
    fingerprint: str  # not that of another annotation, and not dependent on the line's number
    environments: tuple[str, ...] = ()  # the labels of those it holds in, where there are several
    ignored: str = ""  # the reason why it is ignored
    ignored_in_source: bool = False
    finding: Optional[Finding] = None
    requirement: Optional[Requirement] = None

    @property
    def is_code(self) -> bool:
        """Whether the place is the use itself."""
        return self.where.line > 0


class Trouble(NamedTuple):
    """Something that kept kdoctor from examining all, or that the reader must know of how it was done."""

    severity: Severity
    text: str
    where: Optional[Location] = None


def collect(report: Report, context: Context) -> list[Annotation]:
    """Every annotation, the worst first; of equals the first of each rule before the second of any.

    What is merely known is left out, for it is noise at a line; ``verbose`` lets it in.
    """
    names = labels(report)
    merged: dict[tuple[str, str, str, Location], Annotation] = {}
    for name, examination in zip(names, report.environments):
        for one in of_environment(report, examination, context):
            one = one._replace(environments=(name,) if len(names) > 1 else ())
            key = (one.code, one.slug, one.fingerprint, replace(one.where, certainty=Certainty.CERTAIN))
            if key in merged:  # as bad as in the worse of them, and ignored only where it is in both
                both = (*merged[key].environments, *one.environments)
                one = min(merged[key], one, key=_weight)._replace(environments=both)
            merged[key] = one
    for one in _ignored_in_source(report, context):
        merged.setdefault((one.code, one.slug, one.fingerprint, one.where), one)
    fingerprints = unique(one.fingerprint for one in merged.values())
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    for one, fingerprint in zip(merged.values(), fingerprints):
        turn = turns[one.code, one.slug] = turns.get((one.code, one.slug), -1) + 1
        if 0 < len(one.environments) < len(names):
            one = one._replace(message=f"{one.message} In {'; '.join(one.environments)}.")
        ranked.append(((*_weight(one), turn), one._replace(fingerprint=fingerprint)))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def _weight(one: Annotation) -> tuple[bool, bool, int]:
    return bool(one.ignored), not one.fails, one.severity.rank


def left_out(report: Report, context: Context) -> int:
    """How many findings :func:`collect` leaves out because nothing says that they matter."""
    noise = {finding.slug for finding in report.findings if gate.is_noise(finding, report)}
    return 0 if context.verbose else len(noise)


def troubles(report: Report, context: Context) -> list[Trouble]:
    """What could not be done, the worst first."""
    names = labels(report)
    fails_all = report.strict and report.fail_on is not None
    found = []
    for name, examination in zip(names, report.environments):
        which = f"{name}: " if len(names) > 1 else ""
        said = [f"not finished: {failure}" for failure in examination.failures] or [*gate.gaps(examination)]
        if not examination.environment.stacks and not examination.failures:
            said.append("nothing to examine: neither TensorFlow nor Keras is installed.")
        silent = gate.unknown(examination)
        if silent and fails_all:
            slugs = listed(list(dict.fromkeys(row.slug for row in silent)))
            said.append(f"no answer, which fails with --strict: {slugs}")
        found += [Trouble(Severity.ERROR, one_line(which + one)) for one in said]
    found += [] if report.environments else [Trouble(Severity.ERROR, "nothing was examined.")]
    missing = gate.unread(report.code)
    for one in report.code.unread if report.code else ():
        is_gap = one in missing or fails_all
        is_file = one.path != _STDIN
        where = Location(relative(one.path, context), max(one.line, 1), cell=one.cell) if is_file else None
        named = one.path if is_file else "standard input"
        weight = Severity.ERROR if is_gap else Severity.WARNING
        found.append(Trouble(weight, one_line(f"not read: {named}: {one.reason}"), where))
    for remark in report.code.remarks if report.code else ():
        if context.verbose or remark.severity is not Severity.INFO:
            place = replace(remark.location, path=relative(remark.location.path, context))
            found.append(Trouble(remark.severity, one_line(sentence(remark.text)), place))
    return sorted(found, key=lambda trouble: trouble.severity.rank)


def relative(path: str, context: Context) -> str:
    """``path`` as the repository sees it, with slashes; a file outside of it keeps its absolute path."""
    path = path.replace("\\", "/")
    root, folder = (where.replace("\\", "/").rstrip("/") for where in (context.root, context.folder))
    has_drive = path[1:3] == ":/" and path[:1].isalpha()
    if not (posixpath.isabs(path) or has_drive or path.startswith("~/")):
        inside = posixpath.relpath(folder or root, root) if root and folder else ""
        path = posixpath.join("" if inside == "." else inside, path)
    elif root and path.casefold().startswith(root.casefold() + "/") and (has_drive or path.startswith(root)):
        path = path[len(root) + 1 :]
    return posixpath.normpath(path)


def of_environment(report: Report, examination: Examination, context: Context) -> Iterator[Annotation]:
    """The annotations of one environment, in the order of its findings."""
    is_wide = report.strict or (report.fail_on is not None and Severity.WARNING.rank <= report.fail_on.rank)
    covered = set()
    for finding in examination.findings:
        fails = gate.fails(finding, report.fail_on, report.strict)
        covered |= {(finding.slug, stack) for stack in finding.stacks if fails}
        if not context.verbose and gate.is_noise(finding, report):
            continue
        for location in finding.locations or (None,):
            # A likely use beside a certain one is no error.
            likely = location is not None and location.certainty is Certainty.LIKELY
            is_lower = likely and finding.certainty is Certainty.CERTAIN and finding.severity is Severity.ERROR
            severity = Severity.WARNING if is_lower else finding.severity
            yield _annotation(
                finding,
                location,
                context,
                severity=severity,
                fails=fails and (severity is finding.severity or is_wide),
                message=_message(finding, location, examination),
                ignored=one_line(finding.ignored),
                finding=finding,
            )
    held = gate.held_against(examination) if report.fail_on is not None else ()
    for one in (*held, *(one for one in examination.requirements if one.outcome.is_unknown)):
        if (one.slug, one.stack) not in covered:
            known = "nothing is known of it" if one.outcome.is_unknown else "it does not work"
            title = f"{one_line(one.slug) or 'unknown'} is required on {one.stack.value}, and {known}"
            why = f": {one_line(one.message)}" if one.message else ""
            said = one_line(f"{title} ({one.outcome.value}){why}")
            bare = _bare(REQUIRED, one.slug, title, one.stack)
            yield _annotation(bare, None, context, severity=Severity.ERROR, fails=True, message=said, requirement=one)


def _bare(code: str, slug: str, title: str, *stacks: StackId) -> Finding:
    return Finding(code, slug, "", title, Severity.ERROR, Evidence.OBSERVED, "", stacks=stacks)


def _annotation(said: Finding, location: Optional[Location], context: Context, **more: Any) -> Annotation:
    """With texts that can stand anywhere, and none of them empty; standard input is no place in a file."""
    slug = one_line(said.slug) or "unknown"
    where = Location(context.manifest, 0)
    if location is not None and location.path != _STDIN:
        line, path = max(location.line, 1), relative(location.path, context)
        ends = max(location.end_line, line)
        where = replace(location, path=path, line=line, column=max(location.column, 1), end_line=ends)
    return Annotation(
        code=one_line(said.code) or "unknown",
        slug=slug,
        title=one_line(said.title) or slug,
        where=where,
        fingerprint=said.fingerprint(location),
        **more,
    )


def _ignored_in_source(report: Report, context: Context) -> Iterator[Annotation]:
    known = {finding.slug: finding for finding in report.findings}
    for one in report.code.ignored if report.code else ():
        finding = known.get(one.slug)
        title = (finding.title if finding is not None else "") or one.slug or "A use"
        yield _annotation(
            _bare(one.code, one.slug, title),
            one.location,
            context,
            severity=Severity.WARNING,
            fails=False,
            message=_joined([one_line(title) or "A use", one.location.what]),
            ignored=one_line(one.reason) or "a comment in the line",
            ignored_in_source=True,
            finding=finding,
        )


def _message(finding: Finding, location: Optional[Location], examination: Examination) -> str:
    parts = [one_line(finding.title) or one_line(finding.slug) or "A finding"]
    if location is not None:
        spot = f"cell {location.cell}, line {location.line}: " if location.cell else ""
        spot = f"standard input, line {location.line}: " if location.path == _STDIN else spot
        used = "possibly used here" if location.certainty is Certainty.LIKELY else "used here"
        what = one_line(location.what or location.text)
        said = f"{spot}{used}: {what}" if what else f"{spot}{used}" if spot else ""
        parts.append(said[:1].upper() + said[1:])
        parts.append(what_you_see(finding))
    else:
        parts.append(finding.detail)
    remedies = {remedy.id: remedy for remedy in examination.remedies}
    first = next((remedies[one] for one in finding.remedies if one in remedies), None)
    return _joined([*parts, f"Fix: {first.title}" if first else ""])


def _joined(parts: Iterable[str]) -> str:
    return " ".join(sentence(one_line(part)) for part in parts if one_line(part))
