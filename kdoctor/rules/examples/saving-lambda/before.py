import tensorflow as tf

inputs = tf.keras.Input((3,))
outputs = tf.keras.layers.Lambda(lambda x: x * 2 + 1)(inputs)
model = tf.keras.Model(inputs, outputs)
model.save("model.h5")

loaded = tf.keras.models.load_model("model.h5")

# --- check
import numpy as np

assert np.allclose(loaded(np.array([[1.0, 2.0, 3.0]], "float32")), [[3.0, 5.0, 7.0]])
