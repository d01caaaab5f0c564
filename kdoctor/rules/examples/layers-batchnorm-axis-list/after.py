import numpy as np
import tensorflow as tf

values = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
normalised = tf.keras.layers.BatchNormalization(axis=3)(values)

# --- check
assert np.allclose(normalised, values / np.sqrt(1.001))
