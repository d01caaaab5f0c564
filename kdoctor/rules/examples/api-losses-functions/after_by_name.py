import numpy as np
import tensorflow as tf

mean_squared_error = tf.keras.losses.get("mean_squared_error")
mean_absolute_error = tf.keras.losses.get("mean_absolute_error")

y_true = np.array([[0.0, 1.0]], "float32")
y_pred = np.array([[0.5, 0.5]], "float32")
squared = mean_squared_error(y_true, y_pred)
absolute = mean_absolute_error(y_true, y_pred)

# --- check
assert np.allclose(squared, [0.25]), squared
assert np.allclose(absolute, [0.5]), absolute
