import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile("sgd", tf.keras.losses.Huber(delta=3.0))
model.save("model.keras")

loaded = tf.keras.models.load_model("model.keras")
loss = loaded.evaluate(np.zeros((1, 1)), np.full((1, 1), 10.0), verbose=0)

# --- check
np.testing.assert_allclose(loss, 3 * (10 - 0.5 * 3), rtol=1e-5)
