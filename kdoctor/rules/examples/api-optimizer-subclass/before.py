import tensorflow as tf


class Plain(tf.keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.25, name="Plain", **kwargs):
        super().__init__(name=name, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)

    def update_step(self, gradient, variable):
        rate = tf.cast(self.learning_rate, variable.dtype)
        variable.assign_sub(rate * gradient)


weight = tf.Variable(1.0)
Plain().apply_gradients([(tf.constant(2.0), weight)])

# --- check
assert abs(float(weight) - 0.5) < 1e-6, weight
