import numpy as np
import tensorflow as tf


class Squares(tf.keras.losses.Loss):
    def __init__(self):
        super().__init__("sum")

    def call(self, y_true, y_pred):
        return tf.reduce_mean((y_pred - y_true) ** 2, axis=-1)


loss = Squares()(tf.zeros((2, 1)), tf.constant([[1.0], [3.0]]))

# --- check
np.testing.assert_allclose(loss, 10, rtol=1e-5)
