"""What code uses: Python files and notebooks are read, never imported or run.

``scan(paths, rules=...)`` is the whole interface; it is resolved lazily so that a rule's declaration can import
:mod:`kdoctor.usage.patterns` without paying for the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.usage.model import Hit, Place, Problem, Suppression, Usage, Use
    from kdoctor.usage.scanning import scan

__all__ = ["Hit", "Place", "Problem", "Suppression", "Usage", "Use", "scan"]


def __getattr__(name: str) -> Any:
    if name == "scan":
        from kdoctor.usage.scanning import scan

        return scan
    if name in __all__:
        from kdoctor.usage import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
