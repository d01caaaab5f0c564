"""Saving and loading models and weights, in the files that Keras 2 users have and the calls that they write."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(kind="trap", namespace=False, full=False)
def saving_h5_mse(lab: Lab) -> None:
    """An .h5 file of a model compiled with "mse" loads again."""
    model = linear_model(lab, trained=True)
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    model.save(lab.path("model.h5"))
    loaded = lab.keras.models.load_model(lab.path("model.h5"))
    check(lab, loaded, "predictions of the loaded model")
    lab.true(loaded.optimizer is not None and loaded.loss is not None, "the loaded model is not compiled")


@canary(kind="spelling", namespace=False, full=False)
def saving_no_extension(lab: Lab) -> None:
    """model.save("folder"), a file name without extension.

    Keras 2 writes a SavedModel there.
    """
    linear_model(lab, trained=True).save(lab.path("my_model"))
    lab.true(os.path.isfile(lab.path("my_model/saved_model.pb")), "there is no SavedModel in the folder")
    written = lab.tf.train.load_checkpoint(lab.path("my_model/variables/variables"))
    kernel = written.get_tensor("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    lab.equal(kernel, KERNEL, "the weights in the folder")


@canary(kind="spelling", namespace=False, full=False)
def saving_weights_h5(lab: Lab) -> None:
    """save_weights to a file called anything.h5."""
    linear_model(lab, trained=True).save_weights(lab.path("model_weights.h5"))
    model = linear_model(lab, trained=False)
    model.load_weights(lab.path("model_weights.h5"))
    check(lab, model, "predictions with the loaded weights")


@canary(kind="spelling", namespace=False, full=False)
def saving_weights_checkpoint(lab: Lab) -> None:
    """Weights in a TensorFlow checkpoint, as Keras 2 wrote them.

    ``save_weights("checkpoint")`` was the default of Keras 2 and of ``ModelCheckpoint(save_weights_only=True)``.
    """
    with zipfile.ZipFile(lab.fixture("checkpoint.zip")) as file:
        file.extractall(lab.path("old"))
    model = linear_model(lab, trained=False)
    model.load_weights(lab.path("old/model.ckpt"))
    check(lab, model, "predictions with the weights of an old checkpoint")
    model.save_weights(lab.path("new/model.ckpt"))
    again = linear_model(lab, trained=False)
    again.load_weights(lab.path("new/model.ckpt"))
    check(lab, again, "predictions with the weights of a new checkpoint")


@canary(kind="trap", namespace=False, full=False)
def saving_lambda(lab: Lab) -> None:
    """An .h5 file of a model with a Lambda layer loads again.

    The file is written here and now: loading one runs the code in it. (In a ``.keras`` file a Python lambda is refused
    by Keras 2 already.)
    """
    inputs = lab.keras.Input((3,))
    model = lab.keras.Model(inputs, lab.keras.layers.Lambda(lambda values: values * 2 + 1)(inputs))
    model.save(lab.path("model.h5"))
    loaded = lab.keras.models.load_model(lab.path("model.h5"))
    features = lab.np.array(FEATURES, "float32")
    lab.equal(loaded(features), features * 2 + 1, "predictions of the loaded model")


@canary(kind="trap", namespace=False, full=False)
def saving_keras2_file(lab: Lab) -> None:
    """A .keras file written by Keras 2 loads."""
    path = lab.fixture("functional.keras")
    if lab.implementation == "keras2" and lab.version < WRITTEN_BY:
        # The layout changed with Keras 2.15, which wrote what ships; an older Keras reads its own.
        path = lab.path("model.keras")
        linear_model(lab, trained=True).save(path)
    check(lab, lab.keras.models.load_model(path), "predictions of the loaded model")


@canary(kind="trap", namespace=False, full=True)
def saving_tf_checkpoint(lab: Lab) -> None:
    """tf.train.Checkpoint restores what Keras 2 wrote."""
    with zipfile.ZipFile(lab.fixture("checkpoint.zip")) as file:
        file.extractall(lab.path("old"))
    model = linear_model(lab, trained=False)
    lab.tf.train.Checkpoint(model).restore(lab.path("old/model.ckpt")).expect_partial()
    restored = any(lab.np.asarray(weight).any() for weight in model.get_weights())
    lab.true(restored, "restore() says nothing, and the weights stay as they were")
    check(lab, model, "predictions with the weights of an old checkpoint")


@canary(kind="trap", namespace=False, full=True)
def saving_unbuilt_weights(lab: Lab) -> None:
    """load_weights into a model that was never called."""

    class Linear(lab.keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.result = lab.keras.layers.Dense(2, kernel_initializer="zeros")

        def call(self, inputs: Any) -> Any:
            return self.result(inputs)

    features = lab.np.array(FEATURES, "float32")
    trained = Linear()
    trained(features)
    trained.set_weights([lab.np.array(KERNEL, "float32"), lab.np.array(BIAS, "float32")])
    trained.save_weights(lab.path("model.weights.h5"))
    model = Linear()
    try:
        model.load_weights(lab.path("model.weights.h5"))
    except ValueError:
        return  # it says that it cannot: nobody is misled
    loaded = model(features)
    lab.true(lab.np.asarray(loaded).any(), "load_weights says nothing, and the weights stay as they were")
    check(lab, model, "predictions with the loaded weights")


@canary(kind="spelling", namespace=False, full=True)
def saving_save_format(lab: Lab) -> None:
    """model.save with save_format="tf".

    Keras 2 writes a SavedModel.
    """
    linear_model(lab, trained=True).save(lab.path("my_model"), save_format="tf")
    written = lab.tf.train.load_checkpoint(lab.path("my_model/variables/variables"))
    kernel = written.get_tensor("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    lab.equal(kernel, KERNEL, "the weights in the folder")


@canary(kind="spelling", namespace=False, full=True)
def saving_checkpoint_name(lab: Lab) -> None:
    """ModelCheckpoint that keeps weights in any .h5 file."""
    checkpoint = lab.keras.callbacks.ModelCheckpoint(lab.path("best.h5"), save_weights_only=True)
    checkpoint.set_model(linear_model(lab, trained=True))
    checkpoint.on_epoch_end(0, {"loss": 1.0})
    model = linear_model(lab, trained=False)
    model.load_weights(lab.path("best.h5"))
    check(lab, model, "predictions with the weights of the checkpoint")


@canary(kind="spelling", namespace=False, full=True)
def saving_checkpoint_period(lab: Lab) -> None:
    """ModelCheckpoint with period=, which saves every so many epochs."""
    checkpoint = lab.keras.callbacks.ModelCheckpoint(lab.path("{epoch}.h5"), period=2)
    checkpoint.set_model(linear_model(lab, trained=True))
    for epoch in range(3):
        checkpoint.on_epoch_end(epoch, {"loss": 1.0})
    files = sorted(os.listdir(lab.folder))
    lab.true(files == ["2.h5"], f"after three epochs with period=2 there are {files}, not 2.h5 alone")


@canary(kind="spelling", namespace=False, full=True)
def saving_json_keras2(lab: Lab) -> None:
    """A model's architecture in JSON, as Keras 2 wrote it."""
    model = lab.keras.models.model_from_json(KERAS_2_JSON)
    model.set_weights([lab.np.array(KERNEL, "float32"), lab.np.array(BIAS, "float32")])
    check(lab, model, "predictions of the model")


@canary(kind="trap", namespace=False, full=True)
def saving_h5_loss_object(lab: Lab) -> None:
    """An .h5 file that Keras 2 compiled with a loss object loads again.

    The model in the file is written here and now; how it was compiled is what Keras 2.15 writes of
    ``compile("sgd", loss=MeanSquaredError())``.
    """
    model = linear_model(lab, trained=True)
    model.compile("sgd", loss=lab.keras.losses.MeanSquaredError())
    model.save(lab.path("model.h5"))
    if lab.implementation != "keras2" or lab.version >= WRITTEN_BY:  # what an older Keras 2 writes is its own
        with lab.optional("h5py", "h5py").File(lab.path("model.h5"), "r+") as file:
            file.attrs["training_config"] = KERAS_2_COMPILED
    loaded = lab.keras.models.load_model(lab.path("model.h5"))
    check(lab, loaded, "predictions of the loaded model")
    lab.true(loaded.optimizer is not None and loaded.loss is not None, "the loaded model is not compiled")


@canary(kind="trap", namespace=False, full=True)
def saving_saved_model_call(lab: Lab) -> None:
    """A model saved by tf.saved_model.save can be called."""
    lab.tf.saved_model.save(linear_model(lab, trained=True), lab.path("saved"))
    check(lab, lab.tf.saved_model.load(lab.path("saved")), "predictions of what was loaded")


@canary(kind="capability", namespace=False, full=True)
def saving_keras2_weights(lab: Lab) -> None:
    """The .h5 weights that Keras 2 saved load again."""
    check_recurrent(lab, "model.h5")


@canary(kind="trap", namespace=False, full=True)
def saving_keras2_weights_h5(lab: Lab) -> None:
    """The .weights.h5 file that Keras 2 saved loads again."""
    check_recurrent(lab, "model.weights.h5")


@canary(kind="trap", namespace=False, full=True)
def saving_h5_train(lab: Lab) -> None:
    """A model loaded from an .h5 file is trained further."""
    np = lab.np
    model = linear_model(lab, trained=True)
    model.compile(lab.keras.optimizers.SGD(0.25, momentum=0.5), "mean_squared_error")
    model.save(lab.path("model.h5"))
    loaded = lab.keras.models.load_model(lab.path("model.h5"))
    zeros = np.zeros((1, 3), "float32")
    for _ in range(2):
        loaded.train_on_batch(zeros, np.zeros((1, 2), "float32"))
    bias, speed = np.array(BIAS), np.zeros(2)
    for _ in range(2):
        speed = 0.5 * speed - 0.25 * bias  # the gradient of the mean of two squares is the bias
        bias = bias + speed
    lab.equal(loaded(zeros), bias[None], "bias after two steps")


@canary(kind="trap", namespace=False, full=True)
def saving_h5_hard_sigmoid(lab: Lab) -> None:
    """An old LSTM with hard_sigmoid gates gives its numbers.

    Standalone Keras before 2.3 wrote this into every file with an LSTM or a GRU.
    """
    np, keras = lab.np, lab.keras
    layer = keras.layers.LSTM(
        1, recurrent_activation="hard_sigmoid", use_bias=False, kernel_initializer="ones", recurrent_initializer="ones"
    )
    keras.Sequential([keras.Input((1, 1)), layer]).save(lab.path("model.h5"))
    loaded = keras.models.load_model(lab.path("model.h5"))
    actual = float(np.asarray(loaded(np.ones((1, 1, 1), "float32"))).reshape(()))
    expected, new = (gate * np.tanh(gate * np.tanh(1)) for gate in (0.2 + 0.5, 1 / 6 + 0.5))
    lab.true(
        abs(actual - new) > 1e-4,
        f"the gates of the loaded LSTM are computed with another hard_sigmoid: it gives {actual:.4g}, not "
        f"{expected:.4g}",
    )
    lab.equal(actual, expected, "output of the loaded LSTM")


@canary(kind="trap", namespace=False, full=True)
def saving_h5_axis(lab: Lab) -> None:
    """An .h5 file keeps the axis of Softmax and Concatenate."""
    np, keras = lab.np, lab.keras
    inputs = keras.Input((2, 2))
    outputs = keras.layers.Softmax(axis=1)(inputs)
    outputs = keras.layers.Concatenate(axis=1)([outputs, inputs])
    keras.Model(inputs, outputs).save(lab.path("model.h5"))
    loaded = keras.models.load_model(lab.path("model.h5"))
    given = np.array([[[0, 0], [0, np.log(3)]]], "float32")
    actual = np.asarray(loaded(given))
    lab.true(
        actual.shape == (1, 4, 2),
        f"Concatenate(axis=1) of the loaded model works along the last axis: its output has the shape {actual.shape}",
    )
    by_step = [[0.5, 0.25], [0.5, 0.75]]
    lab.equal(actual, np.concatenate([[by_step], given], axis=1), "Softmax along the steps, in front of its input")


@canary(kind="trap", namespace=False, full=True)
def saving_loss_delta(lab: Lab) -> None:
    """A loaded model keeps the delta of its Huber loss."""
    np = lab.np
    model = linear_model(lab, trained=True)
    model.compile("sgd", lab.keras.losses.Huber(delta=3.0), run_eagerly=lab.backend == "tensorflow")
    model.save(lab.path("model.keras"))
    loaded = lab.keras.models.load_model(lab.path("model.keras"))
    targets = (np.array(BIAS) + 10)[None]  # every error is 10
    loss = float(np.ravel(loaded.test_on_batch(np.zeros((1, 3), "float32"), targets))[0])
    lab.true(
        abs(loss - 9.5) > 1e-4,
        "the loaded model has Huber(delta=1), not the delta=3 that was saved: an error of 10 counts 9.5 and not 25.5",
    )
    lab.equal(loss, 3 * (10 - 3 / 2), "loss of the loaded model")


def check_recurrent(lab: Lab, file: str) -> None:
    """Load weights into a bidirectional GRU, a BatchNormalization and a Dense layer, and predict by hand."""
    np, keras = lab.np, lab.keras
    with zipfile.ZipFile(lab.fixture("weights.zip")) as archive:
        archive.extractall(lab.folder)
    model = keras.Sequential(
        [
            keras.Input((3, 2)),
            keras.layers.Bidirectional(keras.layers.GRU(2)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.load_weights(lab.path(file))
    weights = [np.sin(np.arange(1, np.prod(shape) + 1)).reshape(shape) for shape in RECURRENT_SHAPES]
    weights[9] = np.abs(weights[9])  # the variance
    steps = np.cos(np.arange(6)).reshape(1, 3, 2)
    forwards, backwards = gru(np, steps, weights[:3]), gru(np, steps[:, ::-1], weights[3:6])
    gamma, beta, mean, variance, kernel, bias = weights[6:]
    normal = (np.concatenate([forwards, backwards], axis=1) - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    lab.equal(model(steps.astype("float32")), normal @ kernel + bias, "predictions with the loaded weights")


def gru(np: Any, steps: Any, weights: Any) -> Any:
    """The last state of a GRU as Keras has computed it since 2.0: reset after the product."""
    kernel, recurrent, bias = weights
    state = np.zeros((1, 2))
    for step in range(steps.shape[1]):
        given, kept = steps[:, step] @ kernel + bias[0], state @ recurrent + bias[1]
        update = 1 / (1 + np.exp(-given[:, :2] - kept[:, :2]))
        reset = 1 / (1 + np.exp(-given[:, 2:4] - kept[:, 2:4]))
        state = update * state + (1 - update) * np.tanh(given[:, 4:] + reset * kept[:, 4:])
    return state


# Of the weights in fixtures/weights.zip: two GRUs, a BatchNormalization and a Dense layer.
RECURRENT_SHAPES = (*2 * ((2, 6), (2, 6), (2, 6)), *4 * ((4,),), (4, 1), (1,))


# What Keras 2.15 writes.
KERAS_2_JSON = """{"class_name": "Functional", "config": {"name": "model", "trainable": true, "layers": [{"module":
"keras.layers", "class_name": "InputLayer", "config": {"batch_input_shape": [null, 3], "dtype": "float32", "sparse":
false, "ragged": false, "name": "features"}, "registered_name": null, "name": "features", "inbound_nodes": []},
{"module": "keras.layers", "class_name": "Dense", "config": {"name": "result", "trainable": true, "dtype": "float32",
"units": 2, "activation": "linear", "use_bias": true, "kernel_initializer": {"module": "keras.initializers",
"class_name": "Zeros", "config": {}, "registered_name": null}, "bias_initializer": {"module": "keras.initializers",
"class_name": "Zeros", "config": {}, "registered_name": null}, "kernel_regularizer": null, "bias_regularizer": null,
"activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}, "registered_name": null,
"build_config": {"input_shape": [null, 3]}, "name": "result", "inbound_nodes": [[["features", 0, 0, {}]]]}],
"input_layers": [["features", 0, 0]], "output_layers": [["result", 0, 0]]}, "keras_version": "2.15.0", "backend":
"tensorflow"}"""
KERAS_2_COMPILED = """{"loss": {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name":
"mean_squared_error", "fn": "mean_squared_error"}}, "metrics": null, "weighted_metrics": null, "loss_weights": null,
"optimizer_config": {"class_name": "Custom>SGD", "config": {"name": "SGD", "learning_rate": 0.01, "momentum": 0.0,
"nesterov": false}}}"""


# The weights of the model files that ship with kdoctor, see fixtures/make.py, and of what the canaries save.
KERNEL = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
BIAS = [0.5, -0.5]
FEATURES = [[1.0, 2.0, 3.0], [-1.0, 0.0, 2.0]]
WRITTEN_BY = (2, 15)


def linear_model(lab: Lab, trained: bool) -> Any:
    """Three features in, two numbers out; untrained its weights are zero."""
    inputs = lab.keras.Input((3,), name="features")
    layer = lab.keras.layers.Dense(2, kernel_initializer="zeros", name="result")
    model = lab.keras.Model(inputs, layer(inputs))
    if trained:
        model.set_weights([lab.np.array(KERNEL, "float32"), lab.np.array(BIAS, "float32")])
    return model


def check(lab: Lab, model: Any, what: str) -> None:
    """Compare the model's predictions with those that its weights stand for."""
    np = lab.np
    lab.equal(model(np.array(FEATURES, "float32")), np.array(FEATURES) @ np.array(KERNEL) + np.array(BIAS), what)
