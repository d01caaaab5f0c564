"""Looks names up in an examined interpreter. Standalone: Python 3.8's standard library and what is examined.

``worker.py`` loads this file as it loads canaries, and calls :func:`answer` with dotted names as code spells them:
``tf.keras.layers.LSTM``, ``keras.Model.fit``, ``tf_keras.Input``, ``tf.one_hot``. What ``tf.keras`` is follows from the
variables of the process.
"""

from __future__ import annotations

import importlib
import inspect
import types
import warnings
from typing import Any

ROOTS = {"tf": "tensorflow"}
KINDS = inspect.Parameter
MISSING = object()
UNKNOWN = object()
STRING, END = ".get('", "')"  # ``keras.losses.get('mse')``: what Keras finds by a string
DEEPEST = 4  # how many modules deep the names like a missing one are looked for


def answer(names: list[str]) -> dict[str, Any]:
    """What is known of each name.

    Returns:
        ``names``: by each name, and each beginning of one, whether it ``exists`` (None: unknown), whether
        it is a ``class``, and, of a callable whose signature is known, its ``parameters``, how many may be
        ``positional`` (None: any) and whether it is ``open`` to any keyword. ``siblings``: what is in the module or
        class in which a missing name was looked for. ``elsewhere``: the modules in which a name like a missing one
        is. ``problems``: the packages that could not be imported.
    """
    warnings.simplefilter("ignore")
    roots: dict[str, Any] = {}
    problems: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    siblings: dict[str, list[str]] = {}
    for name in names:
        root = name.split(".")[0]
        if root not in roots:
            roots[root] = import_root(root, problems)
        if roots[root] is not MISSING:
            module, asked, given = name.partition(STRING)
            look_up(module, roots[root], found, siblings)
            if asked and found.get(module, {}).get("exists"):
                found[name] = {"exists": knows(module, roots[root], given[: -len(END)])}
    missing = {name.rpartition(".")[2] for name, entry in found.items() if entry["exists"] is False}
    missing |= {name.rpartition(".")[2] for name in names if name not in found}  # what is in a module that is missing
    return {"names": found, "siblings": siblings, "elsewhere": elsewhere(missing, roots), "problems": problems}


def import_root(root: str, problems: dict[str, str]) -> Any:
    """The package of a name; MISSING if it cannot be imported, which is no word on what is in it."""
    try:
        return importlib.import_module(ROOTS.get(root, root))
    except BaseException as error:
        problems[root] = f"{type(error).__name__}: {error}"
        return MISSING


def look_up(name: str, value: Any, found: dict[str, dict[str, Any]], siblings: dict[str, list[str]]) -> None:
    """Go down a dotted name, and note each part of it."""
    parts = name.split(".")
    path = parts[0]
    found.setdefault(path, {"exists": True})
    for part in parts[1:]:
        owner, path = value, path + "." + part
        value = attribute(owner, part, path)
        if value is UNKNOWN:
            found[path] = {"exists": None}
            return
        if value is MISSING:
            parent = path.rpartition(".")[0]
            found[path] = {"exists": False}
            if parent not in siblings:
                siblings[parent] = members(owner)
            return
        if path not in found:
            found[path] = describe(value, inspect.isclass(owner))


def knows(module: str, value: Any, given: str) -> Any:
    """Whether Keras finds something by a string, as ``compile(loss="mse")`` does; None where that is unknown."""
    try:
        for part in module.split(".")[1:]:
            value = getattr(value, part)
        value.get(given)
        return True
    except (TypeError, ValueError):  # what Keras raises where it cannot interpret a text
        return False
    except BaseException:
        return None


def attribute(owner: Any, part: str, path: str) -> Any:
    """An attribute, or a module that nothing has imported so far, under the name of its package or as it is spelled."""
    try:
        return getattr(owner, part)
    except AttributeError:
        pass
    except BaseException:  # a module that is loaded when it is first touched may fail in any way
        return UNKNOWN
    if not inspect.ismodule(owner):
        # Objects are given attributes that their class does not show; a class that answers for any name says nothing.
        return MISSING if inspect.isclass(owner) or inspect.isroutine(owner) else UNKNOWN
    root, _, rest = path.partition(".")
    value = imported(owner.__name__ + "." + part)
    return imported(ROOTS.get(root, root) + "." + rest) if value is MISSING else value


def imported(name: str) -> Any:
    """The module of this name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        is_its_own = error.name is not None and (name + ".").startswith(error.name + ".")
        return MISSING if is_its_own else UNKNOWN
    except BaseException:
        return UNKNOWN


def members(owner: Any) -> list[str]:
    """The public names in a module or class; a module that is loaded when it is first touched may refuse."""
    try:
        return sorted(one for one in dir(owner) if not one.startswith("_"))
    except Exception:
        return []


def describe(value: Any, of_class: bool) -> dict[str, Any]:
    """That it exists, and what it accepts."""
    entry: dict[str, Any] = {"exists": True}
    if inspect.isclass(value):
        entry["class"] = True
    if not callable(value):
        return entry
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except Exception:  # what a signature is put together from is code of anybody's
        return entry
    if of_class and inspect.isfunction(value) and parameters and parameters[0].name in ("self", "s"):
        parameters = parameters[1:]
    takes_any = any(one.kind is KINDS.VAR_POSITIONAL for one in parameters)
    places = [one for one in parameters if one.kind in (KINDS.POSITIONAL_ONLY, KINDS.POSITIONAL_OR_KEYWORD)]
    named = (KINDS.POSITIONAL_OR_KEYWORD, KINDS.KEYWORD_ONLY)
    entry["parameters"] = [one.name for one in parameters if one.kind in named]
    entry["positional"] = None if takes_any else len(places)
    entry["open"] = any(one.kind is KINDS.VAR_KEYWORD for one in parameters)
    return entry


def elsewhere(missing: set[str], roots: dict[str, Any]) -> dict[str, list[str]]:
    """The names in public modules that are called like a missing one, those nearest to the root first."""
    found: dict[str, list[str]] = {}
    if not missing:
        return found
    waiting: list[tuple[str, Any]] = []
    for root, module in sorted(roots.items()):
        if module is not MISSING:
            start = attribute(module, "keras", "tf.keras") if root == "tf" else module
            waiting += [("tf.keras", start), (root, module)] if root == "tf" else [(root, module)]
    seen: set[int] = set()
    while waiting:
        path, module = waiting.pop(0)
        if id(module) in seen or not isinstance(module, types.ModuleType):
            continue
        seen.add(id(module))
        for name in sorted(vars(module)):
            if name in missing:
                found.setdefault(name, []).append(path + "." + name)
            inner = vars(module)[name]
            if path.count(".") < DEEPEST and is_public_part(inner, name):
                waiting.append((path + "." + name, inner))
    return found


def is_public_part(value: Any, name: str) -> bool:
    """Whether it is a module of the interface that is looked through for names like a missing one."""
    return (
        isinstance(value, types.ModuleType)
        and value.__name__.endswith("." + name)
        and value.__name__.split(".")[0] in ("keras", "tf_keras", "tensorflow")
        and not name.startswith("_")
        and name not in ("python", "src", "core", "compat", "raw_ops")
    )
