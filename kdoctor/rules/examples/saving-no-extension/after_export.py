import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
model.set_weights([np.array([[2.0]]), np.array([1.0])])
model.export("my_model")  # a SavedModel, for TF Serving, TFLite, TensorFlow.js

served = tf.saved_model.load("my_model")
outputs = served.serve(tf.constant([[1.0], [2.0]]))

# --- check
assert np.allclose(outputs, [[3.0], [5.0]])
