"""What a report says, place by place: for the formats that want a file and a line of everything.

A use in code stands at its line; what has no code stands at the line in which the project asks for the package. The
same thing seen in several environments is one entry.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, Optional

from kdoctor import gate
from kdoctor.model import (
    Certainty,
    Evidence,
    Examination,
    Finding,
    Location,
    Lost,
    Relevance,
    Report,
    Requirement,
    Severity,
    StackId,
    unique,
)
from kdoctor.render import digest
from kdoctor.render.context import Context
from kdoctor.render.text import one_line

REQUIRED = "required"
"""The code of an entry for what is required and has no finding."""
_STDIN = "-"


class Entry(NamedTuple):
    """One thing at one place."""

    code: str
    slug: str
    title: str
    severity: Severity
    fails: bool
    """Whether it fails the gate."""
    message: str
    """In one line: what, where it is seen, and the first remedy."""
    where: Location
    """The path relative to the root, with slashes."""
    fingerprint: str
    """Not that of another entry, and not dependent on the line's number."""
    environments: tuple[str, ...] = ()
    """The labels of those it holds in, where there are several."""
    is_code: bool = False
    """Whether the place is the use itself."""
    aside: str = ""
    """The reason why it is set aside."""
    aside_in_source: bool = False
    finding: Optional[Finding] = None
    requirement: Optional[Requirement] = None

    @property
    def name(self) -> str:
        """The feature and the stack of a requirement, else the feature."""
        return self.slug if self.requirement is None else f"{self.slug}@{self.requirement.stack.value}"

    @property
    def is_unknown(self) -> bool:
        """Whether it is a requirement of which nothing is known."""
        return self.requirement is not None and self.requirement.outcome.is_unknown

    @property
    def cell(self) -> str:
        """``cell 3, line 2`` of a notebook, else empty."""
        return f"cell {self.where.cell}, line {self.where.line}" if self.where.cell else ""


class Trouble(NamedTuple):
    """Something that kept kdoctor from looking, or that the reader must know of how it looked."""

    severity: Severity
    text: str
    where: Optional[Location] = None


def collect(report: Report, context: Context) -> list[Entry]:
    """Every entry, the worst first; of equals the first of each rule before the second of any.

    What is merely known is left out, for it is noise at a line; ``verbose`` lets it in.
    """
    names = labels(report)
    merged: dict[tuple[str, str, str, Location], Entry] = {}
    for name, examination in zip(names, report.environments):
        for entry in of(report, examination, context):
            entry = entry._replace(environments=(name,) if len(names) > 1 else ())
            key = (entry.code, entry.slug, entry.fingerprint, replace(entry.where, certainty=Certainty.CERTAIN))
            merged[key] = _together(merged[key], entry) if key in merged else entry
    for entry in _set_aside_in_source(report, context):
        merged.setdefault((entry.code, entry.slug, entry.fingerprint, entry.where), entry)
    entries = list(merged.values())
    entries = [
        entry._replace(fingerprint=fingerprint, message=_with_environments(entry, len(names)))
        for entry, fingerprint in zip(entries, unique(entry.fingerprint for entry in entries))
    ]
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    for entry in entries:
        turn = turns[entry.code, entry.slug] = turns.get((entry.code, entry.slug), -1) + 1
        ranked.append(((bool(entry.aside), not entry.fails, entry.severity.rank, turn), entry))
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def left_out(report: Report, context: Context) -> int:
    """How many findings :func:`collect` leaves out because nothing says that they matter."""
    if context.verbose:
        return 0
    return len({finding.slug for finding in report.findings if _is_noise(finding, report)})


def troubles(report: Report, context: Context) -> list[Trouble]:
    """What could not be done, the worst first."""
    names = labels(report)
    found = []
    for name, examination in zip(names, report.environments):
        which = f"{name}: " if len(names) > 1 else ""
        found += [
            Trouble(Severity.ERROR, which + "kdoctor could not finish: " + one_line(failure))
            for failure in examination.failures or gate.gaps(examination)
        ]
        if not examination.environment.stacks and not examination.failures:
            found.append(
                Trouble(Severity.ERROR, which + "nothing could be checked: neither TensorFlow nor Keras is installed.")
            )
        silent = gate.unknown(examination)
        if silent and report.strict and report.fail_on is not None:
            slugs = ", ".join(dict.fromkeys(row.slug for row in silent))
            found.append(Trouble(Severity.ERROR, one_line(f"{which}no answer, which fails with --strict: {slugs}")))
    if not report.environments:
        found.append(Trouble(Severity.ERROR, "nothing could be checked: no environment was examined."))
    missing = gate.unread(report.code)
    fails_all = report.strict and report.fail_on is not None
    for one in report.code.unread if report.code else ():
        is_gap = one in missing or (fails_all and one.lost is not Lost.NOTHING)
        where = None
        if one.path != _STDIN:
            where = Location(relative(one.path, context), max(one.line, 1), cell=one.cell)
        weight = Severity.ERROR if is_gap else Severity.WARNING
        found.append(Trouble(weight, one_line(f"not read: {_named(one.path)}: {one.reason}"), where))
    return sorted(found, key=lambda trouble: trouble.severity.rank)


def labels(report: Report) -> tuple[str, ...]:
    """A name for each environment that gives away no folder of a user: its number and what is in it."""
    several = len(report.environments) > 1
    return tuple(
        (f"[{number}] " if several else "")
        + one_line(examination.target or ", ".join(digest.ingredients(examination.environment)))
        for number, examination in enumerate(report.environments, 1)
    )


def relative(path: str, context: Context) -> str:
    """``path`` as the repository sees it, with slashes; a file outside of it keeps its absolute path."""
    path = path.replace("\\", "/")
    root, folder = (where.replace("\\", "/").rstrip("/") for where in (context.root, context.folder))
    is_whole = posixpath.isabs(path) or _has_drive(path) or path.startswith("~/")
    if not is_whole:
        inside = posixpath.relpath(folder or root, root) if root and folder else ""
        path = posixpath.join("" if inside == "." else inside, path)
    elif root and path.casefold().startswith(root.casefold() + "/") and (_has_drive(path) or path.startswith(root)):
        path = path[len(root) + 1 :]
    return posixpath.normpath(path)


def _has_drive(path: str) -> bool:
    return path[1:3] == ":/" and path[:1].isalpha()


def of(report: Report, examination: Examination, context: Context) -> Iterator[Entry]:
    """The entries of one environment, in the order of its findings."""
    for finding in examination.findings:
        if not context.verbose and _is_noise(finding, report):
            continue
        fails = gate.fails(finding, report.fail_on, report.strict)
        for location in finding.locations or (None,):
            severity = _severity(finding, location)
            yield Entry(
                code=one_line(finding.code) or "unknown",
                slug=one_line(finding.slug) or "unknown",
                title=one_line(finding.title) or one_line(finding.slug) or "A finding",
                severity=severity,
                fails=fails and (severity is finding.severity or _is_wide(report)),
                message=_message(finding, location, examination),
                where=_place(location, context) or context.pins.of(*_concerned(finding)),
                fingerprint=finding.fingerprint(location),
                is_code=location is not None and location.path != _STDIN,
                aside=one_line(finding.ignored),
                finding=finding,
            )
    covered = {
        (finding.slug, stack)
        for finding in examination.findings
        if gate.fails(finding, report.fail_on, report.strict)
        for stack in finding.stacks
    }
    held = gate.held_against(examination) if report.fail_on is not None else ()
    unknown = [one for one in examination.requirements if one.outcome.is_unknown]
    for one in (*held, *unknown):
        if (one.slug, one.stack) not in covered:
            yield _of_requirement(one, context)


def _is_noise(finding: Finding, report: Report) -> bool:
    return (
        finding.severity is Severity.INFO
        and finding.relevance is Relevance.KNOWN
        and not finding.locations
        and not finding.ignored
        and not gate.fails(finding, report.fail_on, report.strict)
    )


def _is_wide(report: Report) -> bool:
    """Whether a likely use fails this gate too."""
    return report.strict or (report.fail_on is not None and Severity.WARNING.rank <= report.fail_on.rank)


def _severity(finding: Finding, location: Optional[Location]) -> Severity:
    """A likely use beside a certain one is no error."""
    if (
        location is not None
        and location.certainty is Certainty.LIKELY
        and finding.certainty is Certainty.CERTAIN
        and finding.severity is Severity.ERROR
    ):
        return Severity.WARNING
    return finding.severity


def _of_requirement(one: Requirement, context: Context) -> Entry:
    slug = one_line(one.slug) or "unknown"
    why = f": {one_line(one.message)}" if one.message else ""
    if one.outcome.is_unknown:
        title = f"{slug} is required on {one.stack.value}, and nothing is known of it"
    else:
        title = f"{slug} is required on {one.stack.value}, and does not work"
    plain = Finding(REQUIRED, one.slug, "", "", Severity.ERROR, Evidence.OBSERVED, "", stacks=(one.stack,))
    return Entry(
        code=REQUIRED,
        slug=slug,
        title=title,
        severity=Severity.ERROR,
        fails=True,
        message=one_line(f"{title} ({one.outcome.value}){why}"),
        where=context.pins.of(*_distributions(one.stack)),
        fingerprint=plain.fingerprint(),
        requirement=one,
    )


def _set_aside_in_source(report: Report, context: Context) -> Iterator[Entry]:
    known = {finding.slug: finding for finding in report.findings}
    for one in report.code.set_aside if report.code else ():
        finding = known.get(one.slug)
        title = one_line(finding.title) if finding is not None else ""
        title = title or one_line(one.slug) or "A use"
        yield Entry(
            code=one_line(one.code) or "unknown",
            slug=one_line(one.slug) or "unknown",
            title=title,
            severity=Severity.WARNING,
            fails=False,
            message=_sentence(title, [one_line(one.location.what)]),
            where=_place(one.location, context) or context.pins.fallback,
            fingerprint=_plain(one.code, one.slug).fingerprint(one.location),
            is_code=one.location.path != _STDIN,
            aside=one_line(one.reason) or "a comment in the line",
            aside_in_source=True,
            finding=finding,
        )


def _plain(code: str, slug: str) -> Finding:
    return Finding(code, slug, "", "", Severity.WARNING, Evidence.OBSERVED, "")


def _place(location: Optional[Location], context: Context) -> Optional[Location]:
    """The place in a file, or None: standard input is none."""
    if location is None or location.path == _STDIN:
        return None
    line = max(location.line, 1)
    return replace(
        location,
        path=relative(location.path, context),
        line=line,
        column=max(location.column, 1),
        end_line=max(location.end_line, line),
    )


def _concerned(finding: Finding) -> tuple[str, ...]:
    """The distributions whose line is the place of a finding without code, the most telling first."""
    stack = finding.stacks[0] if finding.stacks else None
    words = f"-{finding.slug}-"
    named = tuple(name for name in _TELLING if f"-{name}-" in words)
    return named + _distributions(stack)


_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos", "tensorflow-intel", "tf-nightly")
_TELLING = ("numpy", "protobuf", "h5py", "ml-dtypes", "jax", "torch", "tf-keras", "keras")


def _distributions(stack: Optional[StackId]) -> tuple[str, ...]:
    if stack is StackId.LEGACY:
        return ("tf-keras", *_TENSORFLOWS, "keras")
    if stack is StackId.KERAS:
        return ("keras", *_TENSORFLOWS, "tf-keras")
    return (*_TENSORFLOWS, "keras", "tf-keras")


def _message(finding: Finding, location: Optional[Location], examination: Examination) -> str:
    parts = []
    if location is not None:
        what = one_line(location.what or location.text)
        likely = location.certainty is Certainty.LIKELY
        spot = f"cell {location.cell}, line {location.line}: " if location.cell else ""
        spot = f"standard input, line {location.line}: " if location.path == _STDIN else spot
        if what or spot:
            parts.append(f"{spot}{'probably used here' if likely else 'used here'}{': ' + what if what else ''}")
            parts[0] = parts[0][:1].upper() + parts[0][1:]
    parts.append(one_line(finding.detail))
    remedies = {remedy.id: remedy for remedy in examination.remedies}
    first = next((remedies[one] for one in finding.remedies if one in remedies), None)
    if first is not None:
        parts.append(f"Remedy: {one_line(first.title)}")
    return _sentence(one_line(finding.title) or one_line(finding.slug) or "A finding", parts)


def _sentence(title: str, parts: Iterable[str]) -> str:
    said = [part if part.endswith((".", "?", "!")) else part + "." for part in (title, *parts) if part]
    return " ".join(said)


def _with_environments(entry: Entry, several: int) -> str:
    if several < 2 or not entry.environments or len(entry.environments) == several:
        return entry.message
    return f"{entry.message} In {'; '.join(entry.environments)}."


def _together(one: Entry, other: Entry) -> Entry:
    """The same thing in two environments: as bad as in the worse of them, and set aside only where it is in both."""
    worse = min(one, other, key=lambda entry: (bool(entry.aside), not entry.fails, entry.severity.rank))
    return worse._replace(environments=(*one.environments, *other.environments))


def _named(path: str) -> str:
    return "standard input" if path == _STDIN else path
