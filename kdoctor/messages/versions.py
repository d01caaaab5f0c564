"""Which releases a text names, and which Keras its paths and names belong to."""

from __future__ import annotations

import re
from typing import Optional

from kdoctor.words import Implementation

_NUMBER = r"v?(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:rc|a|b|\.dev)\d{1,8})?)(?![\w])"
_NAMED = re.compile(
    r"(?<![\w./-])(tensorflow(?:[-_](?:cpu|gpu|macos|intel|hub))?|tf[-_]keras|keras|numpy|jax|torch|protobuf|python|tf|np)"
    r"(?:\.__version__\)?\s*\n\s*|(?:\.__version__|\.version\.VERSION)?(?: version)?(?:\s*(?:==|[:=]|is|\s)\s*))"
    rf"[\"']?{_NUMBER}",
    re.IGNORECASE,
)
_PYTHON_PATH = re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]")
_ABOUT = re.compile(r"keras|tensorflow|\btf\.\w", re.IGNORECASE)
_MARKS = {
    Implementation.TF_KERAS: re.compile(r"\btf_keras[./\\](?:src|api|engine)\b"),
    Implementation.KERAS_3: re.compile(
        r"\bkeras[./\\]_tf_keras\b|(?<!tf_)\bkeras[./\\]src[./\\](?:trainers|ops|backend|legacy|models|random"
        r"|callbacks[./\\]callback_list|layers[./\\](?:layer|core))\b(?!\.py)|KerasTensor shape="
        r"|\bkeras[./\\]api[./\\](?!_v)\w|\bKeras 3\b"
    ),
    Implementation.KERAS_2: re.compile(
        r"(?<!tf_)\bkeras[./\\](?:src[./\\])?engine[./\\]|\bkeras[./\\]api[./\\]_v[12]\b"
    ),
}
_ABSENT = re.compile(r"No module named '[\w.]+'|parent module \S+ cannot|'(?:module|registered_name)': '[\w.]+'")
"""Modules that are not there, or that a file names: the Keras that speaks is another one."""
_DISTRIBUTIONS = {"tf": "tensorflow", "np": "numpy", "tensorflow-hub": "tensorflow-hub"}


class Versions:
    """Which releases the lines of a text name, and which Keras; the first mention of a package counts."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self.about = False
        self._seen: set[Implementation] = set()
        self._before = ""

    def read(self, line: str) -> None:
        """Take what one line has."""
        asked, self._before = self._before, ""
        if not asked and not _MENTIONS.search(line):
            return
        self.about = self.about or bool(_ABOUT.search(line))
        there = _ABSENT.sub("", line)
        self._seen.update(one for one, mark in _MARKS.items() if one not in self._seen and mark.search(there))
        for found in _PYTHON_PATH.finditer(line[:1_000]):
            self.named.setdefault("python", found.group(1))
        for found in _NAMED.finditer(f"{asked}\n{line[:1_000]}" if asked else line[:1_000]):
            name = found.group(1).lower().replace("_", "-")
            name = _DISTRIBUTIONS.get(name, "tensorflow" if name.startswith("tensorflow") else name)
            self.named.setdefault(name, found.group(2))
        self._before = line[-80:] if "__version__" in line else ""

    @property
    def implementation(self) -> Optional[Implementation]:
        """The Keras that shows, where it is one."""
        if self._seen:
            return next(iter(self._seen)) if len(self._seen) == 1 else None
        keras = self.named.get("keras", "")
        minor = re.match(r"2\.(\d+)", self.named.get("tensorflow", ""))
        if not keras and not minor:
            return Implementation.TF_KERAS if "tf-keras" in self.named else None
        is_2 = keras.startswith("2.") if keras or not minor else int(minor.group(1)) < 16
        return Implementation.KERAS_2 if is_2 else Implementation.KERAS_3


_MENTIONS = re.compile("tensorflow|keras|numpy|jax|torch|protobuf|tf|np|python", re.IGNORECASE)
