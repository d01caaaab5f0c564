import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
model.fit(np.ones((4, 1)), np.ones((4, 1)))
model.compile("sgd", "mse")
loss = model.evaluate(np.ones((4, 1)), np.ones((4, 1)))

# --- check
assert isinstance(loss, float)
