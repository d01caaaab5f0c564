import tensorflow as tf

cell = tf.keras.layers.LSTMCell(3)
states = cell.get_initial_state(batch_size=2, dtype="float32")
output, states = cell(tf.ones((2, 4)), states)

# --- check
assert output.shape == (2, 3)
assert len(states) == 2
