"""The vocabulary of rules: what is known of a breakage, and which steps fix it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Optional, Union

from kdoctor.environment.model import Environment
from kdoctor.words import Implementation, Severity, Shown, StackId

if TYPE_CHECKING:
    from kdoctor.rules.edits import Edit
    from kdoctor.rules.patterns import Pattern


@dataclass(frozen=True)
class Reference:
    """A thread or page that says what the rule says."""

    url: str
    says: str  # what it says about this, in a sentence


@dataclass(frozen=True)
class Affected:
    """A range of versions that a rule without a canary states by hand."""

    versions: str  # a PEP 440 specifier set for the implementation: `>=3.0,<3.12`
    implementation: Implementation = Implementation.KERAS_3
    stacks: tuple[StackId, ...] = (StackId.TF_KERAS, StackId.KERAS_3, StackId.KERAS)


@dataclass(frozen=True)
class CodeChange:
    """Another way to write it.

    ``before`` and ``after`` are names of files in ``kdoctor/rules/examples/<slug>/`` that can be executed; see the
    README there.
    """

    title: str
    after: str = "after"
    before: str = "before"
    stacks: tuple[StackId, ...] = (StackId.TF_KERAS, StackId.KERAS)
    """The stacks it is offered for; the tests execute it on each."""
    versions: str = ""  # a specifier set for the implementation where it does not work on every affected version
    cost: str = ""  # what it costs, or what it leaves: empty where nothing


@dataclass(frozen=True)
class Upgrade:
    """Another version of a package."""

    package: str
    versions: str  # a specifier set: `>=3.12`
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
    versions: str = ""  # a specifier set for the implementation where it does not serve on every affected version
    cost: str = ""
    code: str = ""  # what has to change in the code as well, one thing a line


@dataclass(frozen=True)
class SetVariable:
    """Set (or, with ``value=None``, unset) an environment variable."""

    name: str
    value: Optional[str]
    title: str
    cost: str = ""


@dataclass(frozen=True)
class Advice:
    """A step that no command can take: rename a file, move a line."""

    title: str
    text: str = ""  # what to do, one step a line


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

    generic: bool  # whether code that has nothing to do with Keras says it too, so that alone it proves nothing

    def __new__(cls, text: str, *, generic: bool = False) -> Symptom:  # noqa: D102 - the class says it
        symptom = super().__new__(cls, text)
        symptom.generic = generic
        return symptom


PART = re.compile(r"\{([a-z_]+)\}|\.\.\.")
"""What varies in a symptom."""


def plain(symptom: str) -> str:
    """A symptom as people read it: ``...`` for everything that varies."""
    return re.sub(rf"(?:{PART.pattern})+(?:\.$)?", "...", symptom)


@dataclass(frozen=True)
class Rule:
    """What is known of one breakage. Codes and slugs are never reused."""

    code: str
    slug: str  # equal to its canary's slug where it has one
    area: str
    title: str
    explanation: str  # in plain words: what happens, why, since when, whom it concerns
    symptoms: tuple[str, ...] = ()
    """The exact messages that a user sees. What varies is ``...``, or has a name: ``{path}``, ``{value}``, ``{config}``
    and ``{text}`` are anything, every other name is one word. For a silent breakage: what the user notices."""
    remedies: tuple[RemedySpec, ...] = ()  # least invasive first
    references: tuple[Reference, ...] = ()
    canary: bool = True
    """Whether a canary of this slug exists; then what it affects follows from observations and records alone."""
    silent: bool = False  # whether nothing is raised: the numbers are simply others
    ported: bool = False
    """Whether both Kerases are right and only differ, or none but code of Keras 2 gives what is refused. It concerns
    code, weights and results that come from Keras 2: a use is likely at most, and none in code for Keras 3."""
    affects: tuple[Affected, ...] = ()  # only for rules without a canary
    detect: Optional[Callable[[Environment], Optional[Fault]]] = None
    """Only for faults of the environment itself: a pure function of the facts."""
    where: Optional[Callable[[Environment], bool]] = None
    """Only for faults of code itself, which are seen where code is read: the environments in which it is one."""
    measured: str = ""  # `Measured:` with the releases, where no reference says it
    uses: tuple[Pattern, ...] = ()  # what code that it concerns looks like; see kdoctor.rules.patterns
    edits: tuple[Edit, ...] = ()  # how such code is rewritten, the best first; see kdoctor.rules.edits
    usual: tuple[tuple[str, str], ...] = ()
    """What the placeholders of its remedies stand for where no environment fills them: on a rule's own page."""
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
