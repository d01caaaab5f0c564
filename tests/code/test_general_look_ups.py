"""What calls, objects and strings come to in the recorded API: keywords behind ``**kwargs``, attributes, names."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from kdoctor.code import scan
from kdoctor.code.missing_names import look_up
from kdoctor.words import Certainty
from tests.environment.worlds import targets

NEW = ("tensorflow==2.21", "keras==3.15")
OLD = ("tensorflow==2.15",)
START = "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
OWN = """
class Scaled(layers.Layer):
    def __init__(self, by, **rest):
        super().__init__(**rest)

class Shifted(Scaled):
    pass
"""


def said(code: str, tmp_path: Path, target: tuple[str, ...] = NEW, likely: bool = False) -> list[str]:
    """What is said of the code for a release, but for what is only likely."""
    (tmp_path / "code.py").write_text(START + dedent(code))
    usage = scan([str(tmp_path / "code.py")], rules=())
    (environment,) = targets(target)
    found = look_up(environment.environment, usage.uses, ()).missing
    return [str(one) for one in found if likely or one.certainty is Certainty.CERTAIN]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("layers.Conv2D(4, 3, wights=None)", "tf.keras.layers.Conv2D does not accept wights="),
        ("keras.optimizers.SGD(0.1, clip=1)", "tf.keras.optimizers.SGD does not accept clip="),
        (OWN + "Scaled(2, dynamic=True)", "tf.keras.layers.Layer does not accept dynamic="),
        (OWN + "Shifted(2, dynamic=True, name='x')", "tf.keras.layers.Layer does not accept dynamic="),
        (
            "class Net(keras.Model):\n    def __init__(self):\n        super().__init__(self)",
            "tf.keras.Model takes 0 positional arguments, 1 are given",
        ),
        (
            "class Gate(layers.Layer):\n    def __init__(self):\n        super(Gate, self).__init__('gate')",
            "tf.keras.layers.Layer takes 0 positional arguments, 1 are given",
        ),
    ],
    ids=["layer", "optimizer", "own", "inherited", "model by position", "layer by position"],
)
def test_what_falls_through_kwargs_ends_in_a_closed_set(code: str, expected: str, tmp_path: Path) -> None:
    assert [one.partition("; ")[0] for one in said(code, tmp_path)] == [expected]
    assert said(code, tmp_path, OLD) == []  # Keras 2 took more, and nothing is claimed of it


@pytest.mark.parametrize(
    "code",
    [
        "layers.LSTM(4, implementation=1, input_shape=(3, 4), trainable=False)",
        "layers.HashedCrossing(3, anything=1)",
        "x = keras.Input((3,))\nkeras.Model(inputs=x, outputs=x, name='m')\nkeras.Model(x, outputs=x)",
        OWN + "Scaled(2, name='x', dtype='float32')",
        "class Own(layers.Layer):\n    def __init__(self, **rest):\n        rest.pop('own')\n"
        "        super().__init__(**rest)\nOwn(own=1)",
        "class Own(Mixin, layers.Layer):\n    pass\nOwn(own=1)",
        "class Own(Mixin, layers.Layer):\n    def __init__(self):\n        super().__init__('own')\nOwn()",
    ],
)
def test_what_a_constructor_takes_is_no_finding(code: str, tmp_path: Path) -> None:
    assert said(code, tmp_path) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m = keras.Sequential()\nprint(m.updates)", "tf.keras.Sequential.updates does not exist"),
        ("d = layers.GRU(3)\nd.get_input_at(0)", "tf.keras.layers.GRU.get_input_at does not exist"),
        ("keras.metrics.Mean().add_loss", "tf.keras.metrics.Mean.add_loss does not exist"),
    ],
)
def test_attributes_that_are_read_are_looked_up_in_the_class(code: str, expected: str, tmp_path: Path) -> None:
    assert said(code, tmp_path) == [expected]
    assert said(code, tmp_path, OLD) == []


def test_what_objects_have_and_classes_do_not_show_is_there(tmp_path: Path) -> None:
    code = """
        m = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        m.name, m.steps_per_execution, layers.LSTM(1).states, layers.LSTM(1).stateful, keras.Model(a, b).input_shape
    """
    assert said(code, tmp_path, likely=True) == []


def test_of_an_object_of_which_only_the_kind_is_known_absence_is_likely(tmp_path: Path) -> None:
    code = "m = keras.models.load_model('x.keras')\nm.layers[0].{}"
    assert said(code.format("vocab_size()"), tmp_path) == []
    # What no layer of the release has, none of them can have.
    assert said(code.format("get_output_at(0)"), tmp_path) == ["tf.keras.layers.Layer.get_output_at does not exist"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m = keras.Sequential()\nm.compile('sgd', 'logcosh')", "tf.keras.losses knows no 'logcosh'"),
        ("m = keras.Sequential()\nm.compile(metrics={'a': ['kld']})", "tf.keras.metrics knows no 'kld'"),
        ("layers.Dense(1, kernel_initializer='he_norml')", "tf.keras.initializers knows no 'he_norml'; did you"),
        ("keras.optimizers.get('adem')", "tf.keras.optimizers knows no 'adem'"),
        ("layers.Dense(1, bias_regularizer='l1_l2')", "tf.keras.regularizers knows no 'l1_l2'; did you mean 'l1l2'?"),
        ("keras.losses.get('logcosh')", "tf.keras.losses knows no 'logcosh'; did you mean 'log_cosh'?"),
        # What else is said of the line does not hide it.
        (
            "layers.LSTM(1, activation='hard_sigmoid', kernel_constraint='minmax_norm')",
            "tf.keras.constraints knows no 'minmax_norm'; did you mean 'min_max_norm'",
        ),
    ],
)
def test_what_strings_name_is_looked_up(code: str, expected: str, tmp_path: Path) -> None:
    assert [one[: len(expected)] for one in said(code, tmp_path)] == [expected]
    assert said(code, tmp_path, OLD) == []


def test_strings_that_keras_or_the_code_itself_knows_are_no_finding(tmp_path: Path) -> None:
    code = """
        m = keras.Sequential([layers.Dense(1, activation="gelu", bias_initializer="zeros", kernel_regularizer="l2")])
        m.compile("rmsprop", loss=["mse", "kld", "binary_crossentropy"], metrics=["acc", "AUC"])
    """
    assert said(code, tmp_path, likely=True) == []
    own = "keras.utils.get_custom_objects()['mish'] = 1\nlayers.Activation('mish')"
    assert said(own, tmp_path, likely=True) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("tf.compat.v1.keras.layers.CuDNNLSTM(3)", "tf.compat.v1.keras.layers.CuDNNLSTM does not exist"),
        ("from tensorflow.compat.v2 import matrix_inverse", "tf.compat.v2.matrix_inverse does not exist"),
        ("tf.optimizers.Ftrll()", "tf.optimizers.Ftrll does not exist"),
        ("from tensorflow.contrib import layers as old", "tf.contrib does not exist"),
        ("import tensorflow.examples.tutorials", "tf.examples does not exist"),
        ("tf.keras.dtensor.experimental", "tf.keras.dtensor does not exist"),
    ],
)
def test_names_are_looked_up_through_every_door(code: str, expected: str, tmp_path: Path) -> None:
    assert [one.partition(";")[0] for one in said(code, tmp_path)] == [expected]


def test_doors_that_lead_elsewhere_are_left_alone(tmp_path: Path) -> None:
    code = "tf.compat.v2.enable_v2_behavior()\ntf.compat.v1.placeholder\nfrom tensorflow.dtensor import x\ntf.python.y"
    assert said(code, tmp_path, likely=True) == []
    # The interface of TensorFlow 1 is another one on Keras 2, and not on record.
    assert said("tf.compat.v1.keras.layers.CuDNNLSTM(3)", tmp_path, OLD) == []


def test_a_guard_that_raises_demands_the_attribute(tmp_path: Path) -> None:
    code = "m = keras.Sequential()\nif not hasattr(m, 'state_updates'):\n    raise ValueError"
    assert said(code, tmp_path) == ["tf.keras.Sequential.state_updates does not exist"]
    assert said(code.replace("raise ValueError", "pass"), tmp_path, likely=True) == []


OWN_MODELS = """
class Plain(keras.Model):
    def call(self, inputs):
        return inputs

class Sets(Plain):
    def keep(self):
        self.save_spec = 1

class Answers(Plain):
    def __getattr__(self, name):
        return name

Plain().save_spec
Sets().save_spec
Answers().save_spec
"""


def test_members_of_own_classes_are_looked_up_unless_they_may_have_them_themselves(tmp_path: Path) -> None:
    assert said(OWN_MODELS, tmp_path) == ["tf.keras.Model.save_spec does not exist"]
    on_instances = "layer = layers.Dense(1)\nlayer.kernel\nkeras.Sequential([layer]).inputs"
    assert said(on_instances, tmp_path, OLD) == said(on_instances, tmp_path) == []


def test_an_iterator_of_images_is_known_by_what_makes_it(tmp_path: Path) -> None:
    start = "flow = keras.preprocessing.image.ImageDataGenerator().flow(x)\n"
    assert said(start + "flow.next()", tmp_path) == [
        "tf.keras.preprocessing.image.NumpyArrayIterator.next does not exist"
    ]
    assert said(start + "flow.next()", tmp_path, OLD) == said(start + "flow.reset()", tmp_path) == []


def test_what_other_files_register_and_a_base_that_lists_nothing_are_no_finding(tmp_path: Path) -> None:
    own = "class Step(keras.optimizers.Optimizer):\n    def __init__(self):\n        super().__init__(name='step')\n"
    assert said(own + "layers.Dense(1, kernel_initializer='mine>start')", tmp_path) == []
    assert said("model = keras.Sequential()\nmodel.save('a.keras', signatures=None)", tmp_path) == [
        "tf.keras.Sequential.save does not accept signatures="
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = keras.Input((3,))\nlayers.Dense(2)(x).set_shape((None, 2))", ["tf.keras.KerasTensor.set_shape"]),
        ("def block(t):\n    return t.get_shape()\nblock(keras.Input((3,)))", ["tf.keras.KerasTensor.get_shape"]),
        ("x = keras.Input((3,))\nx.shape.num_elements()", ["tf.keras.KerasTensor.shape.num_elements"]),
        ("x = keras.Input((3,))\nx.dtype.is_floating", ["tf.keras.KerasTensor.dtype.is_floating"]),
        ("d = layers.Dense(1)\nd.kernel.dtype.size", ["tf.keras.KerasTensor.dtype.size"]),
        ("m = keras.Sequential()\n[w.read_value() for w in m.weights]", ["tf.keras.Variable.read_value"]),
        ("keras.optimizers.Adam().iterations.read_value()", ["tf.keras.Variable.read_value"]),
        ("m = keras.Sequential()\nfor w in m.trainable_weights:\n    w.device", ["tf.keras.Variable.device"]),
        ("x = keras.Input((3,))\nx.shape[0], x.shape.index, x.dtype.upper(), x.ndim, x.name", []),
        ("m = keras.Sequential()\nm.weights[0].assign_add(1), m.weights[0].numpy(), m.weights[0].shape.as_list()", []),
    ],
)
def test_tensors_and_weights_lack_what_only_those_of_tensorflow_have(
    code: str, expected: list[str], tmp_path: Path
) -> None:
    assert [one.partition(" ")[0] for one in said(code, tmp_path)] == expected
    assert said(code, tmp_path, OLD) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("o = keras.optimizers.Nadam()\no.variables()", "tf.keras.optimizers.Nadam.variables() does not exist"),
        ("layers.Dense(1).bias.value()", "tf.keras.Variable.value() does not exist"),
    ],
)
def test_an_attribute_that_was_a_method_cannot_be_called(code: str, expected: str, tmp_path: Path) -> None:
    assert [one.partition(";")[0] for one in said(code, tmp_path)] == [expected]
    assert said(code[:-2], tmp_path) == said(code, tmp_path, OLD) == []
    assert said("m = keras.Sequential()\nm.weights[0].constraint(1)", tmp_path, likely=True) == []  # holds a function


def test_any_class_of_keras_is_looked_into(tmp_path: Path) -> None:
    code = "s = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD())\ns.get_unscaled_gradients([])"
    assert said(code, tmp_path) == ["tf.keras.mixed_precision.LossScaleOptimizer.get_unscaled_gradients does not exist"]
    code = "p = keras.utils.Progbar(3)\np.update(1)\np.add(1)\nkeras.initializers.Zeros()(shape=(2,))"
    assert said(code, tmp_path, likely=True) == []


def test_only_recurrent_layers_have_a_state_of_being_stateful(tmp_path: Path) -> None:
    assert said("keras.Sequential().stateful", tmp_path) == ["tf.keras.Sequential.stateful does not exist"]


@pytest.mark.parametrize(
    ("start", "sure"),
    [
        ("from tensorflow.keras.layers import *", True),
        ("from tensorflow.keras.layers import *\nfrom tensorflow.keras.models import *", True),
        ("from tensorflow.keras.layers import *\nfrom helpers import *", False),
        ("from helpers import *\nfrom tensorflow.keras.layers import *", True),
    ],
)
def test_what_a_star_brought_is_known_unless_another_module_may_have(start: str, sure: bool, tmp_path: Path) -> None:
    code = f"{start}\nDense(3, init='x')"
    assert [one.partition(";")[0] for one in said(code, tmp_path)] == (
        ["tf.keras.layers.Dense does not accept init="] if sure else []
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m = keras.Sequential()\nm._make_train_function()", ["tf.keras.Sequential._make_train_function"]),
        ("o = keras.optimizers.SGD()\no._get_hyper('momentum')", ["tf.keras.optimizers.SGD._get_hyper"]),
        ("o = keras.optimizers.SGD()\no._set_hyper = 1\no._set_hyper", []),
        ("m = keras.Sequential()\nm._anything", []),
        ("d = layers.Dense(1)\nd._inbound_nodes", []),
    ],
)
def test_what_only_objects_of_keras_2_have_is_on_record(code: str, expected: list[str], tmp_path: Path) -> None:
    assert [one.partition(" ")[0] for one in said(code, tmp_path)] == expected
    assert said(code, tmp_path, OLD) == []


@pytest.mark.parametrize(
    "table",
    [
        "{l.name: l for l in m.layers}",
        "dict([(l.name, l) for l in m.layers])",
        "dict((l.name, l) for l in m.layers)",
    ],
)
def test_a_value_out_of_a_table_that_is_made_in_a_loop_is_known(table: str, tmp_path: Path) -> None:
    code = f"m = keras.applications.VGG16()\ntable = {table}\ntable['block1_conv1'].output.set_shape(None)"
    assert said(code, tmp_path) == ["tf.keras.KerasTensor.set_shape does not exist"]


def test_a_lambda_that_a_function_gives_is_read_with_what_it_is_called_with(tmp_path: Path) -> None:
    code = "def make(by):\n    return lambda t: t.get_shape()[0] * by\nmake(2)(keras.Input((3,)))"
    assert said(code, tmp_path) == ["tf.keras.KerasTensor.get_shape does not exist"]
    assert said("f = lambda t: t.get_shape()\nf(tf.ones(3))", tmp_path, likely=True) == []
