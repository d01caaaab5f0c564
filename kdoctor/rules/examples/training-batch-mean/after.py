import numpy as np
import tensorflow as tf

layer = tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((1,)), layer])
model.compile(tf.keras.optimizers.SGD(0.0), "mse")
ones = np.ones((2, 1), "float32")
losses = []
for target in (11.0, 1.0, 3.0):
    model.reset_metrics()
    losses.append(model.train_on_batch(ones, target * ones))

# --- check
np.testing.assert_allclose(np.ravel(losses), [100, 0, 4], atol=1e-4)
