import tensorflow as tf


def predict(folder, left, right):  # a model with two inputs, in a folder that Keras 2 wrote
    layer = tf.keras.layers.TFSMLayer(folder, call_endpoint="serving_default")
    outputs = layer([left, right])
    return outputs["result"]


# --- check
import os
import tempfile
import zipfile

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
left = np.array([[1, 2], [0, -1]], "float32")
right = np.array([[1, 0, 2], [3, 1, -1]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "savedmodel_two_inputs.zip")).extractall(folder)
    predicted = predict(folder, left, right)
expected = left @ np.array([[1], [2]]) + right @ np.array([[3], [4], [5]]) + 0.5
assert np.allclose(predicted, expected), predicted
