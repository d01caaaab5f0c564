import numpy as np
import tensorflow as tf


def double(x):
    return tf.numpy_function(lambda array: array * 2, [x], tf.float32)


inputs = tf.keras.Input((3,))
outputs = tf.keras.layers.Lambda(double)(inputs)
model = tf.keras.Model(inputs, outputs)

# --- check
numbers = np.array([[1.0, 2.0, 3.0]], "float32")
assert np.allclose(model(numbers), numbers * 2)
