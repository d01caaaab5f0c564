"""What a text says of itself: which Keras speaks, what is quoted within a message, and what a page did to it."""

from __future__ import annotations

import pytest

from kdoctor import messages, rules
from kdoctor.messages.model import Explanation
from kdoctor.words import Implementation

RULES = rules.all_rules()


def explained(text: str) -> Explanation:
    return messages.explain(text, RULES)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ModuleNotFoundError: No module named 'keras.engine.base_layer'", None),
        ("TypeError: Could not deserialize class 'Sequential' because its parent module "
         "keras.src.engine.sequential cannot be imported.", None),
        ("Full object config: {'module': 'keras.src.engine.sequential', 'class_name': 'Sequential'}", None),
        ('  File "/usr/lib/python3.11/site-packages/keras/src/engine/training.py", line 5, in fit\nKeyError: 1',
         Implementation.KERAS_2),
    ],
)  # fmt: skip
def test_a_module_that_is_missing_or_stands_in_a_file_is_not_the_keras_that_speaks(
    text: str, shown: Implementation | None
) -> None:
    assert explained(text).reading.implementation is shown


@pytest.mark.parametrize("name", ["__internal__", "_private_api"])
def test_the_record_of_public_names_says_nothing_of_internal_ones(name: str) -> None:
    (match,) = explained(f"AttributeError: module 'keras._tf_keras.keras' has no attribute '{name}'").ranking()
    assert match.answer == f"`tf.keras.{name}` is internal, and no release promises to keep it."


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("No module named 'keras.saving.zip_format'", "KD095"),
        ("cannot import name 'Merge' from 'keras.layers'", "KD093"),
    ],
)
def test_a_message_may_quote_another_one_without_its_type(said: str, code: str) -> None:
    found = explained(f"RuntimeError: The plug-in could not be loaded, for this reason (see above):\n{said}")
    assert code in [match.rule.code for match in found.ranking()]
    assert not explained(f"RuntimeError: The plug-in says {said}").is_known


def test_a_page_that_takes_backquotes_for_markup_changes_nothing() -> None:
    said = "ValueError: The filename must end in `.weights.h5`. Received: filepath=best.hdf5"
    with_them, without = (explained(text).ranking()[0] for text in (said, said.replace("`", "")))
    assert (with_them.rule.code, with_them.sureness) == (without.rule.code, without.sureness)


def test_a_line_that_is_a_part_of_the_whole_text_is_explained_once() -> None:
    line = "2026-01-02 03:04:05.6: W tensorflow/core/gpu.cc:7] Skipping registering GPU devices..."
    assert len(explained(f"{line}\nprints []").errors) == 1
    warned = (
        "/usr/lib/python3.12/runner.py:9: UserWarning: Do not pass an `input_shape`/`input_dim` argument to a layer."
    )
    assert len(explained(f"{warned}\n  super().__init__(**kwargs)").errors) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("W tensorflow/compiler/tf2tensorrt/utils.cc:38] TF-TRT Warning: Could not find TensorRT", "KD045"),
        ("UserWarning: Protobuf gencode version 4.25.1 is exactly one major version older than the runtime version "
         "5.29.0 at tensorflow/core/framework/tensor.proto. Please update the gencode.", "KD045"),
        ("InternalError: 'cuLaunchKernel(f, 1, 1)' failed with 'CUDA_ERROR_NO_BINARY_FOR_GPU'", "KD057"),
        ("Failed to import TF-Keras. Please note that TF-Keras is not installed by default when you install "
         "TensorFlow Probability.", "KD711"),
        ("FatalTypeError: Expected the model-building function, or HyperModel.build() to return a valid Keras Model "
         "instance. Received: <tf_keras.src.engine.training.Model object at 0x7f> of type "
         "<class 'tf_keras.src.engine.training.Model'>.", "KD718"),
    ],
)  # fmt: skip
def test_notes_and_failures_of_the_gpu_and_of_packages_have_their_rule_first(text: str, code: str) -> None:
    assert explained(text).ranking()[0].rule.code == code
