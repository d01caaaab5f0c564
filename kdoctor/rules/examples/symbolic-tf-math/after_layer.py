import tensorflow as tf


class SquaredLength(tf.keras.layers.Layer):
    def call(self, inputs):
        return tf.math.reduce_sum(tf.math.square(inputs), axis=-1)


inputs = tf.keras.Input(shape=(2,))
lengths = SquaredLength()(inputs)
model = tf.keras.Model(inputs, lengths)

# --- check
import numpy as np

assert np.allclose(model(np.array([[3.0, 4.0], [1.0, 1.0]], "float32")), [25.0, 2.0])
