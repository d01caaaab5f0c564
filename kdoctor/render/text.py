"""Text that may go anywhere: into XML, JSON, a log or an issue, whatever a message holds."""

from __future__ import annotations

import re

from kdoctor.render.page import clean

MOST = 8000
"""So many characters of one message are kept; what a model prints when it fails may be a megabyte."""

# The codes of colours may stand before it; a runner takes blanks away before it searches.
LINE_OF_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)::", re.M)
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")
# What no XML 1.0 document may hold, lone surrogates among it, in no form of escaping.
_NOWHERE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def safe(text: str, most: int = MOST) -> str:
    """``text`` with what cannot be written replaced, and cut at ``most`` characters with dots."""
    kept = text if len(text) <= most else text[:most].rstrip() + " ..."
    return _NOWHERE.sub("\ufffd", clean(kept))


def one_line(text: str, most: int = 500) -> str:
    """The same with each run of blanks and ends of lines as one blank."""
    return " ".join(safe(text, most * 2).split())[:most]


def harmless(text: str) -> str:
    """Lines in which no log of a CI service finds a command: ``::error`` at the beginning of a line (GitHub), and
    ``##[error]`` or ``##vso[...]`` anywhere (GitHub, Azure).
    """
    if "::" in text:
        text = LINE_OF_COMMAND.sub(r"\1: :", text)
    return _OLD_COMMAND.sub("# #", text) if "##" in text else text
