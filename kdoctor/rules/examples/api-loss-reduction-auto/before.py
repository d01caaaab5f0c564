import numpy as np
import tensorflow as tf

loss = tf.keras.losses.MeanSquaredError(reduction="auto")
value = loss(np.array([[0.0], [0.0]]), np.array([[1.0], [3.0]]))

# --- check
assert abs(float(value) - 5.0) < 1e-6, value
