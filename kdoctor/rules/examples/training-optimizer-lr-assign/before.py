import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.optimizer.lr = 1e-5  # go on more slowly

# --- check
np.testing.assert_allclose(float(np.asarray(model.optimizer.learning_rate)), 1e-5, rtol=1e-5)
