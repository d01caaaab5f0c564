import numpy as np
import tensorflow as tf

x, y = np.ones((4, 1)), np.full((4, 1), 4.0)
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
model.compile("sgd", "mse", metrics=["mae"])
results = model.evaluate(x, y, verbose=0, return_dict=True)

# --- check
assert sorted(results) == ["loss", "mae"], results
np.testing.assert_allclose([results["loss"], results["mae"]], [9, 3], rtol=1e-5)
