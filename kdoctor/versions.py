"""Compares version numbers by their release part; ``packaging`` costs more than a quick visit can spend on it."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)")
_SPECIFIER = re.compile(r"\s*(===|==|!=|<=|>=|~=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?[^,]*")


@lru_cache(maxsize=1024)  # a visit asks two thousand times for some forty versions
def release(version: str) -> tuple[int, ...]:
    """``2.15.0+nv23.11`` is (2, 15, 0), and so is ``2.15``; (0, 0, 0) where there is no number."""
    found = _NUMBERS.match(version.strip())
    numbers = tuple(int(part) for part in found.group(1).split(".")) if found else ()
    return numbers + (0,) * (3 - len(numbers))


def minor(version: str) -> str:
    """``2.15`` of ``2.15.0+nv23.11``."""
    numbers = release(version)
    return f"{numbers[0]}.{numbers[1]}"


def allows(specifiers: str, version: str) -> bool:
    """Whether a version's release is within a specifier set such as ``>=1.23.5,<2.0.0``; pre-release marks count for
    nothing, which is what is wanted of an installed nightly.
    """
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
