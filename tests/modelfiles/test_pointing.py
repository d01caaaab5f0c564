"""``kdoctor check`` names the model files that the code loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor import rules
from kdoctor.code import scan
from kdoctor.run import model_files


def test_files_that_are_there_are_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "near.keras").touch()
    (tmp_path / "here.h5").touch()
    (tmp_path / "src" / "a.py").write_text(
        "import tensorflow as tf\n"
        "a = tf.keras.models.load_model('here.h5')\n"
        "b = tf.keras.models.load_model('here.h5', compile=False)\n"
        "c = tf.keras.models.load_model('near.keras')\n"
        "d = tf.keras.models.load_model('missing.h5')\n"
        "e = open('here.h5')\n"
    )
    usage = scan(["src"], rules=rules.all_rules())
    assert tuple(model_files(usage)) == ("here.h5", "src/near.keras")
