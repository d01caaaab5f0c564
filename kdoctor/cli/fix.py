"""``kdoctor fix``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from typing import Optional

import typer

from kdoctor import rules
from kdoctor.cli import common
from kdoctor.cli.common import Given
from kdoctor.cli.options import As
from kdoctor.code import Usage
from kdoctor.console import Sink, complain
from kdoctor.environment.installers import Place
from kdoctor.files import MOST_CODE, Unreadable, read, write
from kdoctor.formats import fixes, terminal
from kdoctor.formats.blocks import Heading
from kdoctor.formats.document import labels
from kdoctor.formats.text import count, place
from kdoctor.language import _
from kdoctor.remedies.edits import Rewritten, rewritten, texts
from kdoctor.report import Report
from kdoctor.settings import Settings
from kdoctor.words import listed

_MOST = 10
"""So many places that were not read are named."""
_OPTIONS = {"python": "--python", "targets": "--target", "only": "--only", "skip": "--skip", "config": "--config"}
_PLACES = {As.SHELL: Place.BASH, As.NOTEBOOK: Place.CELL, As.GITHUB: Place.WORKFLOW}


def fix(given: Given) -> int:
    """Show how to fix what is found, and change the code."""
    settings = common.settings(given)
    _check(given)
    if given.apply and "-" in settings.paths:
        common.stop("Standard input cannot be changed. Name a file, or use --diff.")
    used = common.usage(settings.paths or (os.curdir,))
    report = _report(settings, given, used)
    for left in common.unfinished_installs(report):
        from kdoctor.remedies.apply import tidy

        tidy(left)
    if given.environment:
        from kdoctor.cli.fix_environment import apply

        return apply(report, settings, given, used)
    code = 0
    problems: Mapping[str, str] = {}
    if given.prove:
        from kdoctor.cli.fix_environment import prove

        report, problems, code = prove(report, settings, given, used)
    files = rewritten(report.findings, used, rules.all_rules(), unsafe=given.unsafe)
    again = _again(given, settings)
    done = 0
    if given.diff:
        done = _show(files)
    elif given.apply:
        done = _apply(files, again, unsafe=given.unsafe)
    else:
        _plan(report, files, again, given.spelled, problems)
    return _unread(used, report) or done or code


def _check(given: Given) -> None:
    """Stop where options do not go together."""
    if given.environment and not given.apply:
        common.stop("--environment says what --apply is to do: kdoctor fix --apply --environment.")
    if given.yes and not given.environment:
        common.stop("--yes goes with --apply --environment.")
    for name in ("prove", "environment"):
        if given.values[name] and (given.targets or given.diff or (given.prove and given.apply)):
            common.stop(f"--{name} goes with neither --target nor --diff, and --prove not with --apply.")


def _unread(used: Usage, report: Report) -> int:
    """Name what was asked for and could not be read; the exit code is then that of kdoctor scan, else 0."""
    for one in used.unread[:_MOST]:
        complain(f"kdoctor: Not read: {place(one.path, one.line, one.cell)}: {one.reason}.")
    if used.unread[_MOST:]:
        complain(f"kdoctor: Not read: {count(len(used.unread) - _MOST, 'more place')}; kdoctor scan names them.")
    code = report.status.exit_code
    return code if used.unread and code > 1 else 0


def _again(given: Given, settings: Settings) -> Callable[[str], str]:
    """The command line that was given, for other flags: it is to judge the same code by the same releases."""
    words = []
    for name, option in _OPTIONS.items():
        values = given.values.get(name) or ()
        words += [word for value in ([values] if isinstance(values, str) else values) for word in (option, value)]
    words += ["--no-config"] if given.no_config else []
    return lambda flags: " ".join(
        part for part in ("kdoctor fix", shlex.join(settings.paths), flags, shlex.join(words)) if part
    )


def _report(settings: Settings, given: Given, used: Usage) -> Report:
    """What the code hits here; where there is no Keras, on the newest releases on record."""
    if not given.targets:
        runs = given._replace(values={**given.values, "no_canaries": given.no_canaries or given.diff or given.apply})
        report = common.examine(settings, runs, (settings.paths, used))
        if any(one.environment.stacks for one in report.environments):
            return report
        if given.environment and any(common.unfinished_installs(report)):  # what is missing can be put back
            return report
        if given.prove or given.environment:
            common.stop("there is neither TensorFlow nor Keras in this environment.", 3)
    return common.assess(settings, used=used)


def _show(files: list[Rewritten]) -> int:
    """The changes as a unified diff; the exit code is 1 where there are any."""
    changed = [one for one in files if one.after != one.before]
    lines: list[str] = []
    for one in changed:
        before, after = texts(one.path, one.before), texts(one.path, one.after)
        for cell in before:
            lines += fixes.diff(f"{one.path}:cell {cell}" if cell else one.path, before[cell], after[cell])
    if lines:
        Sink().write_document("\n".join((*lines, "")))
    for one in files:
        if one.failed:
            complain(f"kdoctor: {one.path} is left as it is: its changes would not be Python. Please report that.")
    made, left = sum(len(one.made) for one in changed), sum(len(one.unsafe) for one in files)
    changes, where = count(made, "change"), count(len(changed), "file")
    said = _("{changes} in {files}.", changes=changes, files=where) if made else _("No change.")
    complain(said + (" " + _("{changes} with --unsafe.", changes=count(left, "more change")) if left else ""))
    return 1 if changed else 0


def _apply(files: list[Rewritten], again: Callable[[str], str], *, unsafe: bool) -> int:
    """Write the files; one that cannot be written costs itself only, and the exit code is 4."""
    failed = 0
    for one in files:
        if one.after == one.before and not one.failed:
            continue
        try:
            if one.failed:
                raise Unreadable("its changes would not be Python; please report that")
            if read(one.path, MOST_CODE) != one.before:
                raise Unreadable("it was changed meanwhile")
            if not os.access(one.path, os.W_OK):
                raise Unreadable("it is not writable")
            write(os.path.realpath(one.path), one.after)
        except OSError as error:
            failed += 1
            complain(f"kdoctor: {one.path} is left as it is: {error}.")
            continue
        codes = listed(list(dict.fromkeys(hit.code for hit in one.made)))
        typer.echo(f"{one.path}: {count(len(one.made), 'change')} ({codes})")
        for hit in one.made if unsafe else ():
            where = hit.location
            if where.fix and where.fix.unsafe:
                typer.echo(f"  {place(where.path, where.line, where.cell)}: {hit.code}: {where.fix.unsafe}")
    left = sum(len(one.unsafe) for one in files)
    if not any(one.made for one in files):
        typer.echo(_("No change."))
    if left:
        more, command = count(left, "more change"), again("--diff --unsafe")
        typer.echo(_("{changes} with --unsafe; {command} shows them.", changes=more, command=command))
    return 4 if failed else 0


def _plan(
    report: Report,
    files: list[Rewritten],
    again: Callable[[str], str],
    spelled: Optional[As],
    problems: Mapping[str, str],
) -> None:
    """Print the steps, and what each fixes."""
    where = _PLACES.get(spelled) or Place(spelled.value) if spelled else None
    sink = Sink()
    made = [hit for one in files for hit in one.made]
    safe = [hit for hit in made if hit.location.fix and not hit.location.fix.unsafe]
    unsafe = [hit for hit in made if hit not in safe] + [hit for one in files for hit in one.unsafe]
    for name, examination in zip(labels(report), report.environments):
        blocks = fixes.plan(examination, safe, unsafe, command=again, where=where, problems=problems)
        sink.write(terminal.write([Heading(name), *blocks], sink.look))
