"""Tries remedies in a copy of the environment that is removed again, and compares what was found before and after.

The copy is a virtual environment of the same Python, filled with links to the installed files, so that it takes
seconds and no space. Installers replace files and never write into them, so that what is linked is safe.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Optional
from urllib.parse import urlsplit

from kdoctor.environment.installers import commands, is_conda
from kdoctor.environment.model import Environment
from kdoctor.environment.steps import InstallStep, Proof, Step, TextStep, VariableStep
from kdoctor.processes import Family, how_it_ended, listen
from kdoctor.remedies.plan import Way, is_fault
from kdoctor.report import Examination, Finding
from kdoctor.words import Outcome, StackId

SECONDS = 1800.0  # that one installer may take
_QUIET = {"NO_COLOR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}
_OFFLINE = re.compile(
    r"connection (?:error|refused|reset)|connect(?:ion)? timed out|could not connect|dns error|error sending request"
    r"|failed to (?:fetch|establish a new connection)|max retries exceeded|name resolution|name or service not known"
    r"|network (?:is unreachable|connectivity is disabled)|newconnectionerror|proxyerror|tunnel",
    re.I,
)


class InstallError(Exception):
    """Steps that could not be carried out; its text is meant for the user."""

    def __init__(self, message: str, *, offline: bool = False) -> None:
        super().__init__(message)
        self.offline = offline  # whether it was for want of a network


@contextlib.contextmanager
def throwaway(
    environment: Environment, steps: Iterable[Step], environ: Mapping[str, str], say: Callable[[str], None]
) -> Iterator[str]:
    """The Python of a copy of an environment in which packages were removed and installed.

    Args:
        environment: what is copied.
        steps: of which those that install are carried out.
        environ: the variables that the installer runs with.
        say: is called with a sentence before a connection is opened.

    Raises:
        InstallError: the copy cannot be made, or a step fails in it.
    """
    installs = [step for step in steps if isinstance(step, InstallStep)]
    if installs and is_conda(environment):
        raise InstallError("conda's packages cannot be tried in a copy; try the step in a clone (conda create --clone)")
    with Family(with_folder=True) as family:
        python = _copy(environment, os.path.join(family.folder, "environment"), family, environ)
        manager = "uv" if shutil.which("uv", path=environ.get("PATH")) else "pip"
        interpreter = replace(environment.interpreter, executable=python, manager=manager, venv=True)
        copy = replace(environment, interpreter=interpreter)
        for step in installs:
            if step.requirements:
                say(
                    f"opening a connection to {index(manager, environ)} to try {', '.join(step.requirements)} in a copy"
                )
            for words in commands(step, copy):
                run(words, environ, family)
        yield python


def _copy(environment: Environment, folder: str, family: Family, environ: Mapping[str, str]) -> str:
    """A virtual environment with links to all that is installed; its Python."""
    run([environment.interpreter.executable, "-I", "-m", "venv", "--without-pip", folder], environ, family)
    [site] = {os.path.realpath(one) for one in glob.glob(f"{folder}/[Ll]ib*/**/site-packages", recursive=True)}
    have: set[str] = set()
    try:
        for source in dict.fromkeys(map(os.path.realpath, environment.search_path)):
            if os.path.basename(source) in ("site-packages", "dist-packages"):
                have |= link(source, site, have)
    except OSError as error:
        raise InstallError(f"{environment.interpreter.prefix} cannot be copied ({error.strerror or error})") from error
    windows = os.path.join(folder, "Scripts", "python.exe")
    return windows if os.path.isfile(windows) else os.path.join(folder, "bin", "python")


Link = Callable[[str, str], object]


def link(source: str, target: str, have: Iterable[str] = (), ways: Sequence[Link] = (os.link, os.symlink)) -> set[str]:
    """Fill a folder with links to the files of another, but for what an earlier folder of the search path hides.

    Args:
        source: the folder with the files.
        target: the folder to fill.
        have: beginnings of names that are there already.
        ways: how to make a link; where none works, a file is copied.

    Returns:
        The beginnings of the names that were linked.
    """
    names = {name: name.partition("-")[0].lower() for name in os.listdir(source)}
    for name, beginning in names.items():
        path, new = os.path.join(source, name), os.path.join(target, name)
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        is_shared = is_folder and name.isidentifier() and not os.path.isfile(os.path.join(path, "__init__.py"))
        if beginning in have and not is_shared:
            continue
        if is_folder:
            shutil.copytree(path, new, symlinks=True, copy_function=partial(_link, ways=ways), dirs_exist_ok=True)
        else:
            _link(path, new, ways=ways)
    return set(names.values())


def _link(source: str, target: str, *, ways: Sequence[Link]) -> None:
    if os.path.lexists(target):
        return
    for make in ways if not os.path.islink(source) else ():
        with contextlib.suppress(OSError):  # a hard link needs the same file system
            make(source, target)
            return
    shutil.copy2(source, target, follow_symlinks=False)


def run(words: Sequence[str], environ: Mapping[str, str], family: Family, folder: str = "") -> str:
    """Run a command to its end, in the working folder or another; what it says.

    Raises:
        InstallError: it cannot be started, fails, or takes too long.
    """
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        child = family.start(words, {**environ, **_QUIET}, cwd=folder or None, **pipes)
    except OSError as error:
        raise InstallError(f"{words[0]} cannot be started ({error.strerror or error})") from error
    said = listen(child, os.urandom(16), SECONDS)
    text = (said.output + b"\n" + said.errors).decode("utf-8", "replace").strip()
    with contextlib.suppress(subprocess.TimeoutExpired):
        if not said.problem and child.process.wait(10) == 0:
            return text
    child.stop()
    name = "pip" if "pip" in words[:3] and "-m" in words else os.path.basename(words[0])
    lines = [line.strip(" \u00d7\u2502\u2570\u2500\u25b6\u251c") for line in text.splitlines() if line.strip()]
    offline = next(filter(_OFFLINE.search, reversed(lines)), "")
    if offline:
        raise InstallError(f"{name} cannot reach its package index: {_shown(offline)}", offline=True)
    start = next((at for at, line in enumerate(lines) if line.lower().startswith("error")), max(len(lines) - 3, 0))
    ended = said.problem or how_it_ended(child.process.returncode)
    raise InstallError(f"{name} fails ({ended}): {_shown(' '.join(lines[start:]))}")


def _shown(text: str) -> str:
    """What an installer says, without a password in an address."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)[:500]


def index(manager: str, environ: Mapping[str, str]) -> str:
    """The package index that an installer asks, without a password in its address."""
    names = ("UV_DEFAULT_INDEX", "UV_INDEX_URL") if manager == "uv" else ("PIP_INDEX_URL",)
    given = next((environ[name] for name in names if environ.get(name)), "")
    if not given:
        return f"the package index that {manager} is set up for (pypi.org by default)"
    parts = urlsplit(given.rpartition("=")[2] if "://" not in given.partition("=")[0] else given)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


# ------------------------------------------------------------------------------------------------ what was seen in it

Examine = Callable[[str, Mapping[str, str]], Examination]
"""Examines an interpreter under these variables as the environment itself was examined."""


def prove(
    way: Way, before: Examination, examine: Examine, environ: Mapping[str, str], say: Callable[[str], None]
) -> Proof:
    """What a remedy does in a copy of the environment.

    Args:
        way: the steps of its remedy that install are carried out, and its variables set.
        before: the environment as it is.
        examine: examines the copy.
        environ: the variables as found.
        say: is called with a sentence before a connection is opened.

    Raises:
        InstallError: the steps cannot be carried out.
    """
    steps = way.remedy.steps
    if any(isinstance(step, TextStep) for step in steps) and not any(isinstance(step, VariableStep) for step in steps):
        raise InstallError("the code has to change as well")
    with throwaway(before.environment, steps, environ, say) as python:
        return compared(way.fixes, before, examine(python, under(steps, environ)))


def under(steps: Iterable[Step], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables as they are after these steps."""
    changed: dict[str, Optional[str]] = dict(environ)
    changed.update({step.name: step.value for step in steps if isinstance(step, VariableStep)})
    return {name: value for name, value in changed.items() if value is not None}


def compared(claimed: Iterable[Finding], before: Examination, after: Examination) -> Proof:
    """What became of the findings that a remedy claims to fix, and what is broken only since."""
    rows = {(row.slug, row.stack): row.outcome for row in after.canaries}
    left_codes = {finding.code for finding in after.findings}
    fixed, left, unknown = [], [], []
    for finding in claimed:
        stacks = [StackId.TF_KERAS] if StackId.TF_KERAS in finding.stacks else finding.stacks
        outcomes = [rows[finding.slug, stack] for stack in stacks if (finding.slug, stack) in rows]
        if any(outcome.is_broken for outcome in outcomes) or (not outcomes and finding.code in left_codes):
            left.append(finding.slug)
        elif any(outcome.is_unknown for outcome in outcomes):
            unknown.append(finding.slug)
        else:
            fixed.append(finding.slug)
    return Proof(StackId.TF_KERAS, tuple(fixed), tuple(left), tuple(unknown), worse(before, after), copied=True)


def worse(before: Examination, after: Examination) -> tuple[str, ...]:
    """Slugs of what worked before and is broken after, and of faults of the installation that are new."""
    worked = {(row.slug, row.stack) for row in before.canaries if row.outcome is Outcome.WORKS}
    broken = [
        row.slug
        for row in after.canaries
        if row.outcome.is_broken and row.stack is not StackId.LEGACY and (row.slug, row.stack) in worked
    ]
    had = {finding.code for finding in before.findings}
    new = [one.slug for one in after.findings if is_fault(one) and one.code not in had]
    return tuple(dict.fromkeys((*new, *broken)))
