import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse", metrics=["mae"])
values = model.evaluate(np.ones((2, 1)), np.full((2, 1), 4.0), verbose=0)

# --- check
np.testing.assert_allclose(values, [9, 3], rtol=1e-5)
