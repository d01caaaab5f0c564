"""The names of TensorFlow 1 that TensorFlow 2 has under ``tf.compat.v1`` alone.

``tensorflow1.txt`` was read from the modules of TensorFlow 2.21, but for what is Keras by another name.
"""

from __future__ import annotations

import os
from typing import Optional

with open(os.path.join(os.path.dirname(__file__), "tensorflow1.txt"), encoding="ascii") as _file:
    MOVED = frozenset(_file.read().split())
"""Names below ``tf`` that ``tf.compat.v1`` has."""
_GONE = frozenset({"contrib", "examples", "mul", "sub", "neg"})
"""Names below ``tf`` of which nothing is left."""


def successor(name: str) -> Optional[str]:
    """Where a name that TensorFlow 2 lacks is now: ``tf.compat.v1.placeholder``; empty where it is gone.

    None for what is no name of TensorFlow 1.
    """
    root, _, rest = name.partition(".")
    if root != "tf" or not (rest in MOVED or rest in _GONE):
        return None
    return f"tf.compat.v1.{rest}" if rest in MOVED else ""
