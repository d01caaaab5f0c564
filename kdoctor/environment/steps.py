"""What a remedy consists of: data until an installer, or a format, spells it for a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional, Union

from kdoctor.words import StackId


@dataclass(frozen=True)
class InstallStep:
    """Remove, then install packages; :mod:`kdoctor.environment.installers` spells it for a place."""

    requirements: tuple[str, ...] = ()  # PEP 508 requirements without markers: `tf-keras~=2.19.0`
    uninstall: tuple[str, ...] = ()  # names of distributions that go first
    dependencies: bool = True  # False where what they require must not come along
    kind: str = "install"


@dataclass(frozen=True)
class VariableStep:
    """Set an environment variable, or unset it."""

    name: str
    value: Optional[str] = None  # None to unset it
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


UNFINISHED = ".kdoctor-fix"
"""The folder in an environment that is there while steps are carried out; see :mod:`kdoctor.remedies.apply`."""

Step = Union[InstallStep, VariableStep, CodeStep, RestartStep, TextStep]


@dataclass(frozen=True)
class Proof:
    """What a remedy was seen to do, by the run itself or in a copy of the environment."""

    stack: StackId
    fixed: tuple[str, ...]  # slugs of what was broken without the remedy and is not under it
    left: tuple[str, ...]  # slugs of what is still broken under it
    unknown: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()  # slugs of what is broken only under it; learned in a copy alone
    copied: bool = False  # whether it was carried out in a copy of the environment

    @property
    def holds(self) -> bool:
        """Whether it was seen in a copy to fix all that it claims, and to break nothing."""
        return self.copied and not (self.left or self.unknown or self.worse)

    def covers(self, slugs: Iterable[str]) -> bool:
        """Whether it was seen to fix all of these."""
        return set(slugs) <= set(self.fixed)


@dataclass(frozen=True)
class Remedy:
    """Steps that fix a finding here."""

    id: str  # findings with the same id share the steps: `use-legacy-keras`, `upgrade:keras>=3.12`, `rnn-...:after`
    title: str
    steps: tuple[Step, ...] = ()  # in the order in which they are taken
    cost: str = ""
    proof: Optional[Proof] = None

    @property
    def installs(self) -> bool:
        """Whether it changes what is installed."""
        return any(isinstance(step, InstallStep) for step in self.steps)

    @property
    def code(self) -> Optional[CodeStep]:
        """The change of code, if it is one."""
        return next((step for step in self.steps if isinstance(step, CodeStep)), None)
