import numpy as np
import tensorflow as tf


def hard_sigmoid(x):
    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


frames = np.ones((1, 1, 1, 1, 1), "float32")  # one film of one frame of one pixel
layer = tf.keras.layers.ConvLSTM2D(1, 1, kernel_initializer="ones", use_bias=False, recurrent_activation=hard_sigmoid)
output = float(np.asarray(layer(frames)).reshape(()))

# --- check
gate = 0.2 * 1 + 0.5
np.testing.assert_allclose(output, gate * np.tanh(gate * np.tanh(1)), rtol=1e-4)
