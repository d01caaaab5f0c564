"""Compares version numbers by their release part; ``packaging`` costs more than a quick visit can spend on it."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)(?!\d)")
_PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,4}")
"""What is surely a version, without asking ``packaging``, which takes a while to import."""
LONGEST = 80
"""Characters of a version. A longer one is none that was ever released, and Python refuses numbers of 4,300 digits."""
_SPECIFIER = re.compile(r"\s*(===|==|!=|<=|>=|~=|<|>)\s*v?(\d{1,9}(?:\.\d{1,9})*)(\.\*)?[^,]*")


@lru_cache(maxsize=1024)
def is_version(text: str) -> bool:
    """Whether a text is a version that somebody may have released: ``2.19.0rc1`` is, ``HEAD`` and ``3.x`` are not."""
    if _PLAIN.fullmatch(text):
        return True
    if not text or len(text) > LONGEST:
        return False
    from packaging.version import InvalidVersion, Version

    try:
        return max(Version(text).release) < 10**9
    except InvalidVersion:
        return False


@lru_cache(maxsize=1024)  # a visit asks two thousand times for some forty versions
def release(version: str) -> tuple[int, ...]:
    """``2.15.0+nv23.11`` is (2, 15, 0), and so is ``2.15.0rc1``; (0, 0, 0) where there is no number."""
    found = _NUMBERS.match(version.strip()) if len(version) <= LONGEST else None
    numbers = tuple(int(part) for part in found.group(1).split(".")) if found else ()
    return numbers + (0,) * (3 - len(numbers))


def minor(version: str) -> str:
    """``2.15`` of ``2.15.0+nv23.11``; empty for what is not a version."""
    if not is_version(version):
        return ""
    numbers = release(version)
    return f"{numbers[0]}.{numbers[1]}"


def allows(specifiers: str, version: str) -> bool:
    """Whether a version's release is within a specifier set such as ``>=1.23.5,<2.0.0``; pre-release marks count for
    nothing, which is what is wanted of an installed nightly. Nothing allows what is not a version.
    """
    if not is_version(version):
        return False
    here = release(version)
    for text in specifiers.split(","):
        found = _SPECIFIER.fullmatch(text)
        if found is None:
            continue
        operator, bound_text, wildcard = found.groups()
        bound = release(bound_text)
        prefix = tuple(int(part) for part in bound_text.split("."))
        within = here[: len(prefix)] == prefix
        answers = {
            "==": within if wildcard else here == bound,
            "===": here == bound,
            "!=": not (within if wildcard else here == bound),
            "<": here < bound,
            "<=": here <= bound,
            ">": here > bound,
            ">=": here >= bound,
            "~=": here >= bound and here[: len(prefix) - 1] == prefix[:-1],
        }
        if not answers[operator]:
            return False
    return True
