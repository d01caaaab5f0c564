import numpy as np
import tensorflow as tf


def gap(targets, predictions):
    return tf.abs(targets - predictions)


x = np.ones((4, 1), "float32")
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=[gap])
stop = tf.keras.callbacks.EarlyStopping(monitor="gap", mode="min")
history = model.fit(x, x, epochs=5, verbose=0, callbacks=[stop])

# --- check
assert len(history.epoch) == 2, "nothing improves, so it stops after the second epoch"
assert np.ndim(history.history["gap"]) == 1
