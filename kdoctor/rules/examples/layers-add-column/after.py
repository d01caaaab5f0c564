import numpy as np
import tensorflow as tf

square, column = tf.keras.Input((2, 2)), tf.keras.Input((2, 1))
model = tf.keras.Model([square, column], tf.keras.layers.Add()([column, square]))

# --- check
summed = model.predict([np.zeros((1, 2, 2)), np.array([[[1.0], [2.0]]])])
np.testing.assert_allclose(summed, [[[1.0, 1.0], [2.0, 2.0]]])
