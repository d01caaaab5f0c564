from __future__ import annotations

import pytest

from kdoctor.model import Kernel, Remedy
from kdoctor.render.kernel_words import LEGACY_LINE, for_cell
from tests.render.samples import LEGACY_REMEDY

FRESH = Kernel(is_notebook=True)


@pytest.mark.parametrize(
    ("shell", "cell"),
    [
        ("python -m pip install 'keras>=3.12'", "%pip install 'keras>=3.12'"),
        ("poetry run python -m pip install keras", "%pip install keras"),
        ("uv pip install --python /x/python keras", "!uv pip install --python /x/python keras"),
        ("conda install -p /x -c conda-forge keras", "!conda install -p /x -c conda-forge keras"),
        ("%pip install keras", "%pip install keras"),
        ("export KERAS_BACKEND=tensorflow", "%env KERAS_BACKEND=tensorflow"),
        ("set KERAS_BACKEND=tensorflow", "%env KERAS_BACKEND=tensorflow"),
        ("unset KERAS_BACKEND", 'import os; os.environ.pop("KERAS_BACKEND", None)'),
        ("set KERAS_BACKEND=", 'import os; os.environ.pop("KERAS_BACKEND", None)'),
        ('import os; os.environ.pop("X", None)', 'import os; os.environ.pop("X", None)'),
    ],
)
def test_a_line_for_a_shell_becomes_one_for_a_cell(shell: str, cell: str) -> None:
    assert for_cell(Remedy("x", "X", (shell,)), FRESH).commands == (cell,)


def test_legacy_keras_is_a_line_of_python() -> None:
    mine = for_cell(LEGACY_REMEDY, FRESH)
    assert mine.commands == ('!uv pip install "tf-keras~=2.17.0"', LEGACY_LINE)
    assert mine.text.startswith("Run this in the first cell")
    compile(LEGACY_LINE, "cell", "exec")


def test_where_tensorflow_is_imported_the_kernel_is_restarted_first() -> None:
    used = Kernel(is_notebook=True, imported={"tensorflow": "2.17.0"})
    assert for_cell(LEGACY_REMEDY, used).text.startswith("Restart the kernel, then run this")


@pytest.mark.parametrize("kernel", [None, Kernel(is_notebook=False)])
def test_outside_of_notebooks_nothing_changes(kernel: Kernel) -> None:
    assert for_cell(LEGACY_REMEDY, kernel) is LEGACY_REMEDY
