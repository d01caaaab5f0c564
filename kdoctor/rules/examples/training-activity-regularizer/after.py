import numpy as np
import tensorflow as tf


class Penalty(tf.keras.layers.Layer):
    def call(self, inputs):
        self.add_loss(0.01 * tf.reduce_mean(tf.reduce_sum(inputs**2, axis=-1)))
        return inputs


layer = tf.keras.layers.Dense(2, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((3,)), layer, Penalty()])
model.compile("sgd", "mse")

# --- check
loss = float(model.evaluate(np.ones((8, 3)), np.full((8, 2), 3.0), batch_size=4, verbose=0))
np.testing.assert_allclose(loss, 0.01 * (9 + 9), rtol=1e-4)
