import tensorflow as tf

tokens = tf.keras.Input(shape=(3,), dtype="int32")
vectors = tf.keras.ops.one_hot(tokens, 4)
model = tf.keras.Model(tokens, vectors)

# --- check
import numpy as np

assert np.array_equal(model(np.array([[1, 0, 3]])), np.eye(4)[[[1, 0, 3]]])
