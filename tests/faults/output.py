"""What is written: encodings, commands for CI services, terminal codes, private things."""

from __future__ import annotations

import json
from typing import Callable
from xml.etree import ElementTree

from tests.faults.case import Case, Result, World, fake, file, link

NASTY = "tf.keras.layers.LocallyConnected1D(1, 2, name='模型 é \u202e ::error::x ##[error]y')"
CODE = file("work/模型.py", f"import tensorflow as tf\n{NASTY}\n")
SCAN = "kdoctor scan . --target tensorflow==2.18"
CHECK = "kdoctor --no-canaries --python {fake}"
PRIVATE = {"KERAS_API_KEY": "Geheim1", "XLA_FLAGS": "--dump=Geheim2", "KERAS_HUB_TOKEN": "Geheim3"}
NEVER = ["Geheim"]


def is_in_utf_8(world: World, result: Result) -> None:
    data = (world.folder / "out").read_bytes().decode("utf-8")
    assert "模型" in data or "\\u6a21" in data or "%E6%A8%A1" in data


def is_xml(world: World, result: Result) -> None:
    is_in_utf_8(world, result)
    ElementTree.parse(world.folder / "out")


def is_json(world: World, result: Result) -> None:
    is_in_utf_8(world, result)
    json.loads((world.folder / "out").read_bytes())


def is_in(encoding: str) -> Callable[[World, Result], None]:
    def check(world: World, result: Result) -> None:
        text = (world.folder / "out").read_bytes().decode(encoding)
        assert "LocallyConnected" in text
        assert ("模型" in text) == (encoding == "cp936")

    return check


READERS = {"html": is_in_utf_8, "markdown": is_in_utf_8, "junit": is_xml, "json": is_json, "sarif": is_json}
ENCODINGS = [
    Case(
        f"{form} where stdout is {encoding}",
        f"{SCAN} --format {form}",
        1,
        [CODE],
        environ={"PYTHONIOENCODING": encoding},
        then=READERS.get(form) or (is_in(encoding) if form != "gitlab" else None),
        thorough=encoding == "ascii" and form not in ("junit", "rich"),
    )
    for form in ("rich", "plain", "github", "html", "markdown", "junit", "json", "sarif", "gitlab", "concise")
    for encoding in ("cp1252", "cp936", "ascii")
]
COMMANDS = [
    Case(
        f"code that is a command, as {form}",
        f"{SCAN} --verbose --format {form}",
        1,
        [file("work/a.py", f"import tensorflow as tf\nx = '''\n::error::x\n''', {NASTY}\n")],
        environ={"GITHUB_ACTIONS": "true"},
        never=["\n::error::x", "##[error]", "\u202e"],
        thorough=form not in ("rich", "json", "github"),
    )
    for form in ("rich", "plain", "github", "html", "markdown", "junit", "json", "sarif", "gitlab")
]
SECRETS = [
    Case(
        f"private things, as {form}",
        f"{CHECK} --verbose --format {form}",
        (0, 1),
        [
            fake(),
            file(
                "work/requirements.txt", "tensorflow @ https://bob:Geheim4@host/x.whl\nkeras @ https://Geheim5@host/y\n"
            ),
        ],
        environ=PRIVATE,
        never=NEVER,
        thorough=form in ("plain", "markdown", "gitlab"),
    )
    for form in ("rich", "plain", "github", "html", "markdown", "junit", "json", "sarif", "gitlab")
]
PASSWORD = file(
    "work/a.py",
    "import tensorflow as tf\ntf.keras.layers.LocallyConnected1D(1, 2, name='https://bob:Geheim6@host/?token=Geheim7')\n",
)
SECRETS += [
    Case(
        f"a password in code, as {form}",
        f"{SCAN} --format {form}",
        1,
        [PASSWORD],
        never=NEVER,
        thorough=form != "sarif",
    )
    for form in ("rich", "github", "html", "markdown", "junit", "json", "sarif", "gitlab")
]
SECRETS += [
    Case(
        f"the home folder, as {form}",
        f"kdoctor --no-canaries --python {{folder}}/home/fake/bin/python --format {form}",
        (0, 1),
        [fake(), link("home/fake", "{folder}/fake")],
        never=["{folder}/home/"],
        thorough=form in ("gitlab", "markdown"),
    )
    for form in ("html", "junit", "sarif", "gitlab", "markdown", "github")
]
ESCAPE = "\x1b]0;title\x07\x1b[2J\u202e\u200b\ufeff\u2066"
CODES = ["\x1b", "\x07", "\u202e", "\u200b", "\ufeff", "\u2066"]
STDERR = [
    Case("codes in a target", f"kdoctor scan a.py --target 'x{ESCAPE}'", 2, [CODE], never=CODES),
    Case("codes in a path", f"kdoctor scan 'x{ESCAPE}.py'", 2, never=CODES),
    Case("codes in the name of an interpreter", f"kdoctor --python './x{ESCAPE}'", 3, never=CODES),
    Case("codes in an option", f"kdoctor '--x{ESCAPE}'", 2, never=CODES),
    Case("codes in a format", f"kdoctor --format 'x{ESCAPE}'", 2, never=CODES),
    Case("codes in a command", f"kdoctor 'x{ESCAPE}'", 2, never=CODES),
    Case("codes in a rule", f"kdoctor explain 'x{ESCAPE}'", (0, 2), never=CODES),
    Case("codes in an output", f"kdoctor -o 'x{ESCAPE}=y'", 2, never=CODES),
    Case("codes in an area", f"kdoctor --only 'x{ESCAPE}'", 2, never=CODES),
    Case("codes in a stack", f"kdoctor --stack 'x{ESCAPE}'", 2, never=CODES),
    Case(
        "codes in the last words of an interpreter",
        "kdoctor --python ./p",
        3,
        [file("work/p", f"#!/bin/sh\nprintf '{ESCAPE}ho' >&2\nexit 3\n", 0o755)],
        never=CODES,
        says=["ho"],
    ),
    Case(
        "a command in the last words of an interpreter",
        "kdoctor --python ./p",
        3,
        [file("work/p", "#!/bin/sh\nprintf '\\n::error::x\\n##[error]y ::z' >&2\nexit 3\n", 0o755)],
        never=["\n::error", "##["],
    ),
    Case("a command in a path", "kdoctor scan 'a\n::error::b.py'", 2, never=["\n::error"]),
    Case(
        "a command in a text to explain",
        "kdoctor explain -",
        0,
        stdin=b"::error::x\n##[error]y\nValueError: x\n",
        never=["\n::error", "##["],
    ),
]

CASES = [*ENCODINGS, *COMMANDS, *SECRETS, *STDERR]
