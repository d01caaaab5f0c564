"""Install lines in the language of whatever manages an environment."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from kdoctor.model import Environment

NOTEBOOKS = frozenset({"colab", "kaggle"})

_ADD = {
    "poetry": "poetry add",
    "pdm": "pdm add",
    "pixi": "pixi add --pypi",
}
_REMOVE = {
    "poetry": "poetry remove",
    "pdm": "pdm remove",
    "pixi": "pixi remove --pypi",
}
_RUN = {
    "poetry": "poetry run python",
    "pdm": "pdm run python",
    "pixi": "pixi run python",
}


def install(environment: Environment, requirements: Sequence[str], *, dependencies: bool = True) -> str:
    """The line that installs these requirements there.

    Args:
        environment: where; its manager decides the language.
        requirements: PEP 508 requirements without markers: ``tf-keras~=2.19.0``.
        dependencies: False where what they require must not come along. A project's manager always resolves, so there
            the line goes past it.
    """
    manager = environment.interpreter.manager
    if dependencies and _is_conda(environment):
        specs = " ".join(shlex.quote(_conda_spec(requirement)) for requirement in requirements)
        if manager == "pixi":
            return f"pixi add {specs}"
        return f"conda install -p {shlex.quote(environment.interpreter.prefix)} -c conda-forge {specs}"
    quoted = " ".join(shlex.quote(requirement) for requirement in requirements)
    if manager in _ADD and dependencies:
        return f"{_ADD[manager]} {quoted}"
    return f"{_pip(environment, 'install')}{'' if dependencies else ' --no-deps'} {quoted}"


def uninstall(environment: Environment, names: Sequence[str]) -> str:
    """The line that removes these distributions there."""
    manager = environment.interpreter.manager
    if _is_conda(environment):
        if manager == "pixi":
            return f"pixi remove {' '.join(names)}"
        return f"conda remove -p {shlex.quote(environment.interpreter.prefix)} --force {' '.join(names)}"
    if manager in _REMOVE:
        return f"{_REMOVE[manager]} {' '.join(names)}"
    yes = "" if manager == "uv" else " -y"
    return f"{_pip(environment, 'uninstall')}{yes} {' '.join(names)}"


def set_variable(environment: Environment, name: str, value: str) -> tuple[str, ...]:
    """The line that sets an environment variable: in a notebook for the kernel, else for the shell."""
    if environment.interpreter.manager in NOTEBOOKS:
        return (f"%env {name}={value}",)
    if environment.interpreter.system == "Windows":
        return (f"set {name}={value}",)
    return (f"export {name}={value}",)


def unset_variable(environment: Environment, name: str) -> tuple[str, ...]:
    """The line that removes an environment variable."""
    if environment.interpreter.manager in NOTEBOOKS:
        return (f'import os; os.environ.pop("{name}", None)',)
    if environment.interpreter.system == "Windows":
        return (f"set {name}=",)
    return (f"unset {name}",)


def _is_conda(environment: Environment) -> bool:
    """Whether conda's own packages are in use: in most conda environments TensorFlow itself came from pip."""
    watched = [each for each in environment.distributions if each.name.startswith(("tensorflow", "keras"))]
    return environment.interpreter.manager in ("conda", "pixi") and any(each.installer == "conda" for each in watched)


def _conda_spec(requirement: str) -> str:
    """``tf-keras~=2.19.0`` in conda's language: ``tf-keras=2.19``."""
    name, compatible, version = requirement.partition("~=")
    return f"{name}={version.rpartition('.')[0]}" if compatible else requirement


def _pip(environment: Environment, verb: str) -> str:
    """How pip, or what stands for it, is called for exactly this interpreter."""
    interpreter = environment.interpreter
    if interpreter.manager in NOTEBOOKS:
        return f"%pip {verb}"
    if not interpreter.executable:
        return f"pip {verb}"  # releases that are named, and not installed anywhere
    executable = shlex.quote(interpreter.executable)
    if interpreter.manager == "uv":
        return f"uv pip {verb} --python {executable}"
    if interpreter.manager in _RUN:
        return f"{_RUN[interpreter.manager]} -m pip {verb}"
    here = interpreter.executable == sys.executable
    return f"{'python' if here else executable} -m pip {verb}"
