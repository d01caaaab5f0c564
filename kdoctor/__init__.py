"""kdoctor: an environment doctor for TensorFlow, Keras 2, Keras 3 and tf-keras.

Importing it costs next to nothing: what is named here is fetched when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kdoctor.api import check, explain, fix, model
    from kdoctor.environment.steps import Remedy
    from kdoctor.errors import InterpreterError, UsageError
    from kdoctor.notebook.display import load_ipython_extension
    from kdoctor.notebook.legacy_keras import SwitchError, TooLate, use_keras3, use_legacy_keras
    from kdoctor.report import Examination, Finding, Report, Status, UnfitEnvironment
    from kdoctor.words import Evidence, Outcome, Severity, StackId

__version__ = "0.1.0"
__all__ = [
    "Evidence",
    "Examination",
    "Finding",
    "InterpreterError",
    "Outcome",
    "Remedy",
    "Report",
    "Severity",
    "StackId",
    "Status",
    "SwitchError",
    "TooLate",
    "UnfitEnvironment",
    "UsageError",
    "__version__",
    "check",
    "explain",
    "fix",
    "load_ipython_extension",
    "model",
    "use_keras3",
    "use_legacy_keras",
]

_HOMES = {
    "kdoctor.api": ("check", "explain", "fix", "model"),
    "kdoctor.environment.steps": ("Remedy",),
    "kdoctor.errors": ("InterpreterError", "UsageError"),
    "kdoctor.notebook.legacy_keras": ("SwitchError", "TooLate", "use_keras3", "use_legacy_keras"),
    "kdoctor.notebook.display": ("load_ipython_extension",),
    "kdoctor.report": ("Examination", "Finding", "Report", "Status", "UnfitEnvironment"),
    "kdoctor.words": ("Evidence", "Outcome", "Severity", "StackId"),
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), "")
    if not home:
        raise AttributeError(f"module 'kdoctor' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
