import numpy as np
import tensorflow as tf

image = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
pooled = tf.keras.layers.AveragePooling2D()(image)

# --- check
assert np.asarray(pooled).ravel().tolist() == [2.5, 4.5, 10.5, 12.5]
