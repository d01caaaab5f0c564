"""Texts that ``kdoctor explain`` gets: what each is said to be, and that no text stops it."""

from __future__ import annotations

from tests.faults.case import Case, file

_TRACE = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    {code}\n{error}\n'


def case(name: str, text: str, *says: str, never: tuple[str, ...] = ()) -> Case:
    """A text in a file, and what has to be said of it."""
    return Case(name, "kdoctor explain x.txt", 0, [file("work/x.txt", text)], says=list(says), never=list(never))


CASES = [
    case("a message cut in its middle", "ValueError: A KerasTensor cannot be used as input to a Ten", "KD50"),
    case(
        "a message without its type",
        "module 'keras.utils' has no attribute 'generic_utils'",
        "KD093",
        "Keras 2 up to 2.12",
    ),
    case(
        "a name of TensorFlow 1",
        "AttributeError: module 'tensorflow' has no attribute 'placeholder'",
        "KD056",
        "compat.v1",
    ),
    case("tf.contrib", "ModuleNotFoundError: No module named 'tensorflow.contrib'", "KD056", never=("shadowed",)),
    case("an inner module of Keras", "No module named 'keras.src.engine.base_layer'", "inner module"),
    case(
        "another layer's argument",
        "Unrecognized keyword arguments passed to GRU: {'time_major': True}",
        "GRU",
        "Keras 2",
    ),
    case(
        "a GPU that is not there",
        "Could not find cuda drivers on your machine, GPU will not be used.",
        "KD043",
        "harmless",
    ),
    case(
        "cuDNN registered twice",
        "Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when "
        "one has already been registered",
        "KD044",
        "harmless",
    ),
    case(
        "a DLL that does not load",
        "ImportError: DLL load failed while importing _pywrap_tensorflow_internal: x",
        "KD040",
    ),
    case("protobuf that is too new", "TypeError: Descriptors cannot be created directly.", "KD047", "protobuf"),
    case("a file of a newer Keras", "Exception encountered: Unrecognized keyword arguments: ['batch_shape']", "KD658"),
    case("an unknown layer", "ValueError: Unknown layer: TrigPosEmbedding", "KD659", "custom_objects"),
    case(
        "a shape that does not fit",
        'ValueError: Input 0 of layer "q" is incompatible with the layer: expected ndim=3',
        "KD960",
    ),
    case("TensorFlow that is not installed", "ModuleNotFoundError: No module named 'tensorflow'", "KD054"),
    case(
        "an error of another library",
        "ValueError: Found input variables with inconsistent numbers of samples: [2, 3]",
        "No rule knows",
        never=("KD",),
    ),
    case("an error of Python", "ZeroDivisionError: division by zero", "No rule knows", never=("KD",)),
    case("an unknown error of Keras", "ValueError: keras says something new of LSTM", "No rule knows", "kdoctor check"),
    case(
        "a call inside an installed package",
        _TRACE.format(
            code="import sm",
            error='  File "/x/site-packages/sm/__init__.py", line 1, in f\n    keras.utils.np_utils\n'
            "AttributeError: module 'keras.utils' has no attribute 'np_utils'",
        ),
        "installed package sm",
        "not yours",
    ),
    case("Chinese around a message", "报错：module 'keras.backend' has no attribute 'ctc_decode'，怎么办", "KD204"),  # noqa: RUF001
    case(
        "a version in the text", "TensorFlow version: 2.17.0\nModuleNotFoundError: No module named 'tf_keras'", "2.17.0"
    ),
    case("nothing at all", "", "no error in this text"),
    case("a text of brackets", "{" * 5_000, "No rule knows"),
    case("escapes without end", "\x1b[31m" * 5_000 + "ValueError: x", "No rule knows"),
    case(
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
