import tensorflow as tf


def build():  # the code that built the model, unchanged
    inputs = tf.keras.Input((3,))
    return tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs))


def load(folder):  # to train it further
    model = build()
    saved = tf.saved_model.load(folder)
    model.set_weights([variable.numpy() for variable in saved.variables])
    return model


# --- check
import os
import tempfile
import zipfile

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "savedmodel_one_input.zip")).extractall(folder)
    model = load(folder)
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(model(features), expected)
assert len(model.trainable_weights) == 2
