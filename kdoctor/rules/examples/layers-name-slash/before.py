import tensorflow as tf

layer = tf.keras.layers.Dense(1, kernel_initializer="ones", name="block1/dense")
total = layer(tf.constant([[1.0, 2.0]]))

# --- check
assert total.numpy().tolist() == [[3]]
