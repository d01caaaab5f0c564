import numpy as np
import tensorflow as tf

x, y = np.ones((4, 2)), np.full((4, 2), 0.5)
model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(2, activation="softmax")])
model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=[tf.keras.metrics.KLDivergence()])
stop = tf.keras.callbacks.EarlyStopping(monitor="kullback_leibler_divergence", mode="min")
history = model.fit(x, y, epochs=5, verbose=0, callbacks=[stop])

# --- check
assert len(history.epoch) == 2, "nothing improves, so it stops after the second epoch"
assert np.ndim(history.history["kullback_leibler_divergence"]) == 1
