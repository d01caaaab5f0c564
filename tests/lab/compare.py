"""Says where Kerases differ in the same small things: ``python -m tests.lab.compare OLD NEW``.

OLD and NEW are interpreters, or environments of the laboratory (``tensorflow-2.15``, ``newest``, ``nightly``), which
are built; of more than two each is compared with the next, and ``minors`` stands for every minor release of Keras 3.
Behind them may stand what is compared (``layers``, ``losses``, ``model``, ...). What is known of a difference is in
``KNOWN``; any other is new, and the exit status is then 1. With ``--new`` nothing else is printed.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.lab.compare_known import KNOWN, NOT_COMPARED
from tests.lab.environments import (
    NIGHTLY,
    InstallFailed,
    LabEnvironment,
    NoInterpreter,
    kept_or_temporary,
    newest,
    recorded_with,
    variables_for,
)

SECONDS = 1800
CLOSE, HALF = 2e-4, 5e-3
"""How far apart numbers may be that are the same: of most, and of half precision."""

Found = dict[str, dict[str, Any]]


def answers(python: str, kinds: list[str], variables: Mapping[str, str]) -> Found:
    """What an interpreter's Keras answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answers.json")
        inside = str(Path(__file__).with_name("compare_inside.py"))
        how = {"check": True, "timeout": SECONDS, "capture_output": True, "env": variables}
        subprocess.run([python, inside, str(path), *kinds], **how)  # type: ignore[call-overload]
        found: Found = json.loads(path.read_text("utf-8"))
        return found


def alike(one: Any, other: Any, close: float = CLOSE) -> bool:
    """Whether two answers are the same but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        close = HALF if one.get("dtype") == other.get("dtype") == "float16" else close
        return one.keys() == other.keys() and all(alike(one[key], other[key], close) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(*pair, close) for pair in zip(one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        both_nan = one != one and other != other
        return one == other or both_nan or math.isclose(one, other, rel_tol=close, abs_tol=close)
    return bool(one == other)


def defaults_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the parameters that both have stand in one order and have the same values."""
    both = [key for key in one if key in other]
    return both == [key for key in other if key in one] and all(one[key] == other[key] for key in both)


def raises(answer: Any) -> bool:
    return isinstance(answer, dict) and "raises" in answer


def names_of(name: str, found: dict[str, Any]) -> list[str]:
    """Every name of one class or function, with its module."""
    return [f"{name.rpartition('.')[0]}.{alias}".strip(".") for alias in found.get("aliases", ())]


def pairs(old: Found, new: Found) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What both have, by the name in the old one; the new one may know it by another of its names."""
    by_alias = {alias: found for name, found in new.items() for alias in names_of(name, found)}
    for name, found in sorted(old.items()):
        names = names_of(name, found)
        other = new.get(name) or next((by_alias[each] for each in names if each in by_alias), None)
        if other:
            yield name, found, other


def differences(old: Found, new: Found) -> Iterator[tuple[str, Any, Any]]:
    """What both answer, in different ways: what raises in one of them is not silent."""
    for name, found, other in pairs(old, new):
        for what in sorted((found.keys() & other.keys()) - {"aliases"}):
            one, two = found[what], other[what]
            if raises(one) or raises(two):
                continue
            if not (defaults_alike(one, two) if what.startswith("defaults") else alike(one, two)):
                yield f"{name}, {what}", one, two


def known(difference: str) -> str:
    """What is known of a difference; empty where it is new."""
    return next((f"{kind}: {why}" for pattern, kind, why in KNOWN if re.fullmatch(pattern, difference)), "")


def uncompared(old: Found, new: Found) -> list[str]:
    """What both have and of which both said nothing but their parameters, for no reason that is written down."""
    answered = {
        name.partition(", called")[0]
        for name, found, other in pairs(old, new)
        for what in found.keys() & other.keys()
        if not re.match("defaults|aliases", what) and not raises(found[what]) and not raises(other[what])
    }
    return [
        name
        for name, *_ in pairs(old, new)
        if name.partition(", called")[0] not in answered
        and not any(re.fullmatch(each, name.partition(", called")[0]) for each, _ in NOT_COMPARED)
    ]


def main() -> int:
    """Print a table for each two; returns 1 where a difference is new, 2 where nothing could be compared."""
    only_new = "--new" in sys.argv
    words = [word for word in sys.argv[1:] if word != "--new"]
    found: list[tuple[str, Found]] = []
    try:
        known_here = {} if "/" in "".join(words) else environments_by_name()
        minors = [name for name in known_here if re.fullmatch(r"keras-3\.\d+", name)]
        words = [name for word in words for name in (minors if word == "minors" else [word])]
        kinds = [word for word in words if word not in known_here and "/" not in word]
        with kept_or_temporary(True) as builder:
            for name in (word for word in words if word not in kinds):
                environment = known_here.get(name)
                python = str(builder.python(environment)) if environment else name
                found.append((name, answers(python, kinds, variables_for(environment or NIGHTLY))))
    except (InstallFailed, NoInterpreter, OSError, subprocess.SubprocessError) as error:
        print(f"These cannot be compared: {error}\n{getattr(error, 'stderr', None) or ''}"[-2000:], file=sys.stderr)
        return 2
    if len(found) < 2:
        print("Name two environments or interpreters. See the top of this file.", file=sys.stderr)
        return 2
    return max(
        compared(*old, *new, complete=not kinds and "ops" not in packages(old[1]), only_new=only_new)
        for old, new in zip(found, found[1:])
    )


def packages(found: Found) -> set[str]:
    """The modules that one has: what only Keras 3 has, such as ``ops``, is compared by its parameters alone."""
    return {name.partition(".")[0] for name in found}


def environments_by_name() -> dict[str, LabEnvironment]:
    """What can be named on the command line, in the order of the releases."""
    declared = {each.id: each for each in recorded_with(newest("tensorflow"), newest("keras"))}
    last = [each for name, each in declared.items() if re.fullmatch(r"keras-3\.\d+", name)][-1]
    return {**declared, "newest": last, NIGHTLY.id: NIGHTLY}


def compared(old_name: str, old: Found, new_name: str, new: Found, *, complete: bool, only_new: bool) -> int:
    """Print the table of two; returns 1 where a difference is new, or a name is not compared for no reason."""
    rows = [(known(name), name, one, other) for name, one, other in differences(old, new)]
    unknown = [row for row in rows if not row[0]]
    left = uncompared(old, new) if complete else []
    print(f"### {old_name} and {new_name}\n\n{len(list(pairs(old, new)))} names are in both, {len(rows)} differences,")
    print(f"{len(unknown)} of them new; {len(left)} names without a comparison or a reason: {left}\n")
    print("| what | known as | old | new |\n| --- | --- | --- | --- |")
    for said, name, one, other in sorted(unknown if only_new else rows, key=lambda row: (bool(row[0]), row[1])):
        cells = (name, said or "NEW", json.dumps(one)[:80], json.dumps(other)[:80])
        print("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return 1 if unknown or left else 0


if __name__ == "__main__":
    sys.exit(main())
