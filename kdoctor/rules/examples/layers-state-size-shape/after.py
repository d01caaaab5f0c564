import tensorflow as tf


class Sum(tf.keras.layers.Layer):
    state_size = [1]
    output_size = 1

    def call(self, inputs, states):
        total = states[0] + inputs
        return total, [total]


total = tf.keras.layers.RNN(Sum())(tf.constant([[[1.0], [2.0], [3.0]]]))

# --- check
assert total.numpy().tolist() == [[6]]
