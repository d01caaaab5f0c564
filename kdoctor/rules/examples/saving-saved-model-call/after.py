import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2,)),
        tf.keras.layers.Dense(1, kernel_initializer="ones"),
    ]
)
model.export("saved")
loaded = tf.saved_model.load("saved")
predictions = loaded.serve(tf.constant([[1.0, 2.0]]))

# --- check
assert np.allclose(predictions, [[3.0]]), predictions
