import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2,)),
        tf.keras.layers.Dense(1, kernel_initializer="ones"),
    ]
)
model.save("my_model.keras")
loaded = tf.keras.models.load_model("my_model.keras")

# --- check
x = np.array([[1.0, 2.0]], "float32")
assert np.allclose(loaded(x), [[3.0]])
