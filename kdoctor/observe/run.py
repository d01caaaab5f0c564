"""Runs canaries, and looks names up, in the examined interpreter, and reports what each did.

There is one import of TensorFlow per Keras implementation, implementations side by side, and each canary is isolated
from the others; ``worker.py`` says how. Whatever a canary does (hang, crash the interpreter, fill the memory, print
rubbish) is an observation and costs its own row only.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Callable, Optional

from kdoctor import canaries as canary_files
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe.model import (
    Canary,
    LookedUp,
    Names,
    Observation,
    Observations,
    Progress,
    Sighting,
    leaves_out,
    left_out,
)
from kdoctor.observe.process import FILE_BYTES, MEMORY_BYTES, GarbledError, WorkerProcess
from kdoctor.observe.worker import UNFINISHED, room, trouble_in
from kdoctor.processes import Family
from kdoctor.words import LEGACY_VARIABLE, Implementation, Outcome, StackId

RUN_TIMEOUTS = 10
"""From the imports on, the whole run may take as long as so many canaries that time out."""
IMPORT_SECONDS = 180.0
"""How long importing TensorFlow may take: the first time, without compiled files, it is slow."""
ROOM_BYTES = 64 * 2**20
"""Of free space in the temporary folder; the canaries need a tenth of it."""
MOST_RESTARTS = 8
POLL_SECONDS = 0.02
STUCK_SECONDS = 15.0
"""So long beyond the time of a canary a worker may be silent."""

FORCED = {StackId.LEGACY: "1", StackId.KERAS_3: "0"}
"""The value of ``TF_USE_LEGACY_KERAS`` on the stacks that do not take it as found."""
LOOK_UP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "look_up.py")
"""The program that looks names up; a batch of names is a task like a canary."""
SECONDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seconds.json")
_LOOK_UP = "look up names through "
"""What the tasks that do so are called, before the spelling."""
NAMESPACE = {StackId.KERAS: "keras"}
"""How code reaches Keras on a stack, where it is not through ``tf.keras``."""


def observe(
    environment: Environment,
    canaries: Sequence[Canary],
    *,
    names: Sequence[Names] = (),
    timeout: float,
    stacks: Collection[StackId] = (),
    on_legacy: Optional[Collection[str]] = None,
    environ: Optional[Mapping[str, str]] = None,
    expected: Callable[[str, Stack], Optional[Outcome]] = lambda slug, stack: None,
    progress: Optional[Callable[[Progress], None]] = None,
    isolation: str = "",
    canary_path: Callable[[str], str] = canary_files.source_path,
) -> Observations:
    """Run the canaries on every available stack.

    Args:
        environment: what was read of the interpreter; decides which stacks there are and what they share.
        canaries: what to run, in this order.
        names: what to look up; on any stack, whatever ``stacks`` says.
        timeout: seconds for one canary; the whole run may take ten times that.
        stacks: only these; all where empty.
        on_legacy: slugs to run on ``tf.keras+legacy`` in any case, where else only those run that do not work without
            it; None for all.
        environ: the variables as found; those of this process by default.
        expected: what is on record of a canary on a stack of these very releases. A failure that is not expected is
            confirmed with the user's own ``TF_ENABLE_ONEDNN_OPTS``.
        progress: told of each step.
        isolation: ``fork`` or ``sequence``; by default what this system can do.
        canary_path: the file of an area; the tests have canaries of their own.

    Returns:
        One row for each canary and stack; those that could not be run say why.
    """
    found = dict(os.environ if environ is None else environ)
    wanted = [stack for stack in environment.stacks if not stacks or stack.id in stacks]
    how = isolation or _isolation()

    def run(
        variables: Mapping[str, str],
        chosen: Sequence[Canary],
        names: Sequence[Names],
        stacks: Sequence[Stack],
        on_legacy: Optional[Collection[str]],
    ) -> Observations:
        run = _Run(environment, chosen, names, stacks, on_legacy, timeout, how, canary_path, progress)
        return _finish(run, environment, variables)

    seen = run(without_onednn(found, environment), canaries, names, wanted, on_legacy)
    stack_of = {stack.id: stack for stack in wanted}
    doubtful = {
        (row.slug, row.via or row.stack)
        for row in seen.rows
        if row.outcome.is_broken and expected(row.slug, stack_of[row.via or row.stack]) is not row.outcome
    }
    if not doubtful or seen.interrupted or without_onednn(found, environment) == found:
        return seen
    failed = [canary for canary in canaries if canary.slug in {slug for slug, _ in doubtful}]
    places = [stack for stack in wanted if stack.id in {stack for _, stack in doubtful}]
    again = run(found, failed, (), places, None)
    rows = {(row.slug, row.stack): row for row in again.rows}

    def confirmed(row: Observation) -> Observation:
        place = row.slug, row.via or row.stack
        return replace(rows[place], stack=row.stack, via=row.via) if place in doubtful else row

    return seen._replace(
        rows=tuple(map(confirmed, seen.rows)),
        failures=(*seen.failures, *again.failures),
        interrupted=again.interrupted,
    )


def without_onednn(found: Mapping[str, str], environment: Environment) -> dict[str, str]:
    """The variables as found, with oneDNN off unless the user chose: starting it takes a quarter of a run's time."""
    has_tensorflow = any(stack.tensorflow for stack in environment.stacks)
    return {**({"TF_ENABLE_ONEDNN_OPTS": "0"} if has_tensorflow else {}), **found}


def _finish(run: _Run, environment: Environment, found: Mapping[str, str]) -> Observations:
    """Run everything, in a folder and with variables that harm nothing."""
    try:
        with Family(with_folder=True) as family:
            _check_room(family.folder)
            variables = harmless_variables(dict(found), environment, family.folder)
            try:
                run.work(family, variables)
            except KeyboardInterrupt:
                run.interrupted = True
                run.give_up("Ctrl-C ended the run")
    except OSError as error:
        run.give_up(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error))
    return run.result()


def _check_room(folder: str) -> None:
    """Raises an OSError that names the folder where there is too little room in it."""
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        place = os.path.dirname(folder)
        raise OSError(
            f"only {free / 2**20:.1f} MiB are free in {place}, and the checks need {ROOM_BYTES // 2**20}. Make room "
            "there, or name another folder in the variable TMPDIR"
        )


def _isolation() -> str:
    """Forking after an import of TensorFlow was found safe on Linux only."""
    return "fork" if sys.platform == "linux" else "sequence"


def harmless_variables(found: dict[str, str], environment: Environment, folder: str) -> dict[str, str]:
    """The variables as found, but for those that would harm: no accelerator, no write into the user's folders."""
    keras_home = os.path.join(folder, "keras-home")
    os.mkdir(keras_home)
    config = environment.keras_config
    if config and config.exists:
        with contextlib.suppress(OSError):  # unreadable for us is unreadable for Keras, which then uses its defaults
            shutil.copy(config.path, os.path.join(keras_home, "keras.json"))
    found.update(
        CUDA_VISIBLE_DEVICES="-1",
        HIP_VISIBLE_DEVICES="-1",
        JAX_PLATFORMS="cpu",
        KERAS_HOME=keras_home,
        PYTHONDONTWRITEBYTECODE="1",
        TMPDIR=folder,
    )
    found.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return found


@dataclass
class _Group:
    """The stacks that one import of TensorFlow serves, and what is left to run there."""

    stacks: list[Stack]
    forced: Optional[str]
    tasks: list[dict[str, Any]]
    places: int
    folder: str = ""
    process: Optional[WorkerProcess] = None
    opened: bool = False
    given: bool = False
    """Whether it was the turn of its worker, which then runs the tasks."""
    finished: bool = False
    """Whether the worker said that it is through."""
    done: bool = False
    restarts: int = 0
    last_try: bool = False
    in_flight: dict[tuple[str, str], float] = field(default_factory=dict)
    to_retry: list[dict[str, Any]] = field(default_factory=list)
    last_event: float = 0.0


class _Run:
    """One run of the laboratory: its groups, its clock and the rows so far."""

    def __init__(
        self,
        environment: Environment,
        canaries: Sequence[Canary],
        names: Sequence[Names],
        wanted: Sequence[Stack],
        on_legacy: Optional[Collection[str]],
        timeout: float,
        isolation: str,
        canary_path: Callable[[str], str],
        progress: Optional[Callable[[Progress], None]],
    ) -> None:
        self._executable = environment.interpreter.executable
        self._canaries = canaries
        self._names = names
        self._wanted = wanted
        self._on_legacy = on_legacy
        self._timeout = timeout
        self._isolation = isolation
        self._progress = progress
        self._rows: dict[tuple[str, str], Observation] = {}
        self._sightings: dict[StackId, Sighting] = {}
        self._pinned: dict[str, None] = {}
        self._import_seconds = 0.0
        self._failures: list[str] = []
        self.interrupted = False
        self._untried: dict[StackId, str] = {}
        """Why nothing is known of a stack, where that is no fault of it."""
        ids = {stack.id for stack in wanted}
        self._leaders = [stack for stack in wanted if stack.available and stack.same_as not in ids]
        self._groups = _groups(self._leaders, canaries, canary_path)
        self._add_names(environment)
        groups = [group for group in self._groups if group.tasks] or self._groups
        # What is to run under legacy Keras depends on what failed without it.
        self._groups = sorted(groups, key=lambda group: all(stack.id is StackId.LEGACY for stack in group.stacks))
        self._total = sum(len(group.tasks) for group in self._groups)

    def _add_names(self, environment: Environment) -> None:
        """Names are looked up by the process that runs canaries on their stack, or else by one more."""
        for batch in self._names:
            stack = environment.stack(batch.stack)
            if stack is None or not stack.available:
                continue
            group = next((group for group in self._groups if _same_keras(stack, group.stacks[0])), None)
            if group is None:
                group = _Group([stack], FORCED.get(stack.id), [], places=1)
                self._groups.append(group)
            ids = [one.id for one in group.stacks]
            place = next((one for one in (stack.id, stack.same_as) if one in ids), None)
            if place is None:
                group.stacks.append(stack)
                group.forced = group.forced or FORCED.get(stack.id)
                place = stack.id
            task = _task(_LOOK_UP + batch.spelling, [place.value], LOOK_UP, "answer")
            group.tasks.append({**task, "names": batch.names})

    # -- the clock and the processes

    def work(self, family: Family, environ: Mapping[str, str]) -> None:
        """Run every group to its end, or to the deadline of the run, which begins when all is imported."""
        self._family = family
        self._environ = environ
        deadline: Optional[float] = None
        for number, group in enumerate(self._groups):
            group.folder = os.path.join(family.folder, f"group-{number}")
            self._start(group)
        while not all(group.done for group in self._groups):
            for group in self._groups:
                if not group.done:
                    self._attend(group)
            first = next((group for group in self._groups if not group.done), None)
            if first is not None and first.opened and not first.given:
                self._give(first)
            now = time.monotonic()
            if deadline is None and all(group.opened or group.done for group in self._groups):
                deadline = now + self._timeout * RUN_TIMEOUTS
            if deadline is not None and now > deadline:
                self.give_up(f"the deadline of the whole run, {self._timeout * RUN_TIMEOUTS:g} s, was reached")
                return
            time.sleep(POLL_SECONDS)

    def give_up(self, reason: str) -> None:
        """Run nothing more, for a reason that says nothing of what is examined."""
        for group in self._groups:
            if not group.done:
                self._give_up(group, reason)

    def _start(self, group: _Group) -> None:
        group.folder += "+"  # a restarted worker has a folder of its own
        variables = dict(self._environ)
        if group.forced is not None:
            variables[LEGACY_VARIABLE] = group.forced
        job = {
            "stacks": [{"id": stack.id.value, "import": NAMESPACE.get(stack.id, "tf.keras")} for stack in group.stacks],
            "fixtures": canary_files.FIXTURES,
            "isolation": self._isolation,
            "jobs": group.places,
            "timeout": self._timeout,
            "patience": IMPORT_SECONDS + 2 * self._timeout * RUN_TIMEOUTS,
            "memory_bytes": MEMORY_BYTES,
            "file_bytes": FILE_BYTES,
        }
        group.opened = group.given = group.finished = False
        group.in_flight.clear()
        try:
            os.makedirs(group.folder)
            group.process = WorkerProcess(self._family, self._executable, job, group.folder, variables)
        except OSError as error:
            self._give_up(group, f"{self._executable} cannot be run: {error.strerror or error}")
        group.last_event = time.monotonic()

    def _give(self, group: _Group) -> None:
        """It is the turn of this group: all that came before it are done, so that the whole machine is free for it."""
        assert group.process is not None
        for task in list(group.tasks):
            slug, stack = task["slug"], StackId(task["stack"])
            if "names" not in task and leaves_out(slug, stack, self._on_legacy, self._known(slug)):
                self._record(group, left_out(slug))
        # The longest first, so that no core waits at the end for one that began late. Where all share a process, what
        # a look-up imports must not reach into the canaries.
        is_shared = self._isolation == "sequence"
        group.tasks.sort(key=lambda task: ("names" in task and is_shared, -_seconds().get(task["slug"], 0.0)))
        group.given = True
        group.last_event = time.monotonic()
        try:
            group.process.give(group.tasks)
        except OSError as error:
            self._give_up(group, f"the process that runs them cannot be given work: {error.strerror or error}")

    def _known(self, slug: str) -> list[Outcome]:
        """What a canary did on the other stacks."""
        return [row.outcome for (one, stack), row in self._rows.items() if one == slug and stack != StackId.LEGACY]

    def _attend(self, group: _Group) -> None:
        """Take in what a worker has reported; deal with its silence and its end."""
        process = group.process
        assert process is not None
        ended = process.ended()  # asked first: what it reported before it ended is read afterwards
        try:
            for event in process.events():
                group.last_event = time.monotonic()
                self._take(group, event)
        except (GarbledError, KeyError, TypeError, ValueError) as error:
            what = error if isinstance(error, GarbledError) else f"an event without sense: {error!r}"
            process.stop()
            self._worker_failed(group, f"the results were disturbed by what was examined ({what})")
            return
        now = time.monotonic()
        if group.finished:
            process.stop()
            self._restart(group)
        elif ended:
            process.stop()  # what it has started may be left
            self._worker_ended(group)
        elif not group.opened:
            if now - process.started > IMPORT_SECONDS:
                process.stop()
                reason = f"the import did not end within {IMPORT_SECONDS:g} s"
                self._failures.append(f"{' and '.join(stack.id.value for stack in group.stacks)}: {reason}")
                self._cannot_open(group, reason)
        elif self._isolation == "sequence":
            late = [key for key, since in group.in_flight.items() if now - since > self._timeout]
            if late:
                process.stop()
                self._timed_out(group, late[0])
                self._restart(group)
        elif (
            group.given and now - group.last_event > self._timeout + STUCK_SECONDS
        ):  # the worker itself watches its children
            process.stop()
            self._worker_failed(group, f"the process that runs them gave no sign of life for {STUCK_SECONDS:g} s")

    # -- events

    def _take(self, group: _Group, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "importing":
            self._tell(event["stack"], "", f"importing {event['what']}")
        elif kind == "available":
            Implementation(event["implementation"])
            keys = ("implementation", "version", "tensorflow", "backend")
            self._sightings[self._stack(group, event)] = Sighting(True, **{key: _text(event[key]) for key in keys})
            self._pinned.update(dict.fromkeys(map(_text, event["pinned"])))
        elif kind == "unavailable":
            stack = self._stack(group, event)
            if event["trouble"]:
                self._untried[stack] = _text(event["message"])
            else:
                self._sightings[stack] = Sighting(False, _text(event["message"]), _text(event["output"]))
        elif kind == "imported":
            if not all(stack.id in self._sightings or stack.id in self._untried for stack in group.stacks):
                raise GarbledError("an end of the import before it began")
            self._settle(group)
            group.opened = True
            self._import_seconds = max(self._import_seconds, float(event["seconds"]))
        elif kind == "started":
            key = _text(event["slug"]), self._stack(group, event).value
            self._task(group, key)
            group.in_flight[key] = time.monotonic()
            self._tell(event["stack"], event["slug"], "running canaries")
        elif kind == "result":
            key = _text(event["slug"]), self._stack(group, event).value
            if key not in group.in_flight:
                raise GarbledError(f"a result of {key[0]}, which was not running")
            row = Observation(
                key[0],
                StackId(key[1]),
                Outcome(event["outcome"]),
                _text(event["message"]),
                float(event["seconds"]),
                _text(event["output"]),
            )
            self._record(group, row)
        elif kind == "done":
            if group.tasks:
                raise GarbledError("an end before all of them ran")
            group.finished = True
        else:
            raise GarbledError(f"an event {kind!r}")

    @staticmethod
    def _stack(group: _Group, event: dict[str, Any]) -> StackId:
        """The stack of an event, which must be one of this worker's own."""
        stack = StackId(event["stack"])
        if stack not in {one.id for one in group.stacks}:
            raise GarbledError(f"an event of {stack.value}, which this process does not examine")
        return stack

    @staticmethod
    def _task(group: _Group, key: tuple[str, str]) -> dict[str, Any]:
        """The task that is left to run under this name."""
        for task in group.tasks:
            if (task["slug"], task["stack"]) == key:
                return task
        raise GarbledError(f"a start of {key[0]}, which is not to run")

    def _record(self, group: _Group, row: Observation) -> None:
        key = row.slug, row.stack.value
        self._rows[key] = row
        group.in_flight.pop(key, None)
        group.tasks = [task for task in group.tasks if (task["slug"], task["stack"]) != key]

    def _settle(self, group: _Group) -> None:
        """Each task runs on the first of its stacks that could be opened, as the worker decides too."""
        problems = {stack.id.value: self._problem(stack) for stack in group.stacks}
        for task in list(group.tasks):
            opened = [stack for stack in task["stacks"] if not problems[stack]]
            task["stack"] = (opened or task["stacks"])[0]
            if not opened:
                reason = problems[task["stack"]]
                self._record(group, Observation(task["slug"], StackId(task["stack"]), Outcome.NOT_RUN, reason))

    def _seen(self, stack: Stack) -> list[Sighting]:
        """What was seen of a stack: one that is the same as another is opened with it."""
        return [self._sightings[one] for one in (stack.id, stack.same_as) if one in self._sightings]

    def _problem(self, stack: Stack) -> str:
        """Why a stack could not be opened; empty where it could, or nothing is known of it."""
        for one in (stack.id, stack.same_as):
            if one in self._untried:
                return self._untried[one]
        return next((f"cannot be imported: {seen.reason}" for seen in self._seen(stack) if not seen.available), "")

    def _cannot_open(self, group: _Group, reason: str) -> None:
        assert group.process is not None
        for stack in group.stacks:
            self._sightings[stack.id] = Sighting(False, reason, group.process.output())
        self._settle(group)
        group.done = True

    def _worker_ended(self, group: _Group) -> None:
        """It is gone without having said that it is through: the canary that ran has killed it, or it gave up."""
        process = group.process
        assert process is not None
        how = process.how_it_ended()
        if process.exit_code == UNFINISHED:
            said = process.output().strip().rpartition("\n")[2]
            self._worker_failed(group, f"the process that runs them could not go on: {said or how}")
            return
        lacking = trouble_in(process.output()) or room(self._family.folder)
        if lacking:
            self._worker_failed(group, f"the process that runs them died: {how} ({lacking})")
        elif not group.opened and not group.restarts:
            self._cannot_open(group, f"the process died while importing: {how}")
        else:
            if len(group.in_flight) == 1:
                key = next(iter(group.in_flight))
                seconds = round(time.monotonic() - group.in_flight[key], 3)
                message = f"the process died: {how}"
                row = Observation(key[0], StackId(key[1]), Outcome.CRASHES, message, seconds, process.output())
                self._record(group, row)
            group.places = 1  # of several that ran when the worker died, the guilty one is found by running them alone
            self._restart(group)

    def _worker_failed(self, group: _Group, reason: str) -> None:
        """It was ended, or gave up, for what says nothing of a canary: what it may have been about is not run."""
        if not group.opened:
            self._give_up(group, reason)
            return
        if len(group.in_flight) == 1:
            slug, stack = next(iter(group.in_flight))
            self._record(group, Observation(slug, StackId(stack), Outcome.NOT_RUN, reason))
        group.places = 1
        self._restart(group)

    def _timed_out(self, group: _Group, key: tuple[str, str]) -> None:
        task = self._task(group, key)
        if group.last_try:
            message = f"no answer within {self._timeout:g} s"
            self._record(group, Observation(key[0], StackId(key[1]), Outcome.TIMES_OUT, message, self._timeout))
        else:
            group.tasks.remove(task)
            group.to_retry.append(task)

    def _restart(self, group: _Group) -> None:
        if not group.tasks and group.to_retry:
            group.tasks, group.to_retry, group.last_try = group.to_retry, [], True
        if not group.tasks:
            group.done = True
            return
        group.restarts += 1
        if group.restarts > MOST_RESTARTS:
            self._give_up(group, f"the process that runs them died {group.restarts} times")
            return
        self._start(group)

    def _give_up(self, group: _Group, reason: str) -> None:
        if group.process:
            group.process.stop()
        for task in [*group.tasks, *group.to_retry]:
            for stack in [task["stack"]] if group.opened else task["stacks"]:
                row = Observation(task["slug"], StackId(stack), Outcome.NOT_RUN, reason)
                self._rows.setdefault((task["slug"], stack), row)
        group.tasks, group.to_retry, group.done = [], [], True

    def _tell(self, stack: str, slug: str, phase: str) -> None:
        if self._progress:
            self._progress(Progress(len(self._rows), self._total, StackId(stack), slug, phase))

    # -- the rows

    def result(self) -> Observations:
        """Every canary on every wanted stack, those that share an implementation included."""
        rows = [
            replace(self._row(canary, stack), area=canary.area) for canary in self._canaries for stack in self._wanted
        ]
        rows_of = {slug: row for (slug, _), row in self._rows.items()}
        return Observations(
            tuple(rows),
            self._sightings,
            tuple(self._pinned),
            self._import_seconds,
            tuple(self._failures),
            {batch.spelling: _looked_up(batch, rows_of.get(_LOOK_UP + batch.spelling)) for batch in self._names},
            self.interrupted,
        )

    def _row(self, canary: Canary, stack: Stack) -> Observation:
        found = self._rows.get((canary.slug, stack.id.value))
        if found:
            return found
        if not stack.available:
            return Observation(canary.slug, stack.id, Outcome.NOT_RUN, stack.reason)
        problem = self._problem(stack)
        if problem:  # what another stack does says nothing of this one then
            return Observation(canary.slug, stack.id, Outcome.NOT_RUN, problem)
        for other in self._leaders:
            shared = stack.same_as is other.id or (not canary.per_namespace and _same_keras(stack, other))
            row = self._rows.get((canary.slug, other.id.value))
            if shared and row:
                return replace(row, stack=stack.id, via=other.id)
        return Observation(canary.slug, stack.id, Outcome.NOT_RUN, "it was not reached")


def _text(value: object) -> str:
    """A text out of an event, which anybody may have written."""
    if not isinstance(value, str):
        raise GarbledError(f"{value!r:.60} where a text must be")
    return value


def _same_keras(one: Stack, other: Stack) -> bool:
    return (one.implementation, one.version) == (other.implementation, other.version)


def _groups(leaders: Sequence[Stack], canaries: Sequence[Canary], canary_path: Callable[[str], str]) -> list[_Group]:
    """One group an implementation."""
    by_implementation: dict[Any, list[Stack]] = {}
    for stack in leaders:
        by_implementation.setdefault((stack.implementation, stack.version), []).append(stack)
    groups = []
    for stacks in by_implementation.values():
        ids = [stack.id.value for stack in stacks]
        tasks = [
            _task(canary.slug, candidates, canary_path(canary.area), canary.slug.replace("-", "_"))
            for canary in canaries
            # One that touches a namespace runs on each stack, another on the first that can be opened.
            for candidates in ([[one] for one in ids] if canary.per_namespace else [ids])
        ]
        forced = next((FORCED[stack.id] for stack in stacks if stack.id in FORCED), None)
        groups.append(_Group(stacks, forced, tasks, places=_cores()))
    return groups


@cache
def _seconds() -> Mapping[str, float]:
    """How long the slow canaries take, as measured; see ``tests/lab/seconds.py``."""
    with open(SECONDS, encoding="utf-8") as file:
        return {**json.load(file)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _task(slug: str, stacks: list[str], path: str, function: str) -> dict[str, Any]:
    return {"slug": slug, "stack": stacks[0], "stacks": stacks, "path": path, "function": function}


def _looked_up(batch: Names, row: Optional[Observation]) -> LookedUp:
    """What became of a batch of names, which was a task like a canary."""
    if row is None or row.outcome is not Outcome.WORKS:
        return LookedUp(batch.names, reason=row.message if row else "they were not reached")
    try:
        found = json.loads(row.message)
        problems = found["problems"]
        roots = {name.partition(".")[0] for name in batch.names}
        # A package that cannot be imported says nothing of what is in it.
        reason = next((_text(problems[root]) for root in sorted(roots) if root in problems), "")
    except (ValueError, TypeError, LookupError, GarbledError):
        return LookedUp(batch.names, reason="its answer cannot be read")
    return LookedUp(batch.names, {} if reason else found, reason)
