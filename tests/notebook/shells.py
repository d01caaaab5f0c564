"""IPython's shells as far as kdoctor looks at them, without IPython."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Optional

import pytest


class Publisher:
    """What a front end was told to show, and to show in its place."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []

    def publish(
        self,
        data: dict[str, Any],
        metadata: Optional[dict[str, Any]] = None,
        *,
        transient: dict[str, str],
        update: bool = False,
    ) -> None:
        identifier = transient["display_id"]
        assert update == (identifier in self.shown), "the first is shown, the others take its place"
        self.shown[identifier] = data
        self.history.append(data)


class Shell:
    """A shell, of a kernel unless it is said to be a terminal's."""

    def __init__(self, *inputs: str, kernel: bool = True) -> None:
        self.kernel = object() if kernel else None
        self.user_ns: dict[str, Any] = {}
        self.display_pub = Publisher()
        self.execution_count = max(len(inputs), 1)
        self.history_manager = SimpleNamespace(input_hist_raw=["", *inputs])
        self.compile = SimpleNamespace(format_code_name=self._cell_of)
        self.magics: dict[str, Callable[[str], None]] = {}

    def _cell_of(self, name: str) -> Optional[tuple[str, str]]:
        return ("Cell", f"In[{name[5:-1]}]") if name.startswith("<cell") else None

    def run(self, number: int) -> None:
        """Runs a cell as the shell does: an exception is kept in ``sys``, and its lines can be read."""
        text = self.history_manager.input_hist_raw[number]
        name = f"<cell{number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        try:
            exec(compile(text, name, "exec"), self.user_ns)
        except Exception as error:
            sys.last_value = error

    def register_magic_function(self, function: Callable[[str], None], magic_kind: str, magic_name: str) -> None:
        assert magic_kind == "line"
        self.magics[magic_name] = function


def enter(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Shell:
    """Make it the shell that runs this process."""
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return shell
