"""The report: everything a run found; every format is made from this and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from kdoctor.code.places import IgnoredUse, Location, Remark
from kdoctor.environment.model import Environment, Kernel, Unread
from kdoctor.environment.steps import Remedy
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
        return {"ok": 0, "findings": 1, "usage": 2, "nothing-checked": 3, "incomplete": 4}[self.value]


@dataclass(frozen=True)
class CodeRead:
    """The code that was read, once for all environments."""

    paths: tuple[str, ...]  # what was asked for
    files: int  # how many files were opened, those without any mention of TensorFlow or Keras included
    unread: tuple[Unread, ...] = ()
    ignored: tuple[IgnoredUse, ...] = ()
    read: int = 0  # of the files, how many were read, in part at least
    cells: int = 0  # of notebooks, how many were read
    calls: int = 0  # how many calls of TensorFlow or Keras were recognised
    remarks: tuple[Remark, ...] = ()
    unknown: tuple[str, ...] = ()  # packages that the code imports and nothing is known of
    model_files: tuple[str, ...] = ()  # files and folders that a line of it loads as a model, and that are there


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
    ignored: str = ""  # the reason why the project accepts it: it is listed, and fails no gate

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
        place = ("", "+".join(stack.value for stack in self.stacks), "")
        if location is not None:
            path = re.sub(r"\A(?:\./)+", "", location.path.replace("\\", "/"))
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
    """What the reader must know about how it was examined: CPU only, canaries skipped, a float16 in keras.json."""
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
        """Whether everything could be examined, and nothing is as bad as ``fail_on``."""
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

    def _repr_mimebundle_(self, **_wanted: object) -> dict[str, object]:
        """What a notebook shows and keeps: HTML and text."""
        from kdoctor.notebook.display import bundle

        return bundle(self)

    def _ipython_display_(self) -> None:
        """Shown by its cell already, it is not shown once more as the value of that cell."""
        from kdoctor.notebook.display import is_on_show

        if not is_on_show(self):
            raise NotImplementedError


class UnfitEnvironment(Exception):  # noqa: N818  what it says, in the caller's words
    """``check(fail_on=...)`` found this environment unfit, or could not examine it; ``report`` says all about it."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """A notebook shows the reason alone: the way to it through kdoctor helps nobody."""
        return [f"UnfitEnvironment: {self}"]


class Interrupted(KeyboardInterrupt):
    """A Ctrl-C while checks ran; what was found until then is worth a report."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report
