import keras
import numpy as np
import tensorflow as tf

inputs = tf.keras.Input((3,))
outputs = keras.ops.mean(inputs, axis=1, keepdims=True)
model = tf.keras.Model(inputs, outputs)

# --- check
means = model(np.array([[1.0, 2.0, 6.0]], "float32"))
assert np.allclose(means, [[3.0]]), means
