"""Nothing that tells who, where or how to get in comes through, whatever field it stands in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdoctor.environment.model import Distribution, Environment, KerasConfig, Package, Shadow
from kdoctor.formats import issue_block as block
from tests.formats.samples import ALL, ENVIRONMENT

SECRET = "Ada5ecret"
SECRETS = [
    SECRET,
    f"/home/{SECRET}/novel",
    f"C:\\Users\\{SECRET}",
    f"https://{SECRET}:token@pypi.{SECRET}.example/simple",
    f"ghp_{SECRET}",
    f"2.17.0+{SECRET}",
    f"2.17.0\n{SECRET}",
    f"1+cpu.{SECRET}",
    f"0|{SECRET}",
]
FULL = dataclasses.replace(
    ENVIRONMENT,
    installed=("numpy",),
    packages=(Package("keras", "/x", "3.4.1", ("a",)),),
    search_path=("/x",),
    variables={"TF_USE_LEGACY_KERAS": "1", "PYTHONPATH": "/x", "KERAS_HOME": "/x", "XLA_FLAGS": "a", "OTHER": "b"},
    keras_config=KerasConfig("/x", True, "why", backend="jax", floatx="float16", image_data_format="channels_last"),
    shadows=(Shadow("keras", "/x", True),),
    imported=("keras",),
    tensorflow_numpy="<2",
    legacy_values=("1",),
)


def filled(value: Any, secret: str) -> Any:
    """The same structure with a secret in the place of every text, names of what is listed left as they are."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, Distribution):
        other = {one.name: filled(getattr(value, one.name), secret) for one in dataclasses.fields(value)}
        return dataclasses.replace(value, **{**other, "name": value.name})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{one.name: filled(getattr(value, one.name), secret) for one in dataclasses.fields(value)}
        )
    if isinstance(value, Mapping):
        return {**{name: filled(item, secret) for name, item in value.items()}, secret: secret}
    if isinstance(value, tuple):
        return tuple(filled(item, secret) for item in value)
    return secret if isinstance(value, str) else value


@pytest.mark.parametrize("secret", SECRETS)
def test_no_field_lets_a_secret_through(secret: str) -> None:
    environment: Environment = filled(FULL, secret)
    named = dataclasses.replace(environment.distributions[0], name=secret)
    environment = dataclasses.replace(environment, distributions=(*environment.distributions, named))
    for text in (block.render(block.facts(environment)), block.render_plain(block.facts(environment))):
        assert SECRET not in text
        assert "TF_USE_LEGACY_KERAS" in text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=0x100), min_size=2), st.sampled_from(sorted(ALL)))
def test_no_text_of_any_environment_comes_through(secret: str, name: str) -> None:
    for examination in ALL[name]().environments:
        text = block.render(block.facts(filled(examination.environment, secret)))
        assert secret not in text
        assert text.isascii()


def test_what_is_needed_is_there() -> None:
    text = block.render_plain(block.facts(FULL))
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    assert facts == {
        "Python": "3.11.7 (CPython)",
        "System": "Linux x86_64",
        "Installed with": "uv",
        "keras": "3.4.1",
        "import keras": "Keras 3.4.1 on tensorflow",
        "tensorflow": "2.17.0",
        "tf-keras": "2.17.0",
        "tf.keras": "Keras 3.4.1 on tensorflow",
        "tf.keras+legacy": "tf-keras 2.17.0 on tensorflow",
        "TF_USE_LEGACY_KERAS": "1",
        "PYTHONPATH": "(set)",
        "KERAS_HOME": "(set)",
        "XLA_FLAGS": "(set)",
        "keras.json": "backend jax, float16, channels_last, (cannot be used as it is)",
    }
    assert "| keras | 3.4.1 |" in block.render(block.facts(FULL))
    assert text.count("3.4.1") == 3


@pytest.mark.parametrize(
    ("version", "written"),
    [
        ("2.17.0", "2.17.0"),
        ("2.16.0rc0", "2.16.0rc0"),
        ("2.19.0.dev20250101", "2.19.0.dev20250101"),
        ("2.15.0+nv23.11", "2.15.0+nv23.11"),
        ("2.5.0+cu121", "2.5.0+cu121"),
        ("2.17.0+my.company", "2.17.0"),
        ("", "other"),
        ("latest", "other"),
    ],
)
def test_a_version_is_a_version(version: str, written: str) -> None:
    one = dataclasses.replace(ENVIRONMENT, distributions=(Distribution("numpy", version, "/x"),))
    assert f"| numpy | {written} |" in block.render(block.facts(one))
