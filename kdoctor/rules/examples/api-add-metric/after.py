import tensorflow as tf


class Watched(tf.keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.mean_input = tf.keras.metrics.Mean(name="mean_input")

    def call(self, inputs):
        self.mean_input.update_state(tf.reduce_mean(inputs))
        return inputs


layer = Watched()
layer(tf.constant([[1.0, 5.0]]))

# --- check
assert float(layer.mean_input.result()) == 3.0
