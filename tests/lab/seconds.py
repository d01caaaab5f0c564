"""Writes ``kdoctor/observe/seconds.json``: how long the slow canaries take, so that a run begins with them.

``python -m tests.lab.seconds REPORT [...]`` takes reports of ``kdoctor --all --no-cache --format json``. Kept is the
longest of what takes half a second or more; all that matters is which are long.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kdoctor.observe import run

LEAST = 0.5
"""Seconds."""


def longest(reports: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """By slug, the seconds of the slow canaries, the slowest first."""
    found: dict[str, float] = {}
    for report in reports:
        for environment in report["environments"]:
            for row in environment["canaries"]:
                if row["outcome"] not in ("not-run", "times-out"):
                    found[row["slug"]] = max(found.get(row["slug"], 0.0), round(row["seconds"], 1))
    return {slug: found[slug] for slug in sorted(found, key=lambda slug: (-found[slug], slug)) if found[slug] >= LEAST}


def main(paths: Sequence[str]) -> None:
    """Write the table that ships with kdoctor."""
    reports = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]
    Path(run.SECONDS).write_text(json.dumps(longest(reports), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
