import tensorflow as tf

layer = tf.keras.layers.TextVectorization(output_mode="count", vocabulary=["good", "bad"])
encoded = layer(tf.constant([["good good bad"]]))
encoded = tf.cast(encoded, "float32")
score = tf.matmul(encoded, tf.constant([[0.0], [1.0], [-0.5]]))  # unknown, good, bad

# --- check
assert encoded.dtype == tf.float32
assert score.numpy().tolist() == [[1.5]]
