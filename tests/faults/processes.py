"""Interpreters, imports and checks that hang, talk without end, leave processes, or run on a machine in trouble."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from typing import Any, Callable

from tests.faults.case import Case, Given, Result, World, fake, file

FACTS = "kdoctor --no-canaries --python {work}/py"
CHECK = "kdoctor --no-cache --python {fake} --only rnn-stateful-carry,rnn-batch-input-shape"
AS_JSON = f"{CHECK} --format json"
FAKE = {"FAKE": "{fake}"}
EXECUTE = 'exec "$FAKE" "$@"'


def wrapper(*lines: str) -> Given:
    """An interpreter ``py`` that is a shell script."""
    return file("work/py", "\n".join(["#!/bin/sh", *lines, ""]), 0o755)


def in_a_check(world: World) -> None:
    """A NumPy that executes FAULT_CHECK: each check imports it first, and then needs more than the fake Keras has."""
    (world.site / "numpy").mkdir()
    (world.site / "numpy" / "__init__.py").write_text("import os\nexec(os.environ.get('FAULT_CHECK', ''))\n")


def code(variable: str, *lines: str) -> dict[str, str]:
    """A variable that holds this program."""
    return {variable: "\n".join(lines).replace("{", "{{").replace("}", "}}")}


def tensorflow(*lines: str) -> dict[str, str]:
    """What the import of TensorFlow executes; the one of Keras works."""
    return code("FAULT_TF", *lines)


def keras(*lines: str) -> dict[str, str]:
    """What every import executes."""
    return code("FAULT_KERAS", *lines)


def check(*lines: str) -> dict[str, str]:
    """What every check executes."""
    return code("FAULT_CHECK", *lines)


def outcomes(
    outcome: str, says: str = "", failures: str = "", stack: str = "tf.keras"
) -> Callable[[World, Result], None]:
    """Both checks have this outcome on the stack, with these words; and these stand in what was not finished."""

    def hold(world: World, result: Result) -> None:
        examination: Mapping[str, Any] = json.loads(result.out)["environments"][0]
        rows = [row for row in examination["canaries"] if row["stack"] == stack]
        assert rows
        assert {row["outcome"] for row in rows} == {outcome}, rows
        assert says in " ".join(row["message"] for row in rows), rows
        assert failures in " ".join(examination["failures"]), examination["failures"]
        assert bool(failures) == bool(examination["failures"]), examination["failures"]

    return hold


RAN = outcomes("raises", "AttributeError: module 'numpy'")
"""What a check that nothing disturbs does in the fake environment."""
NOT_RUN = outcomes("not-run", failures="checks were not run")


# ------------------------------------------------------------------------------------------------------- interpreters


def answered(name: str, *lines: str, customise: str = "pass", **more: Any) -> Case:
    """An interpreter that answers, whatever else it does."""

    def customised(world: World) -> None:
        (world.site / "sitecustomize.py").write_text(customise)

    given = [fake(), customised, wrapper(*lines, EXECUTE)]
    return Case(f"python: {name}", FACTS, 0, given, environ=FAKE, **{"within": 8, "memory_bytes": 2**30, **more})


def refused(name: str, *lines: str, says: str = "does not answer", **more: Any) -> Case:
    """An interpreter that does not."""
    return Case(f"python: {name}", FACTS, 3, [wrapper(*lines)], says=[says], within=8, memory_bytes=2**30, **more)


def late(name: str, *lines: str) -> Case:
    """The same after all of its time, which it has once more without PYTHONPATH."""
    said = {"says": ["did not answer within 20 seconds"], "within": 50, "memory_bytes": 2**30}
    return Case(f"python: {name}", FACTS, 3, [wrapper(*lines)], thorough=True, **said)  # type: ignore[arg-type]


def garbled(name: str, says: str) -> Case:
    """The answer itself is none."""
    case = answered(f"its answer is {name}", customise=f"import json\njson.dumps = lambda *a, **k: {says}")
    return Case(case.name, FACTS, 3, case.given, says=["does not answer"], environ=FAKE)


DAEMON = "import subprocess; subprocess.Popen(['sleep', '300'], start_new_session=True)"
INTERPRETERS = [
    answered("a daemon holds the pipe", "setsid sleep 300 &"),
    answered("a child in the background", "sleep 300 &"),
    answered("a daemon of a daemon", "(setsid sleep 300 &) &"),
    answered("a daemon with other variables", "env -i setsid sleep 300 &"),
    answered("a shell that goes on", '"$FAKE" "$@"', "sleep 300"),
    answered("a banner", "echo Loading module tensorflow"),
    answered("bytes that are no text", "head -c 100000 /dev/urandom"),
    answered("600 MB of short lines on stderr", "yes | head -c 600000000 >&2"),
    answered("a long line on stderr", "head -c 300000000 /dev/zero >&2"),
    answered("sitecustomize starts a daemon", customise=DAEMON),
    answered(
        "a thread never ends",
        customise="import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()",
    ),
    answered("an exit handler never ends", customise="import atexit, time\natexit.register(time.sleep, 300)"),
    answered("signals are ignored", customise="import signal\nfor n in 1, 2, 3, 15: signal.signal(n, signal.SIG_IGN)"),
    answered(
        "its own children are not waited for", customise="import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    ),
    refused("yes", "exec yes", says="16 MiB"),
    refused("a gigabyte of one line", "exec head -c 1000000000 /dev/zero", says="16 MiB"),
    refused("its output is closed", "exec >&- 2>&-", "sleep 300"),
    refused("only a daemon is left", "setsid sleep 300 &"),
    refused("last words", "echo no licence >&2", "exit 4", says="no licence"),
    refused("last words after many", "yes | head -c 100000000 >&2", "echo no licence >&2", "exit 4", says="no licence"),
    refused("a signal", "kill -SEGV $$", says="signal 11"),
    late("it hangs", "exec sleep 300"),
    late("it stops itself", "kill -STOP $$"),
    refused("only complaints", "exec yes >&2"),
    late("complaints without end", "yes >&2"),
    garbled("no JSON", "'{'"),
    garbled("no table", "'[]'"),
    garbled("too deep", "'[' * 100000"),
]

# ------------------------------------------------------------------------------------------- interpreters with wrapper

NEEDS_IT = {**FAKE, "EXTRA": "{work}/extra", **tensorflow("import onlythere")}


def wrapped(name: str, *lines: str, **more: Any) -> Case:
    """The import finds a module only with the variable that the wrapper sets."""
    run = "kdoctor --no-cache --python {work}/py --only rnn-stateful-carry --format json"
    given = [fake(), in_a_check, file("work/extra/onlythere.py"), wrapper(*lines)]
    return Case(f"wrapper: {name}", run, 0, given, environ=NEEDS_IT, never=["KD090"], then=RAN, **more)


THROUGH = 'PYTHONPATH="$EXTRA" exec "$FAKE" "$@"'
WRAPPERS = [
    wrapped("it sets PYTHONPATH", THROUGH),
    wrapped("it exports and waits", 'export PYTHONPATH="$EXTRA"', '"$FAKE" "$@"'),
    wrapped("it says things", "echo loading", "echo loading >&2", THROUGH),
    wrapped("it starts a daemon", "setsid sleep 300 &", THROUGH),
    Case(
        "wrapper: without it the import fails",
        CHECK,
        1,
        [fake(), file("work/extra/onlythere.py")],
        environ=NEEDS_IT,
        says=["KD090", "onlythere"],
    ),
]

# ------------------------------------------------------------------------------------------------------------- endings

HANGING = {
    "the import sleeps": keras("import time; time.sleep(300)"),
    "the import is busy": keras("while True: pass"),
    "the import has a daemon": keras(DAEMON, "import time; time.sleep(300)"),
    "the import ignores signals": keras(
        "import signal, time", "for n in 1, 2, 3, 15: signal.signal(n, signal.SIG_IGN)", "time.sleep(300)"
    ),
    "a check sleeps": check("import time; time.sleep(300)"),
    "a check has a daemon": check(DAEMON, "import time; time.sleep(300)"),
}
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGQUIT": 131, "SIGKILL": -9, "SIGSEGV": -11}
FAST_ENDINGS = (
    "SIGINT while the import is busy",
    "SIGINT while a check sleeps",
    "SIGTERM while a check has a daemon",
    "SIGKILL while the import has a daemon",
)


def ending(name: str, what: str, run: str, given: list[Given], environ: Mapping[str, str], after: float = 1.5) -> Case:
    """The command gets a signal. That nothing of it is left is checked of every case."""
    title = f"{name} while {what}"
    fast = title in FAST_ENDINGS or "interpreter" in what
    number = getattr(signal, name)
    partial = name == "SIGINT" and run is CHECK  # what was seen until then is reported
    return Case(
        f"ending: {title}",
        run,
        4 if partial else SIGNALS[name],
        given,
        says=["Ctrl-C ended the run"] if partial else [],
        environ=environ,
        signal=number,
        signal_after=after,
        within=after + 4,
        thorough=not fast,
    )


ENDINGS = [
    *(
        ending(name, what, CHECK, [fake(), in_a_check], environ)
        for name in SIGNALS
        for what, environ in HANGING.items()
    ),
    *(
        ending(name, "an interpreter hangs", FACTS, [wrapper("setsid sleep 300 &", "exec sleep 300")], {}, after=0.7)
        for name in SIGNALS
    ),
]

# --------------------------------------------------------------------------------------------- trouble of the machine


def trouble(what: str, *lines: str, **more: Any) -> list[Case]:
    """The same in the import and in a check: nothing was learned of either, and no finding comes of it."""
    inside = {"never": ["KD090"], "then": NOT_RUN, **more}
    return [
        Case(f"machine: {what}, in the import", AS_JSON, 4, [fake()], environ=tensorflow(*lines), **inside),
        Case(f"machine: {what}, in a check", AS_JSON, 4, [fake(), in_a_check], environ=check(*lines), **inside),
    ]


def limited(name: str, environ: Mapping[str, str], exit: int, **more: Any) -> Case:  # noqa: A002
    """One that uses up what it is given."""
    return Case(f"limit: {name}", AS_JSON, exit, [fake(), in_a_check], environ=environ, memory_bytes=2**36, **more)


SIX_GIB = "hoard = bytearray(6 * 2**30)"
BIT_BY_BIT = "hoard = []\nwhile True: hoard.append(bytearray(2**26))"
A_FILE = "f = open('x', 'wb', 0)\nwhile True: f.write(bytes(2**24))"
NO_CHILDREN = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
TOO_MUCH = {"says": ["KD090", "more than 4 GiB of memory"]}
CRASHED = outcomes("crashes", "more than 4 GiB of memory")
MACHINE = [
    *(
        case
        for name in ("ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EAGAIN")
        for slow in [name != "ENOSPC"]
        for error in [f"OSError(errno.{name}, os.strerror(errno.{name}))"]
        for case in [
            *trouble(name, "import errno, os", f"raise {error}", thorough=slow),
            *trouble(
                f"{name} behind another error",
                "import errno, os",
                "try:",
                f" raise {error}",
                "finally: 1 / 0",
                thorough=slow,
            ),
            *trouble(
                f"{name} in words", "import errno, os", f"raise RuntimeError('gone: ' + os.strerror(errno.{name}))"
            ),
        ]
    ),
    *trouble("descriptors used up", "while True: os.open('/dev/null', os.O_RDONLY)"),
    *trouble("no further thread", 'raise RuntimeError("can\'t start new thread")'),
    *trouble("less memory than a check may use", "hoard = bytearray(2 * 2**30)", memory_bytes=2**30),
    limited("an import takes 6 GiB", tensorflow(SIX_GIB), 1, **TOO_MUCH),
    limited("an import fills the memory", tensorflow(BIT_BY_BIT), 1, within=60, thorough=True, **TOO_MUCH),
    limited("a check takes 6 GiB", check(SIX_GIB), 0, then=CRASHED),
    limited("a check fills the memory", check(BIT_BY_BIT), 0, then=CRASHED, within=60, thorough=True),
    limited("an import writes without end", tensorflow(A_FILE), 1, says=["KD090", "File too large"], thorough=True),
    limited("a check writes without end", check(A_FILE), 0, then=outcomes("raises", "File too large"), thorough=True),
    Case(
        "machine: the import ignores children", AS_JSON, 0, [fake(), in_a_check], environ=keras(NO_CHILDREN), then=RAN
    ),
    Case(
        "machine: whoever starts kdoctor ignores children",
        f"sh -c \"trap '' CHLD; {sys.executable} -m {AS_JSON}\"",
        0,
        [fake(), in_a_check],
        then=RAN,
    ),
]

# ------------------------------------------------------------------------------------- results that are disturbed


def event(kind: str, **fields: object) -> str:
    """A forged line, as an expression."""
    return repr((json.dumps({"event": kind, **fields}) + "\n").encode())


FORGED = {"slug": "rnn-stateful-carry", "outcome": "works", "message": "", "seconds": 1, "output": ""}
WRITTEN = {
    "words": "b'hello\\n'",
    "bytes that are no text": "b'\\xff\\xfe\\x00\\n'",
    "a number": "b'7\\n'",
    "nothing but a table": "b'{}\\n'",
    "a deep list": "b'[' * 50000 + b'\\n'",
    "a line without end": "bytes(2**25)",
    "an unknown event": event("surprise"),
    "an unknown stack": event("unavailable", stack="nosuch", message="", output="", trouble=False),
    "a stack of another": event("unavailable", stack="tf.keras+legacy", message="", output="", trouble=False),
    "an unknown implementation": event("available", stack="tf.keras", implementation="keras9", pinned=[]),
    "a table for a text": event("unavailable", stack="tf.keras", message={}, output="", trouble=False),
    "a result of what is not running": event("result", stack="keras", **FORGED),
    "an early end": event("done"),
    "an early end of the import": event("imported", seconds=1),
}
COMMON = ("words", "bytes that are no text", "an early end", "a result of what is not running")
EVERYWHERE = ("for n in range(3, 64):", " try: os.write(n, {})", " except OSError: pass")


def everywhere(data: str) -> tuple[str, ...]:
    """Writes to every descriptor but the standard ones."""
    return tuple(line.replace("{}", data, 1) for line in EVERYWHERE)


def intact(name: str, environ: Mapping[str, str], **more: Any) -> Case:
    """Nothing is lost by it."""
    return Case(f"disturbed: {name}", AS_JSON, 0, [fake(), in_a_check], environ=environ, **{"then": RAN, **more})


def lost(name: str, environ: Mapping[str, str], failures: str, **more: Any) -> Case:
    """The report arrives, and says what was not run."""
    then = outcomes("not-run", failures=failures)
    return Case(f"disturbed: {name}", AS_JSON, 4, [fake(), in_a_check], environ=environ, then=then, **more)


REMOVES = "import shutil; shutil.rmtree(os.environ['TMPDIR'])"
UNANSWERED = outcomes("crashes", "without an answer")
GARBAGE = [
    *(
        lost(f"the import writes {what}", tensorflow(*everywhere(data)), "disturbed", thorough=what not in COMMON)
        for what, data in WRITTEN.items()
    ),
    *(
        lost(
            f"a thread writes {what}",
            tensorflow(
                "import threading, time",
                "def f():",
                " while True:",
                *("  " + line for line in everywhere(data)),
                "threading.Thread(target=f, daemon=True).start()",
                "time.sleep(0.3)",
            ),
            "disturbed",
            thorough=True,
        )
        for what, data in WRITTEN.items()
    ),
    *(
        lost(f"a check writes {what}", check(*everywhere(data)), "disturbed by", thorough=True)
        for what, data in WRITTEN.items()
    ),
    intact("the import removes the temporary folder", keras(REMOVES)),
    lost("a check removes the temporary folder", check(REMOVES), "was removed"),
    intact(
        "the import replaces json.dumps", keras("import json; json.dumps = json.JSONEncoder.encode = lambda *a: 'x'")
    ),
    intact("a check replaces json.dumps", check("import json; json.dumps = json.JSONEncoder.encode = lambda *a: 'x'")),
    lost("the import closes every descriptor", tensorflow("os.closerange(0, 1024)"), "checks were not run"),
    intact("a check closes every descriptor", check("os.closerange(0, 1024)"), then=UNANSWERED),
    intact("a child of a check holds its pipe", check("import time", "if not os.fork(): time.sleep(300)")),
    intact("a check starts a daemon", check(DAEMON)),
    intact("the import starts a daemon", keras(DAEMON)),
    intact("a daemon without variables", keras(DAEMON.replace("start", "env={}, start"))),
    intact(
        "a check kills the worker",
        check("import time", "os.kill(os.getppid(), 9)", "time.sleep(300)"),
        then=outcomes("crashes", "SIGKILL"),
    ),
    intact(
        "the import ignores signals",
        keras("import signal", "for n in 1, 2, 3, 15, 17: signal.signal(n, signal.SIG_IGN)"),
    ),
]

# ----------------------------------------------------------------------------------------------------------- deadlines

SLEEPS = "import time; time.sleep(300)"
DEADLINES = [
    Case(
        "deadline: longer imports",
        f"{AS_JSON} --timeout 0.5",
        0,
        [fake(), in_a_check],
        environ=tensorflow("import time; time.sleep(6)"),
        then=RAN,
    ),
    Case(
        "deadline: of each check",
        f"{AS_JSON} --timeout 0.2",
        0,
        [fake(), in_a_check],
        environ=check(SLEEPS),
        then=outcomes("times-out"),
    ),
    Case(
        "deadline: of a check that closed every descriptor",
        f"{AS_JSON} --timeout 0.2",
        0,
        [fake(), in_a_check],
        environ=check("os.closerange(0, 1024)", SLEEPS),
        then=outcomes("times-out"),
    ),
    Case(
        "deadline: of the run",
        "kdoctor --no-cache --python {fake} --all --timeout 0.1",
        4,
        [fake(), in_a_check],
        environ=check(SLEEPS),
        says=["the deadline of the whole run"],
    ),
    Case(
        "deadline: the import never ends",
        CHECK,
        4,
        [fake()],
        environ=tensorflow(SLEEPS),
        says=["did not end within 180 s"],
        within=200,
        thorough=True,
    ),
    Case(
        "deadline: the process that runs the checks is stopped",
        f"{AS_JSON} --timeout 1",
        4,
        [fake(), in_a_check],
        environ=check("os.kill(os.getppid(), 19)", SLEEPS),
        then=NOT_RUN,
        thorough=True,
        within=90,
    ),
]

CASES = [*INTERPRETERS, *WRAPPERS, *ENDINGS, *MACHINE, *GARBAGE, *DEADLINES]
