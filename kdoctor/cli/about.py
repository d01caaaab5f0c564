"""``kdoctor env`` and ``kdoctor config``: what is installed, and what is set."""

from __future__ import annotations

import os

import typer

from kdoctor.cli import common
from kdoctor.console import Sink
from kdoctor.environment import InterpreterError, machine
from kdoctor.errors import UsageError
from kdoctor.formats import issue_block
from kdoctor.formats.document import is_fault
from kdoctor.run import Choices, run
from kdoctor.settings import describe, visible
from kdoctor.trust import allow
from kdoctor.words import Severity


def env(given: common.Given) -> None:
    """Print what is installed."""
    python = given.one_python or common.interpreters(common.settings(given), given.config)[0]
    [examination] = run((python,), Choices(canaries=False, baseline="")).environments
    faults = [one for one in examination.findings if is_fault(one) and one.severity is not Severity.INFO]
    verdict = "; ".join(f"{one.code} {one.title}" for one in faults) or "no problem in the installed versions"
    environment = examination.environment
    facts = issue_block.facts(environment, machine.facts(environment), verdict if environment.stacks else "")
    if given.json:
        Sink(colour=False).write_document(issue_block.render_json(facts))
    else:
        Sink(colour=False).write((issue_block.render if given.markdown else issue_block.render_plain)(facts))


def config(given: common.Given) -> None:
    """Print the settings that are in force, or allow the interpreters that they name."""
    settings = common.settings(given)
    if given.trust:
        try:
            allowed = allow(settings, os.environ)
        except OSError as error:
            reason = error.strerror or error
            common.stop(f"This could not be kept: {reason}. Name the interpreter with --python instead.", 4)
        for python in allowed:
            typer.echo(visible(f"{settings.file} may start {python}, until the file changes."))
        return
    objections = []
    try:
        if settings.python_is_from_file:
            common.trusted(settings, given.config)
    except (UsageError, InterpreterError) as objection:
        objections.append(str(objection))
    Sink(colour=False).write(describe(settings, objections))
