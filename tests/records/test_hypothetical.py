"""Environments that are not here."""

from __future__ import annotations

import pytest

from kdoctor.errors import UsageError
from kdoctor.words import Implementation, StackId
from tests.environment.worlds import targets


def stacks(*values: str) -> dict[str, str]:
    (target,) = targets(values)
    return {
        stack.id.value: f"{stack.implementation.value} {stack.version}" if stack.implementation else stack.reason
        for stack in target.environment.stacks
    }


def test_releases_that_are_named_make_the_stacks_that_they_would_have() -> None:
    assert stacks("tensorflow==2.21", "keras==3.15") == {
        "tf.keras": "keras3 3.15",
        "tf.keras+legacy": "tf-keras 2.21",
        "keras": "keras3 3.15",
    }
    assert stacks("tensorflow==2.15") == {
        "tf.keras": "keras2 2.15",
        "tf.keras+legacy": "tf-keras 2.15",
        "keras": "keras2 2.15",
    }
    assert stacks("tensorflow==2.13") == {"tf.keras": "keras2 2.13", "keras": "keras2 2.13"}


def test_what_is_not_named_is_filled_in_and_said() -> None:
    (target,) = targets(["tensorflow==2.17"])
    assert target.name == "tensorflow==2.17 keras==3.15"
    assert target.notes == (
        "Keras 3.15 is taken: it is the newest that is recorded, and pip installs the newest where nothing pins it.",
    )
    (target,) = targets(["keras==3.4"])
    assert target.name == "tensorflow==2.17 keras==3.4"
    (target,) = targets(["tf-keras==2.18"])
    legacy = target.environment.stack(StackId.LEGACY)
    assert legacy is not None
    assert legacy.implementation is Implementation.TF_KERAS
    assert legacy.tensorflow == "2.18"


def test_the_newest_is_taken_where_nothing_is_named() -> None:
    (target,) = targets([])
    assert target.name == "tensorflow==2.21 keras==3.15"


def test_a_package_named_again_begins_the_next_target() -> None:
    names = [target.name for target in targets(["tensorflow==2.15", "tensorflow==2.21", "keras==3.14"])]
    assert names == ["tensorflow==2.15 keras==2.15", "tensorflow==2.21 keras==3.14"]
    assert [target.name for target in targets(["tensorflow==2.21,keras==3.14"])] == ["tensorflow==2.21 keras==3.14"]


def test_a_cpu_build_is_a_tensorflow() -> None:
    (target,) = targets(["tensorflow-cpu==2.15.1"])
    assert target.name == "tensorflow==2.15.1 keras==2.15"


@pytest.mark.parametrize("version", ["2.20", "2.20.0", "2.20.0rc1", "2.20.1.dev2", "2.20.0+nv24.1"])
def test_a_release_may_be_written_as_pip_writes_it(version: str) -> None:
    assert targets([f"tensorflow=={version}"])[0].name.startswith(f"tensorflow=={version} ")


@pytest.mark.parametrize(
    "value",
    [
        *("tensorflow", "tensorflow>=2.21", "torch==2.1", "tensorflow==", "==2.21", "2.21"),
        *("tensorflow==2.21garbage", "keras==3", "tensorflow==2.21.*"),
    ],
)
def test_what_is_not_understood_is_said(value: str) -> None:
    with pytest.raises(UsageError, match="Write a package and its release"):
        targets([value])


@pytest.mark.parametrize("value", ["tensorflow==2.99", "keras==3.99", "tf-keras==2.3", "tensorflow==1.15"])
def test_nothing_is_guessed_of_a_release_that_was_not_recorded(value: str) -> None:
    with pytest.raises(UsageError, match=r"Nothing is recorded of .* Recorded are .*"):
        targets([value])
