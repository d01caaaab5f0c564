import numpy as np
import tensorflow as tf


class Block(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.first = tf.keras.layers.BatchNormalization()
        self.second = tf.keras.layers.BatchNormalization()

    def call(self, inputs):
        return self.second(self.first(inputs))


# what get_weights() of this layer gave on Keras 2: what is trained, then the averages
arrays = [np.float32([value]) for value in (2, 1, 3, 1, 4, 9, 5, 16)]
block = Block()
block(np.ones((1, 1), "float32"))
block.set_weights(arrays)
answer = block(np.float32([[10.0]]))

# --- check
first = 2 * (10 - 4) / np.sqrt(9 + 1e-3) + 1
np.testing.assert_allclose(answer, [[3 * (first - 5) / np.sqrt(16 + 1e-3) + 1]], rtol=1e-4)
