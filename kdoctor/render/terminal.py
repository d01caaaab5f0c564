"""The report as text for a terminal, a pipe or a log.

What is here, faults, the table of what is broken, the steps that mend many, then what deserves to be read in full:
that is what is silent, what is an error, and where knowledge and observation disagree. Everything else stays one line
of the table, and ``kdoctor explain`` tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from kdoctor.model import (
    Certainty,
    CodeRead,
    Evidence,
    Examination,
    Finding,
    Location,
    Outcome,
    Relevance,
    Remedy,
    Report,
    Severity,
    Stack,
)
from kdoctor.render import digest
from kdoctor.render.page import NO_BREAK, Look, Page, Piece

_MARKS = {
    Outcome.WORKS.value: ("✓ works", "good"),
    Outcome.WRONG.value: ("✗ wrong", "bad"),
    Outcome.RAISES.value: ("✗ raises", "bad"),
    Outcome.CRASHES.value: ("✗ crashes", "bad"),
    Outcome.TIMES_OUT.value: ("? times out", "doubt"),
    Outcome.NOT_APPLICABLE.value: ("- n/a", "faint"),
    Outcome.NOT_RUN.value: ("? not run", "doubt"),
    digest.BROKEN: ("✗ broken", "bad"),
    digest.UNKNOWN: ("? unknown", "doubt"),
}
_MOODS = {"good": "✓", "bad": "✗", "doubt": "!"}
_SEVERITY_STYLES = {Severity.ERROR: "bad", Severity.WARNING: "doubt", Severity.INFO: "faint"}
_SEVERITY_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}

_ROOM_FOR_TITLES = 36
_LISTED_SLUGS = 12
_KEPT_WHOLE = 36
_FULL_BY_DEFAULT = 6
"""So many findings are told at length; of more, the message and the first step."""
_USES_IN_FULL = 2
_LISTED_PLACES = 5
_LISTED_PROBLEMS = 5


def render(report: Report, look: Look, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or with ``quiet`` its verdict alone."""
    page = Page(look)
    several = len(report.environments) > 1
    if several and not verbose and not quiet and report.code is None:
        from kdoctor.render import matrix

        return matrix.render(report, look)
    for position, examination in enumerate(report.environments):
        if quiet:
            _verdict(page, examination, several, report.code)
            continue
        if several:
            if position:
                page.blank()
            page.add(("─" * page.width, "faint"))
            page.add((_name(examination), "strong"))
        _examination(page, examination, report.code, verbose)
    if report.code and not quiet:
        _not_read(page, report.code, verbose)
    if several and not quiet:
        page.add(("─" * page.width, "faint"))
        for examination in report.environments:
            _verdict(page, examination, several, report.code)
    if not report.environments:
        page.add(("? ", "doubt"), "Nothing could be checked.")
    return str(page)


def _name(examination: Examination) -> str:
    return examination.target or examination.environment.interpreter.executable


def _verdict(page: Page, examination: Examination, several: bool, code: Optional[CodeRead]) -> None:
    mood, text = digest.verdict(examination, code)
    which = f"{_name(examination)}: " if several else ""
    page.add((_MOODS[mood], mood), " ", which, (text, "strong"), hang=2)


def _examination(page: Page, examination: Examination, code: Optional[CodeRead], verbose: bool) -> None:
    table = digest.tabulate(examination)
    findings = [finding for finding in digest.by_weight(examination.findings) if not finding.ignored]
    concerning = digest.used(examination)
    concerning += [one for one in findings if one.relevance is Relevance.REQUIRED and one not in concerning]
    faults = [finding for finding in findings if digest.is_fault(finding) and not finding.locations]
    features = [finding for finding in findings if not digest.is_fault(finding)]
    is_narrow = code is not None and not verbose
    if is_narrow:
        table = table.of({finding.slug for finding in concerning})
    told = [one for one in features if one not in concerning and (verbose or (_deserves_room(one) and not is_narrow))]
    shared = digest.shared_remedies(examination, concerning if is_narrow else None)
    numbers = {one.remedy.id: number for number, one in enumerate(shared, 1)}
    remedies = {remedy.id: remedy for remedy in examination.remedies}
    at_length = verbose or len(told) <= _FULL_BY_DEFAULT

    if not examination.environment.interpreter.version and examination.failures:
        _verdict(page, examination, several=False, code=None)
        return
    _what_is_here(page, examination, verbose)
    for note in examination.failures:
        page.add(("? ", "doubt"), "kdoctor could not finish: ", note, hang=2)
    if faults:
        page.heading("Faults of the environment")
        for finding in sorted(faults, key=lambda one: one.severity.rank):
            page.blank()
            _finding(page, finding, remedies, numbers, at_length=True, verbose=verbose)
    if concerning:
        page.heading(_concerning_title(concerning))
        for finding in concerning:
            page.blank()
            _finding(
                page,
                finding,
                remedies,
                numbers,
                at_length=verbose or len(concerning) <= _USES_IN_FULL,
                verbose=verbose,
            )
    if verbose or not examination.target:
        _table(page, examination, table, verbose, narrow=is_narrow)
    _shared_remedies(page, shared, verbose)
    if told:
        page.heading("Every other finding" if verbose and concerning else _told_title(told, verbose))
        for finding in told:
            page.blank()
            _finding(page, finding, remedies, numbers, at_length=at_length, verbose=verbose)
    _set_aside(page, examination, verbose)
    page.blank()
    if verbose:
        for note in examination.notes:
            page.add(("· ", "faint"), (note, "faint"), hang=2)
        page.blank()
    _verdict(page, examination, several=False, code=code)
    if is_narrow:
        _others(page, features, concerning)
    _what_next(page, examination, [*concerning, *features], [*concerning, *told], verbose, is_narrow=is_narrow)


def _concerning_title(findings: Sequence[Finding]) -> str:
    is_used = any(finding.relevance is Relevance.USED for finding in findings)
    is_required = any(finding.relevance is Relevance.REQUIRED for finding in findings)
    if is_used and is_required:
        return "Broken, and used or required"
    return "Broken, and this code uses it" if is_used else "Broken, and required"


def _told_title(told: Sequence[Finding], verbose: bool) -> str:
    return "Every finding" if verbose else "Read these: " + _why_these(told)


def _others(page: Page, features: Sequence[Finding], concerning: Sequence[Finding]) -> None:
    """What is broken and was not seen to be used: a number, so that nobody takes it for nothing."""
    others = [finding for finding in features if finding not in concerning]
    if others:
        text = (
            f"{digest.count(len(others), 'other feature is', 'other features are')} broken and not seen in this code."
        )
        page.add((text, "faint"), indent=2)


def _set_aside(page: Page, examination: Examination, verbose: bool) -> None:
    """What the configuration or the baseline sets aside stays listed, with the reason."""
    ignored = [finding for finding in examination.findings if finding.ignored]
    if not ignored:
        return
    page.heading("Set aside")
    for finding in ignored if verbose else ignored[:_LISTED_SLUGS]:
        page.add(("- ", "faint"), f"{finding.code} {finding.slug}", (f": {finding.ignored}", "faint"), indent=2, hang=2)
    if len(ignored) > _LISTED_SLUGS and not verbose:
        page.add((f"and {len(ignored) - _LISTED_SLUGS} more (--verbose)", "faint"), indent=4)


def _not_read(page: Page, code: CodeRead, verbose: bool) -> None:
    """What was looked at, what could not be, and what comments in the code set aside."""
    page.add((f"{digest.count(code.files, 'file')} read.", "faint"), indent=2)
    for one in code.unread if verbose else code.unread[:_LISTED_PROBLEMS]:
        page.add(("? ", "doubt"), f"{digest.place(one.path, one.line, one.cell)}: {one.reason}", indent=2, hang=2)
    if len(code.unread) > _LISTED_PROBLEMS and not verbose:
        page.add((f"and {len(code.unread) - _LISTED_PROBLEMS} more (--verbose)", "faint"), indent=4)
    for aside in code.set_aside:
        where = digest.place(aside.location.path, aside.location.line, aside.location.cell)
        page.add(
            ("- ", "faint"), f"{where}: {aside.code} {aside.slug}", f" set aside: {aside.reason}", indent=2, hang=2
        )


def _deserves_room(finding: Finding) -> bool:
    return digest.is_silent(finding) or finding.severity is Severity.ERROR or bool(finding.conflict)


def _why_these(told: Sequence[Finding]) -> str:
    reasons = []
    if any(digest.is_silent(finding) for finding in told):
        reasons.append("wrong numbers without any message")
    if any(finding.severity is Severity.ERROR and not digest.is_silent(finding) for finding in told):
        reasons.append("errors")
    if any(finding.conflict for finding in told):
        reasons.append("what was seen is not what is known")
    return ", ".join(reasons)


def _what_is_here(page: Page, examination: Examination, verbose: bool) -> None:
    environment = examination.environment
    pieces: list[Piece] = []
    for position, words in enumerate(digest.ingredients(environment, with_python=not examination.target)):
        pieces += [(" · ", "faint") if position else "", words.replace(" ", NO_BREAK)]
    for position, words in enumerate(digest.answers(environment)):
        whole = words.replace(" ", NO_BREAK) if len(words) <= _KEPT_WHOLE else words
        pieces += [(" · " if position else " → ", "faint"), (whole, "strong")]
    page.add(*pieces, hang=2)
    if examination.target:
        page.add(("As recorded of these releases; nothing was examined.", "faint"), indent=2)
        return
    if not verbose:
        return
    interpreter = environment.interpreter
    page.entry(
        "Python", interpreter.executable, f" ({interpreter.system} {interpreter.machine}, {interpreter.manager})"
    )
    for stack in environment.stacks:
        page.entry("Stack", *_stack(stack))
    for name, value in environment.variables.items():
        page.entry("Variable", f"{name}={value}")
    for shadow in environment.shadows:
        page.entry("Shadow", f"{shadow.path} has the name of {shadow.name}")


def _stack(stack: Stack) -> list[Piece]:
    words: list[Piece] = [(stack.id.value, "strong"), ": "]
    if stack.same_as is not None:
        return [*words, f"the same as {stack.same_as.value}"]
    if not stack.available:
        return [*words, f"not available: {stack.reason}" if stack.reason else "not available"]
    backend = f" on {stack.backend}" if stack.backend and stack.backend != "tensorflow" else ""
    return [*words, digest.keras_name(stack.implementation, stack.version) + backend]


# ---------------------------------------------------------------------------------------------------- table


def _table(page: Page, examination: Examination, table: digest.Table, verbose: bool, *, narrow: bool = False) -> None:
    rows = table.rows if verbose else table.shown
    if rows:
        page.heading(_table_title(rows, verbose))
        page.blank()
        widths = _widths(table, rows)
        slugs = max(len("feature"), *(len(row.slug) for row in rows))
        areas = max(len(row.area) for row in rows)
        needed = 2 + slugs + sum(width + 2 for width in widths)
        if needed > page.width:
            _stacked_rows(page, table, rows)
        else:
            left = page.width - needed
            titles = left - 2 if left - 2 >= _ROOM_FOR_TITLES and any(row.finding for row in rows) else 0
            with_areas = 0 < areas <= left - 2 and not titles
            _aligned_rows(page, table, rows, [areas] if with_areas else [], [slugs, *widths], titles)
        _not_observed(page, rows, verbose)
        page.blank()
        for column in table.columns:
            if "+" in column.id.value and not verbose:
                legend = f"{_header(column)[0]} is tf.keras {digest.under(column.id)}."
                page.add((legend, "faint"), indent=4)
    else:
        page.blank()
    healthy = digest.healthy_sentence(table)
    if healthy and not verbose and not narrow and digest.verdict(examination).mood != "good":
        page.add(("✓ ", "good"), healthy, indent=2, hang=2)
    for idle in () if narrow else digest.not_looked_at(examination, table):
        if (
            not verbose
            and not table.columns
            and idle.reason in {stack.reason for stack in examination.environment.stacks}
        ):
            continue
        names = ", ".join(idle.slugs) if verbose or len(idle.slugs) <= 3 else digest.count(len(idle.slugs), "feature")
        page.add(("? ", "doubt"), f"Not run: {names}", f" ({idle.reason})." if idle.reason else ".", indent=2, hang=2)
    if not verbose:
        _missing_columns(page, examination.environment.stacks)


def _missing_columns(page: Page, stacks: Sequence[Stack]) -> None:
    """Why a stack that the reader may look for has no column."""
    reasons: dict[str, list[str]] = {}
    for stack in stacks:
        if not stack.available:
            reasons.setdefault(stack.reason, []).append(stack.id.value)
        elif stack.same_as is not None:
            page.add(("- ", "faint"), *_stack(stack), ".", indent=2, hang=2)
    for reason, names in reasons.items():
        why = f": {reason}" if reason else ""
        page.add(("- ", "faint"), (", ".join(names), "strong"), f" not available{why}.", indent=2, hang=2)


def _table_title(rows: Sequence[digest.Row], verbose: bool) -> str:
    if verbose:
        return "Every feature"
    evidence = {row.finding.evidence for row in rows if row.finding is not None}
    if evidence == {Evidence.RECORDED}:
        return "Broken, as recorded on these versions elsewhere"
    if evidence == {Evidence.KNOWN}:
        return "Broken, as is known of these versions"
    if evidence and Evidence.OBSERVED not in evidence:
        return "Broken, as recorded elsewhere or known of these versions"
    return "Broken here" if any(row.is_broken for row in rows) else "Unknown here"


def _not_observed(page: Page, rows: Sequence[digest.Row], verbose: bool) -> None:
    """Which rows were not seen here, where others were."""
    slugs: dict[Evidence, list[str]] = {}
    for row in rows:
        if row.finding is not None:
            slugs.setdefault(row.finding.evidence, []).append(row.slug)
    if not slugs:
        return
    told_by_title = Evidence.OBSERVED if Evidence.OBSERVED in slugs else max(slugs, key=lambda kind: len(slugs[kind]))
    for kind, words in ((Evidence.RECORDED, "recorded elsewhere"), (Evidence.KNOWN, "known from a range of versions")):
        if kind in slugs and kind is not told_by_title:
            page.add((f"Not seen here, but {words}: {_listed(slugs[kind], verbose)}.", "faint"), indent=4)


def _header(stack: Stack) -> tuple[str, str]:
    name = stack.id.value
    if "+" in name:
        name = name[name.index("+") :]
    return name, stack.implementation.label if stack.implementation else ""


def _widths(table: digest.Table, rows: Sequence[digest.Row]) -> list[int]:
    widths = []
    for position, column in enumerate(table.columns):
        widths.append(max(*map(len, _header(column)), *(len(_MARKS[row.states[position]][0]) for row in rows)))
    return widths


def _aligned_rows(
    page: Page, table: digest.Table, rows: Sequence[digest.Row], areas: list[int], columns: list[int], titles: int
) -> None:
    widths = [*areas, *columns, *([titles] if titles else [])]
    blank: list[Piece] = [""] * (len(areas) + 1)
    headers = [_header(column) for column in table.columns]
    page.row([*blank, *((name, "strong") for name, _ in headers)], widths, indent=2)
    page.row([*blank, *((label, "faint") for _, label in headers)], widths, indent=2)
    previous = ""
    for row in rows:
        area: list[Piece] = [(row.area if row.area != previous else "", "faint")] if areas else []
        marks: list[Piece] = [_MARKS[state] for state in row.states]
        title: list[Piece] = [row.finding.title if row.finding else ""] if titles else []
        page.row([*area, row.slug, *marks, *title], widths, indent=2)
        previous = row.area


def _stacked_rows(page: Page, table: digest.Table, rows: Sequence[digest.Row]) -> None:
    """Features that fare alike under one heading, where the window is too narrow for columns."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        alike.setdefault(row.states, []).append(row.slug)
    for states, slugs in alike.items():
        page.blank()
        stacks: dict[str, list[str]] = {}
        for column, state in zip(table.columns, states):
            stacks.setdefault(state, []).append(_header(column)[0])
        for state, names in stacks.items():
            mark, style = _MARKS[state]
            page.add((mark.replace(" ", NO_BREAK), style), ": ", ", ".join(names), indent=2, hang=2)
        for slug in slugs:
            page.add(slug, indent=4, hang=2)


# ------------------------------------------------------------------------------------------------- remedies


def _shared_remedies(page: Page, shared: Sequence[digest.SharedRemedy], verbose: bool) -> None:
    if not shared:
        return
    page.heading("One step that mends several" if len(shared) == 1 else "Steps that mend several")
    for number, one in enumerate(shared, 1):
        page.blank()
        page.add((f"[{number}] ", "strong"), (_sentence(one.remedy.title), "strong"), indent=2, hang=4)
        _steps(page, one.remedy, verbose=verbose, indent=6)
        proof = one.remedy.proof
        if proof is not None:
            page.add(
                ("✓ " if proof.mended else "✗ ", "good" if proof.mended else "bad"),
                digest.proof_sentence(proof),
                indent=6,
                hang=2,
            )
            if proof.left:
                page.entry("Leaves", _listed(proof.left, verbose), indent=6)
            if proof.unknown:
                page.entry("Unknown", _listed(proof.unknown, verbose), indent=6)
        if proof is None or verbose:
            mends = proof.mended if proof is not None else tuple(finding.slug for finding in one.findings)
            page.entry("Mends", _listed(mends, verbose), indent=6)
        if proof is None:
            page.entry("Evidence", "known, not tried here", indent=6)
        if one.remedy.cost:
            page.entry("Costs", one.remedy.cost, indent=6)


def _listed(slugs: Sequence[str], verbose: bool) -> str:
    if verbose or len(slugs) <= _LISTED_SLUGS:
        return ", ".join(slugs)
    return ", ".join(slugs[: _LISTED_SLUGS - 2]) + f" and {len(slugs) - _LISTED_SLUGS + 2} more"


def _steps(page: Page, remedy: Remedy, *, verbose: bool, indent: int, commands_only: bool = False) -> None:
    """What is to be pasted, as it is to be pasted."""
    for command in remedy.commands:
        page.verbatim(command, indent=indent)
    if commands_only:
        return
    if remedy.text:
        for line in remedy.text.splitlines():
            page.add(line, indent=indent, hang=2)
    if remedy.before and verbose:
        page.add(("instead of", "faint"), indent=indent)
        page.verbatim(remedy.before, indent=indent + 2, style="faint")
        page.add(("write", "faint"), indent=indent)
    if remedy.after and verbose:
        page.verbatim(remedy.after, indent=indent + 2 if remedy.before else indent)
    elif remedy.after:
        page.verbatim(_changed(remedy.before, remedy.after), indent=indent)


def _sentence(title: str) -> str:
    """With a capital, unless it begins with a name that is written small."""
    word = title.partition(" ")[0]
    return title[:1].upper() + title[1:] if word.isalpha() and word.islower() else title


def _changed(before: str, after: str) -> str:
    """The lines of ``after`` that ``before`` has not, with dots where others stand between them."""
    if not before:
        return after
    from difflib import SequenceMatcher

    old, new = before.splitlines(), after.splitlines()
    lines: list[str] = []
    for tag, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        changed = [line for line in new[start:end] if line.strip()] if tag != "equal" else []
        if changed:
            lines += [*(["..."] if lines else []), *changed]
    return "\n".join(lines) or after


# ------------------------------------------------------------------------------------------------- findings


def _finding(
    page: Page,
    finding: Finding,
    remedies: dict[str, Remedy],
    numbers: dict[str, int],
    *,
    at_length: bool,
    verbose: bool,
) -> None:
    style = _SEVERITY_STYLES[finding.severity]
    page.add((_SEVERITY_SIGNS[finding.severity], style), " ", (finding.title, "strong"), indent=2, hang=2)
    facts: list[Piece] = [
        (f"{finding.code} {finding.slug}", "faint"),
        (" · ", "faint"),
        (finding.severity.value, style),
    ]
    if digest.is_silent(finding):
        facts += [(" · ", "faint"), ("silent", "doubt")]
    facts += [(f" · {finding.evidence.value}", "faint")]
    if finding.stacks:
        facts += [(" · " + ", ".join(stack.value for stack in finding.stacks), "faint")]
    page.add(*facts, indent=4, hang=2)
    _locations(page, finding.locations, verbose)
    if finding.detail:
        page.entry("Here", finding.detail, indent=4)
    if finding.conflict:
        page.entry("Conflict", (finding.conflict, "doubt"), indent=4)
    if at_length and finding.explanation:
        page.entry("What", finding.explanation, indent=4)
    for symptom in finding.symptoms if verbose else finding.symptoms[:2] if at_length else ():
        page.entry("You see", symptom, indent=4)
    mended = False
    for identifier in finding.remedies:
        remedy = remedies.get(identifier)
        if remedy is None:
            continue
        label = "Or" if mended else "Remedy"
        if identifier in numbers:
            page.entry(label, f"step [{numbers[identifier]}]: {_sentence(remedy.title)}", indent=4)
        else:
            page.entry(label, _sentence(remedy.title), indent=4)
            _steps(page, remedy, verbose=verbose, commands_only=mended and not verbose, indent=_under_label(page))
            if remedy.cost and (verbose or not mended):
                page.entry("Costs", remedy.cost, indent=4)
        mended = True
        if not at_length:
            break
    if verbose:
        for reference in finding.references:
            page.entry("Read", reference.says, indent=4)
            page.verbatim(reference.url, indent=_under_label(page), style="faint")


def _locations(page: Page, locations: Sequence[Location], verbose: bool) -> None:
    """Where the code uses it, with the line itself."""
    for location in locations if verbose else locations[:_LISTED_PLACES]:
        words: list[Piece] = [(digest.place(location.path, location.line, location.cell, location.column), "strong")]
        if location.certainty is Certainty.LIKELY:
            words.append((" (likely)", "doubt"))
        page.entry("Line", *words, indent=4)
        if location.text:
            page.verbatim(location.text, indent=_under_label(page), style="faint")
    if len(locations) > _LISTED_PLACES and not verbose:
        page.add((f"and {len(locations) - _LISTED_PLACES} more (--verbose)", "faint"), indent=_under_label(page))


def _under_label(page: Page) -> int:
    """Where the text of an entry begins."""
    return 4 + page.margin


def _what_next(
    page: Page,
    examination: Examination,
    features: Sequence[Finding],
    told: Sequence[Finding],
    verbose: bool,
    *,
    is_narrow: bool,
) -> None:
    if verbose:
        return
    notes = " ".join(note if note.endswith(".") else note + "." for note in examination.notes)
    if notes:
        page.add((notes, "faint"), indent=2)
    if features:
        page.add(
            ("All about one of them: " if is_narrow else "All about a line of the table: ", "faint"),
            (f"kdoctor explain {features[0].slug}", "paste"),
            indent=2,
            hang=2,
        )
    if len(told) < len(features):
        page.add(("Everything at once: ", "faint"), ("--verbose", "paste"), indent=2, hang=2)
