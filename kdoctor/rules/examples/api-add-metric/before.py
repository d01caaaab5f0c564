import tensorflow as tf


class Watched(tf.keras.layers.Layer):
    def call(self, inputs):
        self.add_metric(tf.reduce_mean(inputs), name="mean_input")
        return inputs


layer = Watched()
layer(tf.constant([[1.0, 5.0]]))

# --- check
assert [float(metric.result()) for metric in layer.metrics] == [3.0]
