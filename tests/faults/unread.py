"""Nothing examined is never green: code and interpreters that cannot be read or examined."""

from __future__ import annotations

from typing import Any

from tests.faults.case import Case, Given, fake, fifo, file, folder, link, sparse

GOOD = "import keras\nprint(keras.__version__)\n"
SOUND = file("work/good.py", GOOD)
FINDING = file("work/bad.py", "import keras\nkeras.backend.ctc_batch_cost(1, 2, 3, 4)\n")
SCAN = "kdoctor scan --target tensorflow==2.18"

# Of each: what stands in the file, and a word of the reason.
UNREADABLE: dict[str, tuple[Given, str]] = {
    "Python 2": (file("work/src/x.py", "import keras\nprint 'x'\n"), "x.py"),
    "half a statement": (file("work/src/x.py", "import keras\nkeras.layers.Dense(\n"), "x.py"),
    "bad indentation": (file("work/src/x.py", "import keras\n  x = 1\n y = 2\n"), "x.py"),
    "UTF-16 without a mark": (file("work/src/x.py", "import keras\n".encode("utf-16-le")), "x.py"),
    "Latin-1 without a declaration": (file("work/src/x.py", b"import keras  # caf\xe9\n"), "x.py"),
    "an encoding that does not exist": (file("work/src/x.py", "# coding: nosuch\nimport keras\n"), "nosuch"),
    "null bytes": (file("work/src/x.py", b"import keras\n\0\0\0\n"), "x.py"),
    "a merge conflict": (
        file("work/src/x.py", "import keras\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> a\n"),
        "x.py",
    ),
    "HTML": (file("work/src/x.py", "<!DOCTYPE html><html>keras</html>"), "x.py"),
    "a FIFO": (fifo("work/src/x.py"), "x.py"),
    "33 MiB": (sparse("work/src/x.py", 2**25 + 2**20), "x.py"),
    "a notebook that is no JSON": (file("work/src/x.ipynb", "keras"), "x.ipynb"),
    "a notebook without cells": (file("work/src/x.ipynb", '{"keras": 1}'), "x.ipynb"),
    "an empty notebook file": (file("work/src/x.ipynb", '{"cells": [keras'), "x.ipynb"),
}


def _rows() -> list[Case]:
    rows = []
    for number, (name, (given, says)) in enumerate(UNREADABLE.items()):
        path = "src/x.ipynb" if "notebook" in name else "src/x.py"
        rare: dict[str, Any] = {"thorough": number % 4 != 0}
        rows += [
            Case(f"{name}, named alone", f"{SCAN} {path}", 3, [given], says=[says]),
            Case(f"{name}, alone in a folder", f"{SCAN} src", 3, [given], says=[says], **rare),
            Case(f"{name}, named with another", f"{SCAN} {path} good.py", 4, [given, SOUND], says=[says]),
            Case(f"{name}, in a folder with another", f"{SCAN} .", 0, [given, SOUND], says=[says], **rare),
            Case(f"{name}, in a folder, strictly", f"{SCAN} --strict .", 4, [given, SOUND], says=[says], **rare),
        ]
    return rows


CHECK = "kdoctor check --no-canaries --python {fake}"
CASES = [
    *_rows(),
    Case("a link to nothing, named", f"{SCAN} x.py", 2, [link("work/x.py", "nowhere.py")], says=["x.py"]),
    Case("a link to itself, named", f"{SCAN} x.py", 2, [link("work/x.py", "x.py")], says=["x.py"]),
    Case("a link to nothing in a folder", f"{SCAN} .", 3, [link("work/x.py", "nowhere.py")], says=["x.py"]),
    Case("a link to itself in a folder", f"{SCAN} .", 3, [link("work/x.py", "x.py")], says=["x.py"]),
    Case("a named file without Keras that is no Python", f"{SCAN} x.py", 3, [file("work/x.py", "print 'x'\n")]),
    Case("a named file without Keras that is Python", f"{SCAN} x.py", 0, [file("work/x.py", "print('x')\n")]),
    Case("an empty file", f"{SCAN} x.py", 0, [file("work/x.py")]),
    Case("standard input without Keras that is no Python", f"{SCAN} -", 3, stdin=b"x y z\n"),
    Case("a folder without Python", f"{SCAN} empty", 3, [folder("work/empty")], says=["no Python file"]),
    Case("the working folder without Python", SCAN, 3, [], says=["no Python file"]),
    Case("a folder without Python and a good file", f"{SCAN} empty good.py", 4, [folder("work/empty"), SOUND]),
    Case("a folder of which all was built", SCAN, 3, [file("work/build/lib/a.py", GOOD)]),
    Case("a folder of virtual environments", f"{SCAN} .", 3, [file("work/v/pyvenv.cfg"), file("work/v/a.py", GOOD)]),
    Case(
        "two files that cannot be read",
        f"{SCAN} a.py b.py",
        3,
        [file("work/a.py", "keras("), file("work/b.py", "keras)")],
    ),
    Case(
        "a folder of files that cannot be read",
        f"{SCAN} .",
        3,
        [file("work/a.py", "keras("), file("work/b.py", "keras)")],
    ),
    Case(
        "an unreadable folder and a good one",
        f"{SCAN} a b",
        4,
        [file("work/a/a.py", "keras("), file("work/b/b.py", GOOD)],
    ),
    Case("findings beside what was not read", f"{SCAN} bad.py x.py", 4, [FINDING, file("work/x.py", "keras(")]),
    Case("findings in a folder with a bad file", f"{SCAN} .", 1, [FINDING, file("work/x.py", "keras(")], says=["x.py"]),
    Case("findings, strictly, with a bad file", f"{SCAN} --strict .", 4, [FINDING, file("work/x.py", "keras(")]),
    Case("a bad file where nothing shall fail", f"{SCAN} --fail-on never a.py", 3, [file("work/a.py", "keras(")]),
    Case(
        "a bad file by another spelling", f"{SCAN} ./src/../a.py", 3, [file("work/a.py", "keras("), folder("work/src")]
    ),
    Case("a bad file by its whole path", f"{SCAN} {{work}}/a.py", 3, [file("work/a.py", "keras(")]),
    Case("standard input that is no Python", f"{SCAN} -", 3, stdin=b"import keras (\n"),
    Case("standard input that is Python", f"{SCAN} -", 0, stdin=b"import keras\n"),
    Case(
        "one cell that is no Python",
        f"{SCAN} a.ipynb",
        0,
        [
            file(
                "work/a.ipynb",
                """
        {"cells": [{"cell_type": "code", "source": "import keras"}, {"cell_type": "code", "source": "keras ("}]}""",
            )
        ],
        says=["cell 2"],
    ),
    Case(
        "one cell that is no Python, strictly",
        f"{SCAN} --strict a.ipynb",
        4,
        [
            file(
                "work/a.ipynb",
                """
        {"cells": [{"cell_type": "code", "source": "import keras"}, {"cell_type": "code", "source": "keras ("}]}""",
            )
        ],
    ),
    Case(
        "a notebook that breaks off",
        f"{SCAN} a.ipynb",
        3,
        [
            file(
                "work/a.ipynb",
                """
        {"cells": [{"cell_type": "code", "source": "import keras"}, {"cell_type": "co""",
            )
        ],
    ),
    Case(
        "a suppression without a reason, strictly",
        f"{SCAN} --strict good.py",
        0,
        [file("work/good.py", GOOD + "x = 1  # kdoctor: ignore[KD201]\n")],
    ),
    Case("an environment and a bad file", f"{CHECK} a.py", 4, [fake(), file("work/a.py", "keras(")], says=["a.py"]),
    Case("an environment and an empty folder", f"{CHECK} empty", 4, [fake(), folder("work/empty")]),
    Case(
        "no environment and a bad file",
        "kdoctor check --no-canaries --python ./no a.py",
        3,
        [file("work/a.py", "keras(")],
    ),
    Case("one interpreter of two", f"{CHECK} --python ./no", 4, [fake()], says=["There is no ./no", "Keras 3.10.0"]),
    Case(
        "one interpreter of two, first",
        "kdoctor check --no-canaries --python ./no --python {fake}",
        4,
        [fake()],
        says=["There is no ./no", "Keras 3.10.0"],
    ),
    Case(
        "one interpreter of two is no Python",
        f"{CHECK} --python ./sh",
        4,
        [fake(), file("work/sh", "#!/bin/sh\necho hello\n", 0o755)],
        says=["hello", "Keras 3.10.0"],
    ),
    Case(
        "one interpreter of two, in JSON",
        f"{CHECK} --python ./no --format json",
        4,
        [fake()],
        says=["There is no ./no"],
    ),
    Case(
        "one interpreter of two, in JUnit",
        f"{CHECK} --python ./no --format junit",
        4,
        [fake()],
        says=["There is no ./no"],
        thorough=True,
    ),
    Case(
        "one interpreter of two, as a page",
        f"{CHECK} --python ./no --format html",
        4,
        [fake()],
        says=["There is no ./no"],
        thorough=True,
    ),
    Case(
        "two interpreters, neither there", "kdoctor --no-canaries --python ./no1 --python ./no2", 3, says=["no1", "no2"]
    ),
    Case(
        "an environment without Keras beside one with",
        f"{CHECK} --python ./bare",
        4,
        [
            fake(),
            link("work/bare/bin/python", "{folder}/fake/bin/python"),
            file("work/bare/pyvenv.cfg", "home = /usr/bin\n"),
        ],
    ),
    Case(
        "a baseline of what was not read",
        "kdoctor baseline --target tensorflow==2.18 a.py",
        3,
        [file("work/a.py", "keras(")],
        says=["kdoctor-baseline.json was not written"],
    ),
    Case(
        "a baseline of a part",
        "kdoctor baseline --target tensorflow==2.18 a.py good.py",
        4,
        [file("work/a.py", "keras("), SOUND],
        says=["kdoctor-baseline.json was not written"],
    ),
]
