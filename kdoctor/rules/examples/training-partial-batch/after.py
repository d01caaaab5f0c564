import numpy as np
import tensorflow as tf

x, y = np.ones((3, 1)), np.array([[2.0], [2.0], [5.0]])
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse")
loss = model.evaluate(x, y, batch_size=3, verbose=0)

# --- check
np.testing.assert_allclose(loss, 6, rtol=1e-5)
