"""Versions as they are compared here: by their release part, since an installed nightly counts as its release."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

LONGEST = 80
"""Characters of a version. A longer one is none that was ever released, and Python refuses numbers of 4,300 digits."""
_MOST = 10**9


@lru_cache(maxsize=1024)  # a run asks two thousand times for some forty versions
def parsed(text: str) -> Optional[Version]:
    """The version that a text spells: ``2.19.0rc1`` is one, ``HEAD``, ``3.x`` and thirty digits are not."""
    if len(text) > LONGEST:
        return None
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return version if max(version.release) < _MOST else None


def is_version(text: str) -> bool:
    """Whether a text is a version that somebody may have released."""
    return parsed(text) is not None


def release(text: str) -> tuple[int, ...]:
    """``2.15.0+nv23.11`` is (2, 15, 0), and so is ``2.15.0rc1``; (0, 0, 0) for what is not a version."""
    version = parsed(text)
    numbers = version.release if version else ()
    return numbers + (0,) * (3 - len(numbers))


def minor(text: str) -> str:
    """``2.15`` of ``2.15.0+nv23.11``; empty for what is not a version."""
    return ".".join(map(str, release(text)[:2])) if is_version(text) else ""


@lru_cache(maxsize=1024)
def allows(specifiers: str, text: str) -> bool:
    """Whether a version's release is within a specifier set such as ``>=1.23.5,<2.0.0``.

    Nothing allows what is not a version; a set that is none, as damaged metadata may hold, forbids nothing.
    """
    version = parsed(text)
    if version is None:
        return False
    try:
        return len(specifiers) > 10 * LONGEST or SpecifierSet(specifiers).contains(version.base_version)
    except (InvalidSpecifier, ValueError):
        return True
