import numpy as np
import tensorflow as tf


class LocallyConnected1D(tf.keras.layers.Layer):
    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, kernel_size

    def build(self, input_shape):
        steps, width = input_shape[1] - self.kernel_size + 1, self.kernel_size * input_shape[2]
        self.kernel = self.add_weight(name="kernel", shape=(steps, width, self.filters))
        self.bias = self.add_weight(name="bias", shape=(steps, self.filters), initializer="zeros")

    def call(self, inputs):
        windows = tf.signal.frame(inputs, self.kernel_size, 1, axis=1)
        windows = tf.reshape(windows, (-1, *self.kernel.shape[:2]))
        return tf.einsum("bsk,skf->bsf", windows, self.kernel) + self.bias


series = tf.constant([[[1.0], [2.0], [4.0]]])
layer = LocallyConnected1D(1, 2)
layer(series)  # makes its weights
layer.set_weights([np.array([[[1], [1]], [[10], [1]]]), np.array([[0], [0.5]])])
answer = layer(series)

# --- check
assert np.allclose(answer, [[[1 + 2], [10 * 2 + 4 + 0.5]]])
