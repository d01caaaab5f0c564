import numpy as np
import tensorflow as tf

loss = tf.keras.losses.MeanSquaredError(reduction="sum_over_batch_size")
value = loss(np.array([[0.0], [0.0]]), np.array([[1.0], [3.0]]))

# --- check
assert abs(float(value) - 5.0) < 1e-6, value
