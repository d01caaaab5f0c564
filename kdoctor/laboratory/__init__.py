"""Runs canaries in the examined interpreter and reports what each did.

There is one import of TensorFlow per Keras implementation, implementations side by side, and each canary is isolated
from the others; ``worker.py`` says how. Whatever a canary does (hang, crash the interpreter, fill the memory, print
rubbish) is an observation and costs its own row only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Optional

from kdoctor import canaries as canary_files
from kdoctor.laboratory.process import WorkerProcess
from kdoctor.model import Canary, Environment, Observation, Outcome, Progress, Stack, StackId
from kdoctor.sightings import Observations, Sighting
from kdoctor.words import LEGACY_VARIABLE

__all__ = ["Observations", "Sighting", "observe"]

VISIT_TIMEOUTS = 10
"""The whole visit may take as long as so many canaries that time out."""
IMPORT_SECONDS = 180.0
"""How long importing TensorFlow may take: the first time, without compiled files, it is slow."""
MEMORY_BYTES = 4 * 2**30
FILE_BYTES = 2**30
MOST_RESTARTS = 8
POLL_SECONDS = 0.02

FORCED = {StackId.LEGACY: "1", StackId.KERAS_3: "0"}
"""The value of ``TF_USE_LEGACY_KERAS`` on the stacks that do not take it as found."""
NAMESPACE = {StackId.KERAS: "keras"}
"""How code reaches Keras on a stack, where it is not through ``tf.keras``."""


def observe(
    environment: Environment,
    canaries: Sequence[Canary],
    *,
    timeout: float,
    stacks: Collection[StackId] = (),
    environ: Optional[Mapping[str, str]] = None,
    progress: Optional[Callable[[Progress], None]] = None,
    isolation: str = "",
    canary_path: Callable[[str], str] = canary_files.source_path,
) -> Observations:
    """Run the canaries on every available stack.

    Args:
        environment: what was read of the interpreter; decides which stacks there are and what they share.
        canaries: what to run, in this order.
        timeout: seconds for one canary; the whole run may take ten times that.
        stacks: only these; all where empty.
        environ: the variables as found; those of this process by default.
        progress: told of each step.
        isolation: ``fork`` or ``sequence``; by default what this system can do.
        canary_path: the file of an area; the tests have canaries of their own.

    Returns:
        One row for each canary and stack; those that could not be run say why.
    """
    wanted = [stack for stack in environment.stacks if not stacks or stack.id in stacks]
    run = _Run(environment, canaries, wanted, timeout, isolation or _isolation(), canary_path, progress)
    folder = os.path.realpath(tempfile.mkdtemp(prefix="kdoctor-"))
    try:
        variables = harmless_variables(dict(os.environ if environ is None else environ), environment, folder)
        run.work(folder, variables)
    finally:
        run.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return run.result()


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
        wanted: Sequence[Stack],
        timeout: float,
        isolation: str,
        canary_path: Callable[[str], str],
        progress: Optional[Callable[[Progress], None]],
    ) -> None:
        self._executable = environment.interpreter.executable
        self._canaries = canaries
        self._wanted = wanted
        self._timeout = timeout
        self._isolation = isolation
        self._progress = progress
        self._rows: dict[tuple[str, str], Observation] = {}
        self._sightings: dict[StackId, Sighting] = {}
        self._pinned: dict[str, None] = {}
        self._import_seconds = 0.0
        self._failures: list[str] = []
        ids = {stack.id for stack in wanted}
        self._leaders = [stack for stack in wanted if stack.available and stack.same_as not in ids]
        self._groups = _groups(self._leaders, canaries, canary_path)
        self._total = sum(len(group.tasks) for group in self._groups)

    # -- the clock and the processes

    def work(self, folder: str, environ: Mapping[str, str]) -> None:
        """Run every group to its end, or to the deadline of the visit."""
        deadline = time.monotonic() + self._timeout * VISIT_TIMEOUTS
        for number, group in enumerate(self._groups):
            group.folder = os.path.join(folder, f"group-{number}")
            self._start(group, environ)
        while not all(group.done for group in self._groups):
            for group in self._groups:
                if not group.done:
                    self._attend(group, environ)
            if time.monotonic() > deadline:
                reason = f"the visit's deadline of {self._timeout * VISIT_TIMEOUTS:g} s was reached"
                for group in self._groups:
                    self._give_up(group, reason)
                return
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End every process that is still there."""
        for group in self._groups:
            if group.process:
                group.process.stop()

    def _start(self, group: _Group, environ: Mapping[str, str]) -> None:
        group.folder += "+"  # a restarted worker has a folder of its own
        os.mkdir(group.folder)
        variables = dict(environ)
        if group.forced is not None:
            variables[LEGACY_VARIABLE] = group.forced
        job = {
            "stacks": [{"id": stack.id.value, "import": NAMESPACE.get(stack.id, "tf.keras")} for stack in group.stacks],
            "tasks": group.tasks,
            "fixtures": canary_files.FIXTURES,
            "isolation": self._isolation,
            "jobs": group.places,
            "timeout": self._timeout,
            "memory_bytes": MEMORY_BYTES,
            "file_bytes": FILE_BYTES,
        }
        group.opened = False
        group.in_flight.clear()
        group.process = WorkerProcess(self._executable, job, group.folder, variables)
        group.last_event = time.monotonic()

    def _attend(self, group: _Group, environ: Mapping[str, str]) -> None:
        """Take in what a worker has told; deal with its silence and its end."""
        process = group.process
        assert process is not None
        ended = process.ended()  # asked first: what it told before it ended is read afterwards
        for event in process.events():
            group.last_event = time.monotonic()
            self._take(group, event)
        now = time.monotonic()
        if group.done:
            return
        if ended:
            self._worker_ended(group, environ, process.how_it_ended())
        elif not group.opened:
            if now - process.started > IMPORT_SECONDS:
                process.stop()
                self._cannot_open(group, f"the import did not end within {IMPORT_SECONDS:g} s", process.output())
        elif self._isolation == "sequence":
            late = [key for key, since in group.in_flight.items() if now - since > self._timeout]
            if late:
                process.stop()
                self._timed_out(group, late[0])
                self._restart(group, environ)
        elif now - group.last_event > self._timeout + 15:  # in a fork the worker itself watches its children
            process.stop()
            self._worker_ended(group, environ, "no sign of life")

    # -- events

    def _take(self, group: _Group, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "importing":
            self._tell(event["stack"], "", f"importing {event['what']}")
        elif kind == "available":
            keys = ("implementation", "version", "tensorflow", "backend")
            self._sightings[StackId(event["stack"])] = Sighting(True, **{key: event[key] for key in keys})
            self._pinned.update(dict.fromkeys(event["pinned"]))
        elif kind == "unavailable":
            stack = StackId(event["stack"])
            self._sightings[stack] = Sighting(False, event["message"], event["output"])
        elif kind == "imported":
            group.opened = True
            self._settle(group)
            self._import_seconds = max(self._import_seconds, event["seconds"])
        elif kind == "started":
            group.in_flight[event["slug"], event["stack"]] = time.monotonic()
            self._tell(event["stack"], event["slug"], "running canaries")
        elif kind == "result":
            del event["event"]
            self._record(
                group, Observation(**{**event, "stack": StackId(event["stack"]), "outcome": Outcome(event["outcome"])})
            )
        elif kind == "done":
            if group.to_retry:
                return  # its end will start the last try
            group.done = True

    def _record(self, group: _Group, row: Observation) -> None:
        key = row.slug, row.stack.value
        self._rows[key] = row
        group.in_flight.pop(key, None)
        group.tasks = [task for task in group.tasks if (task["slug"], task["stack"]) != key]

    def _settle(self, group: _Group) -> None:
        """Each task runs on the first of its stacks that could be opened, as the worker decides too."""
        for task in list(group.tasks):
            opened = [stack for stack in task["stacks"] if self._sightings[StackId(stack)].available]
            task["stack"] = (opened or task["stacks"])[0]
            if not opened:
                reason = f"cannot be imported: {self._sightings[StackId(task['stack'])].reason}"
                self._record(group, Observation(task["slug"], StackId(task["stack"]), Outcome.NOT_RUN, reason))

    def _cannot_open(self, group: _Group, reason: str, output: str) -> None:
        for stack in group.stacks:
            self._sightings[stack.id] = Sighting(False, reason, output)
        self._settle(group)
        group.done = True

    def _worker_ended(self, group: _Group, environ: Mapping[str, str], how: str) -> None:
        assert group.process is not None
        if not group.opened and not group.restarts:
            self._cannot_open(group, f"the process died while importing: {how}", group.process.output())
            return
        if len(group.in_flight) == 1:
            slug, stack = next(iter(group.in_flight))
            seconds = time.monotonic() - group.in_flight[slug, stack]
            message = f"the process died: {how}"
            row = Observation(slug, StackId(stack), Outcome.CRASHES, message, round(seconds, 3), group.process.output())
            self._record(group, row)
        group.places = 1  # of several that ran when the worker died, the guilty one is found by running them alone
        self._restart(group, environ)

    def _timed_out(self, group: _Group, key: tuple[str, str]) -> None:
        task = next(task for task in group.tasks if (task["slug"], task["stack"]) == key)
        if group.last_try:
            message = f"no answer within {self._timeout:g} s"
            self._record(group, Observation(key[0], StackId(key[1]), Outcome.TIMES_OUT, message, self._timeout))
        else:
            group.tasks.remove(task)
            group.to_retry.append(task)

    def _restart(self, group: _Group, environ: Mapping[str, str]) -> None:
        if not group.tasks and group.to_retry:
            group.tasks, group.to_retry, group.last_try = group.to_retry, [], True
        if not group.tasks:
            group.done = True
            return
        group.restarts += 1
        if group.restarts > MOST_RESTARTS:
            self._failures.append(f"the worker died {group.restarts} times; what was left was not run")
            self._give_up(group, "the worker died too often")
            return
        self._start(group, environ)

    def _give_up(self, group: _Group, reason: str) -> None:
        if group.process:
            group.process.stop()
        for task in [*group.tasks, *group.to_retry]:
            self._rows[task["slug"], task["stack"]] = Observation(
                task["slug"], StackId(task["stack"]), Outcome.NOT_RUN, reason
            )
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
        return Observations(
            tuple(rows), self._sightings, tuple(self._pinned), self._import_seconds, tuple(self._failures)
        )

    def _row(self, canary: Canary, stack: Stack) -> Observation:
        found = self._rows.get((canary.slug, stack.id.value))
        if found:
            return found
        if not stack.available:
            return Observation(canary.slug, stack.id, Outcome.NOT_RUN, stack.reason)
        for other in self._leaders:
            shared = stack.same_as is other.id or (not canary.per_namespace and _same_keras(stack, other))
            row = self._rows.get((canary.slug, other.id.value))
            if shared and row:
                return replace(row, stack=stack.id, via=other.id)
        return Observation(canary.slug, stack.id, Outcome.NOT_RUN, "the laboratory did not reach it")


def _same_keras(one: Stack, other: Stack) -> bool:
    return (one.implementation, one.version) == (other.implementation, other.version)


def _groups(leaders: Sequence[Stack], canaries: Sequence[Canary], canary_path: Callable[[str], str]) -> list[_Group]:
    """One group an implementation."""
    by_implementation: dict[Any, list[Stack]] = {}
    for stack in leaders:
        by_implementation.setdefault((stack.implementation, stack.version), []).append(stack)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    groups = []
    for stacks in by_implementation.values():
        tasks = [
            {
                "slug": canary.slug,
                "stack": candidates[0],
                "stacks": candidates,
                "path": canary_path(canary.area),
                "function": canary.slug.replace("-", "_"),
            }
            for canary in canaries
            for candidates in _candidates(canary, [stack.id.value for stack in stacks])
        ]
        forced = next((FORCED[stack.id] for stack in stacks if stack.id in FORCED), None)
        # Each may fill the machine: one is done before the other, and its cores would then stand idle.
        groups.append(_Group(stacks, forced, tasks, places=cores))
    return groups


def _candidates(canary: Canary, stacks: list[str]) -> list[list[str]]:
    """A canary that touches a namespace runs on each stack, another on the first that can be opened."""
    return [[stack] for stack in stacks] if canary.per_namespace else [stacks]
