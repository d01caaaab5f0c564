import numpy as np
import tensorflow as tf


def hard_sigmoid(x):
    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


x = np.array([[-3.0, -1.0, 0.0, 1.0, 2.75]], "float32")
outputs = np.asarray(tf.keras.layers.Activation(hard_sigmoid)(x))

# --- check
np.testing.assert_allclose(outputs, [[0, 0.3, 0.5, 0.7, 1]], rtol=1e-5)
