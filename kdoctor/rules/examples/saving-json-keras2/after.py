import json

import numpy as np
import tensorflow as tf

written_by_keras_2 = """{"class_name": "Sequential", "config": {"name": "sequential", "layers": [
    {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name": "input_1"}},
    {"class_name": "Dense", "config": {"name": "dense", "units": 1, "activation": "linear"}}]},
    "keras_version": "2.15.0", "backend": "tensorflow"}"""

layers = json.loads(written_by_keras_2)["config"]["layers"]
model = tf.keras.Sequential([tf.keras.layers.Input(layers[0]["config"]["batch_input_shape"][1:])])
for layer in layers[1:]:
    model.add(getattr(tf.keras.layers, layer["class_name"]).from_config(layer["config"]))

# --- check
model.set_weights([np.ones((2, 1)), np.zeros(1)])
assert np.allclose(model(np.array([[1.0, 2.0]], "float32")), [[3.0]])
