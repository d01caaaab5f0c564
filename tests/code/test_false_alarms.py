"""Code that is right as it is: a certain error there is a false alarm, which costs more than a miss."""

from __future__ import annotations

from textwrap import dedent

import pytest

from kdoctor import rules
from kdoctor.code import Usage, scan
from kdoctor.report import Report
from kdoctor.run import Choices, assess
from kdoctor.words import Certainty, Severity
from tests.environment.worlds import targets

NEWEST = "tensorflow==2.21 keras==3.15"
HEAD = "import keras, tf_keras, pytest\nimport tensorflow as tf\n"


def read(text: str) -> Usage:
    known = [rule for rule in rules.all_rules() if rule.uses]
    return scan(["-"], rules=known, stdin=(HEAD + dedent(text)).encode())


def report(text: str, target: str = NEWEST) -> Report:
    return assess(targets(target.split()), Choices(usage=read(text)))


def errors(text: str, target: str = NEWEST) -> list[tuple[str, int]]:
    """The code and the line of every certain error, lines counted without the imports."""
    return sorted(
        (finding.code, place.line - 2)
        for finding in report(text, target).environments[0].findings
        if finding.severity is Severity.ERROR
        for place in finding.locations
        if place.certainty is Certainty.CERTAIN
    )


@pytest.mark.parametrize(
    "text",
    [
        "tf_keras.mixed_precision.LossScaleOptimizer(tf_keras.optimizers.Adam(), dynamic=True)",  # by its metaclass
        "from tensorflow.tsl.protobuf import histogram_pb2",
        "from tensorflow.lite.toco.logging import toco_conversion_log_pb2",
        "from tf_keras.protobuf import saved_metadata_pb2",
        "tf.tau = 6.28\nprint(tf.tau / 2)",
        "setattr(tf, 'deg', 57.3)\nprint(2 * tf.deg)",
        "tf.keras.backend.set_session = print\ntf.keras.backend.set_session(3)",
        "keras.layers.CuDNNLSTM = keras.layers.LSTM\nkeras.layers.CuDNNLSTM(3)",
    ],
)
def test_what_is_there_although_no_record_shows_it(text: str) -> None:
    assert errors(text) == []


def test_a_learning_rate_is_read_through_the_old_backend_and_not_set() -> None:
    used = """
        from tensorflow.keras import backend as B
        net = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        net.compile("sgd", "mse")
        print(B.get_value(net.optimizer.learning_rate))
        B.set_value(net.optimizer.learning_rate, 0.1)
        print(keras.backend.get_value(net.optimizer.learning_rate))
    """
    assert errors(used) == [("KD816", 6), ("KD816", 7)]


@pytest.mark.parametrize(
    ("block", "is_expected"),
    [
        ("with pytest.raises(AttributeError):", True),
        ("with self.assertRaisesRegex(AttributeError, 'dense2'):", True),
        ("import contextlib\nwith contextlib.suppress(Exception):", True),
        ("with tf.device('cpu'):", False),
        ("if True:", False),
    ],
)
def test_what_is_expected_to_fail_is_no_use(block: str, is_expected: bool) -> None:
    uses = "keras.layers.ThresholdedReLU()", "keras.optimizers.SGD(lr=0.5)", "keras.Sequential().fit_generator(3)"
    for use in uses:
        assert bool(errors(f"{block}\n    {use}")) is not is_expected, use
        assert errors(f"{block}\n    pass\n{use}"), use


def test_what_is_only_named_is_no_use_of_what_fails_when_it_is_called() -> None:
    legacy = "tf.keras.optimizers.legacy.Adagrad"
    assert errors(f"def f(one: {legacy}) -> {legacy}:\n    return isinstance(one, (int, {legacy}))") == []
    assert errors(f"kinds = [{legacy}]") == []
    assert errors(f"one: {legacy} = {legacy}()") == [("KD801", 1)]
    assert errors(f"isinstance({legacy}(), int)") == [("KD801", 1)]


def test_an_annotation_that_is_never_evaluated_needs_no_name() -> None:
    text = "def f(one: tf.keras.optimizers.Adamm): ..."
    assert errors(text) == [("KD093", 1)]
    usage = scan(["-"], rules=(), stdin=f"from __future__ import annotations\n{HEAD}{text}".encode())
    assert not any(use.name.endswith("Adamm") for use in usage.uses)


@pytest.mark.parametrize("target", [NEWEST, "tensorflow==2.15"])
def test_the_attribute_of_an_optimizer_is_no_argument(target: str) -> None:
    halve = "rate = {0}.optimizers.Adagrad()\nrate.lr = rate.lr / 2"
    assert errors(halve.format("tf_keras"), target) == []
    told = [] if target != NEWEST else [("KD822", 2), ("KD901", 2)]
    assert errors(halve.format("tf.keras"), target) == told
    assert ("KD802", 1) in errors("tf.keras.optimizers.Adagrad(lr=0.2)", target)


def test_one_cause_is_one_finding() -> None:
    words = "keras.layers.Embedding(9, 4, mask_zero=True)(keras.Input((None,)))"
    decoder = f"keras.layers.GRU(3, return_sequences=True)({words}, initial_state=[keras.Input((3,))])"
    model = f"x = {decoder}\nm = keras.Model([], x)\n"
    compiled = "m.compile('sgd', 'mse', metrics=['mae'])"
    assert [code for code, line in errors(model + compiled, "keras==3.8 tensorflow==2.18") if line == 3] == ["KD303"]
    text = "keras.callbacks.ModelCheckpoint('epoch.h5', save_weights_only=True)"
    assert errors(text) == [("KD651", 1)]
    gone = "from keras.preprocessing.image import ImageDataGenerator\nImageDataGenerator(rescale=0.5)\n"
    assert errors(gone) == [("KD813", 1)]


DECODER = """
words = keras.layers.Embedding(50, 8, mask_zero=True)(keras.Input((None,)))
x = keras.layers.LSTM(4, {how})(words, initial_state=[keras.Input((4,)), keras.Input((4,))])
"""


@pytest.mark.parametrize(
    ("how", "is_error"),
    [
        ("return_sequences=True", False),
        ("return_sequences=False", True),
        ("name='last'", True),
        ("return_sequences=True, go_backwards=True", True),
        ("return_sequences=True, return_state=True", False),
    ],
)
def test_a_mask_that_is_ignored_behind_the_data_changes_no_sequence(how: str, is_error: bool) -> None:
    text = DECODER.format(how=how)
    assert bool(errors(text)) is is_error
    in_front = f"{text}\ndata = keras.utils.pad_sequences([[1], [2, 3]], 9)"
    assert errors(in_front) == [("KD302", 3)]
    at_the_end = in_front.replace(", 9", ", padding='post'")
    assert bool(errors(at_the_end)) is is_error


def test_what_has_no_effect_is_said_in_one_line() -> None:
    examination = report(DECODER.format(how="return_sequences=True")).environments[0]
    assert [note for note in examination.notes if "No effect here: KD302 at -:5, because" in note]
    assert not any(finding.locations for finding in examination.findings)


PORTED = "keras.layers.GRU(3, activation='hard_sigmoid')\nkeras.layers.ConvLSTM1D(2, 2)\n"


@pytest.mark.parametrize(
    "sign",
    [
        "keras.ops.sqrt(2.0)",
        "from keras.random import SeedGenerator",
        "model.save('runs/best.keras')",
        "import os\nos.environ['KERAS_BACKEND'] = 'torch'",
        "get_ipython().system('pip install -q keras>=3.6')",
    ],
)
def test_what_only_differs_from_keras_2_is_no_fault_of_code_for_keras_3(sign: str) -> None:
    examination = report(f"{PORTED}{sign}").environments[0]
    assert not {"KD913", "KD914"} & {one.code for one in examination.findings if one.locations}
    (note,) = (note for note in examination.notes if "written for Keras 3" in note)
    assert "KD913" in note
    assert "KD914" in note


@pytest.mark.parametrize("sign", ["", "keras.opsis = 3", "module = 'tensorflow.keras'", "'keras==2.4'"])
def test_of_other_code_it_is_likely_at_most(sign: str) -> None:
    found = {one.code: one for one in report(f"{PORTED}{sign}").environments[0].findings if one.locations}
    assert {code: one.severity for code, one in found.items() if code in ("KD913", "KD914")} == dict.fromkeys(
        ("KD913", "KD914"), Severity.WARNING
    )


STEP = """
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        {tracker}

    def train_step(self, data):
        x, y = data
        y_pred = self(x)
        {loss}
        {update}
        return {returned}
"""
MEAN = "self.seen = keras.metrics.Mean('loss')"
COMPILED = "loss = self.compiled_loss(y, y_pred)"
COMPUTED = "loss = self.compute_loss(x, y, y_pred)"
UPDATE = "self.compiled_metrics.update_state(y, y_pred)"
OWN = "{'loss': self.seen.result()}"
ALL = "{m.name: m.result() for m in self.metrics}"


@pytest.mark.parametrize(
    ("tracker", "loss", "update", "returned", "line"),
    [
        (MEAN, COMPILED, "pass", OWN, 0),
        (MEAN, COMPUTED, "pass", ALL, 0),
        ("pass", COMPILED, "pass", "{'loss': loss}", 10),
        ("pass", COMPILED, UPDATE, ALL, 10),
        ("pass", COMPUTED, UPDATE, ALL, 11),
    ],
)
def test_the_loss_that_a_step_shows(tracker: str, loss: str, update: str, returned: str, line: int) -> None:
    text = STEP.format(tracker=tracker, loss=loss, update=update, returned=returned)
    assert errors(text) == ([("KD825", line)] if line else [])


OLD = "x = tf.placeholder(tf.float32)\nwith tf.Session() as s:\n    s.run(tf.global_variables_initializer())\n"


def test_code_for_tensorflow_1_is_named_once() -> None:
    found = report(f"{OLD}tf.contrib.layers.l2_regularizer(0.1)\n").environments[0].findings
    (one,) = (one for one in found if one.locations)
    assert (one.code, [place.line for place in one.locations]) == ("KD056", [3])
    assert "3 names" in one.locations[0].what
    assert one.locations[0].what.endswith("but not tf.contrib")


def test_what_is_gone_altogether_is_no_slip() -> None:
    text = "from tensorflow.contrib import rnn\nfrom tensorflow.examples.tutorials.mnist import input_data\nrnn.Cell(3)"
    (one,) = (one for one in report(text).environments[0].findings if one.locations)
    assert (one.code, [place.line for place in one.locations]) == ("KD056", [3])
    assert one.locations[0].what == "of TensorFlow 1: tf.contrib, tf.examples"


def test_a_single_old_name_is_pointed_to_where_it_is_now() -> None:
    (one,) = (one for one in report("tf.matrix_diag_part([[1]])").environments[0].findings if one.locations)
    assert (one.code, one.title.count("tf.compat.v1.matrix_diag_part")) == ("KD093", 1)


@pytest.mark.parametrize("text", ["tf.keras.backend.get_session()", "tf.report_uninitialized_variables()"])
def test_what_is_not_alike_is_not_meant(text: str) -> None:
    (one,) = (one for one in report(text).environments[0].findings if one.locations)
    assert "clear_session" not in one.title
    assert "tf.Variable" not in one.title


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import sys\nif 3 > 2:\n    sys.modules['keras'] = tf.keras\nimport keras.backend as K\nK.sum(1)", []),
        ("import sys\nsys.modules['odd'] = tf.keras\nimport keras.backend as K\nK.sum(1)", [("KD814", 4)]),
    ],
)
def test_a_package_that_the_code_replaces(text: str, expected: list[tuple[str, int]]) -> None:
    assert errors(text) == expected


def test_a_variable_that_a_layer_does_not_keep_is_no_weight_of_it() -> None:
    layer = "class L(keras.layers.Layer):\n    def build(self, shape):\n        "
    assert errors(f"{layer}start = tf.Variable(1.0)\n        print(start)") == []
    assert errors(f"{layer}start = tf.Variable(1.0)\n        self.start = start") == [("KD931", 4)]


def test_arguments_that_a_rule_speaks_of_on_a_later_line_of_the_call() -> None:
    text = "m = keras.Sequential()\nm.fit(\n    x,\n    workers=2,\n    max_queue_size=9,\n    odd=1,\n)"
    assert errors(text) == [("KD094", 2), ("KD818", 4), ("KD818", 5)]
    (one,) = (one for one in report(text).environments[0].findings if one.code == "KD094")
    assert "workers" not in one.title


def test_a_folder_that_is_asked_for() -> None:
    model = "m = keras.Sequential()\n"
    assert errors(f"{model}m.save('runs/last', zipped=False)") == []
    assert errors(f"{model}m.save('runs/last')") == [("KD611", 2)]
    assert errors(f"{model}m.save('runs/last', save_format='tf')") == [("KD650", 2)]


@pytest.mark.parametrize(("base", "is_sure"), [("Optimizer", True), ("Nadam", False)])
def test_an_optimizer_that_descends_from_one_that_can_be_made(base: str, is_sure: bool) -> None:
    found = errors(f"class Own(keras.optimizers.{base}):\n    def _create_slots(self, variables): ...")
    assert found == ([("KD824", 2)] if is_sure else [])


@pytest.mark.parametrize(
    "text",
    [
        "how = {'class_name': 'TruncatedNormal', 'config': {'mean': 0.0, 'stddev': 0.02, 'dtype': 'odd'}}\n"
        "keras.layers.Embedding(9, 4, embeddings_initializer=how)",
        "tf.keras.losses.kullback_leibler_divergence([1.0], [1.0])",
        "class Pair(keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n        self.drop = keras.layers.Dropout(0.2)\n"
        "    def call(self, x):\n        return self.drop(x)\n"
        "    def train_step(self, data):\n        self.drop(data, training=True)\n        return {}\n"
        "pair = Pair()\npair.compile('adam')\npair.fit(tf.ones((2, 3)))",
        "def put(value):\n    kept: tf.odd.Thing = value\n    return kept",
        "m = keras.Sequential([keras.layers.Dense(3)])\nm.save_weights('parts.weights.json', max_shard_size=2)\n"
        "m.load_weights('parts.weights.json')",
        "class Net(keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n        self.drop = keras.layers.GaussianNoise(0.2)\n"
        "    def call(self, x):\n        return self.drop(x)\n"
        "    def train_step(self, data):\n        self(data, training=True)\n        return {}\n"
        "net = Net()\nnet.compile('adam')\nnet.fit(tf.ones((2, 3)))",
    ],
)
def test_what_runs_as_it_is_written(text: str) -> None:
    assert errors(text) == []


def test_what_stands_on_an_object_that_cannot_be_made_is_no_finding_of_its_own() -> None:
    assert errors("old = tf.keras.optimizers.legacy.RMSprop(0.1)\nold.apply_gradients([])") == [("KD801", 1)]


def test_a_module_level_annotation_is_evaluated() -> None:
    assert errors("kept: tf.odd.Thing = 3") == [("KD093", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "if keras.__version__ < '3':\n    keras.backend.clip(3, 1, 2)",
        "def stem(images=None):\n    if not keras.backend.is_keras_tensor(images):\n"
        "        return keras.Input(tensor=images)",
        "class Gram(keras.layers.Layer):\n    def build(self, shape):\n        self.k = self.add_weight((3, 2))\n"
        "        self.d = keras.layers.Dense(2)\n    def fill(self, rows):\n        self.set_weights([rows])",
    ],
)
@pytest.mark.parametrize("sign", ["keras.ops.ones((2,))", ""])
def test_what_comes_from_keras_2_alone_is_no_possible_fault_of_code_for_keras_3(text: str, sign: str) -> None:
    found = [one for one in report(f"{text}\n{sign}").environments[0].findings if one.locations]
    assert bool(found) is not bool(sign)


def test_a_model_that_was_never_compiled_leaves_no_loss_in_its_file() -> None:
    made = "m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])"
    kept = "m.save('kept.h5')\nkeras.models.load_model('kept.h5')"
    other = "n = keras.Sequential([keras.layers.Dense(1)])\nn.compile('adam', 'mse')"
    for text, expected in ((f"{other}\n{made}\n{kept}", []), (f"{made}\nm.compile('adam', 'mse')\n{kept}", ["KD610"])):
        findings = report(text).environments[0].findings
        assert [one.code for one in findings if one.locations] == expected


def test_no_string_is_suggested_for_itself() -> None:
    (missing,) = (one for one in report("keras.metrics.get('logcosh')").environments[0].findings if one.locations)
    assert "did you mean 'logcosh'" not in missing.title


def test_a_function_of_a_module_that_is_gone_is_not_looked_for_under_another_subject() -> None:
    titles = {}
    for text in ("from tensorflow.contrib import rnn\nrnn.Odd()", "keras.ops.random.uniform((2,))"):
        (finding,) = (one for one in report(text).environments[0].findings if one.locations)
        titles[text[:4]] = finding.title
    assert "backend.rnn" not in titles["from"]
    assert "keras.random.uniform" in titles["kera"]


def test_code_for_both_is_not_blamed_for_its_way_for_keras_2() -> None:
    text = (
        "old = keras.__version__ < '3'\nif old:\n    def put(x):\n        return keras.backend.square(x)\n"
        "else:\n    from keras import ops\n    put = ops.square"
    )
    examination = report(text).environments[0]
    assert [one.code for one in examination.findings if one.locations] == []
    assert any("asks for the release" in note for note in examination.notes)
