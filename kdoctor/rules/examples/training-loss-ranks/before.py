import numpy as np
import tensorflow as tf

targets = np.array([0.0, 1.0, 2.0], "float32")  # of shape (3,)
predictions = tf.constant([[1.0], [2.0], [3.0]])  # of shape (3, 1), as Dense(1) gives them
loss = tf.keras.losses.MeanSquaredError()(targets, predictions)

# --- check
np.testing.assert_allclose(float(loss), 1.0, rtol=1e-5)
