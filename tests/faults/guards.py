"""Code that asks which Keras there is, and code whose names double: what is certain, and that reading it ends."""

from __future__ import annotations

from tests.faults.case import Case, file

SCAN = "kdoctor scan code.py --target tensorflow==2.18"
HEAD = "import os, sys\nimport keras, tensorflow as tf\nfrom mine import cfg, args\n"
USE = "keras.optimizers.SGD(lr=0.1)"

# A test of something else is no plan for another Keras: what follows is certain, and fails the gate.
NO_GUARDS = {
    "the version of a model": "cfg.model_version == 2",
    "a version in words": "cfg.version.startswith('2')",
    "a legacy format": "args.legacy",
    "a flag for eager": "args.eager or cfg.run_eagerly",
    "eager execution": "tf.executing_eagerly()",
    "the version of Python": "sys.version_info >= (3, 10)",
    "a variable of the program": "os.environ.get('MODEL_VERSION') == '2'",
    "an attribute of a setting": "hasattr(cfg, 'version')",
}
GUARDS = {
    "the version of Keras": "keras.__version__ < '3'",
    "the version of TensorFlow": "int(tf.__version__.split('.')[1]) < 16",
    "the legacy variable": "os.environ.get('TF_USE_LEGACY_KERAS') == '1'",
    "an attribute of Keras": "hasattr(keras, 'ops')",
}


def _in_function(test: str) -> str:
    return f"{HEAD}def f():\n    if {test}:\n        return None\n    return {USE}\n"


def _in_branch(test: str) -> str:
    return f"{HEAD}if {test}:\n    {USE}\n"


DOUBLING = {
    "tuples": "x = (x, x)",
    "conditions": "x = x.a if x else x.b",
    "lists in lists": "x = [x, [x, x]]",
    "dictionaries": "x = {'a': x, 'b': x}",
    "strings": "x = x + x",
    "comprehensions": "x = [x for a in x for b in x]",
}


def _doubling(line: str) -> str:
    return f"{HEAD}x = keras.Input((3,))\n" + f"{line}\n" * 60 + f"{USE}\n"


CASES = [
    *(
        Case(f"no guard: {name}, {where}", SCAN, 1, [file("work/code.py", text(test))], says=["KD802"])
        for name, test in NO_GUARDS.items()
        for where, text in (("early return", _in_function), ("branch", _in_branch))
    ),
    *(
        Case(f"guard: {name}, {where}", SCAN, 0, [file("work/code.py", text(test))], says=["KD802"])
        for name, test in GUARDS.items()
        for where, text in (("early return", _in_function), ("branch", _in_branch))
    ),
    *(
        Case(f"names that double: {name}", SCAN, 1, [file("work/code.py", _doubling(line))], ["KD802"], within=10.0)
        for name, line in DOUBLING.items()
    ),
    Case(
        "a statement that is nested too deeply costs itself only",
        SCAN,
        1,
        [file("work/code.py", f"{HEAD}x = keras{'.a' * 800}\n{USE}\n")],
        says=["KD802", "nested too deeply"],
    ),
    Case(
        "classes in a dictionary, in a default and behind importlib",
        f"{SCAN} --strict",
        1,
        [
            file(
                "work/code.py",
                "import importlib\nk = importlib.import_module('keras')\nkinds = {'sgd': k.optimizers.SGD}\n"
                "kinds['sgd'](lr=1)\ndef f(kind=k.optimizers.Adam):\n    return kind(lr=1)\n",
            )
        ],
        says=["code.py:4", "code.py:6"],
    ),
]
