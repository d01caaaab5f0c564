import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
model.set_weights([np.array([[2.0]]), np.array([1.0])])
model.save_weights("my_checkpoint")
model.set_weights([np.array([[0.0]]), np.array([0.0])])
model.load_weights("my_checkpoint")

# --- check
assert np.allclose(model(np.array([[1.0], [2.0]], "float32")), [[3.0], [5.0]])
