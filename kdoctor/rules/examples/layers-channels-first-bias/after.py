import numpy as np
import tensorflow as tf

layers = tf.keras.layers
layer = layers.Conv2DTranspose(3, 1, data_format="channels_last")
model = tf.keras.Sequential([tf.keras.Input((2, 3, 3)), layers.Permute((2, 3, 1)), layer, layers.Permute((3, 1, 2))])

# --- check
layer.set_weights([np.zeros((1, 1, 3, 2)), np.array([1.0, 2.0, 3.0])])
expected = np.ones((1, 3, 3, 3)) * np.reshape([1.0, 2.0, 3.0], (3, 1, 1))
np.testing.assert_allclose(model.predict(np.ones((1, 2, 3, 3))), expected)
