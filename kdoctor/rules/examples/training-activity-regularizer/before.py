import numpy as np
import tensorflow as tf

layer = tf.keras.layers.Dense(
    2,
    kernel_initializer="ones",
    activity_regularizer=tf.keras.regularizers.L2(0.01),
)
model = tf.keras.Sequential([tf.keras.Input((3,)), layer])
model.compile("sgd", "mse")

# --- check
loss = float(model.evaluate(np.ones((8, 3)), np.full((8, 2), 3.0), batch_size=4, verbose=0))
np.testing.assert_allclose(loss, 0.01 * (9 + 9), rtol=1e-4)
