from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any, Callable, Optional
from unittest.mock import patch

import pytest

from kdoctor.environment.model import Effect, Environment, Kernel
from kdoctor.formats.document import kernel_sentences
from kdoctor.notebook import kernel
from tests.formats import samples
from tests.formats.samples import ENVIRONMENT

HERE = replace(ENVIRONMENT, legacy_values=("true", "True", "1"))
KERAS_3_PATH = "/site-packages/keras/_tf_keras"
LEGACY_PATH = "/site-packages/tf_keras/api/_v2"


class KerasLazyLoader(ModuleType):
    """TensorFlow's own has this name, and imports a Keras as soon as it is asked for anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}, which would have imported a Keras")


class Trap(ModuleType):
    """A module that must not be asked for what it does not hold."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


def module(name: str, version: str = "", kind: type[ModuleType] = Trap) -> ModuleType:
    made = kind(name)
    if version:
        vars(made)["__version__"] = version
    return made


def tensorflow(*, imports_legacy: bool = False, bound: Optional[str] = None) -> ModuleType:
    """TensorFlow after its import; ``bound`` is what the first use of ``tf.keras`` chose: keras_3, tf_keras."""
    made = module("tensorflow", "2.17.0")
    loader = KerasLazyLoader("keras")
    vars(loader)["_tfll_keras_version"] = bound
    vars(made).update(__path__=[LEGACY_PATH if imports_legacy else KERAS_3_PATH], keras=loader)
    return made


def state(
    *modules: ModuleType,
    variable: Optional[str] = None,
    at_start: Optional[dict[str, str]] = None,
    inputs: tuple[str, ...] = (),
    environment: Environment = HERE,
) -> Kernel:
    variables = {} if variable is None else {"TF_USE_LEGACY_KERAS": variable}
    with patch.object(os, "environ", variables), patch.object(kernel, "variables_at_start", lambda: at_start or {}):
        return kernel.state_of_process(
            environment,
            is_notebook=True,
            inputs=("", *inputs),
            modules={made.__name__: made for made in modules},
        )


def test_a_new_kernel_is_free_and_nothing_need_be_said() -> None:
    seen = state()
    assert (seen.imported, seen.effect, seen.tf_keras, seen.touched) == ({}, Effect.WHOLE, "", False)
    assert kernel_sentences(seen) == []


def test_tensorflow_imported_and_tf_keras_used() -> None:
    seen = state(tensorflow(bound="keras_3"), module("keras", "3.4.1"))
    assert seen.imported == {"tensorflow": "2.17.0", "keras": "3.4.1"}
    assert (seen.effect, seen.tf_keras, seen.tensorflow_keras) == (Effect.NONE, "Keras 3.4.1", "Keras 3.4.1")
    [said] = kernel_sentences(seen)
    assert "its tf.keras is Keras 3.4.1" in said
    assert "now has no effect" in said
    assert "restart the kernel" in said


def test_tensorflow_imported_and_tf_keras_not_yet_used() -> None:
    seen = state(tensorflow())
    assert (seen.effect, seen.touched, seen.is_split) == (Effect.SPLITS, False, False)
    assert seen.tf_keras == "Keras 3.4.1"
    [said] = kernel_sentences(seen)
    assert "now splits it" in said


def test_a_variable_set_in_between_is_about_to_split_it() -> None:
    seen = state(tensorflow(), variable="1", inputs=("import tensorflow as tf", "%env TF_USE_LEGACY_KERAS=1"))
    assert seen.is_split
    assert not seen.touched
    first, second = kernel_sentences(seen)
    assert "would be tf-keras 2.17.0" in first
    assert "gives Keras 3.4.1" in first
    assert second.startswith("TF_USE_LEGACY_KERAS=1 was set in In [2].")


def test_a_split_kernel() -> None:
    seen = state(tensorflow(bound="tf_keras"), module("tf_keras", "2.17.0"), variable="1", at_start={})
    assert seen.is_split
    assert (seen.tf_keras, seen.tensorflow_keras) == ("tf-keras 2.17.0", "Keras 3.4.1")
    assert "is split: tf.keras is tf-keras 2.17.0" in kernel_sentences(seen)[0]


def test_a_value_that_tensorflow_does_not_take_for_yes_splits_nothing() -> None:
    assert not state(tensorflow(), variable="yes").is_split


def test_legacy_keras_from_the_start() -> None:
    started = {"TF_USE_LEGACY_KERAS": "1"}
    seen = state(tensorflow(imports_legacy=True, bound="tf_keras"), variable="1", at_start=started)
    assert not seen.is_split
    assert seen.set_by == ""
    assert "its tf.keras is tf-keras 2.17.0" in kernel_sentences(seen)[0]


def test_the_version_that_is_loaded_counts_not_the_one_that_was_installed_since() -> None:
    assert state(tensorflow(bound="keras_3"), module("keras", "3.0.5")).tf_keras == "Keras 3.0.5"


def test_a_tensorflow_that_reads_no_variable() -> None:
    old = replace(HERE, tensorflow_reads_variable=False)
    assert state(environment=old).effect is Effect.NONE
    seen = state(tensorflow(), module("keras", "2.13.1"), environment=old)
    assert (seen.effect, seen.tf_keras) == (Effect.NONE, "Keras 2.13.1")


def test_keras_without_tensorflow() -> None:
    seen = state(module("keras", "3.15.1"), module("jax", "0.4"))
    assert "has imported Keras 3.15.1" in kernel_sentences(seen)[0]


@pytest.mark.parametrize("name", sorted(kernel.SETTERS))
def test_a_package_that_sets_the_variable_behind_the_back_is_named(name: str) -> None:
    assert state(module(name), variable="1").set_by == kernel.SETTERS[name]


def test_a_package_that_is_imported_is_not_blamed_for_what_was_there_before() -> None:
    seen = state(module("deepface.DeepFace"), variable="1", at_start={"TF_USE_LEGACY_KERAS": "1"})
    assert seen.set_by == ""


def test_a_package_that_sets_it_to_1_is_not_blamed_for_a_0() -> None:
    assert state(module("deepface.DeepFace"), variable="0").set_by == kernel.UNKNOWN_SETTER


def test_the_cell_that_set_it_last_is_named_before_any_package() -> None:
    cells = ('os.environ["TF_USE_LEGACY_KERAS"] = "0"', "kdoctor.use_legacy_keras()", "kdoctor.check()")
    assert state(module("deepface.DeepFace"), variable="1", inputs=cells).set_by == "In [2]"


def test_nobody_is_named_where_nothing_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "variables_at_start", lambda: None)
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    seen = kernel.state_of_process(HERE, is_notebook=True, modules={})
    assert seen.set_by == ""


class Raises:
    """An object in the place of a module, which raises whatever it is asked for."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")


class RaisingModule(ModuleType):
    """The same as a module."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")


class Slotted:
    __slots__ = ()


def lazy(name: str) -> ModuleType:
    """A module that the standard library would load at the first question, and that does not exist."""
    made = ModuleType(name)
    spec = importlib.util.spec_from_file_location(name, f"/nowhere/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made.__spec__, made.__loader__ = spec, spec.loader
    importlib.util.LazyLoader(spec.loader).exec_module(made)
    return made


def with_contents(name: str, **held: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(held)
    return made


BROKEN: dict[str, Callable[[str], object]] = {
    "None": lambda name: None,
    "a number": lambda name: 3,
    "an object without a dictionary": lambda name: Slotted(),
    "an object that raises": lambda name: Raises(),
    "a module that raises": RaisingModule,
    "a lazy module": lazy,
    "an empty module": ModuleType,
    "a module without a name": lambda name: with_contents(name, __name__=None, __spec__=None),
    "a version that is none": lambda name: with_contents(name, __version__=(2, 16)),
    "a path of None": lambda name: with_contents(name, __version__="2.16.1", __path__=None, __file__=None),
    "a path that holds None": lambda name: with_contents(name, __version__="2.16.1", __path__=[None, 3, Raises()]),
    "a keras of None": lambda name: with_contents(name, __version__="2.16.1", keras=None),
    "a keras that raises": lambda name: with_contents(name, __version__="2.16.1", keras=Raises()),
    "a keras that is no module": lambda name: with_contents(name, __version__="2.16.1", keras=Slotted()),
    "a keras with a strange file": lambda name: with_contents(name, keras=with_contents("keras", __file__=3)),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("name", ["tensorflow", "keras", "tf_keras", "numpy", "torch", "IPython"])
def test_whatever_stands_in_the_place_of_a_module_there_is_a_report(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = kernel.state_of_process(HERE, is_notebook=True, modules={name: BROKEN[kind](name)})
    assert set(seen.imported) <= {name}
    kernel_sentences(seen)
    monkeypatch.setitem(sys.modules, name, BROKEN[kind](name))
    report = samples.healthy()
    examination = report.environments[0]
    interpreter = replace(examination.environment.interpreter, executable=sys.executable)
    examination = replace(examination, environment=replace(examination.environment, interpreter=interpreter))
    assert kernel.with_kernel(replace(report, environments=(examination,))).kernel is not None


def test_a_kernel_that_cannot_be_examined_costs_its_own_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RecursionError

    monkeypatch.setattr(kernel, "state_of_process", fail)
    monkeypatch.setattr(sys, "executable", samples.healthy().environments[0].environment.interpreter.executable)
    report = kernel.with_kernel(samples.healthy())
    assert report.kernel is None
    assert "RecursionError" in report.environments[0].notes[-1]


def test_a_variable_that_asks_for_a_missing_tf_keras() -> None:
    made = tensorflow()  # TensorFlow 2.16.1 after its import, as measured
    vars(made)["__path__"] = [None, KERAS_3_PATH]
    seen = state(made, variable="1", at_start={"TF_USE_LEGACY_KERAS": "1"})
    assert seen.tensorflow_keras == "Keras 3.4.1"
