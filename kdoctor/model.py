"""The vocabulary of kdoctor: frozen data that its parts hand to one another.

Nothing here looks at a machine, decides or prints. What each word means stands beside it; a term that is used in the
report, the JSON and the documentation is defined here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Callable, Optional, Union

if TYPE_CHECKING:
    from dataclasses import dataclass

    from kdoctor.rules.patterns import Pattern
else:
    from kdoctor.frozen import dataclass

from kdoctor.environment.model import Distribution as Distribution
from kdoctor.environment.model import Environment as Environment
from kdoctor.environment.model import Interpreter as Interpreter
from kdoctor.environment.model import KerasConfig as KerasConfig
from kdoctor.environment.model import Lost as Lost
from kdoctor.environment.model import Name as Name
from kdoctor.environment.model import Package as Package
from kdoctor.environment.model import Shadow as Shadow
from kdoctor.environment.model import Stack as Stack
from kdoctor.environment.model import Unread as Unread
from kdoctor.observe.model import Canary as Canary
from kdoctor.observe.model import Observation as Observation
from kdoctor.observe.model import Progress as Progress
from kdoctor.words import Evidence as Evidence
from kdoctor.words import Implementation as Implementation
from kdoctor.words import Outcome as Outcome
from kdoctor.words import Severity as Severity
from kdoctor.words import StackId as StackId


class Relevance(str, Enum):
    """Why a finding matters to whoever asked."""

    USED = "used"
    """Code that was read uses it."""
    REQUIRED = "required"
    """``require`` names it."""
    KNOWN = "known"
    """Nothing says that it is used."""


class Certainty(str, Enum):
    """How surely code does what a finding says; by default only ``certain`` fails a gate."""

    CERTAIN = "certain"
    """Resolved: every name on the way to it was followed."""
    LIKELY = "likely"
    """Inferred: from a variable's name, from a star import, or in a branch that is guarded by a version check."""


class Status(str, Enum):
    """How a visit ended; each has its exit code."""

    OK = "ok"
    FINDINGS = "findings"
    USAGE = "usage"
    NOTHING_CHECKED = "nothing-checked"
    INCOMPLETE = "incomplete"

    @property
    def exit_code(self) -> int:
        """What the command ends with; a public contract, so each number is written out."""
        return {
            Status.OK: 0,
            Status.FINDINGS: 1,
            Status.USAGE: 2,
            Status.NOTHING_CHECKED: 3,
            Status.INCOMPLETE: 4,
        }[self]


# ---------------------------------------------------------------------------------------------------- rules


@dataclass(frozen=True)
class Reference:
    """A thread or page that says what the rule says."""

    url: str
    says: str
    """What it says about this, in a sentence."""


@dataclass(frozen=True)
class Affected:
    """A range of versions that a rule without a canary states by hand."""

    versions: str
    """A PEP 440 specifier set for the implementation: ``>=3.0,<3.12``."""
    implementation: Implementation = Implementation.KERAS_3
    stacks: tuple[StackId, ...] = (StackId.TF_KERAS, StackId.KERAS_3, StackId.KERAS)


@dataclass(frozen=True)
class CodeChange:
    """Mend it in the code.

    ``before`` and ``after`` are names of files in ``kdoctor/rules/examples/<slug>/`` that can be executed; see the
    README there.
    """

    title: str
    after: str = "after"
    before: str = "before"
    stacks: tuple[StackId, ...] = (StackId.TF_KERAS, StackId.KERAS)
    """The stacks it is offered for; the tests execute it on each."""
    versions: str = ""
    """A specifier set for the implementation where it does not work on every affected version."""
    cost: str = ""
    """What it costs, or what it leaves: empty where nothing."""


@dataclass(frozen=True)
class Upgrade:
    """Mend it with another version."""

    package: str
    versions: str
    """A specifier set: ``>=3.12``."""
    cost: str = ""


@dataclass(frozen=True)
class UseLegacyKeras:
    """Run the program under Keras 2: the tf-keras that matches TensorFlow, and ``TF_USE_LEGACY_KERAS=1``."""

    cost: str = "Keras 2 receives no new features; files saved as .keras by Keras 3 are not readable there."


@dataclass(frozen=True)
class Install:
    """Install, replace or remove packages; ``{tensorflow_minor}`` and ``{tensorflow}`` are filled in for this place."""

    title: str
    requirements: tuple[str, ...] = ()
    uninstall: tuple[str, ...] = ()
    versions: str = ""
    """A specifier set for the implementation where it does not serve on every affected version."""
    cost: str = ""


@dataclass(frozen=True)
class SetVariable:
    """Set (or, with ``value=None``, unset) an environment variable."""

    name: str
    value: Optional[str]
    title: str = ""
    cost: str = ""


@dataclass(frozen=True)
class Advice:
    """A step that no command can take: rename a file, move a line."""

    title: str
    text: str = ""
    """What to do, one step a line."""


RemedySpec = Union[CodeChange, Upgrade, UseLegacyKeras, Install, SetVariable, Advice]


@dataclass(frozen=True)
class Fault:
    """What an environment rule saw; ``detail`` names the very versions, files or values."""

    detail: str
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)
    """What the rule's remedies are filled in with: ``{tensorflow}``, ``{path}``."""


@dataclass(frozen=True)
class Rule:
    """What is known of one breakage. Codes and slugs are never reused."""

    code: str
    slug: str
    """Equal to its canary's slug where it has one."""
    area: str
    title: str
    explanation: str
    """In plain words: what happens, why, since when, whom it concerns."""
    symptoms: tuple[str, ...] = ()
    """The exact messages that a user sees, ``...`` where they vary. For a silent breakage: what the user notices."""
    remedies: tuple[RemedySpec, ...] = ()
    """Least invasive first."""
    references: tuple[Reference, ...] = ()
    canary: bool = True
    """Whether a canary of this slug exists; then what it affects follows from observations and records alone."""
    silent: bool = False
    """Whether nothing is raised: the numbers are simply others."""
    affects: tuple[Affected, ...] = ()
    """Only for rules without a canary."""
    detect: Optional[Callable[[Environment], Optional[Fault]]] = None
    """Only for faults of the environment itself: a pure look at the facts."""
    where: Optional[Callable[[Environment], bool]] = None
    """Only for faults of code itself, which are seen where code is read: the environments in which it is one."""
    measured: str = ""
    """``measured here`` with the releases, where no reference says it."""
    uses: tuple[Pattern, ...] = ()
    """What code that it concerns looks like; see :mod:`kdoctor.rules.patterns`."""
    usual: tuple[tuple[str, str], ...] = ()
    """What the placeholders of its remedies stand for where no environment fills them: on a rule's own page."""


@dataclass(frozen=True)
class HealthyPage:
    """A feature that is believed broken and was measured healthy: a page, not a rule."""

    slug: str
    belief: str
    truth: str
    references: tuple[Reference, ...] = ()


# ------------------------------------------------------------------------------------------------- the code


@dataclass(frozen=True)
class Location:
    """A place in code that was read. Lines and columns count from 1."""

    path: str
    """As it was reached from what was asked for: ``src/train.py``; ``-`` for standard input."""
    line: int
    column: int = 1
    end_line: int = 0
    """The last line of the expression; 0 where it is the same line."""
    cell: int = 0
    """In a notebook the position of the cell among all cells, from 1; the line is then the line in that cell."""
    stack: str = ""
    """Through which name the code reaches Keras there; see :class:`kdoctor.code.Use`."""
    certainty: Certainty = Certainty.CERTAIN
    what: str = ""
    """What the code does there, in its own words: ``tf.keras.layers.LSTM(stateful=...)``."""
    text: str = ""
    """The line as it stands in the file, without indentation."""

    @property
    def statement(self) -> str:
        """By what the place is known again in another run, wherever its line has moved to."""
        return statement(self.text or self.what)


_BEFORE_COMMENT = re.compile(r"""(?:[^#'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*(?=\#)""")


def statement(line: str) -> str:
    """A line of code without the comment at its end, and with each run of blanks as one."""
    before = _BEFORE_COMMENT.match(line)
    return " ".join((before[0] if before else line).split())


@dataclass(frozen=True)
class SetAside:
    """A use that a comment in its line sets aside: ``# kdoctor: ignore[KD201] reason``."""

    code: str
    slug: str
    location: Location
    reason: str


@dataclass(frozen=True)
class CodeRead:
    """The code that was read, once for all environments."""

    paths: tuple[str, ...]
    """What was asked for."""
    files: int
    """How many files were opened, those without any mention of TensorFlow or Keras included."""
    unread: tuple[Unread, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    read: int = 0
    """Of the files, how many were read, in part at least."""


# ------------------------------------------------------------------------------------- the process that asked


class Effect(str, Enum):
    """What setting ``TF_USE_LEGACY_KERAS`` would do to a process as it stands."""

    WHOLE = "whole"
    """It decides, as it does in a new process."""
    SPLITS = "splits"
    """TensorFlow was imported and ``tf.keras`` not yet touched: the two names would reach two Kerases."""
    NONE = "none"
    """It is decided already, or this TensorFlow reads no variable."""


@dataclass(frozen=True)
class Kernel:
    """The process that asked for the report, a notebook's kernel or a Python shell, seen without touching anything."""

    is_notebook: bool
    """Whether it is a kernel that shows HTML, rather than a shell or a script."""
    imported: Mapping[str, str] = field(default_factory=dict)
    """The watched packages that it has imported, with their versions."""
    effect: Effect = Effect.WHOLE
    touched: bool = False
    """Whether ``tf.keras`` was used there, which decides what it is; until then ``tf_keras`` is what it would be."""
    tf_keras: str = ""
    """What ``tf.keras`` is there: ``Keras 3.4.1``, ``tf-keras 2.17.0``; empty while TensorFlow is not imported."""
    tensorflow_keras: str = ""
    """What ``import tensorflow.keras`` finds there; empty without TensorFlow."""
    variable: Optional[str] = None
    """``TF_USE_LEGACY_KERAS`` now; None where it is not set."""
    set_by: str = ""
    """Who set or changed it since the process started, where that can be told: ``In [2]``, ``deepface``."""
    read: str = ""
    """Which cells of this notebook were read: ``as last saved``, ``as run so far``; empty where none were."""

    @property
    def is_split(self) -> bool:
        """Whether ``tf.keras`` and ``tensorflow.keras`` are two Kerases."""
        return bool(self.tf_keras and self.tensorflow_keras) and self.tf_keras != self.tensorflow_keras


# ----------------------------------------------------------------------------------------------- the report


@dataclass(frozen=True)
class Proof:
    """That a remedy which changes the stack was tried by the visit itself."""

    stack: StackId
    mended: tuple[str, ...]
    """Slugs broken on the default stack that work under the remedy."""
    left: tuple[str, ...]
    """Slugs that are still broken under it."""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class InstallStep:
    """Remove, then install packages; :mod:`kdoctor.environment.installers` spells it for a place."""

    requirements: tuple[str, ...] = ()
    """PEP 508 requirements without markers: ``tf-keras~=2.19.0``."""
    uninstall: tuple[str, ...] = ()
    """Names of distributions that go first."""
    dependencies: bool = True
    """False where what they require must not come along."""
    kind: str = "install"


@dataclass(frozen=True)
class VariableStep:
    """Set an environment variable, or unset it."""

    name: str
    value: Optional[str] = None
    """None to unset it."""
    kind: str = "variable"


@dataclass(frozen=True)
class CodeStep:
    """Change code: a program before and after the change."""

    after: str
    before: str = ""
    kind: str = "code"


@dataclass(frozen=True)
class RestartStep:
    """Begin again in a new process: a notebook's kernel is restarted, a program is simply run again."""

    kind: str = "restart"


@dataclass(frozen=True)
class TextStep:
    """What no command can do, one thing a line."""

    text: str
    kind: str = "text"


Step = Union[InstallStep, VariableStep, CodeStep, RestartStep, TextStep]


@dataclass(frozen=True)
class Remedy:
    """Steps that fix a finding here."""

    id: str
    """Findings with the same id share the steps: ``use-legacy-keras``, ``upgrade:keras>=3.12``, ``rnn-...:after``."""
    title: str
    steps: tuple[Step, ...] = ()
    """In the order in which they are taken."""
    cost: str = ""
    proof: Optional[Proof] = None

    @property
    def code(self) -> Optional[CodeStep]:
        """The change of code, if it is one."""
        return next((step for step in self.steps if isinstance(step, CodeStep)), None)


@dataclass(frozen=True)
class Finding:
    """A rule that applies to this environment, with its evidence."""

    code: str
    slug: str
    area: str
    title: str
    severity: Severity
    evidence: Evidence
    detail: str
    """What was seen here: the message of the observation, or the facts."""
    stacks: tuple[StackId, ...] = ()
    """Where it is broken; empty for a fault of the environment."""
    outcomes: Mapping[StackId, Outcome] = field(default_factory=dict)
    explanation: str = ""
    symptoms: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    """Identifiers of :class:`Remedy`, least invasive first."""
    references: tuple[Reference, ...] = ()
    silent: bool = False
    conflict: str = ""
    """Where a rule and an observation disagree: what the knowledge says and what was seen."""
    relevance: Relevance = Relevance.KNOWN
    locations: tuple[Location, ...] = ()
    """Where the code that was read uses it, in the order of paths and lines."""
    ignored: str = ""
    """The reason why the configuration sets it aside: it is listed, and fails no gate."""

    @property
    def certainty(self) -> Optional[Certainty]:
        """``certain`` if one place at least surely uses it; None where no place is known."""
        if not self.locations:
            return None
        sure = any(location.certainty is Certainty.CERTAIN for location in self.locations)
        return Certainty.CERTAIN if sure else Certainty.LIKELY

    def fingerprint(self, location: Optional[Location] = None) -> str:
        """32 hexadecimal digits that stay the same while the line moves and the wording changes.

        Args:
            location: one use in code; without it the stacks stand for the place.
        """
        if location is None:
            place = ("", "+".join(stack.value for stack in self.stacks), "")
        else:
            path = location.path.replace("\\", "/")
            while path.startswith("./"):
                path = path[2:]
            place = (path, location.stack, location.statement)
        return _digest("\n".join((self.code, self.slug, *place)))


def unique(fingerprints: Iterable[str]) -> Iterator[str]:
    """The same in their order, with the second and later of equal ones changed by their number.

    Formats that drop what they have seen before would hide a line that stands twice in a file.
    """
    seen: dict[str, int] = {}
    for fingerprint in fingerprints:
        seen[fingerprint] = seen.get(fingerprint, 0) + 1
        yield fingerprint if seen[fingerprint] == 1 else _digest(f"{fingerprint}\n{seen[fingerprint]}")


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Requirement:
    """One slug on one stack that must work: what an entry of ``require`` stands for."""

    slug: str
    stack: StackId
    outcome: Outcome
    message: str = ""
    """What was seen, or why nothing was."""

    @property
    def is_met(self) -> bool:
        """Only ``works`` will do."""
        return self.outcome is Outcome.WORKS


@dataclass(frozen=True)
class Examination:
    """One environment, examined."""

    environment: Environment
    canaries: tuple[Observation, ...] = ()
    findings: tuple[Finding, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader must know about how it was looked at: CPU only, canaries skipped, a float16 in keras.json."""
    failures: tuple[str, ...] = ()
    """What kdoctor's own machinery could not finish; any entry makes the visit incomplete."""
    seconds: float = 0.0
    target: str = ""
    """The releases that it stands for where nothing was examined: ``tensorflow==2.21 keras==3.15``."""
    requirements: tuple[Requirement, ...] = ()
    """What must work, each slug and stack once."""


@dataclass(frozen=True, repr=False)
class Report:
    """Everything a visit found; renderings are made from this and nothing else."""

    version: str
    """Of kdoctor."""
    created: str
    """UTC, ISO 8601."""
    environments: tuple[Examination, ...]
    status: Status
    fail_on: Optional[Severity] = Severity.ERROR
    """None for ``never``."""
    strict: bool = False
    """Whether likely uses and what is unknown fail a gate too."""
    code: Optional[CodeRead] = None
    """None where no code was read."""
    kernel: Optional[Kernel] = None
    """None where nobody asked from within a process, as on the command line."""

    @property
    def ok(self) -> bool:
        """Whether everything could be looked at, and nothing is as bad as ``fail_on``."""
        return self.status is Status.OK

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all environments, in their order."""
        return tuple(finding for examination in self.environments for finding in examination.findings)

    def to_json(self) -> str:
        """The report as JSON text, described by ``report.schema.json``."""
        from kdoctor import formats
        from kdoctor.formats.context import Context

        return formats.render("json", self, Context()).decode("ascii")

    def __repr__(self) -> str:
        count = len(self.findings)
        return f"<kdoctor report: {self.status.value}, {count} finding{'' if count == 1 else 's'}>"

    def _repr_mimebundle_(
        self, include: Optional[Collection[str]] = None, exclude: Optional[Collection[str]] = None
    ) -> dict[str, object]:
        """What a notebook shows and keeps: HTML, text and JSON."""
        from kdoctor.notebook.display import bundle

        return bundle(self)

    def _ipython_display_(self) -> None:
        """Shown by its cell already, it is not shown once more as the value of that cell."""
        from kdoctor.notebook.display import is_on_show

        if not is_on_show(self):
            raise NotImplementedError
