"""The command: ``kdoctor`` and ``python -m kdoctor``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn, Optional

_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT")
"""A cancelled build, a closed terminal, Ctrl-\\; a Ctrl-C is Python's own KeyboardInterrupt."""


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        # Here, for each of them may be missing, broken or shadowed; that is no finding, and 1 is for findings.
        import gc
        import signal
        import warnings

        gc.disable()  # it takes a twentieth of a short run and finds nothing; whoever reads code turns it on again

        # PYTHONWARNINGS is for the program that is examined, which gets it; warnings of our libraries are no errors.
        warnings.simplefilter("ignore")
        for name in _ENDING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored: so it stays
                signal.signal(number, _end)
        if hasattr(signal, "SIGCHLD"):  # a parent may ignore it: then nobody learns how a child of ours ended
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        from kdoctor.cli import run

        code = run()
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = _cannot_run(error)
    sys.exit(code)


def _cannot_run(error: Exception) -> int:
    import os

    from kdoctor.errors import shadows_of

    if os.environ.get("KDOCTOR_DEBUG"):
        sys.excepthook(type(error), error, error.__traceback__)
    try:
        os.getcwd()
    except OSError:  # the newest Pythons import nothing there
        sys.stderr.write("kdoctor: The working directory does not exist any more. Change to another.\n")
        return 2
    why = shadows_of(error)
    if not why:
        why = f"it cannot run here, because a library that it needs is broken ({type(error).__name__}: {error})."
        if isinstance(error, ModuleNotFoundError):
            why = f"it cannot run here, because the package {error.name} is not installed."
        why += f' Install kdoctor again: "{sys.executable}" -m pip install --force-reinstall keras-doctor'
    sys.stderr.write("".join(one if one.isprintable() else "\ufffd" for one in f"kdoctor: {why}") + "\n")
    return 4


def _end(number: int, frame: Optional[FrameType]) -> NoReturn:
    """Whoever asks the command to end leaves no process and no half-written file behind."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
