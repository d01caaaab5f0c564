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
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Optional

from kdoctor import canaries as canary_files
from kdoctor.canaries import Canary
from kdoctor.environment.model import Environment, Stack
from kdoctor.observe.model import LookedUp, Names, Observation, Observations, Opened, Progress, Request, left_out
from kdoctor.observe.worker import KEPT_OUTPUT, UNFINISHED, room, trouble_in
from kdoctor.processes import MOST_ANSWER, Child, Family, how_it_ended
from kdoctor.words import LEGACY_VARIABLE, Implementation, Outcome, StackId

RUN_TIMEOUTS = 10  # from the imports on, the whole run may take as long as so many canaries that time out
IMPORT_SECONDS = 180.0  # how long importing TensorFlow may take: the first time, without compiled files, it is slow
ROOM_BYTES = 64 * 2**20  # of free space in the temporary folder; the canaries need a tenth of it
MOST_RESTARTS = 8
POLL_SECONDS = 0.005
STUCK_SECONDS = 15.0  # so long beyond the time of a canary a worker may be silent
MEMORY_BYTES = 4 * 2**30  # of memory, for an import and for any check beyond what the import took
FILE_BYTES = 2**30  # of any one file
BYTES_OF_A_CORE = 64 * 2**20  # libraries keep threads, with stacks and buffers, for each

FORCED = {StackId.LEGACY: "1", StackId.KERAS_3: "0"}
"""The value of ``TF_USE_LEGACY_KERAS`` on the stacks that do not take it as found."""
_HERE = os.path.dirname(os.path.abspath(__file__))
WORKER = os.path.join(_HERE, "worker.py")
SECONDS = os.path.join(_HERE, "seconds.json")
_LOOK_UP = "look up names through "  # the slug of the task that looks up a batch of names, before the spelling

# `-c` puts the working folder on sys.path; a canary must not import what happens to lie there. The limits hold for the
# import too. They count what is written to, not the address space, of which an import reserves much and uses little.
BOOTSTRAP = """\
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
path, memory, size = sys.argv.pop(1), int(sys.argv.pop(1)), int(sys.argv.pop(1))
try:
    import resource
except ImportError:
    pass
else:
    for what, limit in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, size), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(what, (limit, hard))
with open(path, "rb") as file:
    exec(compile(file.read(), path, "exec"))
"""


def observe(request: Request) -> Observations:
    """Run the canaries on every available stack.

    Returns:
        One row for each canary and stack; those that could not be run give the reason.
    """
    found = quick = request.environ
    if any(stack.tensorflow for stack in request.environment.stacks):
        quick = {"TF_ENABLE_ONEDNN_OPTS": "0", **found}  # starting oneDNN takes a quarter of a run's time
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


_NO_TEXTS = ("code", "pinned", "seconds", "trouble")
"""What in an event of a worker may be something else than text."""


@dataclass(eq=False)
class _Task:
    """A canary to run, or a batch of names to look up."""

    slug: str
    stacks: Sequence[StackId]  # it runs on the first of these that can be opened
    path: str  # of the file with its function
    function: str
    names: Sequence[str] = ()
    area: str = ""
    stack: StackId = field(init=False)
    waits: bool = False  # whether it runs at all depends on what its canary does on the other stacks
    again: bool = False  # it timed out, and runs once more, alone
    since: Optional[float] = None  # when it was given to the worker

    def __post_init__(self) -> None:
        self.stack = self.stacks[0]

    def row(self, outcome: Outcome, message: str, seconds: float = 0.0, output: str = "") -> Observation:
        """What it did."""
        return Observation(self.slug, self.stack, outcome, message, seconds, output, area=self.area)


class _Worker:
    """A process that serves a group; for the second and further it forks one each. They are spoken with through files.

    The host keeps these open: whatever is examined may remove the folder.

    Raises:
        OSError: there is no room for them.
    """

    child: Child
    ended = False

    def __init__(self, groups: Sequence[_Group], parent: str, files: contextlib.ExitStack) -> None:
        self.groups, self.started, self._rest = groups, time.monotonic(), b""
        os.makedirs(parent, exist_ok=True)  # an import may have removed it
        self.folder = tempfile.mkdtemp(prefix="worker-", dir=parent)
        self.paths = {name: os.path.join(self.folder, name) for name in ("tasks", "results", "output")}
        for path in self.paths.values():
            open(path, "xb").close()
        self._tasks = files.enter_context(open(self.paths["tasks"], "ab", buffering=0))  # noqa: SIM115
        self._results = files.enter_context(open(self.paths["results"], "rb", buffering=0))  # noqa: SIM115
        self._output = files.enter_context(open(self.paths["output"], "rb"))  # noqa: SIM115

    def give(self, task: _Task) -> None:
        """Have this task run at once, alongside those that run already; an OSError says that there is no room."""
        given = {name: getattr(task, name) for name in ("slug", "stack", "path", "function", "names")}
        self._tasks.write(json.dumps(given).encode("ascii") + b"\n")

    def events(self) -> list[dict[str, Any]]:
        """The events that were reported since the last call; a ValueError where something else is among them."""
        *lines, self._rest = (self._rest + self._results.read(MOST_ANSWER)).split(b"\n")
        if len(self._rest) > MOST_ANSWER:
            raise ValueError("a line without end")
        return [json.loads(line.decode("ascii")) for line in lines]

    def output(self) -> str:
        """The end of what was printed outside of canaries: the noise and the errors of an import."""
        self._output.seek(max(0, self._output.seek(0, os.SEEK_END) - KEPT_OUTPUT))
        return self._output.read(KEPT_OUTPUT).decode("utf-8", "replace")


@dataclass(eq=False)
class _Group:
    """The stacks of one implementation, and what is left to run there."""

    stacks: list[Stack] = field(default_factory=list)
    tasks: list[_Task] = field(default_factory=list)
    places: int = 1  # how many tasks may run side by side
    worker: Optional[_Worker] = None
    begun: bool = False  # a process that serves it was started, or forked
    opened: bool = False  # the imports are done
    code: Optional[int] = None  # how that process ended
    done: bool = False
    restarts: int = 0

    @property
    def running(self) -> list[_Task]:
        return [task for task in self.tasks if task.since is not None]

    @property
    def forced(self) -> Optional[str]:
        """The value of ``TF_USE_LEGACY_KERAS`` for these stacks; None for the one that was found."""
        return next((FORCED[one.id] for one in self.stacks if one.id in FORCED), None)


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
        self._groups = _groups(request, self._leaders, _cores() if self._isolation == "fork" else 1)
        self._total = sum(len(group.tasks) for group in self._groups)

    # -- the clock and the processes

    def finish(self, environ: Mapping[str, str]) -> Observations:
        """Run everything, in a folder and with variables that harm nothing."""
        try:
            with contextlib.ExitStack() as self._files, Family(with_folder=True) as self._family:
                free = shutil.disk_usage(self._family.folder).free
                if free < ROOM_BYTES:
                    raise OSError(
                        f"only {free / 2**20:.1f} MiB are free in {os.path.dirname(self._family.folder)}, and the "
                        f"checks need {ROOM_BYTES // 2**20}. Make room there, or name another folder in the variable "
                        "TMPDIR"
                    )
                self._environ = harmless_variables(environ, self._request.environment, self._family.folder)
                try:
                    self._work()
                except KeyboardInterrupt:
                    self._interrupted = True
                    self._give_up_all("Ctrl-C ended the run")
        except OSError as error:
            self._give_up_all(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror or error))
        request = self._request
        rows = (self._row(canary, stack) for canary in request.canaries for stack in request.wanted)
        by_slug = {slug: row for (slug, _), row in self._rows.items()}
        names = {batch.spelling: _looked_up(batch, by_slug.get(_LOOK_UP + batch.spelling)) for batch in request.names}
        failures, pinned = tuple(self._failures), tuple(self._pinned)
        return Observations(tuple(rows), self._opened, pinned, failures, names, self._interrupted)

    def _work(self) -> None:
        """Run every group to its end, or to the deadline of the run, which begins when all is imported."""
        seconds = self._request.timeout * RUN_TIMEOUTS
        deadline: Optional[float] = None
        together = [
            group
            for group in self._groups[1:]
            if self._isolation == "fork"
            and all(_import_of(one.stacks[0]) == "tf.keras" for one in (group, self._groups[0]))
            and group.forced not in (None, self._groups[0].forced)
        ]
        for group in self._groups:
            if group not in together:
                self._start(group, *(together if group is self._groups[0] else ()))
        while not all(group.done for group in self._groups):
            for worker in list(dict.fromkeys(group.worker for group in self._groups if not group.done)):
                if worker:
                    self._hear(worker)
            for group in self._groups:  # in this order: whether it was forked is known when the first has imported
                if not group.done:
                    self._attend(group)
            self._give()
            now = time.monotonic()
            if deadline is None and all(group.opened or group.done for group in self._groups):
                deadline = now + seconds
            if deadline is not None and now > deadline:
                self._give_up_all(f"the deadline of the whole run, {seconds:g} s, was reached")
                return
            time.sleep(POLL_SECONDS)

    def _start(self, *groups: _Group) -> None:
        """Start one worker for all of these."""
        executable, first = self._request.environment.interpreter.executable, groups[0]
        forced = {} if first.forced is None else {LEGACY_VARIABLE: first.forced}
        timeout = self._request.timeout
        try:
            worker = _Worker(groups, self._family.folder, self._files)
            jobs = [
                {
                    "stacks": [{"id": stack.id, "import": _import_of(stack)} for stack in group.stacks],
                    "variable": group.forced,
                    "paths": sorted({task.path for task in group.tasks}),
                    "lab": canary_files.LAB,
                    "fixtures": canary_files.FIXTURES,
                    "isolation": self._isolation,
                    "timeout": timeout,
                    "patience": IMPORT_SECONDS + 2 * timeout * RUN_TIMEOUTS,
                    "memory_bytes": MEMORY_BYTES,
                    "folder": worker.folder,
                    **worker.paths,
                }
                for group in groups
            ]
            path = os.path.join(worker.folder, "jobs.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(jobs, file)
            memory = MEMORY_BYTES + (os.cpu_count() or 1) * BYTES_OF_A_CORE
            with open(worker.paths["output"], "ab") as output:
                worker.child = self._family.start(
                    [executable, "-c", BOOTSTRAP, WORKER, str(memory), str(FILE_BYTES), path],
                    {**self._environ, **forced},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=worker.folder,
                )
        except OSError as error:
            for group in groups:
                self._give_up(group, f"{executable} cannot be run: {error.strerror or error}")
            return
        for group in groups:
            group.worker, group.begun, group.opened, group.code = worker, group is first, False, None
            for task in group.tasks:
                task.since = None

    def _give(self) -> None:
        """Fill the places of the machine: one pool for all groups, what takes longest first."""
        running = [task for group in self._groups for task in group.running]
        while len(running) < _cores() and not any(task.again for task in running):
            # What timed out runs once more when nothing else does.
            ready = [
                (group, task)
                for group in self._groups
                if group.opened and len(group.running) < group.places
                for task in group.tasks
                if task.since is None and not task.waits and not (task.again and running)
            ]
            if not ready:
                return
            group, task = max(ready, key=lambda pair: self._urgency(pair[1]))
            assert group.worker
            try:
                group.worker.give(task)
            except OSError as error:
                self._give_up(group, f"the process that runs them cannot be given work: {error.strerror or error}")
                continue
            task.since = time.monotonic()
            running.append(task)
            self._progress(task.stack, task.slug, "running checks")

    def _urgency(self, task: _Task) -> tuple[bool, bool, float]:
        # Where all share a process, what a look-up imports must not reach into the canaries.
        is_first = not task.names or self._isolation == "fork"
        return not task.again, is_first, _seconds().get(task.slug, 0.0)

    def _hear(self, worker: _Worker) -> None:
        """Take in what a process has reported."""
        ended = worker.child.ended()  # asked first: what it reported before it ended is read now
        try:
            for event in worker.events():
                stack = StackId(event["stack"])
                self._take(
                    next(group for group in worker.groups if stack in (one.id for one in group.stacks)), stack, event
                )
        except (KeyError, TypeError, ValueError, RecursionError, StopIteration) as error:
            group = next(group for group in worker.groups if not group.done)
            self._worker_failed(group, f"the results were disturbed by what was examined ({error!r})")
            return
        if ended:
            worker.ended, worker.groups[0].code = True, worker.child.process.returncode

    def _attend(self, group: _Group) -> None:
        """Deal with the silence and the end of a group's process."""
        worker = group.worker
        assert worker
        now = time.monotonic()
        oldest = min(group.running, key=lambda task: task.since or now, default=None)
        late = now - (oldest.since or now) - self._request.timeout if oldest else 0.0
        if group.opened and not group.tasks:
            group.done = True
        elif group.code is not None:
            self._worker_ended(group, worker, group.code)
        elif worker.groups[0].opened and not group.begun:  # none was forked for it
            self._start(group)
        elif worker.ended:  # what runs for this group has lost its parent, which is no fault of it
            self._restart(group)
        elif not group.opened:
            if now - worker.started > IMPORT_SECONDS:
                reason = f"the import did not end within {IMPORT_SECONDS:g} s"
                self._failures.append(f"{' and '.join(stack.id.value for stack in group.stacks)}: {reason}")
                self._cannot_open(group, worker, reason)
        elif oldest and late > 0 and self._isolation == "sequence":
            late_row = oldest.row(Outcome.TIMES_OUT, f"no answer within {self._request.timeout:g} s")
            self._record(group, oldest, late_row)
            self._restart(group)
        elif late > STUCK_SECONDS:
            # It watches its children itself.
            self._worker_failed(group, f"the process that runs them gave no sign of life for {STUCK_SECONDS:g} s")

    # -- events

    def _take(self, group: _Group, stack: StackId, event: dict[str, Any]) -> None:
        """Believe one event, if it makes sense at this point."""
        if not all(isinstance(value, str) for name, value in event.items() if name not in _NO_TEXTS):
            raise TypeError("what is no text stands for one")
        kind = event["event"]
        if kind == "imported":
            self._settle(group)
            group.opened = True
        elif kind == "ended":
            group.code = int(event["code"])
        elif kind == "importing":
            group.begun = True
            self._progress(stack, "", f"importing {event['what']}")
        elif kind == "available":
            Implementation(event["implementation"])
            keys = ("implementation", "version", "tensorflow", "backend")
            self._opened[stack] = Opened(True, **{key: event[key] for key in keys})
            self._pinned.update(dict.fromkeys(event["pinned"]))
        elif kind == "unavailable":
            message = event["message"]
            if not event["trouble"]:
                self._opened[stack] = Opened(False, message, event["output"])
            self._problems[stack] = message if event["trouble"] else f"cannot be imported: {message}"
        else:
            task = next(one for one in group.running if (one.slug, one.stack) == (event["slug"], stack))
            self._record(
                group, task, task.row(Outcome(event["outcome"]), event["message"], event["seconds"], event["output"])
            )

    def _record(self, group: _Group, task: _Task, row: Observation) -> None:
        """Keep what a task did; what timed out for the first time is tried once more, alone."""
        if row.outcome is Outcome.TIMES_OUT and not task.again:
            task.again, task.since = True, None
            return
        self._rows[task.slug, task.stack] = row
        group.tasks.remove(task)
        if not task.names:
            self._progress(task.stack, "", "running checks", row)
        self._decide(task.slug)

    def _decide(self, slug: str) -> None:
        """What waited for the other stacks runs, or need not."""
        left = [(group, task) for group in self._groups for task in group.tasks if task.slug == slug]
        if len(left) != 1 or not left[0][1].waits:
            return
        [(group, task)] = left
        task.waits = False
        known = [row.outcome for (one, _), row in self._rows.items() if one == slug]
        if self._request.leaves_out(slug, task.stack, known):
            self._record(group, task, left_out(slug, task.area))

    def _settle(self, group: _Group) -> None:
        """Each task runs on the first of its stacks that could be opened."""
        problems = {stack.id: self._problem(stack) for stack in group.stacks}
        for task in list(group.tasks):
            task.stack = next((stack for stack in task.stacks if not problems[stack]), task.stacks[0])
            if problems[task.stack]:
                self._record(group, task, task.row(Outcome.NOT_RUN, problems[task.stack]))

    def _problem(self, stack: Stack) -> str:
        """Why a stack, or the one that it is the same as, could not be opened; empty where nothing is known of it."""
        twin = self._problems.get(stack.same_as, "") if stack.same_as else ""
        return self._problems.get(stack.id, twin)

    def _cannot_open(self, group: _Group, worker: _Worker, reason: str) -> None:
        """Its import died or hung, and so would that of those for which the process was to fork and has not."""
        for one in worker.groups:
            if one is group or not one.begun:
                for stack in one.stacks:
                    self._opened[stack.id] = Opened(False, reason, worker.output())
                    self._problems[stack.id] = f"cannot be imported: {reason}"
                self._settle(one)
                one.done = True
        self._stop(group)

    def _worker_ended(self, group: _Group, worker: _Worker, code: int) -> None:
        """It is gone before its time: the canary that ran has killed it, or it gave up."""
        output, how = worker.output(), how_it_ended(code)
        lacking = trouble_in(output) or room(self._family.folder)
        if code == UNFINISHED:
            last = output.strip().rpartition("\n")[2]
            self._worker_failed(group, f"the process that runs them could not go on: {last or how}")
        elif lacking:
            self._worker_failed(group, f"the process that runs them died: {how} ({lacking})")
        elif not group.opened and not group.restarts:
            self._cannot_open(group, worker, f"the process died while importing: {how}")
        else:
            self._worker_failed(group, f"the process died: {how}", Outcome.CRASHES, output)

    def _worker_failed(self, group: _Group, reason: str, outcome: Outcome = Outcome.NOT_RUN, output: str = "") -> None:
        """It was ended, or gave up. Of several canaries that ran, the guilty one is found by running them alone.

        What proves nothing about a canary (``outcome`` is ``not-run``) proves nothing about an import either.
        """
        if not group.opened and outcome is Outcome.NOT_RUN:
            self._give_up(group, reason)
            return
        if len(group.running) == 1:
            [task] = group.running
            seconds = round(time.monotonic() - (task.since or 0.0), 3) if outcome is Outcome.CRASHES else 0.0
            self._record(group, task, task.row(outcome, reason, seconds, output))
        group.places = 1
        self._restart(group)

    def _restart(self, group: _Group) -> None:
        self._stop(group)
        group.restarts += 1
        if not group.tasks:
            group.done = True
        elif group.restarts > MOST_RESTARTS:
            self._give_up(group, f"the process that runs them died {group.restarts} times")
        else:
            self._start(group)

    def _stop(self, group: _Group) -> None:
        """End the process of a group with all that it has started; other groups that it served begin anew."""
        worker, group.worker = group.worker, None
        if worker:
            worker.child.stop()
            for other in worker.groups:
                if other.worker is worker and not other.done:
                    self._start(other)

    def _give_up(self, group: _Group, reason: str) -> None:
        """Run nothing more of a group, for a reason that proves nothing about what is examined."""
        given_up, group.tasks, group.done = group.tasks, [], True
        self._stop(group)
        for task in given_up:
            for stack in [task.stack] if group.opened else task.stacks:
                row = replace(task.row(Outcome.NOT_RUN, reason), stack=stack)
                self._rows.setdefault((task.slug, stack), row)
            self._decide(task.slug)

    def _give_up_all(self, reason: str) -> None:
        left = [group for group in self._groups if not group.done]
        for group in left:
            group.done = True  # first, so that ending one starts no other anew
        for group in left:
            self._give_up(group, reason)

    def _progress(self, stack: StackId, slug: str, phase: str, row: Optional[Observation] = None) -> None:
        if self._request.progress:
            self._request.progress(Progress(len(self._rows), self._total, stack, slug, phase, row))

    # -- the rows

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
        why = reason or "it was not reached"
        return found or Observation(canary.slug, stack.id, Outcome.NOT_RUN, why, area=canary.area)


def _keras(stack: Stack) -> tuple[Optional[Implementation], str]:
    """What one import of TensorFlow serves."""
    return stack.implementation, stack.version


def _groups(request: Request, leaders: Sequence[Stack], places: int) -> list[_Group]:
    """One group an implementation, that of legacy Keras last."""
    groups: dict[object, _Group] = {}
    for stack in leaders:
        groups.setdefault(_keras(stack), _Group(places=places)).stacks.append(stack)
    for group in groups.values():
        ids = [stack.id for stack in group.stacks]
        for canary in request.canaries:
            # One that touches a namespace runs on each stack, another on the first that can be opened.
            for stacks in [[one] for one in ids] if canary.per_namespace else [ids]:
                function = canary.slug.replace("-", "_")
                group.tasks.append(_Task(canary.slug, stacks, canary.source, function, area=canary.area))
    tasks = [task for group in groups.values() for task in group.tasks]
    elsewhere = {task.slug for task in tasks if task.stack is not StackId.LEGACY}
    for task in tasks:
        task.waits = task.slug in elsewhere and request.leaves_out(task.slug, task.stack, [Outcome.WORKS])
    for batch in request.names:
        target = request.environment.stack(batch.stack)
        if target and target.available:
            group = groups.setdefault(_keras(target), _Group())
            if not {target.id, target.same_as} & {one.id for one in group.stacks}:
                group.stacks.append(target)
            place = next(one.id for one in group.stacks if one.id in (target.id, target.same_as))
            path = os.path.join(_HERE, "look_up.py")
            group.tasks.append(_Task(_LOOK_UP + batch.spelling, [place], path, "answer", batch.names))
    chosen = [group for group in groups.values() if group.tasks] or list(groups.values())
    return sorted(chosen, key=lambda group: all(stack.id is StackId.LEGACY for stack in group.stacks))


def _import_of(stack: Stack) -> str:
    return "keras" if stack.id is StackId.KERAS else "tf.keras"


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
        roots = sorted({name.partition(".")[0] for name in batch.names})
        # A package that cannot be imported proves nothing of what is in it.
        reason = next((str(found["problems"][root]) for root in roots if root in found["problems"]), "")
    except (ValueError, TypeError, LookupError):
        return LookedUp(batch.names, reason="its answer cannot be read")
    return LookedUp(batch.names, {} if reason else found, reason)
