import numpy as np
import tensorflow as tf

y_true = np.array([[0.0, 1.0]], "float32")
y_pred = np.array([[0.5, 0.5]], "float32")
squared = tf.keras.losses.mean_squared_error(y_true, y_pred)
absolute = tf.keras.losses.mean_absolute_error(y_true, y_pred)

# --- check
assert np.allclose(squared, [0.25]), squared
assert np.allclose(absolute, [0.5]), absolute
