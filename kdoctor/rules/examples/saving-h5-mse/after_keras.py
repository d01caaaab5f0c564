import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
model.set_weights([np.array([[2.0]]), np.array([1.0])])
model.save("model.keras")

loaded = tf.keras.models.load_model("model.keras")

# --- check
loss, error = loaded.evaluate(np.array([[1.0], [2.0]]), np.array([[4.0], [2.0]]), verbose=0)
assert np.allclose([loss, error], [5.0, 2.0]), (loss, error)  # 3 and 5 predicted: errors of 1 and 3
