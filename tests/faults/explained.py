"""Texts that ``kdoctor explain`` gets: what each is said to be, and that no text stops it."""

from __future__ import annotations

from tests.faults.case import Case, file

_TRACE = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    {code}\n{error}\n'


def told(name: str, text: str, *says: str, never: tuple[str, ...] = ()) -> Case:
    """A text in a file, and what has to be said of it."""
    return Case(name, "kdoctor explain x.txt", 0, [file("work/x.txt", text)], says=list(says), never=list(never))


CASES = [
    told("a message cut in its middle", "ValueError: A KerasTensor cannot be used as input to a Ten", "KD50"),
    told(
        "a message without its type",
        "module 'keras.utils' has no attribute 'generic_utils'",
        "KD093",
        "Keras 2 up to 2.12",
    ),
    told(
        "a name of TensorFlow 1",
        "AttributeError: module 'tensorflow' has no attribute 'placeholder'",
        "KD056",
        "compat.v1",
    ),
    told("tf.contrib", "ModuleNotFoundError: No module named 'tensorflow.contrib'", "KD056", never=("shadowed",)),
    told("an inner module of Keras", "No module named 'keras.src.engine.base_layer'", "inner module"),
    told(
        "another layer's argument",
        "Unrecognized keyword arguments passed to GRU: {'time_major': True}",
        "GRU",
        "Keras 2",
    ),
    told(
        "a GPU that is not there",
        "Could not find cuda drivers on your machine, GPU will not be used.",
        "KD043",
        "harmless",
    ),
    told(
        "cuDNN registered twice",
        "Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when "
        "one has already been registered",
        "KD044",
        "harmless",
    ),
    told(
        "a DLL that does not load",
        "ImportError: DLL load failed while importing _pywrap_tensorflow_internal: x",
        "KD040",
    ),
    told("protobuf that is too new", "TypeError: Descriptors cannot be created directly.", "KD047", "protobuf"),
    told("a file of a newer Keras", "Exception encountered: Unrecognized keyword arguments: ['batch_shape']", "KD658"),
    told("an unknown layer", "ValueError: Unknown layer: TrigPosEmbedding", "KD659", "custom_objects"),
    told(
        "a shape that does not fit",
        'ValueError: Input 0 of layer "q" is incompatible with the layer: expected ndim=3',
        "KD960",
    ),
    told("TensorFlow that is not installed", "ModuleNotFoundError: No module named 'tensorflow'", "KD054"),
    told(
        "an error of another library",
        "ValueError: Found input variables with inconsistent numbers of samples: [2, 3]",
        "No rule knows",
        never=("KD",),
    ),
    told("an error of Python", "ZeroDivisionError: division by zero", "No rule knows", never=("KD",)),
    told("an unknown error of Keras", "ValueError: keras says something new of LSTM", "No rule knows", "kdoctor check"),
    told(
        "a call inside an installed package",
        _TRACE.format(
            code="import sm",
            error='  File "/x/site-packages/sm/__init__.py", line 1, in f\n    keras.utils.np_utils\n'
            "AttributeError: module 'keras.utils' has no attribute 'np_utils'",
        ),
        "installed package sm",
        "not yours",
    ),
    told("Chinese around a message", "报错：module 'keras.backend' has no attribute 'ctc_decode'，怎么办", "KD204"),  # noqa: RUF001
    told(
        "a version in the text", "TensorFlow version: 2.17.0\nModuleNotFoundError: No module named 'tf_keras'", "2.17.0"
    ),
    told("nothing at all", "", "no error in this text"),
    told("a text of brackets", "{" * 5_000, "No rule knows"),
    told("escapes without end", "\x1b[31m" * 5_000 + "ValueError: x", "No rule knows"),
    told(
        "an error in a notebook that breaks off",
        '{"cells": [{"cell_type": "code", "outputs": [{"traceback": ["ValueError: a',
        "No rule knows",
    ),
    Case(
        "a text from standard input",
        "kdoctor explain",
        0,
        stdin=b"AttributeError: 'Adam' object has no attribute 'lr'\n",
        says=["KD8"],
    ),
    Case("nothing on standard input", "kdoctor explain", 2, stdin=b"", says=["Name a rule", "kdoctor rules"]),
    Case(
        "a text from standard input by name",
        "kdoctor explain -",
        0,
        stdin=b"ImportError: To use Keras, you need to have `optree` installed.\n",
        says=["KD017"],
    ),
]
