"""Text that may go anywhere, whatever a message holds, and the small words that every format needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from kdoctor.language import _
from kdoctor.words import listed as in_english

_ENDS = ".?!:\u3002\uff1f\uff01\uff1a"
_FIRST_WIDE = "\u2e80"
MOST = 8000  # so many characters of one message are kept; what a model prints when it fails may be a megabyte

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Controls, line separators, the marks that turn the direction of text, and what is not seen at all: a message must not
# repaint the terminal, and must not read otherwise than it is.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# The codes of colours may stand before it; a runner takes blanks away before it searches.
LINE_OF_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)::", re.M)
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")
# What no XML 1.0 document may hold, lone surrogates among it, in no form of escaping.
_NOWHERE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """``text`` without what would move the cursor, colour the screen or hide a part of it."""
    text = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    return _CONTROL.sub("\ufffd", text.replace("\r", "\n"))


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


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 check``, ``3 checks``."""
    counted = _(singular)
    if counted == singular and number != 1:
        counted = plural or singular + "s"
    return f"{number} {counted}"


def listed(items: Iterable[str], most: int = 0) -> str:
    """The same as :func:`kdoctor.words.listed`, in the reader's language."""
    return in_english(items, most, _)


def sentence(text: str) -> str:
    """With a full stop at its end."""
    if not text or text.endswith(tuple(_ENDS)):
        return text
    return text + ("。" if max(text) > _FIRST_WIDE else ".")


def place(path: str, line: int, cell: int = 0, column: int = 0) -> str:
    """``src/train.py:12:5``, which editors and terminals open; ``lesson.ipynb, cell 3, line 2``."""
    if cell:
        said = _("{path}, cell {cell}", path=path, cell=cell)
        return _("{path}, cell {cell}, line {line}", path=path, cell=cell, line=line) if line else said
    return ":".join([path, *(str(number) for number in (line, column) if number)])


def quoted(path: str, also: str = "") -> str:
    """A path as it stands in an address; ``also`` are characters that need no escape there."""
    from urllib.parse import quote

    try:
        data = path.encode("utf-8", "surrogateescape")  # the bytes of a file's name, where they are no UTF-8
    except UnicodeEncodeError:
        data = path.encode("utf-8", "replace")
    return quote(data, safe="/" + also)


@cache
def _folder_of_pages() -> str:
    """The folder that the distribution names among its URLs; it holds ``KDnnn.md``."""
    from importlib_metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("keras-doctor").get_all("Project-URL") or []
    except PackageNotFoundError:  # a checkout that is not installed
        return ""
    named = (url.partition(", ") for url in urls)
    return next((url.rstrip("/") for label, _, url in named if label == "Rules" and url.startswith("https://")), "")


def page(code: str) -> str:
    """The address of a rule's page; empty where the distribution names none, or the code is not a rule's."""
    folder = _folder_of_pages()
    return f"{folder}/{code}.md" if folder and code.startswith("KD") and code[2:].isdigit() else ""
