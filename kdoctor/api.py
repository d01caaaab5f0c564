"""What ``import kdoctor`` offers beside the vocabulary."""

from __future__ import annotations

from collections.abc import Collection
from typing import Optional

from kdoctor.model import Report
from kdoctor.visit import visit


def check(
    python: Optional[str] = None,
    *,
    canaries: bool = True,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    show: bool = True,
) -> Report:
    """Examine an interpreter, this one by default, show the report and return it.

    Neither TensorFlow nor Keras is imported into this process.
    """
    report = visit((python,), canaries=canaries, only=only, skip=skip)
    if show:
        from kdoctor.output import Sink
        from kdoctor.render import terminal

        sink = Sink()
        sink.write(terminal.render(report, sink.look))
    return report
