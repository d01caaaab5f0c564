"""``kdoctor fix --prove`` and ``kdoctor fix --apply --environment``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace

import typer

from kdoctor.cli import common
from kdoctor.cli.common import Given
from kdoctor.code import Usage
from kdoctor.console import complain
from kdoctor.environment import examine
from kdoctor.environment.installers import commands, dry_run
from kdoctor.environment.steps import InstallStep, Remedy, VariableStep
from kdoctor.observe import cache
from kdoctor.processes import Family
from kdoctor.remedies import apply as applying
from kdoctor.remedies.plan import smallest
from kdoctor.remedies.prove import Examine, InstallError, index, run, under, worse
from kdoctor.remedies.prove import prove as tried
from kdoctor.report import Examination, Report
from kdoctor.settings import Settings


def prove(report: Report, settings: Settings, given: Given, used: Usage) -> tuple[Report, Mapping[str, str], int]:
    """The report with what its remedies did in a copy, why others could not be tried, and the exit code."""
    examinations, problems, code = [], {}, 0
    look = _examine(settings, given, used)
    for one in report.environments:
        proofs = {}
        chosen = smallest(one)
        for way in (*chosen.taken, *chosen.instead):
            remedy = way.remedy
            if remedy.installs:
                try:
                    proof = tried(way, one, look, os.environ, _say)
                except InstallError as error:
                    if error.offline:  # nor can any other be tried
                        common.stop(f"{error}. Nothing was changed.", 4)
                    problems[remedy.id], code = str(error), 4
                    continue
                proofs[str(remedy.steps)] = proof
                code = code or int(bool(proof.left or proof.unknown or proof.worse))
        known = (replace(each, proof=proofs.get(str(each.steps), each.proof)) for each in one.remedies)
        examinations.append(replace(one, remedies=tuple(known)))
        python = one.environment.interpreter.executable
        if proofs:
            here = examine(None if python == sys.executable else python)
            note = cache.keep_proofs(here, os.environ, proofs)
            complain(f"kdoctor: {note}") if note else None
    return replace(report, environments=tuple(examinations)), problems, code


def apply(report: Report, settings: Settings, given: Given, used: Usage) -> int:
    """Install what the plan says; 0 where that is done, 2 where it is refused, 4 where what was there is back."""
    code = 0
    for one in report.environments:
        code = max(code, _apply(one, _examine(settings, given, used), yes=bool(given.yes)))
    return code


def _say(sentence: str) -> None:
    complain(f"kdoctor: {sentence}.")


def _examine(settings: Settings, given: Given, used: Usage) -> Examine:
    """Examines an interpreter as the command line says."""
    fresh = given._replace(values={**given.values, "no_cache": True})

    def look(python: str, environ: Mapping[str, str]) -> Examination:
        there = settings.over({"python": (python,)})
        return common.examine(there, fresh, (settings.paths, used), environ).environments[0]

    return look


def _apply(before: Examination, look: Examine, *, yes: bool) -> int:
    environment = before.environment
    left = applying.unfinished(environment)
    if left and not left.at_work:  # broken off in the middle
        applying.tidy(applying.undo(left))
        complain("kdoctor: what was there before is back. Run this again to install.")
        return 4
    applying.refuse(environment)
    taken = [way.remedy for way in smallest(before).taken if way.remedy.installs]
    if not taken:
        typer.echo("Nothing to install.")
        return 0
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        common.stop("there is nobody to ask: this is no terminal. --yes installs without asking.")
    steps = [step for one in taken for step in one.steps]
    lines = [words for step in steps if isinstance(step, InstallStep) for words in commands(step, environment)]
    what = ", ".join(
        name for step in steps if isinstance(step, InstallStep) for name in (*step.uninstall, *step.requirements)
    )
    try:
        _show(taken, lines, environment.interpreter.manager, environment.interpreter.project)
    except InstallError as error:
        complain(f"kdoctor: {error}. Nothing was changed.")
        return 4
    if not yes and not typer.confirm("Install?"):
        typer.echo("Nothing was changed.")
        return 0
    journal = applying.install(lines, what, environment, os.environ)
    if journal.state != applying.INSTALLED:
        complain(f"kdoctor: {journal.problem or 'the installer was ended'}. What was there before is back.")
        applying.tidy(journal)
        return 4
    after = look(environment.interpreter.executable, under(steps, os.environ))
    codes = [{one.code for one in each.findings if one in smallest(each).concerning} for each in (before, after)]
    typer.echo(f"Before: {_listed(codes[0])}. After: {_listed(codes[1])}.")
    broken = worse(before, after)
    if broken:
        journal = applying.undo(journal)
        complain(f"kdoctor: {', '.join(broken)} failed only afterwards. What was there before is back.")
    applying.tidy(journal)
    for step in steps:
        if isinstance(step, VariableStep) and not broken:
            typer.echo(f"To set where your programs start: {step.name}={step.value}")
    return 4 if broken else 0


def _listed(codes: set[str]) -> str:
    return ", ".join(sorted(codes)) or "nothing to fix"


def _show(taken: list[Remedy], lines: list[tuple[str, ...]], manager: str, project: str) -> None:
    """What is going to be installed, in the installer's own words."""
    for remedy in taken:
        typer.echo(f"{remedy.title}{f'. Downside: {remedy.cost}' if remedy.cost else ''}")
    _say(f"opening a connection to {index(manager, os.environ)}")
    with Family() as family:
        for words in lines:
            typer.echo(f"$ {shlex.join(words)}")
            trial = dry_run(words)
            said = run(trial, os.environ, family, project) if trial else "This installer has no dry run."
            typer.echo("\n".join(f"  {line}" for line in said.splitlines() if line.strip()))
