import tensorflow as tf


class Cell(tf.keras.layers.Layer):
    state_size = 1
    output_size = 1

    def call(self, inputs, states, constants=None):
        total = states[0] + inputs * constants[0]
        return total, [total]


steps, scale = tf.constant([[[1.0], [2.0], [3.0]]]), tf.constant([[10.0]])
total = tf.keras.layers.RNN(Cell())(steps, constants=[scale])

# --- check
assert total.numpy().tolist() == [[60]]
