"""What a saved model is, whether it loads on a stack, and the lines that load it."""

from __future__ import annotations

import re

LOADERS = ("load_model", "load_weights", "TFSMLayer", "saved_model.load")
"""The functions that load a model or its weights."""
_QUOTED = re.compile(r"""(?<!\\)(["'])([^"'\\\n]{1,500})\1""")
_CALLED = re.compile(rf"\b(?:{'|'.join(map(re.escape, LOADERS))})\s*\(")
_RECEIVED = re.compile(r"\bfilepath=['\"]?([^\s'\"]+?)['\"]?(?=[.,;)]*(?:\s|$))")


def quoted(line: str) -> list[str]:
    """The texts in quotes of a line of code."""
    return [name for _, name in _QUOTED.findall(line)]


def named_by(lines: tuple[str, ...], message: str) -> tuple[str, ...]:
    """The model files that the lines of a traceback load, and that the message of the error names."""
    called = [name for line in lines if (call := _CALLED.search(line)) for name in quoted(line[call.end() :])[:1]]
    return tuple(dict.fromkeys((*called, *_RECEIVED.findall(message))))
