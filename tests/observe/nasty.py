"""Canaries that do their worst."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab


def nasty_works(lab: Lab) -> None:
    """A canary that has nothing to complain of."""
    lab.true(lab.keras.backend.floatx() == "float32", "floatx was not pinned")
    lab.seen.append("two and two: right")


def nasty_aborts(lab: Lab) -> None:
    """A canary that calls abort."""
    os.abort()


def nasty_sleeps(lab: Lab) -> None:
    """A canary that never ends."""
    print("about to sleep", flush=True)
    time.sleep(3600)


def nasty_fills_memory(lab: Lab) -> None:
    """A canary that allocates without end."""
    hoard = []
    while True:
        hoard.append(bytearray(64 * 2**20))


def nasty_prints_rubbish(lab: Lab) -> None:
    """A canary that writes rubbish to every descriptor that it is given."""
    os.write(1, b'{"event": "result"}\n\xff\xfe\x00' * 2000)
    os.write(2, b"\x00\x01[31m" * 2000)
    sys.stdout.write("text without an end")
    lab.true(False, "rubbish was written")


def nasty_is_killed(lab: Lab) -> None:
    """A canary whose interpreter is killed from outside."""
    os.kill(os.getpid(), signal.SIGKILL)


def nasty_kills_the_worker(lab: Lab) -> None:
    """A canary that kills the process which runs canaries."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def nasty_kills_one_worker(lab: Lab) -> None:
    """A canary that kills the process which runs it on one stack."""
    if lab.is_keras_3 == (os.environ["KILLED"] == "tf.keras"):
        nasty_kills_the_worker(lab)


def nasty_says_its_variable(lab: Lab) -> None:
    """A canary that says which value the variable has here."""
    lab.seen.append(str(os.environ.get("TF_USE_LEGACY_KERAS")))
    lab.true(os.environb.get(b"TF_USE_LEGACY_KERAS", b"None").decode() == lab.seen[0], "two values")
    lab.true(type(vars(os.environ)["_data"]) is dict, "the variables are watched")


def nasty_fails_without_legacy(lab: Lab) -> None:
    """A canary of something that legacy Keras brings back."""
    lab.true(not lab.is_keras_3, "Keras 3 lost it")


def nasty_needs_onednn(lab: Lab) -> None:
    """A canary whose numbers are right with oneDNN only."""
    lab.true(os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0", "off")


def nasty_exits(lab: Lab) -> None:
    """A canary that ends the interpreter politely."""
    sys.exit(0)


def nasty_raises(lab: Lab) -> None:
    """A canary that raises, with colours and more words than anyone reads."""
    raise ValueError("\x1b[1mbold\x1b[0m " + "word " * 2000)


def nasty_skips(lab: Lab) -> None:
    """A canary that does not apply."""
    lab.skip("never had it")


def nasty_needs_a_package(lab: Lab) -> None:
    """A canary that needs what is not there."""
    lab.optional("no_such_module_anywhere", "no-such-distribution")


CANARIES = (
    nasty_works,
    nasty_aborts,
    nasty_sleeps,
    nasty_fills_memory,
    nasty_prints_rubbish,
    nasty_is_killed,
    nasty_kills_the_worker,
    nasty_exits,
    nasty_raises,
    nasty_skips,
    nasty_needs_a_package,
)
