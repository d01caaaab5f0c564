import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
checkpoint = tf.keras.callbacks.ModelCheckpoint("best.h5", save_weights_only=True)
x, y = np.ones((4, 2)), np.ones((4, 1))
model.fit(x, y, epochs=1, callbacks=[checkpoint], verbose=0)
model.load_weights("best.h5")

# --- check
import os

assert os.path.getsize("best.h5") > 0
