import numpy as np
import tensorflow as tf

kernel, bias = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])
layer = tf.keras.layers.Dense(2)
layer.build((None, 2))
layer.set_weights([kernel, bias])
answer = layer(tf.constant([[1.0, 10.0]]))

# --- check
assert np.allclose(answer, [[31.5, 41.5]])
