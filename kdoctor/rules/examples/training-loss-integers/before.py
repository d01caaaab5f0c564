import numpy as np
import tensorflow as tf

counts, predicted = np.array([1, 2, 3]), np.array([1, 2, 5])
loss = tf.keras.losses.MeanSquaredError()(counts, predicted)

# --- check
np.testing.assert_allclose(float(loss), 4 / 3, rtol=1e-5)
