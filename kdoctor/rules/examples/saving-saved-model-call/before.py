import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2,)),
        tf.keras.layers.Dense(1, kernel_initializer="ones"),
    ]
)
tf.saved_model.save(model, "saved")
loaded = tf.saved_model.load("saved")
predictions = loaded(tf.constant([[1.0, 2.0]]))

# --- check
assert np.allclose(predictions, [[3.0]]), predictions
