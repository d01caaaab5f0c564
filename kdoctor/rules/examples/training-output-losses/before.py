import numpy as np
import tensorflow as tf

x = np.ones((4, 1), "float32")
given = tf.keras.Input((1,))
a = tf.keras.layers.Dense(1, kernel_initializer="ones", name="a")(given)
b = tf.keras.layers.Dense(1, kernel_initializer="ones", name="b")(given)
model = tf.keras.Model(given, [a, b])
model.compile("sgd", loss=["mse", "mse"])
losses = model.evaluate(x, [2 * x, 4 * x], verbose=0)  # in all, of a and of b

# --- check
assert np.shape(losses) == (3,), losses
np.testing.assert_allclose(losses, [10, 1, 9], rtol=1e-5)
