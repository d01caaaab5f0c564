"""Notebooks that are written, executed and read again without anything but the environment's own Jupyter."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
JUPYTER = ("ipykernel", "nbclient", "nbconvert", "papermill", "-e", str(ROOT))
SECONDS = 280
RUNNERS: Mapping[str, Sequence[str]] = {
    "jupyter execute": ("-c", "from nbclient.cli import main; main()", "--allow-errors", "--output={name}", "{given}"),
    "papermill": ("-m", "papermill", "{given}", "{out}", "--no-progress-bar", "-k", "python3"),
    "nbconvert": ("-m", "nbconvert", "--to=notebook", "--execute", "--allow-errors", "--output={name}", "{given}"),
}


def write(path: Path, *cells: str) -> Path:
    """A notebook with a cell of text and these cells of code."""
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": c} for c in cells
    ]
    document = {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": "# A lesson"}, *code],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def execute(
    python: Path, given: Path, environ: Mapping[str, str], runner: str = "jupyter execute"
) -> list[list[dict[str, Any]]]:
    """Run a notebook beside itself, and return the outputs of its code cells from the file that was saved."""
    out = given.with_name(f"{given.stem}-{runner.split()[-1]}.ipynb")
    command = [str(python), *(part.format(given=given, out=out, name=out.stem) for part in RUNNERS[runner])]
    done = subprocess.run(
        command,
        cwd=given.parent,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert out.exists(), done.stderr[-3000:]
    document = json.loads(out.read_text(encoding="utf-8"))
    return [cell["outputs"] for cell in document["cells"] if cell["cell_type"] == "code"]


def joined(value: Any) -> str:
    """A text that notebooks keep as one string or as a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value)


def printed(outputs: Sequence[Mapping[str, Any]]) -> str:
    """What a cell printed."""
    return "".join(joined(one["text"]) for one in outputs if one["output_type"] == "stream" and one["name"] == "stdout")


def errors(outputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The exceptions that ended a cell."""
    return [f"{one['ename']}: {one['evalue']}" for one in outputs if one["output_type"] == "error"]
