import numpy as np
import tensorflow as tf


class Network(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.augment = tf.keras.layers.RandomContrast((0.5, 0.5001))

    def call(self, inputs, training=None):
        return self.augment(inputs)


images = np.array([[[[0.25], [0.75]]]] * 4, "float32")
model = Network()
answers = [model.predict(images, verbose=0) for _ in range(3)]

# --- check
for answer in answers:
    np.testing.assert_allclose(answer, images, atol=1e-6)
