import tensorflow as tf


def build():
    inputs = tf.keras.Input((3,))
    return tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs))


def load(path):  # a checkpoint that Keras 2 wrote
    model = build()
    tf.train.Checkpoint(model).restore(path).expect_partial()
    return model


# --- check
import os
import tempfile
import zipfile

import numpy as np

fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../canaries/fixtures")
features = np.array([[1, 2, 3], [-1, 0, 2]], "float32")
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(os.path.join(fixtures, "checkpoint.zip")).extractall(folder)
    model = load(os.path.join(folder, "model.ckpt"))
expected = features @ np.array([[0, 1], [2, 3], [4, 5]]) + np.array([0.5, -0.5])
assert np.allclose(model(features), expected)
