"""Where reports are written: planted links, devices, descriptors, folders that refuse."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Sequence
from typing import Callable

from tests.faults.case import Case, Given, Result, World, fifo, file, folder, link

CODE = file("work/a.py", "import keras\n")
SCAN = "kdoctor scan a.py --target tensorflow==2.21"
COMMAND = f"{sys.executable} -m {SCAN}"


def shell(script: str) -> str:
    return f"bash -c '{script}'"


def devices_stand(world: World, result: Result) -> None:
    assert os.path.islink("/dev/stdout")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def is_report(path: str) -> Callable[[World, Result], None]:
    """That a file holds the whole report, and is a file of its own."""

    def then(world: World, result: Result) -> None:
        place = world.folder / path
        assert not place.is_symlink()
        assert json.loads(place.read_text(encoding="utf-8"))["schema"].startswith("kdoctor.report/")
        assert not [name for name in os.listdir(place.parent) if name.endswith((".tmp", ".part"))]

    return then


def goes(name: str, run: str, path: str, *given: Given, says: Sequence[str] = ()) -> Case:
    return Case(f"output: {name}", run, 0, [CODE, *given], says, then=is_report(path))


def untouched(name: str, path: str, *given: Given) -> Case:
    """The report replaces a link; where the link leads, nothing changes."""

    def then(world: World, result: Result) -> None:
        assert (world.folder / "victim").read_text() == "mine\n"
        is_report(path)(world, result)

    return Case(f"output: {name}", f"{SCAN} -o json=out.json", 0, [CODE, file("victim", "mine\n"), *given], then=then)


def streamed(name: str, script: str) -> Case:
    """A script that leaves the report in work/result."""
    return goes(name, shell(script), "work/result")


def refused(name: str, output: str, *says: str, code: int = 2, given: Sequence[Given] = ()) -> Case:
    return Case(f"output: {name}", f"{SCAN} -o {output}", code, [CODE, *given], says, within=10)


CASES = [
    goes("a file", f"{SCAN} -o json=out.json", "work/out.json"),
    goes("a file that is there", f"{SCAN} -o json=out.json", "work/out.json", file("work/out.json", "old")),
    goes("a file called -", f"{SCAN} -o json=./-", "work/-"),
    goes("a name with blanks", f'{SCAN} -o "json=a b.json"', "work/a b.json"),
    goes("an absolute path", f"{SCAN} -o json={{folder}}/out.json", "out.json"),
    untouched("a planted link", "work/out.json", link("work/out.json", "../victim")),
    untouched("a chain of planted links", "work/out.json", link("work/b", "../victim"), link("work/out.json", "b")),
    untouched("a dangling link", "work/out.json", link("work/out.json", "../none")),
    untouched("a link to itself", "work/out.json", link("work/out.json", "out.json")),
    untouched("a link to a device", "work/out.json", link("work/out.json", "/dev/null")),
    untouched("a link to a FIFO", "work/out.json", fifo("pipe"), link("work/out.json", "../pipe")),
    untouched("a link to a folder", "work/out.json", folder("other"), link("work/out.json", "../other")),
    streamed("/dev/stdout into a pipe", f'{COMMAND} -q --format plain -o json=/dev/stdout | sed "/^}}/q" > result'),
    streamed("/dev/fd/3", f"{COMMAND} -o json=/dev/fd/3 3> result"),
    streamed("/proc/self/fd/3", f"{COMMAND} -o json=/proc/self/fd/3 3> result"),
    streamed("/dev/stderr into a file", f"{COMMAND} -o json=/dev/stderr 2> result"),
    streamed(
        "a program of the shell",
        f"{COMMAND} -o json=>(cat > result); for i in 1 2 3 4 5; do [ -s result ] || sleep 0.2; done",
    ),
    streamed("a FIFO with a reader", f"mkfifo p; cat p > result & {COMMAND} -o json=p; wait"),
    Case("output: /dev/null", f"{SCAN} -o json=/dev/null", 0, [CODE], then=devices_stand),
    Case("output: /dev/full", f"{SCAN} -o json=/dev/full", 4, [CODE], ["No space left"]),
    Case(
        "output: /dev/stdout that is a file keeps what stands there",
        shell(f"echo before > result; {COMMAND} -q --format plain -o json=/dev/stdout >> result; head -1 result"),
        0,
        [CODE],
        ["before"],
        then=devices_stand,
    ),
    Case(
        "output: a descriptor that is not open",
        f"{SCAN} -o json=/dev/fd/77",
        4,
        [CODE],
        ["/dev/fd/77 could not be written"],
    ),
    Case(
        "output: /dev/stdin that is a file",
        shell(f"echo mine > in; {COMMAND} -o json=/dev/stdin < in; echo $?; cat in"),
        0,
        [CODE],
        ["could not be written", "4\nmine"],
    ),
    refused("a dash", "json=-", "--format json", "json=./-"),
    refused("a dash as SARIF", "sarif=-", "--format sarif"),
    refused("no format", "out.json", "--output json=out.json"),
    refused("no file", "json=", "--output"),
    refused("a format that is none", "yaml=x", "yaml", "json"),
    refused("a folder that does not exist", "json=none/x.json", "does not exist"),
    refused("a folder", "json=.", "could not be written", code=4),
    refused("a folder that is a file", "json=a.py/x.json", "does not exist"),
    refused("a name that is too long", f"json={'a' * 300}", "could not be written", code=4),
    refused("a place in /proc", "json=/proc/version", "could not be written", code=4),
]
