"""What people read of a report: its sections, their order and their wording, once for every format. Pure."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby
from typing import Optional

from kdoctor.code.places import Location
from kdoctor.environment import installers
from kdoctor.environment.model import Distribution, Effect, Environment, Kernel, Stack
from kdoctor.environment.steps import Remedy
from kdoctor.formats.blocks import (
    Block,
    Code,
    Document,
    Fold,
    Heading,
    Line,
    Paragraph,
    Place,
    Problem,
    Steps,
    Table,
    Text,
    paragraph,
    text,
)
from kdoctor.formats.context import View
from kdoctor.formats.text import count, listed, one_line, place, sentence
from kdoctor.language import _, current, filled
from kdoctor.report import CodeRead, Examination, Finding, Report, gate
from kdoctor.words import LEGACY_VARIABLE, Certainty, Implementation, Outcome, Relevance, Severity, StackId

LEGACY = "use-legacy-keras"
_TF_KERAS = Implementation.TF_KERAS
_PLACES = 5  # so many places of one finding are shown; the others are counted
_MOST_MODEL_FILES = 3  # so many of the model files that the code loads get a line with the command that examines them
_LINES_OF_A_PATTERN = 3
_LONGEST_PATTERN = 100
_LONGEST_VERSION = 40
_MANY = 4  # from so many problems on the verdict stands above them too, and each of them is short
_MOST_COUNTED = 15
_MANY_PLACES = 20  # from so many places on a table says which rules have most of them
_SIGNS = {"good": "✓", "bad": "✗", "doubt": "!"}


def document(
    report: Report, *, full: bool = False, card: bool = False, view: View = View.REPORT, most: int = 0
) -> Document:
    """The blocks of a report, in the order in which a reader needs them.

    Args:
        report: what was found.
        full: also every feature, every finding at length and every fact, as folds.
        card: for a notebook: the verdict is the title, what goes wrong without a message is first, and what is well
            takes one line.
        view: a table in the place of the report.
        most: how many problems are shown; the others are counted. 0 for all, and for what is folded.
    """
    parts = [_Part(report, examination, full, card, view, most) for examination in report.environments]
    if not parts:
        return Document("doubt", _("Nothing was examined."), ())
    moods = [part.verdict[0] for part in parts]
    if len(parts) == 1:
        said = parts[0].verdict[1] + (f" {parts[0].here}" if card and moods == ["good"] else "")
        return Document(moods[0], said, tuple(parts[0].blocks()))
    named = list(zip(labels(report), parts))
    blocks: list[Block] = [paragraph((f"{name}: ", "strong"), part.verdict[::-1]) for name, part in named]
    is_plain = report.code is None and view is View.REPORT
    blocks += _side_by_side(report) if is_plain else []
    for name, part in named:
        if not is_plain or full:
            blocks += [Heading(name), *part.blocks()]
        elif part.faults:
            blocks += [Heading(name), *part.problem_blocks()]
    said = _("{n} environments examined.", n=len(parts))
    if "bad" in moods:
        said = _("{n} of {all} environments have problems.", n=moods.count("bad"), all=len(parts))
    return Document(min(moods, key=("bad", "doubt", "good").index), said, tuple(blocks))


def opening(report: Report) -> list[Block]:
    """What can be said before any check ran: what is here, and the faults that the facts alone show."""
    blocks: list[Block] = []
    for part in (_Part(report, examination) for examination in report.environments):
        blocks += [part.head(), part.checklist(), *map(part.fault, part.faults)]
    return blocks


def problem(report: Report, examination: Examination, finding: Finding) -> Problem:
    """One finding at length, for formats that show it alone."""
    part = _Part(report, examination, full=True)
    is_alone = is_fault(finding) and not finding.locations
    return part.fault(finding) if is_alone else part.in_code(finding, alone=True)


def verdicts(report: Report) -> list[str]:
    """One sentence on each environment."""
    return [_Part(report, examination).verdict[1] for examination in report.environments]


def labels(report: Report) -> tuple[str, ...]:
    """A name for each environment that gives away no folder of a user: its number and what is in it."""
    several = len(report.environments) > 1
    return tuple(
        (f"[{number}] " if several else "") + one_line(one.target or ", ".join(ingredients(one.environment)))
        for number, one in enumerate(report.environments, 1)
    )


def when_made(report: Report) -> str:
    """``2026-11-25 22:57 UTC``."""
    try:
        return f"{datetime.fromisoformat(report.created.replace('Z', '+00:00')):%Y-%m-%d %H:%M %Z}"
    except ValueError:
        return report.created


def age_in_words(earlier: str, now: str) -> str:
    """``3 h ago`` of two times in ISO 8601."""
    try:
        seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(earlier)).total_seconds())
    except (ValueError, TypeError):
        return earlier
    if seconds < 3600:
        return _("{number} min ago", number=seconds // 60) if seconds >= 60 else _("a moment ago")
    if seconds < 86400:
        return _("{number} h ago", number=seconds // 3600)
    days = seconds // 86400
    return _("1 day ago") if days == 1 else _("{number} days ago", number=days)


def is_fault(finding: Finding) -> bool:
    """Whether it is a problem with the installation rather than with a feature."""
    return not finding.stacks


def is_silent(finding: Finding) -> bool:
    """Whether other results come of it without any message, on the stack that code reaches as things stand."""
    reached = finding.outcomes.get(StackId.TF_KERAS, finding.outcomes.get(StackId.KERAS))
    return finding.silent or reached is Outcome.WRONG


def step_blocks(
    remedy: Remedy,
    environment: Environment,
    *,
    kernel: Optional[Kernel] = None,
    where: Optional[installers.Place] = None,
) -> list[Line]:
    """What is to be pasted or done, but for changes of code, which each place shows in its own way."""
    parts = installers.spell(remedy.steps, environment, where, kernel)
    return [Code(part.text) if part.is_code else paragraph(filled(part.text)) for part in parts]


def downside(remedy: Remedy) -> list[Line]:
    """What a remedy costs, where it does."""
    return [paragraph((_("Downside: "), "faint"), (sentence(_(remedy.cost)), "faint"))] if remedy.cost else []


@dataclass
class _Part:
    """One environment's part of the document; the fields as in :func:`document`."""

    report: Report
    examination: Examination
    full: bool = False
    card: bool = False
    view: View = View.REPORT
    most: int = 0

    def __post_init__(self) -> None:
        self.offered: set[int] = set()  # the cells that are shown with their changes
        self.shown: set[str] = set()  # the remedies that are shown
        examination, self.code = self.examination, self.report.code
        self.read = self.code or CodeRead((), 0)
        self.kernel = self.report.kernel or Kernel(is_notebook=False)
        self.environment = examination.environment
        self.stacks = self.environment.stacks
        self.is_unknown = bool(examination.failures) and not self.environment.interpreter.version
        self.remedies = {remedy.id: remedy for remedy in examination.remedies}
        found = [one for one in examination.findings if not one.ignored]
        self.faults = [
            one for one in found if is_fault(one) and not one.locations and one.severity is not Severity.INFO
        ]
        # What stopped the reader goes first, then what nothing is raised for.
        self.error = self.kernel.error
        codes = {one.code for one in found if one.locations}
        self.stopped = self.error if self.error and self.error.code in codes else None
        self.used = sorted(
            (one for one in found if one.locations),
            key=lambda one: (
                self.stopped is None or one.code != self.stopped.code,
                self.card and not is_silent(one),
                min((where.path, where.cell, where.line) for where in one.locations),
            ),
        )
        required = [one for one in found if one.relevance is Relevance.REQUIRED and not one.locations]
        self.concerning = [*self.used, *required]
        self.others = [one for one in found if _is_feature(one) and one not in self.concerning]
        held = {one.slug for one in required}
        self.unmet = [one for one in examination.requirements if not one.is_met and one.slug not in held]
        self.lost = len(required) + sum(not one.outcome.is_unknown for one in self.unmet)
        self.places = sum(len(one.locations) for one in self.used)
        timed_out = (row.slug for row in gate.unknown(examination) if row.outcome is Outcome.TIMES_OUT)
        self.silent_checks = tuple(dict.fromkeys(timed_out))
        self.several = self._shared()
        self.verdict = self._verdict()

    def blocks(self) -> list[Block]:
        verdict = paragraph(self.verdict[::-1], is_verdict=True)
        if self.is_unknown:
            return [verdict]
        if self.card and self.verdict[0] == "good":
            return [*self._last_error(), *(self._kernel() if self.kernel.is_split else ())]
        if self.view is not View.REPORT:
            return [self._line(), *self._counted(), verdict, *self._gaps()]
        problems = self.problem_blocks()
        stopped = [problems.pop(0)] if self.stopped else self._last_error()
        parts: list[Block] = [*stopped, self._line() if self.card or self.code else self.head()]
        if not self.card and (self.code is None or self.faults) and not self.examination.target:
            parts.append(self.checklist())
        parts += self._kernel()
        parts += [verdict] if len(problems) >= _MANY else []
        parts += self._counted() if self.places >= _MANY_PLACES and not self.card else []
        parts += [*problems, *self._shared_steps(), verdict, *self._gaps()]
        parts += self._differences() if self.code is None and not self.faults else []
        return [*parts, *self._next(), *self._footer(), *self._folds()]

    # -- what is here

    def head(self) -> Paragraph:
        version = ("kdoctor " + self.report.version, "strong")
        if self.examination.target:
            known = _(" · test results on record for {target}; nothing was run", target=self.examination.target)
            return paragraph(version, known)
        interpreter = self.environment.interpreter
        manager = f", {interpreter.manager}" if interpreter.manager not in ("pip", "") else ""
        python = f"({_python(self.environment)}{manager})"
        return paragraph(version, _(" · examining {python} {version}", python=interpreter.executable, version=python))

    @property
    def here(self) -> str:
        return sentence(_(", ").join([*ingredients(self.environment)[1:2], *_answers(self.environment)]))

    def _line(self) -> Paragraph:
        target = self.examination.target
        words = [] if self.card else [f"kdoctor {self.report.version}"]
        words += [_("from test results on record")] if target else []
        words += ingredients(self.environment, with_python=not target)[: None if self.card else 2]
        return paragraph(" · ".join([*words, *_answers(self.environment)]))

    def checklist(self) -> Table:
        rows = [_tensorflow_row(self.examination), _keras_row(self.environment), *_tf_keras_rows(self.environment)]
        if not self.faults and self.stacks:
            rows.append(("good", _("Versions"), _("belong together")))
        signs = ((f"[{_SIGNS.get(mood, ' ')}]", mood) for mood, _name, _said in rows)
        return Table(
            tuple((text(sign), text((name, "strong")), text(said)) for sign, (_m, name, said) in zip(signs, rows))
        )

    def _kernel(self) -> list[Block]:
        style = "doubt" if self.kernel.is_split else "faint"
        return [paragraph((line, style)) for line in kernel_sentences(self.kernel)]

    def _last_error(self) -> list[Block]:
        """The exception that this notebook showed last, which is why its reader is here."""
        error = self.error
        if error is None:
            return []
        blocks: list[Block] = [paragraph(error.message)] if error.message else []
        if error.code:
            blocks.append(paragraph((sentence(_(error.title)), "strong"), " ", _first_paragraph(error.explanation)))
            blocks += self._ways(error.remedies[:2])
        else:
            blocks.append(paragraph(_("No rule knows this message."), " ", _("Details: "), "kdoctor.explain()"))
        places = (Place(error.where, error.line),) if error.where or error.line else ()
        title = _("Stopped with {error}", error=error.type)
        return [Problem("error", error.code or "unknown", title, places, tuple(blocks))]

    # -- what concerns this reader

    def problem_blocks(self) -> list[Block]:
        """The problems: those of the installation first, those of the code by file and line."""
        gaps = [paragraph((_("Not finished: "), "doubt"), _gap(line)) for line in self.examination.failures]
        faults = [self.fault(one) for one in sorted(self.faults, key=lambda one: one.severity.rank)]
        used = [self.in_code(one) for one in self.concerning]
        first = 1 if self.stopped else 0
        blocks: list[Block] = [*used[:first], *gaps, *faults, *used[first:]]
        if 0 < self.most < len(blocks):
            left = count(len(blocks) - self.most, "more problem")
            said = _("{problems} not shown here: {command} shows all.", problems=left, command="kdoctor check")
            blocks[self.most :] = [paragraph(said)]
        for one in self.unmet:
            kind = "warning" if one.outcome.is_unknown else "error"
            does = _(_DOES[one.outcome])
            title = _("{feature} is required on {stack}: {does}", feature=one.slug, stack=one.stack.value, does=does)
            why = (paragraph(sentence(one_line(one.message))),) if one.message else ()
            blocks.append(Problem(kind, "required", title, (), why))
        return blocks

    def fault(self, finding: Finding) -> Problem:
        """A problem with the installation: what is wrong, what people see, what fixes it."""
        said = _first_paragraph(finding.explanation) if current() != "en" else ""  # what was seen stays English
        blocks: list[Block] = [paragraph(one) for one in (said, sentence(filled(finding.detail))) if one]
        seen = next((one for one in finding.symptoms if "..." not in one and ": " in one), "")
        if seen and seen.partition(": ")[2] not in finding.detail:
            blocks.append(paragraph((_("You see: "), "strong"), f'"{seen}"'))
        blocks += self._ways([self.remedies[one] for one in dict.fromkeys(finding.remedies) if one in self.remedies])
        blocks += self._at_length(finding, with_steps=False)
        return Problem(finding.severity.value, finding.code, _(finding.title), (), tuple(blocks))

    def in_code(self, finding: Finding, *, alone: bool = False) -> Problem:
        """A feature or a name, with the places that use it; ``alone`` without the steps that fix several."""
        seen, title, first = what_you_see(finding), _(finding.title), _first_paragraph(finding.explanation)
        if finding.relevance is Relevance.REQUIRED:
            required = _("Required on {stacks}.", stacks=listed([stack.value for stack in finding.stacks]))
            seen = f"{required} {seen}".rstrip()
        said = first if finding.locations else f"{seen} {first}".strip()
        if self.card and is_silent(finding) and finding.locations and first:
            # What it does to the reader's own results comes first, and that is what an explanation begins with.
            lead, *rest = re.split(r"(?<=\.) (?=[A-Z`])|(?<=。)", first, maxsplit=1)
            title, said, seen = lead, " ".join([sentence(title), *rest]), ""
        is_brief = not (alone or self.full or self.card) and len(self.concerning) >= _MANY
        blocks: list[Block] = [paragraph(said)] if said and not self.full and not is_brief else []
        if finding.conflict:
            blocks.append(paragraph((_("Not as on record: "), "doubt"), finding.conflict))
        shared = [] if alone else self.several
        own = [self.remedies[one] for one in finding.remedies if one in self.remedies]
        own = [one for one in own if one not in shared]
        if finding.locations and all(one.fix for one in finding.locations):
            own = [one for one in own if not one.code]  # his own lines say it
            changes = dict.fromkeys(one.fix.unsafe for one in finding.locations if one.fix and one.fix.unsafe)
            blocks += [paragraph((_("Check the result: "), "strong"), _(one)) for one in changes]
        blocks += [self._steps(one, _("Fix"), short=is_brief) for one in own[:1]]
        blocks += self._edited_cells(finding) if self.card else []
        blocks += self._at_length(finding, ways=own[1:])
        if self.stopped and self.stopped.code == finding.code:
            title = _("Stopped with {error}", error=self.stopped.type) + f": {title}"
            blocks.insert(0, paragraph(self.stopped.message))
        kind = "possible" if finding.certainty is Certainty.LIKELY else finding.severity.value
        places = self._places_of(finding, seen.rstrip(".。"), 1 if is_brief else _PLACES)
        page = next((one.url for one in finding.references), "")
        return Problem(kind, finding.code, title, places, tuple(blocks), page)

    def _edited_cells(self, finding: Finding) -> list[Block]:
        """The cells of these places with all their changes, each once in a card."""
        cells = self.kernel.cells
        places = {one.cell: one for one in finding.locations if one.fix and one.cell in cells}
        places = {cell: one for cell, one in places.items() if cell not in self.offered}
        self.offered.update(places)
        titles = {cell: _("{cell} with its changes", cell=self._cell(one)) for cell, one in places.items()}
        return [Fold(title, (Code(cells[cell], "python"),)) for cell, title in titles.items()]

    def _places_of(self, finding: Finding, seen: str, most: int) -> tuple[Place, ...]:
        """The first places with their lines, and of the others how many there are."""
        places = list(map(self._place, finding.locations[:most]))
        if places:
            places[0] = places[0]._replace(note=", ".join(filter(None, (places[0].note, seen))))
        others = finding.locations[most:]
        if others:
            named = [self._place(one).where for one in others[:2]] if most == 1 else []
            left = len(others) - len(named)
            more = [count(left, "more place")] if left else []
            hint = _(" (--format concise lists all)") if left and not self.card else ""
            places.append(Place(_("and {places}", places=listed([*named, *more])) + hint))
        return tuple(places)

    def _place(self, location: Location) -> Place:
        where = place(location.path, location.line, location.cell, location.column)
        if location.cell and self.report.kernel and self.code and self.code.files <= 1:
            where = _("{place}, line {line}", place=self._cell(location), line=location.line)
        note = _("possibly") if location.certainty is Certainty.LIKELY else ""
        diff = "\n".join(location.fix.diff) if location.fix else ""
        return Place(where, location.text or location.what, note, location.path, diff)

    def _cell(self, location: Location) -> str:
        """The cell of a place, as the notebook that runs here names it."""
        is_run = self.kernel.read == "as run so far"
        number = location.cell if is_run else self.kernel.runs.get(location.cell)
        cell = "" if is_run else _("cell {n}", n=location.cell)
        return f"In [{number}] ({cell})" if number and cell else f"In [{number}]" if number else cell

    def _at_length(self, finding: Finding, *, with_steps: bool = True, ways: Sequence[Remedy] = ()) -> list[Block]:
        """What is known of a finding, behind a fold."""
        blocks: list[Block] = [paragraph(_(part)) for part in finding.explanation.split("\n\n") if part.strip()]
        if self.full:
            blocks += [paragraph((_("You see: "), "strong"), one) for one in finding.symptoms]
            blocks += [paragraph((_("Here: "), "strong"), finding.detail)] if finding.detail and with_steps else []
        blocks += [self._steps(way, _("Or")) for way in ways]
        if self.full or self.card:
            blocks += [paragraph((one.says, "", one.url)) for one in finding.references]
        return [Fold(_("Why, and more"), tuple(blocks))] if blocks else []

    def _counted(self) -> list[Block]:
        """The problems of the code by rule or by file, most first; or every known difference by area."""
        if self.view is View.LIST:
            every = sorted((*self.others, *self.concerning), key=lambda one: (one.area, one.code))
            return [_differences_table(every)] if every else []
        rows: list[tuple[str, ...]]
        if self.view is View.FILES:
            head: tuple[str, ...] = (_("File"), _("Places"), _("Rules"))
            files: dict[str, Counter[str]] = {}
            for one in self.used:
                for where in one.locations:
                    files.setdefault(where.path, Counter())[one.code] += 1
            rows = [(path, str(sum(codes.values())), listed(_with_times(codes), 4)) for path, codes in files.items()]
        else:
            head = (_("Rule"), _("Places"), _("Files"), "")
            paths = {one.code: str(len({where.path for where in one.locations})) for one in self.used}
            rows = [(one.code, str(len(one.locations)), paths[one.code], _(one.title)) for one in self.used]
        rows.sort(key=lambda row: (-int(row[1]), row[0]))
        if self.view is View.REPORT and len(rows) > _MOST_COUNTED:
            left = _("and {rules}: --statistics", rules=count(len(rows) - _MOST_COUNTED, "more rule"))
            rows[_MOST_COUNTED:] = [("...", "", "", left)]
        return [Table(tuple(tuple(map(text, row)) for row in rows), head)] if rows else []

    # -- how to fix it

    def _ways(self, remedies: Iterable[Remedy]) -> list[Steps]:
        return [self._steps(way, _("Or") if number else _("Fix")) for number, way in enumerate(remedies)]

    def _steps(self, remedy: Remedy, label: str, said: str = "", *, short: bool = False) -> Steps:
        title = f"{filled(remedy.title)}{said}"
        title += _(" (proved)") if remedy.proof and remedy.proof.holds else ""
        if remedy.id in self.shown and not remedy.code:
            return Steps(label, _("{title}, as above", title=title))
        self.shown.add(remedy.id)
        blocks = step_blocks(remedy, self.environment, kernel=self.report.kernel)
        blocks = [one for one in blocks if isinstance(one, Code) or not short]
        if remedy.code is not None:
            pattern = _pattern(remedy.code.before, remedy.code.after)
            if self.full and not pattern:
                blocks.append(Code(remedy.code.after.strip("\n"), "python"))
            elif pattern and not (short and pattern.count("\n") > 1):
                title = _("{title}; for example:", title=title)
                blocks.append(Code(pattern, "diff"))
        return Steps(label, title, (*blocks, *(() if short else downside(remedy))))

    def _shared(self) -> list[Remedy]:
        """The remedies that are no change of code and serve several findings, or that change the Keras for all."""
        uses = Counter(one for finding in self.concerning for one in dict.fromkeys(finding.remedies))
        shared = [self.remedies[one] for one in uses if one in self.remedies and (uses[one] > 1 or one == LEGACY)]
        return sorted((one for one in shared if not one.code), key=lambda one: one.id == LEGACY)

    def _shared_steps(self) -> list[Steps]:
        steps = []
        for remedy in self.several:
            fixes, worse, left = [], [], []
            for finding in self.concerning:
                under = finding.outcomes.get(StackId.LEGACY) if remedy.id == LEGACY else None
                if under is Outcome.WRONG and not is_silent(finding):
                    worse.append(finding)
                elif under is Outcome.WORKS or (remedy.id in finding.remedies and under is None):
                    fixes.append(finding)
                else:
                    left.append(finding)
            if not fixes:
                continue
            said = _(": fixes {problems}", problems=_of(fixes, len(self.concerning)))
            said += _(", not {codes}", codes=_codes(left)) if left else ""
            said += _("; makes {codes} worse (no error message, other results)", codes=_codes(worse)) if worse else ""
            proof = remedy.proof
            tested = proof is not None and not proof.copied and proof.covers(one.slug for one in fixes)
            said += _(" (tested here)") if tested else ""
            is_first = all({each.id for each in self.several}.issuperset(one.remedies) for one in fixes)
            short = not is_first and self.report.kernel is None
            steps.append(self._steps(remedy, _("Fix") if is_first else _("Or"), said, short=short))
        return steps

    # -- the verdict, and what was not examined

    def _verdict(self) -> tuple[str, str]:
        examination = self.examination
        if self.is_unknown:
            return "doubt", _("Not examined: {why}", why=examination.failures[0])
        if not self.stacks and not examination.failures:
            return "doubt", _("Nothing to examine: neither TensorFlow nor Keras is installed here.")
        said = []
        if self.faults:
            said.append(_("{problems} with the installation", problems=count(len(self.faults), "problem")))
        if self.used:
            said.append(self._in_files())
        if self.lost:
            said.append(count(self.lost, "required feature does not work", "required features do not work"))
        incomplete = _("Not everything could be examined.") if examination.failures else ""
        if said:
            errors = any(one.severity is Severity.ERROR for one in (*self.faults, *self.concerning)) or self.unmet
            ended = sentence(_("; ").join(said))
            if self.faults and self.stacks and not self.stacks[0].available:
                ended += _(" Fix it first: nothing else was checked on {stack}.", stack=self.stacks[0].id.value)
            return "bad" if errors else "doubt", f"{ended} {incomplete}".rstrip().replace("。 ", "。")
        failing = sum(gate.fails(one, self.report.fail_on, self.report.strict) for one in self.others)
        if failing and self.report.fail_on is not None:
            return "bad", _(
                "{differences}, and {option} counts them." if failing > 1 else "{differences}, and {option} counts it.",
                differences=count(failing, "known difference"),
                option=f"--fail-on {self.report.fail_on.value}",
            )
        if incomplete or gate.gaps(examination):
            return "doubt", incomplete or _("No problem found, but not every check was run.")
        return self._well()

    def _well(self) -> tuple[str, str]:
        examination, code = self.examination, self.code
        aside = sum(bool(finding.ignored) for finding in examination.findings)
        ignored = f" {count(aside, 'finding is ignored', 'findings are ignored')}." if aside else ""
        unknown = ""
        if self.silent_checks:
            unknown = _(" {checks} gave no answer.", checks=count(len(self.silent_checks), "check"))
        if code is None:
            if not examination.canaries:
                return "doubt", _("No problem in the installed versions. Nothing was run.") + ignored
            return "doubt" if unknown else "good", _("No problems with this installation.") + unknown + ignored
        if not code.read:
            return "doubt", _("No code was read.")
        where = _(" on {target}", target=examination.target) if examination.target else ""
        files = count(code.cells, "cell") if self._is_notebook and code.cells else count(code.read, "file")
        wrong = sum(one.severity is not Severity.INFO for one in code.remarks)
        unknown += f" {count(wrong, 'comment ignores nothing', 'comments ignore nothing')}." if wrong else ""
        calls = count(code.calls, "Keras call")
        seen = _("{calls} recognised, none of them on the list of known problems", calls=calls)
        seen = seen if code.calls else _("no call of TensorFlow or Keras recognised")
        said = _("No known problem{where}: {files} read, {seen}.", where=where, files=files, seen=seen)
        return "doubt" if unknown or code.unread else "good", said + unknown + ignored

    @property
    def _is_notebook(self) -> bool:
        # "as run so far" is no file
        return self.read.cells > 0 and all(path.endswith(".ipynb") or " " in path for path in self.read.paths)

    def _in_files(self) -> str:
        """``3 problems and 1 possible problem in 2 files (17 files read)``."""
        maybe = sum(one.certainty is not Certainty.CERTAIN for one in self.used)
        sure = len(self.used) - maybe
        counts = (count(sure, "problem") if sure else "", count(maybe, "possible problem") if maybe else "")
        said = listed(filter(None, counts))
        if self.places > len(self.used):
            said += _(" at {n} places", n=self.places)
        if self._is_notebook and self.read.files <= 1:
            return _("{problems} in this notebook", problems=said)
        files = len({location.path for one in self.used for location in one.locations})
        said = _("{problems} in {files}", problems=said, files=count(files, "file"))
        return said + (_(" ({files} read)", files=count(self.code.read, "file")) if self.code else "")

    def _gaps(self) -> list[Block]:
        said = [_gap(one) for one in gate.gaps(self.examination) if one not in self.examination.failures]
        if self.silent_checks:
            said.append(_("No answer in time: {checks}", checks=listed(self.silent_checks, 6)))
        unread = self.read.unread
        what = [f"{place(one.path, one.line, one.cell)}: {filled(one.reason)}" for one in unread[:_PLACES]]
        what += [count(len(unread) - _PLACES, "more place")] if len(unread) > _PLACES else []
        said += [_("Not read: {what}", what=one) for one in what]
        blocks: list[Block] = [paragraph(("? ", "doubt"), sentence(one_line(one))) for one in said]
        for one in self.read.remarks:
            if self.full or one.severity is not Severity.INFO:
                where = self._place(one.location)
                blocks.append(Problem(one.severity.value, "ignore", sentence(one.text), (where,)))
        return blocks

    # -- what may concern him

    def _differences(self) -> list[Block]:
        """What code for another Keras meets here, as numbers: these are differences, not defects."""
        number = len(self.others)
        if not number:
            return []
        silent = sum(is_silent(one) for one in self.others)
        first = next((stack for stack in self.stacks if stack.available), None)
        if first is None or first.implementation is Implementation.KERAS_3:
            said = _("Code written for Keras 2 (TensorFlow 2.15 or older)? ")
            said += count(number, "thing may stop or change", "things may stop or change")
        else:
            name = _keras_name(first.implementation, first.version)
            said = _(
                "{differences} of {keras} from other releases",
                differences=count(number, "known difference"),
                keras=name,
            )
        if silent:
            many = number > 1
            said += _(", {n} of them without an error message" if many else ", without an error message", n=silent)
        areas = Counter(one.area for one in self.others).most_common()
        numbers = [piece for area, times in areas for piece in ((f"{area}\u00a0", "faint"), f"{times}  ")]
        blocks: list[Block] = [paragraph(said + _(":"), begins=True), paragraph(*numbers, indent=2)]
        surprises = listed([one.slug for one in self.others if one.conflict], 6)
        if surprises:
            details = _("{checks}. Details: {command}", checks=surprises, command="kdoctor -v")
            blocks.append(paragraph((_("Not as on record: "), "doubt"), details))
        return blocks

    def _next(self) -> list[Block]:
        if self.card:
            return []
        interpreter, read = self.environment.interpreter.executable, self.read
        python = f" --python {shlex.quote(interpreter)}" if interpreter not in ("", sys.executable) else ""
        concerning = [*self.faults, *self.concerning]
        rows: list[tuple[str, str]] = []
        if not self.stacks:
            rows.append((_("Check another Python"), "kdoctor --python PATH"))
            rows.append((_("Check code without one"), "kdoctor scan ."))
        elif concerning:
            if self.code and any(place.fix for one in self.used for place in one.locations):
                targets = "".join(f" --target {one}" for one in self.examination.target.split())
                paths = "".join(f" {shlex.quote(one)}" for one in read.paths[:_PLACES])
                rows.append((_("Change the code"), f"kdoctor fix{python}{paths} --diff{targets}"))
            rows.append((_("Details"), f"kdoctor explain {concerning[0].code}"))
        elif self.code is None:
            rows.append((_("Which of them does my code use?"), f"kdoctor check{python} ."))
            rows.append((_("What does this error mean?"), "python train.py 2>&1 | kdoctor explain -"))
            rows.append((_("The whole list"), f"kdoctor --list{python}"))
        for path in read.model_files[:_MOST_MODEL_FILES]:
            question = _("Will {file} load?", file=os.path.basename(path.rstrip(os.sep)))
            rows.append((question, f"kdoctor model {shlex.quote(path)}{python}"))
        cells = tuple((text((question, "faint")), text((command, "code"))) for question, command in rows)
        return [Table(cells)] if cells else []

    def _footer(self) -> list[Block]:
        examination = self.examination
        if self.faults and not self.card:
            return []  # what is wrong goes before how it was found
        said = []
        answered = {row.slug for row in examination.canaries if not row.outcome.is_unknown}
        if answered and (self.code is None or self.card):
            models, took = count(len(answered), "small test model"), f"{examination.seconds:.0f}"
            said.append(_("{models}." if took == "0" else "{models}, {seconds} s.", models=models, seconds=took))
        said += [self._age(), *(sentence(filled(note, gate.NOTES)) for note in examination.notes)]
        if self.read.unknown:
            packages = listed(self.read.unknown, 6)
            said.append(_("Not known to kdoctor, and imported by this code: {packages}.", packages=packages))
        if self.card and self.code is None:
            call = 'kdoctor.check(notebook="its-name.ipynb")'
            said.append(_("No cell was read: {call} shows what this notebook uses.", call=call))
        for aside in self.read.ignored:
            where = place(aside.location.path, aside.location.line, aside.location.cell)
            said.append(_("Ignored: {what}.", what=f"{where} {aside.code} ({aside.reason})"))
        words = " ".join(filter(None, said)).replace("。 ", "。")
        return [paragraph((words, "faint"))] if words else []

    def _age(self) -> str:
        """How old the oldest result of an earlier run is, and how to run it again."""
        ran = [row for row in self.examination.canaries if row.outcome is not Outcome.NOT_RUN]
        earlier = [row.observed for row in ran if row.observed]
        if not earlier:
            return ""
        return _(
            "Some results are from {age}; {command} runs the tests again."
            if len(earlier) < len(ran)
            else "Results are from {age}; {command} runs the tests again.",
            age=age_in_words(min(earlier), self.report.created.replace("Z", "+00:00")),
            command="kdoctor.check(fresh=True)" if self.card else "--fresh",
        )

    def _folds(self) -> list[Block]:
        folds: list[Block] = []
        ignored = [one for one in self.examination.findings if one.ignored]
        if ignored:
            lines = tuple(paragraph((f"{one.code} ", "strong"), f"{one.slug}: {one.ignored}") for one in ignored)
            folds.append(Fold(count(len(ignored), "finding ignored", "findings ignored"), lines))
        others = sorted(self.others, key=lambda one: (one.area, one.code)) if self.full or not self.faults else []
        title = count(len(others), "known difference")
        title = _("{differences} that this code does not use", differences=title) if self.code else title
        if others and self.full:
            folds.append(Fold(title, (_differences_table(others),)))
        elif others:
            areas = groupby(others, key=lambda one: one.area)
            rows = [(text((area, "strong")), text(", ".join(one.slug for one in group))) for area, group in areas]
            folds.append(Fold(title, (Table(tuple(rows)),)))
        columns, features = _features(self.examination) if self.full else ((), {})
        if features:
            title = _("{features}, tested or on record", features=count(len(features), "feature"))
            names = [stack.id.value for stack in columns]
            head = ("", *(name[name.index("+") :] if "+" in name else name for name in names))
            cells = [(area, (text(slug), *map(_state, states))) for slug, (area, states) in features.items()]
            folds.append(Fold(title, (_by_area(cells, head),)))
        if not self.card:  # it would be saved with the notebook, and has folders in it
            folds.append(Fold(_("About this environment"), tuple(_facts(self.environment))))
        return folds


_DOES = {
    Outcome.WORKS: "works",
    Outcome.WRONG: "gives other results",
    Outcome.RAISES: "does not work",
    Outcome.CRASHES: "crashes",
    Outcome.TIMES_OUT: "gave no answer",
    Outcome.NOT_APPLICABLE: "does not exist",
    Outcome.NOT_RUN: "was not run",
}
_BROKEN = "broken"  # the state of a cell where a feature is known to be broken and nothing says how
_LEFT_OUT = "left out"  # the state of a cell that was not run by choice, which is no gap
_STATES = {
    Outcome.WORKS.value: ("✓", "good"),
    Outcome.WRONG.value: ("✗ differs", "bad"),
    Outcome.RAISES.value: ("✗ error", "bad"),
    Outcome.CRASHES.value: ("✗ crash", "bad"),
    Outcome.TIMES_OUT.value: ("? no answer", "doubt"),
    Outcome.NOT_APPLICABLE.value: ("-", "faint"),
    Outcome.NOT_RUN.value: ("? not run", "doubt"),
    _LEFT_OUT: ("- not run", "faint"),
    _BROKEN: ("✗ broken", "bad"),
    "": ("", ""),
}


def _state(name: str) -> Text:
    word, style = _STATES[name]
    return text((_(word), style))


def _is_feature(finding: Finding) -> bool:
    """Whether it is a feature with a row in the table, rather than a fault or a name that code uses."""
    return bool(finding.stacks) and finding.area != "code"


def _features(examination: Examination) -> tuple[tuple[Stack, ...], Mapping[str, tuple[str, tuple[str, ...]]]]:
    """Every feature on every way to Keras: the columns, and by slug the area with a state for each column.

    The first column is what code reaches as things stand. A stack that is the same as another, is missing or was not
    asked for has none. A state is the value of an Outcome, or `broken`; empty where nothing is known.
    """
    stacks = examination.environment.stacks
    same = {stack.id: stack.same_as or stack.id for stack in stacks}
    states: dict[tuple[str, StackId], str] = {}
    areas: dict[str, str] = {}
    for row in examination.canaries:
        areas.setdefault(row.slug, row.area)
        where = (row.slug, same.get(row.stack, row.stack))
        if where[1] is row.stack or where not in states:
            states[where] = _LEFT_OUT if row.by_choice else row.outcome.value
    for finding in filter(_is_feature, examination.findings):
        areas[finding.slug] = areas.get(finding.slug) or finding.area
        known = {**dict.fromkeys(finding.stacks, _BROKEN), **{one: it.value for one, it in finding.outcomes.items()}}
        for stack, state in known.items():
            where = (finding.slug, same.get(stack, stack))
            if states.get(where, _LEFT_OUT) in (Outcome.NOT_RUN.value, _LEFT_OUT):
                states[where] = state
    seen = {stack for _slug, stack in states}
    columns = tuple(one for one in stacks if one.available and one.same_as is None and one.id in seen)
    order = list(dict.fromkeys(areas.values()))
    slugs = sorted(areas, key=lambda slug: order.index(areas[slug]))
    return columns, {
        slug: (areas[slug], tuple(states.get((slug, stack.id), "") for stack in columns)) for slug in slugs
    }


def _differences_table(findings: Sequence[Finding]) -> Table:
    quiet = text((_(" (no error message)"), "doubt"))
    said = [(*text(_(one.title)), *(quiet if is_silent(one) else ())) for one in findings]
    return _by_area([(one.area, (text(one.code), title)) for one, title in zip(findings, said)])


def _by_area(rows: Sequence[tuple[str, tuple[Text, ...]]], head: tuple[str, ...] = ()) -> Table:
    """Rows in the order of their areas, each area with a line of its own above them."""
    lines: list[tuple[Text, ...]] = []
    for area, group in groupby(rows, key=lambda row: row[0]):
        cells = [row for _, row in group]
        lines += [(text((area, "strong")), *(text("") for _ in cells[0][1:])), *cells]
    return Table(tuple(lines), head)


def _side_by_side(report: Report) -> list[Block]:
    """What is broken in one environment or another: a column each, which is what its code reaches as things stand."""
    columns: list[dict[str, str]] = []
    for examination in report.environments:
        marks = {slug: states[0] for slug, (_area, states) in _features(examination)[1].items() if states}
        marks.update({one.slug: _BROKEN for one in examination.findings if is_fault(one) and not one.ignored})
        columns.append(marks)
    broken_states = (_BROKEN, *(outcome.value for outcome in Outcome if outcome.is_broken))
    states = {slug: [column.get(slug, "") for column in columns] for column in columns for slug in column}
    broken = {slug: [state in broken_states for state in row] for slug, row in states.items()}
    rows = [(text(slug), *map(_state, row)) for slug, row in states.items() if len({*broken[slug]}) > 1]
    head = ("", *(f"[{number}]" for number in range(1, len(columns) + 1)))
    blocks: list[Block] = [Heading(_("Where they differ")), Table(tuple(rows), head)] if rows else []
    alike = sum(map(all, broken.values()))
    if alike:
        said = count(alike, "feature broken in all of them.", "features broken in all of them.")
        blocks.append(paragraph((said, "faint")))
    return blocks


# ---------------------------------------------------------------------------------------------------- the words


def _python(environment: Environment) -> str:
    interpreter = environment.interpreter
    is_usual = interpreter.implementation.lower() in ("cpython", "")
    return f"Python {interpreter.version}" + ("" if is_usual else f" ({interpreter.implementation})")


def ingredients(environment: Environment, *, with_python: bool = True) -> list[str]:
    """Python, TensorFlow, Keras and tf-keras with their versions, or that they are missing."""
    if not environment.interpreter.version:
        return [_("an unknown Python")]
    keras, tf_keras = _installed(environment, "keras"), _installed(environment, "tf-keras")
    return [
        *([_python(environment)] if with_python else ()),
        _tensorflow(environment) or _("no TensorFlow"),
        f"Keras {keras.version}" if keras else _("no Keras"),
        *([f"tf-keras {tf_keras.version}"] if tf_keras else ()),
    ]


def _installed(environment: Environment, name: str) -> Optional[Distribution]:
    """A package; as its metadata spells it where it can be imported and its version is not to be trusted."""
    found = environment.find(name, f"{name}-nightly")
    if found is None and environment.package(name.replace("-", "_")):
        found = next((one for one in environment.distributions if one.name.startswith(name) and one.version), None)
    return replace(found, version=one_line(found.version, _LONGEST_VERSION)) if found else None


def _tensorflow(environment: Environment) -> str:
    owners = (one for one in environment.distributions if "tensorflow" in one.owns and one.version)
    found = environment.find("tensorflow") or next(owners, None)
    if found is None:
        return ""
    return f"TensorFlow {found.version}" + ("" if found.name == "tensorflow" else f" ({found.name})")


def _answers(environment: Environment) -> list[str]:
    """Which Keras each import name really is, where that differs from what was said before."""
    names = {name.name: name for name in environment.names if environment.stacks}
    said: dict[tuple[bool, str], str] = {}
    for name in (names[wanted] for wanted in ("tf.keras", "tensorflow.keras", "keras") if wanted in names):
        keras = _keras_name(name.implementation, name.version)
        is_there = _("{name} is {keras}", name=name.name, keras=keras)
        words = is_there if name.available else _("{name} cannot be imported", name=name.name)
        said.setdefault((name.available, name.version), words)
    return list(said.values())


def _keras_name(implementation: Optional[Implementation], version: str) -> str:
    """``Keras 3.4.1``, ``tf-keras 2.17.0``."""
    word = "tf-keras" if implementation is _TF_KERAS else "Keras"
    return f"{word} {version}" if version else implementation.label if implementation else word


_Row = tuple[str, str, str]
"""How good it is, what it is, and what is said of it."""


def _tensorflow_row(examination: Examination) -> _Row:
    name = _tensorflow(examination.environment)
    if not name:
        return "", "TensorFlow", _("not installed")
    stacks = {stack.id: stack.reason for stack in examination.environment.stacks}
    if any(row.stack in stacks and not row.outcome.is_unknown for row in examination.canaries):
        return "good", name, _("can be imported")
    reasons = [*stacks.values()]
    fails = bool(reasons) and all(reasons) and any("TensorFlow cannot be imported" in reason for reason in reasons)
    return ("bad", name, _("cannot be imported")) if fails else ("good", name, "")


def _keras_row(environment: Environment) -> _Row:
    found = _installed(environment, "keras")
    if found is None:
        return "bad", "Keras", _("not installed")
    names = {
        name.name: name.implementation
        for name in environment.names
        if name.available and name.implementation is not _TF_KERAS
    }
    given = [name for name in names if name != "tf_keras"]
    if "tf.keras" in given and "tensorflow.keras" in given:
        given.remove("tensorflow.keras")
    if not given:
        return "", f"Keras {found.version}", _("cannot be imported")
    implementation = next(iter(names.values()))
    generation = implementation.label if implementation else ""
    is_plain = not generation or found.version.startswith(generation[-1])
    said = ("" if is_plain else generation + ", ") + _("what you get from {names}", names=listed(given))
    return "good", f"Keras {found.version}", said


def _tf_keras_rows(environment: Environment) -> list[_Row]:
    """One, or none where nobody wants it."""
    installed = _installed(environment, "tf-keras")
    value = environment.variables.get(LEGACY_VARIABLE, "")
    setting = f"{LEGACY_VARIABLE}={value}"
    if installed is None:
        said = _("not installed, but {setting} asks for it", setting=setting)
        return [("bad", "tf-keras", said)] if value in environment.legacy_values else []
    name, stack = f"tf-keras {installed.version}", environment.stack(StackId.LEGACY)
    if any(one.name == "tf.keras" and one.available and one.implementation is _TF_KERAS for one in environment.names):
        return [("good", name, _("Keras 2, what you get from tf.keras ({setting})", setting=setting))]
    if stack is not None and stack.available:
        return [("good", name, _("Keras 2, if you set {setting}", setting=f"{LEGACY_VARIABLE}=1"))]
    return [("", name, "")]


def what_you_see(finding: Finding) -> str:
    """What happens when a line runs that uses it, in a sentence; empty where that is not known."""
    if is_silent(finding):
        return _("No error message, but other results.")
    outcome = next((finding.outcomes[stack] for stack in finding.stacks if stack in finding.outcomes), None)
    if outcome is Outcome.CRASHES:
        return _("The process dies.")
    if outcome is not Outcome.RAISES:
        return ""
    error = finding.detail.partition(":")[0].rpartition(".")[2]
    is_named = error.isidentifier() and error[:1].isupper()
    return _("{error} when this line runs.", error=error) if is_named else _("An error.")


def _first_paragraph(explanation: str) -> str:
    """What an explanation begins with, for a reader who wants to go on; the rest of it is a fold away."""
    return _(" ".join(explanation.split("\n\n")[0].split()))


def _pattern(before: str, after: str) -> str:
    """The change as few lines, marked as in a diff; empty where it is too large to be one."""
    if not before:
        return ""
    old, new = before.strip("\n").splitlines(), after.strip("\n").splitlines()
    changes = [one for one in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if one[0] != "equal"]
    gone = [f"- {line}" for _, first, last, *_ in changes for line in _telling(old[first:last])]
    come = [f"+ {line}" for *_, start, end in changes for line in _telling(new[start:end])]
    is_short = max(len(gone), len(come)) <= _LINES_OF_A_PATTERN
    is_short = is_short and all(len(one) < _LONGEST_PATTERN for one in (*gone, *come))
    return "\n".join((*gone, *come)) if come and is_short else ""


def _telling(lines: Iterable[str]) -> list[str]:
    """The lines that say something."""
    stripped = (line.strip() for line in lines)
    return [line for line in stripped if line and not line.startswith(("#", "import ", "from "))]


def _of(fixes: Sequence[Finding], total: int) -> str:
    if len(fixes) == total:
        return _("this problem") if total == 1 else _("all {n} problems", n=total)
    return _("{n} of {all} problems ({codes})", n=len(fixes), all=total, codes=_codes(fixes))


def _with_times(codes: Counter[str]) -> list[str]:
    return [f"{code} ({number})" if number > 1 else code for code, number in codes.most_common()]


def _codes(findings: Sequence[Finding]) -> str:
    return listed(dict.fromkeys(one.code for one in findings), 6)


def _facts(environment: Environment) -> list[Paragraph]:
    """What is worth knowing of an environment when something is wrong with it."""
    interpreter = environment.interpreter
    system = f"{interpreter.system} {interpreter.machine}, {interpreter.manager}"
    said = [("Python", f"{interpreter.executable} ({system})")] if interpreter.executable else []
    said += [(stack.id.value, _stack(stack)) for stack in environment.stacks]
    said += [*environment.variables.items()]
    said += [(_("shadows a package"), f"{shadow.path} ({shadow.name})") for shadow in environment.shadows]
    return [paragraph((f"{name}: ", "strong"), value) for name, value in said]


def _stack(stack: Stack) -> str:
    if stack.same_as is not None:
        return _("the same as {stack}", stack=stack.same_as.value)
    if not stack.available:
        return _("not available") + (f": {filled(stack.reason)}" if stack.reason else "")
    backend = _(" on {target}", target=stack.backend) if stack.backend and stack.backend != "tensorflow" else ""
    return _keras_name(stack.implementation, stack.version) + backend


def _gap(line: str) -> str:
    return filled(line, gate.GAPS)


def kernel_sentences(kernel: Kernel) -> list[str]:
    """What the reader must know of this process before anything that the report advises can help."""
    said: list[str] = []
    words = {"tensorflow": "TensorFlow", "keras": "Keras", "tf_keras": "tf-keras"}
    holders = [f"{word} {kernel.imported[name]}".strip() for name, word in words.items() if name in kernel.imported]
    here = _("kernel") if kernel.is_notebook else _("Python process")
    known = {"here": here, "variable": LEGACY_VARIABLE, "keras": kernel.tf_keras, "imported": listed(holders)}
    if kernel.is_split:
        said.append(
            _(
                "This {here} is split: tf.keras is {keras}, but import tensorflow.keras gives {other}; layers of one "
                "do not fit into models of the other. {variable} was changed after TensorFlow was imported. Restart "
                "the {here} and set it before the first import."
                if kernel.touched
                else "This {here} is split: tf.keras would be {keras}, but import tensorflow.keras gives {other}; "
                "layers of one do not fit into models of the other. {variable} was changed after TensorFlow was "
                "imported. Restart the {here} and set it before the first import.",
                other=kernel.tensorflow_keras,
                **known,
            )
        )
    elif "tensorflow" in kernel.imported:
        now = _(
            "This {here} has imported {imported}; its tf.keras is {keras}."
            if kernel.touched
            else "This {here} has imported {imported}; its tf.keras will be {keras}.",
            **known,
        )
        late = _(
            "Setting {variable} now splits it: for another Keras, restart the {here} first."
            if kernel.effect is Effect.SPLITS
            else "Setting {variable} now has no effect: for another Keras, restart the {here} first.",
            **known,
        )
        said.append(f"{now} {late}")
    elif holders:
        said.append(_("This {here} has imported {imported}; a change takes effect after a restart.", **known))
    if kernel.variable is not None and kernel.set_by:
        where = {"setting": f"{LEGACY_VARIABLE}={kernel.variable}", "place": kernel.set_by}
        is_cell = kernel.set_by.startswith("In [")
        said.append(_("{setting} was set in {place}." if is_cell else "{setting} was set by {place}.", **where))
    return said
