import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [
        tf.keras.layers.Input((2, 1)),
        tf.keras.layers.Dense(1, kernel_initializer="zeros"),
    ]
)
model.compile("sgd", "mse", sample_weight_mode="temporal")
targets = np.array([[[1.0], [2.0]]])
weights = np.array([[1.0, 0.0]])
loss = model.train_on_batch(np.ones((1, 2, 1)), targets, sample_weight=weights)

# --- check
# the squares of the errors are 1 and 4, and the second step weighs nothing
assert abs(np.ravel(loss)[0] - 0.5) < 1e-6, loss
