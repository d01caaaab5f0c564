import tensorflow as tf

sequences = tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)

dense = tf.keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")
scores = sequences.with_flat_values(dense(sequences.flat_values))

# --- check
assert scores.to_list() == [[[4.0], [8.0]], [[12.0]]], scores
