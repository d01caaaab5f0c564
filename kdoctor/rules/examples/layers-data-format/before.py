import numpy as np
import tensorflow as tf

tf.keras.backend.set_image_data_format("channels_first")
pooling = tf.keras.layers.GlobalAveragePooling1D()
mean = pooling(np.arange(24.0).reshape(1, 6, 4))

# --- check
np.testing.assert_allclose(np.asarray(mean), [[10, 11, 12, 13]])
