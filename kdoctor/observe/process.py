"""One worker process: started without kdoctor on its path, and the events that it reports."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from kdoctor.processes import MOST_ANSWER, Family

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


class WorkerProcess:
    """A running ``worker.py`` and the events that it has reported so far.

    Raises:
        OSError: it cannot be started, or there is no room for its job.
    """

    def __init__(
        self,
        family: Family,
        executable: str,
        job: Mapping[str, Any],
        folder: str,
        environ: Mapping[str, str],
    ) -> None:
        results = os.path.join(folder, "results")
        self._tasks = os.path.join(folder, "tasks.json")
        job_path = os.path.join(folder, "job.json")
        with open(job_path, "w", encoding="utf-8") as file:
            json.dump({**job, "folder": folder, "results": results, "tasks": self._tasks}, file)
        memory = job["memory_bytes"] + (os.cpu_count() or 1) * BYTES_OF_A_CORE
        with open(results, "xb"), open(os.path.join(folder, "output"), "xb") as output:
            self.child = family.start(
                [executable, "-c", BOOTSTRAP, WORKER, str(memory), str(job["file_bytes"]), job_path],
                environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
            # Open from now on: whatever is examined may remove the folder.
            self._results = open(results, "rb", buffering=0)  # noqa: SIM115
            self._output = open(output.name, "rb")  # noqa: SIM115
        self._rest = b""
        self._last_words = ""
        self.started = time.monotonic()

    def events(self) -> list[dict[str, Any]]:
        """The events that were reported since the last call.

        Raises:
            GarbledError: something that is no event stands among them.
        """
        if self._results.closed:
            return []
        data = self._rest + self._results.read(MOST_ANSWER)
        *lines, self._rest = data.split(b"\n")
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

    def give(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Let it run these, for which it waits once it has imported everything.

        Raises:
            OSError: there is no room for them.
        """
        os.makedirs(os.path.dirname(self._tasks), exist_ok=True)  # an import may have removed it
        draft = self._tasks + ".draft"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(tasks, file)
        os.replace(draft, self._tasks)

    def output(self) -> str:
        """The end of what it printed outside of canaries: the noise and the errors of an import."""
        if not self._output.closed:
            self._output.seek(0, os.SEEK_END)
            self._output.seek(max(0, self._output.tell() - KEPT_OUTPUT))
            self._last_words = self._output.read(KEPT_OUTPUT).decode("utf-8", "replace")
        return self._last_words

    def stop(self) -> None:
        """End the process and whatever it has started; what it printed can still be read."""
        self.child.stop()
        self.output()
        self._output.close()
        self._results.close()
