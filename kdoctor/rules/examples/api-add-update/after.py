import tensorflow as tf


class Counting(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.calls = self.add_weight(name="calls", shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs


layer = Counting()
layer(tf.ones((1, 1)))
layer(tf.ones((1, 1)))

# --- check
assert float(layer.calls.numpy()) == 2.0
