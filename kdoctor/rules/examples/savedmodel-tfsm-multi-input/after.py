import tensorflow as tf


class NamedInputs(tf.keras.layers.TFSMLayer):
    def call(self, inputs):  # a dictionary: one entry an input layer of the old model, by its name
        return self.call_endpoint_fn(**inputs)


def predict(folder, left, right):
    layer = NamedInputs(folder, call_endpoint="serving_default")
    outputs = layer({"left": left, "right": right})
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
