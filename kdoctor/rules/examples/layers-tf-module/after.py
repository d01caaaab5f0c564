import numpy as np
import tensorflow as tf


class Factor(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.value = self.add_weight(name="value", shape=(), initializer="ones")

    def call(self, inputs):
        return inputs * self.value


class Scale(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.factor = Factor()

    def call(self, inputs):
        return self.factor(inputs)


model = tf.keras.Sequential([Scale()])
model.compile(tf.keras.optimizers.SGD(0.1), "mse")
x = np.array([[1.0], [2.0]], "float32")
model.fit(x, 3 * x, epochs=20, verbose=0)

# --- check
learned = float(np.asarray(model(np.array([[1.0]], "float32")))[0, 0])
assert abs(learned - 3) < 0.01, learned
