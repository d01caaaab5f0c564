import tensorflow as tf

sequences = tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)

steps = tf.keras.layers.Input(shape=(None, 2))
present = tf.keras.layers.Masking(mask_value=0.0)(steps)
scores = tf.keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")(present)
model = tf.keras.Model(steps, tf.keras.layers.GlobalAveragePooling1D()(scores))
averages = model(sequences.to_tensor(default_value=0.0))

# --- check
import numpy as np

assert np.allclose(averages, [[6.0], [12.0]]), averages
