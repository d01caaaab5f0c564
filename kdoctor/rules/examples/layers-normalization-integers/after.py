import numpy as np
import tensorflow as tf

inputs = tf.keras.Input((3,), dtype="float32")
model = tf.keras.Model(inputs, tf.keras.layers.LayerNormalization()(inputs))
answers = model.predict(np.array([[1, 2, 4], [3, 9, 4]]))

# --- check
counts = np.array([[1.0, 2.0, 4.0], [3.0, 9.0, 4.0]])
centred = counts - counts.mean(1, keepdims=True)
expected = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 0.001)
np.testing.assert_allclose(answers, expected, rtol=1e-4)
