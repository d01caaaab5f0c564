import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2,)),
        tf.keras.layers.Dense(1, kernel_initializer="ones"),
    ]
)
model.export("my_model")

# --- check
x = np.array([[1.0, 2.0]], "float32")
served = tf.saved_model.load("my_model")
assert np.allclose(served.serve(x), [[3.0]])
