"""The shell that runs this process, if there is one; IPython is looked for and never imported."""

from __future__ import annotations

import sys
from typing import Any, Optional


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
