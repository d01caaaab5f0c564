import numpy as np
import tensorflow as tf


class Network(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.normal = tf.keras.layers.BatchNormalization(momentum=0.0)
        self.drop = tf.keras.layers.Dropout(0.5)

    def call(self, inputs, training=None):
        return self.drop(self.normal(inputs))


features = np.arange(400, dtype="float32").reshape(200, 2)
model = Network()
model.compile(tf.keras.optimizers.SGD(0.0), "mse")
model.fit(features, features, batch_size=200, verbose=0)

# --- check
np.testing.assert_allclose(model.normal.moving_mean.numpy(), features.mean(axis=0), rtol=1e-3)
