"""What canary files are written with: the decorator that marks a canary, and the laboratory that each is given.

Standard library only, Python 3.8 or newer: the file travels with the canaries into the examined interpreter.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from typing import Any, Callable, NoReturn, TypeVar

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


class NotApplicable(Exception):  # noqa: N818  an answer, not an error
    """The implementation never had the idiom, or an optional package is missing."""


class Wrong(Exception):  # noqa: N818
    """The numbers are not right."""


class Lab:
    """What a canary is given: the stack under examination, a folder of its own, and the ways to report a result."""

    def __init__(self, stack: dict[str, Any], folder: str, fixtures: str) -> None:
        self._stack = stack
        self.name = stack["import"]  # "tf.keras" or "keras": how the user's code reaches Keras
        self.keras = stack["module"]
        self.implementation = stack["implementation"]  # "keras2", "tf-keras", "keras3"
        self.version = tuple(int(part) for part in re.findall(r"\d+", stack["version"])[:3])
        self.backend = stack["backend"]
        self.folder = folder
        self.fixtures = fixtures
        self.seen: list[str] = []

    @property
    def np(self) -> Any:
        """NumPy: references are computed with it, never with the code under test."""
        return importlib.import_module("numpy")

    @property
    def tf(self) -> Any:
        """TensorFlow; the canary is not applicable where it is not installed."""
        if not self._stack["tensorflow"]:
            self.skip("needs TensorFlow, which is not installed here")
        return importlib.import_module("tensorflow")

    @property
    def is_keras_3(self) -> bool:
        """Whether Keras 3 answers; else it is Keras 2 or tf-keras."""
        return bool(self._stack["implementation"] == "keras3")

    def path(self, name: str) -> str:
        """A path in this canary's own temporary folder."""
        return os.path.join(self.folder, name)

    def fixture(self, name: str) -> str:
        """The path of a model file that ships with kdoctor."""
        return os.path.join(self.fixtures, name)

    def optional(self, module: str, distribution: str) -> Any:
        """Import an optional package, or be not applicable where it is not installed."""
        if importlib.util.find_spec(module) is None:
            self.skip("needs %s, which is not installed here" % distribution)
        return importlib.import_module(module)

    def skip(self, reason: str) -> NoReturn:
        """Report that this implementation never had the idiom, or that a package is missing."""
        raise NotApplicable(reason)

    def equal(self, actual: Any, expected: Any, what: str, tolerance: float = 1e-4) -> None:
        """Compare numbers with an independent reference; ``wrong`` where they differ by more than ``tolerance``."""
        np = self.np
        actual, expected = np.asarray(actual), np.asarray(expected)
        if actual.shape != expected.shape:
            raise Wrong("%s: has shape %s, not %s" % (what, actual.shape, expected.shape))
        if not actual.size:
            raise Wrong("%s: empty" % what)
        difference = float(np.max(np.abs(actual.astype("float64") - expected.astype("float64"))))
        if not difference <= tolerance:  # not(<=): NaN is wrong too
            if actual.size == 1:
                raise Wrong("%s: %.4g, not %.4g" % (what, actual.item(), expected.item()))
            raise Wrong("%s: off by up to %.3g" % (what, difference))
        self.seen.append("%s: right" % what)

    def true(self, condition: object, what_is_wrong: str) -> None:
        """Report ``wrong``, in these words, unless the condition holds."""
        if not condition:
            raise Wrong(what_is_wrong)
