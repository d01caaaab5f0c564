import tensorflow as tf


def load(folder):  # to predict with it
    layer = tf.keras.layers.TFSMLayer(folder, call_endpoint="serving_default")
    inputs = tf.keras.Input((3,))  # the shape of one example
    outputs = layer(inputs)  # a dictionary: one entry an output layer, by its name
    return tf.keras.Model(inputs, next(iter(outputs.values())))


# --- check
import os
import tempfile
import zipfile

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "savedmodel_one_input.zip")).extractall(folder)
    predicted = load(folder).predict(features, verbose=0)
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(predicted, expected), predicted
