"""The mark of a canary. A canary file finds ``canary`` among its names when it is loaded; it imports nothing."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

Function = TypeVar("Function", bound=Callable[..., None])


def canary(*, namespace: bool, full: bool) -> Callable[[Function], Function]:
    """Mark a function as a canary. Both answers are asked of the author: a wrong default would record falsehoods.

    Args:
        namespace: whether the feature is about a name, so that ``tf.keras`` and ``keras`` may differ although the same
            implementation answers; the canary then runs on each stack, else once an implementation.
        full: whether only ``--all`` runs it, because few people meet the feature or because it is slow.
    """

    def mark(function: Function) -> Function:
        marked: Any = function
        marked.canary = {"namespace": namespace, "full": full}
        return function

    return mark
