"""``kdoctor model``."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from typing import NoReturn

import typer

from kdoctor import environment as environments
from kdoctor.cli import common
from kdoctor.cli.common import Given
from kdoctor.cli.options import PageFormat
from kdoctor.console import Sink, complain, write_file
from kdoctor.environment.model import Environment
from kdoctor.formats import modelfile as rendering
from kdoctor.modelfiles import examine, trial
from kdoctor.modelfiles.examine import Examination
from kdoctor.modelfiles.trial import Converted
from kdoctor.records import hypothetical
from kdoctor.records.table import shipped
from kdoctor.remedies import prove
from kdoctor.remedies.plan import install_step, matching_tf_keras


def model(given: Given) -> int:
    """Say what a saved model is, whether it loads, and how."""
    if not given.files:
        common.stop("Name a model file or a folder of them: kdoctor model old.h5")
    for path in given.files:
        if not os.path.lexists(path):
            common.stop(f"There is no file or folder {path}.", 3)
    environments, notes = _environments(given.python or (), given.targets or ())
    stacks = given.stack or ()
    found = examine.examine(given.files, environments, os.environ, stacks)
    if not found.files and not found.unread:
        common.stop(f"There is no model file in {' '.join(given.files)}.", 3)
    if given.try_:
        tried = [trial.try_all(one, environments, os.environ, given.trust_file) for one in found.files]
        found = found._replace(files=tuple(tried))
    if given.write:
        _write(found, given.write)
    if given.convert:
        _convert(found, environments, given)
    sink = Sink(colour=given.page_format is PageFormat.RICH)
    if given.page_format is PageFormat.JSON:
        sink.write_document(json.dumps(rendering.plain(found), indent=2) + "\n")
    else:
        pythons = "".join(f" --python {shlex.quote(one)}" for one in given.python or ())
        again = f"kdoctor model {shlex.quote(given.files[0])}{pythons} --write load_old.py"
        sink.write(rendering.render(found, sink.look, verbose=given.verbose, notes=notes, again=again))
    return examine.exit_code(found, bool(stacks))


def _environments(pythons: Sequence[str], targets: Sequence[str]) -> tuple[tuple[Environment, ...], tuple[str, ...]]:
    """The environments that are asked for; this one where none is."""
    notes: list[str] = []
    found = []
    if targets:
        for one in hypothetical.targets(targets, shipped().environments):
            found.append(one.environment)
            notes += [f"{one.name}: {note}" for note in one.notes]
    if pythons or not targets:
        found += [environments.examine(one) for one in pythons or (None,)]
    return tuple(found), tuple(notes)


def _write(found: Examination, path: str) -> None:
    """Write the program that loads the one file."""
    if len(found.files) != 1:
        common.stop("--write takes one model file.")
    programs = [one.lines for verdict in found.files[0].verdicts for one in verdict.recipes]
    if not programs:
        common.stop(f"Nothing is known that loads {found.files[0].file.path}: kdoctor model says why.", 1)
    common.existing_folder(path, "--write")
    write_file(path, programs[0] + "\n")


def _convert(found: Examination, environments: Sequence[Environment], given: Given) -> NoReturn:
    """Write the copy, and say how far its numbers are from the old file's."""
    path = given.convert or ""
    if len(found.files) != 1:
        common.stop("--convert takes one model file.")
    common.existing_folder(path, "--convert")
    environment = next((one for one in environments if one.interpreter.executable), None)
    if environment is None:
        common.stop("--convert runs Keras: name an environment that has it with --python.")
    missing = "" if environment.find("tf-keras") else matching_tf_keras(environment)
    proves = bool(given.prove_file and missing)
    force = given.force and not proves
    done = trial.convert(found.files[0], environment, os.environ, path, trust=given.trust_file, force=force)
    if proves and done.reason == trial.NOT_COMPARED:
        done = _convert_elsewhere(environment, missing, given)
    compared = (
        f" The largest difference from {done.compared_with} is {done.difference:.2g}." if done.compared_with else ""
    )
    if not done.written:
        can_prove = missing and not proves and done.reason == trial.NOT_COMPARED
        prove = " --prove installs tf-keras in a throwaway copy and compares." if can_prove else ""
        common.stop(f"{path} was not written: {done.reason}.{compared}{prove} --force writes it all the same.", 1)
    Sink(colour=False).write(f"{path} was written; plain load_model() loads it.{compared}\n")
    raise typer.Exit(0)


def _convert_elsewhere(environment: Environment, missing: str, given: Given) -> Converted:
    """The same in a copy of the environment that has tf-keras too."""
    steps = [install_step(environment, (missing,))]
    try:
        with prove.throwaway(environment, steps, os.environ, lambda text: complain(f"kdoctor: {text}")) as python:
            copy = environments.examine(python)
            (one,) = examine.examine(given.files, [copy], os.environ).files
            return trial.convert(one, copy, os.environ, given.convert or "", trust=given.trust_file, force=given.force)
    except prove.InstallError as reason:
        common.stop(f"--prove: {reason}", 4)
