"""What installs packages in an environment, by the traces that it leaves there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from kdoctor.environment.model import Distribution
from kdoctor.environment.packages import Reader

_LOCK_FILES = {"poetry": "poetry.lock", "pdm": "pdm.lock", "uv": "uv.lock", "pixi": "pixi.lock"}


def manager_of(
    answer: Mapping[str, Any], distributions: Sequence[Distribution], working_folder: str, reader: Reader
) -> tuple[str, str]:
    """The manager, and the folder of the project whose lock file governs the environment; empty where there is none."""
    variables = answer["variables"]
    manager, project = _project(answer["interpreter"]["prefix"], working_folder)
    if "COLAB_RELEASE_TAG" in variables or "COLAB_GPU" in variables or "google.colab" in answer["modules"]:
        return "colab", project
    if "KAGGLE_KERNEL_RUN_TYPE" in variables:
        return "kaggle", project
    return manager or _by_traces(answer, distributions, reader), project


def _project(prefix: str, working_folder: str) -> tuple[str, str]:
    parent = os.path.dirname(prefix)
    if os.path.basename(parent) == "envs" and os.path.basename(os.path.dirname(parent)) == ".pixi":
        return "pixi", os.path.dirname(os.path.dirname(parent))
    if os.path.basename(prefix) in (".venv", "venv", "__pypackages__"):
        for manager, lock in _LOCK_FILES.items():
            if os.path.isfile(os.path.join(parent, lock)):
                return manager, parent
    if "pypoetry" in prefix and working_folder and os.path.isfile(os.path.join(working_folder, "poetry.lock")):
        return "poetry", working_folder
    return "", ""


def _by_traces(answer: Mapping[str, Any], distributions: Sequence[Distribution], reader: Reader) -> str:
    prefix: str = answer["interpreter"]["prefix"]
    conda = os.path.join(prefix, "conda-meta")
    if os.path.isdir(conda):
        return "pixi" if os.path.isfile(os.path.join(conda, "pixi")) else "conda"
    if "pypoetry" in prefix:
        return "poetry"
    installers = [found.installer.lower() for found in distributions if found.owns and found.installer]
    for name in ("poetry", "pdm", "uv"):
        if any(installer.startswith(name) for installer in installers):
            return name
    lines = (reader.text(os.path.join(prefix, "pyvenv.cfg")) or "").splitlines()
    settings = {line.partition("=")[0].strip().lower() for line in lines if "=" in line}
    if "uv" in settings and not installers:
        return "uv"
    # PEP 668: the interpreter asks installers to keep away.
    mark = os.path.join(answer["standard_library"], "EXTERNALLY-MANAGED")
    is_closed = not answer["interpreter"]["venv"] and os.path.isfile(mark)
    return "system" if is_closed or (prefix == "/usr" and not settings) else "pip"
