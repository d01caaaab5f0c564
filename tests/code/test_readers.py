"""Files of every kind: each that cannot be read costs itself only, and is named."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import pytest

from kdoctor.code import Usage, scan
from kdoctor.code.match import RulePatterns
from kdoctor.environment.model import Lost
from kdoctor.rules.patterns import Argument, Call, Name, Site
from kdoctor.words import Certainty, Severity

LEGACY = RulePatterns("KD801", "legacy", (Name("keras.optimizers.legacy"),))
VARIABLE = (Argument(position=0, value="TF_USE_LEGACY_KERAS"),)


def is_late(site: Site) -> bool:
    return site.imported != ""


LATE = RulePatterns("KD031", "late", (Call("os.environ.__setitem__", VARIABLE, when=is_late),))
LOST = RulePatterns("KD033", "lost", (Call("os.putenv", VARIABLE),))
RULES = (LEGACY, LATE, LOST)
USE = "import tensorflow as tf\ntf.keras.optimizers.legacy.SGD()\n"


def write(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def notebook(*sources: object, metadata: Optional[dict[str, object]] = None) -> dict[str, object]:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    return {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}


def places(usage: Usage) -> list[tuple[str, int, int]]:
    return [(os.path.basename(hit.location.path), hit.location.cell, hit.location.line) for hit in usage.hits]


def reasons(usage: Usage) -> list[str]:
    return [one.reason for one in usage.unread]


# ------------------------------------------------------------------------------------------------ Python files


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (USE.encode(), 2),
        (b"\xef\xbb\xbf" + USE.encode(), 2),
        (b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + USE.encode(), 4),
        (b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n" + USE.encode(), 5),
        (USE.replace("\n", "\r\n").encode(), 2),
        (USE.replace("\n", "\r").encode(), 2),
    ],
)
def test_every_encoding_and_line_ending_of_python(tmp_path: Path, content: bytes, line: int) -> None:
    usage = scan([str(write(tmp_path, "a.py", content))], rules=RULES)
    assert places(usage) == [("a.py", 0, line)]
    assert usage.unread == ()
    assert usage.hits[0].location.text == "tf.keras.optimizers.legacy.SGD()"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"import keras\nprint 'hello'\n", "this is Python 2"),
        (b"import keras\ntry:\n    pass\nexcept ValueError, e:\n    pass\n", "this is Python 2"),
        (b"import keras\ndef f(:\n", "not valid Python: "),
        (b"import keras\nx = '\xe9'\n", "not utf-8: byte 0xe9; save it as UTF-8"),
        (b"# coding: klingon\nimport keras\n", "says an encoding that does not exist: unknown encoding: klingon"),
        (b"# coding: hex\nimport keras\n", "says it is encoded in 'hex', which is no text encoding"),
        ("import keras\n".encode("utf-16"), "saved as UTF-16, which Python does not read; save it as UTF-8"),
        (b"import keras\n\0", "holds null bytes"),
        (b"import keras\nx = " + b"(" * 500 + b")" * 500, ""),
        (b"import keras\nx = " + b"-" * 100_000 + b"1", "nested too deeply to be parsed"),
        (b"import keras\nx = 1" + b" + 1" * 100_000, "nested too deeply to be parsed"),
        (b"import keras\nx = keras" + b".a" * 100_000, "nested too deeply to be parsed"),
        (b"import keras\n" + b"f()\n" * 200_000, "too large: more than 700,000 words and signs"),
        (b"import keras\n" + b"#" * 40_000_000, "too large: 38 MiB"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value.replace(" ", "-")[:30],
)
def test_what_cannot_be_read_costs_itself_only_and_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    if sys.version_info < (3, 11) and reason.startswith("nested"):
        pytest.skip("the older parsers take what is nested as deeply as this")
    broken = write(tmp_path, "broken.py", content)
    write(tmp_path, "fine.py", USE)
    usage = scan([str(tmp_path)], rules=RULES)
    assert places(usage) == [("fine.py", 0, 2)]
    assert [problem.path for problem in usage.unread] == [str(broken)]
    assert reason in usage.unread[0].reason
    assert usage.unread[0].lost is Lost.ALL
    assert (usage.files, usage.read) == (2, 1)


def test_a_path_that_is_not_there_a_folder_in_place_of_a_file_and_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    write(tmp_path, "folder.py/inside.py", USE)
    os.mkfifo(tmp_path / "pipe.py")
    os.symlink("nowhere", tmp_path / "dangling.py")
    usage = scan([str(tmp_path), str(tmp_path / "gone.py")], rules=RULES)
    assert places(usage) == [("inside.py", 0, 2)]
    assert {os.path.basename(one.path): one.reason for one in usage.unread} == {
        "gone.py": "no such file or folder",
        "pipe.py": "not a regular file",
        "dangling.py": "no such file",
    }


def test_columns_count_characters_and_multi_line_names_point_at_their_end(tmp_path: Path) -> None:
    text = "import tensorflow as tf\ns = 'é'; tf.keras.optimizers.legacy.SGD\n"
    text += "x = (tf.keras\n     .optimizers\n     .legacy)\n"
    usage = scan([str(write(tmp_path, "a.py", text))], rules=RULES)
    assert [(hit.location.line, hit.location.column) for hit in usage.hits] == [(2, 10), (5, 7)]


def test_standard_input_is_python_or_a_notebook(tmp_path: Path) -> None:
    assert places(scan(["-"], rules=RULES, stdin=USE.encode())) == [("-", 0, 2)]
    cells = json.dumps(notebook("x = 1", USE)).encode()
    assert places(scan(["-"], rules=RULES, stdin=cells)) == [("-", 2, 2)]


DEEP = {
    "a version": "x if tf.__version__ > '2' else ",
    "loops": "[x for x in ",
    "lambdas": "lambda a=1: ",
    "signs": "- ",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_statement_that_is_too_deep_changes_nothing_behind_it(name: str) -> None:
    depth = 60 if "[" in DEEP[name] else 900
    deep = DEEP[name] * depth + "x" + "]" * (depth if "[" in DEEP[name] else 0)
    usage = scan(["-"], rules=RULES, stdin=f"import tensorflow as tf\ns = {deep}\n{USE}".encode())
    assert [(hit.location.line, hit.location.certainty) for hit in usage.hits] == [(4, Certainty.CERTAIN)]
    assert {one.lost for one in usage.unread} <= {Lost.PART}


def test_a_file_that_takes_too_long_is_read_up_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("kdoctor.code.resolve.time.monotonic", lambda: float(next(clock)))  # a second a statement
    usage = scan(["-"], rules=RULES, stdin=(USE + "x = 1\n" * 20 + USE).encode())
    assert [hit.location.line for hit in usage.hits] == [2]
    assert [(one.reason, one.lost) for one in usage.unread] == [("reading it takes longer than 10 s", Lost.REST)]


# ---------------------------------------------------------------------------------------------------- notebooks


def test_names_bound_in_one_cell_are_known_in_the_next(tmp_path: Path) -> None:
    cells = notebook(["import tensorflow\n", "L = tensorflow.keras.optimizers"], "L.legacy.SGD()")
    usage = scan([str(write(tmp_path, "a.ipynb", cells))], rules=RULES)
    assert places(usage) == [("a.ipynb", 2, 1)]
    (place,) = [use.location for use in usage.uses if use.called]
    assert (place.cell, place.line, place.column, place.text) == (2, 1, 1, "L.legacy.SGD()")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["%matplotlib inline\n!pip install keras\n" + USE], [(1, 4)]),
        (["import tensorflow as tf\n%time tf.keras.optimizers.legacy.SGD()"], [(1, 2)]),
        (["import tensorflow as tf", "%%time\n%%capture out\n\ntf.keras.optimizers.legacy.SGD()"], [(2, 4)]),
        (["import tensorflow as tf\nif 1:\n    !ls {x}\n    files = !ls\n    tf.keras.optimizers.legacy"], [(1, 5)]),
        (["import tensorflow as tf\ntf.keras?\n??tf.keras\ntf.keras.optimizers.legacy"], [(1, 4)]),
        (["import tensorflow as tf\n!pip install \\\n   keras \\\n   tf\ntf.keras.optimizers.legacy"], [(1, 5)]),
        (["import tensorflow as tf\nx = ('%d'\n% 3)\n%cd /\ns = '''\n!x\n'''\ntf.keras.optimizers.legacy"], [(1, 8)]),
        (["%%bash\nimport tensorflow as tf\ntf.keras.optimizers.legacy", USE], [(2, 2)]),
        (["%%html\n<b>keras</b>", "%%writefile a.py\n" + USE, "%%R\nlibrary(keras)"], []),
        (["import tensorflow as tf\nawait tf.keras.optimizers.legacy.x\nreturn 3"], [(1, 2)]),
    ],
)
def test_magics_shell_lines_and_other_kernels(
    tmp_path: Path, sources: Sequence[str], expected: list[tuple[int, int]]
) -> None:
    usage = scan([str(write(tmp_path, "a.ipynb", notebook(*sources)))], rules=RULES)
    assert usage.unread == ()
    assert [(hit.location.cell, hit.location.line) for hit in usage.hits] == expected


def test_the_variable_set_by_a_magic_and_in_a_later_cell(tmp_path: Path) -> None:
    early = notebook("%env TF_USE_LEGACY_KERAS=1", USE)
    late = notebook("import tensorflow", "%set_env TF_USE_LEGACY_KERAS 1", "!export TF_USE_LEGACY_KERAS=1")
    exported = "get_ipython().run_line_magic('env', 'TF_USE_LEGACY_KERAS=1')\n" + USE
    write(tmp_path, "early.ipynb", early)
    write(tmp_path, "exported.py", exported)
    write(tmp_path, "late.ipynb", late)
    usage = scan([str(tmp_path)], rules=RULES)
    assert [
        (hit.slug, os.path.basename(hit.location.path), hit.location.cell, hit.location.stack) for hit in usage.hits
    ] == [
        ("legacy", "early.ipynb", 2, "tf.keras+legacy"),
        ("legacy", "exported.py", 0, "tf.keras+legacy"),
        ("late", "late.ipynb", 2, ""),
        ("lost", "late.ipynb", 3, ""),
    ]


def test_a_cell_that_is_not_python_costs_that_cell_only(tmp_path: Path) -> None:
    cells = notebook("import tensorflow as tf", "def f(:", "print 'old'", "tf.keras.optimizers.legacy")
    usage = scan([str(write(tmp_path, "a.ipynb", cells))], rules=RULES)
    assert places(usage) == [("a.ipynb", 4, 1)]
    assert [(problem.cell, problem.line) for problem in usage.unread] == [(2, 1), (3, 1)]
    assert "Python 2" in usage.unread[1].reason


def test_nbformat_3_polyglot_cells_and_foreign_kernels(tmp_path: Path) -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "language": "python", "input": USE.splitlines(True)}]}]}
    polyglot = notebook("import tensorflow as tf", "tf.keras.optimizers.legacy")
    polyglot["cells"][1]["metadata"] = {"vscode": {"languageId": "julia"}}  # type: ignore[index]
    julia = notebook(USE, metadata={"language_info": {"name": "julia"}})
    write(tmp_path, "julia.ipynb", julia)
    write(tmp_path, "old.ipynb", {**old, "metadata": {"name": ""}, "nbformat": 3})
    write(tmp_path, "polyglot.ipynb", polyglot)
    usage = scan([str(tmp_path)], rules=RULES)
    assert usage.unread == ()
    assert places(usage) == [("old.ipynb", 1, 2)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"cells": [{"cell_type": "code", "source": "import keras', "not valid JSON"),
        (b"", "not valid JSON"),
        (b"keras", "not valid JSON"),
        (b'{"keras": 3}', "not a notebook: it is JSON without `cells`"),
        (b"[3]", "not a notebook: it is JSON without `cells`"),
        (b'{"cells": [] "keras": 3}', "not valid JSON"),
        (b'{"cells": []} keras', "not valid JSON"),
        (b"[" * 100_000, "not a notebook: nested too deeply"),
        (b'{"cells": [{"cell_type": "code", "source": ["import keras", [3]], "x": [[]]}]}', "its source is not text"),
        (b'{"cells": [{"cell_type": "code", "source": "keras \xe9", "outputs": []}]}', "it is not UTF-8"),
        (b'{"cells": [{"cell_type": "code", "source": "keras \\q", "outputs": []}]}', "not valid JSON"),
        (b'{"cells": [3, "keras"]}', "not a cell"),
    ],
)
def test_broken_notebooks_are_named(tmp_path: Path, content: bytes, reason: str) -> None:
    write(tmp_path, "broken.ipynb", content)
    write(tmp_path, "fine.ipynb", notebook(USE))
    usage = scan([str(tmp_path)], rules=RULES)
    assert places(usage) == [("fine.ipynb", 1, 2)]
    assert reason in reasons(usage)[0]


# ------------------------------------------------------------------------------------------------------ folders


def test_environments_and_what_tools_make_are_passed_over(tmp_path: Path) -> None:
    for name in (
        "a.py",
        "build/b.py",
        "src/deep/er/x.py",
        ".venv/lib/d.py",
        "myenv/lib/e.py",
        "conda/lib/e.py",
        "node_modules/f.py",
        ".git/g.py",
        "__pycache__/h.py",
        ".ipynb_checkpoints/i-checkpoint.ipynb",
        "src/l.pyw",
        "src/k.txt",
    ):
        write(tmp_path, name, notebook(USE) if name.endswith("ipynb") else USE)
    write(tmp_path, "myenv/pyvenv.cfg", "")
    (tmp_path / "conda" / "conda-meta").mkdir()
    usage = scan([str(tmp_path)], rules=RULES)
    assert [os.path.relpath(hit.location.path, tmp_path) for hit in usage.hits] == [
        "a.py",
        "src/l.pyw",
        "src/deep/er/x.py",
    ]
    assert len(scan([str(tmp_path / "build")], rules=RULES).hits) == 1  # it is named
    twice = [str(tmp_path / "src/deep/er/x.py"), str(tmp_path / "src/deep/../deep/er/x.py"), str(tmp_path / "src")]
    assert len(scan(twice, rules=RULES).hits) == 2


def test_nothing_of_what_is_read_is_run_or_imported(tmp_path: Path) -> None:
    write(tmp_path, "keras.py", "raise SystemExit('run')\n")
    path = write(tmp_path, "a.py", "import keras\nopen('ran', 'w')\nraise SystemExit('run')\n")
    before = set(sys.modules)
    scan([str(path)], rules=RULES)
    assert not (tmp_path / "ran").exists()
    assert not {name.partition(".")[0] for name in set(sys.modules) - before} & {"keras", "tensorflow"}


# -------------------------------------------------------------------------------------------------- suppressions


def test_a_comment_that_ignores_needs_a_code_and_a_reason(tmp_path: Path) -> None:
    call = "tf.keras.optimizers.legacy.SGD()"
    text = "\n".join(
        [
            "import tensorflow as tf",
            f"{call}  # kdoctor: ignore[KD801] runs under Keras 2 only",
            f"{call}  # kdoctor: ignore[KD8O1, legacy]: the slug works too",
            f"{call}  # kdoctor: ignore[KD801]",
            f"{call}  # kdoctor: ignore the reason without a code",
            f"{call}  # kdoctor: ignore[KD031] another code",
            f"{call}; s = '# kdoctor: ignore[KD801] in a string'",
            "x = (tf.keras",
            "     .optimizers.legacy)  # kdoctor: ignore[KD801] behind the bracket",
            "x = 1  # kdoctor: ignore[KD801] of nothing",
        ]
    )
    usage = scan([str(write(tmp_path, "a.py", text))], rules=RULES)
    assert [hit.location.line for hit in usage.hits] == [4, 5, 6, 7]
    assert [(one.location.line, one.reason) for one in usage.ignored] == [
        (2, "runs under Keras 2 only"),
        (3, "the slug works too"),
        (9, "behind the bracket"),
    ]
    assert {(one.location.line, one.text.partition("; ")[0]) for one in usage.remarks} == {
        (3, "this comment ignores KD8O1, which is no rule"),
        (4, "this comment ignores nothing: it gives no reason behind [KD801]"),
        (5, "this comment ignores nothing: it names no rule"),
        (6, "this comment ignores KD031, which is not found in its line"),
        (10, "this comment ignores KD801, which is not found in its line"),
    }
    assert "did you mean KD801?" in next(one.text for one in usage.remarks if one.location.line == 3)
    assert {one.location.line for one in usage.remarks if one.severity is Severity.INFO} == {6, 10}
    assert not usage.unread


def test_comments_that_ignore_belong_to_their_cell(tmp_path: Path) -> None:
    call = "tf.keras.optimizers.legacy.SGD()"
    cells = notebook("import tensorflow as tf", f"{call}  # kdoctor: ignore[KD801] here", call)
    usage = scan([str(write(tmp_path, "a.ipynb", cells))], rules=RULES)
    assert [hit.location.cell for hit in usage.hits] == [3]
    assert [hit.location.cell for hit in usage.ignored] == [2]


def test_a_folder_in_which_there_is_nothing_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("import keras")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "one.py").write_text("import keras")
    usage = scan([str(tmp_path / "code"), str(tmp_path)], rules=())
    assert (usage.files, usage.unread) == (1, ())
    (tmp_path / "code" / "one.py").unlink()
    (problem,) = scan([str(tmp_path)], rules=()).unread
    assert (problem.path, problem.reason) == (str(tmp_path), "no Python file and no notebook was found in it")
