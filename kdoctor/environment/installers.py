"""Spells the steps of a remedy for the place where they will be pasted.

A step is data until here: which program installs packages depends on the environment's manager, and how its words are
quoted on the shell. Nothing else in kdoctor writes a command for a user.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, Optional

from kdoctor.environment.model import Environment, Kernel
from kdoctor.environment.steps import InstallStep, RestartStep, Step, TextStep, VariableStep
from kdoctor.words import LEGACY_VARIABLE

_PROJECTS = {
    "uv": ("add", "remove"),
    "poetry": ("add", "remove"),
    "pdm": ("add", "remove"),
    "pixi": ("add --pypi", "remove --pypi"),
}
"""Managers that resolve and lock a whole project, with their words for installing and removing."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:\\")
_VENV = ".venv"
_THIS_PYTHON = "{sys.executable}"
"""What IPython puts the kernel's own Python in the place of, so that no path is kept in a notebook."""
_HELD = ("tensorflow", "keras", "tf_keras")  # what stays as it is in a process that has imported it


class Place(Enum):
    """Where lines are pasted."""

    BASH = "bash"
    POWERSHELL = "powershell"
    CMD = "cmd"
    CELL = "cell"  # a notebook's cell
    DOCKERFILE = "dockerfile"
    WORKFLOW = "workflow"  # the steps of a job of GitHub Actions
    REQUIREMENTS = "requirements"  # a requirements file
    CONDA = "conda"  # the dependencies in an environment.yml


class Part(NamedTuple):
    """A piece of spelled steps."""

    text: str
    is_code: bool = True  # whether it is a line to paste; else a sentence


def place_of(environment: Environment, kernel: Optional[Kernel] = None) -> Place:
    """Where who reads the report of this environment will paste lines."""
    if environment.interpreter.manager in ("colab", "kaggle") or (kernel is not None and kernel.is_notebook):
        return Place.CELL
    # Releases that are only named run nowhere: then it is this machine's shell.
    system = environment.interpreter.system or ("Windows" if os.name == "nt" else "")
    return Place.POWERSHELL if system == "Windows" else Place.BASH


def spell(
    steps: Iterable[Step], environment: Environment, place: Optional[Place] = None, kernel: Optional[Kernel] = None
) -> list[Part]:
    """Lines to paste and sentences, in their order. A change of code is not spelled: each format shows it its own way.

    Args:
        steps: what is to be done.
        environment: where; its manager decides which program installs.
        place: where the lines are pasted; by default where the environment and the kernel suggest.
        kernel: the process that asked; it must be restarted where it has imported Keras already.
    """
    place = place or place_of(environment, kernel)
    parts: list[Part] = []
    steps = tuple(steps)
    for number, step in enumerate(steps):
        if isinstance(step, InstallStep):
            parts += _install(step, environment, place)
        elif isinstance(step, VariableStep):
            parts.append(_variable(step, place))
        elif isinstance(step, RestartStep) and place is Place.CELL and _must_restart(kernel):
            in_a_cell = any(isinstance(later, VariableStep) for later in steps[number:])
            then = "run this in the first cell:" if in_a_cell else "run from the top."
            parts.append(Part(f"Restart the kernel, then {then}", is_code=False))
        elif isinstance(step, TextStep):
            parts += [Part(line, is_code=False) for line in step.text.splitlines()]
    return parts


def _must_restart(kernel: Optional[Kernel]) -> bool:
    return kernel is None or kernel.is_split or not kernel.imported.keys().isdisjoint(_HELD)


def lines(steps: Iterable[Step], environment: Environment, place: Optional[Place] = None) -> tuple[str, ...]:
    """Only what is to be pasted."""
    return tuple(part.text for part in spell(steps, environment, place) if part.is_code)


# ---------------------------------------------------------------------------------------------------- variables


def _variable(step: VariableStep, place: Place) -> Part:
    name, value = step.name, step.value
    if place is Place.CELL:
        if value is None:
            return Part(f'import os; os.environ.pop("{name}", None)')
        if (name, value) == (LEGACY_VARIABLE, "1"):
            return Part("import kdoctor; kdoctor.use_legacy_keras()")  # refuses where it would come too late
        return Part(f"%env {name}={value}")
    if place is Place.POWERSHELL:
        return Part(f"Remove-Item Env:{name}" if value is None else f'$env:{name} = "{value}"')
    if place is Place.CMD:
        return Part(f'set "{name}={value or ""}"')
    if place is Place.REQUIREMENTS:
        return Part(f"{'Unset' if value is None else 'Set'} {name}{f'={value}' if value else ''}.", is_code=False)
    if place in (Place.DOCKERFILE, Place.WORKFLOW, Place.CONDA):
        if value is None:
            return Part(f"Remove the line that sets {name}.", is_code=False)
        key = "variables" if place is Place.CONDA else "env"
        said = f"ENV {name}={_quoted(value, place)}" if place is Place.DOCKERFILE else f'{key}:\n  {name}: "{value}"'
        return Part(said)
    return Part(f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}")


# --------------------------------------------------------------------------------------------------- installing


def _install(step: InstallStep, environment: Environment, place: Place) -> list[Part]:
    if place is Place.DOCKERFILE or place is Place.WORKFLOW:
        return [Part(_line(words, place)) for words in _with_pip(step, ("python", "-m", "pip"))]
    if place in (Place.REQUIREMENTS, Place.CONDA):
        parts = [Part(f"Remove {name}.", is_code=False) for name in step.uninstall]
        specs = list(step.requirements)
        if specs and not step.dependencies:
            words = _line(("python", "-m", "pip", "install", "--no-deps", *specs), Place.BASH)
            return [*parts, Part(f"No file can ask for it without its requirements. Run: {words}", is_code=False)]
        if place is Place.CONDA and is_conda(environment):
            specs = [f"- {_conda_spec(one)}" for one in specs]
        elif place is Place.CONDA and specs:
            specs = ["\n".join(("- pip:", *(f"  - {one}" for one in specs)))]
        return [*parts, *map(Part, specs)]
    if environment.interpreter.manager == "system":
        return _past_the_system(step, environment, place)
    return [Part(_line(words, place)) for words in commands(step, environment, place)]


def commands(step: InstallStep, environment: Environment, place: Place = Place.BASH) -> list[tuple[str, ...]]:
    """The command lines, word by word."""
    interpreter = environment.interpreter
    manager = interpreter.manager
    if is_conda(environment) and (step.dependencies or not step.requirements):
        return _with_conda(step, environment, place)
    is_project = manager in _PROJECTS and (manager != "uv" or bool(interpreter.project))
    if is_project and (step.dependencies or not step.requirements):
        add, remove = (words.split() for words in _PROJECTS[manager])
        return _lines(step, (manager, *remove), (manager, *add), step.requirements)
    has_pip = not interpreter.executable or "pip" in environment.installed
    if place is Place.CELL and (has_pip or manager in ("colab", "kaggle")):
        return _with_pip(step, ("%pip",))
    if not interpreter.executable:
        return _with_pip(step, ("pip",))  # releases that are named, and not installed anywhere
    if manager == "uv":
        python = _THIS_PYTHON if place is Place.CELL else interpreter.executable
        return _with_pip(step, ("uv", "pip"), yes=(), python=("--python", python))
    if is_project:
        return _with_pip(step, (manager, "run", "python", "-m", "pip"))
    pip = (interpreter.executable, "-m", "pip")
    return [*([] if has_pip else [(interpreter.executable, "-m", "ensurepip")]), *_with_pip(step, pip)]


def dry_run(words: Sequence[str]) -> tuple[str, ...]:
    """The same command, made to say only what it would do; empty where the installer cannot."""
    for verb in ("install", "uninstall", "add", "remove"):
        program = words[words.index(verb) - 1] if verb in words[1:] else ""
        if program in ("pip", "poetry", "pdm") and (verb != "uninstall" or words[0] == "uv"):
            at = words.index(verb) + 1
            return (*words[:at], "--dry-run", *words[at:])
    return ()


def _with_pip(
    step: InstallStep, pip: tuple[str, ...], yes: tuple[str, ...] = ("-y",), python: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    alone = () if step.dependencies else ("--no-deps",)
    install = (*pip, "install", *python, *alone)
    return _lines(step, (*pip, "uninstall", *python, *yes), install, step.requirements)


def _lines(
    step: InstallStep, remove: tuple[str, ...], install: tuple[str, ...], requirements: tuple[str, ...]
) -> list[tuple[str, ...]]:
    return [
        *([(*remove, *step.uninstall)] if step.uninstall else []),
        *([(*install, *requirements)] if requirements else []),
    ]


def is_conda(environment: Environment) -> bool:
    """Whether conda's own packages are in use: in most conda environments TensorFlow itself came from pip."""
    watched = [each for each in environment.distributions if each.name.startswith(("tensorflow", "keras"))]
    return environment.interpreter.manager in ("conda", "pixi") and any(each.installer == "conda" for each in watched)


def _with_conda(step: InstallStep, environment: Environment, place: Place) -> list[tuple[str, ...]]:
    specs = tuple(map(_conda_spec, step.requirements))
    if environment.interpreter.manager == "pixi":
        return _lines(step, ("pixi", "remove"), ("pixi", "add"), specs)
    yes = ("-y",) if place is Place.CELL else ()  # a cell cannot answer a question
    where = ("-p", environment.interpreter.prefix, *yes)
    return _lines(
        step, ("conda", "remove", *where, "--force"), ("conda", "install", *where, "-c", "conda-forge"), specs
    )


def _conda_spec(requirement: str) -> str:
    """``tf-keras~=2.19.0`` in conda's language: ``tf-keras=2.19``."""
    name, compatible, version = requirement.partition("~=")
    return f"{name}={version.rpartition('.')[0]}" if compatible else requirement


def _past_the_system(step: InstallStep, environment: Environment, place: Place) -> list[Part]:
    """The operating system manages this Python and refuses pip (PEP 668): a virtual environment holds what is new.

    It sees the packages of the system where some are kept, so that nothing large is downloaded again; what is to be
    removed cannot be removed there, so then it starts empty.
    """
    executable = environment.interpreter.executable
    if not step.requirements:
        removing = (executable, "-m", "pip", "uninstall", "-y", "--break-system-packages", *step.uninstall)
        return [Part(_line(removing, place))]
    sees = () if step.uninstall else ("--system-site-packages",)
    python = f"{_VENV}\\Scripts\\python.exe" if environment.interpreter.system == "Windows" else f"{_VENV}/bin/python"
    kernel = ("ipykernel",) if place is Place.CELL else ()
    commands = [(executable, "-m", "venv", *sees, _VENV)]
    commands += _with_pip(InstallStep((*step.requirements, *kernel), (), step.dependencies), (python, "-m", "pip"))
    then = f"Choose {_VENV} as the notebook's kernel." if kernel else f"Then start your program with {python}."
    return [*(Part(_line(words, place)) for words in commands), Part(then, is_code=False)]


# ------------------------------------------------------------------------------------------------------ quoting


def _line(words: Sequence[str], place: Place) -> str:
    quoted = [_quoted(word, place) for word in words]
    if place is Place.POWERSHELL and quoted[0] != words[0]:
        return "& " + " ".join(quoted)  # a string alone is a value there, not a program
    if place is Place.CELL:
        imports = "import sys\n" if _THIS_PYTHON in words else ""
        return imports + " ".join([words[0] if words[0].startswith("%") else f"!{quoted[0]}", *quoted[1:]])
    prefix = {Place.DOCKERFILE: "RUN ", Place.WORKFLOW: "- run: "}.get(place, "")
    return prefix + " ".join(quoted)


def _quoted(word: str, place: Place) -> str:
    """One word as the shell of that place reads it back."""
    if place in (Place.BASH, Place.DOCKERFILE, Place.WORKFLOW):
        home = os.path.expanduser("~")
        for start in (home + "/", "~/"):
            if place is Place.BASH and len(start) > 1 and word.startswith(start):
                return "~/" + shlex.quote(word[len(start) :])  # quoted as a whole it would stay a tilde
        return shlex.quote(word)
    if word and _PLAIN.issuperset(word):
        return word
    # cmd.exe knows no single quotes; a cell's line goes to cmd.exe or to sh, and both know double ones.
    if place is Place.POWERSHELL and not {"$", "`", '"'}.isdisjoint(word):
        return "'" + word.replace("'", "''") + "'"
    return f'"{word}"'
