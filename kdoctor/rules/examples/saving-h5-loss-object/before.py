import h5py
import numpy as np
import tensorflow as tf

inputs = tf.keras.Input((2,))
model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, kernel_initializer="ones")(inputs))
model.compile("sgd", loss=tf.keras.losses.MeanSquaredError())
model.save("old.h5")
with h5py.File("old.h5", "r+") as file:  # what Keras 2 writes of this loss
    file.attrs["training_config"] = """{"loss": {"class_name": "MeanSquaredError", "config": {"reduction":
        "auto", "name": "mean_squared_error", "fn": "mean_squared_error"}}, "metrics": null,
        "weighted_metrics": null, "loss_weights": null, "optimizer_config": {"class_name": "SGD",
        "config": {"name": "SGD", "learning_rate": 0.01}}}"""

loaded = tf.keras.models.load_model("old.h5")

# --- check
assert np.allclose(loaded(np.array([[1.0, 2.0]], "float32")), [[3.0]])
assert np.allclose(loaded.evaluate(np.array([[1.0, 2.0]]), np.array([[5.0]]), verbose=0), 4.0)
