# ruff: noqa: RUF001  texts in Chinese
"""A rule's message is known through what people and programs do to it: other names, colours, boxes, prose, links."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable

import pytest

from kdoctor import messages
from kdoctor.messages.match import NOTE
from tests.messages.test_own_messages import RULES, TYPE, TYPED, filled, listed

PLAIN = [(rule, text) for rule, text in TYPED if not getattr(text, "generic", False)]
NAMES = {"layer": "my_block_3", "path": "C:\\data sets\\run 7\\w.bin", "value": "{'a': [1, None]}", "count": "1204"}


def boxed(text: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), 56) or [""]
    inside = "\n".join(f"│ {line:<58} │" for line in lines)
    return f"╭{'─' * 20} Traceback {'─' * 29}╮\n{inside}\n╰{'─' * 60}╯"


def coloured(text: str) -> str:
    head, _, tail = text.partition(": ")
    return f"\x1b[0;31m{head}\x1b[0m: \x1b[38;5;241m{tail}\x1b[0m" if tail else f"\x1b[31m{text}\x1b[0m"


def broken(text: str) -> str:
    """A terminal of 44 columns breaks a line wherever it ends."""
    return "\n".join(text[start : start + 44] for start in range(0, len(text), 44))


MUTATIONS: dict[str, Callable[[str], str]] = {
    "without its type": lambda text: TYPE.sub("", text, count=1),
    "coloured": coloured,
    "in a box": boxed,
    "broken by a terminal": lambda text: (TYPE.match(text) or [""])[0] + broken(TYPE.sub("", text, count=1)),
    "in Chinese": lambda text: f"我升级 Keras 之后运行代码报错：{text}，请问怎么解决？",
    "in Japanese": lambda text: f"学習を始めると「{text}」というエラーが出ます。",
    "in German": lambda text: f"Seit dem Update kommt immer wieder {text} und ich weiß nicht weiter.",
    "in a title": lambda text: f"[BUG] {text} after the upgrade #4711",
    "quoted": lambda text: f"> {text}\n\nSame here.",
    "typed off": lambda text: text.replace("`", "'").replace('"', "'"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("mutate", MUTATIONS.values(), ids=MUTATIONS)
def test_every_message_is_known_through_a_mutation(mutate: Callable[[str], str]) -> None:
    lost = [symptom for rule, symptom in PLAIN if rule not in {match.rule for match in listed(mutate(filled(symptom)))}]
    assert lost == []


@pytest.mark.parametrize("mutate", MUTATIONS.values(), ids=MUTATIONS)
def test_a_message_is_known_through_a_mutation(mutate: Callable[[str], str]) -> None:
    some = PLAIN[::17]
    lost = [symptom for rule, symptom in some if rule not in {match.rule for match in listed(mutate(filled(symptom)))}]
    assert lost == []


def test_other_names_in_the_parts_change_nothing() -> None:
    chance = random.Random(14)
    lost = []
    for rule, symptom in PLAIN:
        if rule.answer is not None:
            continue  # names are what it is about
        said = NOTE.sub("", symptom)
        for name in NAMES:
            said = said.replace(f"{{{name}}}", NAMES[name])
        said = filled(said.replace("...", f"v{chance.randint(10, 99)}"))
        if rule not in {match.rule for match in listed(said)}:
            lost.append(said)
    assert lost == []


@pytest.mark.parametrize(
    ("text", "values", "says"),
    [
        (
            "ValueError: Unrecognized keyword arguments passed to GRU: {'time_major': True}",
            {"layer": "GRU", "argument": "time_major", "value": "True"},
            "`time_major` is an argument of GRU in Keras 2 up to 2.15 and tf-keras, not in Keras 3.",
        ),
        (
            "AttributeError: 'RMSprop' object has no attribute 'get_updates'",
            {"object": "RMSprop", "name": "get_updates"},
            "",
        ),
        (
            "AttributeError: module 'keras.api.layers' has no attribute 'LocallyConnected2D'",
            {"module": "keras.api.layers", "name": "LocallyConnected2D"},
            "`keras.layers.LocallyConnected2D` is in Keras 2 up to 2.15, not in Keras 3.",
        ),
        (
            "TypeError: Dense.__init__() got an unexpected keyword argument 'W_regularizer'",
            {"argument": "W_regularizer"},
            "",
        ),
    ],
)
def test_what_varies_is_named_and_used(text: str, values: dict[str, str], says: str) -> None:
    family = next(match for match in listed(text) if match.rule.area == "code")
    assert values.items() <= family.values.items()
    assert says == family.answer


def test_the_caller_is_the_innermost_step_outside_of_keras() -> None:
    frames = [
        ("/home/ann/run.py", "import helper"),
        ("/opt/lib/python3.11/site-packages/helper_kit/__init__.py", "build()"),
        ("/opt/lib/python3.11/site-packages/keras/src/layers/layer.py", "raise ValueError("),
    ]
    text = "Traceback (most recent call last):\n" + "".join(
        f'  File "{path}", line 3, in f\n    {code}\n' for path, code in frames
    )
    text += "ValueError: Unrecognized keyword arguments passed to Dense: {'weights': [1]}\n"
    (each,) = messages.explain(text, RULES).errors
    assert (each.package, each.caller and each.caller.path) == ("helper_kit", frames[1][0])
    (mine,) = messages.explain(text.replace(frames[1][0], "/home/ann/helper.py"), RULES).errors
    assert (mine.package, mine.caller and mine.caller.path) == ("", "/home/ann/helper.py")


def test_an_unknown_message_of_keras_is_said_to_be_one_and_a_foreign_one_is_not() -> None:
    (ours,) = messages.explain("ValueError: The Lumen of `LSTM` must be odd in tf.keras, not 4.", RULES).errors
    (other,) = messages.explain("ValueError: The lumen must be odd, not 4.", RULES).errors
    assert (ours.matches, ours.concerned) == ((), True)
    assert (other.matches, other.near, other.concerned) == ((), (), False)


@pytest.mark.parametrize(
    "link", ["https://localhost:8080/#", "vscode-notebook-cell:/w.ipynb#X1", "file:///c%3A/a/b.py?line=6"]
)
def test_links_of_notebooks_are_taken_out(link: str) -> None:
    text = (
        "---------------------------------------------------------------------------\n"
        "AttributeError                            Traceback (most recent call last)\n"
        f"[<ipython-input-7-12ab>]({link}) in <cell line: 0>()\n----> 1 model.fit_generator(g)\n\n"
        "AttributeError: 'Sequential' object has no attribute 'fit_generator'\n"
    )
    (each,) = messages.explain(text, RULES).errors
    assert each.error.own_frames[0].text == "model.fit_generator(g)"
    assert each.matches[0].rule.slug == "api-fit-generator"


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        (
            "2024-06-28 00:03:52.5: I tensorflow/tsl/cuda/cudart_stub.cc:28] Could not find cuda "
            "drivers on your machine, "
            "GPU will not be used.",
            "gpu-libraries-missing",
        ),
        (
            "E0000 00:00:1737749008.6   35316 cuda_dnn.cc:8310] Unable to register cuDNN factory: "
            "Attempting to register "
            "factory for plugin cuDNN when one has already been registered",
            "gpu-registration-noise",
        ),
        (
            "W0000 00:00:1737749012.3   35316 gpu_device.cc:2344] Skipping registering GPU devices...",
            "gpu-libraries-missing",
        ),
        (
            "2025-01-01 10:00:00.1: I tensorflow/core/util/port.cc:153] oneDNN custom operations are "
            "on. You may see slightly "
            "different numerical results due to floating-point round-off errors from different computation orders.",
            "cpu-instruction-notes",
        ),
        (
            "/v/keras/src/models/functional.py:237: UserWarning: The structure of `inputs` doesn't match the expected "
            "structure. Expected: ['a', 'b']",
            "data-structure-note",
        ),
        (
            "WARNING:absl:You are saving your model as an HDF5 file via `model.save()` or "
            "`keras.saving.save_model(model)`. This file format is considered legacy.",
            "saving-hdf5-note",
        ),
        (
            "WARNING:absl:Compiled the loaded model, but the compiled metrics have yet to be built. "
            "`model.compile_metrics` "
            "will be empty until you train or evaluate the model.",
            "saving-compiled-metrics-note",
        ),
    ],
)
def test_logs_and_warnings_are_explained(line: str, slug: str) -> None:
    assert listed(f"Epoch 1/3\n{line}\nEpoch 2/3\n")[0].rule.slug == slug


def test_what_is_known_of_an_error_comes_before_what_is_known_of_a_log() -> None:
    text = (
        "2024-06-28 00:03:52.5: I tensorflow/tsl/cuda/cudart_stub.cc:28] Could not find cuda drivers on your machine, "
        "GPU will not be used.\nValueError: A KerasTensor cannot be used as input to a TensorFlow function.\n"
    )
    assert messages.explain(text, RULES).ranking()[0].rule.area != "native"
