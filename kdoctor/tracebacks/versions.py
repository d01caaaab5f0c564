"""Which releases a text names, and which Keras its paths and names belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Optional

from kdoctor.model import Implementation

_NAME = (
    r"tensorflow(?:[-_](?:cpu|gpu|macos|intel))?|tf[-_]keras|keras|numpy|jax|torch|protobuf|tensorflow[-_]hub|python"
)
_NUMBER = r"v?(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:rc|a|b|\.dev)\d{1,8})?)(?![\w])"
_NAMED = re.compile(
    rf"(?<![\w./-])(?P<name>{_NAME}|tf)(?:\.__version__|\.version\.VERSION)?(?: version)?"
    rf"(?:\s{{0,40}}(?:==|[:=]|is|\s)\s{{0,3}})[\"']?{_NUMBER}",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(tf|tensorflow|keras|tf_keras|np|numpy)\.__version__\)?\s*$")
_ANSWER = re.compile(rf"[\"']?{_NUMBER}[\"']?\s*$")
_PYTHON_PATH = re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]")
_MARKS = (
    (Implementation.TF_KERAS, re.compile(r"\btf_keras[./\\](?:src|api|engine)\b")),
    (
        Implementation.KERAS_3,
        re.compile(
            r"\bkeras[./\\]_tf_keras\b|(?<!tf_)\bkeras[./\\]src[./\\](?:trainers|ops|backend|legacy|callbacks[./\\]callback_list"
            r"|layers[./\\](?:layer|core)|models|random)\b(?!\.py)|KerasTensor shape=|\bkeras[./\\]api[./\\](?!_v)\w"
            r"|\bKeras 3\b"
        ),
    ),
    (
        Implementation.KERAS_2,
        re.compile(r"(?<!tf_)\bkeras[./\\](?:src[./\\])?engine[./\\]|\bkeras[./\\]api[./\\]_v[12]\b"),
    ),
)
_OF_ONE = {"tf": "tensorflow", "np": "numpy"}


class Versions:
    """Collects what the lines of a text name; the first mention of a package counts."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self._seen: set[Implementation] = set()
        self._asked = ""

    def look(self, line: str) -> None:
        """Take what one line has."""
        if self._asked:
            answer = _ANSWER.match(line.strip())
            if answer:
                self.named.setdefault(self._asked, answer.group(1))
            self._asked = ""
        lowered = line.lower()
        if "python" in lowered:
            of_path = _PYTHON_PATH.search(line)
            if of_path:
                self.named.setdefault("python", of_path.group(1))
        if "keras" in lowered:
            self._seen.update(one for one, mark in _MARKS if one not in self._seen and mark.search(line))
        if not any(character.isdigit() for character in line[:200]) and "__version__" not in line:
            return
        if any(
            word in lowered for word in ("tensorflow", "keras", "numpy", "jax", "torch", "protobuf", "tf", "python")
        ):
            for found in _NAMED.finditer(line[:1_000]):
                name = found.group("name").lower().replace("_", "-")
                name = "tensorflow" if name.startswith("tensorflow-") and "hub" not in name else _OF_ONE.get(name, name)
                self.named.setdefault(name, found.group(2))
            asked = _ASKED.search(line[:1_000])
            if asked:
                name = asked.group(1).replace("_", "-")
                self._asked = _OF_ONE.get(name, name)

    @property
    def implementation(self) -> Optional[Implementation]:
        """The Keras that shows, where it is one."""
        if len(self._seen) == 1:
            return next(iter(self._seen))
        return None if self._seen else implementation_of(self.named)


def implementation_of(named: Mapping[str, str]) -> Optional[Implementation]:
    """The Keras that the named versions bring, where they say it."""
    if "tf-keras" in named and "keras" not in named and "tensorflow" not in named:
        return Implementation.TF_KERAS
    keras = named.get("keras", "")
    if keras:
        return Implementation.KERAS_2 if keras.startswith("2.") else Implementation.KERAS_3
    tensorflow = named.get("tensorflow", "")
    found = re.match(r"2\.(\d+)", tensorflow)
    if found:
        return Implementation.KERAS_2 if int(found.group(1)) < 16 else Implementation.KERAS_3
    return None
