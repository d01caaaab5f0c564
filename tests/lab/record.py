"""Records what every canary does on every release: ``python -m tests.lab.record``.

Without options it builds, one after the other, the environments in which something is missing or outdated, runs what
is missing there and writes ``kdoctor/records/observations.json`` and ``api.json`` after each: a run that is stopped
continues where it was. At most two TensorFlow processes run at a time; what was built is removed.

A changed canary:          python -m tests.lab.record
One environment, all anew: python -m tests.lab.record --environment keras-3.15
What changed upstream:     python -m tests.lab.record --compare
The rules' programs too:   python -m tests.lab.record --compare --examples
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Optional

from kdoctor import canaries as canary_files
from kdoctor import environment as environments
from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment
from kdoctor.observe.model import Observation, Observations, Opened, Request
from kdoctor.observe.run import observe
from kdoctor.records import api as api_records
from kdoctor.records import table as tables
from kdoctor.records.table import COLUMNS, RecordedEnvironment, RecordedStack
from kdoctor.words import Implementation, Outcome, StackId
from tests.lab import api_recording, comparison, examples
from tests.lab.environments import (
    KEPT_FOLDER,
    NIGHTLY,
    Builder,
    InstallFailed,
    LabEnvironment,
    NoInterpreter,
    kept_or_temporary,
    newest,
    recorded_with,
    variables_for,
)
from tests.lab.fingerprint import fingerprint
from tests.lab.recording import Recording, cell_of

CANARY_SECONDS = 60.0
PACKAGES = ("tensorflow", "tf-nightly", "keras", "keras-nightly", "tf-keras", "tf-keras-nightly", "jax")
BESIDE = ("numpy", "protobuf", "h5py", "tensorflow-hub")

Say = Callable[[str], None]


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns the exit status: 1 where something could not be recorded, or where outcomes changed."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it, what was built is removed
    say = _teller()
    try:
        declared = recorded_with(newest("tensorflow"), newest("keras"))
    except InstallFailed as error:
        print(f"The registry does not answer: {error}", file=sys.stderr)
        return 1
    known = {environment.id: environment for environment in (*declared, NIGHTLY)}
    catalogue = {canary.slug: canary for canary in canary_files.catalogue()}
    unknown = [name for name in options.environment if name not in known]
    unknown += [name for name in options.canary if not _named(catalogue.values(), name)]
    if unknown:
        print(f"Neither an environment nor a canary: {', '.join(unknown)}. See --list.", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join([*known, "", *catalogue]))
        return 0
    with kept_or_temporary(options.keep) as builder, _snapshot() as sources:
        recorder = Recorder(builder, catalogue, sources, say, options.examples)
        if options.compare:
            chosen = [known[name] for name in options.environment] or [*_newest_of(declared), NIGHTLY]
            return recorder.compare(chosen, options.file)
        chosen = [known[name] for name in options.environment] or list(declared)
        slugs = [canary.slug for name in options.canary for canary in _named(catalogue.values(), name)]
        everything = bool(options.environment or options.canary) and not options.new
        return recorder.record(chosen, declared, slugs, everything, options.file, options.api)


def _options(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.record", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--environment", action="append", default=[], metavar="ID", help="only this one; repeatable")
    parser.add_argument("--canary", action="append", default=[], metavar="SLUG|AREA", help="only these; repeatable")
    parser.add_argument("--new", action="store_true", help="of what is named, only what is missing or outdated")
    parser.add_argument(
        "--compare", action="store_true", help="run on the newest releases, write nothing, say what changed"
    )
    parser.add_argument(
        "--examples", action="store_true", help="also run every before and after; they are judged by the record"
    )
    parser.add_argument("--list", action="store_true", help="list environments and canaries")
    parser.add_argument(
        "--keep", action="store_true", help=f"keep what is built, in the folder that {KEPT_FOLDER} names"
    )
    parser.add_argument("--file", type=Path, default=Path(tables.PATH), help="the table of observations")
    parser.add_argument("--api", type=Path, default=Path(api_records.PATH), help="the table of names and parameters")
    return parser.parse_args(arguments)


def _teller() -> Say:
    started = time.monotonic()
    return lambda text: print(f"[{time.monotonic() - started:6.0f} s] {text}", file=sys.stderr, flush=True)


def _named(catalogue: Any, name: str) -> list[Canary]:
    return [canary for canary in catalogue if name in (canary.slug, canary.area)]


def _newest_of(declared: Sequence[LabEnvironment]) -> list[LabEnvironment]:
    """The environment with the newest TensorFlow and Keras: the last that names both."""
    return [environment for environment in declared if environment.id.startswith(("keras-", "tensorflow-"))][-1:]


@contextlib.contextmanager
def _snapshot() -> Iterator[Path]:
    """A copy of the canaries: what is recorded is what the fingerprint says, even if one is edited meanwhile."""
    with tempfile.TemporaryDirectory(prefix="kdoctor-canaries-") as folder:
        yield Path(shutil.copytree(canary_files.FOLDER, Path(folder) / "canaries"))


@dataclass(frozen=True)
class Work:
    """What is to be done in one environment."""

    environment: LabEnvironment
    canaries: tuple[Canary, ...]
    again: bool
    """Whether it is recorded from nothing, with the newest packages that its declaration allows."""


class Recorder:
    """Builds, examines and writes down, one environment after the other; the next is built meanwhile."""

    def __init__(
        self,
        builder: Builder,
        catalogue: Mapping[str, Canary],
        sources: Path,
        say: Say,
        examples: bool = False,
    ) -> None:
        self.builder = builder
        self.examples = examples
        self.catalogue = catalogue
        self.sources = sources
        self.say = say
        self.fingerprints = {slug: fingerprint(canary, self._source(canary.area)) for slug, canary in catalogue.items()}

    def record(
        self,
        chosen: Sequence[LabEnvironment],
        declared: Sequence[LabEnvironment],
        slugs: Sequence[str],
        everything: bool,
        path: Path,
        api_path: Path,
    ) -> int:
        """Record what is wanted; returns the exit status."""
        recording = Recording.at(path)
        recording.keep_only(self.fingerprints, [environment.id for environment in declared])
        surfaces = api_recording.Surfaces.at(api_path)
        works = [work for work in (self._work(recording, each, slugs, everything) for each in chosen) if work.canaries]
        self.say(f"{len(works)} of {len(chosen)} environments have something to record")
        incomplete = 0
        for work, built in self._built(recording, works):
            started = time.monotonic()
            try:
                python = built.result()
            except NoInterpreter as reason:
                self.say(f"{work.environment.id}: skipped, {reason}")
                incomplete += 1
                continue
            except InstallFailed as reason:
                self.say(f"{work.environment.id}: cannot be installed, {reason}")
                recording.set_environment(_failed(work.environment, str(reason)))
                recording.write(path)
                continue
            if work.again and work.environment.walked:
                try:
                    surfaces.add(api_recording.walk(python, variables_for(work.environment)))
                    surfaces.write(api_path)
                except subprocess.SubprocessError as reason:
                    self.say(f"{work.environment.id}: the API could not be walked, {reason}")
                    incomplete += 1
                self.say(f"{work.environment.id}: API walked after {time.monotonic() - started:.0f} s")
            incomplete += self._record_one(recording, work, python)
            recording.write(path)
            if self.examples:
                judged = self._judged_examples(work.environment, python)
                self.say(judged.text)
                incomplete += judged.changed
            self.builder.remove(work.environment)
            self.say(f"{work.environment.id}: done in {time.monotonic() - started:.0f} s")
        recording.write(path)
        return 1 if incomplete else 0

    def compare(self, chosen: Sequence[LabEnvironment], path: Path) -> int:
        """Run every canary and print, as Markdown, what is not as recorded; returns 1 where anything is not."""
        table = Recording.at(path)
        reports = []
        for environment in chosen:
            try:
                python = self.builder.python(environment)
            except (NoInterpreter, InstallFailed) as reason:
                reports.append(comparison.of_failure(environment.id, str(reason)))
                continue
            fresh = Recording(fingerprints=dict(self.fingerprints))
            self._record_one(fresh, Work(environment, tuple(self.catalogue.values()), again=True), python)
            reports.append(comparison.of(fresh, table, environment.id))
            if self.examples:
                reports.append(self._judged_examples(environment, python))
            self.builder.remove(environment)
        print("\n\n".join(report.text for report in reports))
        return 1 if any(report.changed for report in reports) else 0

    def _work(self, recording: Recording, environment: LabEnvironment, slugs: Sequence[str], everything: bool) -> Work:
        canaries = [canary for slug, canary in self.catalogue.items() if not slugs or slug in slugs]
        if not everything:
            canaries = [canary for canary in canaries if recording.lacks(canary.slug, environment.id)]
        recorded = recording.environments.get(environment.id)
        again = recorded is None or bool(recorded.problem) or (everything and not slugs)
        return Work(environment, tuple(canaries), again)

    def _built(self, recording: Recording, works: Sequence[Work]) -> Iterator[tuple[Work, Future[Path]]]:
        """Each environment when it stands; while it is worked in, the next is built."""
        with ThreadPoolExecutor(1) as pool:
            ahead: Optional[tuple[Work, Future[Path]]] = None
            for work in works:
                built = pool.submit(self._build, work, recording.environments.get(work.environment.id))
                if ahead:
                    yield ahead
                ahead = work, built
            if ahead:
                yield ahead

    def _build(self, work: Work, recorded: Optional[RecordedEnvironment]) -> Path:
        """An environment to be completed is built with the very packages that were recorded, if they are still had."""
        if not work.again and recorded:
            overlaid = {requirement.partition("==")[0] for requirement in work.environment.overlay}
            pins = [f"{name}=={version}" for name, version in recorded.versions.items() if name not in overlaid]
            pinned = replace(work.environment, requirements=(*work.environment.requirements, *pins))
            with contextlib.suppress(InstallFailed):
                return self.builder.python(pinned)
        return self.builder.python(work.environment)

    def _record_one(self, recording: Recording, work: Work, python: Path) -> int:
        """Run the canaries in one environment; returns how many cells remain without an answer."""
        variables = variables_for(work.environment)
        with tempfile.TemporaryDirectory(prefix="kdoctor-home-") as home:
            variables.update(HOME=home, USERPROFILE=home)
            environment = environments.examine(str(python), working_folder=home, environ=variables)
            canaries = list(work.canaries)
            seen = self._observe(environment, canaries, variables)
            rows = list(seen.rows)
            changed = recording.set_environment(_recorded(work.environment.id, environment, seen.opened))
            if changed and not work.again:
                others = [canary for canary in self.catalogue.values() if canary not in canaries]
                self.say(f"{work.environment.id}: other packages than were recorded; {len(others)} canaries more")
                rows += self._observe(environment, others, variables).rows
            rows = self._alone(environment, rows, variables)
        for failure in seen.failures:
            self.say(f"{work.environment.id}: {failure}")
        return self._take(recording, work.environment.id, rows)

    def _judged_examples(self, environment: LabEnvironment, python: Path) -> comparison.Comparison:
        """Run the programs of the rules in an environment that stands."""
        variables = variables_for(environment)
        with tempfile.TemporaryDirectory(prefix="kdoctor-home-") as home:
            variables.update(HOME=home, USERPROFILE=home)
            examined = environments.examine(str(python), working_folder=home, environ=variables)
            verdicts = examples.run(examined, variables, examples.programs())
        return comparison.of_examples(environment.id, examples.lines(environment.id, verdicts))

    def _source(self, area: str) -> str:
        return str(self.sources / f"{area}.py")

    def _observe(
        self,
        environment: Environment,
        canaries: Sequence[Canary],
        variables: Mapping[str, str],
        *,
        stacks: Sequence[StackId] = (),
        timeout: float = CANARY_SECONDS,
    ) -> Observations:
        copies = [replace(canary, path=self._source(canary.area)) for canary in canaries]
        return observe(Request(environment, copies, timeout, variables, stacks=stacks))

    def _alone(
        self, environment: Environment, rows: Sequence[Observation], variables: Mapping[str, str]
    ) -> list[Observation]:
        """Those that did not answer in time run once more with nothing beside them."""
        slow = {(row.slug, row.via or row.stack) for row in rows if row.outcome is Outcome.TIMES_OUT}
        again: dict[tuple[str, StackId], Observation] = {}
        for slug, stack in sorted(slow):
            self.say(f"{slug} on {stack.value} did not answer in time; once more, alone")
            alone = [self.catalogue[slug]]
            seen = self._observe(environment, alone, variables, stacks=[stack], timeout=2 * CANARY_SECONDS)
            again[slug, stack] = seen.rows[0]
        return [replace(again.get((row.slug, row.via or row.stack), row), stack=row.stack) for row in rows]

    def _take(self, recording: Recording, identifier: str, rows: Sequence[Observation]) -> int:
        today = datetime.now(timezone.utc).date().isoformat()
        unanswered = 0
        stacks = recording.environments[identifier].stacks
        for row in rows:
            if row.stack in stacks and stacks[row.stack].implementation:
                if row.outcome is Outcome.NOT_RUN:
                    self.say(f"{identifier}: {row.slug} on {row.stack.value} was not run: {row.message}")
                    unanswered += 1
                else:
                    recording.cells[row.slug, identifier, row.stack] = cell_of(row.outcome, row.message, today)
        return unanswered


def _failed(environment: LabEnvironment, reason: str) -> RecordedEnvironment:
    problem = f"cannot be installed: {reason}"
    stacks = {column: RecordedStack(reason=problem) for column in COLUMNS}
    return RecordedEnvironment(environment.id, environment.python, stacks=stacks, problem=problem, date=_today())


def _recorded(identifier: str, environment: Environment, sightings: Mapping[StackId, Opened]) -> RecordedEnvironment:
    """What is installed, in the words of the table; what was seen of a stack stands above what was derived."""
    versions = {}
    for name in (*PACKAGES, *BESIDE):
        found = environment.find(name)
        if found:
            versions[name] = found.version
    return RecordedEnvironment(
        id=identifier,
        python=environment.interpreter.version,
        versions=versions,
        stacks={column: _recorded_stack(environment, column, sightings) for column in COLUMNS},
        date=_today(),
    )


def _recorded_stack(environment: Environment, column: StackId, sightings: Mapping[StackId, Opened]) -> RecordedStack:
    stack = environment.stack(column)
    if stack is None:
        return RecordedStack(reason=_no_such_name(environment, column))
    seen = sightings.get(column) or (sightings.get(stack.same_as) if stack.same_as else None)
    if seen and seen.available:
        return RecordedStack(Implementation(seen.implementation), seen.version, seen.backend)
    reason = f"cannot be imported: {seen.reason}" if seen else stack.reason
    return RecordedStack(reason=reason)


def _no_such_name(environment: Environment, column: StackId) -> str:
    if environment.package("tensorflow") is None:
        return "TensorFlow is not installed"
    if column is StackId.LEGACY:
        return "this TensorFlow does not read TF_USE_LEGACY_KERAS"
    return "Keras is not installed"


def _today() -> str:
    return datetime.now(timezone.utc).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
