"""What code imports and the environment lacks, and what is no package at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kdoctor.code import scan
from kdoctor.environment import machine
from kdoctor.environment.facts import missing
from tests.builders import environment

IMPORTS = "import tensorflow as tf\nimport json, asyncio\nimport numpy, segmentation_models as sm\nimport mine\n"


def test_imports_are_packages_and_neither_python_nor_the_codes_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(IMPORTS)
    (tmp_path / "mine").mkdir()
    found = scan(["src"], rules=())
    assert (found.imports, found.unknown) == (("numpy", "segmentation_models"), ("segmentation_models",))


def test_what_no_folder_of_the_search_path_has_is_missing(tmp_path: Path) -> None:
    for name in ("numpy", "cv2.abi3.so", "six.py", "__editable___novel_0_1_finder.py"):
        (tmp_path / name).touch()
    here = environment(search_path=(str(tmp_path), str(tmp_path / "gone")))
    assert missing(("numpy", "cv2", "six", "novel", "absent"), here) == ["absent"]
    assert missing(("absent",), environment(search_path=())) == []


def test_facts_of_the_machine_have_their_form(tmp_path: Path) -> None:
    for name in ("nvidia_cudnn_cu12-9.1.0.70.dist-info", "nvidia_x-Geheim.dist-info", "numpy-2.0.dist-info"):
        (tmp_path / name).mkdir()
    facts = dict(machine.facts(environment(search_path=(str(tmp_path),))))
    assert facts["CUDA packages"] == "nvidia-cudnn-cu12 9.1.0.70"
    assert all(re.fullmatch(r"[\w .,+-]+", fact) for fact in facts.values())
