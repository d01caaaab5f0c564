"""Text that may go anywhere: into XML, JSON, a log or an issue, whatever a message holds."""

from __future__ import annotations

import re

from kdoctor.render.page import clean

MOST = 8000
"""So many characters of one message are kept; what a model prints when it fails may be a megabyte."""

# What no XML 1.0 document may hold, lone surrogates among it, in no form of escaping.
_NOWHERE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HOMES = re.compile(r"(?:/home/|/Users/|\b[A-Za-z]:[\\/]+Users[\\/]+)[^\\/\s:'\"]+|/root(?=/)")


def safe(text: str, most: int = MOST) -> str:
    """``text`` with what cannot be written replaced, and cut at ``most`` characters with dots."""
    kept = text if len(text) <= most else text[:most].rstrip() + " ..."
    return _NOWHERE.sub("\ufffd", clean(kept))


def one_line(text: str, most: int = 500) -> str:
    """The same with each run of blanks and ends of lines as one blank."""
    return " ".join(safe(text, most * 2).split())[:most]


def without_homes(text: str) -> str:
    """``text`` with the folders of users, and thus their names, as ``~``."""
    return _HOMES.sub("~", text)
