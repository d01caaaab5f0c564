import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
checkpoint = tf.keras.callbacks.ModelCheckpoint("{epoch}.weights.h5", save_weights_only=True, period=2)
x, y = np.ones((4, 2)), np.ones((4, 1))
model.fit(x, y, epochs=3, callbacks=[checkpoint], verbose=0)

# --- check
import os

assert sorted(name for name in os.listdir() if name.endswith(".h5")) == ["2.weights.h5"], os.listdir()
