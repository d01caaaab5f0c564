"""Code that is hard to read, or is none: it costs itself only, is named, and never passes for healthy."""

from __future__ import annotations

import os
import socket
from typing import Union

from tests.faults.case import Case, Given, World, fifo, file, folder, link, repository, sparse

HEAD = "import tensorflow as tf\nimport keras\nx = y = keras\n"
USE = "tf.keras.optimizers.legacy.Adam()\n"
SOUND = file("work/sound.py", "import keras\nprint(keras.__version__)\n")
TARGET = "--target tensorflow==2.19"
FOUND = "optimizers.legacy.Adam"
DEEP = "nested too deeply to be followed"
NO_CODE = "not code: neither Python nor a notebook"


def _socket(world: World) -> None:
    """A socket named like a script; its path is too long to be bound from elsewhere."""
    before = os.getcwd()
    os.chdir(world.work)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s.py")
    finally:
        os.chdir(before)


def scan(name: str, code: Union[str, bytes], exit_code: int, *says: str, path: str = "a.py", **more: object) -> Case:
    """A file is named, and read."""
    return Case(name, f"kdoctor scan {path} {TARGET}", exit_code, [file(f"work/{path}", code)], says, **more)  # type: ignore[arg-type]


def follows(name: str, code: str, *says: str) -> Case:
    """What stands behind this code is found all the same, at once and in little memory."""
    return scan(name, HEAD + code + USE, 1, FOUND, *says, within=10.0, memory_bytes=2**30)


def nested(name: str, code: str) -> Case:
    """This statement is too deep; the file is not, and its findings stay."""
    return follows(f"deep: {name}", code, f"a.py:4: {DEEP}")


DOUBLING = {
    "conditional expressions": "x = x.a1 if c else x.b1\n" * 40,
    "if and else": "if c:\n    x = x.a1\nelse:\n    x = x.b1\n" * 40,
    "try and except": "try:\n    x = x.a1\nexcept KeyError:\n    x = x.b1\n" * 40,
    "or": "x = x.a1 or x.b1\n" * 40,
    "and": "x = x.a1 and x.b1\n" * 40,
    "a for loop": "for i in y:\n" + "    x = x.a1 if c else x.b1\n" * 40,
    "a while loop": "while c:\n" + "    x = x.a1 or x.b1\n" * 40,
    "several names": "x, y = (x.a1 if c else y.b1), (y.a1 if c else x.b1)\n" * 40,
    "a walrus": "(x := x.a1 if c else x.b1)\n" * 40,
    "attributes of an object": "class A:\n    pass\na = A()\na.x = keras\n" + "a.x = a.x.a1 if c else a.x.b1\n" * 40,
    "the values that functions give": "".join(
        f"def f{n}(x):\n    if c:\n        return x.a1\n    return x.b1\nx = f{n}(x)\n" for n in range(40)
    ),
    "lists of lists": "z = keras.Input((3,))\n" + "z = [z, z]\n" * 60 + "tf.nn.relu(z)\n",
    "dictionaries": "z = keras.Input((3,))\n" + "z = dict(a=[z, z], b=[z, z])\n" * 60 + "tf.nn.relu(z)\n",
    "five hundred star imports": "".join(f"from keras.a{number} import *\n" for number in range(500)) + "z.b.c\n" * 500,
    "a long chain": "x = x.a1\n" * 20_000,
    "layers on layers": "z = keras.Input((3,))\n" + "z = keras.layers.Add()([z, z])\n" * 2000,
    "functions in functions that call": "".join("  " * n + f"def f{n}(m):\n" for n in range(12))
    + "  " * 12
    + "pass\n"
    + "".join(("  " * n + f"f{n}(keras.Model())\n") * 4 for n in range(11, -1, -1)),
}
DEEP_STATEMENTS = {
    "not": "s = " + "not " * 900 + "x\n",
    "minus": "s = " + "- " * 900 + "x\n",
    "powers": "s = " + " ** ".join(["x"] * 900) + "\n",
    "conditional expressions": "s = " + "a if b else " * 900 + "x\n",
    "lambdas": "s = " + "lambda: " * 900 + "x\n",
    "subscripts": "s = x" + "[0]" * 990 + "\n",
    "chained calls": "s = x" + ".a()" * 900 + "\n",
}
WIDE_STATEMENTS = {
    "900 plus": "s = " + " + ".join(["x"] * 900) + "\n",
    "2,500 plus of strings": "s = " + " + ".join(['"x"'] * 2500) + "\n",
    "900 attributes": "s = x" + ".a" * 900 + "\n",
    "90 lists": "s = " + "[" * 90 + "]" * 90 + "\n",
    "90 calls": "s = " + "f(" * 90 + ")" * 90 + "\n",
    "5,000 comparisons": "s = " + " < ".join(["x"] * 5000) + "\n",
    "90 blocks": "".join(" " * n + "if c:\n" for n in range(90)) + " " * 90 + "pass\n",
    "15 with": "".join(" " * n + "with c:\n" for n in range(15)) + " " * 15 + "pass\n",
    "2,000 elif": "if c == 0:\n    pass\n" + "".join(f"elif c == {n}:\n    z = x\n" for n in range(2000)),
}
INSIDE = {
    "10 functions": "".join("  " * n + f"def f{n}():\n" for n in range(10)) + "  " * 10,
    "40 functions": "".join(" " * n + f"def f{n}(a=1):\n" for n in range(40)) + " " * 40,
    "10 functions with calls": "".join("  " * n + f"def f{n}(m):\n" for n in range(10)) + "  " * 10,
    "10 classes and methods": "".join("  " * n + (f"class C{n}:\n" if n % 2 else f"def f{n}():\n") for n in range(20))
    + "  " * 20,
    "90 blocks": "".join(" " * n + "if c:\n" for n in range(90)) + " " * 90,
    "the last of 2,000 elif": "if c == 0:\n    pass\n"
    + "".join(f"elif c == {n}:\n    pass\n" for n in range(2000))
    + "else:\n    ",
    "15 loops": "".join(" " * n + "for i in y:\n" for n in range(15)) + " " * 15,
    "10 try": "".join(" " * n + "try:\n" for n in range(10))
    + " " * 10
    + USE
    + "".join(" " * n + "finally:\n" + " " * n + " pass\n" for n in range(9, -1, -1)),
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "Python 2": (b"import keras\nprint 'hello'\n", "this is Python 2"),
    "UTF-16": ("import keras\n".encode("utf-16"), "saved as UTF-16"),
    "half a file": (b"import keras\ndef f(:\n", "not valid Python"),
    "no UTF-8": (b"import keras\nx = '\xe9'\n", "not utf-8"),
    "an encoding that does not exist": (b"# coding: klingon\nimport keras\n", "klingon"),
    "null bytes": (b"import keras\n\0", "holds null bytes"),
    "100,000 plus": (b"import keras\nx = 1" + b" + 1" * 100_000, "nested too deeply to be parsed"),
    "100,000 minus": (b"import keras\nx = " + b"-" * 100_000 + b"1", "nested too deeply to be parsed"),
    "500 brackets": (b"import keras\nx = " + b"(" * 500 + b")" * 500, "a.py"),
    "40 MB of comments": (b"import keras\n" + b"#" * 40_000_000, "too large"),
}
NOT_CODE: dict[str, Union[str, bytes]] = {
    "requirements.txt": "tensorflow==2.15\nkeras\n",
    "requirements-dev.txt": "tensorflow>2\nnumpy\n",
    "Dockerfile": "FROM tensorflow/tensorflow:2.15.0\nRUN pip install keras\n",
    "environment.yml": "name: keras\ndependencies:\n  - tensorflow=2.15\n",
    "setup.cfg": "[metadata]\nname = keras\n",
    "model.json": '{"class_name": "Sequential", "keras_version": "2.15.0"}\n',
    "README.md": "# A model of Keras\n\nIt uses `tf.keras`.\n",
    "notes.txt": "keras\n",
    "settings.ini": "keras = 1\n",
    "run.sh": "#!/bin/sh\npython train.py # tensorflow\n",
    "weights.h5": b"\x89HDF\r\n\x1a\n" + bytes(2000),
    "empty.txt": "",
}
IS_CODE = {
    "train": "#!/usr/bin/env python3\n" + HEAD + USE,
    "train.txt": HEAD + USE,
    "train.pyw": HEAD + USE,
    "train.pyi": HEAD + USE,
    "book": '{"cells": [{"cell_type": "code", "source": "import tensorflow as tf\\n' + USE.strip() + '"}]}',
}
GLOBS = {
    "stars": "*a" * 30 + "b",
    "question marks and stars": "*?" * 40 + "b",
    "folders": "**/" * 40 + "x",
    "folders and stars": "**/*a/" * 40 + "x",
    "classes": "*[a-b]" * 30 + "c",
    "a wrong class": "[z-a]*",
    "a line of 100 kB": "*a" * 50_000,
}


def ignoring(line: str) -> list[Given]:
    """A repository with this line in its .gitignore, and names that such lines take long over."""
    return [
        repository(),
        file("work/.gitignore", line + "\n"),
        file("/".join(["work", *["a" * 200] * 3]) + ".py", HEAD + USE),
        file("/".join(["work", *"a" * 60]) + ".py", HEAD + USE),
    ]


LARGE = {
    "attributes": "a.b\n" * 800_000,
    "calls": "f()\n" * 800_000,
    "numbers": "x = [" + "1," * 1_600_000 + "]\n",
}

CASES = [
    *(scan(f"a file that takes much memory: {name}", HEAD + code, 3, "too large") for name, code in LARGE.items()),
    *(
        Case(
            f"files that take much memory: {name}",
            f"kdoctor scan . {TARGET}",
            0,
            [SOUND, *(file(f"work/{n}.py", HEAD + code) for n in range(3))],
            ["1.py: too large: more than 700,000 words and signs"],
            thorough=True,
            within=60.0,
        )
        for name, code in LARGE.items()
    ),
    scan("1 MiB of ordinary code", HEAD + "y = keras.layers.Dense(10, name='y')(x)\n" * 25_000 + USE, 1, FOUND),
    *(follows(f"doubling: {name}", code) for name, code in DOUBLING.items()),
    *(nested(name, code) for name, code in DEEP_STATEMENTS.items()),
    *(follows(f"wide: {name}", code) for name, code in WIDE_STATEMENTS.items()),
    *(scan(f"inside of {name}", HEAD + code + USE.strip() + "\n", 1, FOUND) for name, code in INSIDE.items()),
    *(scan(f"named, and not to be read: {name}", code, 3, "a.py", why) for name, (code, why) in REFUSED.items()),
    *(scan(f"named, and no code: {name}", code, 3, NO_CODE, path=name) for name, code in NOT_CODE.items()),
    *(scan(f"named, and code: {name}", code, 1, FOUND, path=name) for name, code in IS_CODE.items()),
    *(
        Case(f"a .gitignore of {name}", f"kdoctor scan . {TARGET}", 1, ignoring(line), [FOUND], within=10.0)
        for name, line in GLOBS.items()
    ),
    Case("a file and one that is none", f"kdoctor scan sound.py a.py {TARGET}", 4, [SOUND, file("work/a.py", "(")]),
    Case("a folder with one broken file", f"kdoctor scan . {TARGET}", 0, [SOUND, file("work/a.py", "import keras (")]),
    Case(
        "a folder with one broken file, strictly",
        f"kdoctor scan . --strict {TARGET}",
        4,
        [SOUND, file("work/a.py", "import keras (")],
    ),
    Case(
        "a folder of broken files",
        f"kdoctor scan . {TARGET}",
        3,
        [file("work/a.py", "import keras ("), file("work/b.py", "import keras )")],
        ["could not read any of its 2 files"],
    ),
    Case(
        "a folder of broken files and a sound one",
        f"kdoctor scan bad sound.py {TARGET}",
        4,
        [SOUND, file("work/bad/a.py", "import keras (")],
        ["could not read its only file"],
    ),
    Case("a folder of text", f"kdoctor scan . {TARGET}", 3, [file("work/a.txt", "keras")], ["no Python file"]),
    Case("a FIFO named", f"kdoctor scan a.py {TARGET}", 3, [fifo("work/a.py")], ["not a regular file"], within=5.0),
    Case("a FIFO found", f"kdoctor scan . {TARGET}", 0, [SOUND, fifo("work/a.py")], ["not a regular file"], within=5.0),
    Case("a FIFO as .gitignore", f"kdoctor scan . {TARGET}", 0, [SOUND, repository(), fifo("work/.gitignore")]),
    Case("/dev/zero as .gitignore", f"kdoctor scan . {TARGET}", 0, [SOUND, link("work/.gitignore", "/dev/zero")]),
    Case("8 GB of .gitignore", f"kdoctor scan . {TARGET}", 0, [SOUND, sparse("work/.gitignore", 8 * 2**30)]),
    Case("a device named", f"kdoctor scan /dev/zero {TARGET}", 3, says=["not a regular file"], within=5.0),
    Case("a link to a device", f"kdoctor scan . {TARGET}", 0, [SOUND, link("work/a.py", "/dev/zero")], within=5.0),
    Case("a socket", f"kdoctor scan s.py {TARGET}", 3, [_socket], ["cannot be opened"]),
    Case("8 GB of Python", f"kdoctor scan a.py {TARGET}", 3, [sparse("work/a.py", 8 * 2**30)], ["too large"]),
    Case("8 GB of a notebook", f"kdoctor scan a.ipynb {TARGET}", 3, [sparse("work/a.ipynb", 8 * 2**30)], ["too large"]),
    Case("40 MB on stdin", f"kdoctor scan - {TARGET}", 3, stdin=b"import keras\n" * 3_300_000, says=["too large"]),
    Case("8 GB found", f"kdoctor scan . {TARGET}", 0, [SOUND, sparse("work/a.py", 8 * 2**30)], ["too large"]),
    Case(
        "a link to a secret",
        f"kdoctor scan . {TARGET}",
        0,
        [SOUND, file("home/secret.py", HEAD + USE), link("work/a.py", "{folder}/home/secret.py")],
        ["a.py", "leads out"],
        [FOUND],
    ),
    Case(
        "a folder of secrets",
        f"kdoctor scan . {TARGET}",
        0,
        [SOUND, file("home/secrets/b.py", HEAD + USE), link("work/a", "{folder}/home/secrets")],
        ["leads out"],
        [FOUND],
    ),
    Case(
        "a link to a secret through a link",
        f"kdoctor scan . {TARGET}",
        0,
        [
            SOUND,
            file("home/secret.py", HEAD + USE),
            link("work/.b", "{folder}/home"),
            link("work/a.py", ".b/secret.py"),
        ],
        ["leads out"],
        [FOUND],
    ),
    Case(
        "a link to a folder of a like name",
        f"kdoctor scan . {TARGET}",
        0,
        [SOUND, file("work2/secret.py", HEAD + USE), link("work/a.py", "../work2/secret.py")],
        ["leads out"],
        [FOUND],
    ),
    Case(
        "a link that is named",
        f"kdoctor scan a.py {TARGET}",
        1,
        [file("home/mine.py", HEAD + USE), link("work/a.py", "{folder}/home/mine.py")],
        [FOUND],
    ),
    Case(
        "a link inside of the folder",
        f"kdoctor scan . {TARGET}",
        1,
        [file("work/lib/mine.py", HEAD + USE), link("work/a.py", "lib/mine.py")],
        [FOUND],
        ["leads out"],
    ),
    Case("links that go round", f"kdoctor scan . {TARGET}", 0, [SOUND, link("work/a", "."), link("work/b.py", "b.py")]),
    Case("a folder that may not be listed", f"kdoctor scan . {TARGET}", 0, [SOUND, folder("work/a.py")]),
]
