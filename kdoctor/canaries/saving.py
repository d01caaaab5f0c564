"""Saving and loading models and weights, in the files that Keras 2 users have and the calls that they write."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.laboratory.worker import Lab


def saving_h5_mse(lab: Lab) -> None:
    """An .h5 file of a model compiled with "mse" loads again."""
    model = linear_model(lab, trained=True)
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    model.save(lab.path("model.h5"))
    loaded = lab.keras.models.load_model(lab.path("model.h5"))
    check(lab, loaded, "predictions of the loaded model")
    lab.true(loaded.optimizer is not None and loaded.loss is not None, "the loaded model is not compiled")


def saving_no_extension(lab: Lab) -> None:
    """model.save("folder"), a file name without extension.

    Keras 2 writes a SavedModel there.
    """
    linear_model(lab, trained=True).save(lab.path("my_model"))
    lab.true(os.path.isfile(lab.path("my_model/saved_model.pb")), "there is no SavedModel in the folder")
    written = lab.tf.train.load_checkpoint(lab.path("my_model/variables/variables"))
    kernel = written.get_tensor("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    lab.equal(kernel, KERNEL, "the weights in the folder")


def saving_weights_h5(lab: Lab) -> None:
    """save_weights to a file called anything.h5."""
    linear_model(lab, trained=True).save_weights(lab.path("model_weights.h5"))
    model = linear_model(lab, trained=False)
    model.load_weights(lab.path("model_weights.h5"))
    check(lab, model, "predictions with the loaded weights")


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


def saving_keras2_file(lab: Lab) -> None:
    """A .keras file written by Keras 2 loads."""
    path = lab.fixture("functional.keras")
    if lab.implementation == "keras2" and lab.version < WRITTEN_BY:
        # The layout changed with Keras 2.15, which wrote what ships; an older Keras reads its own.
        path = lab.path("model.keras")
        linear_model(lab, trained=True).save(path)
    check(lab, lab.keras.models.load_model(path), "predictions of the loaded model")


def saving_tf_checkpoint(lab: Lab) -> None:
    """tf.train.Checkpoint restores what Keras 2 wrote."""
    with zipfile.ZipFile(lab.fixture("checkpoint.zip")) as file:
        file.extractall(lab.path("old"))
    model = linear_model(lab, trained=False)
    lab.tf.train.Checkpoint(model).restore(lab.path("old/model.ckpt")).expect_partial()
    restored = any(lab.np.asarray(weight).any() for weight in model.get_weights())
    lab.true(restored, "restore() says nothing, and the weights stay as they were")
    check(lab, model, "predictions with the weights of an old checkpoint")


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


CANARIES = (
    saving_h5_mse,
    saving_no_extension,
    saving_weights_h5,
    saving_weights_checkpoint,
    saving_lambda,
    saving_keras2_file,
    saving_tf_checkpoint,
    saving_unbuilt_weights,
)
FULL = (saving_tf_checkpoint, saving_unbuilt_weights)
