import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K

inputs = tf.keras.Input((3,))
outputs = tf.keras.layers.Lambda(lambda x: K.mean(x, axis=1, keepdims=True))(inputs)
model = tf.keras.Model(inputs, outputs)

# --- check
means = model(np.array([[1.0, 2.0, 6.0]], "float32"))
assert np.allclose(means, [[3.0]]), means
