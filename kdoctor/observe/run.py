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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Optional

from kdoctor import canaries as canary_files
from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe.model import LookedUp, Names, Observation, Observations, Opened, Progress, Request, left_out
from kdoctor.observe.process import FILE_BYTES, MEMORY_BYTES, GarbledError, WorkerProcess
from kdoctor.observe.worker import UNFINISHED, room, trouble_in
from kdoctor.processes import Family
from kdoctor.words import LEGACY_VARIABLE, Implementation, Outcome, StackId

RUN_TIMEOUTS = 10  # from the imports on, the whole run may take as long as so many canaries that time out
IMPORT_SECONDS = 180.0  # how long importing TensorFlow may take: the first time, without compiled files, it is slow
ROOM_BYTES = 64 * 2**20  # of free space in the temporary folder; the canaries need a tenth of it
MOST_RESTARTS = 8
POLL_SECONDS = 0.02
STUCK_SECONDS = 15.0  # so long beyond the time of a canary a worker may be silent

FORCED = {StackId.LEGACY: "1", StackId.KERAS_3: "0"}
"""The value of ``TF_USE_LEGACY_KERAS`` on the stacks that do not take it as found."""
_HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = os.path.join(_HERE, "seconds.json")
_LOOK_UP = "look up names through "  # the slug of the task that looks up a batch of names, before the spelling

Task = dict[str, Any]  # goes to the worker as JSON


def observe(request: Request) -> Observations:
    """Run the canaries on every available stack.

    Returns:
        One row for each canary and stack; those that could not be run give the reason.
    """
    found, quick = request.environ, without_onednn(request.environ, request.environment)
    seen = _Run(request).finish(quick)
    stacks = {stack.id: stack for stack in request.wanted}
    doubtful = {
        (row.slug, row.via or row.stack)
        for row in seen.rows
        if row.outcome.is_broken and request.expected(row.slug, stacks[row.via or row.stack]) is not row.outcome
    }
    if not doubtful or seen.interrupted or quick == found:
        return seen
    slugs, places = {slug for slug, _ in doubtful}, {stack for _, stack in doubtful}
    failed = [canary for canary in request.canaries if canary.slug in slugs]
    again = _Run(replace(request, canaries=failed, names=(), stacks=places, on_legacy=None)).finish(found)
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


def harmless_variables(found: Mapping[str, str], environment: Environment, folder: str) -> dict[str, str]:
    """The variables as found, but for those that would harm: no accelerator, no write into the user's folders."""
    keras_home = os.path.join(folder, "keras-home")
    os.mkdir(keras_home)
    config = environment.keras_config
    if config and config.exists:
        with contextlib.suppress(OSError):  # unreadable for us is unreadable for Keras, which then uses its defaults
            shutil.copy(config.path, os.path.join(keras_home, "keras.json"))
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **found,
        "CUDA_VISIBLE_DEVICES": "-1",
        "HIP_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "KERAS_HOME": keras_home,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": folder,
    }


def _check_room(folder: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        raise OSError(
            f"only {free / 2**20:.1f} MiB are free in {os.path.dirname(folder)}, and the checks need "
            f"{ROOM_BYTES // 2**20}. Make room there, or name another folder in the variable TMPDIR"
        )


@dataclass
class _Group:
    """The stacks that one import of TensorFlow serves, and what is left to run there."""

    stacks: list[Stack] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    to_retry: list[Task] = field(default_factory=list)
    places: int = 1  # how many tasks run side by side
    folder: str = ""
    process: Optional[WorkerProcess] = None
    opened: bool = False  # the imports are done
    given: bool = False  # it was this worker's turn, and it runs the tasks
    finished: bool = False  # the worker reported that it is through
    done: bool = False
    restarts: int = 0
    last_try: bool = False
    in_flight: dict[tuple[str, StackId], float] = field(default_factory=dict)  # since when
    last_event: float = 0.0


class _Run:
    """One run: its groups, its clock and the rows so far."""

    def __init__(self, request: Request) -> None:
        self._request = request
        # Forking after an import of TensorFlow was found safe on Linux only.
        self._isolation = request.isolation or ("fork" if sys.platform == "linux" else "sequence")
        self._rows: dict[tuple[str, StackId], Observation] = {}
        self._opened: dict[StackId, Opened] = {}
        self._problems: dict[StackId, str] = {}  # why a stack could not be opened
        self._pinned: dict[str, None] = {}
        self._failures: list[str] = []
        self._interrupted = False
        ids = {stack.id for stack in request.wanted}
        self._leaders = [stack for stack in request.wanted if stack.available and stack.same_as not in ids]
        self._groups = _groups(request, self._leaders)
        self._total = sum(len(group.tasks) for group in self._groups)

    # -- the clock and the processes

    def finish(self, environ: Mapping[str, str]) -> Observations:
        """Run everything, in a folder and with variables that harm nothing."""
        try:
            with Family(with_folder=True) as self._family:
                _check_room(self._family.folder)
                self._environ = harmless_variables(environ, self._request.environment, self._family.folder)
                try:
                    self._work()
                except KeyboardInterrupt:
                    self._interrupted = True
                    self._give_up_all("Ctrl-C ended the run")
        except OSError as error:
            self._give_up_all(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error))
        return self._result()

    def _work(self) -> None:
        """Run every group to its end, or to the deadline of the run, which begins when all is imported."""
        seconds = self._request.timeout * RUN_TIMEOUTS
        deadline: Optional[float] = None
        for number, group in enumerate(self._groups):
            group.folder = os.path.join(self._family.folder, f"group-{number}")
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
                deadline = now + seconds
            if deadline is not None and now > deadline:
                self._give_up_all(f"the deadline of the whole run, {seconds:g} s, was reached")
                return
            time.sleep(POLL_SECONDS)

    def _start(self, group: _Group) -> None:
        group.folder += "+"  # a restarted worker has a folder of its own
        timeout, executable = self._request.timeout, self._request.environment.interpreter.executable
        forced = next(({LEGACY_VARIABLE: FORCED[one.id]} for one in group.stacks if one.id in FORCED), {})
        job = {
            "stacks": [
                {"id": stack.id, "import": "keras" if stack.id is StackId.KERAS else "tf.keras"}
                for stack in group.stacks
            ],
            "lab": canary_files.LAB,
            "fixtures": canary_files.FIXTURES,
            "isolation": self._isolation,
            "jobs": group.places,
            "timeout": timeout,
            "patience": IMPORT_SECONDS + 2 * timeout * RUN_TIMEOUTS,
            "memory_bytes": MEMORY_BYTES,
            "file_bytes": FILE_BYTES,
        }
        group.opened = group.given = group.finished = False
        group.in_flight.clear()
        try:
            os.makedirs(group.folder)
            group.process = WorkerProcess(self._family, executable, job, group.folder, {**self._environ, **forced})
        except OSError as error:
            self._give_up(group, f"{executable} cannot be run: {error.strerror or error}")
        group.last_event = time.monotonic()

    def _give(self, group: _Group) -> None:
        """It is the turn of this group: all that came before it are done, so that the whole machine is free for it."""
        assert group.process is not None
        for canary in self._request.canaries:
            known = [row.outcome for (slug, stack), row in self._rows.items() if slug == canary.slug]
            waits = any((task["slug"], task["stack"]) == (canary.slug, StackId.LEGACY) for task in group.tasks)
            if waits and self._request.leaves_out(canary.slug, StackId.LEGACY, known):
                self._record(group, left_out(canary))
        # The longest first, so that no core waits at the end for one that began late. Where all share a process, what
        # a look-up imports must not reach into the canaries.
        is_shared = self._isolation == "sequence"
        group.tasks.sort(key=lambda task: (is_shared and "names" in task, -_seconds().get(task["slug"], 0.0)))
        group.given = True
        group.last_event = time.monotonic()
        try:
            group.process.give(group.tasks)
        except OSError as error:
            self._give_up(group, f"the process that runs them cannot be given work: {error.strerror or error}")

    def _attend(self, group: _Group) -> None:
        """Take in what a worker has reported; deal with its silence and its end."""
        process = group.process
        assert process is not None
        ended = process.child.ended()  # asked first: what it reported before it ended is read afterwards
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
            late = [key for key, since in group.in_flight.items() if now - since > self._request.timeout]
            if late:
                process.stop()
                self._timed_out(group, *late[0])
                self._restart(group)
        elif group.given and now - group.last_event > self._request.timeout + STUCK_SECONDS:
            process.stop()  # it watches its children itself
            self._worker_failed(group, f"the process that runs them gave no sign of life for {STUCK_SECONDS:g} s")

    # -- events

    def _take(self, group: _Group, event: dict[str, Any]) -> None:
        """Believe one event, if it makes sense at this point: anybody in that process may have written it."""
        kind = event["event"]
        if kind == "imported":
            if not all(stack.id in self._opened or stack.id in self._problems for stack in group.stacks):
                raise GarbledError("an end of the import before it began")
            self._settle(group)
            group.opened = True
            return
        if kind == "done":
            if group.tasks:
                raise GarbledError("an end before all of them ran")
            group.finished = True
            return
        stack = StackId(event["stack"])
        if stack not in {one.id for one in group.stacks}:
            raise GarbledError(f"an event of {stack.value}, which this process does not examine")
        if kind == "importing":
            self._progress(stack, "", f"importing {event['what']}")
        elif kind == "available":
            Implementation(event["implementation"])
            keys = ("implementation", "version", "tensorflow", "backend")
            self._opened[stack] = Opened(True, **{key: _text(event[key]) for key in keys})
            self._pinned.update(dict.fromkeys(map(_text, event["pinned"])))
        elif kind == "unavailable":
            message, output = _text(event["message"]), _text(event["output"])
            if not event["trouble"]:
                self._opened[stack] = Opened(False, message, output)
            self._problems[stack] = message if event["trouble"] else f"cannot be imported: {message}"
        elif kind == "started":
            slug = _text(event["slug"])
            if not any((task["slug"], task["stack"]) == (slug, stack) for task in group.tasks):
                raise GarbledError(f"a start of {slug}, which is not to run")
            group.in_flight[slug, stack] = time.monotonic()
            self._progress(stack, slug, "running canaries")
        elif kind == "result":
            slug, message, output = (_text(event[key]) for key in ("slug", "message", "output"))
            if (slug, stack) not in group.in_flight:
                raise GarbledError(f"a result of {slug}, which was not running")
            outcome, seconds = Outcome(event["outcome"]), float(event["seconds"])
            self._record(group, Observation(slug, stack, outcome, message, seconds, output))
        else:
            raise GarbledError(f"an event {kind!r}")

    def _record(self, group: _Group, row: Observation) -> None:
        key = row.slug, row.stack
        self._rows[key] = row
        group.in_flight.pop(key, None)
        group.tasks = [task for task in group.tasks if (task["slug"], task["stack"]) != key]

    def _settle(self, group: _Group) -> None:
        """Each task runs on the first of its stacks that could be opened, as the worker decides too."""
        problems = {stack.id: self._problem(stack) for stack in group.stacks}
        for task in list(group.tasks):
            task["stack"] = next((stack for stack in task["stacks"] if not problems[stack]), task["stacks"][0])
            reason = problems[task["stack"]]
            if reason:
                self._record(group, Observation(task["slug"], task["stack"], Outcome.NOT_RUN, reason))

    def _problem(self, stack: Stack) -> str:
        """Why a stack, or the one that it is the same as, could not be opened; empty where nothing is known of it."""
        twin = self._problems.get(stack.same_as, "") if stack.same_as else ""
        return self._problems.get(stack.id, twin)

    def _cannot_open(self, group: _Group, reason: str) -> None:
        assert group.process is not None
        for stack in group.stacks:
            self._opened[stack.id] = Opened(False, reason, group.process.output())
            self._problems[stack.id] = f"cannot be imported: {reason}"
        self._settle(group)
        group.done = True

    def _worker_ended(self, group: _Group) -> None:
        """It is gone without having reported its end: the canary that ran has killed it, or it gave up."""
        process = group.process
        assert process is not None
        how = process.child.how_it_ended()
        lacking = trouble_in(process.output()) or room(self._family.folder)
        if process.child.process.returncode == UNFINISHED:
            last = process.output().strip().rpartition("\n")[2]
            self._worker_failed(group, f"the process that runs them could not go on: {last or how}")
        elif lacking:
            self._worker_failed(group, f"the process that runs them died: {how} ({lacking})")
        elif not group.opened and not group.restarts:
            self._cannot_open(group, f"the process died while importing: {how}")
        else:
            self._blame(group, Outcome.CRASHES, f"the process died: {how}", process.output())
            self._restart(group)

    def _worker_failed(self, group: _Group, reason: str) -> None:
        """It was ended, or gave up, for what proves nothing about a canary: what it may have been about is not run."""
        if not group.opened:
            self._give_up(group, reason)
            return
        self._blame(group, Outcome.NOT_RUN, reason)
        self._restart(group)

    def _blame(self, group: _Group, outcome: Outcome, message: str, output: str = "") -> None:
        """Of several that ran when the worker died, the guilty one is found by running them alone."""
        if len(group.in_flight) == 1:
            [((slug, stack), since)] = group.in_flight.items()
            seconds = round(time.monotonic() - since, 3) if outcome is Outcome.CRASHES else 0.0
            self._record(group, Observation(slug, stack, outcome, message, seconds, output))
        group.places = 1

    def _timed_out(self, group: _Group, slug: str, stack: StackId) -> None:
        if group.last_try:
            timeout = self._request.timeout
            row = Observation(slug, stack, Outcome.TIMES_OUT, f"no answer within {timeout:g} s", timeout)
            self._record(group, row)
        else:
            task = next(task for task in group.tasks if (task["slug"], task["stack"]) == (slug, stack))
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
        else:
            self._start(group)

    def _give_up(self, group: _Group, reason: str) -> None:
        """Run nothing more of a group, for a reason that proves nothing about what is examined."""
        if group.process:
            group.process.stop()
        for task in [*group.tasks, *group.to_retry]:
            for stack in [task["stack"]] if group.opened else task["stacks"]:
                row = Observation(task["slug"], stack, Outcome.NOT_RUN, reason)
                self._rows.setdefault((task["slug"], stack), row)
        group.tasks, group.to_retry, group.done = [], [], True

    def _give_up_all(self, reason: str) -> None:
        for group in self._groups:
            if not group.done:
                self._give_up(group, reason)

    def _progress(self, stack: StackId, slug: str, phase: str) -> None:
        if self._request.progress:
            self._request.progress(Progress(len(self._rows), self._total, stack, slug, phase))

    # -- the rows

    def _result(self) -> Observations:
        """Every canary on every wanted stack, those that share an implementation included."""
        request = self._request
        rows = (self._row(canary, stack) for canary in request.canaries for stack in request.wanted)
        by_slug = {slug: row for (slug, _), row in self._rows.items()}
        names = {batch.spelling: _looked_up(batch, by_slug.get(_LOOK_UP + batch.spelling)) for batch in request.names}
        failures, pinned = tuple(self._failures), tuple(self._pinned)
        return Observations(tuple(rows), self._opened, pinned, failures, names, self._interrupted)

    def _row(self, canary: Canary, stack: Stack) -> Observation:
        found = self._rows.get((canary.slug, stack.id))
        reason = self._problem(stack) if stack.available else stack.reason
        if not found and not reason:  # else what another stack does proves nothing of this one
            for other in self._leaders:
                shared = stack.same_as is other.id or (not canary.per_namespace and _keras(stack) == _keras(other))
                row = self._rows.get((canary.slug, other.id)) if shared else None
                if row:
                    found = replace(row, stack=stack.id, via=other.id)
                    break
        plain = Observation(canary.slug, stack.id, Outcome.NOT_RUN, reason or "it was not reached")
        return replace(found or plain, area=canary.area)


def _text(value: object) -> str:
    """A text out of an event."""
    if not isinstance(value, str):
        raise GarbledError(f"{value!r:.60} where a text must be")
    return value


def _keras(stack: Stack) -> tuple[Optional[Implementation], str]:
    """What one import of TensorFlow serves."""
    return stack.implementation, stack.version


def _groups(request: Request, leaders: Sequence[Stack]) -> list[_Group]:
    """One group an implementation; what is to run under legacy Keras last, as it depends on what failed without."""
    groups: dict[object, _Group] = {}
    for stack in leaders:
        groups.setdefault(_keras(stack), _Group(places=_cores())).stacks.append(stack)
    for group in groups.values():
        ids = [stack.id for stack in group.stacks]
        for canary in request.canaries:
            # One that touches a namespace runs on each stack, another on the first that can be opened.
            for stacks in [[one] for one in ids] if canary.per_namespace else [ids]:
                group.tasks.append(_task(canary.slug, stacks, canary.source, canary.slug.replace("-", "_")))
    for batch in request.names:
        target = request.environment.stack(batch.stack)
        if target and target.available:
            group = groups.setdefault(_keras(target), _Group())
            if not {target.id, target.same_as} & {one.id for one in group.stacks}:
                group.stacks.append(target)
            place = next(one.id for one in group.stacks if one.id in (target.id, target.same_as))
            task = _task(_LOOK_UP + batch.spelling, [place], os.path.join(_HERE, "look_up.py"), "answer")
            group.tasks.append({**task, "names": batch.names})
    chosen = [group for group in groups.values() if group.tasks] or list(groups.values())
    return sorted(chosen, key=lambda group: all(stack.id is StackId.LEGACY for stack in group.stacks))


def _task(slug: str, stacks: list[StackId], path: str, function: str) -> Task:
    return {"slug": slug, "stack": stacks[0], "stacks": stacks, "path": path, "function": function}


@cache
def _seconds() -> Mapping[str, float]:
    """How long the slow canaries take, as measured; see ``tests/lab/seconds.py``."""
    with open(SECONDS, encoding="utf-8") as file:
        return {**json.load(file)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _looked_up(batch: Names, row: Optional[Observation]) -> LookedUp:
    """The answer to a batch of names, which was a task like a canary."""
    if row is None or row.outcome is not Outcome.WORKS:
        return LookedUp(batch.names, reason=row.message if row else "they were not reached")
    try:
        found = json.loads(row.message)
        problems = found["problems"]
        roots = sorted({name.partition(".")[0] for name in batch.names})
        # A package that cannot be imported proves nothing of what is in it.
        reason = next((_text(problems[root]) for root in roots if root in problems), "")
    except (ValueError, TypeError, LookupError, GarbledError):
        return LookedUp(batch.names, reason="its answer cannot be read")
    return LookedUp(batch.names, {} if reason else found, reason)
