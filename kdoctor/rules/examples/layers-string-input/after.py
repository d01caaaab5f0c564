import numpy as np
import tensorflow as tf

inputs = tf.keras.Input((1,), dtype=tf.string)
lookup = tf.keras.layers.StringLookup(vocabulary=["red", "green"])
model = tf.keras.Model(inputs, lookup(inputs))
colours = np.array([["green"], ["red"]])
indices = model.predict(tf.constant(colours), verbose=0)

# --- check
assert indices.tolist() == [[2], [1]]
