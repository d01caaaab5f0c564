import tensorflow as tf


class Plain(tf.keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.25, name="plain", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)

    def update_step(self, gradient, variable, learning_rate):
        rate = tf.cast(learning_rate, variable.dtype)
        variable.assign_sub(rate * gradient)


weight = tf.Variable(1.0)
Plain().apply_gradients([(tf.constant(2.0), weight)])

# --- check
assert abs(float(weight) - 0.5) < 1e-6, weight
