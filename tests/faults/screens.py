"""What people read: documents in any encoding, steps that can be pasted, one screen for one fault."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Callable
from xml.etree import ElementTree

from tests.faults.case import Case, Given, Result, World, fake, file

TITLE = "训练 ✓ é"
CODE = file("work/a.py", f"import keras\nkeras.nosuch  # {TITLE}\n")
SCAN = "kdoctor scan a.py --target tensorflow==2.21 --format"
SCREEN = 24


def is_xml(world: World, result: Result) -> None:
    ElementTree.fromstring(result.out)


def is_json(world: World, result: Result) -> None:
    json.loads(result.out)


def is_html(world: World, result: Result) -> None:
    HTMLParser().feed(result.out)
    assert result.out.startswith("<!DOCTYPE html>")


def is_text(world: World, result: Result) -> None:
    assert result.out.startswith("## kdoctor")


DOCUMENTS: dict[str, Callable[[World, Result], None]] = {
    "junit": is_xml,
    "html": is_html,
    "markdown": is_text,
    "json": is_json,
    "sarif": is_json,
    "gitlab": is_json,
}


def in_encoding(form: str, encoding: str) -> Case:
    """A document is UTF-8 whatever a redirected shell of Windows or a bare container says."""
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    name = f"screens: {form} on a {encoding} stdout"
    return Case(name, f"{SCAN} {form}", (0, 1), [CODE], environ=environ, then=DOCUMENTS[form])


def explained(code: str, *says: str) -> Case:
    """A page about no environment has steps that can be pasted all the same."""
    never = ["RANGE", "_NAME", "tensorflow_minor", "2.N", " PATH\n", "REQUIREMENT", "None"]
    name = f"screens: steps of {code} without an environment"
    return Case(name, f"kdoctor explain {code}", 0, says=says, never=never)


def fits(world: World, result: Result) -> None:
    lines = result.out.splitlines()
    assert len(lines) <= SCREEN
    assert all(len(line) <= 80 or "kdoctor " in line or "pip install" in line for line in lines)


def screen(name: str, code: int, says: Sequence[str], never: Sequence[str] = (), *given: Given, **environ: str) -> Case:
    """One fault, one screen; a fault is followed by no list of what else there is."""
    return Case(
        f"screens: {name}",
        "kdoctor --python {fake} --no-canaries",
        code,
        [fake(), *given],
        says,
        never,
        environ={"COLUMNS": "80", **environ},
        then=fits,
    )


CASES = [
    *(in_encoding(form, encoding) for form in DOCUMENTS for encoding in ("cp1252", "cp936", "ascii")),
    explained("KD001", "Rename tensorflow.py"),
    explained("KD002", "pip uninstall -y tensorflow tensorflow-cpu"),
    explained("KD003", "pip install tensorflow"),
    explained("KD005", "'numpy<2'", "'tensorflow>=2.18'"),
    explained("KD007", "'protobuf>="),
    explained("KD010", "'keras>=3'", "tf-keras~=2."),
    explained("KD011", "'keras~=2.15.0'", "'tensorflow>=2.16'"),
    explained("KD014", "tf-keras~=2."),
    explained("KD017", "pip install optree"),
    explained("KD030", "export KERAS_BACKEND=tensorflow"),
    explained("KD032", "Delete ~/.keras/keras.json"),
    explained("KD090", "tensorflow==2."),
    screen("nothing wrong", 0, ["No problem in the installed versions", "may stop or change"], ["[✗]", "error["]),
    screen(
        "legacy Keras is asked for and missing",
        1,
        [
            "error[KD020]",
            "'tf-keras~=2.19.0'",
            "unset TF_USE_LEGACY_KERAS",
            "[✗]  tf-keras",
            "Fix it first",
        ],
        ["may stop or change"],
        TF_USE_LEGACY_KERAS="1",
    ),
    screen("a value that is ignored", 1, ["error[KD021]", "TF_USE_LEGACY_KERAS=1"], TF_USE_LEGACY_KERAS="yes"),
    screen("a backend that is missing", 1, ["error[KD030]", "KERAS_BACKEND=tensorflow"], KERAS_BACKEND="jax"),
    screen("a backend that does not exist", 1, ["error[KD030]"], KERAS_BACKEND="nosuch"),
    screen(
        "a file in the way",
        1,
        ["error[KD001]", "Rename"],
        ["may stop or change"],
        file("work/tensorflow.py", "x = 1\n"),
    ),
]
