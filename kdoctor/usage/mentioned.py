"""What a pattern of code mentions: the words by which a few lines of code are seen to fit it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

METHODS = {
    "layer": "__init__|call|build|compute_output_shape",
    "model": "__init__|call|build|train_step|test_step",
    "callback": r"on_\w+",
    "metric": "update_state|result|reset_states?",
    "loss": "call",
}
"""By ``inside``, the methods in which the code of a class of that kind runs: a regular expression."""


def mentioned(pattern: object) -> Iterator[str]:
    """The names, keywords and keys that code needs in order to fit a pattern; ``keyword=value`` where it fixes one."""
    if isinstance(pattern, tuple):
        for one in pattern:
            yield from mentioned(one)
    elif is_dataclass(pattern) and not isinstance(pattern, type):
        for field in fields(pattern):
            part = getattr(pattern, field.name)
            if field.name == "keyword" and part:
                given = getattr(pattern, "value", None)
                yield f"{part}={given}" if isinstance(given, (bool, int, str)) else part
            elif field.name in ("name", "key", "layer", "of") and isinstance(part, str):
                inside = part.partition("{")[2]
                yield from re.findall(r"\w+", inside) if inside else [part.rstrip(".*").rpartition(".")[2]]
            else:
                yield from mentioned(part)
