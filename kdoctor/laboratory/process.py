"""One worker process: started without kdoctor on its path, watched from outside, and ended for certain."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")

# `-c` puts the working folder on sys.path; a canary must not import what happens to lie there.
BOOTSTRAP = """\
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
path = sys.argv.pop(1)
with open(path, "rb") as file:
    exec(compile(file.read(), path, "exec"))
"""

SECONDS_TO_TERMINATE = 1.0
"""How long a process may take to end by itself after it was asked to."""


class WorkerProcess:
    """A running ``worker.py`` (or another program of that kind) and the events that it has told so far."""

    def __init__(
        self, executable: str, job: Mapping[str, Any], folder: str, environ: Mapping[str, str], program: str = WORKER
    ) -> None:
        self._output = os.path.join(folder, "output")
        self._results = os.path.join(folder, "results")
        self._offset = 0
        self.started = time.monotonic()
        job_path = os.path.join(folder, "job.json")
        with open(job_path, "w", encoding="utf-8") as file:
            json.dump({**job, "folder": folder, "results": self._results}, file)
        with open(self._output, "wb") as output:
            self._process = subprocess.Popen(
                [executable, "-c", BOOTSTRAP, program, job_path],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environ),
                start_new_session=True,  # so that its children end with it, and a Ctrl-C reaches the host alone
            )

    def events(self) -> list[dict[str, Any]]:
        """The events that were told since the last call."""
        try:
            with open(self._results, "rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        complete = data.rpartition(b"\n")[0]
        self._offset += len(complete) + 1 if complete else 0
        return [json.loads(line) for line in complete.splitlines()]

    def ended(self) -> bool:
        """Whether the process is gone. Read :meth:`events` once more after it is."""
        return self._process.poll() is not None

    def how_it_ended(self) -> str:
        """In words: ``SIGILL``, ``exit code 1``."""
        code = self._process.returncode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit code {code}"

    def output(self, most: int = 4000) -> str:
        """The end of what it printed outside of canaries: the noise and the errors of an import."""
        with open(self._output, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - most))
            return file.read().decode("utf-8", "replace")

    def stop(self) -> None:
        """End the process and whatever it has started: ask, wait, then kill."""
        if not self.ended():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(SECONDS_TO_TERMINATE)
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
