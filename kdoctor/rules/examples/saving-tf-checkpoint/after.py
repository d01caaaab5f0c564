import tensorflow as tf


def build():
    inputs = tf.keras.Input((3,))
    return tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs))


def load(path):
    model = build()
    checkpoint = tf.train.load_checkpoint(path)
    with_weights = [layer for layer in model.layers if layer.weights]
    for number, layer in enumerate(with_weights):
        names = [weight.name.split("/")[-1].split(":")[0] for weight in layer.weights]  # "kernel", "bias"
        keys = [f"layer_with_weights-{number}/{name}/.ATTRIBUTES/VARIABLE_VALUE" for name in names]
        layer.set_weights([checkpoint.get_tensor(key) for key in keys])
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
