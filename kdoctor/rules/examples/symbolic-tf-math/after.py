import tensorflow as tf

inputs = tf.keras.Input(shape=(2,))
lengths = tf.keras.ops.sum(tf.keras.ops.square(inputs), axis=-1)
model = tf.keras.Model(inputs, lengths)

# --- check
import numpy as np

assert np.allclose(model(np.array([[3.0, 4.0], [1.0, 1.0]], "float32")), [25.0, 2.0])
