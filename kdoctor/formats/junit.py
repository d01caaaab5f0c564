"""The report as JUnit XML, as Jenkins reads it: one suite an area, one case a check and a way to Keras.

It is red where the gate fails, and only there: what differs and fails nothing is a case that passes, and says so in its
output; what gave no answer is skipped, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

from kdoctor.formats.annotations import REQUIRED, of_environment, troubles
from kdoctor.formats.context import Context, Look
from kdoctor.formats.document import problem
from kdoctor.formats.terminal import write
from kdoctor.formats.text import MOST, one_line, safe
from kdoctor.observe.model import Observation
from kdoctor.report import Examination, Finding, Report, gate
from kdoctor.words import Outcome, Severity

_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)", re.A)
_WIDTH = 100
_Said = tuple[str, str, str]
"""Kind, message and text."""


@dataclass
class _Case:
    """What one case says; of several things the worst counts, and all are written."""

    seconds: float = 0.0
    failures: list[_Said] = field(default_factory=list)
    errors: list[_Said] = field(default_factory=list)
    skipped: str = ""
    output: list[str] = field(default_factory=list)

    @property
    def ended(self) -> str:
        """The name of the element that says how; there is one at most, for readers differ in what a second means."""
        return "error" if self.errors else "failure" if self.failures else "skipped" if self.skipped else ""


class _Suites(dict[str, dict[tuple[str, str], _Case]]):
    def case(self, prefix: str, area: str, name: str) -> _Case:
        area = one_line(area, 80).replace(".", "_") or "features"
        key = (f"kdoctor.{prefix}{area}", one_line(name) or "unknown")
        return self.setdefault(f"{prefix}{area}", {}).setdefault(key, _Case())


def render(report: Report, context: Context) -> str:
    """The document."""
    suites = _Suites()
    for number, examination in enumerate(report.environments, 1):
        prefix = f"environment_{number}." if len(report.environments) > 1 else ""
        _add_environment(suites, report, examination, prefix, context)
        checks = sum(case.seconds for name in suites if name.startswith(prefix) for case in suites[name].values())
        suites.case(prefix, "kdoctor", "start, imports and diagnosis").seconds = max(0.0, examination.seconds - checks)
    for number, trouble in enumerate(troubles(report, context), 1):
        case = suites.case("", "kdoctor", f"examines everything ({number})")
        if trouble.severity is Severity.ERROR:
            case.errors.append(("incomplete", trouble.text, trouble.text))
        else:
            case.skipped = trouble.text
    everything = [case for cases in suites.values() for case in cases.values()]
    top = ElementTree.Element("testsuites", {"name": "kdoctor", **_counts(everything)})
    dated = _DATE.fullmatch(report.created)
    when = {"timestamp": str(dated[1])} if dated else {}
    for name, cases in suites.items():
        skipped = str(sum(case.ended == "skipped" for case in cases.values()))
        counts = {"name": name, **_counts(cases.values()), "skipped": skipped, **when}
        suite = ElementTree.SubElement(top, "testsuite", counts)
        for (classname, title), case in cases.items():
            _write(ElementTree.SubElement(suite, "testcase", {"classname": classname, "name": title}), case)
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _add_environment(suites: _Suites, report: Report, examination: Examination, prefix: str, context: Context) -> None:
    areas = {row.slug: row.area for row in examination.canaries}
    seen = {(row.slug, row.stack): row.outcome for row in examination.canaries}
    unknown = gate.unknown(examination) if report.strict and report.fail_on is not None else ()
    for row in examination.canaries:
        _add_observation(suites.case(prefix, row.area, f"{row.slug}@{row.stack.value}"), row, is_error=row in unknown)
    for finding in examination.findings:
        fails = gate.fails(finding, report.fail_on, report.strict)
        for stack in () if finding.locations else finding.stacks:
            case = suites.case(prefix, areas.get(finding.slug) or finding.area, f"{finding.slug}@{stack.value}")
            crashed = seen.get((finding.slug, stack), finding.outcomes.get(stack)) is Outcome.CRASHES
            _add_finding(case, finding, report, examination, fails=fails, crashed=crashed)
    # What is merely known is noise at a line, and a case that passes here.
    for one in of_environment(report, examination, replace(context, verbose=True)):
        if one.requirement is not None:
            case = suites.case(prefix, areas.get(one.slug, "required"), f"{one.slug}@{one.requirement.stack.value}")
            said = (REQUIRED, one.title, one.message)
            (case.errors if one.requirement.outcome.is_unknown else case.failures).append(said)
        elif one.finding is not None and (one.finding.locations or not one.finding.stacks):
            where = one.where
            spot = f", cell {where.cell}, line {where.line}" if where.cell else f":{where.line}"
            spot += f":{where.column}" if where.column > 1 and not where.cell else ""
            name = f"{one.slug} {where.path}{spot}" if one.finding.locations else one.slug
            case = suites.case(prefix, "code" if one.finding.locations else "environment", name)
            _add_finding(case, one.finding, report, examination, fails=one.fails)


def _add_observation(case: _Case, row: Observation, *, is_error: bool) -> None:
    # It took no time of this run where another row, or an earlier run, did the work.
    if row.via is None and not row.observed and 0 <= row.seconds < 1e9:
        case.seconds += row.seconds
    said = f"{row.outcome.value}: {safe(row.message)}" if row.message else row.outcome.value
    if is_error:
        case.errors.append((row.outcome.value, one_line(row.message) or "no answer", said))
    elif row.outcome.is_unknown or row.outcome is Outcome.NOT_APPLICABLE:
        case.skipped = one_line(said)
    else:
        case.output.append(said)
    case.output += [safe(row.output)] if row.output else []


def _add_finding(
    case: _Case, finding: Finding, report: Report, examination: Examination, *, fails: bool, crashed: bool = False
) -> None:
    kind = f"{one_line(finding.code)} {one_line(finding.slug)}"
    title = one_line(finding.title) or kind
    if finding.ignored:
        case.skipped = one_line(f"ignored: {finding.ignored}")
        case.output.append(f"{kind}: {title}")
    elif fails:
        text = safe(write(problem(report, examination, finding).blocks, Look(_WIDTH), opened=True))
        (case.errors if crashed else case.failures).append((kind, title, text))
    else:
        case.output.append(f"{kind} ({finding.severity.value}, fails no gate): {title}. {safe(finding.detail)}")


def _counts(cases: Collection[_Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.ended == "failure" for case in cases)),
        "errors": str(sum(case.ended == "error" for case in cases)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _write(element: ElementTree.Element, case: _Case) -> None:
    element.set("time", f"{case.seconds:.3f}")
    output, rows = list(case.output), case.errors or case.failures
    if rows:
        kind, message, _ = rows[0]
        inner = ElementTree.SubElement(element, case.ended, {"type": kind, "message": message})
        inner.text = "\n\n".join(text for *_, text in rows)
    elif case.skipped:
        ElementTree.SubElement(element, "skipped", {"message": case.skipped})
    if case.errors:
        output += [text for *_, text in case.failures]
    if output:
        ElementTree.SubElement(element, "system-out").text = safe("\n".join(output), 4 * MOST)
