"""Runs one of this package's programs in the examined interpreter, bounded in time and memory, and reads its answer.

No sandbox: what a program runs there (``--try`` and ``--convert`` load the model) has the rights of whoever started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from kdoctor.processes import Family, how_it_ended, listen

HERE = os.path.dirname(os.path.abspath(__file__))
HDF5 = os.path.join(HERE, "inside_hdf5.py")
LOADER = os.path.join(HERE, "inside_load.py")
GIB = 2**30

# As for the probe: the empty entry of sys.path goes before anything is imported, and the marker is put together there.
_BOOTSTRAP = """\
import sys
if sys.path[:1] == ['']:
    del sys.path[0]
a, b, program, request, memory = sys.argv[1:6]
marker = a + '-' + b
sys.argv[:] = ['']
import json, os
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if int(memory):
        resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
except Exception:
    pass
out = os.dup(1)
os.dup2(2, 1)
with open(program, encoding='utf-8') as stream:
    source = stream.read()
names = {'__name__': 'kdoctor_inside'}
exec(compile(source, program, 'exec'), names)
text = '\\n' + marker + json.dumps(names['answer'](json.loads(request))) + marker + '\\n'
data = text.encode('ascii')
while data:
    data = data[os.write(out, data):]
"""


class ChildError(Exception):
    """There is no answer; the text says why."""


def ask(
    python: str,
    program: str,
    request: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    seconds: float,
    memory: int = 0,
) -> dict[str, Any]:
    """What a program answers.

    Args:
        python: the interpreter.
        program: its file, with a function ``answer(request)``.
        request: what it is given.
        environ: the variables that it is started with; ``KDOCTOR_FOLDER`` in them is replaced by a temporary folder,
            which is also the working folder.
        seconds: how long it may take.
        memory: bytes that it may take; 0 for any.

    Raises:
        ChildError: it cannot be started, dies, or does not answer in time.
    """
    first, second = os.urandom(8).hex(), os.urandom(8).hex()
    with Family(with_folder=True) as family:
        command = [python, "-B", "-c", _BOOTSTRAP, first, second, program, json.dumps(request), str(memory)]
        try:
            child = family.start(
                command,
                {**environ, "KERAS_HOME": family.folder},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=family.folder,
            )
        except OSError as error:
            raise ChildError(f"{python} cannot be run ({error.strerror or error})") from error
        said = listen(child, f"{first}-{second}".encode(), seconds)
        ended = how_it_ended(child.process.returncode) if child.ended() else ""
    pieces = said.output.split(f"{first}-{second}".encode())
    if len(pieces) >= 3:
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(pieces[1].decode("utf-8", "replace"))
            if isinstance(found, dict):
                return found
    if said.problem == "late":
        raise ChildError(f"no answer within {seconds:g} seconds")
    lines = said.errors.decode("utf-8", "replace").strip().splitlines()
    raise ChildError(f"it ended without an answer ({ended or said.problem}){': ' + lines[-1][:300] if lines else ''}")
