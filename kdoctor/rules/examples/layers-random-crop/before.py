import numpy as np
import tensorflow as tf

layers = tf.keras.layers
model = tf.keras.Sequential([tf.keras.Input((6, 8, 1)), layers.RandomCrop(3, 2), layers.GlobalAveragePooling2D()])
answers = model.predict(np.arange(48.0).reshape(1, 6, 8, 1))

# --- check
cropped = tf.keras.Sequential(model.layers[:-1]).predict(np.zeros((1, 6, 8, 1)))
assert cropped.shape == (1, 3, 2, 1)
