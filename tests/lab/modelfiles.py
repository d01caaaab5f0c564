"""Writes model files with one release and loads them with another, inside an examined interpreter. Standalone.

``python modelfiles.py write FOLDER [KIND ...]`` writes each kind of model, or some, in every format that this release
can write, each with the inputs and the predictions that it had. ``python modelfiles.py load FOLDER OUT.json`` loads all
files below a folder in every way that users try, and says of each what happened. Python 3.7's standard library and what
is examined.
"""

from __future__ import annotations

import gc
import glob
import json
import os
import signal
import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
gc.disable()  # TensorFlow's heap is large, and Keras collects garbage at every turn
TOLERANCE = 1e-4
SECONDS = 60
"""How long one way of loading a file may take; one that never ends fails."""
TRAINED = ("seq_input", "lstm_first", "legacy_optimizer", "schedule")
_FOLDERS = ("seq_input", "several", "lstm", "custom_layer", "subclass", "lambda_code", "text_vectors", "hard_sigmoid")
RARE = {
    "saved": (*_FOLDERS, "preprocessing", "mixed"),
    "plain": ("seq_input", "several", "subclass"),
    "model.json": ("seq_input", "several", "lstm", "subclass"),
    "ckpt": ("seq_input", "several"),
    "w.weights.h5": ("seq_input", "lstm", "several"),
    "old.h5": ("seq_input", "lstm", "several"),
}
"""The formats that take long to write, or are alike for all: the kinds that are written in them."""
_KEPT = {"mean", "variance", "count", "seed_generator_state", "Variable"}
"""Weights of Normalization, which are not read again once it was adapted, and the states of RNNs."""
KINDS: dict[str, Any] = {}


def kind(function: Any) -> Any:
    """Registers a kind of model under its function's name."""
    KINDS[function.__name__] = function
    return function


def start() -> tuple[Any, ...]:
    """TensorFlow, the Keras behind ``tf.keras``, NumPy; and whether that Keras is Keras 3."""
    warnings.simplefilter("ignore")
    import numpy as np
    import tensorflow as tf

    k = tf.keras
    k.layers  # noqa: B018
    version = sys.modules[k.layers.Dense.__module__.split(".")[0]].__version__
    return tf, k, np, version.startswith("3."), version


# ------------------------------------------------------------------------------------------------------------ models


@kind
def seq_input(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3, activation="relu"), k.layers.Dense(2)])
    m.compile("adam", "mse", metrics=["mae"])
    return m


@kind
def seq_first_dense(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Dense(3, activation="tanh", input_shape=(4,)), k.layers.Dense(2, activation="softmax")])
    m.compile(k.optimizers.SGD(learning_rate=0.1), "categorical_crossentropy", metrics=["accuracy"])
    return m


@kind
def seq_first_conv(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    m = k.Sequential(
        [
            layers.Conv2D(3, 3, padding="same", input_shape=(8, 8, 2)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
            layers.SeparableConv2D(3, 2),
            layers.LeakyReLU(),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    m.compile("rmsprop", loss=k.losses.MeanSquaredError())
    return m


@kind
def not_compiled(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((5,), name="features")
    return k.Model(x, k.layers.Dense(2, kernel_regularizer="l2", kernel_constraint=k.constraints.MaxNorm(2.0))(x))


@kind
def several(tf: Any, k: Any, is3: bool) -> Any:
    a, b = k.Input((3,), name="left"), k.Input((2,), name="right")
    x = k.layers.Concatenate(axis=1)([k.layers.Dense(4)(a), b])
    m = k.Model([a, b], [k.layers.Dense(1, name="one")(x), k.layers.Dense(2, name="two")(x)])
    m.compile("adam", {"one": "mse", "two": "mae"}, metrics={"one": ["mae"], "two": ["mse"]})
    return m


@kind
def nested(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((4,))
    inner = k.Model(x, k.layers.Dense(4, activation="elu")(x), name="inner")
    y = k.Input((4,))
    m = k.Model(y, k.layers.Add()([inner(y), k.layers.Dense(4)(inner(y))]))
    m.compile("adam", "mean_squared_error")
    return m


@kind
def lstm(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((5, 3)), k.layers.LSTM(4, return_sequences=True), k.layers.GRU(3)])
    m.compile("adam", "mean_absolute_error")
    return m


@kind
def lstm_first(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.LSTM(4, input_shape=(5, 3)), k.layers.Dense(1)])
    m.compile(k.optimizers.Adam(learning_rate=0.01, clipnorm=1.0), "binary_crossentropy", metrics=[k.metrics.AUC()])
    return m


@kind
def hard_sigmoid(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((5, 3)), k.layers.LSTM(4, recurrent_activation="hard_sigmoid")])


@kind
def hard_dense(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.Dense(6, activation="hard_sigmoid")])


@kind
def gru_old(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((5, 3)), k.layers.GRU(4, reset_after=False)])


@kind
def simple_rnn(tf: Any, k: Any, is3: bool) -> Any:
    cell = k.layers.RNN(k.layers.LSTMCell(3), return_sequences=True)
    return k.Sequential([k.layers.Input((5, 3)), cell, k.layers.SimpleRNN(3, unroll=True)])


@kind
def bidirectional(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    x = layers.Input((6,), dtype="int32", name="tokens")
    y = layers.Embedding(10, 4, mask_zero=not is3)(x)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
    y = layers.TimeDistributed(layers.Dense(2))(y)
    m = k.Model(x, y)
    m.compile("adam", "mse")
    return m


@kind
def conv_lstm(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((3, 6, 6, 1)), k.layers.ConvLSTM2D(2, 3)])


@kind
def depthwise(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((8, 8, 3))
    y = k.layers.DepthwiseConv2D(3, padding="same")(x)
    y = k.layers.ReLU(6.0)(k.layers.BatchNormalization(axis=-1)(y))
    y = k.layers.GlobalAveragePooling2D()(k.layers.Conv2DTranspose(2, 3)(k.layers.UpSampling2D()(y)))
    m = k.Model(x, y)
    m.compile("sgd", "mse")
    return m


@kind
def axes(tf: Any, k: Any, is3: bool) -> Any:
    a, b = k.Input((3, 4)), k.Input((2, 4))
    x = k.layers.Concatenate(axis=1)([a, b])
    x = k.layers.LayerNormalization(axis=1)(x)
    return k.Model([a, b], k.layers.Softmax(axis=1)(x))


@kind
def shapes(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    return k.Sequential(
        [
            layers.Input((4, 6)),
            layers.Permute((2, 1)),
            layers.Reshape((3, 8)),
            layers.Conv1D(4, 2, padding="causal"),
            layers.ZeroPadding1D(1),
            layers.Cropping1D(1),
            layers.AveragePooling1D(2),
            layers.PReLU(),
            layers.ELU(),
            layers.SpatialDropout1D(0.1),
            layers.GaussianNoise(0.1),
            layers.Activation("swish"),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.GlobalMaxPooling1D(),
            layers.ActivityRegularization(0.1),
            layers.Masking(0.0),
        ]
    )


@kind
def attention(tf: Any, k: Any, is3: bool) -> Any:
    a = k.Input((4, 6))
    y = k.layers.MultiHeadAttention(2, 3)(a, a)
    y = k.layers.LayerNormalization()(y + a)
    return k.Model(a, k.layers.Attention()([y, y]))


@kind
def arithmetic(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((4,))
    y = (k.layers.Dense(4)(x) * 2.0 + 1.0) / 3.0 - x
    return k.Model(x, y[:, :2])


@kind
def tf_function(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((4,))
    if is3:
        return k.Model(x, sys.modules["keras"].ops.sin(k.layers.Dense(4)(x)))
    return k.Model(x, tf.math.sin(tf.reduce_mean(k.layers.Dense(4)(x), axis=1)))


def double(x: Any) -> Any:
    return x * 2.0


@kind
def lambda_code(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((4,)), k.layers.Lambda(lambda x: x * 3.5 + 1.0, output_shape=(4,))])
    m.compile("adam", "mean_squared_error")
    return m


@kind
def lambda_named(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.Lambda(double, output_shape=(4,)), k.layers.Dense(1)])


@kind
def custom_layer(tf: Any, k: Any, is3: bool) -> Any:
    class Scale(k.layers.Layer):  # type: ignore[misc]
        def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, x: Any) -> Any:
            return x * self.factor

        def get_config(self) -> Any:
            return {**super().get_config(), "factor": self.factor}

    return k.Sequential([k.layers.Input((4,)), Scale(3.0), k.layers.Dense(2)])


@kind
def custom_loss(tf: Any, k: Any, is3: bool) -> Any:
    def my_loss(y: Any, p: Any) -> Any:
        return tf.reduce_mean(abs(y - p))

    m = k.Sequential([k.layers.Input((4,)), k.layers.Dense(2)])
    m.compile("adam", my_loss, metrics=["mean_squared_error"])
    return m


@kind
def custom_activation(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.Dense(2, activation=double)])


@kind
def subclass(tf: Any, k: Any, is3: bool) -> Any:
    class Net(k.Model):  # type: ignore[misc]
        def __init__(self, units: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.dense = k.layers.Dense(units)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def get_config(self) -> Any:
            return {"units": self.units}

    m = Net()
    m(tf.zeros((3, 4)))
    return m


@kind
def loss_object(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3)])
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    m.compile(k.optimizers.RMSprop(momentum=0.5), loss, metrics=[k.metrics.SparseCategoricalAccuracy(), "accuracy"])
    return m


@kind
def losses_list(tf: Any, k: Any, is3: bool) -> Any:
    a = k.Input((3,))
    m = k.Model(a, [k.layers.Dense(1)(a), k.layers.Dense(2)(a)])
    m.compile(k.optimizers.Nadam(), ["mse", k.losses.Huber()], loss_weights=[1.0, 0.5])
    return m


@kind
def schedule(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3)])
    m.compile(k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), "mean_squared_error")
    return m


@kind
def legacy_optimizer(tf: Any, k: Any, is3: bool) -> Any:
    m = k.Sequential([k.layers.Input((4,)), k.layers.Dense(3)])
    m.compile(k.optimizers.legacy.Adam(learning_rate=0.1, decay=0.01), "mean_squared_error")
    return m


@kind
def mixed(tf: Any, k: Any, is3: bool) -> Any:
    policy = k.mixed_precision.Policy("mixed_float16")
    out = k.layers.Dense(2, dtype="float32")
    return k.Sequential([k.layers.Input((4,)), k.layers.Dense(8, dtype=policy), out])


@kind
def preprocessing(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    norm = layers.Normalization()
    norm.adapt(tf.constant([[0.0, 1.0], [2.0, 3.0]]).numpy())
    return k.Sequential([layers.Input((2,)), norm, layers.Rescaling(0.5), layers.Dense(2)])


@kind
def images(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    return k.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Resizing(6, 6),
            layers.CenterCrop(4, 4),
            layers.RandomFlip(),
            layers.RandomRotation(0.1),
            layers.RandomZoom(0.1),
            layers.Conv2D(1, 2),
            layers.LocallyConnected2D(1, 2),
        ]
        if not is3
        else [
            layers.Input((8, 8, 3)),
            layers.Resizing(6, 6),
            layers.CenterCrop(4, 4),
            layers.RandomFlip(),
            layers.RandomRotation(0.1),
            layers.RandomZoom(0.1),
            layers.Conv2D(1, 2),
        ]
    )


@kind
def text_vectors(tf: Any, k: Any, is3: bool) -> Any:
    vectors = k.layers.TextVectorization(max_tokens=10, output_sequence_length=3)
    vectors.adapt(["a b c", "a d"])
    x = k.Input((1,), dtype="string")
    return k.Model(x, k.layers.Embedding(10, 2)(vectors(x)))


@kind
def string_lookup(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((2,), dtype="string")
    y = k.layers.StringLookup(vocabulary=["a", "b", "c"])(x)
    return k.Model(x, k.layers.Embedding(6, 2)(y))


@kind
def integer_lookup(tf: Any, k: Any, is3: bool) -> Any:
    x = k.Input((2,), dtype="int64")
    y = k.layers.IntegerLookup(vocabulary=[1, 2, 3], output_mode="multi_hot")(x)
    return k.Model(x, k.layers.Dense(2)(y))


@kind
def stateful(tf: Any, k: Any, is3: bool) -> Any:
    if is3:
        return k.Sequential([k.layers.Input(batch_shape=(3, 5, 2)), k.layers.LSTM(2, stateful=True)])
    return k.Sequential([k.layers.LSTM(2, stateful=True, batch_input_shape=(3, 5, 2))])


@kind
def slash_names(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.Dense(2, name="head/one" if not is3 else "head_one")])


@kind
def crop_alpha(tf: Any, k: Any, is3: bool) -> Any:
    layers = k.layers
    alpha = {"negative_slope": 0.1} if is3 else {"alpha": 0.1}
    return k.Sequential([layers.Input((4,)), layers.Dense(4), layers.LeakyReLU(**alpha), layers.UnitNormalization()])


@kind
def thresholded(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.ThresholdedReLU(0.1), k.layers.Dense(2)])


@kind
def batch_renorm(tf: Any, k: Any, is3: bool) -> Any:
    return k.Sequential([k.layers.Input((4,)), k.layers.experimental.SyncBatchNormalization(), k.layers.Dense(2)])


# ------------------------------------------------------------------------------------------------------------ writing


def inputs_of(model: Any, np: Any) -> list[Any]:
    """Inputs of the right shapes and dtypes, always the same."""
    random = np.random.RandomState(7)
    given = getattr(model, "inputs", None)
    found = []
    for one in given or [None]:
        shape = [3, *([d or 3 for d in one.shape[1:]] if one is not None else [4])]
        name = str(getattr(one.dtype, "name", one.dtype)) if one is not None else "float32"
        if name == "string":
            found.append(random.choice(["a", "b", "x"], shape).astype(object))
        elif "int" in name:
            found.append(random.randint(1, 4, shape).astype(name))
        else:
            found.append(random.standard_normal(shape).astype("float32"))
    return found


def tensors(inputs: list[Any], tf: Any) -> list[Any]:
    """The inputs as TensorFlow takes them."""
    return [tf.constant(one.tolist() if one.dtype == object else one) for one in inputs]


def arrays_of(answer: Any) -> list[Any]:
    """What a model answers, as a list of arrays."""
    answer = list(answer.values()) if isinstance(answer, dict) else answer
    return [one.numpy() for one in (answer if isinstance(answer, (list, tuple)) else [answer])]


def predict(model: Any, inputs: list[Any], tf: Any) -> list[Any]:
    """What a model answers to some inputs."""
    given = tensors(inputs, tf)
    return arrays_of(model(given if len(given) > 1 else given[0], training=False))


def ways_of(model: Any, tf: Any, is3: bool) -> dict[str, Any]:
    """By the name of a file, what writes it."""

    def as_json(path: str) -> None:
        with open(path, "w") as file:
            file.write(model.to_json())

    ways: dict[str, Any] = {
        "model.h5": model.save,
        "model.keras": model.save,
        "w.weights.h5": model.save_weights,
        "saved": model.export if is3 else lambda path: model.save(path, save_format="tf"),
        "plain": lambda path: tf.saved_model.save(model, path),
        "model.json": as_json,
    }
    return ways if is3 else {**ways, "old.h5": model.save_weights, "ckpt": model.save_weights}


def write(folder: str, *kinds: str) -> None:
    """All kinds of models, or some, in all formats."""
    tf, k, np, is3, version = start()
    for name, make in KINDS.items():
        if kinds and name not in kinds:
            continue
        k.backend.clear_session()
        k.utils.set_random_seed(3) if hasattr(k.utils, "set_random_seed") else tf.random.set_seed(3)
        try:
            model = make(tf, k, is3)
            inputs = inputs_of(model, np)
            answer = predict(model, inputs, tf)
            if name in TRAINED:
                model.train_on_batch(inputs, [np.zeros_like(one) for one in answer])
            for one in model.weights:  # nothing stays at its initial value
                if "float" in str(getattr(one, "dtype", "")) and not _KEPT.intersection(
                    one.name.split("/")[-1].split(":")
                ):
                    one.assign(np.random.RandomState(sum(one.shape) + 1).uniform(0.1, 0.9, one.shape))
            for one in getattr(model, "layers", ()):
                if getattr(one, "stateful", False):  # whoever loads the file begins with zeros
                    one.reset_states() if hasattr(one, "reset_states") else one.reset_state()
            answer = predict(model, inputs, tf)
        except Exception as error:
            print("not made", name, type(error).__name__, str(error)[:150].replace("\n", " "))
            continue
        where = os.path.join(folder, name)
        os.makedirs(where, exist_ok=True)
        data = {f"i{index}": one.astype("U") if one.dtype == object else one for index, one in enumerate(inputs)}
        data.update({f"o{index}": one for index, one in enumerate(answer)})
        np.savez(os.path.join(where, "numbers.npz"), **data)
        ways = ways_of(model, tf, is3)
        for file, way in ways.items():
            if file in RARE and name not in RARE[file]:
                continue
            try:
                way(os.path.join(where, file))
            except Exception as error:
                print("not written", name, file, type(error).__name__, str(error)[:100])
    print("done", version)


# ------------------------------------------------------------------------------------------------------------ loading

NAMES = ("model.h5", "model.keras", "w.weights.h5", "old.h5", "saved", "plain", "model.json", "ckpt.index")


class Trial:
    """One file, and what each way of loading it does.

    Args:
        path: the file or folder; its inputs and predictions are in the same folder.
        libraries: what :func:`start` gives.
    """

    def __init__(self, path: str, libraries: tuple[Any, ...]) -> None:
        self.path, (self.tf, self.k, self.np, self.is3, _) = path, libraries
        numbers = self.np.load(os.path.join(os.path.dirname(path), "numbers.npz"))
        arrays = [numbers[f"i{index}"] for index in range(sum(name.startswith("i") for name in numbers.files))]
        self.wanted = [numbers[f"o{index}"] for index in range(len(numbers.files) - len(arrays))]
        self.inputs = [one.astype(object) if one.dtype.kind == "U" else one for one in arrays]

    def all(self) -> dict[str, str]:
        """By the name of each way what it did."""
        ways = {"plain": self.attempt(self.plain)}
        if not self.path.endswith(".json") and ways["plain"] != "loads":
            ways["nocompile"] = self.attempt(lambda: self.plain(compile=False))
        if os.path.isdir(self.path):
            ways["signature"] = self.attempt(self.signature)
            ways["layer"] = self.attempt(self.layer)
        return ways

    def attempt(self, way: Any) -> str:
        """What one way did, in a few words."""
        signal.alarm(SECONDS)  # Keras 3 never returns over some files
        try:
            return str(way())
        except BaseException as error:
            return f"error {type(error).__name__}: {str(error)[:2500]}"
        finally:
            signal.alarm(0)

    def compare(self, found: list[Any]) -> str:
        """Whether the numbers are the writer's."""
        np = self.np
        if len(found) != len(self.wanted):
            return f"outputs {len(found)}"
        if [one.shape for one in found] != [one.shape for one in self.wanted]:
            return f"shapes {[one.shape for one in found]}"
        pairs = [(one.astype("float64"), other.astype("float64")) for one, other in zip(found, self.wanted)]
        gap = max(float(np.max(np.abs(one - other), initial=0)) for one, other in pairs)
        return "loads" if gap < TOLERANCE or ("mixed" in self.path and gap < 2e-2) else f"differs {gap:.3g}"

    def plain(self, **options: Any) -> str:
        """``load_model``."""
        path = self.path[:-6] if self.path.endswith(".index") else self.path
        if path.endswith(".json"):
            with open(path) as file:
                self.k.models.model_from_json(file.read())
            return "loads"
        model = self.k.models.load_model(path, **options)
        if not isinstance(model, self.k.Model):
            return f"object {type(model).__name__}"
        return self.compare(predict(model, self.inputs, self.tf))

    def signature(self) -> str:
        """The signature of a SavedModel."""
        function = self.tf.saved_model.load(self.path).signatures["serving_default"]
        names = list(function.structured_input_signature[1])
        return f"loads {sorted(function(**dict(zip(names, tensors(self.inputs, self.tf)))))}"

    def layer(self) -> str:
        """``TFSMLayer`` called with one argument."""
        endpoint = "serve" if f"{os.sep}k3" in self.path and self.path.endswith("saved") else "serving_default"
        layer = self.k.layers.TFSMLayer(self.path, call_endpoint=endpoint)
        given = tensors(self.inputs, self.tf)
        return self.compare(arrays_of(layer(given if len(given) > 1 else given[0])))


def late(number: int, frame: object) -> None:
    """Ends a way of loading that takes too long."""
    raise TimeoutError("no answer")


def load(folder: str, out: str) -> None:
    """What each way of loading does to each file."""
    signal.signal(signal.SIGALRM, late)
    libraries = start()
    result: dict[str, Any] = {}

    def keep() -> None:
        facts = {"keras": libraries[-1], "tensorflow": libraries[0].__version__, "files": result}
        with open(out, "w") as file:
            json.dump({**facts, "python": sys.version.split()[0]}, file, indent=1)

    for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
        if os.path.basename(path) in NAMES:
            result[os.path.relpath(path, folder)] = Trial(path, libraries).all()
            if len(result) % 10 == 0:
                keep()
    keep()
    print("done", libraries[-1], len(result))


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(*sys.argv[2:])
    else:
        load(sys.argv[2], sys.argv[3])
