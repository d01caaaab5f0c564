"""Errors of a text, explained on a page and in a document."""

from __future__ import annotations

import json

import pytest

from kdoctor import messages, rules
from kdoctor.formats import explain as rendering
from kdoctor.formats.context import Look
from kdoctor.remedies.plan import usual

KNOWN = """\
Traceback (most recent call last):
  File "/home/user/project/train.py", line 17, in <module>
    model.fit_generator(batches(), steps_per_epoch=2)
AttributeError: 'Sequential' object has no attribute 'fit_generator'
"""
UNKNOWN = """\
Traceback (most recent call last):
  File "/home/user/project/ship.py", line 3, in load
    return weights[name]
KeyError: 'parcel'
"""


def page(text: str, look: Look | None = None) -> str:
    explanation = messages.explain(text, rules.all_rules())
    return rendering.render_errors(explanation, look or Look(80), usual(explanation.reading.versions))


def test_a_known_error_is_told_with_its_place_its_rule_and_what_to_do() -> None:
    shown = page(KNOWN)
    assert shown.lstrip("\n").startswith("✗ AttributeError: 'Sequential' object has no attribute 'fit_generator'\n")
    assert "/home/user/project/train.py:17 in <module>" in shown
    assert "KD805 api-fit-generator" in shown
    assert "Fix: change line 17" in shown
    assert "kdoctor explain KD805" in shown


def test_the_line_of_the_reader_is_shown_as_it_should_be() -> None:
    shown = page(KNOWN)
    assert "    - model.fit_generator(batches(), steps_per_epoch=2)\n" in shown
    assert "    + model.fit(batches(), steps_per_epoch=2)\n" in shown


def test_an_unknown_error_is_told_to_be_unknown() -> None:
    shown = page(UNKNOWN)
    assert "? KeyError: 'parcel'" in shown
    assert "No rule knows this message." in shown
    assert "KD" not in shown


def first(path: str, line: str, said: str) -> str:
    """The rule that comes first for an error that this line raised."""
    text = f'Traceback (most recent call last):\n  File "{path}", line 7, in <module>\n    {line}\n{said}\n'
    return messages.explain(text, rules.all_rules()).errors[0].matches[0].rule.code


def in_a_package(package: str, line: str, message: str) -> str:
    return f"""\
  File "/usr/lib/python3.11/site-packages/{package}/run.py", line 40, in store
    {line}
  File "/usr/lib/python3.11/site-packages/keras/src/saving/saving_api.py", line 106, in save_model
    raise ValueError(
{message}
"""


def test_code_of_an_installed_package_is_not_the_readers_to_change() -> None:
    said = "ValueError: Invalid filepath extension for saving. Please add either a `.keras` extension for the native"
    shown = page(in_a_package("registry", "model.save(path)", f"{said} Keras format (recommended)"))
    assert "installed package registry" in shown
    assert "KD611" in shown
    assert "upgrade registry" in shown
    assert "Before" not in shown


@pytest.mark.parametrize(
    ("version", "line"),
    [("TensorFlow 2.18.1", "tf-keras~=2.18.0"), ("TensorFlow version: 2.16.2", "tf-keras~=2.16.0")],
)
def test_an_install_line_is_for_the_release_that_the_text_shows(version: str, line: str) -> None:
    shown = page(f"{version}\nModuleNotFoundError: No module named 'tf_keras'\n")
    assert line in shown
    assert "another release may need" not in shown
    assert "another release may need" in page("ModuleNotFoundError: No module named 'tf_keras'\n")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x = tf.keras.layers.experimental.preprocessing.Rescaling(1 / 255)(x)", "KD806"),
        ("x = tf.keras.layers.experimental.EinsumDense('abc,cd->abd', 3)(x)", "KD093"),
    ],
)
def test_the_line_of_code_says_which_name_was_wanted(line: str, code: str) -> None:
    said = "AttributeError: module 'keras._tf_keras.keras.layers' has no attribute 'experimental'"
    found = messages.explain(
        f'Traceback (most recent call last):\n  File "net.py", line 7, in <module>\n    {line}\n{said}\n',
        rules.all_rules(),
    )
    assert found.errors[0].matches[0].rule.code == code


@pytest.mark.parametrize(
    ("line", "code"),
    [("_np_bfloat16 = pywrap_ml_dtypes.bfloat16()", "KD005"), ("_np_float8 = pywrap_ml_dtypes.float8_e5m2()", "KD050")],
)
def test_the_line_that_raised_tells_ml_dtypes_from_numpy(line: str, code: str) -> None:
    said = "TypeError: Unable to convert function return value to a Python type! The signature was\n\t() -> handle"
    path = "/opt/site-packages/tensorflow/python/framework/dtypes.py"
    found = messages.explain(
        f'Traceback (most recent call last):\n  File "{path}", line 39, in <module>\n    {line}\n{said}\n',
        rules.all_rules(),
    )
    assert found.errors[0].matches[0].rule.code == code


def test_a_rule_is_explained_once_however_often_it_is_met() -> None:
    shown = page(KNOWN + "\nand once more\n\n" + KNOWN.replace("train.py", "other.py"))
    assert shown.count("Fix: ") == 1


def test_a_text_without_errors_is_told_to_have_none() -> None:
    log = "".join(f"Epoch {epoch}/50\n  loss: 0.3\n" for epoch in range(50))
    assert page(log).startswith("There is no error in this text")
    assert page("").startswith("There is no error in this text")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_look_can_be_served(width: int, encoding: str) -> None:
    shown = page(KNOWN + UNKNOWN, Look(width, colour=encoding == "utf-8", encoding=encoding))
    shown.encode(encoding)
    assert ("\x1b[" in shown) == (encoding == "utf-8")


def test_the_document_says_the_same_to_programs() -> None:
    document = rendering.document_of_errors(messages.explain(KNOWN + UNKNOWN, rules.all_rules()), usual())
    assert document == json.loads(json.dumps(document))
    assert document["schema"] == "kdoctor.traceback/1"
    first, second = document["errors"]
    assert first["matches"][0]["slug"] == "api-fit-generator"
    assert second["matches"] == []


@pytest.mark.parametrize("package", ["scipy", "polars"])
def test_an_error_without_keras_gets_no_advice_about_keras(package: str) -> None:
    shown = page(
        "Traceback (most recent call last):\n"
        f'  File "/usr/lib/python3.11/site-packages/{package}/io.py", line 40, in read\n    raise OSError(path)\n'
        "OSError: no such table: parcels\n"
    )
    assert "Nothing in it shows Keras or TensorFlow." in shown
    assert "upgrade" not in shown
    assert "Next:" not in shown


def test_a_package_whose_message_says_what_it_needs_is_not_to_be_upgraded_for_another_reason() -> None:
    said = "ImportError: This version of Sonnet requires TensorFlow >= 2.30, found 2.18."
    assert "upgrade sonnet" not in page(in_a_package("sonnet", "check_versions()", said))
    assert "upgrade sonnet" in page(in_a_package("sonnet", "model.save(path)", "ValueError: Strange keras model."))


def test_a_message_that_several_rules_share_is_said_to_be_undecided() -> None:
    undecided = "The text does not show which of them it is."
    assert undecided in page("A KerasTensor cannot be used as input to a TensorFlow function.")
    assert undecided not in page(KNOWN)


def test_no_remedy_is_offered_twice() -> None:
    shown = " ".join(page("ModuleNotFoundError: No module named 'keras.wrappers.scikit_learn'").split())
    assert shown.count("Install SciKeras, and import the wrappers") == 1
