"""The mark of a canary. A canary file finds ``canary`` among its names when it is loaded; it imports nothing."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

KINDS = ("capability", "spelling", "trap")

Function = TypeVar("Function", bound=Callable[..., None])


def canary(*, kind: str, namespace: bool, full: bool) -> Callable[[Function], Function]:
    """Mark a function as a canary. All answers are asked of the author: a wrong default would record falsehoods.

    Args:
        kind: ``capability`` where it shows what can be done, by whatever way the release has for it; ``spelling``
            where it is about one way of writing that, so that another may serve; ``trap`` where what is written is
            accepted, or is right, and something else than expected comes of it. An area in ``require`` stands for
            its capabilities.
        namespace: whether the feature is about a name, so that ``tf.keras`` and ``keras`` may differ although the same
            implementation answers; the canary then runs on each stack, else once an implementation.
        full: whether only ``--all`` runs it, because few people meet the feature or because it is slow.
    """
    if kind not in KINDS:
        raise ValueError(f"a canary is a {', a '.join(KINDS)}; not {kind!r}")

    def mark(function: Function) -> Function:
        marked: Any = function
        marked.canary = {"kind": kind, "namespace": namespace, "full": full}
        return function

    return mark
