"""The report as JUnit XML, as Jenkins reads it: one suite an area, one case a canary and stack.

It is red where the gate fails, and only there: what is broken and fails nothing is a case that passes, and says so in
its output; what gave no answer is skipped, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kdoctor import gate
from kdoctor.model import Examination, Finding, Observation, Outcome, Report
from kdoctor.render import digest, entries
from kdoctor.render.context import Context
from kdoctor.render.entries import REQUIRED, Entry
from kdoctor.render.text import one_line, safe

_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)", re.A)


@dataclass
class _Case:
    """What one case says; of several things the worst counts, and all are written."""

    classname: str
    name: str
    seconds: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, message and text."""
    errors: list[tuple[str, str, str]] = field(default_factory=list)
    skipped: str = ""
    output: list[str] = field(default_factory=list)

    @property
    def is_skipped(self) -> bool:
        return bool(self.skipped) and not self.failures and not self.errors


def render(report: Report, context: Context) -> str:
    """The document, in UTF-8."""
    names = entries.labels(report)
    suites: dict[str, dict[tuple[str, str], _Case]] = {}
    for number, examination in enumerate(report.environments, 1):
        prefix = f"environment_{number}." if len(names) > 1 else ""
        for area, cases in _suites(report, examination, prefix, context).items():
            suites[f"{prefix}{area}"] = cases
    _add_troubles(suites, report, context)
    everything = [case for cases in suites.values() for case in cases.values()]
    seconds = sum(case.seconds for case in everything)
    body = "".join(_suite(name, list(cases.values()), report) for name, cases in suites.items())
    counts = _attributes(
        name="kdoctor",
        tests=len(everything),
        failures=sum(bool(case.failures) and not case.errors for case in everything),
        errors=sum(bool(case.errors) for case in everything),
        time=_time(seconds),
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{counts}>\n{body}</testsuites>\n'


# ---------------------------------------------------------------------------------------------------- cases


def _suites(
    report: Report, examination: Examination, prefix: str, context: Context
) -> dict[str, dict[tuple[str, str], _Case]]:
    """The cases of one environment by area, each under its class and name."""
    areas: dict[str, dict[tuple[str, str], _Case]] = {}

    def case(area: str, name: str) -> _Case:
        area = one_line(area, 80).replace(".", "_") or "features"
        cases = areas.setdefault(area, {})
        key = (f"kdoctor.{prefix}{area}", one_line(name) or "unknown")
        return cases.setdefault(key, _Case(*key))

    by_slug = {row.slug: row.area for row in examination.canaries}
    seen = {(row.slug, row.stack): row.outcome for row in examination.canaries}
    unknown = gate.unknown(examination) if report.strict and report.fail_on is not None else ()
    for row in examination.canaries:
        _add_observation(case(row.area, f"{row.slug}@{row.stack.value}"), row, is_error=row in unknown)
    for finding in examination.findings:
        area = by_slug.get(finding.slug) or finding.area
        if not finding.stacks or finding.locations:
            continue
        fails = gate.fails(finding, report.fail_on, report.strict)
        for stack in finding.stacks:
            one = case(area, f"{finding.slug}@{stack.value}")
            outcome = seen.get((finding.slug, stack), finding.outcomes.get(stack))
            _add_finding(one, finding, examination, fails=fails, crashed=outcome is Outcome.CRASHES)
    # What is merely known is noise at a line, and a case that passes here.
    for entry in entries.of(report, examination, replace(context, verbose=True)):
        finding_of = entry.finding
        if entry.code == REQUIRED and finding_of is None:
            _add_requirement(case(by_slug.get(entry.slug, "required"), entry.name), entry)
        elif finding_of is not None and (finding_of.locations or not finding_of.stacks):
            area = "code" if finding_of.locations else "environment"
            place = f" {entry.where.path}:{entry.where.line}" if finding_of.locations else ""
            place += f":{entry.where.column}" if finding_of.locations and entry.where.column > 1 else ""
            place = f" {entry.where.path}, {entry.cell}" if finding_of.locations and entry.cell else place
            _add_finding(case(area, entry.slug + place), finding_of, examination, fails=entry.fails)
    return areas


def _add_observation(case: _Case, row: Observation, *, is_error: bool) -> None:
    case.seconds += row.seconds if 0 <= row.seconds < 1e9 else 0.0
    said = f"{row.outcome.value}: {safe(row.message)}" if row.message else row.outcome.value
    if is_error:
        case.errors.append((row.outcome.value, one_line(row.message) or "no answer", said))
    elif row.outcome.is_unknown or row.outcome is Outcome.NOT_APPLICABLE:
        case.skipped = one_line(said)
    else:
        case.output.append(said)
    if row.output:
        case.output.append(safe(row.output))


def _add_finding(
    case: _Case, finding: Finding, examination: Examination, *, fails: bool, crashed: bool = False
) -> None:
    kind = f"{one_line(finding.code)} {one_line(finding.slug)}"
    title = one_line(finding.title) or kind
    text = _text(finding, examination)
    if finding.ignored:
        case.skipped = one_line(f"set aside: {finding.ignored}")
        case.output.append(f"{kind}: {title}")
    elif fails:
        (case.errors if crashed else case.failures).append((kind, title, text))
    else:
        case.output.append(f"{kind} ({finding.severity.value}, fails no gate): {text}")


def _add_requirement(case: _Case, entry: Entry) -> None:
    told = (REQUIRED, entry.title, entry.message)
    (case.errors if entry.is_unknown else case.failures).append(told)


def _add_troubles(suites: dict[str, dict[tuple[str, str], _Case]], report: Report, context: Context) -> None:
    for number, trouble in enumerate(entries.troubles(report, context), 1):
        cases = suites.setdefault("kdoctor", {})
        case = _Case("kdoctor.kdoctor", f"looks at everything ({number})")
        if trouble.severity.value == "error":
            case.errors.append(("incomplete", trouble.text, trouble.text))
        else:
            case.skipped = trouble.text
        cases[case.classname, case.name] = case


def _text(finding: Finding, examination: Examination) -> str:
    parts = [safe(finding.title), safe(finding.detail), safe(finding.conflict), safe(finding.explanation)]
    remedies = digest.spelled(examination)
    for identifier in dict.fromkeys(finding.remedies):
        remedy = remedies.get(identifier)
        if remedy is not None:
            steps = [*remedy.commands, remedy.text, remedy.after]
            parts.append("\n".join([f"Remedy: {one_line(remedy.title)}", *(safe(step) for step in steps if step)]))
    return "\n\n".join(part for part in parts if part.strip())


# ------------------------------------------------------------------------------------------------------ XML


def _suite(name: str, cases: list[_Case], report: Report) -> str:
    dated = _DATE.fullmatch(report.created)
    attributes = _attributes(
        name=name,
        tests=len(cases),
        failures=sum(bool(case.failures) and not case.errors for case in cases),
        errors=sum(bool(case.errors) for case in cases),
        skipped=sum(case.is_skipped for case in cases),
        time=_time(sum(case.seconds for case in cases)),
        **({"timestamp": dated[1]} if dated else {}),
    )
    return f"  <testsuite{attributes}>\n{''.join(map(_case, cases))}  </testsuite>\n"


def _case(case: _Case) -> str:
    inner = [*_told("error", case.errors)] or [*_told("failure", case.failures)]
    if case.is_skipped:
        inner.append(f"<skipped{_attributes(message=case.skipped)}/>")
    output = case.output + [text for _, _, text in case.failures if case.errors]
    if output:
        inner.append(f"<system-out>{_escaped(chr(10).join(output))}</system-out>")
    attributes = _attributes(classname=case.classname, name=case.name, time=_time(case.seconds))
    if not inner:
        return f"    <testcase{attributes}/>\n"
    return f"    <testcase{attributes}>\n" + "".join(f"      {one}\n" for one in inner) + "    </testcase>\n"


def _told(name: str, rows: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    """All in one element: readers differ in what they make of a second."""
    rows = list(rows)
    if not rows:
        return
    kind, message, _ = rows[0]
    text = "\n\n".join(text for _, _, text in rows)
    yield f"<{name}{_attributes(type=kind, message=message)}>{_escaped(text)}</{name}>"


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{_escaped(str(value), is_attribute=True)}"' for name, value in values.items())


def _escaped(text: str, *, is_attribute: bool = False) -> str:
    """Text that is text in XML; ``]]>`` cannot stand in it either, for ``>`` never does."""
    text = safe(text, len(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if is_attribute:
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text
