import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")


class EverySecondEpoch(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % 2 == 0:
            self.model.save_weights(f"{epoch + 1}.weights.h5")


x, y = np.ones((4, 2)), np.ones((4, 1))
model.fit(x, y, epochs=3, callbacks=[EverySecondEpoch()], verbose=0)

# --- check
import os

assert sorted(name for name in os.listdir() if name.endswith(".h5")) == ["2.weights.h5"], os.listdir()
