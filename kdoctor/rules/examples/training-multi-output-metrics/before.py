import numpy as np
import tensorflow as tf

x = np.ones((4, 1), "float32")
given = tf.keras.Input((1,))
a = tf.keras.layers.Dense(1, kernel_initializer="ones", name="a")(given)
b = tf.keras.layers.Dense(1, kernel_initializer="ones", name="b")(given)
model = tf.keras.Model(given, [a, b])
model.compile("sgd", loss="mse", metrics=["mae"])
errors = model.evaluate(x, [2 * x, 4 * x], verbose=0)[-2:]

# --- check
np.testing.assert_allclose(errors, [1, 3], rtol=1e-5)
