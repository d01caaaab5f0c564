"""The report: everything a run found; every format is made from this and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from kdoctor.code.places import Location, Remark, SetAside
from kdoctor.environment.model import Environment, Unread
from kdoctor.environment.steps import CodeStep, Step
from kdoctor.observe.model import Observation
from kdoctor.rules.rule import Reference
from kdoctor.words import Certainty, Evidence, Outcome, Relevance, Severity, StackId


class Status(str, Enum):
    """How a run ended; each has its exit code."""

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


@dataclass(frozen=True)
class CodeRead:
    """The code that was read, once for all environments."""

    paths: tuple[str, ...]  # what was asked for
    files: int  # how many files were opened, those without any mention of TensorFlow or Keras included
    unread: tuple[Unread, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    read: int = 0  # of the files, how many were read, in part at least
    cells: int = 0  # of notebooks, how many were read
    calls: int = 0  # how many calls of TensorFlow or Keras were recognised
    remarks: tuple[Remark, ...] = ()
    unknown: tuple[str, ...] = ()  # packages that the code imports and nothing is known of


class Effect(str, Enum):
    """What setting ``TF_USE_LEGACY_KERAS`` would do to a process as it stands."""

    WHOLE = "whole"  # it decides, as it does in a new process
    SPLITS = "splits"  # TensorFlow was imported and `tf.keras` not yet touched: the two names would reach two Kerases
    NONE = "none"  # it is decided already, or this TensorFlow reads no variable


@dataclass(frozen=True)
class Kernel:
    """The process that asked for the report, a notebook's kernel or a Python shell, seen without touching anything."""

    is_notebook: bool  # whether it is a kernel that shows HTML, rather than a shell or a script
    imported: Mapping[str, str] = field(default_factory=dict)
    """The watched packages that it has imported, with their versions."""
    effect: Effect = Effect.WHOLE
    touched: bool = False
    """Whether ``tf.keras`` was used there, which decides what it is; until then ``tf_keras`` is what it would be."""
    tf_keras: str = ""
    """What ``tf.keras`` is there: ``Keras 3.4.1``, ``tf-keras 2.17.0``; empty while TensorFlow is not imported."""
    tensorflow_keras: str = ""  # what `import tensorflow.keras` finds there; empty without TensorFlow
    variable: Optional[str] = None  # `TF_USE_LEGACY_KERAS` now; None where it is not set
    set_by: str = ""  # who set or changed it since the process started, where that can be told: `In [2]`, `deepface`
    read: str = ""  # which cells of this notebook were read: `as last saved`, `as run so far`; empty where none were

    @property
    def is_split(self) -> bool:
        """Whether ``tf.keras`` and ``tensorflow.keras`` are two Kerases."""
        return bool(self.tf_keras and self.tensorflow_keras) and self.tf_keras != self.tensorflow_keras


@dataclass(frozen=True)
class Proof:
    """That a remedy which changes the stack was tried by the run itself."""

    stack: StackId
    mended: tuple[str, ...]  # slugs broken on the default stack that work under the remedy
    left: tuple[str, ...]  # slugs that are still broken under it
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remedy:
    """Steps that fix a finding here."""

    id: str  # findings with the same id share the steps: `use-legacy-keras`, `upgrade:keras>=3.12`, `rnn-...:after`
    title: str
    steps: tuple[Step, ...] = ()  # in the order in which they are taken
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
    detail: str  # what was seen here: the message of the observation, or the facts
    stacks: tuple[StackId, ...] = ()  # where it is broken; empty for a fault of the environment
    outcomes: Mapping[StackId, Outcome] = field(default_factory=dict)
    explanation: str = ""
    symptoms: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()  # identifiers of Remedy, least invasive first
    references: tuple[Reference, ...] = ()
    silent: bool = False
    conflict: str = ""  # where a rule and an observation disagree: what the knowledge says and what was seen
    relevance: Relevance = Relevance.KNOWN
    locations: tuple[Location, ...] = ()  # where the code that was read uses it, in the order of paths and lines
    ignored: str = ""  # the reason why the configuration sets it aside: it is listed, and fails no gate

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
    message: str = ""  # what was seen, or why nothing was

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
    failures: tuple[str, ...] = ()  # what kdoctor's own machinery could not finish; any entry makes the run incomplete
    seconds: float = 0.0
    target: str = ""  # the releases that it stands for where nothing was examined: `tensorflow==2.21 keras==3.15`
    requirements: tuple[Requirement, ...] = ()  # what must work, each slug and stack once


@dataclass(frozen=True, repr=False)
class Report:
    """Everything a run found; renderings are made from this and nothing else."""

    version: str  # of kdoctor
    created: str  # UTC, ISO 8601
    environments: tuple[Examination, ...]
    status: Status
    fail_on: Optional[Severity] = Severity.ERROR  # None for `never`
    strict: bool = False  # whether likely uses and what is unknown fail a gate too
    code: Optional[CodeRead] = None  # None where no code was read
    kernel: Optional[Kernel] = None  # None where nobody asked from within a process, as on the command line

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
