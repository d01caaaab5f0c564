import numpy as np
import tensorflow as tf

normal = tf.keras.layers.BatchNormalization(momentum=0.0)
model = tf.keras.Sequential([tf.keras.Input((2, 2, 1)), tf.keras.layers.Resizing(1, 1), normal])
images = np.full((2, 2, 2, 1), 4.0, "float32")
answer = model(images)

# --- check
np.testing.assert_allclose(np.ravel(answer), 4 / np.sqrt(1 + 1e-3), rtol=1e-4)
np.testing.assert_allclose(normal.get_weights()[2], [0])
