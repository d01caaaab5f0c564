import numpy as np
import tensorflow as tf


class Average(tf.keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.steps, self.averages = 0, self.model.get_weights()

    def on_train_batch_end(self, batch, logs=None):
        weights = self.model.get_weights()
        self.averages = [0.99 * average + 0.01 * weight for average, weight in zip(self.averages, weights)]
        self.steps += 1
        if self.steps % 2 == 0:
            self.model.set_weights(self.averages)


layer = tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((1,)), layer])
model.compile(tf.keras.optimizers.SGD(0.05), "mse")
model.fit(np.ones((4, 1)), np.zeros((4, 1)), batch_size=1, verbose=0, callbacks=[Average()])

# --- check
weight = average = 1.0
for step in range(1, 5):
    weight *= 0.9  # the gradient of weight ** 2, times 0.05
    average = 0.99 * average + 0.01 * weight
    if step % 2 == 0:
        weight = average
np.testing.assert_allclose(model.get_weights()[0][0, 0], weight, rtol=1e-4)
