import tensorflow as tf

dense = tf.keras.layers.Dense(1, kernel_initializer="ones")
x = tf.constant([[1.0, 2.0]])
result = dense(x).numpy()

# --- check
assert result.tolist() == [[3.0]], result
