import tensorflow as tf

sequences = tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[-5.0, -6.0]]], ragged_rank=1)

largest = tf.keras.layers.GlobalMaxPooling1D()(sequences)

# --- check
import numpy as np

assert np.allclose(largest, [[3.0, 4.0], [-5.0, -6.0]]), largest
