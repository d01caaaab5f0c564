"""``kdoctor check`` and ``kdoctor explain`` name the model files that code loads."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from kdoctor import messages, rules
from kdoctor.code import scan
from kdoctor.formats import explain
from kdoctor.formats.context import Look
from kdoctor.remedies.plan import usual
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


@pytest.mark.parametrize(
    ("line", "message", "named"),
    [
        ("net = keras.saving.load_model('a b/net.keras', compile=False)", "TypeError: no", ("a b/net.keras",)),
        ('layer = TFSMLayer("export", call_endpoint="serve")', "no", ("export",)),
        ("net = load_model(PATH)", "ValueError: File not found: filepath=runs/7.keras. Please", ("runs/7.keras",)),
        ("net = load_model('one.h5')", "OSError: it is not an hdf5 file. Received: filepath=one.h5", ("one.h5",)),
        ("open('one.h5'); model.fit(x, 'a.h5')", "ValueError: save as `my_model.keras`", ()),
    ],
)
def test_an_error_text_names_its_model_file(line: str, message: str, named: tuple[str, ...]) -> None:
    text = f'Traceback (most recent call last):\n  File "/home/me/run.py", line 3, in <module>\n    {line}\n{message}\n'
    (found,) = messages.explain(text, rules.all_rules()).errors
    assert found.files == named
    shown = explain.render_errors(messages.explain(text, rules.all_rules()), Look(200), usual())
    assert all(f"kdoctor model {shlex.quote(name)}" in shown for name in named)
