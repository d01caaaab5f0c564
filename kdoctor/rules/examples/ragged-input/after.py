import tensorflow as tf

sequences = tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)

steps = tf.keras.layers.Input(shape=(None, 2))
model = tf.keras.Model(steps, tf.keras.layers.GlobalAveragePooling1D()(steps))
averages = model(sequences)

# --- check
import numpy as np

assert np.allclose(averages, [[2.0, 3.0], [5.0, 6.0]]), averages
