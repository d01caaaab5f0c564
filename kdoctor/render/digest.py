"""What a reader wants of an examination before its details: sentences, rows and counts, for every kind of rendering.

Pure, and free of signs, colours and widths: a terminal, a card in a notebook and a summary of a build say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Optional

from kdoctor.model import (
    Certainty,
    CodeRead,
    Environment,
    Evidence,
    Examination,
    Finding,
    Implementation,
    Name,
    Observation,
    Outcome,
    Proof,
    Remedy,
    Severity,
    Stack,
    StackId,
)

BROKEN = "broken"
"""The state of a cell where a feature is known to be broken and nothing says how."""
UNKNOWN = "unknown"
"""The state of a cell of which nothing was seen or recorded."""


class Row(NamedTuple):
    """One feature on every column of the table."""

    slug: str
    area: str
    states: tuple[str, ...]
    """For each column the value of an :class:`Outcome`, or ``broken``, or ``unknown``."""
    finding: Optional[Finding]

    @property
    def is_broken(self) -> bool:
        """Whether it is broken somewhere."""
        return any(state == BROKEN or state in _BROKEN_OUTCOMES for state in self.states)

    @property
    def is_doubtful(self) -> bool:
        """Whether a canary was begun and gave no answer, or was left out on some stacks only."""
        return Outcome.TIMES_OUT.value in self.states or (
            Outcome.NOT_RUN.value in self.states and not self.is_not_run and not self.is_broken
        )

    @property
    def is_not_run(self) -> bool:
        """Whether nobody looked."""
        seen = {state for state in self.states if state != Outcome.NOT_APPLICABLE.value}
        return bool(seen) and seen <= {Outcome.NOT_RUN.value, UNKNOWN}

    @property
    def is_healthy(self) -> bool:
        """Whether it works wherever it exists."""
        return Outcome.WORKS.value in self.states and set(self.states) <= {
            Outcome.WORKS.value,
            Outcome.NOT_APPLICABLE.value,
        }


_BROKEN_OUTCOMES = frozenset(outcome.value for outcome in Outcome if outcome.is_broken)


class Table(NamedTuple):
    """Every feature on every stack that is worth a column."""

    columns: tuple[Stack, ...]
    rows: tuple[Row, ...]

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that a reader must see: broken or doubtful somewhere."""
        return tuple(row for row in self.rows if row.is_broken or row.is_doubtful)

    def of(self, slugs: Collection[str]) -> Table:
        """The same with the rows of these features only."""
        return Table(self.columns, tuple(row for row in self.rows if row.slug in slugs))

    def broken_by_default(self) -> tuple[Row, ...]:
        """The rows that are broken on the first column, which is what code reaches as things stand."""
        return tuple(row for row in self.rows if row.states[0] == BROKEN or row.states[0] in _BROKEN_OUTCOMES)


def is_fault(finding: Finding) -> bool:
    """Whether it is a fault of the environment itself rather than a broken feature."""
    return not finding.stacks


def is_feature(finding: Finding) -> bool:
    """Whether it is a feature with a row in the table, rather than a fault or a name that code uses."""
    return bool(finding.stacks) and finding.area != "code"


def tabulate(examination: Examination) -> Table:
    """Features by stack. A stack that is the same as another is not a column of its own, nor is one that is missing."""
    stacks = examination.environment.stacks
    columns = tuple(stack for stack in stacks if stack.available and stack.same_as is None)
    aliases = {stack.id: stack.same_as or stack.id for stack in stacks}
    observed: dict[tuple[str, StackId], str] = {}
    areas: dict[str, str] = {}
    for observation in examination.canaries:
        areas.setdefault(observation.slug, observation.area)
        where = aliases.get(observation.stack, observation.stack)
        if where is observation.stack or (observation.slug, where) not in observed:
            observed[observation.slug, where] = observation.outcome.value
    findings: dict[str, Finding] = {}
    for finding in examination.findings:
        if is_feature(finding):
            areas[finding.slug] = areas.get(finding.slug) or finding.area
            findings.setdefault(finding.slug, finding)
    states = {
        slug: tuple(_state(slug, column, observed, findings.get(slug), aliases) for column in columns) for slug in areas
    }
    # With --stack some stacks are not looked at: a column that has nothing to say is left out.
    told = [
        position
        for position in range(len(columns))
        if not observed or any(row[position] != UNKNOWN for row in states.values())
    ]
    columns = tuple(columns[position] for position in told)
    if not columns:
        return Table((), ())
    rows = [
        Row(slug, area, tuple(states[slug][position] for position in told), findings.get(slug))
        for slug, area in areas.items()
    ]
    order = {area: position for position, area in reversed(list(enumerate(areas.values())))}
    return Table(columns, tuple(sorted(rows, key=lambda row: order[row.area])))


def _state(
    slug: str,
    column: Stack,
    observed: dict[tuple[str, StackId], str],
    finding: Optional[Finding],
    aliases: dict[StackId, StackId],
) -> str:
    seen = observed.get((slug, column.id))
    if seen is not None and seen != Outcome.NOT_RUN.value:
        return seen
    if finding is not None:
        for stack, outcome in finding.outcomes.items():
            if aliases.get(stack, stack) is column.id:
                return outcome.value
        if any(aliases.get(stack, stack) is column.id for stack in finding.stacks):
            return BROKEN
    return seen or UNKNOWN


def is_silent(finding: Finding) -> bool:
    """Whether wrong numbers come of it without any message, on the stack that code reaches as things stand."""
    reached = finding.outcomes.get(StackId.TF_KERAS, finding.outcomes.get(StackId.KERAS))
    return finding.silent or reached is Outcome.WRONG


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Silent ones first, for nobody notices them alone; then by severity; else in the order of the report."""
    return sorted(findings, key=lambda finding: (not is_silent(finding), finding.severity.rank))


class SharedRemedy(NamedTuple):
    """One step that mends several findings."""

    remedy: Remedy
    findings: tuple[Finding, ...]


def shared_remedies(examination: Examination, findings: Optional[Sequence[Finding]] = None) -> list[SharedRemedy]:
    """The steps that mend more than one finding or were tried by the visit, the one that mends most first.

    ``findings`` are those that matter; all of the examination by default.
    """
    users: dict[str, list[Finding]] = {}
    for finding in examination.findings if findings is None else findings:
        for identifier in dict.fromkeys(finding.remedies):
            users.setdefault(identifier, []).append(finding)
    shared = [
        SharedRemedy(remedy, tuple(users.get(remedy.id, ())))
        for remedy in examination.remedies
        if len(users.get(remedy.id, ())) > 1
        or (remedy.proof is not None and remedy.proof.mended and (findings is None or remedy.id in users))
    ]
    return sorted(
        shared, key=lambda one: -max(len(one.findings), len(one.remedy.proof.mended if one.remedy.proof else ()))
    )


# ------------------------------------------------------------------------------------------------ sentences


def ingredients(environment: Environment, *, with_python: bool = True) -> list[str]:
    """Python, TensorFlow, Keras and tf-keras with their versions, or that they are missing."""
    if not environment.interpreter.version:
        return ["an unknown Python"]
    words = ["Python " + environment.interpreter.version]
    if environment.interpreter.implementation.lower() not in ("cpython", ""):
        words[0] += f" ({environment.interpreter.implementation})"
    tensorflow = environment.find("tensorflow") or next(
        (one for one in environment.distributions if "tensorflow" in one.owns and one.version), None
    )
    if tensorflow is not None:
        kind = "" if tensorflow.name == "tensorflow" else f" ({tensorflow.name})"
        words.append(f"TensorFlow {tensorflow.version}{kind}")
    else:
        words.append("no TensorFlow")
    words.append(_spelled(environment, "Keras", "keras", "keras-nightly"))
    tf_keras = _spelled(environment, "tf-keras", "tf-keras", "tf-keras-nightly")
    if not tf_keras.startswith("no ") or tensorflow is not None:
        words.append(tf_keras)
    return words if with_python else words[1:]


def _spelled(environment: Environment, label: str, *names: str) -> str:
    """A package with its version; as its metadata spells that where it can be imported and is not to be trusted."""
    found = environment.find(*names)
    if found is None and environment.package(names[0].replace("-", "_")):
        found = next((one for one in environment.distributions if one.name in names and one.version), None)
    return f"no {label}" if found is None else f"{label} {found.version}"


def answers(environment: Environment) -> list[str]:
    """Which Keras each import name really is, where that differs from what was said before."""
    said: list[str] = []
    if not environment.stacks:
        return said
    names = {name.name: name for name in environment.names}
    first = names.get("tf.keras")
    if first is not None:
        said.append(_answer(first))
    for other in ("tensorflow.keras", "keras"):
        name = names.get(other)
        if name is not None and (first is None or _differ(name, first)):
            said.append(_answer(name))
    return said


def _differ(one: Name, other: Name) -> bool:
    return (one.available, one.implementation, one.version) != (other.available, other.implementation, other.version)


def _answer(name: Name) -> str:
    if not name.available:
        return f"{name.name} cannot be imported" + (f": {name.reason}" if name.reason else "")
    return f"{name.name} is {keras_name(name.implementation, name.version)}"


def keras_name(implementation: Optional[Implementation], version: str) -> str:
    """``Keras 3.4.1``, ``tf-keras 2.17.0``."""
    if implementation is None:
        return f"Keras {version}".strip()
    if implementation is Implementation.TF_KERAS:
        return f"tf-keras {version}".strip()
    return f"Keras {version}" if version else implementation.label


def under(stack: StackId) -> str:
    """How a program comes to run on that stack, to stand after "pass"."""
    return {
        StackId.TF_KERAS: "as things stand",
        StackId.LEGACY: "under TF_USE_LEGACY_KERAS=1",
        StackId.KERAS_3: "under TF_USE_LEGACY_KERAS=0",
        StackId.KERAS: 'with "import keras"',
    }[stack]


def proof_sentence(proof: Proof) -> str:
    """What the visit itself saw of a remedy."""
    tried = len(proof.mended) + len(proof.left) + len(proof.unknown)
    if tried == 1:
        what = "this canary passes" if proof.mended else "this canary does not pass"
        return (
            f"Proved here: {what} {under(proof.stack)}."
            if proof.mended
            else f"Tried here: {what} {under(proof.stack)}."
        )
    verb = "passes" if len(proof.mended) == 1 else "pass"
    word = "Proved" if proof.mended else "Tried"
    return f"{word} here: {len(proof.mended)} of these {tried} canaries {verb} {under(proof.stack)}."


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 feature``, ``3 features``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def healthy_sentence(table: Table) -> str:
    """What works, in one line; empty where nothing was seen to."""
    healthy = sum(row.is_healthy for row in table.rows)
    if not healthy:
        return ""
    others = "other " if table.shown else ""
    where = " on every stack" if len(table.columns) > 1 else ""
    return f"{count(healthy, others + 'feature')} {'works' if healthy == 1 else 'work'}{where}."


class NotLooked(NamedTuple):
    """Features that share one reason for not having been run."""

    slugs: tuple[str, ...]
    reason: str


def not_looked_at(examination: Examination, table: Table) -> list[NotLooked]:
    """The features that no stack has an answer for, by reason."""
    if table.columns:
        idle = {row.slug for row in table.rows if row.is_not_run and row.finding is None}
    else:
        idle = {observation.slug for observation in examination.canaries}
    reasons: dict[str, dict[str, None]] = {}
    told: set[str] = set()
    for observation in examination.canaries:
        if observation.slug in idle and observation.slug not in told and observation.outcome is Outcome.NOT_RUN:
            told.add(observation.slug)
            reasons.setdefault(observation.message, {})[observation.slug] = None
    return [NotLooked(tuple(slugs), reason) for reason, slugs in reasons.items()]


class Verdict(NamedTuple):
    """The examination in a sentence, and how to feel about it."""

    mood: str
    """``good``, ``bad``, ``doubt``."""
    text: str


def verdict(examination: Examination, code: Optional[CodeRead] = None) -> Verdict:
    """One sentence on one environment, and on the code that was read; what is unknown is never called healthy."""
    table = tabulate(examination)
    if examination.failures and not examination.environment.interpreter.version:
        return Verdict("doubt", f"Not examined: {examination.failures[0]}")
    if examination.failures:
        return Verdict("doubt", "Incomplete: kdoctor could not finish looking.")
    if not examination.environment.stacks:
        return Verdict("doubt", "Nothing could be checked: neither TensorFlow nor Keras is installed here.")
    clauses = [*_requirement_clauses(examination), *_clauses(examination, table, code)]
    errors = sum(finding.severity is Severity.ERROR and not finding.ignored for finding in examination.findings)
    looked = any(_answered(observation) for observation in examination.canaries)
    if clauses:
        way_out = _way_out(examination)
        if errors:
            return Verdict("bad", f"{count(errors, 'error')}: {_join(clauses)}.{way_out}")
        return Verdict("doubt", f"No error, but {_join(clauses)}.{way_out}")
    aside = sum(bool(finding.ignored) for finding in examination.findings)
    if code is not None:
        if aside:
            text = f"Nothing is broken {_place(examination)} that this code uses, but for {count(aside, 'finding')}"
            return Verdict("good", f"{text} set aside.")
        return Verdict("good", f"Nothing that this code uses is known to be broken {_place(examination)}.")
    if aside:
        return Verdict("good", f"No fault but for {count(aside, 'finding')} set aside.")
    if not looked:
        return Verdict("doubt", "No fault in the facts; what is broken here was not looked at.")
    features = sum(row.is_healthy for row in table.rows)
    return Verdict("good", f"All is well: {count(features, 'feature')} {'works' if features == 1 else 'work'}.")


def _place(examination: Examination) -> str:
    return f"on {examination.target}" if examination.target else "here"


def _requirement_clauses(examination: Examination) -> list[str]:
    """What is required and does not work, or is not known to."""
    required = examination.requirements
    unknown = sum(one.outcome.is_unknown for one in required)
    broken = sum(not one.is_met for one in required) - unknown
    said = []
    if broken:
        said.append(f"{broken} of {count(len(required), 'required feature')} {_do(broken)} not work")
    if unknown:
        said.append(f"{count(unknown, 'required feature is', 'required features are')} unknown")
    return said


def _do(number: int) -> str:
    return "does" if number == 1 else "do"


def used(examination: Examination) -> list[Finding]:
    """The findings that concern the code that was read and are not set aside, the certain ones first."""
    found = [finding for finding in examination.findings if finding.locations and not finding.ignored]
    return sorted(found, key=lambda finding: (finding.certainty is not Certainty.CERTAIN, finding.severity.rank))


def _code_clauses(examination: Examination, code: CodeRead) -> list[str]:
    said: list[str] = []
    findings = used(examination)
    for certainty, adverb in ((Certainty.CERTAIN, ""), (Certainty.LIKELY, "probably ")):
        those = [finding for finding in findings if finding.certainty is certainty]
        places = sum(len(finding.locations) for finding in those)
        if those:
            what = count(len(those), "thing that is", "things that are")
            said.append(
                f"this code {adverb}uses {what} broken {_place(examination)}, in {count(places, 'place')}"
                if not said
                else f"{adverb}{len(those)} more, in {count(places, 'place')}"
            )
    if code.unread and not code.read:
        said.append("no code could be read")
    elif code.unread:
        paths = {one.path for one in code.unread}
        said.append(f"{count(len(paths), 'file')} could not be read as a whole")
    return said


def _answered(observation: Observation) -> bool:
    return not observation.outcome.is_unknown and observation.outcome is not Outcome.NOT_APPLICABLE


def _clauses(examination: Examination, table: Table, code: Optional[CodeRead]) -> list[str]:
    clauses = []
    faults = [finding for finding in examination.findings if is_fault(finding) and not finding.locations]
    if faults:
        clauses.append(f"{count(len(faults), 'fault')} of the environment")
    if not table.columns:
        clauses.append("no Keras could be examined")
        return clauses
    if code is not None:
        return [*clauses, *_code_clauses(examination, code)]
    broken = table.broken_by_default()
    first = table.columns[0]
    name = f"{first.id.value} ({keras_name(first.implementation, first.version)})"
    if broken:
        seen = sum(row.states[0] not in (Outcome.NOT_APPLICABLE.value, UNKNOWN) for row in table.rows)
        silent = sum(
            row.states[0] == Outcome.WRONG.value or (row.finding is not None and is_silent(row.finding))
            for row in broken
        )
        observed = all(row.finding is None or row.finding.evidence is Evidence.OBSERVED for row in broken)
        of = (
            f"{len(broken)} of {seen} features are"
            if observed and seen > 1
            else (f"{count(len(broken), 'feature is', 'features are')}")
        )
        quiet = "" if not silent else ", silently" if silent == len(broken) else f", {silent} of them silently"
        clauses.append(f"{of} broken on {name}{quiet}")
    elsewhere = sum(row.is_broken for row in table.rows) - len(broken)
    if elsewhere > 0:
        clauses.append(
            f"{elsewhere} {'more ' if broken else ''}on other stacks only"
            if broken
            else f"{count(elsewhere, 'feature is', 'features are')} broken on stacks other than {name}"
        )
    unknown = sum(row.is_doubtful or (row.is_not_run and row.finding is None) for row in table.rows)
    if unknown:
        features = (
            f"{unknown} {'is' if unknown == 1 else 'are'}" if clauses else count(unknown, "feature is", "features are")
        )
        clauses.append(f"{features} unknown")
    return clauses


def _way_out(examination: Examination) -> str:
    proofs = [remedy.proof for remedy in examination.remedies if remedy.proof is not None and remedy.proof.mended]
    if not proofs:
        return ""
    best = max(proofs, key=lambda proof: len(proof.mended))
    mended = len(best.mended)
    way = under(best.stack)
    return f" {way[0].upper()}{way[1:]}, {mended} of the broken ones {'passes' if mended == 1 else 'pass'}."


def _join(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else ", ".join(clauses[:-1]) + ", and " + clauses[-1]


def place(path: str, line: int, cell: int = 0, column: int = 0) -> str:
    """``src/train.py:12:5``, which editors and terminals open; ``lesson.ipynb, cell 3, line 2``."""
    if cell:
        return f"{path}, cell {cell}, line {line}" if line else f"{path}, cell {cell}"
    return ":".join([path, *(str(number) for number in (line, column) if number)])
