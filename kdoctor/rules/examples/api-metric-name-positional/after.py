import numpy as np
import tensorflow as tf


class Gap(tf.keras.metrics.Metric):
    def __init__(self, name="error"):
        super().__init__(name=name)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(tf.reduce_sum(tf.abs(y_pred - y_true)))

    def result(self):
        return self.total + 0.0


metric = Gap()
metric.update_state(tf.constant([1.0]), tf.constant([4.0]))
value = float(metric.result())

# --- check
assert metric.name == "error"
np.testing.assert_allclose(value, 3, rtol=1e-5)
