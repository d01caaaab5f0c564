import numpy as np
import tensorflow as tf

ones = np.ones((2, 1), "float32")
given = tf.keras.Input((1,))
b = tf.keras.layers.Dense(1, kernel_initializer="ones", name="b")(given)
a = tf.keras.layers.Dense(1, kernel_initializer="ones", name="a")(given)
model = tf.keras.Model(given, [b, a])
model.compile("sgd", loss=["mae", "mse"])
loss = np.ravel(model.evaluate(ones, [3 * ones, 5 * ones], verbose=0))[0]

# --- check
np.testing.assert_allclose(loss, 2 + 16, rtol=1e-5)
