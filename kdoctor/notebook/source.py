"""The shell that runs this process, this notebook's cells, found without asking anybody, and what they use.

IPython is looked for and never imported.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from kdoctor.errors import UsageError
from kdoctor.files import MOST_CODE, Unreadable, read

if TYPE_CHECKING:
    from kdoctor.code import Usage

SAVED = "as last saved"
SHOWN = "as it stands"
RUN = "as run so far"
THIS_NOTEBOOK = "this notebook"
_COLAB_SECONDS = 5


class Source(NamedTuple):
    """A notebook's bytes."""

    name: str  # the file's name, to stand in the report
    data: bytes
    read: str  # which state of the cells this is, in words


class Reading(NamedTuple):
    """What the cells use."""

    usage: Usage
    name: str
    read: str
    runs: Mapping[int, int] = {}
    """By the position of a cell, the number in ``In [3]`` under which it ran last in this kernel."""


def shell() -> Optional[Any]:
    """IPython's shell, in a terminal or in a notebook; None in plain Python."""
    try:
        get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
        return get_ipython() if callable(get_ipython) else None
    except Exception:  # another module under that name, or an IPython that is half imported
        return None


def kernel_shell() -> Optional[Any]:
    """The shell of a notebook's kernel, whose front end shows HTML; None in a terminal."""
    found = shell()
    return found if getattr(found, "kernel", None) is not None else None


def inputs(found: Any) -> list[str]:
    """The cells that were run in a shell, as they were typed; the position is the number in ``In [3]``."""
    history = getattr(found, "history_manager", None)
    return [text if isinstance(text, str) else "" for text in getattr(history, "input_hist_raw", ())]


def read_this_notebook(notebook: Optional[str] = None) -> Optional[Reading]:
    """What the notebook that runs in this process uses; None where it cannot be found or uses nothing of Keras.

    Args:
        notebook: the file, where it is known; then it is read whatever runs here.

    Raises:
        UsageError: there is no such file.
    """
    source = _file(notebook) if notebook is not None else find()
    if source is None:
        return None
    from kdoctor import rules
    from kdoctor.code import scan

    usage = scan(("-",), rules=rules.all_rules(), stdin=source.data, stdin_name=source.name)
    if notebook is None and not usage.uses:
        return None  # an empty notebook, or one that was never saved: nothing follows from it
    return Reading(usage, source.name, source.read, {} if source.read == RUN else _runs(source.data))


def _runs(notebook: bytes) -> dict[int, int]:
    """The cells that ran in this kernel as they stand in the notebook."""
    ran = {text.strip(): number for number, text in enumerate(inputs(shell())) if text.strip()}
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        sources = (cell["source"] for cell in json.loads(notebook)["cells"])
        texts = [source if isinstance(source, str) else "".join(source) for source in sources]
        return {place: ran[text.strip()] for place, text in enumerate(texts, 1) if text.strip() in ran}
    return {}


def find() -> Optional[Source]:
    """The cells of the notebook that runs in this process: its file, what Colab shows, or what was run so far."""
    here = shell()
    if here is None:
        return None
    for path in (getattr(here, "user_ns", {}).get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(path, str) and path.endswith(".ipynb") and os.path.isfile(path):
            with suppress(Unreadable):
                return Source(os.path.basename(path), read(path, MOST_CODE), SAVED)
    shown = _from_colab()
    if shown is not None:
        return shown
    ran = inputs(here)
    cells = [{"cell_type": "code", "metadata": {}, "source": text} for text in ran[1:]]
    data = json.dumps({"cells": cells, "nbformat": 4}).encode()
    return Source(THIS_NOTEBOOK, data, RUN) if any(text.strip() for text in ran) else None


def _file(path: str) -> Source:
    given = os.path.expanduser(os.fspath(path))
    if not os.path.isfile(given):
        raise UsageError(f'There is no notebook {path} (looked for in {os.getcwd()}). Give its path: notebook="...".')
    try:
        return Source(os.path.basename(given), read(given, MOST_CODE), SAVED)
    except Unreadable:
        raise UsageError(f"The notebook {path} cannot be read.") from None


def _from_colab() -> Optional[Source]:
    """The notebook as Colab's page shows it; only the main thread can wait for the page's answer."""
    message = sys.modules.get("google.colab._message")
    if message is None or threading.current_thread() is not threading.main_thread():
        return None
    with suppress(Exception):  # a page that does not answer, or answers otherwise, in whatever way
        answer: Any = message.blocking_request("get_ipynb", request="", timeout_sec=_COLAB_SECONDS)
        notebook = answer["ipynb"]
        if isinstance(notebook, dict) and isinstance(notebook.get("cells"), list):
            return Source(THIS_NOTEBOOK, json.dumps(notebook).encode(), SHOWN)
    return None
