import numpy as np
import tensorflow as tf


def predict(folder, features):  # a model in a folder that Keras 2 wrote
    layer = tf.keras.layers.TFSMLayer(folder, call_endpoint="serving_default")
    return next(iter(layer(features).values()))  # a dictionary: one entry an output


# --- check
import os
import tempfile
import zipfile

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "savedmodel_one_input.zip")).extractall(folder)
    predicted = predict(folder, features)
assert not isinstance(predicted, dict), list(predicted)
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(predicted, expected)
