import numpy as np
import tensorflow as tf

images = np.random.default_rng(0).uniform(size=(2, 2, 2, 1)).astype("float32")
layer = tf.keras.layers.BatchNormalization(momentum=0.0)
layer(images, training=True)
variance = layer.get_weights()[3][0]  # what predict() divides by

# --- check
np.testing.assert_allclose(variance, images.var(ddof=1), rtol=1e-3)
