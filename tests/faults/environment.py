"""Metadata, configuration and folders of an environment that are not what they should be."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable

from tests.faults.case import ROOT, Case, Given, World, fake, fifo, file, folder, link, sparse

SITE = f"fake/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
TENSORFLOW = f"{SITE}/tensorflow-2.19.0.dist-info"
KERAS = f"{SITE}/keras-3.10.0.dist-info"
KERAS_JSON = "home/.keras/keras.json"
LOADER = f"{SITE}/tensorflow/python/util/lazy_loader.py"
FACTS = "kdoctor --no-canaries --python {fake}"
CHECK = "kdoctor --python {fake} --only rnn-stateful-carry"
HUGE = 10 * 2**30


def numpy(world: World) -> None:
    """A NumPy, without which TensorFlow cannot be imported."""
    file(f"{SITE}/numpy-2.0.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: numpy\nVersion: 2.0.2\n")(world)
    file(f"{SITE}/numpy/__init__.py")(world)


def without(path: str) -> Given:
    """Removes a file or a folder."""

    def remove(world: World) -> None:
        place = world.folder / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif os.path.lexists(place):
            place.unlink()

    return remove


def instead(path: str, put: Given) -> Given:
    """Puts something in place of what is there."""

    def replace(world: World) -> None:
        without(path)(world)
        put(world)

    return replace


def version(package: str, spelled: str) -> Given:
    """A version in the metadata and in the source of a package."""

    def write(world: World) -> None:
        place = TENSORFLOW if package == "tensorflow" else KERAS
        file(f"{place}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {spelled}\n\nWords.\n")(world)
        if package == "tensorflow":
            without(f"{SITE}/tensorflow/include")(world)
        source = world.folder / SITE / package / "__init__.py"
        source.write_text(re.sub("__version__ = .*", f"__version__ = {spelled!r}", source.read_text()))

    return write


SOUND = [fake(), numpy]
PLACES = {
    "METADATA": f"{TENSORFLOW}/METADATA",
    "RECORD": f"{TENSORFLOW}/RECORD",
    "WHEEL": f"{TENSORFLOW}/WHEEL",
    "INSTALLER": f"{KERAS}/INSTALLER",
    "direct_url.json": f"{KERAS}/direct_url.json",
    "keras/version.py": f"{SITE}/keras/version.py",
    "keras/src/version.py": f"{SITE}/keras/src/version.py",
    "lazy_loader.py": LOADER,
    "pyvenv.cfg of the environment's folder": "fake/lib/pyvenv.cfg",
}
KINDS: dict[str, Callable[[str], Given]] = {
    "a FIFO": fifo,
    "/dev/zero": lambda path: link(path, "/dev/zero"),
    "10 GB of nothing": lambda path: sparse(path, HUGE),
    "a folder": folder,
    "a link to itself": lambda path: link(path, path.rpartition("/")[2]),
    "a link to nowhere": lambda path: link(path, "nowhere"),
}
FAST = {
    "a FIFO": ("METADATA", "RECORD", "direct_url.json", "lazy_loader.py"),
    "/dev/zero": ("METADATA", "RECORD", "keras/version.py"),
    "10 GB of nothing": ("METADATA", "direct_url.json"),
    "a folder": ("METADATA",),
    "a link to itself": ("METADATA",),
    "a link to nowhere": ("RECORD",),
}
"""Of the pairs, those that are tried every time; the tests of the probe try the others in one process."""

CASES = [
    Case("a sound environment", FACTS, 0, SOUND, says=["TensorFlow 2.19.0", "Keras 3.10.0"], never=["KD0", "Not read"]),
    *(
        Case(
            f"{kind} in place of {name}",
            FACTS,
            0,
            [*SOUND, instead(path, put(path))],
            says=["TensorFlow 2.19.0" if name != "METADATA" else "KD003", "Keras 3.10.0"],
            thorough=name not in FAST[kind],
        )
        for name, path in PLACES.items()
        for kind, put in KINDS.items()
    ),
    *(
        Case(
            f"{kind} is not read as {name}, and named",
            FACTS,
            0,
            [*SOUND, instead(PLACES[name], put(PLACES[name]))],
            says=["Not read", name],
            thorough=kind != "10 GB of nothing",
        )
        for name in ("RECORD", "direct_url.json", "lazy_loader.py")
        for kind, put in list(KINDS.items())[:4]
    ),
    *(
        Case(
            f"{kind} in place of keras.json",
            FACTS,
            1,
            [*SOUND, put(KERAS_JSON)],
            says=["KD032", "cannot be read", "keras.json"],
        )
        for kind, put in list(KINDS.items())[:4]
    ),
    *(
        Case(f"keras.json: {name}", FACTS, code, [*SOUND, file(KERAS_JSON, content)], says=[says])
        for name, content, code, says in (
            ("nested too deeply", "[" * 10_000 + "]" * 10_000, 1, "KD032"),
            ("objects nested too deeply", '{"a":' * 10_000 + "1" + "}" * 10_000, 1, "KD032"),
            ("a number of 5,000 digits", '{"epsilon": ' + "9" * 5000 + "}", 0, "KD033"),
            ("no UTF-8", b'{"backend": "\xff"}', 0, "KD033"),
            ("empty", "", 0, "KD033"),
            ("a surrogate", '{"backend": "\\ud800"}', 1, "KD030"),
            ("terminal codes", '{"backend": "\\u001b]0;x\\u0007"}', 1, "KD030"),
            ("a list", "[]", 1, "KD032"),
            ("a backend that is a list", '{"backend": ["jax"]}', 1, "KD030"),
            ("a backend of a megabyte", json.dumps({"backend": "x" * 2**20}), 1, "KD030"),
        )
    ),
    *(
        Case(f"direct_url.json: {name}", FACTS, 0, [*SOUND, file(f"{KERAS}/direct_url.json", content)])
        for name, content in (
            ("nested too deeply", "[" * 10_000 + "]" * 10_000),
            ("an address that is none", '{"url": "file://[x", "dir_info": {"editable": true}}'),
            ("an address with a null byte", '{"url": "file:///a%00b", "dir_info": {"editable": true}}'),
            ("an address with a surrogate", '{"url": "file:///\\ud800", "dir_info": {"editable": true}}'),
            ("a number of 5,000 digits", '{"url": ' + "9" * 5000 + ', "dir_info": {"editable": true}}'),
            ("no UTF-8", b"\xff\xfe"),
            ("text", "editable"),
        )
    ),
    *(
        Case(
            f"TensorFlow {spelled[:24]}",
            FACTS,
            0,
            [*SOUND, version("tensorflow", spelled)],
            says=["KD008", "not a version"],
            thorough=spelled not in ("HEAD", "9" * 5000),
            never=["KD005", "KD011", "Keras 0.0", "as recorded on these versions", "~=.0", "~=0.0"],
        )
        for spelled in ("not-a-version", "HEAD", "2.x", "9" * 5000, "1" * 30, "2.19.0 or so", "2..19", "unknown")
    ),
    *(
        Case(
            f"Keras {spelled[:24]}",
            FACTS,
            0,
            [*SOUND, version("keras", spelled)],
            says=["KD008", "not a version", "Keras 3"],
            thorough=spelled not in ("3.x", "not-a-version"),
            never=["as recorded on these versions", "KD010", "KD012", "KD013"],
        )
        for spelled in ("not-a-version", "HEAD", "3.x", "9" * 5000, "3.10.0-final-final", "latest")
    ),
    *(
        Case(f"checks run where {package} is {spelled}", CHECK, 0, [*SOUND, version(package, spelled)], says=["KD008"])
        for package, spelled in (("tensorflow", "HEAD"), ("keras", "3.x"))
    ),
    Case(
        "a number of 5,000 digits in a requirement",
        FACTS,
        0,
        [
            *SOUND,
            file(
                f"{TENSORFLOW}/METADATA",
                "Name: tensorflow\nVersion: 2.19.0\nRequires-Dist: numpy<"
                + "9" * 5000
                + "\nRequires-Dist: keras>="
                + "9" * 5000
                + f"\nRequires-Python: >={'9' * 5000}\n\n",
            ),
        ],
    ),
    Case(
        "a marker of 5,000 digits and one that is nested",
        FACTS,
        0,
        [
            *SOUND,
            file(
                f"{TENSORFLOW}/METADATA",
                "Name: tensorflow\nVersion: 2.19.0\nRequires-Dist: numpy<3; "
                f"python_version < '{'9' * 5000}'\nRequires-Dist: numpy<3; {'(' * 9999}\n\n",
            ),
        ],
    ),
    Case("a metadata folder that is a file", FACTS, 0, [*SOUND, file(f"{SITE}/jax-0.5.0.dist-info", "Name: jax")]),
    Case("a metadata folder that is a FIFO", FACTS, 0, [*SOUND, fifo(f"{SITE}/jax-0.5.0.egg-info")]),
    Case(
        "a metadata folder that is a link to itself",
        FACTS,
        0,
        [*SOUND, link(f"{SITE}/jax-0.5.0.dist-info", "jax-0.5.0.dist-info")],
    ),
    Case("a metadata folder that is a link to nowhere", FACTS, 0, [*SOUND, link(f"{SITE}/jax-1.dist-info", "nowhere")]),
    Case(
        "metadata of nothing but null bytes",
        FACTS,
        0,
        [*SOUND, file(f"{KERAS}/METADATA", b"\0" * 4096)],
        says=["KD003"],
    ),
    *(
        Case(
            f"METADATA: {name}",
            FACTS,
            0,
            [*SOUND, file(f"{KERAS}/METADATA", content)],
            says=[says],
            thorough=name not in ("a message of several parts", "300,000 headers"),
        )
        for name, content, says in (
            (
                "a message of several parts",
                "Name: keras\nVersion: 3.10.0\nContent-Type: multipart/mixed\n\n--x",
                "3.10.0",
            ),
            ("300,000 headers", "Name: keras\nVersion: 3.10.0\n" + "A:\n" * 300_000, "Keras 3.10.0"),
            ("no end to a header", "Name: keras\nVersion: 3.10.0\nA: " + "x" * 3_000_000, "Keras 3.10.0"),
            ("headers that go on", "Name: keras\nVersion:\n  3.10.0\n" + "A: b\n c\n" * 1000 + "\n", "Keras 3.10.0"),
            ("lower case", "name: keras\nversion: 3.10.0\n\n", "Keras 3.10.0"),
            ("Windows lines", "Name: keras\r\nVersion: 3.10.0\r\n\r\nVersion: 1.0\r\n", "Keras 3.10.0"),
            ("another encoding", "Name: keras\nAuthor: Ünal\nVersion: 3.10.0\n\n".encode("utf-16"), "KD003"),
            ("Latin-1", "Name: keras\nAuthor: Ünal\nVersion: 3.10.0\n\n".encode("latin-1"), "Keras 3.10.0"),
            ("an encoded version", "Name: keras\nVersion: =?utf-8?q?3.10.0?=\n\n", "KD008"),
            ("5,000 requirements", "Name: keras\nVersion: 3.10.0\n" + "Requires-Dist: numpy (>1)\n" * 5000, "3.10.0"),
            ("a requirement of a megabyte", "Name: keras\nVersion: 3.10.0\nRequires-Dist: " + "a," * 2**19, "3.10.0"),
        )
    ),
    Case(
        "a FIFO among the metadata of an egg",
        FACTS,
        0,
        [
            *SOUND,
            instead(KERAS, file(f"{SITE}/keras-3.10.0.egg-info/PKG-INFO", "Name: keras\nVersion: 3.10.0\n\n")),
            fifo(f"{SITE}/keras-3.10.0.egg-info/requires.txt"),
        ],
        says=["Keras 3.10.0", "Not read"],
    ),
    Case(
        "a FIFO, an archive that is none and a loop on the search path",
        FACTS,
        0,
        [*SOUND, fifo("work/fifo.zip"), file("work/none.zip", b"PK\x05\x06"), link("work/loop", "loop")],
        environ={"PYTHONPATH": f"{ROOT}:fifo.zip:none.zip:loop"},
        says=["Keras 3.10.0"],
        never=["Not read"],
    ),
    Case(
        "a package that is a link to itself",
        FACTS,
        1,
        [*SOUND, instead(f"{SITE}/keras", link(f"{SITE}/keras", "keras"))],
        says=["KD003"],
    ),
    Case(
        "a file name that is no UTF-8",
        FACTS,
        0,
        [
            *SOUND,
            lambda world: os.close(
                os.open(os.fsencode(world.folder / SITE) + b"/tensorflow_x\xff-1.dist-info", os.O_CREAT)
            ),
        ],
    ),
]
