import tensorflow as tf


class Cell(tf.keras.layers.Layer):
    state_size = 1
    output_size = 1

    def call(self, inputs, states):
        total = states[0] + inputs[:, :1] * inputs[:, 1:]
        return total, [total]


steps, scale = tf.constant([[[1.0], [2.0], [3.0]]]), tf.constant([[10.0]])
scales = tf.repeat(scale[:, None], tf.shape(steps)[1], axis=1)
total = tf.keras.layers.RNN(Cell())(tf.concat([steps, scales], axis=-1))

# --- check
assert total.numpy().tolist() == [[60]]
