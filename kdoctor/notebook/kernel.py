"""Where this process stands: what it has imported, which Keras it holds, what it stopped with.

Modules are read in ``sys.modules`` and in their dictionaries alone: asking ``tf.keras`` for an attribute would
import a Keras, and decide the very question.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, Optional

from kdoctor.environment.facts import WATCHED_PACKAGES
from kdoctor.environment.model import Effect, Environment, Kernel, LastError
from kdoctor.notebook import source
from kdoctor.words import LEGACY_VARIABLE

if TYPE_CHECKING:
    from kdoctor.report import Finding, Report

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
_MOST_OF_A_MESSAGE = 500


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
        shell, is_notebook = source.shell(), source.kernel_shell() is not None
        inputs = source.inputs(shell)
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
    is_notebook: bool = False,
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
    variable = os.environ.get(LEGACY_VARIABLE)
    kernel = Kernel(
        is_notebook=is_notebook,
        imported={name: _version(module) for name, module in found.items() if module is not None},
        effect=Effect.WHOLE if environment.tensorflow_reads_variable else Effect.NONE,
        variable=variable,
        set_by=_set_by(variable, inputs, modules),
        read=read,
    )
    tensorflow = found["tensorflow"]
    if tensorflow is None:
        return kernel
    labels = [_label(environment, found[name], name, word) for name, word in _KERASES]
    if not environment.tensorflow_reads_variable:
        return replace(kernel, touched=True, tf_keras=labels[0], tensorflow_keras=labels[0])
    bound = _bound_to_legacy(tensorflow)
    is_legacy = (variable or "") in environment.legacy_values if bound is None else bound
    return replace(
        kernel,
        effect=Effect.SPLITS if bound is None else Effect.NONE,
        touched=bound is not None,
        tf_keras=labels[is_legacy],
        tensorflow_keras=labels[_imports_legacy(tensorflow)],
    )


_KERASES = (("keras", "Keras"), ("tf_keras", "tf-keras"))


def _label(environment: Environment, module: Optional[ModuleType], name: str, word: str) -> str:
    """``Keras 3.4.1``: by the module that is loaded, else by what is installed."""
    package = name.replace("_", "-")
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


def variables_at_start() -> Optional[dict[str, str]]:
    """The variables that this process was started with; None where the system does not say."""
    try:
        with open("/proc/self/environ", "rb") as file:
            data = file.read()
    except OSError:
        return None
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


# --------------------------------------------------------------------------------------------- what is imported already


def loaded(name: str, modules: Mapping[str, object]) -> Optional[ModuleType]:
    """An imported module; None where there is none, or where something else stands in its place.

    ``sys.modules`` may hold anything: None after a failed import, an object that a library put there.
    """
    found = modules.get(name)
    # isinstance() would ask an object for its __class__, which may be code.
    return found if issubclass(type(found), ModuleType) else None  # type: ignore[return-value]


def contents(module: object) -> Mapping[str, Any]:
    """What a module holds already. Read past the module's own code: a lazy one would import something when asked."""
    try:
        held = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _imports_legacy(tensorflow: object) -> bool:
    """Whether ``import tensorflow.keras`` finds tf-keras: decided when TensorFlow was imported, kept in its path.

    TensorFlow 2.16 puts None into its path where the variable asks for a tf-keras that is not installed.
    """
    entries = contents(tensorflow).get("__path__")
    if not isinstance(entries, (list, tuple)):
        return False
    return any(type(entry) is str and entry.replace("\\", "/").endswith("/tf_keras/api/_v2") for entry in entries)


def _bound_to_legacy(tensorflow: object) -> Optional[bool]:
    """Whether ``tf.keras`` is tf-keras; None while nothing has touched it. Reads only: a touch would decide it."""
    keras = contents(tensorflow).get("keras")
    if keras is None:
        return None
    if type(keras).__name__ == "KerasLazyLoader":
        held = contents(keras)
        chosen = held.get("_tfll_keras_version", held.get("_keras_version"))  # 2.16 renamed it
        return None if chosen is None else chosen == "tf_keras"
    file = contents(keras).get("__file__")
    return type(file) is str and file.replace("\\", "/").endswith("/tf_keras/api/_v2/keras/__init__.py")


# ------------------------------------------------------------------------------------------------- what it stopped with


def exception() -> Optional[BaseException]:
    """What the shell or notebook in this process showed last."""
    return getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)


def last_error(
    shell: Any, environment: Environment, findings: Iterable[Finding] = (), runs: Mapping[int, int] = {}
) -> Optional[LastError]:
    """The last exception; None where there is none, or where its cell has run again since.

    Of several rules that know the message, one with a finding in the cells is meant. ``runs`` has by the position of a
    cell the number under which it ran; without it the positions are these numbers.
    """
    error = exception()
    if error is None:
        return None
    import linecache
    import traceback

    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    cells = [(_cell(shell, path), path, line) for path, line in frames]
    number, path, line = next((one for one in reversed(cells) if one[0]), (0, "", 0))
    inputs = [text.strip() for text in source.inputs(shell)]
    if 0 < number < len(inputs) and inputs[number] in inputs[number + 1 :]:
        return None
    from kdoctor import messages, rules
    from kdoctor.remedies import plan

    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    explanation = messages.explain(text, rules.all_rules())
    spot = (number, line)
    used = {one.code: one.locations for one in findings if one.locations}
    raised = {code for code, places in used.items() for at in places if (runs.get(at.cell, at.cell), at.line) == spot}
    known = [match.rule for one in explanation.errors for match in one.matches]
    known.sort(key=lambda rule: (rule.code not in raised, rule.code not in used))
    found = known[0] if known else next((rule for rule in rules.all_rules() if rule.code in raised), None)
    last = LastError(
        type=type(error).__name__,
        message=str(error)[:_MOST_OF_A_MESSAGE],
        where=f"In [{number}], line {line}" if number else "",
        line=linecache.getline(path, line).strip() if number else "",
    )
    if found is None:
        return last
    remedies = tuple(remedy for _, remedy in plan.Usual(environment, "").remedies(found))
    return replace(last, code=found.code, title=found.title, explanation=found.explanation, remedies=remedies)


def _cell(shell: Any, path: str) -> int:
    """The number of the cell that was compiled under this name; 0 for a file."""
    name = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = name(path) if callable(name) else None
    digits = "".join(filter(str.isdigit, found[1])) if isinstance(found, tuple) and found[0] == "Cell" else ""
    return int(digits or 0)
