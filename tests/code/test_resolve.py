"""What names stand for, and that following them ends."""

from __future__ import annotations

import sys
import time

import pytest

from kdoctor.code import resolve
from kdoctor.rules.patterns import LIKELY, Argument, Attribute, Call, Method, Site, Together
from tests.code.following import LAYERS, follow


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("import importlib\nk = importlib.import_module('keras.layers')\nk.LSTM(2)", [(3, True)]),
        ("from importlib import import_module as get\nget('tensorflow').keras.layers.LSTM(2)", [(2, True)]),
        ("__import__('keras').layers.Dense(2)", [(1, True)]),
        ("import keras\nkinds = {'lstm': keras.layers.LSTM, 'x': 3}\nkinds['lstm'](2)\nkinds['x'](2)", [(3, True)]),
        ("import keras\nkinds = {}\nkinds['a'] = keras.layers.LSTM\nkinds['a'](2)", [(4, True)]),
        ("import keras\nkinds = dict(a=keras.layers.LSTM)\nkinds['a'](2)", [(3, True)]),
        ("import keras\ndef f(layer=keras.layers.LSTM):\n    layer(2)", [(3, False)]),
        ("import keras\ndef f(*, layer=keras.layers.LSTM):\n    layer(2)\nf(layer=keras.layers.Conv1D)", []),
        ("import keras\ndef f(layer=None):\n    layer(2)\nf(keras.layers.LSTM)", [(3, True)]),
        ("import keras\ndef layer():\n    return keras.layers.LSTM\nlayer()(2)", [(4, True)]),
        ("import keras\nmake = lambda: keras.layers.LSTM\nmake()(2)", [(3, True)]),
        ("import keras\nfor layer in [keras.layers.LSTM, keras.layers.LSTM]:\n    layer(2)", [(3, True)]),
        ("import keras\nclass A:\n    kind = keras.layers.LSTM\n    def f(self):\n        self.kind(2)", [(5, True)]),
        ("import keras\nclass A:\n    kind = keras.layers.LSTM\nA.kind(2)", [(4, True)]),
        ("import keras\n(layer := keras.layers.LSTM)(2)", [(2, True)]),
        ("import keras\ndef f():\n    global L\n    L = keras.layers.LSTM\nf()\nL(2)", [(6, True)]),
        ("import keras\nL = keras.layers.LSTM\ndel L\nL(2)", []),
        ("import keras\ntry:\n    L = keras.layers.LSTM\nfinally:\n    pass\nL(2)", [(6, True)]),
        ("import keras\nif x:\n    L = keras.layers.LSTM\nelse:\n    L = make()\nL(2)", [(6, False)]),
        ("import keras\nwhile x:\n    L = keras.layers.LSTM\n    L(2)\n    break", [(4, True)]),
        pytest.param(
            "import keras\nmatch x:\n    case keras:\n        keras.layers.LSTM(2)",
            [],
            marks=pytest.mark.skipif(sys.version_info < (3, 10), reason="match is new in Python 3.10"),
        ),
        ("import keras\n[keras.layers.LSTM(keras) for keras in x]\nkeras.layers.LSTM(3)", [(3, True)]),
    ],
)
def test_what_a_name_stands_for(text: str, hits: list[tuple[int, bool]]) -> None:
    assert follow(text, LAYERS).hits == hits


def test_a_name_that_the_code_sets_itself_is_asked_of_no_release() -> None:
    text = "import tensorflow as tf, keras\ntf.pi = 3.14\nkeras.backend.mine = lambda x: x\n"
    assert follow(text + "tf.sqrt(tf.pi)\nkeras.backend.mine(2)").names >= {"tf.sqrt"}
    assert not follow(text + "print(tf.pi)\nkeras.backend.mine(2)").names & {"tf.pi", "keras.backend.mine"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("model = keras.Sequential()\nmodel.reset_states()", [(4, True)]),
        ("def build():\n    return keras.Sequential()\nbuild().reset_states()", [(5, True)]),
        ("with scope() as s:\n    model = keras.Sequential()\nmodel.reset_states()", [(5, True)]),
        (
            "pair = keras.Sequential(), 3\nfirst, second = pair\nfirst.reset_states()\nsecond.reset_states()",
            [(5, True)],
        ),
        ("models = [keras.Sequential()]\nmodels[0].reset_states()", [(4, True)]),
        ("models = []\nmodels.append(keras.Sequential())\nfor m in models: m.reset_states()", [(5, True)]),
        ("models = {'a': keras.Sequential()}\nmodels['a'].reset_states()", [(4, True)]),
        ("my_model = load()\nmy_model.reset_states()", [(4, False)]),
        ("def f(model, net): model.reset_states(); net.reset_states()", [(3, False)]),
        ("def f(net: keras.Model): net.reset_states()", [(3, True)]),
        ("model = tf.train.Checkpoint()\nmodel.reset_states()", []),
        ("import torch\nmodel = torch.nn.LSTM(3)\nmodel.reset_states()", []),
        ("class M(keras.Model):\n    def reset_states(self): pass\nM().reset_states()", []),
        ("class M(keras.Model): pass\nM().reset_states()", [(4, True)]),
    ],
)
def test_what_an_object_is(text: str, found: list[tuple[int, bool]]) -> None:
    text = f"import tensorflow as tf\nimport keras\n{text}"
    assert follow(text, Method("model", "reset_states")).hits == found


def test_each_call_of_a_function_makes_an_object_of_its_own() -> None:
    text = """
    import keras
    def build():
        return keras.Sequential([keras.layers.Dense(1)])
    first = build()
    first.compile("sgd")
    second = build()
    second.fit()
    """
    seen: list[list[str]] = []

    def note(site: Site) -> bool:
        seen.append([event.name for event in site.receiver.events])
        return True

    follow(text, Method("model", "fit", when=note))
    assert seen == [[]]


DOUBLING = {
    "tuples": "x = (x, x)",
    "lists": "x = [x, [x]]",
    "names in either branch": "x = x.a if y else x.b",
    "names in branches": "if y:\n    x = x.a\nelse:\n    x = x.b",
    "strings": "x = str(x) + str(x)",
    "dictionaries": "x = {'a': x, 'b': x}",
    "loops over itself": "x = [x for a in x for b in x]",
    "appended": "y = [x]\ny.append(x)\nx = y",
    "extended": "x = [x]\nx.extend(x)",
    "added": "x = [x] + [x]\nx += x",
    "called": "x = keras.layers.concatenate([x, x])",
    "boolean": "x = x and x or x",
}


@pytest.mark.parametrize("statement", DOUBLING.values(), ids=DOUBLING)
def test_values_that_double_with_each_line_take_linear_time(statement: str) -> None:
    start = time.process_time()
    text = f"import keras\nx = keras.Input((3,))\n{statement}\n" + f"{statement}\n" * 60
    assert follow(text + "keras.layers.Dense(x)\n", LAYERS).hits[-1][1]
    assert time.process_time() - start < 2


def test_functions_that_call_each_other_twice_take_linear_time() -> None:
    text = "import keras\ndef f0(x): return keras.layers.Dense(1)(x)\n"
    text += "".join(f"def f{n}(x): return f{n - 1}(f{n - 1}(x))\n" for n in range(1, 40))
    nested = "import keras\n"
    for depth in range(20):
        nested += " " * depth + f"def g{depth}(x):\n"
    nested += " " * 20 + "keras.layers.Dense(1)(x)\n"
    for depth in reversed(range(20)):
        nested += (" " * depth + f"g{depth}(keras.Input((1,)))\n") * 3
    start = time.process_time()
    assert follow(text + "f39(keras.Input((1,)))", LAYERS).hits == [(2, True)]
    assert follow(nested, LAYERS).hits
    assert time.process_time() - start < 2


def test_a_file_that_takes_too_long_is_given_up_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "SECONDS", -1.0)
    found = follow("import keras\nkeras.layers.Dense(1)", LAYERS)
    assert found.hits == []
    assert [(trouble.line, "longer than" in trouble.reason) for trouble in found.troubles] == [(1, True)]


def test_what_is_nested_too_deeply_costs_its_statement_only() -> None:
    deep = "x = " + "-" * 90 + "(" * 5 + "x" + ")" * 5 + ".a" * 800
    text = f"import keras\nkeras.layers.Dense(1)\n{deep}\ndef f():\n    {deep}\n    keras.layers.LSTM(1)\n{deep}\n"
    found = follow(text + "keras.layers.Dense(2)\n", LAYERS)
    assert [line for line, _ in found.hits] == [2, 6, 8]
    assert [(trouble.line, trouble.reason) for trouble in found.troubles] == [
        (3, "nested too deeply to be followed to its end")
    ]


def test_subscripts_and_variables_are_the_calls_that_they_come_to() -> None:
    history = Method("history-dict", "__getitem__", (Argument(position=0, value=("acc", "val_acc")),))
    text = "import keras\nh = keras.Sequential().fit()\nh.history['val_acc']\nh.history['loss']\nh.history[h]"
    assert follow(text, history).hits == [(3, True)]
    sets = Call("os.environ.__setitem__", (Argument(position=0, value="A"), Argument(position=1, value="1")))
    text = "import os\nos.environ['A'] = '1'\nos.environ.setdefault('A', '1')\nos.environ.update(A='1', B='1')\n"
    text += "os.environ.update({'A': '1'})\nos.environ['A'] = '2'\nget_ipython().run_line_magic('env', 'A=1')"
    assert follow(text, sets).hits == [(line, True) for line in (2, 3, 4, 5, 7)]


def test_attributes_are_read_written_or_defined() -> None:
    text = """
    import keras
    class A(keras.layers.Layer):
        first = 1
        def second(self): pass
        def call(self, x):
            self.third = 3
            return self.second
    a = keras.layers.Dense(1)
    a.first = a.second
    """
    assert follow(text, Attribute("layer", "{first,second,third}", how="defined")).hits == [
        (4, True),
        (5, True),
        (7, True),
    ]
    assert follow(text, Attribute("layer", "{first,second,third}", how="written")).hits == [(10, True)]
    assert follow(text, Attribute("layer", "second", how="read")).hits == [(10, True)]


def test_many_places_that_may_occur_together_take_linear_time() -> None:
    both = Together(
        Method("model", "compile", when=lambda site: True),
        Call("keras.models.load_model"),
        when=lambda first, then: LIKELY if sum(1 for _ in then.events) else False,
    )
    text = "import keras\nmodel = keras.Sequential()\n" + "model.compile('sgd')\nkeras.models.load_model('a')\n" * 600
    text = "from keras.layers import *\n" * 500 + text + "".join(f"name_{n}(1)\n" for n in range(600))
    start = time.process_time()
    assert len(follow(text, both).hits) == 600
    assert time.process_time() - start < 5
