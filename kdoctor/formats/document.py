"""What people read of a report: its sections, their order and their wording, once for every format. Pure."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Optional, Union

from kdoctor.code.places import Location
from kdoctor.environment.installers import spell
from kdoctor.environment.model import Distribution, Effect, Environment, Kernel, Name, Stack
from kdoctor.environment.steps import Remedy
from kdoctor.formats.blocks import (
    Block,
    Code,
    Document,
    Fold,
    Heading,
    Paragraph,
    Place,
    Problem,
    Steps,
    Table,
    Text,
    text,
)
from kdoctor.formats.context import View
from kdoctor.formats.features import BROKEN, BROKEN_STATES, LEFT_OUT, Features, features, is_feature
from kdoctor.formats.text import count, line_of, listed, one_line, place, sentence, title_of
from kdoctor.language import _, current, filled
from kdoctor.report import Examination, Finding, Report, gate, notes
from kdoctor.words import LEGACY_VARIABLE, Certainty, Implementation, Outcome, Relevance, Severity, StackId

LEGACY = "use-legacy-keras"
_PLACES = 5  # so many places of one finding are shown; the others are counted
_MOST_MODEL_FILES = 3  # so many of the model files that the code loads get a line with the command that examines them
_LINES_OF_A_PATTERN = 3
_LONGEST_PATTERN = 100
_LONGEST_VERSION = 40
_MANY = 4  # from so many problems on the verdict stands above them too, and each of them is short
_MOST_COUNTED = 15
_MANY_PLACES = 20  # from so many places on a table says which rules have most of them
_FAULT_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
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
    made = functools.partial(_Part, report, full=full, card=card, view=view, most=most)
    parts = [made(examination) for examination in report.environments]
    if not parts:
        return Document("doubt", _("Nothing was examined."), ())
    if len(parts) == 1:
        mood, said = parts[0].verdict
        said += f" {parts[0].here}" if card and mood == "good" else ""
        return Document(mood, said, tuple(parts[0].blocks()))
    mood = next(mood for mood in ("bad", "doubt", "good") if any(part.verdict[0] == mood for part in parts))
    names = labels(report)
    lines = [
        Paragraph(text((f"{name}: ", "strong"), (part.verdict[1], part.verdict[0])), is_verdict=False)
        for name, part in zip(names, parts)
    ]
    blocks: list[Block] = [*lines]
    if report.code is None and view is View.REPORT:
        blocks += _side_by_side(report)
    for name, part in zip(names, parts):
        if report.code is not None or full or view is not View.REPORT:
            blocks += [Heading(name), *part.blocks()]
        elif part.faults:
            blocks += [Heading(name), *part.problem_blocks()]
    broken = sum(part.verdict[0] == "bad" for part in parts)
    said = _("{n} environments examined.", n=len(parts))
    if broken:
        said = _("{n} of {all} environments have problems.", n=broken, all=len(parts))
    return Document(mood, said, tuple(blocks))


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
        (f"[{number}] " if several else "")
        + one_line(examination.target or ", ".join(ingredients(examination.environment)))
        for number, examination in enumerate(report.environments, 1)
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
        seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(earlier)).total_seconds()
    except (ValueError, TypeError):
        return earlier
    if seconds < 60:
        return _("a moment ago")
    if seconds < 3600:
        return _("{number} min ago", number=int(seconds // 60))
    if seconds < 86400:
        return _("{number} h ago", number=int(seconds // 3600))
    days = int(seconds // 86400)
    return _("1 day ago") if days == 1 else _("{number} days ago", number=days)


def is_fault(finding: Finding) -> bool:
    """Whether it is a problem with the installation rather than with a feature."""
    return not finding.stacks


def is_silent(finding: Finding) -> bool:
    """Whether other results come of it without any message, on the stack that code reaches as things stand."""
    reached = finding.outcomes.get(StackId.TF_KERAS, finding.outcomes.get(StackId.KERAS))
    return finding.silent or reached is Outcome.WRONG


class _Part:
    """One environment's part of the document."""

    def __init__(
        self,
        report: Report,
        examination: Examination,
        *,
        full: bool = False,
        card: bool = False,
        view: View = View.REPORT,
        most: int = 0,
    ) -> None:
        self._report, self._examination, self._full, self._card = report, examination, full, card
        self._view, self._most = view, most
        self._environment = examination.environment
        self._remedies = {remedy.id: remedy for remedy in examination.remedies}
        found = [finding for finding in examination.findings if not finding.ignored]
        self.faults = [
            one for one in found if is_fault(one) and not one.locations and one.severity is not Severity.INFO
        ]
        # What stopped the reader goes first, then what nothing is raised for.
        error = report.kernel.error if report.kernel else None
        self._stopped = error if error and any(one.locations and one.code == error.code for one in found) else None
        stopped = self._stopped.code if self._stopped else ""
        self._used = sorted(
            (one for one in found if one.locations),
            key=lambda one: (one.code != stopped, card and not is_silent(one), _first_place(one)),
        )
        self._required = [one for one in found if one.relevance is Relevance.REQUIRED and not one.locations]
        self._others = [one for one in found if is_feature(one) and one not in self._used and one not in self._required]
        held = {one.slug for one in self._required}
        self._unmet = [one for one in examination.requirements if not one.is_met and one.slug not in held]
        self._silent_checks = tuple(
            dict.fromkeys(row.slug for row in gate.unknown(examination) if row.outcome is Outcome.TIMES_OUT)
        )
        self._several = [self._remedies[one] for one in self._shared()]
        self._shown: set[str] = set()
        self.verdict = self._verdict()

    @property
    def _concerning(self) -> list[Finding]:
        return [*self._used, *self._required]

    def blocks(self) -> list[Block]:
        """All of it."""
        examination, code = self._examination, self._report.code
        verdict = Paragraph(text((self.verdict[1], self.verdict[0])), is_verdict=True)
        if examination.failures and not self._environment.interpreter.version:
            return [verdict]
        if self._card and self.verdict[0] == "good":
            is_split = self._report.kernel is not None and self._report.kernel.is_split
            return [*self._last_error(), *(self._kernel() if is_split else ())]
        if self._view is not View.REPORT:
            return [self._line(), *self._counted(), verdict, *self._gaps()]
        problems = self.problem_blocks()
        stopped = problems[:1] if self._stopped else self._last_error()
        problems = problems[len(stopped) if self._stopped else 0 :]
        parts: list[Block] = [*stopped, self._line() if self._card or code else self._head()]
        if not self._card and (code is None or self.faults) and not examination.target:
            parts.append(self._checklist())
        parts += self._kernel()
        parts += [verdict] if len(problems) >= _MANY else []
        parts += self._counted() if self._places >= _MANY_PLACES and not self._card else []
        parts += [*problems, *self._shared_steps(), verdict, *self._gaps()]
        if code is None and not self.faults:
            parts += self._differences()
        parts += [*self._next(), *self._footer(), *self._folds()]
        return parts

    # -- what is here

    def _head(self) -> Paragraph:
        version = ("kdoctor " + self._report.version, "strong")
        if self._examination.target:
            known = _(" · test results on record for {target}; nothing was run", target=self._examination.target)
            return Paragraph(text(version, known))
        interpreter = self._environment.interpreter
        manager = f", {interpreter.manager}" if interpreter.manager not in ("pip", "") else ""
        python = f"({_python(self._environment)}{manager})"
        said = _(" · examining {python} {version}", python=interpreter.executable, version=python)
        return Paragraph(text(version, said))

    @property
    def here(self) -> str:
        """What is here in a sentence, for a title."""
        return sentence(_(", ").join([*ingredients(self._environment)[1:2], *answers(self._environment)]))

    def _line(self) -> Paragraph:
        """What is here in one line."""
        words = [] if self._card else [f"kdoctor {self._report.version}"]
        words += [_("from test results on record")] if self._examination.target else []
        words += ingredients(self._environment, with_python=not self._examination.target)[: None if self._card else 2]
        return Paragraph(text(" · ".join([*words, *answers(self._environment)])))

    def _checklist(self) -> Table:
        """What is installed, and what each is for."""
        environment = self._environment
        names = {name.name: name for name in environment.names}
        rows = [_tensorflow_row(self._examination)]
        keras = _installed(environment, "keras")
        rows.append(_keras_row(keras, [one for one in names.values() if _is(one, is_tf_keras=False)]))
        rows += [row for row in [self._tf_keras_row(names.get("tf.keras"))] if row]
        if not self.faults and environment.stacks:
            rows.append(("good", _("Versions"), _("belong together")))
        marks = [text((f"[{_SIGNS.get(mood, ' ')}]", mood)) for mood, *_ in rows]
        return Table(tuple((mark, text((name, "strong")), text(said)) for mark, (_, name, said) in zip(marks, rows)))

    def _tf_keras_row(self, name: Optional[Name]) -> Optional[tuple[str, str, str]]:
        installed = _installed(self._environment, "tf-keras")
        value = self._environment.variables.get(LEGACY_VARIABLE, "")
        if installed is None:
            asked = value in self._environment.legacy_values
            said = _("not installed, but {setting} asks for it", setting=f"{LEGACY_VARIABLE}={value}")
            return ("bad", "tf-keras", said) if asked else None
        if name is not None and _is(name, is_tf_keras=True):
            return (
                "good",
                f"tf-keras {installed.version}",
                _("Keras 2, what you get from tf.keras ({setting})", setting=f"{LEGACY_VARIABLE}={value}"),
            )
        stack = self._environment.stack(StackId.LEGACY)
        if stack is not None and stack.available:
            said = _("Keras 2, if you set {setting}", setting=f"{LEGACY_VARIABLE}=1")
            return "good", f"tf-keras {installed.version}", said
        return "", f"tf-keras {installed.version}", ""

    def _kernel(self) -> list[Block]:
        kernel = self._report.kernel
        style = "doubt" if kernel and kernel.is_split else "faint"
        return [Paragraph(text((line, style))) for line in kernel_sentences(kernel)] if kernel else []

    def _last_error(self) -> list[Block]:
        """The exception that this notebook showed last, which is why its reader is here."""
        error = self._report.kernel.error if self._report.kernel else None
        if error is None:
            return []
        blocks: list[Block] = [Paragraph(text(error.message))] if error.message else []
        if error.code:
            blocks.append(
                Paragraph(text((sentence(_(error.title)), "strong"), " ", _first_paragraph(error.explanation)))
            )
            blocks += [
                self._steps(one, _("Or") if number else _("Fix")) for number, one in enumerate(error.remedies[:2])
            ]
        else:
            blocks.append(Paragraph(text(_("No rule knows this message."), " ", _("Details: "), "kdoctor.explain()")))
        places = (Place(error.where, error.line),) if error.where or error.line else ()
        return [
            Problem(
                "error", error.code or "unknown", _("Stopped with {error}", error=error.type), places, tuple(blocks)
            )
        ]

    # -- what concerns this reader

    def problem_blocks(self) -> list[Block]:
        """The problems: those of the installation first, those of the code by file and line."""
        gaps = [Paragraph(text((_("Not finished: "), "doubt"), _gap(line))) for line in self._examination.failures]
        faults = [self.fault(one) for one in sorted(self.faults, key=lambda one: one.severity.rank)]
        used = [self.in_code(one) for one in self._concerning]
        first = 1 if self._stopped else 0
        blocks: list[Block] = [*used[:first], *gaps, *faults, *used[first:]]
        if 0 < self._most < len(blocks):
            left = count(len(blocks) - self._most, "more problem")
            said = _("{problems} not shown here: {command} shows all.", problems=left, command="kdoctor check")
            blocks[self._most :] = [Paragraph(text(said))]
        for one in self._unmet:
            why = [Paragraph(text(sentence(one_line(one.message))))] if one.message else []
            kind = "warning" if one.outcome.is_unknown else "error"
            does = _(_DOES[one.outcome])
            title = _("{feature} is required on {stack}: {does}", feature=one.slug, stack=one.stack.value, does=does)
            blocks.append(Problem(kind, "required", title, (), (*why,)))
        return blocks

    def fault(self, finding: Finding) -> Problem:
        """A problem with the installation: what is wrong, what people see, what fixes it."""
        said = _first_paragraph(finding.explanation) if current() != "en" else ""  # what was seen stays English
        blocks: list[Block] = [Paragraph(text(one)) for one in (said, sentence(filled(finding.detail))) if one]
        seen = next((one for one in finding.symptoms if "..." not in one and ": " in one), "")
        if seen and seen.partition(": ")[2] not in finding.detail:
            blocks.append(Paragraph(text((_("You see: "), "strong"), f'"{seen}"')))
        ways = [self._remedies[one] for one in dict.fromkeys(finding.remedies) if one in self._remedies]
        blocks += [self._steps(way, _("Or") if number else _("Fix")) for number, way in enumerate(ways)]
        blocks += self._at_length(finding, with_steps=False)
        return Problem(_FAULT_WORDS[finding.severity], finding.code, _(finding.title), (), tuple(blocks))

    def in_code(self, finding: Finding, *, alone: bool = False) -> Problem:
        """A feature or a name, with the places that use it; ``alone`` without the steps that fix several."""
        likely = bool(finding.locations) and finding.certainty is not Certainty.CERTAIN
        blocks: list[Block] = []
        seen = what_you_see(finding)
        if finding.relevance is Relevance.REQUIRED:
            required = _("Required on {stacks}.", stacks=listed([stack.value for stack in finding.stacks]))
            seen = f"{required} {seen}".rstrip()
        first = _first_paragraph(finding.explanation)
        said = f"{seen} {first}".strip() if not finding.locations else first
        if self._card and finding.consequence:
            said, seen = f"{sentence(_(finding.title))} {said}", ""
        is_brief = not alone and not self._full and not self._card and len(self._concerning) >= _MANY
        blocks += [Paragraph(text(said))] if said and not self._full and not is_brief else []
        if finding.conflict:
            blocks.append(Paragraph(text((_("Not as on record: "), "doubt"), finding.conflict)))
        shared = set() if alone else {remedy.id for remedy in self._several}
        own = [self._remedies[one] for one in finding.remedies if one in self._remedies and one not in shared]
        if finding.locations and all(one.fix for one in finding.locations):
            own = [one for one in own if not one.code]  # his own lines say it
            changes = dict.fromkeys(one.fix.unsafe for one in finding.locations if one.fix and one.fix.unsafe)
            blocks += [Paragraph(text((_("Check the result: "), "strong"), _(one))) for one in changes]
        if own:
            blocks.append(self._steps(own[0], _("Fix"), short=is_brief))
        blocks += self._at_length(finding, ways=own[1:])
        kind = "possible" if likely else _FAULT_WORDS[finding.severity]
        title = _(finding.consequence if self._card and finding.consequence else finding.title)
        if self._stopped and self._stopped.code == finding.code:
            title = _("Stopped with {error}", error=self._stopped.type) + f": {title}"
            blocks.insert(0, Paragraph(text(self._stopped.message)))
        page = next((one.url for one in finding.references), "")
        places = self._places_of(finding, seen.rstrip(".。"), 1 if is_brief else _PLACES)
        return Problem(kind, finding.code, title, places, tuple(blocks), page)

    def _places_of(self, finding: Finding, seen: str, most: int) -> tuple[Place, ...]:
        """The first places with their lines, and of the others how many there are."""
        places = [_place(one, self._report) for one in finding.locations[:most]]
        if places:
            places[0] = replace(places[0], note=", ".join(filter(None, (places[0].note, seen))))
        others = finding.locations[most:]
        if others:
            named = [_place(one, self._report).where for one in others[:2]] if most == 1 else []
            left = len(others) - len(named)
            more = [count(left, "more place")] if left else []
            hint = _(" (--format concise lists all)") if left and not self._card else ""
            places.append(Place(_("and {places}", places=listed([*named, *more])) + hint))
        return tuple(places)

    def _at_length(self, finding: Finding, *, with_steps: bool = True, ways: Sequence[Remedy] = ()) -> list[Block]:
        """What is known of a finding, behind a fold."""
        blocks: list[Block] = [Paragraph(text(_(part))) for part in finding.explanation.split("\n\n") if part.strip()]
        if self._full:
            blocks += [Paragraph(text((_("You see: "), "strong"), one)) for one in finding.symptoms]
            blocks += (
                [Paragraph(text((_("Here: "), "strong"), finding.detail))] if finding.detail and with_steps else []
            )
        blocks += [self._steps(way, _("Or")) for way in ways]
        if self._full or self._card:
            blocks += [Paragraph(text((one.says, "", one.url))) for one in finding.references]
        return [Fold(_("Why, and more"), tuple(blocks))] if blocks else []

    # -- as tables

    @property
    def _places(self) -> int:
        return sum(len(one.locations) for one in self._used)

    def _counted(self) -> list[Block]:
        """The problems of the code by rule or by file, most first; or every known difference by area."""
        if self._view is View.LIST:
            listed_ones = sorted((*self._others, *self._concerning), key=lambda one: (one.area, one.code))
            return [_differences_table(listed_ones)] if listed_ones else []
        rows: list[tuple[str, ...]] = []
        if self._view is View.FILES:
            head: tuple[str, ...] = (_("File"), _("Places"), _("Rules"))
            used = Counter((where.path, one.code) for one in self._used for where in one.locations)
            for path in dict.fromkeys(path for path, _ in used):
                codes = Counter({code: number for (where, code), number in used.items() if where == path})
                rows.append((path, str(sum(codes.values())), _most_common(codes)))
        else:
            head = (_("Rule"), _("Places"), _("Files"), "")
            for one in self._used:
                files = {where.path for where in one.locations}
                rows.append((one.code, str(len(one.locations)), str(len(files)), _(one.title)))
        rows.sort(key=lambda row: (-int(row[1]), row[0]))
        if self._view is View.REPORT and len(rows) > _MOST_COUNTED:
            left = _("and {rules}: --statistics", rules=count(len(rows) - _MOST_COUNTED, "more rule"))
            rows[_MOST_COUNTED:] = [("...", "", "", left)]
        return [Table(tuple(tuple(map(text, row)) for row in rows), head)] if rows else []

    # -- how to fix it

    def _steps(self, remedy: Remedy, label: str, said: str = "", *, short: bool = False) -> Steps:
        title = f"{title_of(remedy)}{said}"
        if remedy.id in self._shown and not remedy.code:
            return Steps(label, _("{title}, as above", title=title))
        self._shown.add(remedy.id)
        blocks: list[Union[Paragraph, Code]] = []
        for part in spell(remedy.steps, self._environment, kernel=self._report.kernel):
            if part.is_code:
                blocks.append(Code(part.text))
            elif not short:
                blocks.append(Paragraph(text(line_of(part.text))))
        if remedy.code is not None:
            pattern = _pattern(remedy.code.before, remedy.code.after)
            if self._full and not pattern:
                blocks.append(Code(remedy.code.after.strip("\n"), "python"))
            elif pattern and not (short and pattern.count("\n") > 1):
                title = _("{title}; for example:", title=title)
                blocks.append(Code(pattern, "diff"))
        if remedy.cost and not short:
            blocks.append(Paragraph(text((_("Downside: "), "faint"), (_(remedy.cost), "faint"))))
        return Steps(label, title, tuple(blocks))

    def _shared(self) -> list[str]:
        """The remedies that are no change of code and serve several findings, or that change the Keras for all."""
        uses = Counter(one for finding in self._concerning for one in dict.fromkeys(finding.remedies))
        shared = [one for one in uses if one in self._remedies and (uses[one] > 1 or one == LEGACY)]
        return sorted((one for one in shared if not self._remedies[one].code), key=lambda one: one == LEGACY)

    def _shared_steps(self) -> list[Steps]:
        """Each of them once, with what it does to the findings of this reader."""
        steps = []
        for remedy in self._several:
            fixes, worse, left = [], [], []
            for finding in self._concerning:
                under = finding.outcomes.get(StackId.LEGACY) if remedy.id == LEGACY else None
                if under is Outcome.WRONG and not is_silent(finding):
                    worse.append(finding)
                elif under is Outcome.WORKS or (remedy.id in finding.remedies and under is None):
                    fixes.append(finding)
                else:
                    left.append(finding)
            if not fixes:
                continue
            said = _(": fixes {problems}", problems=_of(fixes, len(self._concerning)))
            said += _(", not {codes}", codes=_codes(left)) if left else ""
            said += _("; makes {codes} worse (no error message, other results)", codes=_codes(worse)) if worse else ""
            tested = remedy.proof is not None and {one.slug for one in fixes} <= set(remedy.proof.mended)
            shared = {each.id for each in self._several}
            is_first = all(shared.issuperset(one.remedies) for one in fixes)
            label = _("Fix") if is_first else _("Or")
            said += _(" (tested here)") if tested else ""
            steps.append(self._steps(remedy, label, said, short=not is_first and self._report.kernel is None))
        return steps

    # -- the verdict, and what was not examined

    def _verdict(self) -> tuple[str, str]:
        examination = self._examination
        if examination.failures and not self._environment.interpreter.version:
            return "doubt", _("Not examined: {why}", why=examination.failures[0])
        if not self._environment.stacks and not examination.failures:
            return "doubt", _("Nothing to examine: neither TensorFlow nor Keras is installed here.")
        said = []
        if self.faults:
            said.append(_("{problems} with the installation", problems=count(len(self.faults), "problem")))
        if self._used:
            said.append(self._in_files())
        broken = len(self._required) + sum(not one.outcome.is_unknown for one in self._unmet)
        if broken:
            said.append(count(broken, "required feature does not work", "required features do not work"))
        incomplete = _("Not everything could be examined.") if examination.failures else ""
        if said:
            errors = any(one.severity is Severity.ERROR for one in (*self.faults, *self._concerning)) or self._unmet
            ended = sentence(_("; ").join(said))
            first = self._environment.stacks[0] if self._environment.stacks else None
            if self.faults and first is not None and not first.available:
                ended += _(" Fix it first: nothing else was checked on {stack}.", stack=first.id.value)
            return "bad" if errors else "doubt", " ".join(filter(None, (ended, incomplete))).replace("。 ", "。")
        failing = sum(gate.fails(one, self._report.fail_on, self._report.strict) for one in self._others)
        if failing and self._report.fail_on is not None:
            counted = _(
                "{differences}, and {option} counts them." if failing > 1 else "{differences}, and {option} counts it.",
                differences=count(failing, "known difference"),
                option=f"--fail-on {self._report.fail_on.value}",
            )
            return "bad", counted
        if incomplete or gate.gaps(examination):
            return "doubt", incomplete or _("No problem found, but not every check was run.")
        return self._well()

    def _well(self) -> tuple[str, str]:
        """The verdict where no problem was found."""
        examination, code = self._examination, self._report.code
        aside = sum(bool(finding.ignored) for finding in examination.findings)
        ignored = f" {count(aside, 'finding is ignored', 'findings are ignored')}." if aside else ""
        unknown = (
            _(" {checks} gave no answer.", checks=count(len(self._silent_checks), "check"))
            if self._silent_checks
            else ""
        )
        if code is not None:
            if not code.read:
                return "doubt", _("No code was read.")
            where = _(" on {target}", target=examination.target) if examination.target else ""
            files = count(code.cells, "cell") if self._is_notebook and code.cells else count(code.read, "file")
            wrong = [one for one in code.remarks if one.severity is not Severity.INFO]
            unknown += f" {count(len(wrong), 'comment ignores nothing', 'comments ignore nothing')}." if wrong else ""
            mood = "doubt" if unknown or code.unread else "good"
            calls = count(code.calls, "Keras call")
            seen = _("{calls} recognised, none of them on the list of known problems", calls=calls)
            seen = seen if code.calls else _("no call of TensorFlow or Keras recognised")
            said = _("No known problem{where}: {files} read, {seen}.", where=where, files=files, seen=seen)
            return mood, f"{said}{unknown}{ignored}"
        if not examination.canaries:
            return "doubt", _("No problem in the installed versions. Nothing was run.") + ignored
        said = _("No problems with this installation.")
        return "doubt" if unknown else "good", f"{said}{unknown}{ignored}"

    @property
    def _is_notebook(self) -> bool:
        code = self._report.code
        if code is None or not code.cells:
            return False
        return all(path.endswith(".ipynb") or " " in path for path in code.paths)  # "as run so far" is no file

    def _in_files(self) -> str:
        """``3 problems and 1 possible problem in 2 files (17 files read)``."""
        code = self._report.code
        sure = [one for one in self._used if one.certainty is Certainty.CERTAIN]
        maybe = len(self._used) - len(sure)
        counts = (count(len(sure), "problem") if sure else "", count(maybe, "possible problem") if maybe else "")
        said = listed(list(filter(None, counts)))
        places = sum(len(one.locations) for one in self._used)
        if places > len(self._used):
            said += _(" at {n} places", n=places)
        if self._is_notebook and code is not None and code.files <= 1:
            return _("{problems} in this notebook", problems=said)
        files = len({location.path for one in self._used for location in one.locations})
        said = _("{problems} in {files}", problems=said, files=count(files, "file"))
        return said + (_(" ({files} read)", files=count(code.read, "file")) if code else "")

    def _gaps(self) -> list[Block]:
        """What was not examined, and why."""
        code = self._report.code
        said = [_gap(one) for one in gate.gaps(self._examination) if one not in self._examination.failures]
        if self._silent_checks:
            said.append(_("No answer in time: {checks}", checks=listed(self._silent_checks, 6)))
        unread = code.unread if code else ()
        said += [
            _("Not read: {what}", what=f"{place(one.path, one.line, one.cell)}: {filled(one.reason)}")
            for one in unread[:_PLACES]
        ]
        if len(unread) > _PLACES:
            said.append(_("Not read: {what}", what=count(len(unread) - _PLACES, "more place")))
        remarks = [one for one in (code.remarks if code else ()) if self._full or one.severity is not Severity.INFO]
        return [
            *(Paragraph(text(("? ", "doubt"), sentence(one_line(one)))) for one in said),
            *(
                Problem(_FAULT_WORDS[one.severity], "ignore", sentence(one.text), (_place(one.location, self._report),))
                for one in remarks
            ),
        ]

    # -- what may concern him

    def _differences(self) -> list[Block]:
        """What code for another Keras meets here, as numbers: these are differences, not defects."""
        if not self._others:
            return []
        silent = sum(is_silent(one) for one in self._others)
        first = next((stack for stack in self._environment.stacks if stack.available), None)
        many = len(self._others) > 1
        if first is None or first.implementation is Implementation.KERAS_3:
            asked = _("Code written for Keras 2 (TensorFlow 2.15 or older)? ")
            said = count(len(self._others), "thing may stop or change", "things may stop or change")
        else:
            asked = ""
            name = keras_name(first.implementation, first.version)
            differences = count(len(self._others), "known difference")
            said = _("{differences} of {keras} from other releases", differences=differences, keras=name)
        quiet = _(", {n} of them without an error message", n=silent) if many else _(", without an error message")
        quiet = quiet if silent else ""
        areas = Counter(one.area for one in self._others).most_common()
        numbers = text(*(piece for area, number in areas for piece in ((f"{area} ", "faint"), f"{number}  ")))
        blocks: list[Block] = [
            Paragraph(text(asked + said + quiet + _(":")), begins=True),
            Paragraph(numbers, indent=2),
        ]
        surprises = [one for one in self._others if one.conflict]
        if surprises:
            slugs = listed([one.slug for one in surprises], 6)
            blocks.append(
                Paragraph(
                    text(
                        (_("Not as on record: "), "doubt"),
                        _("{checks}. Details: {command}", checks=slugs, command="kdoctor -v"),
                    )
                )
            )
        return blocks

    def _next(self) -> list[Block]:
        """The commands that come next."""
        if self._card:
            return []
        interpreter = self._environment.interpreter.executable
        is_other = interpreter and interpreter != sys.executable
        python = f" --python {shlex.quote(interpreter)}" if is_other else ""
        concerning = [*self.faults, *self._concerning]
        if not self._environment.stacks:
            rows = [
                (_("Check another Python"), "kdoctor --python PATH"),
                (_("Check code without one"), "kdoctor scan ."),
            ]
        elif concerning:
            rows = [(_("Details"), f"kdoctor explain {concerning[0].code}")]
            code = self._report.code
            if code is not None and any(place.fix for one in self._used for place in one.locations):
                targets = "".join(f" --target {one}" for one in self._examination.target.split())
                paths = "".join(f" {shlex.quote(one)}" for one in code.paths[:_PLACES])
                rows.insert(0, (_("Change the code"), f"kdoctor fix{python}{paths} --diff{targets}"))
        elif self._report.code is not None:
            rows = []
        else:
            rows = [
                (_("Which of them does my code use?"), f"kdoctor check{python} ."),
                (_("What does this error mean?"), "python train.py 2>&1 | kdoctor explain -"),
                (_("The whole list"), f"kdoctor --list{python}"),
            ]
        for path in self._report.code.model_files[:_MOST_MODEL_FILES] if self._report.code else ():
            rows.append(
                (
                    _("Will {file} load?", file=os.path.basename(path.rstrip(os.sep))),
                    f"kdoctor model {shlex.quote(path)}{python}",
                )
            )
        cells = tuple((text((question, "faint")), text((command, "code"))) for question, command in rows)
        return [Table(cells)] if cells else []

    def _footer(self) -> list[Block]:
        """How it was examined."""
        examination = self._examination
        if self.faults and not self._card:
            return []  # what is wrong goes before how it was found
        said = []
        answered = {row.slug for row in examination.canaries if not row.outcome.is_unknown}
        if answered and (self._report.code is None or self._card):
            models = count(len(answered), "small test model")
            took = f"{examination.seconds:.0f}"
            said.append(
                _("{models}.", models=models)
                if took == "0"
                else _("{models}, {seconds} s.", models=models, seconds=took)
            )
        said += [self._age()]
        said += [sentence(filled(note, notes.ALL)) for note in examination.notes]
        unknown = self._report.code.unknown if self._report.code else ()
        if unknown:
            said.append(_("Not known to kdoctor, and imported by this code: {packages}.", packages=listed(unknown, 6)))
        if self._card and self._report.code is None:
            call = 'kdoctor.check(notebook="its-name.ipynb")'
            said.append(_("No cell was read: {call} shows what this notebook uses.", call=call))
        for aside in self._report.code.set_aside if self._report.code else ():
            where = place(aside.location.path, aside.location.line, aside.location.cell)
            said.append(_("Ignored: {what}.", what=f"{where} {aside.code} ({aside.reason})"))
        line = " ".join(filter(None, said)).replace("。 ", "。")
        return [Paragraph(text((line, "faint")))] if line else []

    def _age(self) -> str:
        """How old the oldest result of an earlier run is, and how to run it again."""
        ran = [row for row in self._examination.canaries if row.outcome is not Outcome.NOT_RUN]
        earlier = [row.observed for row in ran if row.observed]
        if not earlier:
            return ""
        again = "kdoctor.check(fresh=True)" if self._card else "--fresh"
        age = age_in_words(min(earlier), self._report.created.replace("Z", "+00:00"))
        if len(earlier) < len(ran):
            return _("Some results are from {age}; {command} runs the tests again.", age=age, command=again)
        return _("Results are from {age}; {command} runs the tests again.", age=age, command=again)

    # -- on request

    def _folds(self) -> list[Block]:
        folds: list[Block] = []
        others = [] if self.faults and not self._full else list(self._others)
        ignored = [one for one in self._examination.findings if one.ignored]
        if ignored:
            lines = tuple(Paragraph(text((f"{one.code} ", "strong"), f"{one.slug}: {one.ignored}")) for one in ignored)
            folds.append(Fold(count(len(ignored), "finding ignored", "findings ignored"), lines))
        title = count(len(others), "known difference")
        title = _("{differences} that this code does not use", differences=title) if self._report.code else title
        others.sort(key=lambda one: (one.area, one.code))
        table = features(self._examination) if self._full else Features((), ())
        if others and self._full:
            folds.append(Fold(title, (_differences_table(others),)))
        if table.rows:
            folds.append(
                Fold(
                    _("{features}, tested or on record", features=count(len(table.rows), "feature")),
                    (_feature_table(table),),
                )
            )
        if others and not self._full:
            areas = dict.fromkeys(one.area for one in others)
            rows = (
                (text((area, "strong")), text(", ".join(one.slug for one in others if one.area == area)))
                for area in areas
            )
            folds.append(Fold(title, (Table(tuple(rows)),)))
        if not self._card:  # it would be saved with the notebook, and has folders in it
            folds.append(Fold(_("About this environment"), tuple(_facts(self._environment))))
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
_STATES = {
    Outcome.WORKS.value: ("✓", "good"),
    Outcome.WRONG.value: ("✗ differs", "bad"),
    Outcome.RAISES.value: ("✗ error", "bad"),
    Outcome.CRASHES.value: ("✗ crash", "bad"),
    Outcome.TIMES_OUT.value: ("? no answer", "doubt"),
    Outcome.NOT_APPLICABLE.value: ("-", "faint"),
    Outcome.NOT_RUN.value: ("? not run", "doubt"),
    LEFT_OUT: ("- not run", "faint"),
    BROKEN: ("✗ broken", "bad"),
    "": ("", ""),
}


def _state(name: str) -> Text:
    word, style = _STATES[name]
    return text((_(word), style))


def _feature_table(table: Features) -> Table:
    """Every feature on every way to Keras, by area."""
    names = [column.id.value for column in table.columns]
    head = ("", *(name[name.index("+") :] if "+" in name else name for name in names))
    rows = [(row.area, (text(row.slug), *(_state(state) for state in row.states))) for row in table.rows]
    return _by_area(rows, head)


def _differences_table(findings: Sequence[Finding]) -> Table:
    quiet = text((_(" (no error message)"), "doubt"))
    said = [(*text(_(one.title)), *(quiet if is_silent(one) else ())) for one in findings]
    return _by_area([(one.area, (text(one.code), title)) for one, title in zip(findings, said)])


def _by_area(rows: Sequence[tuple[str, tuple[Text, ...]]], head: tuple[str, ...] = ()) -> Table:
    """Rows in the order of their areas, each area with a line of its own above them."""
    lines: list[tuple[Text, ...]] = []
    above = ""
    for area, row in rows:
        if area != above:
            lines.append((text((area, "strong")), *(text("") for _ in row[1:])))
        above = area
        lines.append(row)
    return Table(tuple(lines), head)


def _side_by_side(report: Report) -> list[Block]:
    """What is broken in one environment or another: a column each, which is what its code reaches as things stand."""
    columns: list[dict[str, str]] = []
    for examination in report.environments:
        marks = {row.slug: row.states[0] for row in features(examination).rows if row.states}
        marks.update({one.slug: "broken" for one in examination.findings if is_fault(one) and not one.ignored})
        columns.append(marks)
    slugs = dict.fromkeys(slug for column in columns for slug in column)
    shown = [slug for slug in slugs if len({column.get(slug, "") in BROKEN_STATES for column in columns}) > 1]
    alike = sum(all(column.get(slug, "") in BROKEN_STATES for column in columns) for slug in slugs)
    rows = tuple((text(slug), *(_state(column.get(slug, "")) for column in columns)) for slug in shown)
    head = ("", *(f"[{number}]" for number in range(1, len(columns) + 1)))
    blocks: list[Block] = [Heading(_("Where they differ")), Table(rows, head)] if rows else []
    if alike:
        blocks.append(
            Paragraph(
                text((count(alike, "feature broken in all of them.", "features broken in all of them."), "faint"))
            )
        )
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
    words = [_python(environment)] if with_python else []
    tensorflow = _tensorflow(environment)
    if tensorflow is not None:
        kind = "" if tensorflow.name == "tensorflow" else f" ({tensorflow.name})"
        words.append(f"TensorFlow {tensorflow.version}{kind}")
    else:
        words.append(_("no TensorFlow"))
    keras, tf_keras = _installed(environment, "keras"), _installed(environment, "tf-keras")
    words.append(_("no Keras") if keras is None else f"Keras {keras.version}")
    return [*words, f"tf-keras {tf_keras.version}"] if tf_keras else words


def _installed(environment: Environment, name: str) -> Optional[Distribution]:
    """A package; as its metadata spells it where it can be imported and its version is not to be trusted."""
    found = environment.find(name, f"{name}-nightly")
    if found is None and environment.package(name.replace("-", "_")):
        found = next((one for one in environment.distributions if one.name.startswith(name) and one.version), None)
    return replace(found, version=one_line(found.version, _LONGEST_VERSION)) if found else None


def _tensorflow(environment: Environment) -> Optional[Distribution]:
    owners = (one for one in environment.distributions if "tensorflow" in one.owns and one.version)
    return environment.find("tensorflow") or next(owners, None)


def answers(environment: Environment) -> list[str]:
    """Which Keras each import name really is, where that differs from what was said before."""
    names = {name.name: name for name in environment.names}
    said: list[Name] = []
    for wanted in ("tf.keras", "tensorflow.keras", "keras"):
        name = names.get(wanted)
        alike = name and any((one.available, one.version) == (name.available, name.version) for one in said)
        if name is not None and not alike and environment.stacks:
            said.append(name)
    return [
        _("{name} is {keras}", name=name.name, keras=keras_name(name.implementation, name.version))
        if name.available
        else _("{name} cannot be imported", name=name.name)
        for name in said
    ]


def keras_name(implementation: Optional[Implementation], version: str) -> str:
    """``Keras 3.4.1``, ``tf-keras 2.17.0``."""
    word = "tf-keras" if implementation is Implementation.TF_KERAS else "Keras"
    return f"{word} {version}" if version else implementation.label if implementation else word


def _is(name: Name, *, is_tf_keras: bool) -> bool:
    return name.available and (name.implementation is Implementation.TF_KERAS) is is_tf_keras


def _tensorflow_row(examination: Examination) -> tuple[str, str, str]:
    found = _tensorflow(examination.environment)
    if found is None:
        return "", "TensorFlow", _("not installed")
    name = f"TensorFlow {found.version}" + ("" if found.name == "tensorflow" else f" ({found.name})")
    stacks = {stack.id: stack for stack in examination.environment.stacks}
    answered = any(row.stack in stacks and not row.outcome.is_unknown for row in examination.canaries)
    if answered:
        return "good", name, _("can be imported")
    reasons = [stack.reason for stack in stacks.values()]
    fails = bool(reasons) and all(reasons) and any("TensorFlow cannot be imported" in reason for reason in reasons)
    return ("bad", name, _("cannot be imported")) if fails else ("good", name, "")


def _keras_row(found: Optional[Distribution], names: Sequence[Name]) -> tuple[str, str, str]:
    given = [name.name for name in names if name.name != "tf_keras"]
    if "tf.keras" in given and "tensorflow.keras" in given:
        given.remove("tensorflow.keras")
    if found is None:
        return "bad", "Keras", _("not installed")
    if not given:
        return "", f"Keras {found.version}", _("cannot be imported")
    generation = names[0].implementation.label if names[0].implementation else ""
    is_plain = not generation or found.version.startswith(generation[-1])
    said = ("" if is_plain else generation + ", ") + _("what you get from {names}", names=listed(given))
    return "good", f"Keras {found.version}", said


def what_you_see(finding: Finding) -> str:
    """What happens when a line runs that uses it, in a sentence; empty where that is not known."""
    reached = [finding.outcomes[stack] for stack in finding.stacks if stack in finding.outcomes]
    outcome = reached[0] if reached else None
    if finding.consequence:
        return _(finding.consequence)
    if is_silent(finding):
        return _("No error message, but other results.")
    if outcome is Outcome.CRASHES:
        return _("The process dies.")
    word = finding.detail.partition(":")[0]
    error = word.rpartition(".")[2]
    if outcome is Outcome.RAISES:
        named = error.isidentifier() and error[:1].isupper()
        return _("{error} when this line runs.", error=error) if named else _("An error.")
    return ""


def _first_paragraph(explanation: str) -> str:
    """What an explanation begins with, for a reader who wants to go on; the rest of it is a fold away."""
    first = " ".join(explanation.split("\n\n")[0].split())
    return _(first)


def _pattern(before: str, after: str) -> str:
    """The change as few lines, marked as in a diff; empty where it is too large to be one."""
    if not before:
        return ""
    old, new = before.strip("\n").splitlines(), after.strip("\n").splitlines()
    gone: list[str] = []
    come: list[str] = []
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += [line.strip() for line in old[first:last] if _says_something(line)]
            come += [line.strip() for line in new[start:end] if _says_something(line)]
    lines = [*(f"- {line}" for line in gone), *(f"+ {line}" for line in come)]
    fits = (
        come and max(len(gone), len(come)) <= _LINES_OF_A_PATTERN and all(len(one) < _LONGEST_PATTERN for one in lines)
    )
    return "\n".join(lines) if fits else ""


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "import ", "from "))


def _first_place(finding: Finding) -> tuple[str, int, int]:
    first = min(finding.locations, key=lambda one: (one.path, one.cell, one.line))
    return first.path, first.cell, first.line


def _place(location: Location, report: Report) -> Place:
    kernel, code = report.kernel, report.code
    where = place(location.path, location.line, location.cell, location.column)
    if location.cell and code is not None and code.files <= 1 and kernel is not None:
        number = location.cell if kernel.read == "as run so far" else kernel.runs.get(location.cell)
        cell = "" if kernel.read == "as run so far" else _("cell {n}", n=location.cell)
        spot = f"In [{number}] ({cell})" if number and cell else f"In [{number}]" if number else cell
        where = _("{place}, line {line}", place=spot, line=location.line)
    note = _("possibly") if location.certainty is Certainty.LIKELY else ""
    diff = "\n".join(location.fix.diff) if location.fix else ""
    return Place(where, location.text or location.what, note, location.path, diff)


def _of(fixes: Sequence[Finding], total: int) -> str:
    if len(fixes) == total:
        return _("this problem") if total == 1 else _("all {n} problems", n=total)
    return _("{n} of {all} problems ({codes})", n=len(fixes), all=total, codes=_codes(fixes))


def _most_common(codes: Counter[str]) -> str:
    return listed([f"{code} ({number})" if number > 1 else code for code, number in codes.most_common()], 4)


def _codes(findings: Sequence[Finding]) -> str:
    return listed(list(dict.fromkeys(one.code for one in findings)), 6)


def _facts(environment: Environment) -> list[Paragraph]:
    """What is worth knowing of an environment when something is wrong with it."""
    interpreter = environment.interpreter
    system = f"{interpreter.system} {interpreter.machine}, {interpreter.manager}"
    said = [("Python", f"{interpreter.executable} ({system})")] if interpreter.executable else []
    said += [(stack.id.value, _stack(stack)) for stack in environment.stacks]
    said += [(name, value) for name, value in environment.variables.items()]
    said += [(_("shadows a package"), f"{shadow.path} ({shadow.name})") for shadow in environment.shadows]
    return [Paragraph(text((f"{name}: ", "strong"), value)) for name, value in said]


def _stack(stack: Stack) -> str:
    if stack.same_as is not None:
        return _("the same as {stack}", stack=stack.same_as.value)
    if not stack.available:
        return _("not available") + (f": {filled(stack.reason)}" if stack.reason else "")
    backend = _(" on {target}", target=stack.backend) if stack.backend and stack.backend != "tensorflow" else ""
    return keras_name(stack.implementation, stack.version) + backend


def _gap(line: str) -> str:
    return filled(line, gate.GAPS)


_HOLDERS = {"tensorflow": "TensorFlow", "keras": "Keras", "tf_keras": "tf-keras"}


def kernel_sentences(kernel: Kernel) -> list[str]:
    """What the reader must know of this process before anything that the report advises can help."""
    said: list[str] = []
    here = _("kernel") if kernel.is_notebook else _("Python process")
    holders = [f"{word} {kernel.imported[name]}".strip() for name, word in _HOLDERS.items() if name in kernel.imported]
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
        said.append(
            _("This {here} has imported {imported}; its tf.keras is {keras}.", **known)
            if kernel.touched
            else _("This {here} has imported {imported}; its tf.keras will be {keras}.", **known)
        )
        late = (
            _("Setting {variable} now splits it: for another Keras, restart the {here} first.", **known)
            if kernel.effect is Effect.SPLITS
            else _("Setting {variable} now has no effect: for another Keras, restart the {here} first.", **known)
        )
        said[-1] += f" {late}"
    elif holders:
        said.append(_("This {here} has imported {imported}; a change takes effect after a restart.", **known))
    if kernel.variable is not None and kernel.set_by:
        setting = f"{LEGACY_VARIABLE}={kernel.variable}"
        said.append(
            _("{setting} was set in {place}.", setting=setting, place=kernel.set_by)
            if kernel.set_by.startswith("In [")
            else _("{setting} was set by {place}.", setting=setting, place=kernel.set_by)
        )
    return said
