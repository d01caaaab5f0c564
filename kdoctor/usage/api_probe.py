"""Looks names up in an examined interpreter. Standalone: Python 3.8's standard library and what is examined.

``python api_probe.py IN OUT``: IN holds JSON, a list of dotted names as code spells them (``tf.keras.layers.LSTM``,
``keras.Model.fit``, ``tf_keras.Input``, ``tf.one_hot``); OUT gets, under ``names``, for each whether it ``exists`` and,
where it is a callable whose signature can be told, its ``parameters``, how many may be ``positional`` (null: any) and
whether it is ``open`` to any keyword. ``siblings`` lists what is in the module or class in which a missing name was
looked for, and ``problems`` says which packages could not be imported. What ``tf.keras`` is follows from the variables
of the process.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import sys
from typing import Any

ROOTS = {"tf": "tensorflow", "keras": "keras", "tf_keras": "tf_keras", "tensorflow": "tensorflow"}
KINDS = inspect.Parameter
MISSING = object()


def main(asked: str, out: str) -> None:
    """Answer every question in one file, into another."""
    with open(asked, encoding="utf-8") as file:
        names = json.load(file)
    answers = answer(names)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answers, file)


def answer(names: list[str]) -> dict[str, Any]:
    """What is known of each name."""
    roots: dict[str, Any] = {}
    problems: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    siblings: dict[str, list[str]] = {}
    for name in names:
        root = name.split(".")[0]
        if root not in roots:
            roots[root] = import_root(root, problems)
        if roots[root] is MISSING:
            continue
        look_up(name, roots[root], found, siblings)
    return {"names": found, "siblings": siblings, "problems": problems}


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
        value = attribute(owner, part)
        if value is MISSING:
            parent = path.rpartition(".")[0]
            found[path] = {"exists": False}
            if parent not in siblings:
                siblings[parent] = sorted(one for one in dir(owner) if not one.startswith("_"))
            return
        if path not in found:
            found[path] = describe(value, inspect.isclass(owner))


def attribute(owner: Any, part: str) -> Any:
    """An attribute, or a module that nothing has imported so far."""
    with contextlib.suppress(Exception):
        return getattr(owner, part)
    if not inspect.ismodule(owner):
        return MISSING
    try:
        return importlib.import_module(owner.__name__ + "." + part)
    except Exception:
        return MISSING


def describe(value: Any, of_class: bool) -> dict[str, Any]:
    """That it exists, and what it accepts."""
    entry: dict[str, Any] = {"exists": True}
    if not callable(value):
        return entry
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return entry
    if of_class and inspect.isfunction(value) and parameters and parameters[0].name in ("self", "s"):
        parameters = parameters[1:]
    named = [one.name for one in parameters if one.kind not in (KINDS.VAR_POSITIONAL, KINDS.VAR_KEYWORD)]
    places = [one for one in parameters if one.kind in (KINDS.POSITIONAL_ONLY, KINDS.POSITIONAL_OR_KEYWORD)]
    takes_any = any(one.kind is KINDS.VAR_POSITIONAL for one in parameters)
    entry["parameters"] = named
    entry["positional"] = None if takes_any else len(places)
    entry["open"] = any(one.kind is KINDS.VAR_KEYWORD for one in parameters)
    return entry


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
