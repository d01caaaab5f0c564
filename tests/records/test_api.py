"""Names and parameters of recorded releases, as code spells them."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from kdoctor.records.api import Api, families_of, nearest
from tests.lab import walk_api
from tests.lab.api_recording import Surfaces


def release(version: str, names: dict[str, Any], bases: dict[str, list[str]], opaque: tuple[str, ...] = ()) -> Any:
    return {"version": version, "names": names, "bases": bases, "opaque": list(opaque)}


KERAS_2 = release(
    "2.15.0",
    {
        "Model": ["*args", "**kwargs"],
        "Model.fit": ["x=", "y="],
        "Model.fit_generator": ["generator"],
        "Sequential": ["layers=", "name="],
        "losses": None,
        "losses.kld": ["y_true", "y_pred"],
    },
    {"Model": [], "Sequential": ["Model"]},
)
KERAS_3_0 = release(
    "3.0.5",
    {
        "Model": ["*args", "**kwargs"],
        "Model.fit": ["x=", "y="],
        "Sequential": ["layers=", "trainable=", "name="],
        "losses": None,
        "losses.KLD": ["y_true", "y_pred"],
        "backend": None,
    },
    {"Model": [], "Sequential": ["Model"]},
    ("backend",),
)
KERAS_3_1 = release("3.1.0", {**KERAS_3_0["names"], "losses.CTC": ["name="]}, KERAS_3_0["bases"], ("backend",))
TENSORFLOW = release("2.18.1", {"one_hot": ["indices", "depth", "on_value="], "float32": None}, {}, ("float32",))


@pytest.fixture(scope="module")
def text() -> str:
    surfaces = Surfaces()
    surfaces.add([("tf.keras keras2", KERAS_2), ("tf.keras keras3", KERAS_3_1), ("tf", TENSORFLOW)])
    surfaces.add([("tf.keras keras3", KERAS_3_0)])
    return surfaces.text()


def api_of(text: str, version: str) -> Api:
    families = families_of(json.loads(text))
    family = families[f"tf.keras keras{version[0]}"]
    parts = [(families["tf"], 0), (family, nearest(family.versions, version))]
    return Api(parts, tuple(families.values()))


def test_a_name_has_its_parameters_on_each_release(text: str) -> None:
    assert api_of(text, "2.15.1")["tf.keras.Sequential"] == ("layers=", "name=")
    assert api_of(text, "3.0.0")["tf.keras.Sequential"] == ("layers=", "trainable=", "name=")
    assert api_of(text, "3.0.0")["tf.one_hot"] == ("indices", "depth", "on_value=")
    assert api_of(text, "3.0.0")["tf.keras.losses"] is None


def test_a_name_that_came_later(text: str) -> None:
    assert "tf.keras.losses.CTC" not in api_of(text, "3.0.5")
    assert "tf.keras.losses.CTC" in api_of(text, "3.1.0")
    with pytest.raises(KeyError):
        api_of(text, "3.0.5")["tf.keras.losses.CTC"]


def test_a_method_comes_from_the_base_that_has_it(text: str) -> None:
    assert api_of(text, "2.15.0")["tf.keras.Sequential.fit_generator"] == ("generator",)
    assert "tf.keras.Sequential.fit_generator" not in api_of(text, "3.0.5")


def test_the_absence_of_a_name_is_known(text: str) -> None:
    keras_3 = api_of(text, "3.0.5")
    assert keras_3.covers("tf.keras.losses.kld")
    assert keras_3.covers("tf.keras.wrappers.scikit_learn")
    assert keras_3.covers("tf.keras.Sequential.fit_generator")
    assert keras_3.covers("tf.two_hot")


def test_nothing_is_claimed_where_nothing_was_looked_at(text: str) -> None:
    keras_3 = api_of(text, "3.0.5")
    assert not keras_3.covers("tf.keras.backend.anything")
    assert not keras_3.covers("tf.keras.Model.set_in_its_constructor")
    assert not keras_3.covers("tf.keras._private")
    assert not keras_3.covers("tf.float32.name")
    assert not keras_3.covers("keras.losses.kld")
    assert not keras_3.covers("numpy.ndarray")


def test_the_nearest_minor_release_stands_in() -> None:
    versions = ("3.0.5", "3.4.1", "3.15.1")
    assert [nearest(versions, version) for version in ("3.0.0", "3.3.0", "3.9.0", "3.10.0", "3.16.0")] == [
        0,
        1,
        1,
        2,
        2,
    ]


def test_it_says_which_releases_it_speaks_of(text: str) -> None:
    assert api_of(text, "3.0.0").releases == {"tf": "2.18.1", "tf.keras": "3.0.5"}


def test_it_can_be_listed(text: str) -> None:
    listed = set(api_of(text, "3.0.5"))
    assert {"tf.one_hot", "tf.keras.Model.fit", "tf.keras.losses.KLD"} <= listed
    assert len(api_of(text, "3.0.5")) == len(listed)
    assert "tf.keras.losses.CTC" not in listed


def test_what_is_written_is_read_back_and_keeps_its_numbers(text: str, tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(text, encoding="utf-8")
    surfaces = Surfaces.at(path)
    assert surfaces.text() == text
    surfaces.add([("tf.keras keras3", release("3.2.0", {**KERAS_3_0["names"], "AAA": ["a"]}, KERAS_3_0["bases"]))])
    before, after = json.loads(text)["lists"], json.loads(surfaces.text())["lists"]
    assert after[: len(before)] == before


def test_of_one_minor_release_the_last_walk_stands(text: str, tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(text, encoding="utf-8")
    surfaces = Surfaces.at(path)
    surfaces.add([("tf.keras keras3", release("3.1.7", {"Model": None}, {}))])
    assert list(surfaces.families["tf.keras keras3"]) == ["3.0.5", "3.1.7"]


# -------------------------------------------------------------------------------------------------------- the walker


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package with a class, its child, a submodule, and a module that it merely imported."""

    class Base:
        def __init__(self, units: int, *, name: str = "", **kwargs: Any) -> None: ...

        def call(self, inputs: Any, training: bool = False) -> None: ...

        @staticmethod
        def make(size: int) -> None: ...

        @classmethod
        def from_config(cls, config: Any) -> None: ...

        units = property(lambda self: 1)

    class Child(Base):
        def call(self, inputs: Any) -> None: ...  # type: ignore[override]

    root, layers = types.ModuleType("pack"), types.ModuleType("pack.layers")
    root.layers, root.json, root.answer, root._hidden = layers, json, 42, 1  # type: ignore[attr-defined]
    layers.Base, layers.Child, layers.sys = Base, Child, sys  # type: ignore[attr-defined]
    return root


def test_the_walker_sees_what_code_can_reach(package: types.ModuleType) -> None:
    walk = walk_api.Walk(package, set())
    walk.add_members()
    assert walk.names["layers.Base"] == ["units", "*", "name=", "**kwargs"]
    assert walk.names["layers.Base.call"] == ["inputs", "training="]
    assert walk.names["layers.Base.make"] == ["size"]
    assert walk.names["layers.Base.from_config"] == ["config"]
    assert walk.names["layers.Base.units"] is None
    assert walk.names["layers.Child.call"] == ["inputs"]
    assert walk.bases == {"layers.Base": [], "layers.Child": ["layers.Base"]}
    assert "layers.Child.make" not in walk.names
    assert walk.opaque == {"json", "answer", "layers.sys"}
    assert "_hidden" not in walk.names
