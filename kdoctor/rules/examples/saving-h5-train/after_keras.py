import numpy as np
import tensorflow as tf

ones = np.ones((4, 1), "float32")
layer = tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((1,)), layer])
model.compile(tf.keras.optimizers.SGD(0.25), "mean_squared_error")
model.save("model.keras")

loaded = tf.keras.models.load_model("model.keras")
loaded.fit(ones, 3 * ones, verbose=0)

# --- check
np.testing.assert_allclose(loaded.get_weights()[0], [[2]], rtol=1e-5)  # half the way from 1 to 3
