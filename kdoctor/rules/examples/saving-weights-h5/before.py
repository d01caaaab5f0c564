import numpy as np
import tensorflow as tf


def build():
    return tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])


model = build()
model.set_weights([np.array([[2.0]]), np.array([1.0])])
model.save_weights("model_weights.h5")

again = build()
again.load_weights("model_weights.h5")

# --- check
assert np.allclose(again(np.array([[1.0], [2.0]], "float32")), [[3.0], [5.0]])
