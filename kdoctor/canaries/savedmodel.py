"""SavedModel folders as Keras 2 wrote them: loaded as a model, and wrapped in ``TFSMLayer``."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdoctor.canaries.lab import Lab, canary


@canary(namespace=False, full=False)
def savedmodel_load_model(lab: Lab) -> None:
    """Loading a SavedModel folder with load_model.

    ``model.save("folder")`` was the default of Keras 2, so this is what most old models look like.
    """
    features = lab.np.array([[1, 2, 3], [-1, 0, 2]], "float32")
    model = lab.keras.models.load_model(unpacked(lab, "savedmodel_one_input.zip"))
    lab.equal(model(features), predicted_from_one_input(lab, features), "predictions of the loaded model")
    lab.true(len(model.trainable_weights) == 2, "the loaded model has no weights to train")


@canary(namespace=False, full=False)
def savedmodel_tfsm_single(lab: Lab) -> None:
    """A SavedModel of Keras 2 with one input, in a TFSMLayer."""
    features = lab.np.array([[1, 2, 3], [-1, 0, 2]], "float32")
    layer = tfsm_layer(lab, "savedmodel_one_input.zip")
    lab.equal(only_output(layer(features)), predicted_from_one_input(lab, features), "output of the layer")


@canary(namespace=False, full=False)
def savedmodel_tfsm_multi_input(lab: Lab) -> None:
    """A SavedModel of Keras 2 with several inputs, in a TFSMLayer.

    The inputs are given as the model itself took them: a list.
    """
    np = lab.np
    left, right = np.array([[1, 2], [0, -1]], "float32"), np.array([[1, 0, 2], [3, 1, -1]], "float32")
    layer = tfsm_layer(lab, "savedmodel_two_inputs.zip")
    outputs = layer([left, right])
    expected = left @ np.array([[1], [2]]) + right @ np.array([[3], [4], [5]]) + 0.5
    lab.equal(only_output(outputs), expected, "output of the layer")


@canary(namespace=False, full=True)
def savedmodel_tfsm_dict(lab: Lab) -> None:
    """A TFSMLayer in place of the model that was saved.

    Its output goes into the next layer, as the model's did.
    """
    features = lab.np.array([[1, 2, 3], [-1, 0, 2]], "float32")
    layer = tfsm_layer(lab, "savedmodel_one_input.zip")
    outputs = layer(features)
    if isinstance(outputs, dict):
        lab.true(False, f"the output is a dictionary ({', '.join(outputs)}), not the tensor that the model gave")
    lab.equal(outputs, predicted_from_one_input(lab, features), "output of the layer")


def unpacked(lab: Lab, archive: str) -> str:
    """The SavedModel folder in an archive that ships with kdoctor; ``fixtures/make.py`` made it."""
    folder = lab.path("saved_model")
    with zipfile.ZipFile(lab.fixture(archive)) as file:
        file.extractall(folder)
    return folder


def predicted_from_one_input(lab: Lab, features: Any) -> Any:
    """What the model with one input predicts, by its weights."""
    np = lab.np
    return features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])


def tfsm_layer(lab: Lab, archive: str) -> Any:
    """The layer as Keras 3's own message tells people to write it."""
    if not lab.is_keras_3:
        lab.skip("TFSMLayer came with Keras 3; here load_model reads such folders")
    if lab.backend != "tensorflow":
        lab.skip(f"TFSMLayer is for the TensorFlow backend; the backend here is {lab.backend}")
    return lab.keras.layers.TFSMLayer(unpacked(lab, archive), call_endpoint="serving_default")


def only_output(outputs: Any) -> Any:
    """The endpoint of a Keras 2 model answers with a dictionary."""
    return next(iter(outputs.values())) if isinstance(outputs, dict) else outputs
