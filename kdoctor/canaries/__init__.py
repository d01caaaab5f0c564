"""Tiny models that exercise one feature each and check the numbers.

One file an area. A canary is a function whose name, with hyphens, is its slug; it takes a ``Lab`` (see
``kdoctor/laboratory/worker.py``) and imports nothing of kdoctor: it runs in the examined interpreter, with Python
3.8's standard library and what is being examined. A file names its canaries in ``CANARIES``; those that touch names
which differ between ``tf.keras`` and ``keras`` also in ``PER_NAMESPACE``, those that only ``--all`` runs in ``FULL``.
"""

from __future__ import annotations

import importlib
import inspect
import os
from functools import cache

from kdoctor.model import Canary

AREAS = ("rnn", "ragged", "ctc", "masking", "symbolic", "savedmodel", "saving", "hub", "api", "layers", "training")
FOLDER = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(FOLDER, "fixtures")


def source_path(area: str) -> str:
    """The file that holds an area's canaries."""
    return os.path.join(FOLDER, f"{area}.py")


@cache
def catalogue() -> tuple[Canary, ...]:
    """Every canary, area by area, in the order in which they are reported."""
    found = []
    for area in AREAS:
        module = importlib.import_module(f"kdoctor.canaries.{area}")
        for function in module.CANARIES:
            canary = Canary(
                slug=function.__name__.replace("_", "-"),
                area=area,
                title=(inspect.getdoc(function) or "").partition("\n")[0].rstrip("."),
                tier="full" if function in getattr(module, "FULL", ()) else "core",
                per_namespace=function in getattr(module, "PER_NAMESPACE", ()),
            )
            found.append(canary)
    return tuple(found)
