import tensorflow as tf


def load(path):  # what Keras 2 wrote: model.save("model.keras")
    return tf.keras.models.load_model(path)


# --- check
import os

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
model = load(os.path.join(fixtures, "functional.keras"))
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(model(features), expected)
