"""One worker process: started without kdoctor on its path, and the files through which it is spoken with."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from kdoctor.processes import MOST_ANSWER, Child, Family

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")

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

MEMORY_BYTES = 4 * 2**30  # of memory, for an import and for any check beyond what the import took
FILE_BYTES = 2**30  # of any one file
BYTES_OF_A_CORE = 64 * 2**20  # libraries keep threads, with stacks and buffers, for each
KEPT_OUTPUT = 4000  # bytes of the end of what a worker prints


class GarbledError(Exception):
    """What a worker reported cannot be understood: something else wrote there. Nothing further of it is believed."""


class Channel:
    """The files through which the host speaks with what runs the canaries of one implementation.

    The host keeps them open: whatever is examined may remove the folder.

    Raises:
        OSError: there is no room for them.
    """

    def __init__(self, parent: str) -> None:
        os.makedirs(parent, exist_ok=True)  # an import may have removed it
        folder = tempfile.mkdtemp(prefix="worker-", dir=parent)
        self.paths = {name: os.path.join(folder, name) for name in ("tasks", "results", "output")}
        for path in self.paths.values():
            open(path, "xb").close()
        self.paths["folder"] = folder
        self._tasks = open(self.paths["tasks"], "ab", buffering=0)  # noqa: SIM115
        self._results = open(self.paths["results"], "rb", buffering=0)  # noqa: SIM115
        self._output = open(self.paths["output"], "rb")  # noqa: SIM115
        self._rest = b""

    @property
    def is_used(self) -> bool:
        """Whether anything was reported so far."""
        return os.fstat(self._results.fileno()).st_size > 0

    def give(self, task: Mapping[str, Any]) -> None:
        """Have this task run at once, alongside those that run already.

        Raises:
            OSError: there is no room for it.
        """
        self._tasks.write(json.dumps(task).encode("ascii") + b"\n")

    def events(self) -> list[dict[str, Any]]:
        """The events that were reported since the last call.

        Raises:
            GarbledError: something that is no event stands among them.
        """
        *lines, self._rest = (self._rest + self._results.read(MOST_ANSWER)).split(b"\n")
        if len(self._rest) > MOST_ANSWER:
            raise GarbledError("a line without end")
        events = []
        for line in lines:
            try:
                event = json.loads(line.decode("ascii"))
            except (ValueError, RecursionError):
                event = None
            if not isinstance(event, dict):
                raise GarbledError(f"a line that is no event: {line[:60]!r}")
            events.append(event)
        return events

    def output(self) -> str:
        """The end of what was printed outside of canaries: the noise and the errors of an import."""
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, self._output.tell() - KEPT_OUTPUT))
        return self._output.read(KEPT_OUTPUT).decode("utf-8", "replace")

    def close(self) -> None:
        """Close the files."""
        for file in (self._tasks, self._results, self._output):
            file.close()


def start(family: Family, executable: str, jobs: Sequence[Mapping[str, Any]], environ: Mapping[str, str]) -> Child:
    """Start ``worker.py`` in an interpreter.

    Args:
        family: to which it belongs.
        executable: the interpreter.
        jobs: what to import, and the paths of the channel; the first is its own, the others are for processes that it
            forks.
        environ: its variables.

    Raises:
        OSError: it cannot be started, or there is no room for its jobs.
    """
    folder = jobs[0]["folder"]
    path = os.path.join(folder, "jobs.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(jobs, file)
    memory = jobs[0]["memory_bytes"] + (os.cpu_count() or 1) * BYTES_OF_A_CORE
    with open(jobs[0]["output"], "ab") as output:
        return family.start(
            [executable, "-c", BOOTSTRAP, WORKER, str(memory), str(FILE_BYTES), path],
            environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
