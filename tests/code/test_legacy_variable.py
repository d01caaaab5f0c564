"""Files that choose Keras 2 for themselves: said, and read otherwise on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdoctor.code import scan
from kdoctor.diagnosis.findings import Diagnosis
from kdoctor.environment.facts import missing
from kdoctor.words import Severity
from tests import builders

SETS_IT = "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\ntf.keras.Model\n"


@pytest.mark.parametrize(("ignore", "stack"), [(False, "tf.keras+legacy"), (True, "tf.keras")])
def test_a_file_that_sets_the_variable_is_judged_on_keras_2_unless_that_is_ignored(
    ignore: bool, stack: str, tmp_path: Path
) -> None:
    path = tmp_path / "train.py"
    path.write_text(SETS_IT)
    usage = scan([str(path)], rules=(), ignore_legacy=ignore)
    assert {use.location.stack for use in usage.uses if use.name == "tf.keras.Model"} == {stack}
    assert usage.on_legacy == (() if ignore else (str(path),))


def test_a_companion_that_is_not_installed_is_a_finding_at_its_imports(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text("import tensorflow_hub as hub\ntry:\n    import keras_cv\nexcept ImportError:\n    keras_cv = 0\n")
    usage = scan([str(path)], rules=())
    (tmp_path / "numpy").mkdir()
    environment = builders.environment(search_path=(str(tmp_path),))
    absent = missing(usage.imports, environment)
    found = Diagnosis(()).with_not_installed(absent, usage.uses).findings
    assert [(one.title, one.severity, one.locations[0].line) for one in found] == [
        ("tensorflow_hub is not installed here", Severity.ERROR, 1),
        ("keras_cv is not installed here", Severity.WARNING, 3),
    ]
