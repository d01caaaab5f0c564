import tensorflow as tf


def build():  # the code that built the model, unchanged
    inputs = tf.keras.Input((3,))
    return tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs))


def load(path):
    model = build()
    model.load_weights(path)  # a .keras file holds the weights too
    return model


# --- check
import os

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
model = load(os.path.join(fixtures, "functional.keras"))
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(model(features), expected)
