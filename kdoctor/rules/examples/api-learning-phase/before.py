import numpy as np
import tensorflow as tf

layer = tf.keras.layers.BatchNormalization(epsilon=0.0)
batch = np.array([[0.0], [4.0]], "float32")

tf.keras.backend.set_learning_phase(1)
outputs = layer(batch)

# --- check
# in training mode a batch is normalised by its own mean (2) and standard deviation (2)
assert np.allclose(outputs, [[-1.0], [1.0]], atol=1e-5), outputs
