import tensorflow as tf


def load(folder):  # a folder that Keras 2 wrote: model.save("my_model")
    return tf.keras.models.load_model(folder)


# --- check
import os
import tempfile
import zipfile

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "savedmodel_one_input.zip")).extractall(folder)
    predicted = load(folder)(features)
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(predicted, expected), predicted
