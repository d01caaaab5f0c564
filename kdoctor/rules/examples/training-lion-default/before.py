import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.Lion(), "mse")

# --- check
np.testing.assert_allclose(float(np.asarray(model.optimizer.learning_rate)), 1e-4, rtol=1e-5)
