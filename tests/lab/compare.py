"""Says where Keras 2 and Keras 3 differ in the same small things: ``python -m tests.lab.compare OLD NEW``.

OLD and NEW are interpreters, for instance of the environments ``tensorflow-2.15`` and ``keras-3.15`` of the laboratory;
behind them may stand what is compared (``layers``, ``losses``, ``metrics``, ``optimizers``, ``model``, ...). What is
known of a difference is in ``KNOWN``; any other is new, and the exit status is then 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS = 1800
CLOSE = 2e-4
KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"losses\.Huber, config|losses\.CosineSimilarity, config", "rule", "saving-loss-delta"),
    (r"losses\..*, config", "harmless", "fn is what the class itself says"),
    (r"losses\..*, ranks", "rule", "training-loss-ranks"),
    (r"losses\.Mean(Squared|Absolute)Error, integers", "rule", "training-loss-integers"),
    (r"losses\..*, integers", "harmless", "Keras 2 raised; Keras 3 takes them for floatx"),
    (r"losses\..*, float64", "harmless", "the same numbers to 1e-6, as floatx"),
    (r"losses\..*, defaults", "harmless", "auto meant sum_over_batch_size outside of strategies"),
    (r"(losses|metrics)\.sparse_categorical_crossentropy, lists", "harmless", "raises: it is not silent"),
    (
        r"(losses|metrics)\.sparse_categorical_crossentropy, defaults",
        "harmless",
        "axis and ignore_class: by position nobody",
    ),
    (r"metrics\.binary_accuracy, .*", "harmless", "a mean less in the function: any further mean gives the same"),
    (r"metrics\.KLDivergence, (name|defaults)", "rule", "training-kl-metric-name"),
    (r"activations\.hard_sigmoid, .*", "rule", "training-hard-sigmoid"),
    (r"(activations|regularizers)\..*, call", "harmless", "Keras 2 did not take NumPy arrays there"),
    (r"initializers\.(LecunNormal|orthogonal), .*", "harmless", "rounding of a random spread; the formulas agree"),
    (r"initializers\.[cC]onstant, defaults", "harmless", "0 and 0.0"),
    (r"regularizers\.l1_l2, defaults", "rule", "training-l1-l2-default"),
    (r"model, metrics names, says", "rule", "training-metrics-names"),
    (r"model, plateau, says", "harmless", "the logs say learning_rate and no longer lr; a KeyError where it is read"),
    (r"optimizers\.Lion, defaults", "rule", "training-lion-default"),
    (r"optimizers\.RMSprop, defaults", "rule", "training-ema-default"),
    (r"layers\.ConvLSTM.D, defaults", "rule", "training-conv-lstm-gates"),
    (r"layers\.A(verage|vg)Pool.*, defaults", "rule", "layers-average-pooling"),
)
"""By a pattern of the difference: a rule, or why it is harmless, as it was measured."""


def answers(python: str, kinds: list[str]) -> dict[str, dict[str, Any]]:
    """What an interpreter's Keras answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answers.json")
        inside = str(Path(__file__).with_name("compare_inside.py"))
        subprocess.run([python, inside, str(path), *kinds], check=True, timeout=SECONDS, capture_output=True)
        found: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
        return found


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) <= CLOSE * max(1.0, abs(one)) or (one != one and other != other)
    return bool(one == other)


def defaults_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the parameters that both have stand in one order and have the same values."""
    both = [key for key in one if key in other]
    return both == [key for key in other if key in one] and all(one[key] == other[key] for key in both)


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What both answer, in different ways; that both raise is no difference."""
    for name in sorted(old.keys() & new.keys()):
        for what in sorted(old[name].keys() & new[name].keys()):
            one, other = old[name][what], new[name][what]
            both_raise = all(isinstance(each, dict) and "raises" in each for each in (one, other))
            same = defaults_alike(one, other) if what == "defaults" else alike(one, other)
            if not both_raise and not same:
                yield f"{name}, {what}", one, other


def known(difference: str) -> str:
    """What is known of a difference; empty where it is new."""
    return next((f"{kind}: {why}" for pattern, kind, why in KNOWN if re.fullmatch(pattern, difference)), "")


def main() -> int:
    """Print the table; returns 1 where a difference is new."""
    old, new = (answers(python, sys.argv[3:]) for python in sys.argv[1:3])
    print(f"{len(old.keys() & new.keys())} names are in both")
    rows = [(known(name), name, one, other) for name, one, other in differences(old, new)]
    for said, name, one, other in sorted(rows, key=lambda row: (bool(row[0]), row[1])):
        print(f"| {name} | {said or 'NEW'} | {json.dumps(one)[:80]} | {json.dumps(other)[:80]} |")
    return 1 if any(not said for said, *_ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
