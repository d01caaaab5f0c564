import numpy as np
import tensorflow as tf


def build():
    inputs = tf.keras.Input((2, 2))
    return tf.keras.Model(inputs, tf.keras.layers.Softmax(axis=1)(inputs))


build().save("model.h5")
model = tf.keras.models.load_model("model.h5")
answer = model(np.float32([[[0, 0], [0, np.log(3)]]]))

# --- check
np.testing.assert_allclose(answer, [[[0.5, 0.25], [0.5, 0.75]]], rtol=1e-4)
