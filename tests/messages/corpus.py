"""The real tracebacks: texts that ``python -m tests.lab.tracebacks`` wrote, and what is known of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "corpus"


class Text(NamedTuple):
    """One text, and the exception that the program really stopped with."""

    file: str
    text: str
    type: str
    message: str
    shown: str
    rule: str = ""

    def __repr__(self) -> str:
        return self.file


def _load(kind: str) -> tuple[Text, ...]:
    entries = json.loads((FOLDER / kind / "index.json").read_text("utf-8"))
    return tuple(
        Text(
            entry["file"],
            (FOLDER / kind / entry["file"]).read_text("utf-8"),
            entry["type"],
            entry["message"],
            entry["shown"],
            entry.get("rule", ""),
        )
        for entry in entries
    )


KNOWN = _load("known")
UNRELATED = _load("unrelated")
