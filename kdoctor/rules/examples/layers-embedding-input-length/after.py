import tensorflow as tf

layer = tf.keras.layers.Embedding(10, 2)
vectors = layer(tf.constant([[1, 2, 0]]))

# --- check
assert vectors.shape == (1, 3, 2)
