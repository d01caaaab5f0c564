"""What makes two findings the same one, in two visits: not the line number, and not the wording. Pure.

A place is a use in code, or the stacks on which a feature is broken where no code is known to use it. Its fingerprint
goes by the rule, the file, the text of the line and the stack, so that it outlives edits elsewhere in the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Optional

from kdoctor.model import Finding, Location


class Place(NamedTuple):
    """Where a finding stands, as far as two visits agree on it."""

    code: str
    slug: str
    path: str
    """With slashes on every system; empty where no code is known."""
    stack: str
    text: str
    """The line, each run of blanks as one; what the code does there where the line is not known."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits."""
        return _digest("\n".join(self))


def place(finding: Finding, location: Location) -> Place:
    """The place of one use of a finding."""
    path = location.path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    text = " ".join((location.text or location.what).split())
    return Place(finding.code, finding.slug, path, location.stack, text)


def of(finding: Finding, location: Optional[Location] = None) -> str:
    """The fingerprint of one use; without a location that of the finding where no code is known."""
    if location is not None:
        return place(finding, location).fingerprint
    stacks = "+".join(stack.value for stack in finding.stacks)
    return Place(finding.code, finding.slug, "", stacks, "").fingerprint


def unique(fingerprints: Iterable[str]) -> Iterator[str]:
    """The same in their order, with the second and later of equal ones changed by their number.

    Formats that drop what they have seen before would hide a line that stands twice in a file.
    """
    seen: Counter[str] = Counter()
    for fingerprint in fingerprints:
        seen[fingerprint] += 1
        yield fingerprint if seen[fingerprint] == 1 else _digest(f"{fingerprint}\n{seen[fingerprint]}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
