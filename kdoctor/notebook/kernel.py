"""Where this process stands: what it has imported, which Keras it holds, and what the variable can still do.

Modules are read in ``sys.modules`` and in their dictionaries alone: asking ``tf.keras`` for an attribute would
import a Keras, and decide the very question.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Optional

from kdoctor.environment.facts import WATCHED_PACKAGES
from kdoctor.environment.model import Effect, Environment, Kernel
from kdoctor.notebook import host
from kdoctor.notebook.last_error import last_error
from kdoctor.notebook.legacy_keras import bound_to_legacy, contents, imports_legacy, loaded
from kdoctor.report import Report
from kdoctor.words import LEGACY_VARIABLE

SETTERS = {
    "deepface.DeepFace": "deepface",
    "tensorflow_model_optimization.python.core.keras.compat": "tensorflow_model_optimization",
    "transformers.modeling_tf_utils": "transformers",
}
"""Modules that set the variable when they are imported, and the packages they are part of. deepface 0.0.103,
tensorflow-model-optimization 0.8.1 and transformers 4.44.2 were read for this; that tensorflow-recommenders 0.7.7 and
tensorflow-gnn 1.0.3, which only ask for it, are not here is on purpose."""
UNKNOWN_SETTER = "something that was run or imported since"
_SETS = re.compile(LEGACY_VARIABLE + r"|\buse_legacy_keras\s*\(|\buse_keras3\s*\(")


def with_kernel(report: Report, read: str = "", runs: Mapping[int, int] = {}, cells: Mapping[int, str] = {}) -> Report:
    """The report with the state of this process, if it is this interpreter that was examined.

    What a process has imported may be in any state. Whatever goes wrong here costs this state alone: the report then
    says so in a note.
    """
    examined = [examination.environment.interpreter.executable for examination in report.environments]
    if examined != [sys.executable]:
        return report
    examination = report.environments[0]
    try:
        shell = host.shell()
        inputs, is_notebook = host.inputs(shell) if shell is not None else (), host.kernel_shell() is not None
        state = state_of_process(examination.environment, is_notebook=is_notebook, inputs=inputs, read=read)
        found = last_error(shell, examination.environment, examination.findings, runs) if shell is not None else None
        state = replace(state, runs=runs, error=found, cells=cells)
    except Exception as reason:
        note = f"What this process has imported could not be determined ({type(reason).__name__})."
        return replace(report, environments=(replace(examination, notes=(*examination.notes, note)),))
    return replace(report, kernel=state)


def state_of_process(
    environment: Environment,
    *,
    is_notebook: bool,
    inputs: Sequence[str] = (),
    read: str = "",
    modules: Optional[Mapping[str, object]] = None,
) -> Kernel:
    """The state of this process; nothing is imported or touched for it.

    Args:
        environment: the facts of this interpreter.
        is_notebook: whether the process is a notebook's kernel.
        inputs: the cells that were run, by their number.
        read: which cells of the notebook were read.
        modules: what is imported, in the place of ``sys.modules``.
    """
    modules = sys.modules if modules is None else modules
    found = {name: loaded(name, modules) for name in WATCHED_PACKAGES if name != "kdoctor"}
    imported = {name: _version(module) for name, module in found.items() if module is not None}
    variable = os.environ.get(LEGACY_VARIABLE)
    kernel = Kernel(
        is_notebook=is_notebook,
        imported=imported,
        effect=Effect.WHOLE if environment.tensorflow_reads_variable else Effect.NONE,
        variable=variable,
        set_by=_set_by(variable, inputs, modules),
        read=read,
    )
    return _with_tensorflow(kernel, environment, modules) if "tensorflow" in imported else kernel


def variables_at_start() -> Optional[dict[str, str]]:
    """The variables that this process was started with; None where the system does not say."""
    try:
        with open("/proc/self/environ", "rb") as file:
            data = file.read()
    except OSError:
        return None
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def _with_tensorflow(kernel: Kernel, environment: Environment, modules: Mapping[str, object]) -> Kernel:
    labels = [_label(environment, modules, *names) for names in (("keras", "Keras"), ("tf_keras", "tf-keras"))]
    if not environment.tensorflow_reads_variable:
        return replace(kernel, touched=True, tf_keras=labels[0], tensorflow_keras=labels[0])
    tensorflow = loaded("tensorflow", modules)
    bound = bound_to_legacy(tensorflow)
    is_legacy = (kernel.variable or "") in environment.legacy_values if bound is None else bound
    return replace(
        kernel,
        effect=Effect.SPLITS if bound is None else Effect.NONE,
        touched=bound is not None,
        tf_keras=labels[is_legacy],
        tensorflow_keras=labels[imports_legacy(tensorflow)],
    )


def _label(environment: Environment, modules: Mapping[str, object], name: str, word: str) -> str:
    """``Keras 3.4.1``: by the module that is loaded, else by what is installed."""
    module, package = loaded(name, modules), name.replace("_", "-")
    installed = environment.find(package, f"{package}-nightly")
    version = _version(module) if module is not None else ""
    return f"{word} {version or (installed.version if installed else '')}".strip()


def _version(module: ModuleType) -> str:
    version = contents(module).get("__version__")
    return version if isinstance(version, str) else ""


def _set_by(variable: Optional[str], inputs: Sequence[str], modules: Mapping[str, object]) -> str:
    """Who set the variable since the process began; empty where nobody did, or where nothing says so."""
    at_start = variables_at_start()
    if variable is None or (at_start is not None and at_start.get(LEGACY_VARIABLE) == variable):
        return ""
    for number in range(len(inputs) - 1, 0, -1):
        if _SETS.search(inputs[number]):
            return f"In [{number}]"
    packages = [package for module, package in SETTERS.items() if module in modules]
    if packages and variable == "1":
        return " or ".join(packages)
    return UNKNOWN_SETTER if at_start is not None else ""
