"""Runs canaries, and looks names up, inside the examined interpreter.

Standalone: Python 3.8's standard library and what is examined.

The host starts it with ``-c`` (so that no folder of kdoctor is on ``sys.path``), the path of a file of jobs in
``sys.argv[1]``. It appends tasks to a job's ``tasks`` file while this process runs, and reads the events that come in
its ``results`` file, one JSON object a line each. Nothing is ever read from stdout.

Two ways to isolate canaries from one another:

- ``fork`` (Linux): TensorFlow is imported once; each canary runs in a child forked after the import. This process has
  then run no op and initialised no accelerator: after one op a forked child can hang on a lock of a thread pool that
  was not forked with it. Of an import for two implementations, most is done once: see :func:`import_tensorflow`.
- ``sequence`` (elsewhere): the canaries run here, one after the other. When one takes the process down, or does not
  end, the host starts this worker again for those that are left.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import faulthandler
import gc
import importlib
import json
import os
import re
import signal
import sys
import tempfile
import time
import traceback
import types
import warnings
from typing import Any, NoReturn, Optional

ENCODE = json.JSONEncoder().encode  # taken now: what is examined may replace what the module holds
UNFINISHED = 86  # the exit code of this program where it could not do its own part; its last words say why
WANTS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM))
"""Errors of the machine, which say nothing of what is examined."""
SPARE_BYTES = 2**20  # with less room than this in its folder, the failure of a canary is not its own
OUTCOMES = ("works", "wrong", "raises", "crashes", "not-applicable", "not-run")
"""What a canary's process may report of it."""
MOST_ANSWER = 2**20  # bytes of such a report

VARIABLE = "TF_USE_LEGACY_KERAS"
POLL_SECONDS = 0.002
KEPT_OUTPUT = 4000
KEPT_MESSAGE = 1200


# ------------------------------------------------------------------------------------------------ the stacks


def open_stack(stack: dict[str, Any]) -> None:
    """Import what the stack is about; adds the module, its implementation and versions to the description."""
    if stack["import"] == "tf.keras":
        module = importlib.import_module("tensorflow").keras
        module.layers  # noqa: B018  TensorFlow loads Keras when an attribute is first touched
    else:
        module = importlib.import_module("keras")
    owner = sys.modules[module.layers.Dense.__module__.split(".")[0]]
    version = owner.__version__
    implementation = "tf-keras" if owner.__name__ == "tf_keras" else "keras" + version.split(".")[0]
    tensorflow = sys.modules.get("tensorflow")
    stack.update(
        module=module,
        implementation=implementation,
        version=version,
        tensorflow=getattr(tensorflow, "__version__", ""),
        backend=module.backend.backend() if implementation == "keras3" else "tensorflow",
    )


def import_tensorflow(jobs: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[int, dict[str, Any]], Any]:
    """Import TensorFlow for several jobs that differ in ``TF_USE_LEGACY_KERAS`` alone.

    Where the variable is first read, a process is forked for each further job. Until then its value has made no
    difference, so that each process goes on as one does that began with its own value.

    Returns:
        The job of this process; the jobs of those that were forked, by the numbers of the processes; the error, or
        None.
    """
    mine = jobs[0]
    forked: dict[int, dict[str, Any]] = {}
    variables = os.environ._data  # type: ignore[attr-defined]

    def part() -> None:
        nonlocal mine, forked
        os.environ._data = variables  # type: ignore[attr-defined]
        for job in jobs[1:]:
            with contextlib.suppress(OSError):  # the host sees that this one has not begun, and starts it
                number = fork()
                if number == 0:
                    mine, forked = job, {}
                    os.environ[VARIABLE] = job["variable"]
                    adopt()
                    return
                forked[number] = job
                begin(job)

    class Watched(collections.UserDict):  # type: ignore[type-arg]
        """The variables; the first question for the one does what was to be done then."""

        def __init__(self) -> None:
            self.data = variables

        def __contains__(self, name: object) -> bool:
            if name == os.fsencode(VARIABLE) and os.environ._data is self:  # type: ignore[attr-defined]
                part()
            return name in self.data

        def __getitem__(self, name: Any) -> Any:
            _ = name in self
            return self.data[name]

    if mine["stacks"][0]["import"] != "tf.keras":
        return mine, forked, None
    if jobs[1:]:
        os.environ._data = Watched()  # type: ignore[attr-defined]
    try:
        importlib.import_module("tensorflow")
    except BaseException as error:  # an installation can be broken in any way
        return mine, forked, error
    finally:
        os.environ._data = variables  # type: ignore[attr-defined]
    return mine, forked, None


def pin_configuration(module: Any) -> list[str]:
    """A ``keras.json`` that asks for float16 or channels_first changes every number: pin both, and say so."""
    pinned = []
    backend = module.backend
    if backend.floatx() != "float32":
        pinned.append("floatx=%s" % backend.floatx())
        backend.set_floatx("float32")
    if backend.image_data_format() != "channels_last":
        pinned.append("image_data_format=%s" % backend.image_data_format())
        backend.set_image_data_format("channels_last")
    return pinned


# ------------------------------------------------------------------------------------- trouble of the machine


def trouble(error: BaseException, job: dict[str, Any]) -> str:
    """What the machine lacked, where that is what is behind an error; empty where the error is its own."""
    chain = [error]
    while len(chain) < 20 and (chain[-1].__cause__ or chain[-1].__context__):
        chain.append(chain[-1].__cause__ or chain[-1].__context__)  # type: ignore[arg-type]
    for link in chain:
        number = link.errno if isinstance(link, OSError) else None
        if isinstance(link, MemoryError) or number == errno.ENOMEM:
            return describe(link) if lacks_memory(job) else ""  # else it used up what it was given
        if number in WANTS:
            return describe(link)
    return trouble_in(str(error)) or room(job["folder"])


def trouble_in(text: str) -> str:
    """The same in what a library written in C says, which has no number of an error."""
    said = [os.strerror(number) for number in sorted(WANTS) if number != errno.ENOMEM]
    return next((one for one in [*said, "can't start new thread"] if one in text), "")


def room(folder: str) -> str:
    """Why a failure in this folder says nothing: it is full, or gone; empty where it is neither."""
    try:
        found = os.statvfs(folder)
    except AttributeError:  # Windows
        return ""
    except OSError:
        return "the temporary folder %s was removed meanwhile" % folder
    return os.strerror(errno.ENOSPC) + " in " + folder if found.f_bavail * found.f_frsize < SPARE_BYTES else ""


def lacks_memory(job: dict[str, Any]) -> bool:
    """Whether less memory is there than a canary may use: then a refusal is not its own fault."""
    try:
        import resource

        for what in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            hard = resource.getrlimit(what)[1]
            if hard != resource.RLIM_INFINITY and hard < job["memory_bytes"]:
                return True
        with open("/proc/meminfo") as file:
            found = dict(line.split()[:2] for line in file)  # what this process holds is not among it
        own = own_pages()[1] * resource.getpagesize()
        return own + (int(found["MemAvailable:"]) + int(found["SwapFree:"])) * 1024 < int(job["memory_bytes"])
    except (ImportError, OSError, KeyError, ValueError):
        return False


def own_pages() -> list[int]:
    """Pages of this process: in all, and in memory."""
    with open("/proc/self/statm") as file:
        return [int(number) for number in file.read().split()]


# -------------------------------------------------------------------------------------------- one canary


def run_canary(task: dict[str, Any], stack: dict[str, Any], job: dict[str, Any]) -> tuple[str, str]:
    """Run one canary here and now; returns its outcome and message. Of names to look up, the message is the answer."""
    try:
        os.makedirs(job["folder"], exist_ok=True)  # an import or a canary may have removed it
        folder = tempfile.mkdtemp(prefix="canary-", dir=job["folder"])
        tools = load(job["lab"])
        lab = tools["Lab"](stack, folder, job["fixtures"])
    except Exception as error:
        return "not-run", describe(error)
    try:
        function = load(task["path"])[task["function"]]
        if task["names"]:
            return "works", ENCODE(function(task["names"]))
        function(lab)
    except tools["NotApplicable"] as reason:
        return "not-applicable", str(reason)
    except tools["Wrong"] as what:
        return "wrong", str(what)
    except BaseException as error:  # whatever a canary raises, SystemExit included, is an observation
        lacking = trouble(error, dict(job, folder=folder))
        if lacking:
            return "not-run", lacking
        return "crashes" if isinstance(error, MemoryError) else "raises", describe(error, job)
    return "works", "; ".join(lab.seen)


_loaded: dict[str, dict[str, Any]] = {}


def load(path: str) -> dict[str, Any]:
    """The names in a file; it is run as a file, not imported, so that nothing need be on ``sys.path``."""
    if path not in _loaded:
        module = types.ModuleType("kdoctor_canary_" + os.path.splitext(os.path.basename(path))[0])
        module.__file__ = path
        module.__dict__["canary"] = lambda **marks: lambda function: function  # the marks serve the host alone
        sys.modules[module.__name__] = module  # what pickles and registers by module name finds it
        with open(path, "rb") as file:
            exec(compile(file.read(), path, "exec"), module.__dict__)
        _loaded[path] = module.__dict__
    return _loaded[path]


def describe(error: BaseException, job: Optional[dict[str, Any]] = None) -> str:
    """The last line of a traceback, as the user would see it, without colours."""
    if job and isinstance(error, MemoryError):
        return "used more than %.0f GiB of memory" % (job["memory_bytes"] / 2**30)
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    if len(text) <= KEPT_MESSAGE:
        return text
    return f"{text[: KEPT_MESSAGE * 2 // 3]} ... {text[-KEPT_MESSAGE // 3 :]}"  # often the end is what says it


def scratch(job: dict[str, Any]) -> Any:
    """A file without a name, for what a canary prints, or answers."""
    os.makedirs(job["folder"], exist_ok=True)  # an import or a canary may have removed it
    return tempfile.TemporaryFile(dir=job["folder"], buffering=0)


def redirect(output: Any) -> None:
    """File descriptors 1 and 2 go into this file."""
    flush()
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)


def end_of(output: Any, most: int = KEPT_OUTPUT) -> str:
    """The end of what was written to it; it is closed."""
    with output:
        output.seek(max(0, output.seek(0, os.SEEK_END) - most))
        text: str = output.read(most).decode("utf-8", "replace")
        return text


def flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


# ------------------------------------------------------------------------------------------------- isolation


class Child:
    """One canary in a process forked from this one, which leads a session of its own.

    Raises:
        OSError: the machine has no room, no descriptor or no process left for it.
    """

    def __init__(self, task: dict[str, Any], stacks: dict[str, Any], job: dict[str, Any]) -> None:
        self.task, self.folder = task, job["folder"]
        self.started = time.monotonic()
        self.deadline = self.started + job["timeout"]
        self.output, self.answer = scratch(job), scratch(job)
        self.pid = fork()
        if self.pid == 0:
            self.be_the_child(stacks, job)

    def be_the_child(self, stacks: dict[str, Any], job: dict[str, Any]) -> NoReturn:
        try:
            try:
                os.setsid()  # what it starts ends with it
                for descriptor in OPEN:  # the files of the host are none of its business
                    os.close(descriptor)
                gc.disable()  # a collection would copy every page that is shared with the parent
                signal.alarm(int(job["timeout"]) + 5)  # ends this process even if nobody is left to do it
                limit_memory(job)
                redirect(self.output)
            except Exception as error:
                found = "not-run", describe(error)
            else:
                found = run_canary(self.task, stacks[self.task["stack"]], job)
            self.answer.write(ENCODE(found).encode("ascii"))
            flush()
        finally:
            os._exit(0)

    def ended(self) -> bool:
        """Whether it is gone. It is not reaped yet: so long its number, and that of its session, is its own."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        except ChildProcessError:  # somebody else has waited for it
            return True

    def end(self) -> dict[str, Any]:
        """End it with whatever it has started; returns the event."""
        for kill in (os.killpg, os.kill):  # it leads no session yet where it has just begun
            with contextlib.suppress(OSError):
                kill(self.pid, signal.SIGKILL)
        status = None
        with contextlib.suppress(OSError):
            status = os.waitpid(self.pid, 0)[1]
        seconds = time.monotonic() - self.started
        output, answer = end_of(self.output), end_of(self.answer, MOST_ANSWER)
        if answer:
            outcome, message = read_answer(answer)
        elif time.monotonic() > self.deadline:
            outcome, message = "times-out", "no answer within %g s" % round(self.deadline - self.started, 1)
        elif status is None:
            outcome, message = "not-run", "how its process ended could not be learned"
        elif os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            named = {int(one): one.name for one in signal.Signals}
            outcome, message = "crashes", "the process died: %s" % named.get(number, "signal %d" % number)
        else:
            outcome, message = "crashes", "the process ended without an answer"
        lacking = outcome == "crashes" and (trouble_in(output) or room(self.folder))
        if lacking:
            outcome, message = "not-run", "%s (%s)" % (message, lacking)
        return event_of(self.task, outcome, message, seconds, output)


def read_answer(answer: str) -> tuple[str, str]:
    """Outcome and message out of a child's answer; whatever runs in it can write there."""
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        outcome, message = json.loads(answer)
        if outcome in OUTCOMES and isinstance(message, str):
            return outcome, message
    return "not-run", "what it reported was disturbed by what was examined"


def limit_memory(job: dict[str, Any]) -> None:
    """So many bytes of memory above what the import took; the limits of the import hold too."""
    import resource

    try:
        limit = own_pages()[0] * resource.getpagesize() + job["memory_bytes"]
    except FileNotFoundError:  # no /proc: the limit of the import must do
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def event_of(
    task: dict[str, Any], outcome: str, message: str, seconds: float = 0.0, output: str = ""
) -> dict[str, Any]:
    """The row that goes to the host."""
    return {
        "event": "result",
        "slug": task["slug"],
        "stack": task["stack"],
        "outcome": outcome,
        "message": message,
        "seconds": round(seconds, 3),
        "output": "" if outcome in ("works", "not-applicable") else output,
    }


def run_here(task: dict[str, Any], stack: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """Run a task in this process; the host watches the clock and the process."""
    try:
        output = scratch(job)
    except OSError as error:
        return event_of(task, "not-run", describe(error))
    saved = os.dup(1), os.dup(2)
    redirect(output)
    started = time.monotonic()
    try:
        outcome, message = run_canary(task, stack, job)
    finally:
        flush()
        for descriptor, copy in enumerate(saved, 1):
            os.dup2(copy, descriptor)
            os.close(copy)
    stack["module"].backend.clear_session()
    return event_of(task, outcome, message, time.monotonic() - started, end_of(output))


# ------------------------------------------------------------------------------------------------------ main


OPEN: list[int] = []
"""The descriptors that no canary must have."""


def report(job: dict[str, Any], event: dict[str, Any]) -> None:
    """Write an event for the host."""
    line = ENCODE(event).encode("ascii") + b"\n"
    if os.write(job["results"], line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def begin(job: dict[str, Any]) -> None:
    """Report that the import begins."""
    stack = job["stacks"][0]
    report(job, {"event": "importing", "stack": stack["id"], "what": stack["import"]})


def open_stacks(job: dict[str, Any], tensorflow_error: Optional[BaseException]) -> dict[str, Any]:
    """Import what the stacks of a job are about, and report each."""
    stacks = {}
    for stack in job["stacks"]:
        try:
            if tensorflow_error and stack["import"] == "tf.keras":
                raise tensorflow_error
            open_stack(stack)
            pinned = pin_configuration(stack["module"])
        except BaseException as error:  # an installation can be broken in any way
            lacking = trouble(error, job)
            end = "".join(traceback.format_exception(type(error), error, error.__traceback__))[-KEPT_OUTPUT:]
            event = {"event": "unavailable", "stack": stack["id"], "trouble": bool(lacking)}
            report(job, dict(event, message=lacking or describe(error, job), output=end))
            continue
        stacks[stack["id"]] = stack
        described = {key: str(stack[key]) for key in ("implementation", "version", "tensorflow", "backend")}
        report(job, dict(described, event="available", stack=stack["id"], pinned=pinned))
    report(job, {"event": "imported", "stack": job["stacks"][0]["id"]})
    return stacks


def main(path: str) -> None:
    """Import what the stacks of the jobs need, then run what the host gives."""
    take_signals()
    with open(path, encoding="utf-8") as file:
        jobs = json.load(file)
    os.unlink(path)
    for name, flags in (("tasks", os.O_RDONLY), ("results", os.O_WRONLY | os.O_APPEND)):
        path, descriptor = jobs[0][name], os.open(jobs[0][name], flags)
        OPEN.append(descriptor)
        for job in jobs:
            job[name] = descriptor
        with contextlib.suppress(OSError):  # nobody else shall write there, so that its name goes, but for Windows
            os.unlink(path)
    for name in sorted({jobs[0]["lab"], *(name for job in jobs for name in job["paths"])}):
        with contextlib.suppress(Exception):  # each of its canaries reports it
            load(name)  # once for all
    faulthandler.enable()
    gc.disable()  # it takes a tenth of the time of an import, and finds nothing
    begin(jobs[0])
    job, forked, error = import_tensorflow(jobs)
    stacks = open_stacks(job, error)
    take_signals()
    serve(job, stacks, forked)


def serve(job: dict[str, Any], stacks: dict[str, Any], forked: dict[int, dict[str, Any]]) -> None:
    """Run what the host gives, and report how the processes of other jobs end, until the host ends this one."""
    is_forking = job["isolation"] == "fork"
    if is_forking:
        gc.freeze()  # what is shared with the children stays untouched by their collections
    else:
        gc.enable()
    running: list[Child] = []
    rest, place, patience = b"", 0, time.monotonic() + job["patience"]
    while time.monotonic() < patience:
        # Processes that were forked from one another share the place where a descriptor reads.
        data = os.pread(job["tasks"], 65536, place) if is_forking else os.read(job["tasks"], 65536)
        place += len(data)
        *lines, rest = (rest + data).split(b"\n")
        for task in map(json.loads, lines):
            if task["stack"] not in stacks:  # the other process runs it
                continue
            patience = time.monotonic() + job["patience"]
            if not is_forking:
                report(job, run_here(task, stacks[task["stack"]], job))
                continue
            try:
                running.append(Child(task, stacks, job))
            except OSError as error:
                report(job, event_of(task, "not-run", describe(error)))
        for child in list(running):
            if child.ended() or time.monotonic() > child.deadline:
                running.remove(child)
                report(job, child.end())
        for number in list(forked):
            gone, status = 0, 0
            with contextlib.suppress(ChildProcessError):  # somebody else has waited for it; the host sees its silence
                gone, status = os.waitpid(number, os.WNOHANG)
            if gone:
                code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                report(job, {"event": "ended", "stack": forked.pop(number)["stacks"][0]["id"], "code": code})
        time.sleep(POLL_SECONDS)
    raise TimeoutError("no tasks within %g s" % job["patience"])


def fork() -> int:
    """What ``os.fork`` returns. Python 3.12 warns of forks alongside threads; see the docstring of the module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def take_signals() -> None:
    """Whoever ignores the ends of children, a parent or an import, never learns how they ended."""
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def adopt() -> None:
    """Have what children leave behind as children of this process, on Linux: there the host finds them."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    except (ImportError, OSError, AttributeError, TypeError):
        pass


if __name__ == "__main__":
    try:
        adopt()
        main(sys.argv[1])
    except BaseException:  # an error of this program: what it did not reach is not run
        with contextlib.suppress(OSError, ValueError):  # what was examined may have closed it
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(UNFINISHED)  # tearing TensorFlow down takes seconds and is of no use
