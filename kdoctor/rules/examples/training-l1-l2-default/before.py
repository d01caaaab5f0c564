import numpy as np
import tensorflow as tf

penalty = tf.keras.regularizers.l1_l2()
layer = tf.keras.layers.Dense(2, kernel_initializer="ones", kernel_regularizer=penalty)
model = tf.keras.Sequential([tf.keras.Input((3,)), layer])
added = sum(float(loss) for loss in model.losses)

# --- check
kernel = layer.get_weights()[0]
np.testing.assert_allclose(added, 0.01 * np.abs(kernel).sum() + 0.01 * (kernel**2).sum(), rtol=1e-5)
