import numpy as np
import tensorflow as tf

ones = np.ones((2, 1), "float32")
given = tf.keras.Input((1,))
b = tf.keras.layers.Dense(1, kernel_initializer="ones", name="b")(given)
a = tf.keras.layers.Dense(1, kernel_initializer="ones", name="a")(given)
model = tf.keras.Model(given, [b, a])
model.compile("sgd", loss="mse", loss_weights=[10.0, 0.5], metrics={"b": "mse", "a": "mse"})
history = model.fit(ones, [2 * ones, 4 * ones], verbose=0).history
losses = [history["b_mse"][0], history["a_mse"][0]]

# --- check
np.testing.assert_allclose(losses, [1, 9], rtol=1e-5)
