import numpy as np
import tensorflow as tf

x = np.ones((4, 1), "float32")
given = tf.keras.Input((1,))
a = tf.keras.layers.Dense(1, kernel_initializer="ones", name="a")(given)
b = tf.keras.layers.Dense(1, kernel_initializer="ones", name="b")(given)
model = tf.keras.Model(given, [a, b])
model.compile("sgd", loss=["mse", "mse"])
predictions = model.predict(x, verbose=0)
losses = [float(np.mean((y - p) ** 2)) for y, p in zip([2 * x, 4 * x], predictions)]
losses.insert(0, sum(losses))  # in all, of a and of b

# --- check
assert np.shape(losses) == (3,), losses
np.testing.assert_allclose(losses, [10, 1, 9], rtol=1e-5)
