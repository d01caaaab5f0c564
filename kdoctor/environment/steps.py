"""What a remedy consists of: data until an installer, or a format, spells it for a place."""

from __future__ import annotations

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


Step = Union[InstallStep, VariableStep, CodeStep, RestartStep, TextStep]


@dataclass(frozen=True)
class Proof:
    """That a remedy which changes the stack was tried by the run itself."""

    stack: StackId
    fixed: tuple[str, ...]  # slugs broken on the default stack that work under the remedy
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
