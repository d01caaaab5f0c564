"""The vocabulary of kdoctor: frozen data that its parts hand to one another.

Nothing here looks at a machine, decides or prints. What each word means stands beside it; a term that is used in the
report, the JSON and the documentation is defined here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Callable, Optional, Union

if TYPE_CHECKING:
    from dataclasses import dataclass

    from kdoctor.usage.patterns import Pattern
else:
    from kdoctor.frozen import dataclass

# ---------------------------------------------------------------------------------------------------- words


class Outcome(str, Enum):
    """What a canary did on one stack."""

    WORKS = "works"
    """It ran, and the numbers are right."""
    WRONG = "wrong"
    """It ran, and the numbers are not right."""
    RAISES = "raises"
    """An exception; the idiom worked in an earlier release that the same import reaches."""
    CRASHES = "crashes"
    """The process died (a signal, an abort, out of memory)."""
    TIMES_OUT = "times-out"
    """No answer by the deadline, tried once more alone. Unknown, never ``works``."""
    NOT_APPLICABLE = "not-applicable"
    """This implementation never had the idiom, or an optional package is missing."""
    NOT_RUN = "not-run"
    """Skipped, the whole visit's deadline, or the stack is not available."""

    @property
    def is_broken(self) -> bool:
        """Whether this outcome was seen to be a breakage."""
        return self in (Outcome.WRONG, Outcome.RAISES, Outcome.CRASHES)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known: shown as unknown, never as healthy."""
        return self in (Outcome.TIMES_OUT, Outcome.NOT_RUN)


class Severity(str, Enum):
    """How much a finding matters; ``--fail-on`` compares it."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Evidence(str, Enum):
    """How a finding is known."""

    OBSERVED = "observed"
    """A canary, or the environment's own facts, showed it in this visit."""
    RECORDED = "recorded"
    """A canary showed it on these very versions elsewhere."""
    KNOWN = "known"
    """It follows from a range of versions only."""


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


class Lost(str, Enum):
    """How much of a file a problem costs."""

    NOTHING = "nothing"
    """It was read: a comment in it has no effect, say."""
    PART = "part"
    """A cell or a statement."""
    REST = "rest"
    """What stands behind the place where the file breaks off."""
    ALL = "all"
    """The whole file, or the whole folder."""


class Implementation(str, Enum):
    """The Keras that answers on a stack."""

    KERAS_2 = "keras2"
    TF_KERAS = "tf-keras"
    KERAS_3 = "keras3"

    @property
    def label(self) -> str:
        """The name that people use."""
        return {"keras2": "Keras 2", "tf-keras": "tf-keras", "keras3": "Keras 3"}[self.value]


class StackId(str, Enum):
    """One way for code to reach Keras."""

    TF_KERAS = "tf.keras"
    """``tf.keras`` and ``tensorflow.keras``, with the variables exactly as found."""
    LEGACY = "tf.keras+legacy"
    """The same with ``TF_USE_LEGACY_KERAS`` forced to 1."""
    KERAS_3 = "tf.keras+keras3"
    """The same with it forced to 0; only where the variable is in effect as found."""
    KERAS = "keras"
    """``import keras``."""


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


# ---------------------------------------------------------------------------------------------- environment


@dataclass(frozen=True)
class Distribution:
    """One installed distribution that matters here, read from its metadata folder alone."""

    name: str
    """Normalised (PEP 503): ``tf-keras``, ``tensorflow-cpu``."""
    version: str
    """As the metadata spells it; empty where it could not be read."""
    location: str
    """The folder on ``sys.path`` that holds the metadata."""
    problem: str = ""
    """Why this entry cannot be trusted, in words: ``unreadable metadata``, ``left over from an upgrade``, ..."""
    editable: bool = False
    installer: str = ""
    """What ``INSTALLER`` says: ``pip``, ``uv``, ``conda``, ..."""
    owns: tuple[str, ...] = ()
    """Top-level packages that its ``RECORD`` lists, of those that kdoctor watches: ``tensorflow``, ``keras``, ..."""
    requires: tuple[str, ...] = ()
    """Its ``Requires-Dist`` lines, extras left out; kept for TensorFlow and the Kerases only."""
    requires_python: str = ""
    python_tag: str = ""
    """The Python that its wheel was built for, as ``WHEEL`` says: ``cp311``, ``py3``; empty where nothing says it."""


@dataclass(frozen=True)
class Package:
    """What stands on ``sys.path`` under an import name; what ``import`` would find, whatever the metadata says."""

    name: str
    """The import name: ``tensorflow``, ``tf_keras``."""
    path: str
    """The package's folder or the module's file."""
    version: str = ""
    """As its own source gives it; empty where it gives none that can be read without executing it."""
    parts: tuple[str, ...] = ()
    """Which of the sub-packages that TensorFlow's loader looks for it has: ``_tf_keras/keras``, ``api/_v2/keras``."""
    protobuf: str = ""
    """The protobuf that its generated code was made with and demands at least; empty where it demands none."""
    namespace: bool = False
    """Whether only a folder without ``__init__.py`` is left, which imports as an empty package."""


@dataclass(frozen=True)
class Interpreter:
    """The Python that is examined."""

    executable: str
    version: str
    implementation: str
    system: str
    """``Linux``, ``Darwin``, ``Windows``."""
    machine: str
    """CPU architecture: ``x86_64``, ``arm64``."""
    prefix: str
    base_prefix: str
    manager: str
    """What installs packages here: ``pip``, ``uv``, ``conda``, ``poetry``, ``pdm``, ``pixi``, ``colab``, ..."""
    venv: bool = False
    project: str = ""
    """The folder of the project whose lock file (``uv.lock``, ``poetry.lock``, ...) governs this environment."""


@dataclass(frozen=True)
class KerasConfig:
    """``keras.json``, as Keras 3 would read it."""

    path: str
    exists: bool
    problem: str = ""
    refused: bool = False
    """Whether Keras stops at import because of it; otherwise a problem only means that it is ignored."""
    backend: str = ""
    floatx: str = ""
    image_data_format: str = ""
    epsilon: Optional[float] = None


@dataclass(frozen=True)
class Shadow:
    """A local file or folder that carries the name of a package kdoctor watches."""

    name: str
    path: str
    on_path: bool
    """Whether it stands on ``sys.path`` of any program of this interpreter (``PYTHONPATH``, a ``.pth`` file), or only
    shadows programs that are started in its own folder."""
    checkout: bool = False
    """Whether it is a package beside a ``pyproject.toml`` or ``setup.py``: somebody's project, maybe Keras's own."""


@dataclass(frozen=True)
class Name:
    """What an import name resolves to, derived from TensorFlow's own loader logic, without importing."""

    name: str
    """``tf.keras``, ``keras``, ``tf_keras``; ``tensorflow.keras`` as in ``from tensorflow.keras.layers import X``."""
    available: bool
    implementation: Optional[Implementation] = None
    version: str = ""
    reason: str = ""
    """Why it is not available, or why it is not what the user would expect."""


@dataclass(frozen=True)
class Stack:
    """One row of the report's header; see :class:`StackId`."""

    id: StackId
    available: bool
    reason: str = ""
    """Why it is not available."""
    implementation: Optional[Implementation] = None
    version: str = ""
    """Version of the implementation."""
    tensorflow: str = ""
    backend: str = ""
    """``tensorflow``, ``jax``, ``torch``, ``numpy``."""
    same_as: Optional[StackId] = None
    """The stack that reaches the same implementation through the same namespace; its observations stand here too."""


@dataclass(frozen=True)
class Environment:
    """Facts of one interpreter; none of what is installed was imported to learn them."""

    interpreter: Interpreter
    distributions: tuple[Distribution, ...] = ()
    installed: tuple[str, ...] = ()
    """The normalised names of all distributions, those included that do not matter here."""
    packages: tuple[Package, ...] = ()
    search_path: tuple[str, ...] = ()
    """The folders that any program of this interpreter imports from, in their order."""
    variables: Mapping[str, str] = field(default_factory=dict)
    keras_config: Optional[KerasConfig] = None
    shadows: tuple[Shadow, ...] = ()
    imported: tuple[str, ...] = ()
    """Of the watched packages, those that the calling process has imported already (a notebook's kernel)."""
    names: tuple[Name, ...] = ()
    stacks: tuple[Stack, ...] = ()
    tensorflow_reads_variable: Optional[bool] = None
    """Whether the installed TensorFlow reads ``TF_USE_LEGACY_KERAS`` at all; None without TensorFlow."""
    tensorflow_numpy: str = ""
    """The range of NumPy that the installed TensorFlow's metadata asks for, as it spells it."""
    tensorflow_python: str = ""
    """Its ``Requires-Python``."""
    legacy_values: tuple[str, ...] = ()
    """The values of ``TF_USE_LEGACY_KERAS`` that its loader takes as yes, read from its source; empty where it reads
    none."""
    unread: tuple[Unread, ...] = ()
    """Files and folders that are there, would matter, and could not be read."""

    def package(self, name: str) -> Optional[Package]:
        """What ``import name`` would find, if anything."""
        return next((package for package in self.packages if package.name == name), None)

    def find(self, *names: str) -> Optional[Distribution]:
        """The first readable distribution that has one of these (normalised) names."""
        for name in names:
            for distribution in self.distributions:
                if distribution.name == name and distribution.version and not distribution.problem:
                    return distribution
        return None

    def stack(self, identifier: StackId) -> Optional[Stack]:
        """The stack of that name, if this environment has a name for it."""
        return next((stack for stack in self.stacks if stack.id is identifier), None)


# --------------------------------------------------------------------------------------------- observations


@dataclass(frozen=True)
class Canary:
    """A tiny model that exercises one feature; its code is in ``kdoctor/canaries/<area>.py``."""

    slug: str
    area: str
    title: str
    """The first line of its docstring: the feature in the user's words."""
    tier: str = "core"
    """``core`` runs in every visit, ``full`` with ``--all``."""
    per_namespace: bool = False
    """Whether it touches names that differ between ``tf.keras`` and ``keras``, so that it runs on each stack rather
    than once an implementation."""


@dataclass(frozen=True)
class Observation:
    """What one canary did on one stack."""

    slug: str
    stack: StackId
    outcome: Outcome
    message: str = ""
    """For ``works`` the numbers that were compared; else what was seen, or the reason."""
    seconds: float = 0.0
    output: str = ""
    """The end of what it printed to stdout and stderr, kept only where the outcome needs explaining."""
    via: Optional[StackId] = None
    """The stack it really ran on, where the implementation is shared and the namespace does not matter."""
    area: str = ""
    """The canary's area, so that a rendering needs nothing but the report."""
    observed: str = ""
    """When it was seen (UTC, ISO 8601), where that was in an earlier visit; empty where it was in this one."""


@dataclass(frozen=True)
class Progress:
    """How far a visit is, for whoever shows it while it runs."""

    done: int = 0
    """Canaries that have answered."""
    total: int = 0
    """Canaries in all; 0 while that is not known."""
    stack: Optional[StackId] = None
    slug: str = ""
    """The canary that answered last, or runs now."""
    phase: str = ""
    """What is being done where no canary runs: ``importing TensorFlow``."""


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


class Symptom(str):
    """A symptom with a mark; one without is a plain string."""

    generic: bool
    """Whether code that has nothing to do with Keras says it too, so that alone it proves nothing."""

    def __new__(cls, text: str, *, generic: bool = False) -> Symptom:  # noqa: D102 - the class says it
        symptom = super().__new__(cls, text)
        symptom.generic = generic
        return symptom


@dataclass(frozen=True)
class Shown:
    """What a text that holds an error shows of where it was raised."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """By distribution, ``python`` included."""
    implementation: Optional[Implementation] = None


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
    """The exact messages that a user sees. What varies is ``...``, or has a name: ``{path}``, ``{value}``, ``{config}``
    and ``{text}`` are anything, every other name is one word. For a silent breakage: what the user notices."""
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
    """What code that it concerns looks like; see :mod:`kdoctor.usage.patterns`."""
    answer: Optional[Callable[[Mapping[str, str], Shown], Optional[str]]] = None
    """What a message says, in a sentence, by the named parts of the symptom that matched: ``lr was removed from Adam``.
    None where it is not about this rule after all, empty where nothing is known of these values."""


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
    """Through which name the code reaches Keras there; see :mod:`kdoctor.usage.model`."""
    certainty: Certainty = Certainty.CERTAIN
    what: str = ""
    """What the code does there, in its own words: ``tf.keras.layers.LSTM(stateful=...)``."""
    text: str = ""
    """The line as it stands in the file, without indentation."""


@dataclass(frozen=True)
class SetAside:
    """A use that a comment in its line sets aside: ``# kdoctor: ignore[KD201] reason``."""

    code: str
    slug: str
    location: Location
    reason: str


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, and why; the rest was read all the same."""

    path: str
    reason: str
    line: int = 0
    cell: int = 0
    lost: Lost = Lost.PART


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
class Remedy:
    """Steps that can be pasted, right for this environment."""

    id: str
    """Findings with the same id share the step: ``use-legacy-keras``, ``upgrade-keras``, ``code:rnn-.../after``."""
    title: str
    commands: tuple[str, ...] = ()
    """Shell lines in the language of this environment's installer; safe to paste."""
    before: str = ""
    after: str = ""
    text: str = ""
    cost: str = ""
    proof: Optional[Proof] = None


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
        from kdoctor.render import formats
        from kdoctor.render.context import Context

        return formats.render("json", self, Context())

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
