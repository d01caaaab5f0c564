"""The line of a traceback as it should be, where a rule's edit can say so of one line alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Optional

from kdoctor.code.places import Fix
from kdoctor.records.whereabouts import places
from kdoctor.remedies.edits import Rewriter
from kdoctor.rules.rule import Rule

_AROUND = """\
import numpy as np
import tensorflow as tf
{first}
from {keras} import callbacks, layers, losses, metrics, models, optimizers, utils
from {keras} import backend as K
{names}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
tokens = inputs = keras.Input((4,))
"""
"""What programs usually have around a line; a line alone does not say what its names are."""
_MODULES = ("layers", "optimizers", "losses", "metrics", "models", "callbacks", "initializers", "regularizers", "utils")


def fix_of(rule: Rule, line: str, message: str = "") -> Optional[Fix]:
    """How to rewrite a line; None where no edit of the rule fits it.

    Args:
        rule: what the line met.
        line: of code, as a traceback shows it.
        message: of the error, which may show that the line reaches Keras through TensorFlow.
    """
    through = "_tf_keras" in message or "tf.keras" in line or "tensorflow.keras" in message
    for keras in ("tensorflow.keras", "keras") if through else ("keras", "tensorflow.keras"):
        first = "import keras" if keras == "keras" else "from tensorflow import keras"
        around = _AROUND.format(keras=keras, first=first, names="\n".join(_imports(line, keras)))
        found = Rewriter([rule], lambda hit: True, unsafe=True).rewrite("line.py", f"{around}{line}\n".encode())
        fix = found.made[0].location.fix if found.made else None
        if fix and [one[2:] for one in fix.diff if one.startswith("- ")] == [line]:
            return fix
    return None


def _imports(line: str, keras: str) -> Iterator[str]:
    """Imports of the classes that a line names without their module."""
    try:
        tree = ast.parse(line)
    except SyntaxError:  # `with x:`, the first of several lines
        return
    for name in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id[:1].isupper()}:
        for module in _MODULES:
            if any(place.have for place in places(f"keras.{module}.{name}")):
                yield f"from {keras}.{module} import {name}"
                break
