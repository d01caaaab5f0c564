"""Walks the public API inside an examined interpreter. Standalone: Python 3.8's standard library and what is examined.

``python walk_api.py OUT tf tf.keras keras`` writes, for each of these names that can be imported, its version and the
dotted names below it. A name has ``null`` (it exists, and is no callable whose parameters can be told) or the list of
its parameters: ``x`` needs a value, ``x=`` has a default, ``*`` stands before those that are given by name only, and
``*args`` and ``**kwargs`` take whatever comes. A class lists its public ``bases``, nearest first; a member that it has
from one of them stands there only. Names below which nothing was looked at are ``opaque``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import types
from typing import Any

ROOTS = {"tf": "tensorflow", "tf.keras": "tensorflow", "keras": "keras", "tf_keras": "tf_keras"}
LEFT_OUT = {"tf": {"keras", "compat", "raw_ops", "losses", "metrics", "optimizers", "initializers", "estimator"}}
"""Walked as a name of their own, or too large for what they are worth, or Keras by another name."""
KINDS = inspect.Parameter


def main(out: str, names: list[str]) -> None:
    """Walk each name and write what was found."""
    found: dict[str, Any] = {}
    for name in names:
        try:
            module = importlib.import_module(ROOTS[name])
            if name == "tf.keras":
                module = module.keras
                module.layers  # noqa: B018  TensorFlow loads Keras when an attribute is first touched
        except Exception as error:
            found[name] = {"problem": f"{type(error).__name__}: {error}"}
            continue
        walk = Walk(module, LEFT_OUT.get(name, set()))
        walk.add_members()
        below = {"names": walk.names, "bases": walk.bases, "opaque": sorted(walk.opaque)}
        found[name] = {**describe(name, module), **below}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)


def describe(name: str, module: Any) -> dict[str, Any]:
    """Which implementation answers to a name, and its version."""
    if name == "tf":
        return {"implementation": "tensorflow", "version": module.__version__}
    owner = sys.modules[module.layers.Dense.__module__.split(".")[0]]
    version = owner.__version__
    implementation = "tf-keras" if owner.__name__ == "tf_keras" else "keras" + version.split(".")[0]
    return {"implementation": implementation, "version": version}


class Walk:
    """The names below one module, as they are reached by attributes."""

    def __init__(self, module: Any, left_out: set[str]) -> None:
        self.names: dict[str, list[str] | None] = {}
        self.opaque: set[str] = set()
        self.classes: dict[str, type] = {}
        self.bases: dict[str, list[str]] = {}
        self.package = module.__name__.split(".")[0]
        self.left_out = left_out
        self.add_module(module, "")

    def add_module(self, module: Any, prefix: str) -> None:
        """The public names of a module, and of the modules that are part of it."""
        for attribute in sorted(set(dir(module))):
            if attribute.startswith("_"):
                continue
            try:
                value = getattr(module, attribute)
            except Exception:  # a name that is listed and cannot be had is not there
                continue
            name = prefix + attribute
            self.names[name] = parameters(value)
            if isinstance(value, type):
                self.classes[name] = value
            elif isinstance(value, types.ModuleType):
                if self.is_part(value, name) and name not in self.left_out:
                    self.add_module(value, name + ".")
                else:
                    self.opaque.add(name)
            elif not callable(value):
                self.opaque.add(name)  # an object, whose attributes are those of its class

    def is_part(self, module: types.ModuleType, name: str) -> bool:
        """Whether a module is part of the interface, rather than something that a module happens to have imported.

        The interface may be put together elsewhere: ``tensorflow._api.v2.math``, ``keras.api.layers``.
        """
        parts = module.__name__.split(".")
        inside = "src" not in parts and "python" not in parts
        if self.package == "keras" and "keras.src" not in sys.modules:  # up to Keras 2.12 the rest stood beside it
            inside = inside and "keras.api._v2.keras." + name in sys.modules
        if self.package == "tensorflow" and "_api" not in parts:
            inside = os.sep + "_api" + os.sep in (getattr(module, "__file__", None) or "")
        return inside and parts[0] == self.package and module.__name__.endswith("." + name)

    def add_members(self) -> None:
        """The public methods and attributes of the classes, where they are not those of a public base."""
        named: dict[type, str] = {}
        for name in sorted(self.classes, key=lambda name: (name.count("."), len(name), name)):
            named.setdefault(self.classes[name], name)
        for name, cls in self.classes.items():
            bases = [base for base in inspect.getmro(cls)[1:] if base in named]
            self.bases[name] = [named[base] for base in bases]
            for attribute in dir(cls):
                if attribute.startswith("_"):
                    continue
                value = inspect.getattr_static(cls, attribute, None)
                if any(inspect.getattr_static(base, attribute, name) is value for base in bases):
                    continue
                try:
                    self.names[name + "." + attribute] = parameters(getattr(cls, attribute), of_class=cls)
                except Exception:  # a descriptor may refuse to be read from the class
                    self.names[name + "." + attribute] = None


def parameters(value: Any, of_class: type | None = None) -> list[str] | None:
    """The parameters of a callable; None where they cannot be told."""
    bound = False
    if isinstance(value, type):
        for constructor in ("__init__", "__new__"):
            if getattr(value, constructor) is not getattr(object, constructor):
                value, bound = getattr(value, constructor), True
                break
        else:
            return []
    elif not callable(value):
        return None
    elif of_class is not None:
        bound = inspect.isfunction(value) and not is_static(of_class, value.__name__)
    try:
        signature = inspect.signature(value)
    except (ValueError, TypeError):
        return None
    listed, star = [], False
    given = list(signature.parameters.values())
    if bound and given and given[0].kind in (KINDS.POSITIONAL_ONLY, KINDS.POSITIONAL_OR_KEYWORD):
        given = given[1:]
    for parameter in given:
        if parameter.kind is KINDS.VAR_POSITIONAL:
            listed.append("*" + parameter.name)
            star = True
        elif parameter.kind is KINDS.VAR_KEYWORD:
            listed.append("**" + parameter.name)
        else:
            if parameter.kind is KINDS.KEYWORD_ONLY and not star:
                listed.append("*")
                star = True
            listed.append(parameter.name + ("" if parameter.default is KINDS.empty else "="))
    return listed


def is_static(cls: type, name: str) -> bool:
    """Whether a method was declared static."""
    return isinstance(inspect.getattr_static(cls, name, None), staticmethod)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
