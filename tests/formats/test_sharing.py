"""Nothing private in any format: values of variables, credentials of addresses, home folders."""

from __future__ import annotations

import dataclasses
import html
import json
import random
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdoctor import formats
from kdoctor.environment.model import Environment, Kernel
from kdoctor.environment.steps import CodeStep
from kdoctor.formats import sharing
from kdoctor.formats.context import Context, Look
from kdoctor.notebook import display
from kdoctor.report import Report
from tests.formats.samples import ALL, gated, healthy, one_of_two

SCREENS = ("rich", "plain", "json")
"""What a person or a program on this machine reads; home folders stand there."""


def planted(value: Any, dice: random.Random, secrets: list[str], variables: Mapping[str, str]) -> Any:
    """The same with private words in many of its texts."""
    if isinstance(value, Enum):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: planted(getattr(value, field.name), dice, secrets, variables)
            for field in dataclasses.fields(value)
            if field.name not in ("created", "version", "url")
        }
        if isinstance(value, Environment):
            changes["variables"] = {**value.variables, **variables}
        if isinstance(value, Kernel):
            changes["variable"] = variables.get("TF_USE_LEGACY_KERAS")
        return dataclasses.replace(value, **changes)
    if isinstance(value, Mapping):
        return {key: planted(item, dice, secrets, variables) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(planted(item, dice, secrets, variables) for item in value)
    if isinstance(value, str):
        return f"{value} {dice.choice(secrets)}" if dice.random() < 0.4 else value
    return value


def written(report: Report, context: Context) -> dict[str, str]:
    """Everything that kdoctor writes of a report."""
    texts = {name: formats.render(name, report, context).decode() for name in formats.FORMATS}
    texts["summary"] = formats.summary(report, context)
    texts["to_json"] = report.to_json()
    texts["text"] = display.text(report, Look(80))
    for kind, data in display.bundle(report).items():
        texts[f"notebook {kind}"] = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    for name in ("json", "sarif", "gitlab", "to_json"):  # as a reader gets it
        texts[name] += json.dumps(json.loads(texts[name]), ensure_ascii=False)
    return texts


def flat(text: str) -> str:
    """Without markup, line ends and frames, so that wrapping hides nothing from a test."""
    return re.sub(r"[\s\\│|]+", "", html.unescape(re.sub(r"<[^<>]*>|\x1b\[[0-9;]*m", "", text)))


WORD = st.from_regex(r"[A-Za-z][A-Za-z0-9]{9,14}", fullmatch=True)
ADDRESSES = ["https://{u}:{p}@host/x.whl", "git+https://{p}@github.com/o/r", "ssh://{u}:{p}@host:22/x"]
ADDRESSES += [
    "https://{u}:{p}@host:8080/simple/",
    "https://host/x.whl?token={p}&x=1",
    "https://host/?X-Amz-Signature={p}",
]
ADDRESSES += ["tensorflow @ https://{u}:{p}@host/x.whl", '"https://{u}:{p}/{p}@host/"', "https://{u}:{p}@{p}@host/"]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.randoms(use_true_random=False), WORD, WORD, WORD, st.sampled_from(ADDRESSES))
def test_nothing_private_in_any_format(
    name: str, dice: random.Random, user: str, password: str, value: str, address: str
) -> None:
    user, password, value = f"Uq{user}", f"Pq{password}", f"Vq{value}"
    home = dice.choice([f"/home/{user}", f"/Users/{user}", f"C:\\Users\\{user}"])
    secrets = [address.format(u=user, p=password), f"{home}/x/y.py", f"File '{home}/a b/c.py' in {home}"]
    names = ["KERAS_API_KEY", "XLA_FLAGS", "PYTHONPATH", "KERAS_HOME", "KERAS_BACKEND", "TF_USE_LEGACY_KERAS"]
    report = planted(ALL[name](), random.Random(dice.getrandbits(32)), secrets, dict.fromkeys(names, value))
    context = Context(Look(100), verbose=True, root=f"{home}/repo", folder=f"{home}/repo/sub")
    for kind, text in written(report, context).items():
        seen = flat(text)
        assert password not in seen, kind
        assert value not in seen, kind
        if kind not in (*SCREENS, "to_json", "text"):
            assert user not in seen, kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bob:pw@host/x", "https://***@host/x"),
        ("git+ssh://git@host/x", "git+ssh://***@host/x"),
        ("https://host/repo@v1.0", "https://host/repo@v1.0"),
        ("https://host:8080/repo@v1.0", "https://host:8080/repo@v1.0"),
        ("git+https://github.com/o/r@main", "git+https://github.com/o/r@main"),
        ("a @ b // c @ d", "a @ b // c @ d"),
        ("https://h/?a=1&access_token=x&b=2", "https://h/?a=1&access_token=***&b=2"),
        ("https://h/?page=2", "https://h/?page=2"),
        ("x = a ? token=3", "x = a ? token=3"),
        ("@tf.function  # see https://keras.io", "@tf.function  # see https://keras.io"),
    ],
)
def test_credentials_and_nothing_else(text: str, expected: str) -> None:
    assert sharing.without_credentials(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/bob/x.py", "~/x.py"),
        ("in /home/bob", "in ~"),
        ("/root/x", "~/x"),
        ("/root", "~"),
        ("/rootfs/x", "/rootfs/x"),
        ("C:\\Users\\Bob Doe\\x.py", "~\\x.py"),
        ("c:/users/bob/x", "~/x"),
        ("file:///home/bob/x", "file://~/x"),
        ("https://site.org/home/page", "https://site.org/home/page"),
        ("https://site.org/root/page", "https://site.org/root/page"),
        ("/data/people/bob/x", "~/x"),
        ("/data/people/bobby/x", "/data/people/bobby/x"),
        ("'/home/bob/my env/bin/python' -m pip", "~/'my env/bin/python' -m pip"),
    ],
)
def test_homes_and_nothing_else(text: str, expected: str) -> None:
    assert sharing.without_homes(text, ["/data/people/bob"]) == expected


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("TF_USE_LEGACY_KERAS", "1", "1"),
        ("TF_USE_LEGACY_KERAS", "sesame", "(set)"),
        ("KERAS_BACKEND", "jax", "jax"),
        ("KERAS_HUB_TOKEN", "1", "(set)"),
        ("PYTHONPATH", "/srv/x", "(set)"),
    ],
)
def test_a_value_is_shown_where_it_is_one_of_few(name: str, value: str, shown: str) -> None:
    environment = dataclasses.replace(healthy().environments[0].environment, variables={name: value})
    report = dataclasses.replace(
        healthy(), environments=(dataclasses.replace(healthy().environments[0], environment=environment),)
    )
    assert json.loads(report.to_json())["environments"][0]["variables"] == {name: shown}


def test_what_holds_nothing_private_stays_the_very_same() -> None:
    for made in (healthy(), one_of_two()):
        plain = dataclasses.replace(
            made,
            environments=tuple(
                dataclasses.replace(one, environment=dataclasses.replace(one.environment, variables={}))
                for one in made.environments
            ),
        )
        assert sharing.shareable(plain)[0] is plain


@pytest.mark.parametrize("form", [one for one in formats.FORMATS if one not in ("github",)])
@pytest.mark.parametrize(
    "command", ["::error::x", "  ::set-output name=a::b", "##[error]x", "##vso[task.setvariable]x"]
)
def test_a_line_of_code_is_no_command(form: str, command: str) -> None:
    report = gated()
    examination = report.environments[0]
    findings = tuple(
        dataclasses.replace(one, detail=f"a\n{command}", explanation=f"b\n{command}", symptoms=(command,))
        for one in examination.findings
    )
    remedies = tuple(
        dataclasses.replace(one, steps=(CodeStep(f"y\n{command}", f"x\n{command}"),)) for one in examination.remedies
    )
    examination = dataclasses.replace(
        examination, findings=findings, remedies=remedies, notes=(command,), failures=(command,)
    )
    report = dataclasses.replace(report, environments=(examination,))
    text = formats.render(form, report, Context(verbose=True)).decode("utf-8")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert not re.search(r"^\s*::", shown, re.M)
    assert not re.search(r"##\w*\[", shown)
    if form in ("json", "sarif"):  # the same values all the same
        assert command.strip() in json.dumps(json.loads(text))


def test_colours_hide_no_command() -> None:
    from kdoctor.formats.text import harmless

    assert harmless("\x1b[2m \x1b[0m::error::x\n::notice::") == "\x1b[2m \x1b[0m: :error::x\n: :notice::"
    assert harmless("x[::2]  # ## a list") == "x[::2]  # ## a list"
