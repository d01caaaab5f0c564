import numpy as np
import tensorflow as tf

LocallyConnected1D = tf.keras.layers.LocallyConnected1D

series = tf.constant([[[1.0], [2.0], [4.0]]])
layer = LocallyConnected1D(1, 2)
layer(series)  # makes its weights
layer.set_weights([np.array([[[1], [1]], [[10], [1]]]), np.array([[0], [0.5]])])
answer = layer(series)

# --- check
assert np.allclose(answer, [[[1 + 2], [10 * 2 + 4 + 0.5]]])
